//! Pairing ECGs with CCTAs, and the joins by patient.

use coronet_cohort::{
    Direction, Event, Flow, Grade, ManifestRow, PairingRule, PairsOfCcta, TableError, Unpaired,
    Vessel, join_ccta, join_clinical, join_follow_up, pair, parse_ccta, parse_clinical,
    parse_follow_up, parse_manifest,
};

fn ecgs(rows: &[(&str, &str, &str)]) -> Vec<ManifestRow> {
    let mut text = "record_id,path,patient_id,recorded_at\n".to_owned();
    for (id, patient, at) in rows {
        text.push_str(&format!("{id},x,{patient},{at}\n"));
    }
    parse_manifest("m.csv", text.as_bytes()).unwrap().rows
}

fn cctas(rows: &str) -> Vec<coronet_cohort::Ccta> {
    let text = format!("patient_id,performed_at,RCA,LM,LAD,LCX\n{rows}");
    parse_ccta("ccta.csv", text.as_bytes()).unwrap().rows
}

#[test]
fn the_nearest_ecg_is_taken_and_ties_go_to_the_earlier() {
    let ecgs = ecgs(&[
        ("after", "p", "2020-03-11"),
        ("before", "p", "2020-02-20"),
        ("far", "p", "2020-01-01"),
        ("other", "q", "2020-03-01"),
        ("undated", "p", ""),
    ]);
    let cctas = cctas("p,2020-03-01 09:00,0%,0%,70%,0%\nr,2020-03-01,0%,0%,0%,0%\n");
    let pairing = pair(&ecgs, &cctas, PairingRule::default());
    assert_eq!(pairing.pairs.len(), 1);
    assert_eq!(
        (pairing.pairs[0].ecg, pairing.pairs[0].interval_days),
        (1, -10)
    );
    assert_eq!(pairing.ecgs[&0], Unpaired::NearerPair);
    assert_eq!(pairing.ecgs[&3], Unpaired::NoPartner);
    assert_eq!(pairing.ecgs[&4], Unpaired::NoDate);
    assert_eq!(pairing.cctas[&1], Unpaired::NoPartner);
    let after = PairingRule {
        direction: Direction::After,
        ..PairingRule::default()
    };
    assert_eq!(pair(&ecgs, &cctas, after).pairs[0].interval_days, 10);
}

#[test]
fn the_window_counts_calendar_days() {
    let ecgs = ecgs(&[
        ("a", "p", "2020-01-01 23:59"),
        ("b", "q", "2020-01-01 23:59"),
    ]);
    let cctas = cctas("p,2020-03-31 00:00,0%,0%,0%,0%\nq,2020-04-01,0%,0%,0%,0%\n");
    let pairing = pair(&ecgs, &cctas, PairingRule::default());
    assert_eq!(pairing.pairs.len(), 1);
    assert_eq!(
        (pairing.pairs[0].ecg, pairing.pairs[0].interval_days),
        (0, -90)
    );
    assert_eq!(pairing.ecgs[&1], Unpaired::OutsideWindow);
    assert_eq!(pairing.cctas[&1], Unpaired::OutsideWindow);
}

#[test]
fn an_ecg_serves_one_ccta() {
    let ecgs = ecgs(&[("a", "p", "2020-01-10"), ("b", "p", "2020-02-10")]);
    let cctas = cctas("p,2020-01-12,0%,0%,0%,0%\np,2020-01-09,50%,0%,0%,0%\n");
    let pairing = pair(&ecgs, &cctas, PairingRule::default());
    let pairs: Vec<_> = pairing.pairs.iter().map(|p| (p.ecg, p.ccta)).collect();
    assert_eq!(pairs, [(0, 1), (1, 0)]);
}

