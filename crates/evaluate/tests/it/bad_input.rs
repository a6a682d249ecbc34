//! Imperfect tables: a named finding or a clear refusal, never a silent number or a panic.

use coronet_evaluate::calibration::Recalibration;
use coronet_evaluate::{
    Evaluation, EvaluationConfig, FindingKind, FrozenThresholds, ScoreTable, compare, evaluate,
};

fn config() -> EvaluationConfig {
    EvaluationConfig {
        bootstrap_replicates: 40,
        ..EvaluationConfig::default()
    }
}

fn run(csv: &str) -> Evaluation {
    let evaluation = evaluate(&ScoreTable::from_csv(csv.as_bytes()).unwrap(), &config()).unwrap();
    let text = serde_json::to_string(&evaluation).unwrap();
    let back: Evaluation = serde_json::from_str(&text).unwrap();
    assert_eq!(back, evaluation, "a number that JSON cannot hold");
    evaluation
}

/// (kind, column, count) of every finding.
fn findings(csv: &str) -> Vec<(FindingKind, String, usize)> {
    let table = ScoreTable::from_csv(csv.as_bytes()).unwrap();
    table
        .findings
        .into_iter()
        .map(|finding| (finding.kind, finding.column, finding.count))
        .collect()
}

#[track_caller]
fn check_finding(header: &str, row: &str, kind: FindingKind, column: &str) {
    let found = findings(
        &format!(
            "record_id,LAD_grade,LAD_prob{header}\na,0,0.1{header}\n",
            header = ""
        )
        .replace("LAD_prob\n", &format!("LAD_prob{header}\n"))
        .replace("a,0,0.1\n", &format!("{row}\n")),
    );
    assert!(found.contains(&(kind, column.to_owned(), 1)), "{found:?}");
}

#[track_caller]
fn check_refusal(csv: &[u8], message: &str) {
    let error = ScoreTable::from_csv(csv).unwrap_err().to_string();
    assert!(error.contains(message), "{error}");
}

#[test]
fn broken_structure_is_refused() {
    check_refusal(b"", "empty");
    check_refusal(b"patient_id,LAD_grade,LAD_prob\n", "no column `record_id`");
    check_refusal(b"record_id,LAD_grade\na,0\n", "no vessel");
    check_refusal(
        b"record_id,LAD_grade,LAD_prob,LAD_prob\n",
        "`LAD_prob` twice",
    );
    check_refusal(
        b"record_id,LAD_grade,LAD_prob\n\xff\xfe,0,0.1\n",
        "line 2: expected UTF-8",
    );
}

#[test]
fn each_bad_cell_is_named() {
    check_finding("", "a,5,0.1", FindingKind::ImpossibleGrade, "LAD_grade");
    check_finding(
        "",
        "a,severe,0.1",
        FindingKind::ImpossibleGrade,
        "LAD_grade",
    );
    check_finding("", "a,,0.1", FindingKind::MissingGrade, "LAD_grade");
    check_finding("", "a,1,", FindingKind::MissingProbability, "LAD_prob");
    for probability in ["1.2", "-0.1", "nan", "inf", "high"] {
        check_finding(
            "",
            &format!("a,1,{probability}"),
            FindingKind::ImpossibleProbability,
            "LAD_prob",
        );
    }
    check_finding(",age", "a,1,0.1,-3", FindingKind::ImpossibleAge, "age");
    check_finding(",age", "a,1,0.1,430", FindingKind::ImpossibleAge, "age");
    check_finding(",sex", "a,1,0.1,X", FindingKind::UnknownSex, "sex");
    check_finding(
        ",normal_ecg",
        "a,1,0.1,2",
        FindingKind::ImpossibleFlag,
        "normal_ecg",
    );
    check_finding(
        ",ptp",
        "a,1,0.1,15",
        FindingKind::ImpossibleProbability,
        "ptp",
    );
    check_finding(
        ",interval_days",
        "a,1,0.1,soon",
        FindingKind::UnreadableNumber,
        "interval_days",
    );
    check_finding(
        ",follow_up_days,event",
        "a,1,0.1,-5,1",
        FindingKind::ImpossibleFollowUp,
        "follow_up_days",
    );
    check_finding(
        ",follow_up_days,event",
        "a,1,0.1,5,7",
        FindingKind::UnknownEvent,
        "event",
    );
    check_finding(
        ",follow_up_days,event",
        "a,1,0.1,5,",
        FindingKind::IncompleteFollowUp,
        "event",
    );
    check_finding(
        ",follow_up_days,event",
        "a,1,0.1,0,1",
        FindingKind::ZeroFollowUp,
        "follow_up_days",
    );
    check_finding("", "a,1,0.1,9", FindingKind::RaggedRow, "");
    check_finding("", ",1,0.1", FindingKind::MissingIdentifier, "record_id");
}

