//! Z-scores with the population standard deviation.

/// Added to the standard deviation, as published.
const EPSILON: f64 = 1e-8;

/// Spread below which a signal counts as constant, in millivolts (a tenth of a nanovolt).
const CONSTANT: f64 = 1e-7;

/// (x − mean) / (sd + 1e-8) over all signals together; `false` when they are constant.
///
/// A constant input becomes all zeros.
pub(crate) fn together(signals: &mut [Vec<f64>]) -> bool {
    let count: usize = signals.iter().map(Vec::len).sum();
    let samples = || signals.iter().flatten().copied();
    let mean = samples().sum::<f64>() / count.max(1) as f64;
    let variance = samples()
        .map(|sample| (sample - mean) * (sample - mean))
        .sum::<f64>()
        / count.max(1) as f64;
    let deviation = variance.sqrt();
    let varies = deviation > CONSTANT;
    for sample in signals.iter_mut().flatten() {
        *sample = if varies {
            (*sample - mean) / (deviation + EPSILON)
        } else {
            0.0
        };
    }
    varies
}
