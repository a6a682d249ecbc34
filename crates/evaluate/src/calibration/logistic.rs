//! Logistic recalibration models.
//!
//! Cox, Biometrika 45 (1958) 562; Miller, Hui & Tierney, Statistics in Medicine
//! 10 (1991) 1213. "Intercept" is a of y ~ a + b · logit p with b free;
//! "in the large" is a with b fixed to 1: two different numbers.

use crate::discrimination::class_problem;
use crate::distribution::normal_multiplier;
use crate::statistic::{Estimate, Statistic};

const MOST_STEPS: usize = 100;
/// A slope beyond this means that the likelihood has no maximum.
const STEEPEST: f64 = 100.0;

/// A fitted y ~ a + b · logit p.
#[derive(Clone, Debug, PartialEq)]
pub struct LogisticCalibration {
    /// a with its Wald interval.
    pub intercept: Estimate,
    /// b with its Wald interval.
    pub slope: Estimate,
}

/// Fits slope and intercept by maximum likelihood.
///
/// Probabilities of exactly 0 or 1 have no logit; their records are left out
/// (`n` counts those that remain). Undefined with fewer than two in a class, with
/// equal probabilities, or where the classes do not overlap (the slope is then
/// infinite).
pub fn logistic_calibration(
    probabilities: &[f64],
    positive: &[bool],
    confidence: f64,
) -> Statistic<LogisticCalibration> {
    let (logits, classes) = with_logit(probabilities, positive);
    if let Some(problem) = class_problem(&classes).or_else(|| overlap_problem(&logits, &classes)) {
        return Statistic::undefined(problem);
    }
    let mean = logits.iter().sum::<f64>() / logits.len() as f64;
    let centred: Vec<f64> = logits.iter().map(|logit| logit - mean).collect();
    let Some(fit) = fit_line(&centred, &classes) else {
        return Statistic::undefined("the logistic model did not converge");
    };
    let n = logits.len();
    let [v_level, v_both, v_slope] = fit.covariance;
    let v_intercept = v_level - 2.0 * mean * v_both + mean * mean * v_slope;
    let method = "logistic model y ~ a + b · logit p, Wald interval";
    let wald = |value, variance| wald(value, variance, method, n, confidence);
    Statistic::Defined(LogisticCalibration {
        intercept: wald(fit.level - fit.slope * mean, v_intercept),
        slope: wald(fit.slope, v_slope),
    })
}

/// Fits a of y ~ a + offset(logit p): the logit by which all probabilities are too low.
///
/// Probabilities of exactly 0 or 1 are left out. Undefined with fewer than two in a class.
pub fn calibration_in_the_large(
    probabilities: &[f64],
    positive: &[bool],
    confidence: f64,
) -> Statistic<Estimate> {
    let (logits, classes) = with_logit(probabilities, positive);
    if let Some(problem) = class_problem(&classes) {
        return Statistic::undefined(problem);
    }
    let events = classes.iter().filter(|class| **class).count() as f64;
    let sums = |shift: f64| {
        logits
            .iter()
            .fold((0.0, 0.0), |(expected, information), logit| {
                let p = sigmoid(logit + shift);
                (expected + p, information + p * (1.0 - p))
            })
    };
    // The expected number rises with the shift, so the root lies between bounds that close in.
    let (mut low, mut high, mut shift) = (-100.0, 100.0, 0.0);
    let mut information = 0.0;
    for _ in 0..MOST_STEPS {
        let (expected, curvature) = sums(shift);
        information = curvature;
        if expected < events {
            low = shift
        } else {
            high = shift
        }
        let newton = shift + (events - expected) / curvature;
        let next = if newton > low && newton < high {
            newton
        } else {
            (low + high) / 2.0
        };
        let moved = (next - shift).abs();
        shift = next;
        if moved < 1e-13 * (1.0 + shift.abs()) {
            break;
        }
    }
    let method = "logistic model y ~ a + offset(logit p), Wald interval";
    Statistic::Defined(wald(
        shift,
        1.0 / information,
        method,
        logits.len(),
        confidence,
    ))
}

/// b of y ~ b · logit p without intercept, by maximum likelihood; none where it has no maximum.
///
/// The derivative Σ (y − σ(b l)) l falls with b, so its zero is bracketed and closed in on.
pub(super) fn logit_scale(probabilities: &[f64], positive: &[bool]) -> Option<f64> {
    let (logits, classes) = with_logit(probabilities, positive);
    let derivatives = |b: f64| {
        logits
            .iter()
            .zip(&classes)
            .fold((0.0, 0.0), |(gradient, information), (l, class)| {
                let p = sigmoid(b * l);
                (
                    gradient + (f64::from(u8::from(*class)) - p) * l,
                    information + p * (1.0 - p) * l * l,
                )
            })
    };
    let (mut low, mut high) = (-STEEPEST, STEEPEST);
    if derivatives(low).0 <= 0.0 || derivatives(high).0 >= 0.0 {
        return None;
    }
    let mut b = 1.0;
    for _ in 0..MOST_STEPS {
        let (gradient, information) = derivatives(b);
        if gradient > 0.0 {
            low = b
        } else {
            high = b
        }
        let newton = b + gradient / information;
        let next = if newton > low && newton < high {
            newton
        } else {
            (low + high) / 2.0
        };
        let moved = (next - b).abs();
        b = next;
        if moved < 1e-13 * (1.0 + b.abs()) {
            break;
        }
    }
    Some(b)
}

