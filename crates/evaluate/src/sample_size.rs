//! What a number of records and events can show: planning notes beside the results.
//!
//! Riley et al., Statistics in Medicine 40 (2021) 4230 (external validation of a binary
//! model); Hanley & McNeil, Radiology 143 (1982) 29 (the area).

use crate::discrimination::hanley_mcneil_variance;
use crate::distribution::normal_multiplier;
use crate::statistic::Statistic;

const MOST_RECORDS: usize = 1 << 40;

/// Half width of the normal interval of an area to be expected with these class sizes.
pub fn auc_half_width(auc: f64, positives: usize, negatives: usize, confidence: f64) -> f64 {
    normal_multiplier(confidence) * hanley_mcneil_variance(auc, positives, negatives).sqrt()
}

/// Least number of records whose expected interval of the area is no wider than ± `half_width`,
/// at this rate of events.
///
/// Undefined at a rate of 0 or 1, or an area that is not in (½, 1).
pub fn records_for_auc(auc: f64, rate: f64, half_width: f64, confidence: f64) -> Statistic<usize> {
    if !(rate > 0.0 && rate < 1.0) {
        return Statistic::undefined("events in none or in all");
    }
    if !(auc > 0.5 && auc < 1.0) {
        return Statistic::undefined("the area is not between ½ and 1");
    }
    let enough = |n: usize| {
        let positives = ((n as f64 * rate).round() as usize).clamp(1, n.saturating_sub(1).max(1));
        auc_half_width(auc, positives, n - positives, confidence) <= half_width
    };
    let (mut low, mut high) = (2, 2);
    while !enough(high) {
        if high >= MOST_RECORDS {
            return Statistic::undefined("no possible number of records is enough");
        }
        (low, high) = (high, 2 * high);
    }
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if enough(middle) {
            high = middle
        } else {
            low = middle
        }
    }
    Statistic::Defined(high)
}

/// Records for an interval of observed/expected from about 1/`factor` to `factor`:
/// n = (1 − rate) / (rate · SE²), SE = ln factor / z (Riley's criterion 1).
pub fn records_for_observed_expected(rate: f64, factor: f64, confidence: f64) -> Statistic<usize> {
    if !(rate > 0.0 && rate < 1.0) {
        return Statistic::undefined("events in none or in all");
    }
    let se = factor.ln() / normal_multiplier(confidence);
    Statistic::Defined(((1.0 - rate) / (rate * se * se)).ceil() as usize)
}

/// Records for an interval of the calibration slope no wider than ± `half_width`:
/// n = I_α / (SE² (I_α I_β − I_αβ²)), the information of a model with slope 1 and
/// intercept 0 over the logits at hand (Riley's criterion 2).
///
/// Undefined where no probability has a logit or all are equal.
pub fn records_for_slope(
    probabilities: &[f64],
    half_width: f64,
    confidence: f64,
) -> Statistic<usize> {
    let inside = probabilities.iter().filter(|p| **p > 0.0 && **p < 1.0);
    let (mut n, mut level, mut both, mut slope) = (0.0, 0.0, 0.0, 0.0);
    for p in inside {
        let (weight, logit) = (p * (1.0 - p), (p / (1.0 - p)).ln());
        n += 1.0;
        level += weight;
        both += weight * logit;
        slope += weight * logit * logit;
    }
    let (level, both, slope) = (level / n, both / n, slope / n);
    let determinant = level * slope - both * both;
    if determinant.is_nan() || determinant <= 1e-12 * level * slope {
        return Statistic::undefined("all probabilities are equal, or none has a logit");
    }
    let se = half_width / normal_multiplier(confidence);
    Statistic::Defined((level / (se * se * determinant)).ceil() as usize)
}
