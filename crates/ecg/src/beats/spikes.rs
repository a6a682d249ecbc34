//! Pacing spikes: pulses too short for the heart.

use super::tracks::samples;

/// Height of a pacing spike in millivolts, over the samples 4 ms before and after it.
const HEIGHT: f64 = 0.15;

/// The same in standard deviations of the lead's noise.
const ABOVE_NOISE: f64 = 6.0;

/// Least recorded rate at which a spike can be told from a complex, in hertz.
const LEAST_RATE: f64 = 250.0;

/// Places of spikes in a signal at the internal rate, before any filter; none are looked for in
/// signals recorded below 250 Hz.
pub(super) fn spikes(signal: &[f64], recorded_rate: f64, noise: f64) -> Vec<usize> {
    if recorded_rate < LEAST_RATE {
        return Vec::new();
    }
    let height = HEIGHT.max(ABOVE_NOISE * noise);
    let step = samples(0.004);
    (step..signal.len().saturating_sub(step))
        .filter(|&at| {
            let (rise, fall) = (
                signal[at] - signal[at - step],
                signal[at] - signal[at + step],
            );
            rise * fall > 0.0 && rise.abs().min(fall.abs()) > height
        })
        .collect()
}
