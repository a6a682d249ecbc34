//! Integrated calibration index and its relatives, from a LOWESS curve.

use crate::distribution::normal_multiplier;
use crate::evaluation::CalibrationPoint;
use crate::quantile::{quantile, sorted};
use crate::statistic::Statistic;

use super::loess::loess;
use super::lowess::{lowess, lowess_variances};

const FRACTION: f64 = 2.0 / 3.0;
const LOESS_SPAN: f64 = 0.75;
const COARSE_STEP: f64 = 0.001;
const CURVE_POINTS: usize = 200;

/// Differences between a smoothed curve and the predictions.
#[derive(Clone, Debug, PartialEq)]
pub struct SmoothCalibration {
    /// Mean |smoothed − predicted|.
    pub ici: f64,
    /// Median of the same.
    pub e50: f64,
    /// Ninetieth percentile (type 7) of the same.
    pub e90: f64,
    /// Greatest of the same.
    pub e_max: f64,
    /// The curve, thinned and clipped to [0, 1] for plotting.
    pub curve: Vec<CalibrationPoint>,
    /// The smoother, in words.
    pub method: String,
}

/// ICI, E50, E90 and E_max (Austin & Steyerberg, Statistics in Medicine 38 (2019) 4051)
/// with LOWESS (fraction 2/3, no robustness iterations) in place of their LOESS.
///
/// Differences are taken from the smoother as it is, which may leave [0, 1] at the ends;
/// only the curve for plotting is clipped. Up to `exact_records` records every score is
/// fitted; above, at steps of 0.001 of the range of the scores. Undefined with one
/// class or with equal probabilities.
pub fn smooth_calibration(
    probabilities: &[f64],
    positive: &[bool],
    exact_records: usize,
) -> Statistic<SmoothCalibration> {
    if let Some(problem) = crate::discrimination::class_problem(positive) {
        return Statistic::undefined(problem);
    }
    let ascending = sorted(probabilities);
    let range = ascending[ascending.len() - 1] - ascending[0];
    if range <= 0.0 {
        return Statistic::undefined("all probabilities are equal");
    }
    let exact = probabilities.len() <= exact_records;
    let delta = if exact { 0.0 } else { COARSE_STEP * range };
    let outcomes: Vec<f64> = positive
        .iter()
        .map(|class| f64::from(u8::from(*class)))
        .collect();
    let smoothed = lowess(probabilities, &outcomes, FRACTION, delta);
    let method = format!(
        "LOWESS, fraction 2/3, no robustness iterations, delta {}",
        if exact {
            "0".to_owned()
        } else {
            format!("{COARSE_STEP} × range")
        }
    );
    Statistic::Defined(summary(probabilities, &smoothed, method))
}

/// Adds pointwise normal limits to a curve of [`smooth_calibration`], clipped to [0, 1].
///
/// LOWESS is linear in the outcomes, so its variance at a point is Σᵢ (Σ l r)² over the patients i, l the
/// smoother's weights and r the residuals of a patient's records (a sandwich; patients are the independent
/// units). The bias of the smoother is not in it.
pub fn with_band(
    curve: &[CalibrationPoint],
    probabilities: &[f64],
    positive: &[bool],
    patients: &[u32],
    confidence: f64,
) -> Vec<CalibrationPoint> {
    let outcomes: Vec<f64> = positive
        .iter()
        .map(|class| f64::from(u8::from(*class)))
        .collect();
    let at: Vec<f64> = curve.iter().map(|point| point.predicted).collect();
    let variances = lowess_variances(probabilities, &outcomes, FRACTION, &at, patients);
    let z = normal_multiplier(confidence);
    let within = |(point, (fitted, variance)): (&CalibrationPoint, &(f64, f64))| CalibrationPoint {
        low: Some((fitted - z * variance.sqrt()).clamp(0.0, 1.0)),
        high: Some((fitted + z * variance.sqrt()).clamp(0.0, 1.0)),
        ..*point
    };
    curve.iter().zip(&variances).map(within).collect()
}

/// ICI, E50, E90 and E_max with the paper's own smoother: LOESS of degree 2, span 0.75, as
/// R's `loess` makes it by default.
///
/// Costs O(n), so no size is approximated. Undefined with one class, with equal probabilities
/// or where too many of them are equal for a local fit.
pub fn loess_calibration(probabilities: &[f64], positive: &[bool]) -> Statistic<SmoothCalibration> {
    if let Some(problem) = crate::discrimination::class_problem(positive) {
        return Statistic::undefined(problem);
    }
    let outcomes: Vec<f64> = positive
        .iter()
        .map(|class| f64::from(u8::from(*class)))
        .collect();
    let Some(fit) = loess(probabilities, &outcomes, LOESS_SPAN) else {
        return Statistic::undefined("too many probabilities are equal for a local fit");
    };
    let smoothed: Vec<f64> = probabilities.iter().map(|p| fit.at(*p)).collect();
    let method = "LOESS, degree 2, span 0.75, interpolated between vertices".to_owned();
    Statistic::Defined(summary(probabilities, &smoothed, method))
}

fn summary(probabilities: &[f64], smoothed: &[f64], method: String) -> SmoothCalibration {
    let errors: Vec<f64> = smoothed
        .iter()
        .zip(probabilities)
        .map(|(s, p)| (s - p).abs())
        .collect();
    let ordered = sorted(&errors);
    let at =
        |probability| quantile(&ordered, probability).expect("there are records; this is a bug");
    SmoothCalibration {
        ici: errors.iter().sum::<f64>() / errors.len() as f64,
        e50: at(0.5),
        e90: at(0.9),
        e_max: at(1.0),
        curve: curve(probabilities, smoothed),
        method,
    }
}

/// Points of the curve at evenly many records apart, first and last always among them.
fn curve(probabilities: &[f64], smoothed: &[f64]) -> Vec<CalibrationPoint> {
    let order = crate::quantile::ascending(probabilities);
    let last = order.len() - 1;
    let points = CURVE_POINTS.min(order.len());
    let place = |step: usize| order[step * last / (points - 1)] as usize;
    let mut curve: Vec<CalibrationPoint> = (0..points)
        .map(|step| CalibrationPoint {
            predicted: probabilities[place(step)],
            observed: smoothed[place(step)].clamp(0.0, 1.0),
            low: None,
            high: None,
        })
        .collect();
    curve.dedup_by_key(|point| point.predicted);
    curve
}
