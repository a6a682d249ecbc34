//! Two scores on the same records: two models, or pre-test probability and ECG.

use super::{Cell, Rows, Table};
use crate::context::Comparison;
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
    let strata = vessels.iter();
    let strata = strata.map(|(name, found)| Reclassified {
        label: name,
        kind: "Strata",
        found: &found.strata_reclassification,
    });
    let continuous = scores.iter().map(|(name, found)| Reclassified {
        label: name,
        kind: "Continuous",
        found: &found.nri_continuous,
    });
    vec![
        differences(
            "comparison",
            format!(
                "Two models on the same records. First: {first}; second: {second}. Differences are second minus first, with {} intervals: paired DeLong for the AUC, paired differences for the Brier score (below 0 the second is better), IDI.",
                level(&evaluation.config)
            ),
            &scores,
        ),
        net_reclassification("comparison-reclassification", strata.chain(continuous)),
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
            [Reclassified {
                label: "Pre-test and ECG, cross-fitted",
                kind: "Pre-test categories",
                found: &added.combined_nri,
            }],
        ),
    ]
}

fn differences(name: &str, caption: String, scores: &[(&str, &ScoreComparison)]) -> Table {
    Rows::of(scores)
        .text("what", "", |row| row.0)
        .count("n", "n", |row| row.1.n)
        .count("events", "Events", |row| row.1.events)
        .interval("auc_first", "AUC, first", |row| {
            Cell::estimate(&row.1.auc_first, 3)
        })
        .interval("auc_second", "AUC, second", |row| {
            Cell::estimate(&row.1.auc_second, 3)
        })
        .interval("auc_difference", "Difference", |row| {
            Cell::estimate(&row.1.auc_difference, 3)
        })
        .number("auc_p", "p", |row| {
            Cell::of(&row.1.auc_test, |test| Cell::p(test.p))
        })
        .interval("brier_difference", "Brier, difference", |row| {
            Cell::estimate(&row.1.brier_difference, 4)
        })
        .interval("idi", "IDI", |row| Cell::estimate(&row.1.idi, 3))
        .table(name, caption)
}

/// One row of net reclassification.
struct Reclassified<'a> {
    label: &'a str,
    kind: &'static str,
    found: &'a Statistic<NetReclassification>,
}

fn net_reclassification<'a>(name: &str, rows: impl IntoIterator<Item = Reclassified<'a>>) -> Table {
    Rows::of(rows)
        .text("what", "", |row| row.label)
        .text("kind", "Kind", |row| row.kind)
        .number("events", "With an event", |row| {
            Cell::of(row.found, |found| Cell::number(found.events, 3))
        })
        .number("nonevents", "Without", |row| {
            Cell::only(row.found, |found| Cell::number(found.nonevents, 3))
        })
        .interval("sum", "Sum", |row| {
            Cell::only(row.found, |found| {
                Cell::range(found.value, Some((found.low, found.high)), 3)
            })
        })
        .table(
            name,
            "Net reclassification in its components: among records with an event, P(up) − P(down); among those without, P(down) − P(up). Their sum is not a share of patients. \
             No p-value is given: tests of the net reclassification are known to be too favourable.",
        )
}

fn net_benefits(name: &str, scores: &[(&str, &ScoreComparison)]) -> Table {
    let rows = scores.iter().flat_map(|(label, found)| {
        let points = found.net_benefit.iter();
        points.map(move |point| (*label, point))
    });
    let limits = scores
        .iter()
        .find_map(|(_, found)| found.net_benefit_limits.defined());
    let limits = limits.map_or_else(String::new, |method| {
        format!(", with pointwise limits of the {method}")
    });
    Rows::of(rows)
        .text("what", "", |row| row.0)
        .number("threshold", "Threshold", |row| {
            Cell::setting(row.1.threshold)
        })
        .number("first", "First", |row| Cell::number(row.1.first, 4))
        .number("second", "Second", |row| Cell::number(row.1.second, 4))
        .interval("difference", "Difference", |row| {
            Cell::range(row.1.difference, row.1.low.zip(row.1.high), 4)
        })
        .table(
            name,
            format!(
                "Net benefit of both at the configured threshold probabilities; the difference is second minus first{limits}."
            ),
        )
}