/// Records whose probability has a logit.
fn with_logit(probabilities: &[f64], positive: &[bool]) -> (Vec<f64>, Vec<bool>) {
    let inside = probabilities
        .iter()
        .zip(positive)
        .filter(|(p, _)| **p > 0.0 && **p < 1.0);
    inside
        .map(|(p, class)| ((p / (1.0 - p)).ln(), *class))
        .unzip()
}

fn overlap_problem(logits: &[f64], classes: &[bool]) -> Option<&'static str> {
    let range = |class: bool| {
        let members = logits
            .iter()
            .zip(classes)
            .filter(move |(_, c)| **c == class)
            .map(|(logit, _)| *logit);
        members.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), logit| {
            (logit.min(low), logit.max(high))
        })
    };
    let ((low_negative, high_negative), (low_positive, high_positive)) =
        (range(false), range(true));
    if low_negative.min(low_positive) == high_negative.max(high_positive) {
        return Some("all probabilities are equal");
    }
    let apart = low_positive >= high_negative || low_negative >= high_positive;
    apart.then_some("the probabilities of the classes do not overlap: the slope is infinite")
}

struct Line {
    level: f64,
    slope: f64,
    /// Variance of the level, covariance, variance of the slope.
    covariance: [f64; 3],
}

/// Newton's method with step halving on the log-likelihood.
fn fit_line(x: &[f64], classes: &[bool]) -> Option<Line> {
    let (mut level, mut slope) = (0.0, 0.0);
    let mut likelihood = log_likelihood(x, classes, level, slope);
    for _ in 0..MOST_STEPS {
        let (gradient, [a, b, c]) = derivatives(x, classes, level, slope);
        let determinant = a * c - b * b;
        let step = [
            (c * gradient[0] - b * gradient[1]) / determinant,
            (a * gradient[1] - b * gradient[0]) / determinant,
        ];
        if !step.iter().all(|part| part.is_finite()) {
            return None;
        }
        let mut scale = 1.0;
        let mut next = log_likelihood(x, classes, level + step[0], slope + step[1]);
        while next < likelihood - 1e-9 * likelihood.abs() && scale > 1e-6 {
            scale /= 2.0;
            next = log_likelihood(x, classes, level + scale * step[0], slope + scale * step[1]);
        }
        (level, slope, likelihood) = (level + scale * step[0], slope + scale * step[1], next);
        if step[0].abs() < 1e-12 * (1.0 + level.abs())
            && step[1].abs() < 1e-12 * (1.0 + slope.abs())
        {
            let (_, [a, b, c]) = derivatives(x, classes, level, slope);
            let determinant = a * c - b * b;
            return Some(Line {
                level,
                slope,
                covariance: [c / determinant, -b / determinant, a / determinant],
            });
        }
    }
    None
}

fn derivatives(x: &[f64], classes: &[bool], level: f64, slope: f64) -> ([f64; 2], [f64; 3]) {
    let (mut gradient, mut information) = ([0.0; 2], [0.0; 3]);
    for (&x, &class) in x.iter().zip(classes) {
        let p = sigmoid(level + slope * x);
        let (residual, weight) = (f64::from(u8::from(class)) - p, p * (1.0 - p));
        gradient[0] += residual;
        gradient[1] += residual * x;
        information[0] += weight;
        information[1] += weight * x;
        information[2] += weight * x * x;
    }
    (gradient, information)
}

fn log_likelihood(x: &[f64], classes: &[bool], level: f64, slope: f64) -> f64 {
    let term = |(&x, &class): (&f64, &bool)| {
        let eta = level + slope * x;
        let signed = if class { eta } else { -eta };
        // ln σ(s) without overflow
        signed.min(0.0) - (-signed.abs()).exp().ln_1p()
    };
    x.iter().zip(classes).map(term).sum()
}

fn sigmoid(eta: f64) -> f64 {
    1.0 / (1.0 + (-eta).exp())
}

fn wald(value: f64, variance: f64, method: &str, n: usize, confidence: f64) -> Estimate {
    let half = normal_multiplier(confidence) * variance.sqrt();
    Estimate {
        variance: Some(variance),
        ..Estimate::interval(value, (value - half, value + half), method, n)
    }
}