#[test]
fn a_ccta_may_keep_every_ecg_of_its_window() {
    let ecgs = ecgs(&[
        ("near", "p", "2020-01-10"),
        ("far", "p", "2020-02-10"),
        ("beyond", "p", "2020-09-10"),
        ("between", "p", "2020-03-25"),
        ("undated", "p", ""),
    ]);
    let cctas = cctas("p,2020-01-12,70%,0%,0%,0%\np,2020-04-09,0%,0%,0%,0%\n");
    let rule = PairingRule {
        pairs: PairsOfCcta::All,
        ..PairingRule::default()
    };
    let pairing = pair(&ecgs, &cctas, rule);
    let pairs: Vec<_> = pairing.pairs.iter().map(|p| (p.ecg, p.ccta)).collect();
    assert_eq!(
        pairs,
        [(0, 0), (1, 0), (3, 1)],
        "each with the CCTA nearest to it"
    );
    assert_eq!(pairing.ecgs[&2], Unpaired::OutsideWindow);
    assert_eq!(pairing.ecgs[&4], Unpaired::NoDate);
    assert!(pairing.cctas.is_empty());
    let mut flow = Flow::new("ECGs", ecgs.len());
    let joined = join_ccta(ecgs, &cctas, rule, &mut flow);
    let grades = joined.rows.iter().map(|row| row.facts.grades[Vessel::Rca]);
    let (severe, none) = (Some(Grade::Severe), Some(Grade::None));
    assert_eq!(Vec::from_iter(grades), [severe, severe, none]);
    assert_eq!((flow.remaining(), joined.cctas.remaining()), (3, 2));
}

#[test]
fn joining_counts_every_exclusion() {
    let rows = ecgs(&[
        ("a", "p", "2020-01-10"),
        ("b", "p", "2020-02-10"),
        ("c", "q", "2020-02-10"),
        ("d", "r", "2020-02-10"),
    ]);
    let cctas = cctas("p,2020-01-12,重度狭窄,CAD-RADS 0,50%,unreadable\nr,2020-02-10,?,?,,\n");
    let mut flow = Flow::new("ECGs", rows.len());
    let outcome = join_ccta(rows, &cctas, PairingRule::default(), &mut flow);
    let joined = outcome.rows;
    assert_eq!(joined.len(), 1);
    assert_eq!(joined[0].record_id, "a");
    assert_eq!(joined[0].facts.grades[Vessel::Rca], Some(Grade::Severe));
    assert_eq!(joined[0].facts.grades[Vessel::Lcx], None);
    assert_eq!(joined[0].facts.interval_days, Some(-2.0));
    assert_eq!(
        flow.steps[0].excluded["another ECG is nearer to the CCTA"],
        1
    );
    assert_eq!(flow.steps[0].excluded["no CCTA of this patient"], 1);
    assert_eq!(flow.steps[1].excluded["no vessel is graded"], 1);
    assert_eq!(flow.remaining(), 1);
    assert_eq!((outcome.cctas.start, outcome.cctas.remaining()), (2, 1));
    assert_eq!(outcome.cctas.steps[0].excluded["no vessel is graded"], 1);
    let json = serde_json::to_string(&flow).unwrap();
    assert_eq!(serde_json::from_str::<Flow>(&json).unwrap(), flow);
}

#[test]
fn bad_ccta_rows_are_named() {
    let text = "patient_id,performed_at,RCA,LM,LAD,LCX\np,yesterday,0%,0%,0%,0%\n,2020-01-01,0%,0%,0%,0%\nq,,0%,0%,0%,0%\n";
    let table = parse_ccta("ccta.csv", text.as_bytes()).unwrap();
    assert!(table.rows.is_empty());
    let fields: Vec<&str> = table.problems.iter().map(|p| p.field.as_str()).collect();
    assert_eq!(fields, ["performed_at", "patient_id", "performed_at"]);
    let error = parse_ccta("ccta.csv", b"patient_id,performed_at,RCA,LM,LAD\n").unwrap_err();
    assert!(matches!(error, TableError::MissingColumns { .. }));
}

#[test]
fn clinical_facts_and_follow_up_join_by_patient() {
    let mut rows = ecgs(&[("a", "p", ""), ("b", "p", ""), ("c", "q", "")]);
    let clinical = parse_clinical("c.csv", b"patient_id,ptp\np,0.25\nq,7\n").unwrap();
    assert_eq!(clinical.problems[0].field, "ptp");
    assert_eq!(join_clinical(&mut rows, &clinical), 2);
    let follow_up =
        parse_follow_up("f.csv", b"patient_id,follow_up_days,event\nq,100,2\n").unwrap();
    assert_eq!(join_follow_up(&mut rows, &follow_up), 1);
    assert_eq!(rows[1].facts.ptp, Some(0.25));
    assert_eq!(rows[2].facts.event, Some(Event::CompetingDeath));
    assert!(parse_follow_up("f.csv", b"patient_id,event\nq,1\nq,1\n").is_err());
}