#[test]
fn columns_without_meaning_are_named() {
    let found = findings("record_id,LAD_grade,LAD_prob,shoe_size,RCA_prob\na,0,0.1,43,0.2\n");
    assert!(found.contains(&(FindingKind::UnknownColumn, "shoe_size".to_owned(), 0)));
    assert!(found.contains(&(FindingKind::IncompleteVessel, "RCA_prob".to_owned(), 0)));
}

#[test]
fn repeated_records_never_count_twice() {
    let csv = "record_id,LAD_grade,LAD_prob\na,0,0.1\na,0,0.1\nb,3,0.2\nb,0,0.2\nc,1,0.3\n";
    let table = ScoreTable::from_csv(csv.as_bytes()).unwrap();
    assert_eq!(table.record_ids, ["a", "c"]);
    let found = findings(csv);
    assert!(found.contains(&(FindingKind::RepeatedRecord, "record_id".to_owned(), 1)));
    assert!(found.contains(&(FindingKind::ConflictingRecord, "record_id".to_owned(), 2)));
}

#[test]
fn a_missing_grade_is_never_negative() {
    let evaluation = run("record_id,LAD_grade,LAD_prob\na,,0.1\nb,3,0.2\nc,0,0.3\n");
    assert_eq!(
        (
            evaluation.vessels["LAD"].n,
            evaluation.vessels["LAD"].events
        ),
        (2, 1)
    );
    assert_eq!(evaluation.baseline.grades["LAD"].missing, 1);
}

const HEADER: &str = "record_id,patient_id,age,sex,normal_ecg,LAD_grade,LAD_prob,LM_grade,LM_prob,ptp,follow_up_days,event\n";

/// A table of 40 rows; the function gives the cells from LAD_grade to LM_prob.
fn rows(cells: impl Fn(usize) -> String) -> String {
    let row = |i: usize| {
        let sex = if i.is_multiple_of(2) { "M" } else { "F" };
        let (age, normal, ptp) = (50 + i, i % 3 % 2, 0.01 * i as f64);
        format!(
            "r{i},p{i},{age},{sex},{normal},{},{ptp},{},{}\n",
            cells(i),
            10 * i,
            i % 3
        )
    };
    HEADER.to_owned() + &(0..40).map(row).collect::<String>()
}

#[test]
fn an_empty_table_has_reasons_everywhere() {
    let evaluation = run(HEADER);
    let vessel = &evaluation.vessels["LAD"];
    assert_eq!(
        vessel.auc.reason(),
        Some("no records with grade and probability")
    );
    assert_eq!(
        vessel.calibration.brier.reason(),
        Some("no records with grade and probability")
    );
    assert!(evaluation.any_vessel.reason().is_some() && evaluation.survival.reason().is_some());
    assert!(evaluation.baseline.age.reason().is_some());
}

#[test]
fn a_single_patient_is_no_cohort() {
    let evaluation = run(&format!("{HEADER}a,p,60,M,1,3,0.4,0,0.1,0.1,10,1\n"));
    let reason = evaluation.vessels["LAD"].auc.reason().unwrap();
    assert_eq!(reason, "no negative records under rule `severe`");
    assert!(evaluation.vessels["LAD"].strata.reason().is_some());
}

