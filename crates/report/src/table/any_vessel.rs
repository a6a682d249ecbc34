//! Pre-test probability, gray zone and reclassification for "any vessel".

use super::{Cell, Rows, Table};
use crate::wording::{level, pretest_name};
use coronet_evaluate::{AnyVessel, Evaluation, PretestEvaluation, Reclassification};

/// Pre-test models side by side, on records with every grade.
pub(super) fn pretest_models(evaluation: &Evaluation) -> Table {
    let rate = |found: &PretestEvaluation, key: &str| {
        let category = found.categories.get(key);
        category.map_or(Cell::Empty, |category| Cell::percentage(&category.rate, 1))
    };
    Rows::of(&evaluation.pretest.models)
        .text("model", "Model", |row| pretest_name(row.0))
        .count("n", "n", |row| row.1.n)
        .count("events", "Events", |row| row.1.events)
        .interval("auc", "AUC", |row| Cell::estimate(&row.1.auc, 3))
        .interval("observed_expected", "O:E", |row| {
            Cell::estimate(&row.1.observed_expected, 2)
        })
        .number("brier", "Brier", |row| Cell::statistic(&row.1.brier, 3))
        .interval("rate_low", "Rate, low", |row| rate(row.1, "low"))
        .interval("rate_gray", "Rate, gray zone", |row| rate(row.1, "gray"))
        .interval("rate_high", "Rate, high", |row| rate(row.1, "high"))
        .table(
            "pretest-models",
            format!(
                "Pre-test probability models for an event in any vessel, each on the records it answers for, with {} intervals: AUC (DeLong), observed over expected events, Brier score, and the observed rate in its low, gray and high category. \
                 The models were made for obstructive disease in other patients; here they are judged on the outcome of this page. Used above: {}.",
                level(&evaluation.config),
                evaluation.pretest.source
            ),
        )
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
    let rules = any.rule_out.defined().map(|found| {
        [
            (
                "Pre-test probability alone",
                &found.ptp,
                gray.map(|gray| &gray.ptp),
            ),
            (
                "Pre-test probability and ECG",
                &found.combined,
                gray.map(|gray| &gray.combined),
            ),
        ]
    });
    Rows::of(rules.into_iter().flatten())
        .text("rule", "Rule", |row| row.0)
        .interval("gray_zone", "Left in the gray zone", |row| {
            row.2.map_or(Cell::Empty, |share| {
                Cell::interval(share, crate::number::estimate_percent(share, 1))
            })
        })
        .count("ruled_out", "Ruled out, n", |row| row.1.n)
        .interval("npv", "NPV", |row| Cell::percentage(&row.1.npv, 1))
        .interval("sensitivity", "Sensitivity", |row| {
            Cell::percentage(&row.1.sensitivity, 1)
        })
        .table(
            "rule-out",
            format!(
                "Gray zone and rule-out by pre-test probability alone and with the ECG deciding inside the gray zone, on records with every grade and every probability; {} Wilson intervals.",
                level(&evaluation.config)
            ),
        )
}

fn reclassification(found: &Reclassification) -> Table {
    let groups = [
        ("with an event", &found.events),
        ("without", &found.nonevents),
    ];
    let rows = groups.into_iter().flat_map(|(group, counts)| {
        let categories = ["low", "gray zone", "high"].into_iter().zip(counts);
        categories.map(move |(from, counts)| (group, from, counts))
    });
    Rows::of(rows)
        .text("group", "Records", |row| row.0)
        .text("pretest", "Pre-test category", |row| row.1)
        .count("combined_low", "Combined: low", |row| row.2[0])
        .count("combined_gray", "Combined: gray zone", |row| row.2[1])
        .count("combined_high", "Combined: high", |row| row.2[2])
        .table(
            "reclassification",
            "Reclassification: records by category of the pre-test probability (rows) and of the combined rule (columns), with and without an event in any vessel.",
        )
}
