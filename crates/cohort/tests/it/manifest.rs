//! Manifests: what is read, what is left out and named, what is refused.

use coronet_cohort::{Grade, LabelRule, Manifest, TableError, Vessel, label, parse_manifest};

const HEADER: &str = "record_id,path,patient_id,age,sex,recorded_at,normal_ecg,RCA_grade,LM_grade,LAD_grade,LCX_grade";

fn parse(rows: &str) -> Result<Manifest, TableError> {
    parse_manifest("manifest.csv", format!("{HEADER}\n{rows}").as_bytes())
}

fn problem(row: &str) -> String {
    let manifest = parse(&format!("{row}\nok,ok,p9,50,F,,,0,0,0,0\n")).unwrap();
    assert_eq!(manifest.rows.len(), 1);
    assert_eq!(manifest.problems.len(), 1);
    manifest.problems[0].to_string()
}

#[test]
fn a_row_is_read_by_name() {
    let manifest = parse("r1,records/1,p1,56.0,F,1984-11-09 09:17:34,1,3,0,,4\n").unwrap();
    assert!(manifest.problems.is_empty() && manifest.has_grades());
    let facts = &manifest.rows[0].facts;
    assert_eq!(facts.grades[Vessel::Rca], Some(Grade::Severe));
    assert_eq!(facts.grades[Vessel::Lad], None);
    assert_eq!(
        facts.grades.labels(LabelRule::Severe),
        [Some(true), Some(false), None, Some(true)]
    );
    assert_eq!(
        facts.recorded_at.unwrap().to_string(),
        "1984-11-09T09:17:34"
    );
    assert_eq!(facts.age, Some(56.0));
    assert_eq!(facts.site, None);
}

#[test]
fn impossible_values_leave_the_row_out_and_are_named() {
    let text = problem("r1,a,p1,50,F,,,0,9,0,0");
    assert_eq!(
        text,
        "manifest.csv: line 2 (r1): LM_grade: expected a grade 0–4 or empty, got \"9\""
    );
    for (row, field) in [
        ("r1,a,p1,50,F,31.12.2020,,0,0,0,0", "recorded_at"),
        ("r1,a,p1,50,F,2020-13-01,,0,0,0,0", "recorded_at"),
        ("r1,a,p1,50,F,,,9,0,0,0", "RCA_grade"),
        ("r1,a,p1,50,F,,,0,0,2.5,0", "LAD_grade"),
        ("r1,a,,50,F,,,0,0,0,0", "patient_id"),
        ("r1,,p1,50,F,,,0,0,0,0", "path"),
        ("r1,a,p1,50,F", "row"),
    ] {
        assert!(
            problem(row).contains(&format!("(r1): {field}: ")),
            "{}",
            problem(row)
        );
    }
}

#[test]
fn unreadable_descriptions_are_missing_and_named() {
    for (row, field, got) in [
        ("r1,a,p1,-3,F,,,0,0,0,0", "age", "-3"),
        ("r1,a,p1,150,F,,,0,0,0,0", "age", "150"),
        ("r1,a,p1,sixty,F,,,0,0,0,0", "age", "sixty"),
        ("r1,a,p1,50,divers,,,0,0,0,0", "sex", "divers"),
        ("r1,a,p1,50,F,,perhaps,0,0,0,0", "normal_ecg", "perhaps"),
    ] {
        let manifest = parse(&format!("{row}\n")).unwrap();
        assert!(manifest.problems.is_empty(), "{row}");
        let [row] = &manifest.rows[..] else {
            panic!("{row} is not kept");
        };
        let facts = &row.facts;
        let missing = match field {
            "age" => facts.age.is_none(),
            "sex" => facts.sex.is_none(),
            _ => facts.normal_ecg.is_none(),
        };
        assert!(missing, "{field} of {row:?}");
        assert_eq!(facts.grades[Vessel::Rca], Some(Grade::None));
        let [unread] = &manifest.unread[..] else {
            panic!("{:?}", manifest.unread);
        };
        assert_eq!((unread.line, unread.field.as_str()), (2, field));
        assert_eq!(unread.got, got);
    }
    let both = parse("r1,a,p1,sixty,divers,,,0,9,0,0\n").unwrap();
    let nothing = both.rows.is_empty() && both.unread.is_empty();
    assert!(nothing, "left out by its grade");
    assert_eq!(both.problems[0].field, "LM_grade");
}