#[test]
fn one_class_is_undefined_with_the_rule_in_the_reason() {
    let evaluation = run(&rows(|i| {
        format!("{},0.{:02},0,0.0{}", i % 5, 10 + i, i % 9 + 1)
    }));
    let left_main = &evaluation.vessels["LM"];
    let expected = Some("no positive records under rule `severe`");
    assert_eq!(left_main.auc.reason(), expected);
    assert_eq!(left_main.average_precision.reason(), expected);
    assert_eq!(left_main.thresholds.rule_out.reason(), expected);
    assert_eq!(left_main.calibration.slope.reason(), expected);
    assert_eq!(left_main.operating_points["rule_in"].reason(), expected);
    assert!(left_main.operating_points["fixed_0.15"].defined().is_some());
    assert!(left_main.calibration.brier.defined().is_some());
    assert!(
        evaluation
            .findings
            .iter()
            .any(|f| f.kind == FindingKind::VesselWithoutThresholds)
    );
    // The other vessel carries the strata alone.
    assert!(evaluation.survival.defined().is_some());
    assert!(evaluation.vessels["LAD"].auc.defined().is_some());
}

#[test]
fn all_ties_rank_nobody() {
    let evaluation = run(&rows(|i| format!("{},0.25,{},0.25", i % 5, i % 4)));
    let vessel = &evaluation.vessels["LAD"];
    assert_eq!(vessel.auc.defined().unwrap().value, 0.5);
    assert_eq!(
        vessel.calibration.slope.reason(),
        Some("all probabilities are equal")
    );
    assert_eq!(
        vessel.calibration.ici.reason(),
        Some("all probabilities are equal")
    );
    assert_eq!(
        vessel.trend.spearman.reason(),
        Some("all grades or all scores are equal")
    );
    assert!(vessel.thresholds.rule_in.reason().is_some());
}

#[test]
fn certain_and_perfect_probabilities_are_flagged() {
    let evaluation = run(&rows(|i| format!("{0},{1},{0},{1}", 3 * (i % 2), i % 2)));
    let vessel = &evaluation.vessels["LAD"];
    let auc = vessel.auc.defined().unwrap();
    assert_eq!(auc.value, 1.0);
    assert!(auc.warning.is_some());
    assert!(vessel.calibration.slope.reason().is_some());
    assert!(
        evaluation
            .findings
            .iter()
            .any(|f| f.kind == FindingKind::CertainProbability && f.count == 40)
    );
}

#[test]
fn separated_classes_have_no_slope() {
    let evaluation = run(&rows(|i| {
        format!(
            "{},{},0,0.1",
            if i < 20 { 0 } else { 3 },
            0.01 * (i + 1) as f64
        )
    }));
    let reason = evaluation.vessels["LAD"]
        .calibration
        .slope
        .reason()
        .unwrap();
    assert!(reason.contains("do not overlap"), "{reason}");
}

#[test]
fn all_grades_missing_leaves_strata_undefined() {
    let evaluation = run(&rows(|i| format!(",0.{:02},,0.1", 10 + i)));
    assert!(evaluation.any_vessel.reason().is_some());
    assert!(evaluation.survival.reason().is_some());
    assert_eq!(evaluation.vessels["LAD"].n, 0);
}

#[test]
fn impossible_settings_are_refused() {
    let table = ScoreTable::from_csv(rows(|_| "0,0.1,0,0.1".to_owned()).as_bytes()).unwrap();
    let frozen = |vessel: &str, rule_out, rule_in| EvaluationConfig {
        frozen_thresholds: Some(
            [(
                vessel.to_owned(),
                FrozenThresholds {
                    rule_out,
                    rule_in,
                    youden: None,
                },
            )]
            .into_iter()
            .collect(),
        ),
        ..config()
    };
    assert!(
        evaluate(&table, &frozen("D1", 0.1, 0.2))
            .unwrap_err()
            .to_string()
            .contains("D1")
    );
    assert!(evaluate(&table, &frozen("LAD", 0.3, 0.2)).is_err());
    assert!(
        evaluate(
            &table,
            &EvaluationConfig {
                confidence: 1.0,
                ..config()
            }
        )
        .is_err()
    );
    assert!(
        evaluate(
            &table,
            &EvaluationConfig {
                decision_thresholds: vec![f64::NAN],
                ..config()
            }
        )
        .is_err()
    );
    let used = evaluate(&table, &frozen("LAD", 0.1, 0.2)).unwrap();
    assert_eq!(used.vessels["LAD"].thresholds.rule_in.defined(), Some(&0.2));
    assert_eq!(used.vessels["LAD"].thresholds.source, "frozen");
    assert!(
        used.vessels["LM"]
            .thresholds
            .rule_out
            .reason()
            .unwrap()
            .contains("LM")
    );
}

