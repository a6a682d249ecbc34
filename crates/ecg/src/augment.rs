//! Random changes of a training window that leave its label as it is.

use rand::{Rng, RngExt};
use std::f64::consts::PI;

/// Changes a window `[leads, samples]` (lead-major) in place, with strength `factor` in [0, 1].
///
/// In this order, with `a = factor`: circular shift of all leads by up to ±10 % · a of the
/// length (probability 0.8 a); one scale for all leads in 1 ± 0.1 a (0.8 a); Gaussian noise of
/// standard deviation 0.02 a clipped to ±0.1 (0.5 a); one span of (2–10 %) · a of the length
/// zeroed in all leads (0.3 a). A window whose size is not `leads · samples` is left as it is.
pub fn augment(window: &mut [f32], leads: usize, samples: usize, factor: f64, rng: &mut impl Rng) {
    if samples == 0 || leads.checked_mul(samples) != Some(window.len()) {
        return;
    }
    let factor = factor.clamp(0.0, 1.0);
    if rng.random_bool(0.8 * factor) {
        shift(window, samples, rng.random_range(-0.1..=0.1) * factor);
    }
    if rng.random_bool(0.8 * factor) {
        let scale = (1.0 + rng.random_range(-0.1..=0.1) * factor) as f32;
        window.iter_mut().for_each(|sample| *sample *= scale);
    }
    if rng.random_bool(0.5 * factor) {
        for sample in window.iter_mut() {
            *sample += (0.02 * factor * normal(rng)).clamp(-0.1, 0.1) as f32;
        }
    }
    if rng.random_bool(0.3 * factor) {
        let share = rng.random_range(0.02..=0.1) * factor;
        let length = ((share * samples as f64).round() as usize).clamp(1, samples);
        let start = rng.random_range(0..=samples - length);
        for lead in window.chunks_exact_mut(samples) {
            lead[start..start + length].fill(0.0);
        }
    }
}

/// Strength of the augmentation in an epoch: 1 in the first, by a half cosine to 0.5 in the last.
pub fn annealing_factor(epoch: usize, epochs: usize) -> f64 {
    if epochs <= 1 {
        return 1.0;
    }
    let progress = epoch.min(epochs - 1) as f64 / (epochs - 1) as f64;
    0.5 + 0.25 * (1.0 + (PI * progress).cos())
}

/// Turns every lead by `share` of its length; what leaves at one end enters at the other.
fn shift(window: &mut [f32], samples: usize, share: f64) {
    let places = (share * samples as f64).round() as i64;
    let places = places.rem_euclid(samples as i64) as usize;
    for lead in window.chunks_exact_mut(samples) {
        lead.rotate_right(places);
    }
}

/// Standard normal variate (Box and Muller, 1958).
fn normal(rng: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (2.0 * PI * rng.random::<f64>()).cos()
}
