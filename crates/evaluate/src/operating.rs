//! Thresholds, what happens at them, and risk strata. Positive always means p ≥ threshold.

use indexmap::IndexMap;

use crate::config::Targets;
use crate::discrimination::{class_problem, steps};
use crate::evaluation::{OperatingPoint, Stratum};
use crate::proportion::wilson;
use crate::statistic::Statistic;

/// The greatest observed score t with sensitivity(p ≥ t) of at least `target`.
///
/// Observed scores are used, not midpoints between them. Undefined with fewer
/// than two in a class.
pub fn rule_out_threshold(scores: &[f64], positive: &[bool], target: f64) -> Statistic<f64> {
    if let Some(problem) = class_problem(positive) {
        return Statistic::undefined(problem);
    }
    let positives = positive.iter().filter(|class| **class).count() as f64;
    let mut found = 0;
    for step in steps(scores, positive) {
        found += step.positives;
        if found as f64 / positives >= target {
            return Statistic::Defined(step.score);
        }
    }
    Statistic::undefined(format!(
        "no observed score reaches a sensitivity of {target}"
    ))
}

/// The least observed score t with specificity(p < t) of at least `target`.
///
/// Undefined with fewer than two in a class, or where no score reaches the target
/// (all scores equal, say).
pub fn rule_in_threshold(scores: &[f64], positive: &[bool], target: f64) -> Statistic<f64> {
    if let Some(problem) = class_problem(positive) {
        return Statistic::undefined(problem);
    }
    let negatives = positive.iter().filter(|class| !**class).count() as f64;
    let mut below = 0;
    for step in steps(scores, positive).iter().rev() {
        if below as f64 / negatives >= target {
            return Statistic::Defined(step.score);
        }
        below += step.negatives;
    }
    Statistic::undefined(format!(
        "no observed score reaches a specificity of {target}"
    ))
}

/// The observed score with the greatest sensitivity + specificity − 1 (Youden,
/// Cancer 3 (1950) 32); of several, the highest score.
///
/// Chosen and judged on the same data it flatters. Undefined with fewer than two in a class.
pub fn youden_threshold(scores: &[f64], positive: &[bool]) -> Statistic<f64> {
    if let Some(problem) = class_problem(positive) {
        return Statistic::undefined(problem);
    }
    let positives = positive.iter().filter(|class| **class).count() as i128;
    let negatives = positive.len() as i128 - positives;
    let (mut tp, mut fp, mut best, mut threshold) = (0_i128, 0_i128, i128::MIN, f64::NAN);
    for step in steps(scores, positive) {
        tp += step.positives as i128;
        fp += step.negatives as i128;
        let index = tp * negatives - fp * positives;
        if index > best {
            (best, threshold) = (index, step.score);
        }
    }
    Statistic::finite(threshold, "no observed score")
}

/// Rule-out and rule-in thresholds for the targets, rule-in raised to rule-out where it is lower.
pub fn target_thresholds(
    scores: &[f64],
    positive: &[bool],
    targets: &Targets,
) -> (Statistic<f64>, Statistic<f64>) {
    let rule_out = rule_out_threshold(scores, positive, targets.rule_out_sensitivity);
    let rule_in = rule_in_threshold(scores, positive, targets.rule_in_specificity);
    let rule_in = match (rule_in, rule_out.defined()) {
        (Statistic::Defined(rule_in), Some(rule_out)) => Statistic::Defined(rule_in.max(*rule_out)),
        (rule_in, _) => rule_in,
    };
    (rule_out, rule_in)
}

/// Confusion counts and proportions at a threshold.
pub fn operating_point(
    scores: &[f64],
    positive: &[bool],
    threshold: f64,
    confidence: f64,
) -> OperatingPoint {
    let count = |called: bool, class: bool| {
        scores
            .iter()
            .zip(positive)
            .filter(|(p, c)| (**p >= threshold) == called && **c == class)
            .count()
    };
    let (tp, fp, tn, misses) = (
        count(true, true),
        count(true, false),
        count(false, false),
        count(false, true),
    );
    let sensitivity = wilson(tp, tp + misses, confidence);
    let specificity = wilson(tn, tn + fp, confidence);
    let youden = match (sensitivity.defined(), specificity.defined()) {
        (Some(sensitivity), Some(specificity)) => {
            Statistic::Defined(sensitivity.value + specificity.value - 1.0)
        }
        _ => Statistic::undefined("sensitivity or specificity is not defined"),
    };
    let f1 = (2 * tp) as f64 / (2 * tp + fp + misses) as f64;
    OperatingPoint {
        threshold,
        tp,
        fp,
        tn,
        false_negative: misses,
        sensitivity,
        specificity,
        ppv: wilson(tp, tp + fp, confidence),
        npv: wilson(tn, tn + misses, confidence),
        accuracy: wilson(tp + tn, scores.len(), confidence),
        f1: Statistic::finite(f1, "no positive record and none called positive"),
        youden,
    }
}

/// A risk stratum of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RiskStratum {
    /// p < rule-out.
    Low,
    /// Rule-out ≤ p < rule-in.
    Intermediate,
    /// Rule-in ≤ p.
    High,
}

impl RiskStratum {
    /// All strata, lowest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Intermediate, Self::High];

    /// The stratum of a probability.
    pub fn of(probability: f64, rule_out: f64, rule_in: f64) -> Self {
        if probability >= rule_in {
            Self::High
        } else if probability >= rule_out {
            Self::Intermediate
        } else {
            Self::Low
        }
    }

    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Intermediate => "intermediate",
            Self::High => "high",
        }
    }
}

/// Observed rate in each stratum.
pub fn stratum_rates(
    strata: &[RiskStratum],
    positive: &[bool],
    confidence: f64,
) -> IndexMap<String, Stratum> {
    let rate = |stratum: RiskStratum| {
        let members = || {
            strata
                .iter()
                .zip(positive)
                .filter(move |(of, _)| **of == stratum)
        };
        let (n, events) = (
            members().count(),
            members().filter(|(_, class)| **class).count(),
        );
        let rate = match wilson(events, n, confidence) {
            Statistic::Undefined(_) => Statistic::undefined("no records in this stratum"),
            defined => defined,
        };
        (stratum.name().to_owned(), Stratum { n, events, rate })
    };
    RiskStratum::ALL.into_iter().map(rate).collect()
}
