//! Who was studied, and what was imperfect in the data.

use super::{Cell, Kind, Table, columns};
use crate::{Context, number};
use coronet_evaluate::{Distribution, Evaluation, FindingKind, Statistic};

pub(super) fn baseline(evaluation: &Evaluation) -> Table {
    let baseline = &evaluation.baseline;
    let plain = |name: &str, n: usize| (name.to_owned(), Cell::count(n), Cell::Empty);
    let mut rows = vec![
        plain("Records", baseline.records),
        plain("Patients", baseline.patients),
    ];
    rows.push(distribution("Age, years", &baseline.age, 1, 1.0));
    rows.push(plain("Women", baseline.sex.female));
    rows.push(plain("Men", baseline.sex.male));
    if baseline.sex.missing > 0 {
        rows.push(plain("Sex not stated", baseline.sex.missing));
    }
    let normal = Cell::of(&baseline.normal_ecg, |n| Cell::count(*n));
    rows.push(("ECG read as normal".to_owned(), normal, Cell::Empty));
    rows.push(distribution(
        "ECG–CCTA interval, days",
        &baseline.interval_days,
        0,
        1.0,
    ));
    rows.push(distribution(
        "Pre-test probability, %",
        &baseline.pretest_probability,
        1,
        100.0,
    ));
    rows.push(distribution(
        "Follow-up, days",
        &baseline.follow_up_days,
        0,
        1.0,
    ));
    for (site, n) in &baseline.sites {
        rows.push(plain(&format!("Site {site}"), *n));
    }
    Table {
        name: "cohort".to_owned(),
        caption: "Who was studied: counts, and medians with quartiles for what is measured; n is the number of records with a value.".to_owned(),
        columns: columns(&[
            ("characteristic", "Characteristic", Kind::Text),
            ("n", "n", Kind::Number),
            ("summary", "Median (quartiles)", Kind::Text),
        ]),
        rows: rows
            .into_iter()
            .map(|(name, n, summary)| vec![Cell::Text(name), n, summary])
            .collect(),
    }
}

/// Name, number of values, and median with quartiles, in units of 1 / `scale`.
fn distribution(
    name: &str,
    statistic: &Statistic<Distribution>,
    decimals: usize,
    scale: f64,
) -> (String, Cell, Cell) {
    let n = Cell::of(statistic, |d| Cell::count(d.n));
    let summary = match statistic.defined() {
        None => Cell::Empty,
        Some(d) => {
            let show = |value: f64| number::fixed(value * scale, decimals);
            Cell::Text(super::groups::quartile_text(d, show))
        }
    };
    (name.to_owned(), n, summary)
}

/// The patient flow, one exclusion a row.
pub(super) fn flow(context: &Context) -> Table {
    let mut rows = Vec::new();
    for step in &context.flow {
        rows.push(vec![
            Cell::text(&step.label),
            Cell::text("reached"),
            Cell::count(step.n),
        ]);
        for exclusion in &step.excluded {
            rows.push(vec![
                Cell::text(&step.label),
                Cell::Text(format!("left: {}", exclusion.reason)),
                Cell::count(exclusion.n),
            ]);
        }
    }
    Table {
        name: "patient-flow".to_owned(),
        caption: "Patient flow: who reached each station, and who left after it, by reason."
            .to_owned(),
        columns: columns(&[
            ("station", "Station", Kind::Text),
            ("what", "", Kind::Text),
            ("n", "n", Kind::Number),
        ]),
        rows,
    }
}

pub(super) fn grades(evaluation: &Evaluation) -> Table {
    let rows = evaluation
        .baseline
        .grades
        .iter()
        .map(|(name, grades)| {
            vec![
                Cell::text(name),
                Cell::count(grades.none),
                Cell::count(grades.mild),
                Cell::count(grades.moderate),
                Cell::count(grades.severe),
                Cell::count(grades.occluded),
                Cell::count(grades.missing),
            ]
        })
        .collect();
    Table {
        name: "grades".to_owned(),
        caption: "Records by grade of stenosis and vessel; a missing grade is counted as missing, never as negative.".to_owned(),
        columns: columns(&[
            ("vessel", "Vessel", Kind::Text),
            ("none", "None", Kind::Number),
            ("mild", "Mild", Kind::Number),
            ("moderate", "Moderate", Kind::Number),
            ("severe", "Severe", Kind::Number),
            ("occluded", "Occluded", Kind::Number),
            ("missing", "Missing", Kind::Number),
        ]),
        rows,
    }
}

pub(super) fn findings(evaluation: &Evaluation) -> Table {
    let rows = evaluation
        .findings
        .iter()
        .map(|finding| {
            let example = finding.examples.first().map_or(String::new(), |example| {
                format!(
                    "line {} ({}): {}",
                    example.line, example.record_id, example.got
                )
            });
            vec![
                Cell::Text(finding_name(finding.kind)),
                Cell::text(&finding.column),
                Cell::count(finding.count),
                Cell::text(&finding.expected),
                Cell::Text(example),
                Cell::text(&finding.consequence),
            ]
        })
        .collect();
    Table {
        name: "findings".to_owned(),
        caption: "What was imperfect in the table of scores, and what was done about it; the example is the first row concerned.".to_owned(),
        columns: columns(&[
            ("finding", "Finding", Kind::Text),
            ("column", "Column", Kind::Text),
            ("rows", "Rows", Kind::Number),
            ("expected", "Expected", Kind::Text),
            ("example", "Example", Kind::Text),
            ("consequence", "Consequence", Kind::Text),
        ]),
        rows,
    }
}

/// `ImpossibleProbability` becomes `Impossible probability`.
fn finding_name(kind: FindingKind) -> String {
    let mut name = String::new();
    for character in format!("{kind:?}").chars() {
        if character.is_uppercase() && !name.is_empty() {
            name.push(' ');
            name.extend(character.to_lowercase());
        } else {
            name.push(character);
        }
    }
    name
}
