//! What two tables say differently of one record.

use crate::evaluation::{Finding, FindingExample, FindingKind};
use crate::score_table::ScoreTable;

/// Different grades by vessel, then different patients; `pairs` are rows of one record in both tables.
pub(super) fn findings(tables: [&ScoreTable; 2], pairs: &[(usize, usize)]) -> Vec<Finding> {
    let [first, second] = tables;
    let both = |name: &&String| second.vessels.contains_key(*name);
    let mut findings: Vec<Finding> = first
        .vessels
        .keys()
        .filter(both)
        .filter_map(|name| grades(tables, name, pairs))
        .collect();
    findings.extend(patients(tables, pairs));
    findings
}

fn grades(tables: [&ScoreTable; 2], name: &str, pairs: &[(usize, usize)]) -> Option<Finding> {
    let [first, second] = tables.map(|table| &table.vessels[name].grades);
    let examples = pairs.iter().filter_map(|&(row, other)| {
        let (ours, theirs) = (first[row]?, second[other]?);
        (ours != theirs).then(|| example(tables[0], row, &ours, &theirs))
    });
    finding(
        FindingKind::GradesDiffer,
        format!("{name}_grade"),
        examples.collect(),
        "one grade of a record in both tables",
        &format!("record left out of the comparison of {name}"),
    )
}

fn patients(tables: [&ScoreTable; 2], pairs: &[(usize, usize)]) -> Option<Finding> {
    let [Some(first), Some(second)] = tables.map(|table| table.patient_ids.as_ref()) else {
        return None;
    };
    let examples = pairs.iter().filter_map(|&(row, other)| {
        let (ours, theirs) = (first[row].as_deref()?, second[other].as_deref()?);
        (ours != theirs).then(|| example(tables[0], row, &ours, &theirs))
    });
    finding(
        FindingKind::PatientsDiffer,
        "patient_id".to_owned(),
        examples.collect(),
        "one patient of a record in both tables",
        "record compared as one of the first table's patient; if the tables number other records, nothing compared here holds",
    )
}

fn example(
    table: &ScoreTable,
    row: usize,
    ours: &dyn std::fmt::Display,
    theirs: &dyn std::fmt::Display,
) -> FindingExample {
    FindingExample {
        record_id: table.record_ids[row].clone(),
        line: 0,
        got: format!("{ours} in the first, {theirs} in the second"),
    }
}

fn finding(
    kind: FindingKind,
    column: String,
    mut examples: Vec<FindingExample>,
    expected: &str,
    consequence: &str,
) -> Option<Finding> {
    let count = examples.len();
    examples.truncate(Finding::MOST_EXAMPLES);
    (count > 0).then(|| Finding {
        kind,
        column,
        count,
        examples,
        expected: expected.to_owned(),
        consequence: consequence.to_owned(),
    })
}
