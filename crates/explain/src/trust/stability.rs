//! Does the picture stay when the signal hardly changes?

use super::similarity::similarity;
use super::{MethodError, Question};
use coronet_evaluate::{Estimate, Statistic};
use coronet_model::attribution::{Attribution, noisy};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// The random stream of the noise, apart from that of smoothed gradients under equal seeds.
const STREAM: u64 = 1;

/// A change that should not matter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disturbance {
    /// The signal comes later by so many samples; earlier where negative.
    Shift(i32),
    /// Normal noise with this share of the window's standard deviation.
    Noise(f64),
}

/// Likeness under one disturbance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stability {
    /// What was changed.
    pub disturbance: Disturbance,
    /// Likeness to the picture of the window as it was.
    pub similarity: Statistic<Estimate>,
}

/// Likeness of `found`, the attribution asked for, to that of disturbed windows, moved back where
/// they were shifted.
///
/// # Errors
///
/// If a window, the class or the method is not the network's.
pub fn stability(
    question: &Question<'_>,
    found: &[Attribution],
    disturbances: &[Disturbance],
    seed: u64,
) -> Result<Vec<Stability>, MethodError> {
    let before = question.sizes(found);
    disturbances
        .iter()
        .map(|&disturbance| {
            let windows: Vec<Vec<f32>> = question
                .windows
                .iter()
                .enumerate()
                .map(|(number, window)| {
                    let seed = seed.wrapping_add(number as u64);
                    disturb(window, question.grid.samples, disturbance, seed)
                })
                .collect();
            let windows: Vec<&[f32]> = windows.iter().map(Vec::as_slice).collect();
            let found = question
                .explainer
                .attribute(&windows, question.class, question.method)?;
            let after: Vec<Vec<f64>> = found
                .iter()
                .map(|attribution| {
                    question.grid.sizes(&moved_back(
                        &attribution.values,
                        question.grid.samples,
                        disturbance,
                    ))
                })
                .collect();
            Ok(Stability {
                disturbance,
                similarity: similarity(&before, &after),
            })
        })
        .collect()
}

fn disturb(window: &[f32], samples: usize, disturbance: Disturbance, seed: u64) -> Vec<f32> {
    match disturbance {
        Disturbance::Shift(by) => shifted(window, samples, by),
        Disturbance::Noise(share) => {
            let mean = window.iter().map(|&v| f64::from(v)).sum::<f64>() / window.len() as f64;
            let squares: f64 = window.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum();
            let deviation = share * (squares / window.len() as f64).sqrt();
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(STREAM);
            noisy(window, deviation, &mut random)
        }
    }
}

fn moved_back(values: &[f32], samples: usize, disturbance: Disturbance) -> Vec<f32> {
    match disturbance {
        Disturbance::Shift(by) => shifted(values, samples, -by),
        Disturbance::Noise(_) => values.to_vec(),
    }
}

/// Every lead moved by `by` samples, its end samples repeated.
fn shifted(values: &[f32], samples: usize, by: i32) -> Vec<f32> {
    values
        .chunks(samples)
        .flat_map(|lead| {
            (0..samples).map(move |sample| {
                let from = sample as i64 - i64::from(by);
                lead[from.clamp(0, samples as i64 - 1) as usize]
            })
        })
        .collect()
}