#[test]
fn structural_faults_refuse_the_table() {
    let refused = |text: &str| {
        parse_manifest("m.csv", text.as_bytes())
            .unwrap_err()
            .to_string()
    };
    let text = refused("record_id,path,patient_id,RCA_grad,colour\n");
    assert!(
        text.contains("RCA_grad (did you mean RCA_grade?); colour; known columns: record_id, path"),
        "{text}"
    );
    assert!(
        refused("record_id,path\n")
            .contains("expected the columns patient_id, got record_id, path")
    );
    assert!(refused("record_id,path,patient_id,path\n").contains("path is there more than once"));
    assert!(refused(" \n").contains("empty file"));
    let text = refused("record_id,path,patient_id\na,x,1\nb,x,1\na,y,2\n");
    assert_eq!(text, "m.csv: record_id is not unique: a on lines 2, 4");
    let error = parse_manifest("m.csv", b"record_id,path,patient_id\na,\xff\xfe,1\n").unwrap_err();
    assert!(matches!(error, TableError::NotUtf8 { line: 2, .. }));
}

#[test]
fn dates_are_read_in_the_usual_forms() {
    for (cell, expected) in [
        ("2020-02-03", "2020-02-03T00:00:00"),
        ("2020-02-03T04:05:06", "2020-02-03T04:05:06"),
        ("2020-02-03 04:05", "2020-02-03T04:05:00"),
        ("2020/02/03", "2020-02-03T00:00:00"),
        ("2020/2/3 04:05:06", "2020-02-03T04:05:06"),
    ] {
        let manifest = parse(&format!("r1,a,p1,,,{cell},,,,,\n")).unwrap();
        let at = manifest.rows[0].facts.recorded_at.unwrap();
        assert_eq!(at.to_string(), expected);
    }
}

#[test]
fn rules_label_vessels() {
    let moderate = Some(Grade::Moderate);
    assert_eq!(label(LabelRule::Severe, Vessel::Lm, moderate), Some(false));
    assert_eq!(
        label(LabelRule::CadRads4b, Vessel::Lm, moderate),
        Some(true)
    );
    assert_eq!(
        label(LabelRule::CadRads4b, Vessel::Lad, moderate),
        Some(false)
    );
    assert_eq!(
        label(LabelRule::Obstructive, Vessel::Lad, moderate),
        Some(true)
    );
    assert_eq!(
        label(LabelRule::Any, Vessel::Lad, Some(Grade::None)),
        Some(false)
    );
    assert_eq!(label(LabelRule::Any, Vessel::Lad, None), None);
    for rule in LabelRule::ALL {
        assert_eq!(rule.name().parse::<LabelRule>(), Ok(rule));
        assert_eq!(serde_json::to_string(&rule).unwrap(), format!("\"{rule}\""));
    }
}

#[test]
fn semicolons_and_decimal_commas_are_read() {
    let text = "\u{feff}record_id;path;patient_id;age\nr1;a.hea;p1;63,5\n";
    let manifest = parse_manifest("m.csv", text.as_bytes()).unwrap();
    assert_eq!(manifest.rows[0].facts.age, Some(63.5));
    let text = "record_id\tpath\tpatient_id\tage\nr1\ta,b.hea\tp1\t63.5\n";
    let manifest = parse_manifest("m.csv", text.as_bytes()).unwrap();
    assert_eq!(manifest.rows[0].path, "a,b.hea");
}
