//! What a file says beside the manifest: what is filled, and what is contradicted.

use coronet_cohort::{
    FileFact, ManifestRow, Said, contradictions, file_columns, fill, parse_manifest,
    parse_open_manifest,
};
use coronet_ecg::Sex;

fn row(cells: &str) -> ManifestRow {
    let table = format!("record_id,path,patient_id,recorded_at,age,sex\nr,r.hea,{cells}\n");
    let mut manifest = parse_open_manifest("m.csv", table.as_bytes()).unwrap();
    assert_eq!(manifest.problems, []);
    manifest.rows.remove(0)
}

fn said() -> Said {
    let start = "2020-03-04T05:06:07".parse().unwrap();
    Said::new(Some(" 0042 "), Some(start), Some(61.0), Some(Sex::Male))
}

#[test]
fn empty_cells_are_filled_and_noted() {
    let mut row = row(",,,");
    fill(&mut row, &said());
    assert_eq!(row.facts.patient_id, "0042");
    assert_eq!(row.facts.recorded_at, said().recorded_at);
    assert_eq!(
        (row.facts.age, row.facts.sex),
        (Some(61.0), Some(Sex::Male))
    );
    assert_eq!(
        file_columns(&row.from_file),
        "patient_id;recorded_at;age;sex"
    );
    assert_eq!(contradictions(&row, &said()), []);
}

#[test]
fn what_the_manifest_says_stays() {
    let mut row = row("7,2020-05-05,30,F");
    fill(&mut row, &said());
    assert_eq!(row.facts.patient_id, "7");
    assert_eq!(
        (row.facts.age, row.facts.sex),
        (Some(30.0), Some(Sex::Female))
    );
    assert!(row.from_file.is_empty());
    let told: Vec<String> = contradictions(&row, &said())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        [
            "patient_id: manifest 7, file 0042",
            "recorded_at: manifest 2020-05-05, file 2020-03-04",
            "age: manifest 30, file 61",
            "sex: manifest F, file M",
        ]
    );
}

#[test]
fn what_may_be_the_same_is_no_contradiction() {
    let none = |cells: &str| assert_eq!(contradictions(&row(cells), &said()), [], "{cells}");
    none("42,2020-03-04 23:59:00,62,M");
    none("0042,,60,");
    none("42,,60.4,");
    let facts = |cells: &str| -> Vec<FileFact> {
        let found = contradictions(&row(cells), &said());
        found.iter().map(|found| found.fact).collect()
    };
    assert_eq!(facts("42,2020-03-05,,"), [FileFact::Date]);
    assert_eq!(facts("420,,59.9,"), [FileFact::Patient, FileFact::Age]);
    assert_eq!(contradictions(&row("42,,,"), &Said::default()), []);
}

#[test]
fn an_age_that_nobody_has_is_not_taken() {
    let mut row = row("7,,,");
    fill(&mut row, &Said::new(None, None, Some(300.0), None));
    assert_eq!(row.facts.age, None);
}

#[test]
fn a_patient_may_be_left_to_the_file_where_that_is_asked_for() {
    let table = "record_id,path,patient_id\na,a.hea,\nb,b.hea,1\n";
    let manifest = parse_manifest("m.csv", table.as_bytes()).unwrap();
    assert_eq!(manifest.rows.len(), 1);
    assert_eq!(manifest.problems[0].field, "patient_id");
    let open = parse_open_manifest("m.csv", table.as_bytes()).unwrap();
    assert_eq!(open.rows[0].facts.patient_id, "");
    assert_eq!(open.problems, []);
}
