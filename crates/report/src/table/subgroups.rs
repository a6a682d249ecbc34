//! Each vessel in parts of the cohort.

use super::vessel::within_vessels;
use super::{Cell, Table};
use crate::wording::{level, subgroup_name};
use coronet_evaluate::Evaluation;

pub(super) fn discrimination(evaluation: &Evaluation) -> Table {
    within_vessels(evaluation, |vessel| &vessel.subgroups)
        .text("subgroup", "Subgroup", |row| subgroup_name(row.1.0))
        .count("n", "n", |row| row.1.1.n)
        .count("events", "Events", |row| row.1.1.events)
        .interval("auc", "AUC", |row| Cell::estimate(&row.1.1.auc, 3))
        .table(
            "subgroups",
            format!(
                "AUC by vessel and subgroup with {} DeLong intervals.",
                level(&evaluation.config)
            ),
        )
}

/// Calibration and what the thresholds do in each subgroup.
pub(super) fn performance(evaluation: &Evaluation) -> Table {
    within_vessels(evaluation, |vessel| &vessel.subgroups)
        .text("subgroup", "Subgroup", |row| subgroup_name(row.1.0))
        .interval("rate", "Observed rate", |row| {
            Cell::percentage(&row.1.1.rate, 1)
        })
        .interval("observed_expected", "O:E", |row| {
            Cell::estimate(&row.1.1.observed_expected, 2)
        })
        .interval("slope", "Slope", |row| Cell::estimate(&row.1.1.slope, 2))
        .interval("sensitivity", "Rule-out sensitivity", |row| {
            Cell::percentage(&row.1.1.sensitivity_rule_out, 1)
        })
        .interval("specificity", "Rule-in specificity", |row| {
            Cell::percentage(&row.1.1.specificity_rule_in, 1)
        })
        .table(
            "subgroup-performance",
            format!(
                "Observed rate, calibration, and sensitivity and specificity at the thresholds of all records, by subgroup, with {} intervals.",
                level(&evaluation.config)
            ),
        )
}

pub(super) fn comparisons(evaluation: &Evaluation) -> Table {
    within_vessels(evaluation, |vessel| &vessel.subgroup_comparisons)
        .text("first", "First", |row| subgroup_name(&row.1.first))
        .text("second", "Second", |row| subgroup_name(&row.1.second))
        .interval("difference", "Difference in AUC", |row| {
            Cell::estimate(&row.1.difference, 3)
        })
        .number("p", "p", |row| {
            Cell::of(&row.1.test, |test| Cell::p(test.p))
        })
        .number("p_holm", "p (Holm)", |row| {
            Cell::of(&row.1.p_holm, |p| Cell::p(*p))
        })
        .number("p_benjamini_hochberg", "p (BH)", |row| {
            Cell::of(&row.1.p_benjamini_hochberg, |p| Cell::p(*p))
        })
        .number("calibration_p", "p, calibration", |row| {
            Cell::of(&row.1.calibration_interaction, |test| Cell::p(test.p))
        })
        .table(
            "subgroup-comparisons",
            format!(
                "Difference in AUC between subgroups (first minus second) with {} interval, unpaired DeLong test of the interaction, and its p-value after Holm’s correction and after Benjamini and Hochberg’s (false discovery rate) over the comparisons of a vessel. \
                 The last column tests whether calibration differs, uncorrected. A large p-value is no evidence of equality.",
                level(&evaluation.config)
            ),
        )
}
