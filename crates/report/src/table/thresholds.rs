//! What happens at many thresholds, and which thresholds reach a target.

use super::vessel::{point_columns, within_vessels};
use super::{Cell, Rows, Table};
use crate::number::setting;
use crate::wording::level;
use coronet_evaluate::{Evaluation, Proportion, Statistic, TargetGoal, ThresholdRow};

/// Thresholds the page shows; the CSV of the digits has all.
const SHOWN: [f64; 9] = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7];

/// Rows of the page.
pub(super) fn shown(evaluation: &Evaluation) -> Table {
    let is_shown = |row: &&ThresholdRow| SHOWN.iter().any(|t| (t - row.threshold).abs() < 1e-9);
    rows(evaluation, is_shown).table(
        "thresholds",
        format!(
            "Threshold, sensitivity and specificity: what calling every record at or above a threshold positive would do, with {} Wilson intervals. \
             thresholds-all.csv holds every threshold from 1% to 99%.",
            level(&evaluation.config)
        ),
    )
}

/// Every row, for the file.
pub(super) fn all(evaluation: &Evaluation) -> Table {
    rows(evaluation, |_| true).table("thresholds-all", "Every threshold from 1% to 99%.")
}

fn rows(
    evaluation: &Evaluation,
    keep: impl Fn(&&ThresholdRow) -> bool + Copy,
) -> Rows<(&str, &ThresholdRow)> {
    within_vessels(evaluation, |vessel| {
        vessel.threshold_table.iter().filter(move |row| keep(row))
    })
    .number("threshold", "Threshold", |row| {
        Cell::setting(row.1.threshold)
    })
    .count("tp", "TP", |row| row.1.tp)
    .count("fp", "FP", |row| row.1.fp)
    .interval("called", "Called positive", |row| proportion(&row.1.called))
    .interval("sensitivity", "Sensitivity", |row| {
        proportion(&row.1.sensitivity)
    })
    .interval("specificity", "Specificity", |row| {
        proportion(&row.1.specificity)
    })
    .interval("ppv", "PPV", |row| proportion(&row.1.ppv))
    .interval("npv", "NPV", |row| proportion(&row.1.npv))
}

/// `41.3% (38.2–44.4)`.
fn proportion(statistic: &Statistic<Proportion>) -> Cell {
    Cell::of(statistic, |found| Cell::Interval {
        value: found.value,
        limits: Some((found.low, found.high)),
        shown: crate::number::proportion(found, 1),
    })
}

/// Thresholds that reach the configured sensitivities and specificities.
pub(super) fn targets(evaluation: &Evaluation) -> Table {
    let rows = within_vessels(evaluation, |vessel| &vessel.target_table)
        .text("goal", "Goal", |row| match row.1.goal {
            TargetGoal::Sensitivity => "Sensitivity",
            TargetGoal::Specificity => "Specificity",
        })
        .number("target", "Target", |row| Cell::Number {
            value: row.1.target,
            shown: format!("≥ {}", setting(row.1.target)),
        });
    point_columns(rows, |row| &row.1.point).table(
        "threshold-targets",
        "Thresholds that reach a target on these scores: for a sensitivity the greatest, for a specificity the least observed score. \
         Chosen where they are judged, they look better than they will elsewhere.",
    )
}
