//! Who was studied, and what was imperfect in the data.

use super::{Cell, Kind, Rows, Table};
use crate::{Context, number};
use coronet_evaluate::{Distribution, Evaluation, Finding, FindingKind, Statistic};

pub(super) fn baseline(evaluation: &Evaluation) -> Table {
    let baseline = &evaluation.baseline;
    let plain = |name: &str, n: usize| (name.to_owned(), Cell::count(n), Cell::Empty);
    let mut rows = vec![
        plain("Records", baseline.records),
        (
            "Patients".to_owned(),
            Cell::of(&baseline.patients, |n| Cell::count(*n)),
            Cell::Empty,
        ),
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
    Rows::of(rows)
        .text("characteristic", "Characteristic", |row| row.0.clone())
        .number("n", "n", |row| row.1.clone())
        .column("summary", "Median (quartiles)", Kind::Text, |row| {
            row.2.clone()
        })
        .table(
            "cohort",
            "Who was studied: counts, and medians with quartiles for what is measured; n is the number of records with a value.",
        )
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
    let rows = context.flow.iter().flat_map(|step| {
        let reached = (&step.label, "reached".to_owned(), step.n);
        let left = step.excluded.iter().map(|exclusion| {
            let what = format!("left: {}", exclusion.reason);
            (&step.label, what, exclusion.n)
        });
        std::iter::once(reached).chain(left)
    });
    Rows::of(rows)
        .text("station", "Station", |row| row.0)
        .text("what", "", |row| row.1.clone())
        .count("n", "n", |row| row.2)
        .table(
            "patient-flow",
            "Patient flow: who reached each station, and who left after it, by reason.",
        )
}

pub(super) fn grades(evaluation: &Evaluation) -> Table {
    Rows::of(&evaluation.baseline.grades)
        .text("vessel", "Vessel", |row| row.0)
        .count("none", "None", |row| row.1.none)
        .count("mild", "Mild", |row| row.1.mild)
        .count("moderate", "Moderate", |row| row.1.moderate)
        .count("severe", "Severe", |row| row.1.severe)
        .count("occluded", "Occluded", |row| row.1.occluded)
        .count("missing", "Missing", |row| row.1.missing)
        .table(
            "grades",
            "Records by grade of stenosis and vessel; a missing grade is counted as missing, never as negative.",
        )
}

pub(super) fn findings(evaluation: &Evaluation) -> Table {
    Rows::of(&evaluation.findings)
        .text("finding", "Finding", |row| finding_name(row.kind))
        .text("column", "Column", |row| &row.column)
        .count("rows", "Rows", |row| row.count)
        .text("expected", "Expected", |row| &row.expected)
        .text("example", "Example", |row| example(row))
        .text("consequence", "Consequence", |row| &row.consequence)
        .table(
            "findings",
            "What was imperfect in the table of scores, and what was done about it; the example is the first row concerned.",
        )
}

/// The first row concerned, or nothing; by its line, since a report is handed on and identifiers are not.
fn example(finding: &Finding) -> String {
    let first = finding.examples.first();
    first.map_or_else(String::new, |example| {
        match example.got == example.record_id {
            true => format!("line {}", example.line),
            false => format!("line {}: {}", example.line, example.got),
        }
    })
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
