//! Two scores on the same records: two models, or pre-test probability and ECG.

use super::{Cell, Kind, Table, columns};
use crate::context::Comparison;
use crate::number;
use crate::wording::level;
use coronet_evaluate::{AnyVessel, Evaluation, NetReclassification, ScoreComparison, Statistic};

/// Two models, vessel by vessel.
pub(super) fn models(evaluation: &Evaluation, comparison: &Comparison) -> Vec<Table> {
    let (first, second) = (&comparison.first, &comparison.second);
    let vessels = &comparison.result.vessels;
    let scores: Vec<(&str, &ScoreComparison)> = vessels
        .iter()
        .map(|(name, found)| (name.as_str(), &found.scores))
        .collect();
    let strata = vessels
        .iter()
        .map(|(name, found)| reclassified(name, "Strata", &found.strata_reclassification));
    let continuous = scores
        .iter()
        .map(|(name, found)| reclassified(name, "Continuous", &found.nri_continuous));
    vec![
        differences(
            "comparison",
            format!(
                "Two models on the same records. First: {first}; second: {second}. Differences are second minus first, with {} intervals: paired DeLong for the AUC, paired differences for the Brier score (below 0 the second is better), IDI.",
                level(&evaluation.config)
            ),
            &scores,
        ),
        net_reclassification(
            "comparison-reclassification",
            strata.chain(continuous).collect(),
        ),
        net_benefits("comparison-net-benefit", &scores),
    ]
}

/// What the ECG adds to the pre-test probability.
pub(super) fn added_value(evaluation: &Evaluation, any: &AnyVessel) -> Vec<Table> {
    let Some(added) = any.added_value.defined() else {
        return Vec::new();
    };
    let mut scores = vec![("ECG alone", &added.ecg)];
    scores.extend(
        added
            .combined
            .defined()
            .map(|combined| ("Pre-test and ECG, cross-fitted", combined)),
    );
    vec![
        differences(
            "added-value",
            format!(
                "Pre-test probability (first) against scores with the ECG (second), any vessel, with {} intervals. The highest of the vessels’ probabilities is no calibrated probability of “any vessel”: for the ECG alone only the areas are like with like.",
                level(&evaluation.config)
            ),
            &scores,
        ),
        net_reclassification(
            "added-value-reclassification",
            vec![reclassified(
                "Pre-test and ECG, cross-fitted",
                "Pre-test categories",
                &added.combined_nri,
            )],
        ),
    ]
}

fn differences(name: &str, caption: String, scores: &[(&str, &ScoreComparison)]) -> Table {
    let row = |(label, found): &(&str, &ScoreComparison)| {
        vec![
            Cell::text(label),
            Cell::count(found.n),
            Cell::count(found.events),
            Cell::estimate(&found.auc_first, 3),
            Cell::estimate(&found.auc_second, 3),
            Cell::estimate(&found.auc_difference, 3),
            Cell::of(&found.auc_test, |test| Cell::p(test.p)),
            Cell::estimate(&found.brier_difference, 4),
            Cell::estimate(&found.idi, 3),
        ]
    };
    Table {
        name: name.to_owned(),
        caption,
        columns: columns(&[
            ("what", "", Kind::Text),
            ("n", "n", Kind::Number),
            ("events", "Events", Kind::Number),
            ("auc_first", "AUC, first", Kind::Interval),
            ("auc_second", "AUC, second", Kind::Interval),
            ("auc_difference", "Difference", Kind::Interval),
            ("auc_p", "p", Kind::Number),
            ("brier_difference", "Brier, difference", Kind::Interval),
            ("idi", "IDI", Kind::Interval),
        ]),
        rows: scores.iter().map(row).collect(),
    }
}

fn reclassified(name: &str, kind: &str, found: &Statistic<NetReclassification>) -> Vec<Cell> {
    let mut row = vec![Cell::text(name), Cell::text(kind)];
    match found {
        Statistic::Defined(found) => row.extend([
            Cell::number(found.events, 3),
            Cell::number(found.nonevents, 3),
            Cell::Interval {
                value: found.value,
                limits: Some((found.low, found.high)),
                shown: number::range(found.value, (found.low, found.high), 3),
            },
        ]),
        Statistic::Undefined(undefined) => {
            row.push(Cell::Undefined(undefined.reason.clone()));
            row.resize(5, Cell::Empty);
        }
    }
    row
}

fn net_reclassification(name: &str, rows: Vec<Vec<Cell>>) -> Table {
    Table {
        name: name.to_owned(),
        caption: "Net reclassification in its components: among records with an event, P(up) − P(down); among those without, P(down) − P(up). Their sum is not a share of patients. \
                  No p-value is given: tests of the net reclassification are known to be too favourable."
            .to_owned(),
        columns: columns(&[
            ("what", "", Kind::Text),
            ("kind", "Kind", Kind::Text),
            ("events", "With an event", Kind::Number),
            ("nonevents", "Without", Kind::Number),
            ("sum", "Sum", Kind::Interval),
        ]),
        rows,
    }
}

fn net_benefits(name: &str, scores: &[(&str, &ScoreComparison)]) -> Table {
    let mut rows = Vec::new();
    for (label, found) in scores {
        for at in &found.net_benefit {
            rows.push(vec![
                Cell::text(label),
                Cell::Number {
                    value: at.threshold,
                    shown: number::percent(at.threshold, 0),
                },
                Cell::number(at.first, 4),
                Cell::number(at.second, 4),
                Cell::Interval {
                    value: at.difference,
                    limits: at.low.zip(at.high),
                    shown: match at.low.zip(at.high) {
                        Some(limits) => number::range(at.difference, limits, 4),
                        None => number::fixed(at.difference, 4),
                    },
                },
            ]);
        }
    }
    Table {
        name: name.to_owned(),
        caption: "Net benefit of both at the configured threshold probabilities; the difference is second minus first, with pointwise bootstrap limits where they were asked for.".to_owned(),
        columns: columns(&[
            ("what", "", Kind::Text),
            ("threshold", "Threshold", Kind::Number),
            ("first", "First", Kind::Number),
            ("second", "Second", Kind::Number),
            ("difference", "Difference", Kind::Interval),
        ]),
        rows,
    }
}
