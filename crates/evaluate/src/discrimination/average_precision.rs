//! Average precision.

use crate::statistic::Statistic;

use super::{class_problem, steps};

/// Average precision by the step rule: Σ (Rₖ − Rₖ₋₁) Pₖ over the distinct scores from
/// the highest down, R recall and P precision of "score ≥ this one". No interpolation.
///
/// Its chance level is the observed rate, so it cannot be compared between
/// cohorts of different prevalence. Undefined with fewer than two in a class.
pub fn average_precision(scores: &[f64], positive: &[bool]) -> Statistic<f64> {
    if let Some(problem) = class_problem(positive) {
        return Statistic::undefined(problem);
    }
    let positives = positive.iter().filter(|class| **class).count() as f64;
    let (mut found, mut called, mut area) = (0, 0, 0.0);
    for step in steps(scores, positive) {
        found += step.positives;
        called += step.positives + step.negatives;
        area += step.positives as f64 / positives * (found as f64 / called as f64);
    }
    Statistic::Defined(area)
}
