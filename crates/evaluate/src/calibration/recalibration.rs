//! Recalibration: fitted on some records, applied to others.
//!
//! A map is fitted where outcomes are known and the result is not judged (inner data, the
//! other folds, the development cohort) and applied elsewhere unchanged.

use serde::{Deserialize, Serialize};

use crate::discrimination::class_problem;
use crate::quantile::{ascending, runs};
use crate::statistic::Statistic;

use super::logistic::{calibration_in_the_large, logistic_calibration, logit_scale};

/// A fitted map from probability to probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Recalibration {
    /// σ(intercept + slope · logit p); also an update of the intercept alone, with slope 1.
    Platt {
        /// Added on the logit scale.
        intercept: f64,
        /// Multiplies the logit.
        slope: f64,
    },
    /// σ(logit p / temperature).
    Temperature {
        /// Above 1 draws probabilities to ½, below 1 pushes them apart.
        temperature: f64,
    },
    /// A step-free rising line through knots, level beyond the outermost.
    Isotonic {
        /// (given probability, recalibrated probability), both ascending.
        knots: Vec<(f64, f64)>,
    },
}

impl Recalibration {
    /// The recalibrated probability. Platt and temperature leave exactly 0 and 1 as they are.
    pub fn apply(&self, probability: f64) -> f64 {
        let through_logit = |map: &dyn Fn(f64) -> f64| {
            if probability > 0.0 && probability < 1.0 {
                1.0 / (1.0 + (-map((probability / (1.0 - probability)).ln())).exp())
            } else {
                probability
            }
        };
        match self {
            Self::Platt { intercept, slope } => through_logit(&|logit| intercept + slope * logit),
            Self::Temperature { temperature } => through_logit(&|logit| logit / temperature),
            Self::Isotonic { knots } => along(knots, probability),
        }
    }

    /// Why the map cannot be used, if it cannot: numbers out of range or knots out of order.
    pub fn problem(&self) -> Option<&'static str> {
        let sound = match self {
            Self::Platt { intercept, slope } => intercept.is_finite() && slope.is_finite(),
            Self::Temperature { temperature } => temperature.is_finite() && *temperature > 0.0,
            Self::Isotonic { knots } => {
                let inside = |p: &f64| (0.0..=1.0).contains(p);
                !knots.is_empty()
                    && knots.iter().all(|(x, y)| inside(x) && inside(y))
                    && knots
                        .windows(2)
                        .all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1)
            }
        };
        (!sound).then_some(match self {
            Self::Platt { .. } => "finite intercept and slope",
            Self::Temperature { .. } => "a finite temperature above 0",
            Self::Isotonic { .. } => "at least one knot, ascending, within [0, 1]",
        })
    }
}

/// Platt's scaling (Advances in Large Margin Classifiers (1999) 61) as logistic regression of the
/// outcome on logit p, by maximum likelihood, without his target smoothing.
///
/// Undefined where the logistic fit is: fewer than two in a class, equal
/// probabilities, classes that do not overlap.
pub fn fit_platt(probabilities: &[f64], positive: &[bool]) -> Statistic<Recalibration> {
    logistic_calibration(probabilities, positive, 0.95).map(|line| Recalibration::Platt {
        intercept: line.intercept.value,
        slope: line.slope.value,
    })
}

/// An update of the intercept alone (Steyerberg, Clinical Prediction Models, 20.3): the first thing to
/// do for another prevalence. Undefined with fewer than two in a class.
pub fn fit_intercept(probabilities: &[f64], positive: &[bool]) -> Statistic<Recalibration> {
    calibration_in_the_large(probabilities, positive, 0.95).map(|shift| Recalibration::Platt {
        intercept: shift.value,
        slope: 1.0,
    })
}

/// Temperature scaling (Guo et al., ICML 2017) of a binary probability: logistic regression
/// on logit p without an intercept, by maximum likelihood.
///
/// Leaves ½ in place, so it does not repair a prevalence. Undefined with fewer than two in a class, where
/// scores are anti-correlated with the outcome, or where every sign of the logit is right.
pub fn fit_temperature(probabilities: &[f64], positive: &[bool]) -> Statistic<Recalibration> {
    if let Some(problem) = class_problem(positive) {
        return Statistic::undefined(problem);
    }
    match logit_scale(probabilities, positive) {
        Some(slope) if slope > 1e-6 => Statistic::Defined(Recalibration::Temperature {
            temperature: 1.0 / slope,
        }),
        Some(_) => Statistic::undefined("higher logits do not mean more events: no temperature"),
        None => {
            Statistic::undefined("the likelihood has no maximum: every logit has the right sign")
        }
    }
}

/// Isotonic regression of the outcome (Zadrozny & Elkan, KDD 2002), interpolated linearly
/// between the ends of its level pieces.
///
/// Overfits with few events. Undefined with fewer than two in a class.
pub fn fit_isotonic(probabilities: &[f64], positive: &[bool]) -> Statistic<Recalibration> {
    if let Some(problem) = class_problem(positive) {
        return Statistic::undefined(problem);
    }
    let order = ascending(probabilities);
    let mut points: Vec<(f64, f64, f64)> = Vec::new();
    for run in runs(&order, probabilities) {
        let members = &order[run];
        let events = members
            .iter()
            .filter(|&&record| positive[record as usize])
            .count();
        let size = members.len() as f64;
        points.push((
            probabilities[members[0] as usize],
            events as f64 / size,
            size,
        ));
    }
    let values: Vec<f64> = points.iter().map(|point| point.1).collect();
    let weights: Vec<f64> = points.iter().map(|point| point.2).collect();
    let fitted = isotonic_regression(&values, &weights);
    let last = points.len() - 1;
    let at_end = |place: usize| {
        place == 0
            || place == last
            || fitted[place - 1] != fitted[place]
            || fitted[place + 1] != fitted[place]
    };
    let knots = (0..=last)
        .filter(|&place| at_end(place))
        .map(|place| (points[place].0, fitted[place].clamp(0.0, 1.0)))
        .collect();
    Statistic::Defined(Recalibration::Isotonic { knots })
}

/// The rising sequence nearest to `values` in weighted squares, by pooling adjacent
/// violators (Barlow et al., Statistical Inference under Order Restrictions (1972)).
pub fn isotonic_regression(values: &[f64], weights: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (value, weight) in values.iter().zip(weights) {
        let mut block = (value * weight, *weight, 1);
        while let Some(&(sum, total, count)) = blocks.last() {
            if sum / total < block.0 / block.1 {
                break;
            }
            blocks.pop();
            block = (sum + block.0, total + block.1, count + block.2);
        }
        blocks.push(block);
    }
    let spread = |(sum, total, count): (f64, f64, usize)| std::iter::repeat_n(sum / total, count);
    blocks.into_iter().flat_map(spread).collect()
}

fn along(knots: &[(f64, f64)], x: f64) -> f64 {
    let after = knots.partition_point(|(knot, _)| *knot < x);
    match (
        after.checked_sub(1).map(|before| knots[before]),
        knots.get(after),
    ) {
        (Some((low, y_low)), Some(&(high, y_high))) => {
            y_low + (x - low) / (high - low) * (y_high - y_low)
        }
        (Some((_, y)), None) => y,
        (None, Some(&(_, y))) => y,
        (None, None) => x,
    }
}
