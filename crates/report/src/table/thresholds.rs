//! What happens at many thresholds, and which thresholds reach a target.

use super::{Cell, Kind, Table, columns};
use crate::number::percent;
use crate::wording::level;
use coronet_evaluate::{Evaluation, Proportion, Statistic, TargetGoal, ThresholdRow};

/// Thresholds the page shows; the CSV of the digits has all.
const SHOWN: [f64; 9] = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7];

/// Rows of the page.
pub(super) fn shown(evaluation: &Evaluation) -> Table {
    let is_shown = |row: &&ThresholdRow| SHOWN.iter().any(|t| (t - row.threshold).abs() < 1e-9);
    Table {
        name: "thresholds".to_owned(),
        caption: format!(
            "Threshold, sensitivity and specificity: what calling every record at or above a threshold positive would do, with {} Wilson intervals. \
             thresholds-all.csv holds every threshold from 1% to 99%.",
            level(&evaluation.config)
        ),
        ..table(evaluation, &is_shown)
    }
}

/// Every row, for the file.
pub(super) fn all(evaluation: &Evaluation) -> Table {
    Table {
        name: "thresholds-all".to_owned(),
        caption: "Every threshold from 1% to 99%.".to_owned(),
        ..table(evaluation, &|_: &&ThresholdRow| true)
    }
}

fn table(evaluation: &Evaluation, keep: &dyn Fn(&&ThresholdRow) -> bool) -> Table {
    let mut rows = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        for row in vessel.threshold_table.iter().filter(keep) {
            rows.push(vec![
                Cell::text(name),
                Cell::Number {
                    value: row.threshold,
                    shown: percent(row.threshold, 0),
                },
                Cell::count(row.tp),
                Cell::count(row.fp),
                proportion(&row.called),
                proportion(&row.sensitivity),
                proportion(&row.specificity),
                proportion(&row.ppv),
                proportion(&row.npv),
            ]);
        }
    }
    Table {
        name: String::new(),
        caption: String::new(),
        columns: columns(&[
            ("vessel", "Vessel", Kind::Text),
            ("threshold", "Threshold", Kind::Number),
            ("tp", "TP", Kind::Number),
            ("fp", "FP", Kind::Number),
            ("called", "Called positive", Kind::Interval),
            ("sensitivity", "Sensitivity", Kind::Interval),
            ("specificity", "Specificity", Kind::Interval),
            ("ppv", "PPV", Kind::Interval),
            ("npv", "NPV", Kind::Interval),
        ]),
        rows,
    }
}

/// `41.3% (38.2–44.4)`.
pub(super) fn proportion(statistic: &Statistic<Proportion>) -> Cell {
    Cell::of(statistic, |found| Cell::Interval {
        value: found.value,
        limits: Some((found.low, found.high)),
        shown: crate::number::proportion(found, 1),
    })
}

/// Thresholds that reach the configured sensitivities and specificities.
pub(super) fn targets(evaluation: &Evaluation) -> Table {
    let mut rows = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        for target in &vessel.target_table {
            let goal = match target.goal {
                TargetGoal::Sensitivity => "Sensitivity",
                TargetGoal::Specificity => "Specificity",
            };
            let mut row = vec![
                Cell::text(name),
                Cell::Text(goal.to_owned()),
                Cell::Number {
                    value: target.target,
                    shown: format!("≥ {}", percent(target.target, 0)),
                },
            ];
            match &target.point {
                Statistic::Defined(point) => row.extend([
                    Cell::number(point.threshold, 3),
                    Cell::percentage(&point.sensitivity, 1),
                    Cell::percentage(&point.specificity, 1),
                    Cell::percentage(&point.ppv, 1),
                    Cell::percentage(&point.npv, 1),
                ]),
                Statistic::Undefined(undefined) => {
                    row.push(Cell::Undefined(undefined.reason.clone()));
                    row.resize(8, Cell::Empty);
                }
            }
            rows.push(row);
        }
    }
    Table {
        name: "threshold-targets".to_owned(),
        caption: "Thresholds that reach a target on these scores: for a sensitivity the greatest, for a specificity the least observed score. \
                  Chosen where they are judged, they look better than they will elsewhere."
            .to_owned(),
        columns: columns(&[
            ("vessel", "Vessel", Kind::Text),
            ("goal", "Goal", Kind::Text),
            ("target", "Target", Kind::Number),
            ("threshold", "Threshold", Kind::Number),
            ("sensitivity", "Sensitivity", Kind::Interval),
            ("specificity", "Specificity", Kind::Interval),
            ("ppv", "PPV", Kind::Interval),
            ("npv", "NPV", Kind::Interval),
        ]),
        rows,
    }
}
