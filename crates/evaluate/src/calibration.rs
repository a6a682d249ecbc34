//! How well predicted probabilities agree with what is observed.

mod bins;
mod loess;
mod logistic;
mod lowess;
mod recalibration;
mod smooth;

pub use bins::{
    EqualWidthErrors, Fitted, equal_count_bins, equal_width_errors, expected_calibration_error,
    hosmer_lemeshow,
};
pub use loess::{Loess, loess};
pub use logistic::{LogisticCalibration, calibration_in_the_large, logistic_calibration};
pub use lowess::{lowess, lowess_nodes, lowess_variances, robust_lowess};
pub use recalibration::{
    Recalibration, fit_intercept, fit_isotonic, fit_platt, fit_temperature, isotonic_regression,
};
pub use smooth::{SmoothCalibration, loess_calibration, smooth_calibration, with_band};

use crate::distribution::{normal_multiplier, normal_two_sided};
use crate::statistic::{Estimate, Statistic, Test};

/// Brier's score: mean (p − y)² (Brier, Monthly Weather Review 78 (1950) 1). 0 is perfect;
/// what is good depends on the observed rate.
pub fn brier(probabilities: &[f64], positive: &[bool]) -> Statistic<f64> {
    if probabilities.is_empty() {
        return Statistic::undefined("no records");
    }
    let squared = |(p, class): (&f64, &bool)| (p - f64::from(u8::from(*class))).powi(2);
    let sum: f64 = probabilities.iter().zip(positive).map(squared).sum();
    Statistic::Defined(sum / probabilities.len() as f64)
}

/// 1 − Brier / (π (1 − π)), π the observed rate: 0 for predicting π for everybody,
/// negative for worse. Undefined with one class only.
pub fn scaled_brier(probabilities: &[f64], positive: &[bool]) -> Statistic<f64> {
    let rate = positive.iter().filter(|class| **class).count() as f64 / positive.len() as f64;
    if !(rate > 0.0 && rate < 1.0) {
        return Statistic::undefined(one_class(positive));
    }
    brier(probabilities, positive).map(|brier| 1.0 - brier / (rate * (1.0 - rate)))
}

/// Observed over expected events, Σy / Σp. Undefined where nothing is expected.
pub fn observed_expected(probabilities: &[f64], positive: &[bool]) -> Statistic<f64> {
    let expected: f64 = probabilities.iter().sum();
    if expected <= 0.0 {
        return Statistic::undefined("no event is expected");
    }
    Statistic::Defined(positive.iter().filter(|class| **class).count() as f64 / expected)
}

/// Observed over expected events with the interval of its logarithm, variance (1 − rate)/events
/// (Debray et al., BMJ 356 (2017) i6460). Undefined without an event or where nothing is expected.
pub fn observed_expected_interval(
    probabilities: &[f64],
    positive: &[bool],
    confidence: f64,
) -> Statistic<Estimate> {
    let events = positive.iter().filter(|class| **class).count() as f64;
    let n = positive.len();
    observed_expected(probabilities, positive).and_then(|ratio| {
        if events == 0.0 {
            return Statistic::undefined("no positive records");
        }
        let variance = (1.0 - events / n as f64) / events;
        let half = normal_multiplier(confidence) * variance.sqrt();
        let limits = (ratio * (-half).exp(), ratio * half.exp());
        Statistic::Defined(Estimate {
            variance: Some(variance),
            ..Estimate::interval(
                ratio,
                limits,
                "observed / expected events, interval and variance of the logarithm",
                n,
            )
        })
    })
}

/// Spiegelhalter's test of calibration (Statistics in Medicine 5 (1986) 421):
/// z = Σ (y − p)(1 − 2p) / √Σ (1 − 2p)² p (1 − p).
///
/// Undefined without records and where every probability is 0, ½ or 1.
pub fn spiegelhalter(probabilities: &[f64], positive: &[bool]) -> Statistic<Test> {
    let (mut top, mut variance) = (0.0, 0.0);
    for (&p, &class) in probabilities.iter().zip(positive) {
        let weight = 1.0 - 2.0 * p;
        top += (f64::from(u8::from(class)) - p) * weight;
        variance += weight * weight * p * (1.0 - p);
    }
    if probabilities.is_empty() {
        return Statistic::undefined("no records");
    }
    if variance <= 0.0 {
        return Statistic::undefined("every probability is 0, ½ or 1");
    }
    let z = top / variance.sqrt();
    Statistic::Defined(Test {
        statistic: z,
        df: None,
        z: Some(z),
        p: normal_two_sided(z),
        method: "Spiegelhalter".to_owned(),
    })
}

/// The reason a statistic of two classes is not defined.
pub(crate) fn one_class(positive: &[bool]) -> &'static str {
    match positive.first() {
        None => "no records",
        Some(true) => "no negative records",
        Some(false) => "no positive records",
    }
}
