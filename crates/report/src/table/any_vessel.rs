//! Pre-test probability, gray zone and reclassification for "any vessel".

use super::{Cell, Kind, Table, columns};
use crate::wording::level;
use coronet_evaluate::{AnyVessel, Evaluation, Reclassification};

/// Pre-test models side by side, on records with every grade.
pub(super) fn pretest_models(evaluation: &Evaluation) -> Table {
    let row = |(name, found): (&String, &coronet_evaluate::PretestEvaluation)| {
        let rate = |key: &str| {
            let category = found.categories.get(key);
            category.map_or(Cell::Empty, |category| Cell::percentage(&category.rate, 1))
        };
        vec![
            Cell::Text(crate::wording::pretest_name(name)),
            Cell::count(found.n),
            Cell::count(found.events),
            Cell::estimate(&found.auc, 3),
            Cell::estimate(&found.observed_expected, 2),
            Cell::statistic(&found.brier, 3),
            rate("low"),
            rate("gray"),
            rate("high"),
        ]
    };
    Table {
        name: "pretest-models".to_owned(),
        caption: format!(
            "Pre-test probability models for an event in any vessel, each on the records it answers for, with {} intervals: AUC (DeLong), observed over expected events, Brier score, and the observed rate in its low, gray and high category. \
             The models were made for obstructive disease in other patients; here they are judged on the outcome of this page. Used above: {}.",
            level(&evaluation.config),
            evaluation.pretest.source
        ),
        columns: columns(&[
            ("model", "Model", Kind::Text),
            ("n", "n", Kind::Number),
            ("events", "Events", Kind::Number),
            ("auc", "AUC", Kind::Interval),
            ("observed_expected", "O:E", Kind::Interval),
            ("brier", "Brier", Kind::Number),
            ("rate_low", "Rate, low", Kind::Interval),
            ("rate_gray", "Rate, gray zone", Kind::Interval),
            ("rate_high", "Rate, high", Kind::Interval),
        ]),
        rows: evaluation.pretest.models.iter().map(row).collect(),
    }
}

pub(super) fn tables(evaluation: &Evaluation, any: &AnyVessel) -> Vec<Table> {
    let mut tables = vec![rule_out(evaluation, any)];
    if let Some(found) = any.reclassification.defined() {
        tables.push(reclassification(found));
    }
    tables
}

fn rule_out(evaluation: &Evaluation, any: &AnyVessel) -> Table {
    let gray = any.gray_zone.defined();
    let rows = match any.rule_out.defined() {
        None => Vec::new(),
        Some(rule_outs) => [
            (
                "Pre-test probability alone",
                &rule_outs.ptp,
                gray.map(|g| &g.ptp),
            ),
            (
                "Pre-test probability and ECG",
                &rule_outs.combined,
                gray.map(|g| &g.combined),
            ),
        ]
        .into_iter()
        .map(|(name, found, gray)| {
            vec![
                Cell::text(name),
                gray.map_or(Cell::Empty, |share| {
                    Cell::interval(share, crate::number::estimate_percent(share, 1))
                }),
                Cell::count(found.n),
                Cell::percentage(&found.npv, 1),
                Cell::percentage(&found.sensitivity, 1),
            ]
        })
        .collect(),
    };
    Table {
        name: "rule-out".to_owned(),
        caption: format!(
            "Gray zone and rule-out by pre-test probability alone and with the ECG deciding inside the gray zone, on records with every grade and every probability; {} Wilson intervals.",
            level(&evaluation.config)
        ),
        columns: columns(&[
            ("rule", "Rule", Kind::Text),
            ("gray_zone", "Left in the gray zone", Kind::Interval),
            ("ruled_out", "Ruled out, n", Kind::Number),
            ("npv", "NPV", Kind::Interval),
            ("sensitivity", "Sensitivity", Kind::Interval),
        ]),
        rows,
    }
}

fn reclassification(found: &Reclassification) -> Table {
    let names = ["low", "gray zone", "high"];
    let mut rows = Vec::new();
    for (group, counts) in [
        ("with an event", &found.events),
        ("without", &found.nonevents),
    ] {
        for (from, row) in names.iter().zip(counts) {
            let mut cells = vec![Cell::text(group), Cell::text(from)];
            cells.extend(row.iter().map(|n| Cell::count(*n)));
            rows.push(cells);
        }
    }
    Table {
        name: "reclassification".to_owned(),
        caption: "Reclassification: records by category of the pre-test probability (rows) and of the combined rule (columns), with and without an event in any vessel.".to_owned(),
        columns: columns(&[
            ("group", "Records", Kind::Text),
            ("pretest", "Pre-test category", Kind::Text),
            ("combined_low", "Combined: low", Kind::Number),
            ("combined_gray", "Combined: gray zone", Kind::Number),
            ("combined_high", "Combined: high", Kind::Number),
        ]),
        rows,
    }
}