#[test]
fn a_record_outside_the_table_of_probabilities_has_no_stratum() {
    let csv = rows(|i| {
        format!(
            "{},{},{},0.1",
            i % 5,
            if i == 7 {
                String::new()
            } else {
                format!("0.{:02}", 10 + i)
            },
            i % 4
        )
    });
    let survival = run(&csv).survival;
    assert_eq!(survival.defined().unwrap().n, 39);
}

#[test]
fn tables_are_rectangular_and_carry_reasons() {
    let evaluation = run(&rows(|i| {
        format!("{},0.{:02},0,0.0{}", i % 5, 10 + i, i % 9 + 1)
    }));
    let tables = coronet_evaluate::tables(&evaluation);
    for table in &tables {
        assert!(
            table.rows.iter().all(|row| row.len() == table.header.len()),
            "{}",
            table.name
        );
    }
    let discrimination = tables
        .iter()
        .find(|table| table.name == "discrimination")
        .unwrap();
    let left_main = discrimination
        .rows
        .iter()
        .find(|row| row[0] == "LM")
        .unwrap();
    assert_eq!(
        left_main.last().unwrap(),
        "no positive records under rule `severe`"
    );
    assert!(
        tables
            .iter()
            .any(|table| table.name == "survival" && !table.rows.is_empty())
    );
    for finding in &evaluation.findings {
        let name = serde_json::to_string(&finding.kind).unwrap();
        assert_eq!(name.trim_matches('"'), finding.kind.name());
    }
}

#[test]
fn a_frozen_recalibration_that_does_not_fit_is_refused() {
    let table =
        ScoreTable::from_csv(rows(|i| format!("{},0.{:02},0,0.1", i % 5, 10 + i)).as_bytes())
            .unwrap();
    let frozen = |vessel: &str, map: Recalibration| EvaluationConfig {
        frozen_recalibration: Some([(vessel.to_owned(), map)].into_iter().collect()),
        ..config()
    };
    let platt = Recalibration::Platt {
        intercept: -0.5,
        slope: 1.2,
    };
    let refused = |config: EvaluationConfig| evaluate(&table, &config).unwrap_err().to_string();
    assert!(refused(frozen("D1", platt.clone())).contains("D1"));
    for map in [
        Recalibration::Platt {
            intercept: f64::NAN,
            slope: 1.0,
        },
        Recalibration::Temperature { temperature: 0.0 },
        Recalibration::Isotonic {
            knots: vec![(0.2, 0.5), (0.1, 0.6)],
        },
        Recalibration::Isotonic { knots: Vec::new() },
    ] {
        assert!(refused(frozen("LAD", map)).contains("recalibration of LAD"));
    }
    let used = evaluate(&table, &frozen("LAD", platt.clone())).unwrap();
    assert_eq!(
        used.vessels["LAD"]
            .recalibration
            .frozen
            .defined()
            .unwrap()
            .map,
        platt
    );
    assert!(
        used.vessels["LM"]
            .recalibration
            .frozen
            .reason()
            .unwrap()
            .contains("LM")
    );
}

#[test]
fn single_patients_sites_and_classes_leave_reasons() {
    let csv =
        rows(|i| format!("{},0.{:02},0,0.1", i % 5, 10 + i)).replace(",event\n", ",event,site\n");
    let csv: String = csv
        .lines()
        .enumerate()
        .map(|(line, text)| match line {
            0 => format!("{text}\n"),
            1 => format!("{text},alone\n"),
            _ => format!("{text},big\n"),
        })
        .collect();
    let evaluation = run(&csv);
    let centres = evaluation.vessels["LAD"].centres.defined().unwrap();
    let alone = &centres.centres["alone"];
    assert_eq!(alone.n, 1);
    assert!(alone.auc.reason().is_some() && alone.after_platt.reason().is_some());
    assert!(
        centres.pooled["auc"]
            .reason()
            .unwrap()
            .contains("fewer than two centres")
    );
    let left_main = &evaluation.vessels["LM"];
    assert!(
        left_main.recalibration.fitted["platt"]
            .reason()
            .unwrap()
            .contains("under rule")
    );
    assert!(left_main.sample_size.records_for_auc.reason().is_some());
    assert!(
        left_main
            .target_table
            .iter()
            .all(|row| row.point.reason().is_some())
    );
}