/// A scan that failed and its repeat: the ECG belongs to the one that has a grade.
#[test]
fn a_ccta_without_a_grade_takes_no_ecg_away() {
    let rows = ecgs(&[("a", "p", "2020-01-10")]);
    let cctas = cctas("p,2020-01-10,not evaluable,,,\np,2020-01-17,80%,0%,0%,0%\n");
    let mut flow = Flow::new("ECGs", rows.len());
    let joined = join_ccta(rows, &cctas, PairingRule::default(), &mut flow);
    assert_eq!(
        joined.rows[0].facts.grades[Vessel::Rca],
        Some(Grade::Severe)
    );
    assert_eq!(joined.rows[0].facts.interval_days, Some(-7.0));
    assert_eq!(flow.remaining(), 1);
}

#[test]
fn cctas_without_an_ecg_are_counted() {
    let rows = ecgs(&[("a", "p", "2020-01-10"), ("b", "q", "")]);
    let cctas = cctas(
        "p,2020-01-12,0%,0%,0%,0%\np,2021-01-12,0%,0%,0%,0%\np,2020-02-12,0%,0%,0%,0%\n\
         q,2020-01-12,0%,0%,0%,0%\nr,2020-01-12,0%,0%,0%,0%\n",
    );
    let mut flow = Flow::new("ECGs", rows.len());
    let joined = join_ccta(rows, &cctas, PairingRule::default(), &mut flow);
    let excluded = &joined.cctas.steps[1].excluded;
    let reasons: Vec<(&str, usize)> = excluded.iter().map(|(why, n)| (why.as_str(), *n)).collect();
    assert_eq!(
        reasons,
        [
            ("no ECG in the window", 1),
            ("no ECG of this patient", 1),
            ("no date of the ECG", 1),
            ("the ECG is nearer to another CCTA", 1)
        ]
    );
    assert_eq!(joined.cctas.remaining(), 1);
}

#[test]
fn lines_on_one_ccta_that_differ_are_left_out_and_named() {
    let header = "patient_id,performed_at,RCA,LM,LAD,LCX\n";
    let text = format!(
        "{header}p,2020-01-05,0%,0%,0%,0%\nq,2020-01-05,0%,0%,0%,0%\np,2020-01-05,80%,0%,0%,0%\n\
         q,2020-01-05,normal,0%,0%,0%\n"
    );
    let table = parse_ccta("ccta.csv", text.as_bytes()).unwrap();
    let patients: Vec<&str> = table
        .rows
        .iter()
        .map(|row| row.patient_id.as_str())
        .collect();
    assert_eq!(patients, ["q"]);
    let lines: Vec<u64> = table.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [2, 4]);
    assert!(table.problems[0].to_string().contains("lines 2, 4"));
}

#[test]
fn tables_are_read_as_hospitals_export_them() {
    let text = "Patient_ID,performed_at,rca,LM,LAD,LCx,radiologist\n\
                p,2020年1月5日,70%,0%,0%,50%,Dr. X\nq,2020-01-05T10:00:00+08:00,0%,0%,0%,0%,\n";
    let table = parse_ccta("ccta.csv", text.as_bytes()).unwrap();
    assert_eq!(table.problems, []);
    assert_eq!(table.passed_over, ["radiologist"]);
    assert_eq!(table.rows[0].performed_at.date().to_string(), "2020-01-05");
    assert_eq!(table.rows[0].grades[Vessel::Lcx], Some(Grade::Moderate));
    assert_eq!(table.rows[1].performed_at.hour(), 10);
    let clinical = parse_clinical("c.csv", b"patient_id,ptp,height_cm\np,0.25,170\n").unwrap();
    assert_eq!(clinical.passed_over, ["height_cm"]);
    assert!(parse_clinical("c.csv", b"patient_id,smokin\np,1\n").is_err());
}