#[test]
fn models_on_other_records_are_counted_not_compared() {
    let first =
        ScoreTable::from_csv(rows(|i| format!("{},0.{:02},0,0.1", i % 5, 10 + i)).as_bytes())
            .unwrap();
    let other = "record_id,LAD_grade,LAD_prob,D1_grade,D1_prob\nr1,1,0.3,0,0.1\nr2,4,0.4,0,0.2\nx,3,0.5,1,0.3\n";
    let second = ScoreTable::from_csv(other.as_bytes()).unwrap();
    let comparison = compare(&first, &second, &config()).unwrap();
    assert_eq!(
        (
            comparison.matched,
            comparison.first_only,
            comparison.second_only
        ),
        (2, 38, 1)
    );
    assert_eq!(comparison.vessels_of_one, ["LM", "D1"]);
    let vessel = &comparison.vessels["LAD"];
    // r1 agrees on its grade, r2 does not.
    assert_eq!((vessel.scores.n, vessel.conflicting_grades), (1, 1));
    assert!(vessel.scores.auc_difference.reason().is_some());
    let [differ] = &comparison.disagreements[..] else {
        panic!("{:?}", comparison.disagreements);
    };
    assert_eq!((differ.kind, differ.count), (FindingKind::GradesDiffer, 1));
    assert_eq!(differ.examples[0].record_id, "r2");
    let same = compare(&first, &first, &config()).unwrap();
    let scores = &same.vessels["LAD"].scores;
    assert_eq!(scores.auc_test.defined().unwrap().p, 1.0);
    assert_eq!(scores.idi.defined().unwrap().value, 0.0);
    assert!(
        scores
            .net_benefit
            .iter()
            .all(|point| point.difference == 0.0 && point.low == Some(0.0))
    );
}

#[test]
fn a_record_of_another_patient_in_the_second_table_is_named() {
    let table = |patient: &str| {
        let csv = format!(
            "record_id,patient_id,LM_grade,LM_prob\na,p1,0,0.1\nb,{patient},3,0.3\nc,p3,0,0.2\nd,,3,0.4\n"
        );
        ScoreTable::from_csv(csv.as_bytes()).unwrap()
    };
    let found = compare(&table("p2"), &table("q"), &config()).unwrap();
    let [differ] = &found.disagreements[..] else {
        panic!("{:?}", found.disagreements);
    };
    assert_eq!(
        (differ.kind, differ.count),
        (FindingKind::PatientsDiffer, 1)
    );
    assert_eq!(differ.examples[0].got, "p2 in the first, q in the second");
    assert_eq!(found.vessels["LM"].scores.n, 4);
    let same = compare(&table("p2"), &table("p2"), &config()).unwrap();
    assert!(same.disagreements.is_empty());
}

/// A table of 40 rows with the same vessels, each probability made by `lad` and `lm`.
fn of_probabilities(lad: impl Fn(u32) -> f64, lm: impl Fn(u32) -> f64) -> ScoreTable {
    let mut csv = "record_id,LM_grade,LM_prob,LAD_grade,LAD_prob\n".to_owned();
    for i in 0..40 {
        csv.push_str(&format!("r{i:02},0,{},{},{}\n", lm(i), i % 4, lad(i)));
    }
    ScoreTable::from_csv(csv.as_bytes()).unwrap()
}

/// How many probabilities of LM and LAD are left, and what is said of LM and LAD.
fn left(table: &ScoreTable) -> ([usize; 2], [String; 2]) {
    let left = |name: &str| table.vessels[name].probabilities.iter().flatten().count();
    let said = |name: &str| {
        let column = format!("{name}_prob");
        let mut findings = table.findings.iter();
        let found = findings.find(|finding| finding.column == column);
        found.map_or_else(String::new, |finding| finding.expected.clone())
    };
    (["LM", "LAD"].map(left), ["LM", "LAD"].map(said))
}

#[test]
fn vessel_probabilities_in_per_cent_are_refused_as_columns() {
    // Most of LAD lies above 1, all of LM below, as risks of a rare finding in per cent do.
    let (left_over, [lm, lad]) = left(&of_probabilities(
        |i| 0.5 + 1.5 * f64::from(i),
        |i| 0.02 * f64::from(i),
    ));
    assert_eq!(left_over, [0, 0]);
    assert!(lad.contains("the column looks like per cent"), "{lad}");
    assert!(
        lm.contains("another vessel's column looks like per cent"),
        "{lm}"
    );
}

#[test]
fn logits_are_no_probabilities_although_some_lie_between_0_and_1() {
    let (left_over, [lm, lad]) = left(&of_probabilities(
        |i| -3.0 + 0.1 * f64::from(i),
        |i| 0.02 * f64::from(i),
    ));
    assert_eq!(left_over, [40, 0]);
    assert!(lad.contains("lie outside") && lm.is_empty(), "{lad} {lm}");
}

#[test]
fn single_impossible_probabilities_leave_the_others() {
    let wrong = |i: u32| if i == 7 { 1.4 } else { 0.02 * f64::from(i) };
    let (left_over, _) = left(&of_probabilities(wrong, |_| 0.1));
    assert_eq!(left_over, [40, 39]);
}

#[test]
fn tables_of_spreadsheets_in_other_languages_are_read() {
    let commas = "record_id,patient_id,age,sex,LAD_grade,LAD_prob,normal_ecg\na,p,62.4,M,0,0.25,1\nb,q,70,F,3,0.5,0\n";
    let points = ScoreTable::from_csv(commas.as_bytes()).unwrap();
    let semicolons = commas.replace(',', ";");
    let words = semicolons
        .replace(";M;", ";male;")
        .replace(";F;", ";Female;");
    let words = words.replace(";1\n", ";TRUE\n");
    for text in [
        semicolons.clone(),
        semicolons.replace('.', ","),
        commas.replace(',', "\t"),
        words,
    ] {
        let table = ScoreTable::from_csv(format!("\u{feff}{text}").as_bytes()).unwrap();
        assert_eq!(table, points, "{text}");
    }
    // With commas between the cells one inside a cell is no decimal point.
    let quoted = commas.replace("0.25", "\"0,25\"");
    let table = ScoreTable::from_csv(quoted.as_bytes()).unwrap();
    assert_eq!(table.vessels["LAD"].probabilities, [None, Some(0.5)]);
}

#[test]
fn a_missing_header_is_suspected() {
    check_refusal(b"r0,p0,0,0.1\nr1,p1,0,0.2\n", "is the header missing?");
    check_refusal(b"r0;0;0,1\nr1;0;0,2\n", "is the header missing?");
    check_refusal(b"record,LAD_grade,LAD_prob\n", "no column `record_id`");
}

#[test]
fn more_replicates_than_memory_holds_are_refused() {
    let table = of_probabilities(|i| 0.02 * f64::from(i), |_| 0.1);
    let config = EvaluationConfig {
        bootstrap_replicates: 99_999_999_999,
        ..config()
    };
    let error = evaluate(&table, &config).unwrap_err().to_string();
    assert!(
        error.contains("`bootstrap_replicates`: expected 0 to 100,000, got 99999999999"),
        "{error}"
    );
}

#[test]
fn patients_that_are_not_named_are_not_counted() {
    let rows = |ids: [&str; 3]| {
        let [a, b, c] = ids;
        run(&format!(
            "record_id,patient_id,LAD_grade,LAD_prob\na,{a},0,0.1\nb,{b},3,0.5\nc,{c},0,0.2\n"
        ))
    };
    let none = rows(["", "", ""]);
    assert_eq!(
        none.baseline.patients.reason(),
        Some("no record has patient_id")
    );
    let says =
        |of: &Evaluation, text: &str| of.warnings.iter().any(|warning| warning.contains(text));
    assert!(says(
        &none,
        "no record has patient_id: each counts as a patient of its own"
    ));
    let some = rows(["p", "", "p"]);
    assert_eq!(some.baseline.patients.defined(), Some(&2));
    assert!(says(&some, "1 record has no patient_id"));
    let all = rows(["p", "q", "p"]);
    assert!(!says(&all, "patient of its own"));
}
