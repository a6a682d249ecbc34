//! Batch normalisation, SiLU and dropout in one pass, forward and backward.
//!
//! `output = dropout(silu(weight · (input − mean) / √(variance + ε) + bias))` per channel
//! of `[batch, channels, length]`; norm and dropout can each be absent. Dropout is not
//! stored: an element is kept or not by a hash of the seed and its place, so the backward
//! pass finds the same mask again.

use crate::simd::{hash, multiversion, sum_map};
use rayon::prelude::*;

/// Elements of a row worked on while they are in the first cache.
const BLOCK: usize = 64;

/// Which elements are set to zero, and how the rest is scaled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// Share of elements set to zero, in `[0, 1)`.
    pub probability: f32,
    /// Seed of the mask.
    pub seed: u64,
}

impl Dropout {
    /// The seed of each of `rows` rows of a `[rows, length]` signal.
    ///
    /// With `h = place · 0x9E3779B9 ^ seed`, then `h = (h ^ h >> 16) · 0x7FEB352D` and
    /// `h = (h ^ h >> 15) · 0x846CA68B`, all modulo 2³², the element at `place` of a row is
    /// dropped where `h >> 8` is below [`Dropout::threshold`].
    pub fn row_seeds(self, rows: usize) -> Vec<u32> {
        let rows = 0..rows as u64;
        rows.map(|row| row_seed(self.seed, row)).collect()
    }

    /// Hashes below are dropped; see [`Dropout::row_seeds`].
    pub fn threshold(self) -> u32 {
        (f64::from(self.probability) * f64::from(1 << 24)) as u32
    }

    /// What is kept is multiplied by this.
    pub fn scale(self) -> f32 {
        1.0 / (1.0 - self.probability)
    }

    /// What every element of `[batch, channels, length]` is multiplied by.
    pub fn factors(self, [batch, channels, length]: [usize; 3]) -> Vec<f32> {
        (0..batch * channels)
            .map(|row| Mask::new(Some(self), row))
            .flat_map(|mask| (0..length).map(move |place| mask.factor(place as u32)))
            .collect()
    }
}

/// Mean and biased variance of a channel over batch and time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moments {
    /// Mean per channel.
    pub mean: Vec<f32>,
    /// Biased variance per channel.
    pub variance: Vec<f32>,
}

/// A normalisation as applied: moments with the learnt scale and offset.
#[derive(Clone, Copy, Debug)]
pub struct Norm<'a> {
    /// Moments the input is standardised by.
    pub moments: &'a Moments,
    /// Added to the variance.
    pub epsilon: f32,
    /// Scale per channel.
    pub weight: &'a [f32],
    /// Offset per channel.
    pub bias: &'a [f32],
}

impl Norm<'_> {
    pub(crate) fn inverse_deviation(&self, channel: usize) -> f32 {
        1.0 / (self.moments.variance[channel] + self.epsilon).sqrt()
    }

    /// `scale · input + shift` for one channel.
    pub(crate) fn affine(&self, channel: usize) -> (f32, f32) {
        let scale = self.weight[channel] * self.inverse_deviation(channel);
        (
            scale,
            self.bias[channel] - self.moments.mean[channel] * scale,
        )
    }
}

/// Gradients of a norm's scale and offset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NormGradient {
    /// Gradient of the scale per channel.
    pub weight: Vec<f32>,
    /// Gradient of the offset per channel.
    pub bias: Vec<f32>,
}

/// Moments of every channel of `input`, `[batch, channels, length]`.
pub fn moments(input: &[f32], [batch, channels, length]: [usize; 3]) -> Moments {
    let rows: Vec<(f32, f32)> = input.par_chunks(length.max(1)).map(row_moments).collect();
    let count = (batch * length) as f64;
    let mut moments = Moments {
        mean: vec![0.0; channels],
        variance: vec![0.0; channels],
    };
    for channel in 0..channels {
        let of_channel = || rows.iter().skip(channel).step_by(channels);
        let mean = of_channel().map(|row| f64::from(row.0)).sum::<f64>() / batch as f64;
        let squares: f64 = of_channel()
            .map(|row| f64::from(row.1) + length as f64 * (f64::from(row.0) - mean).powi(2))
            .sum();
        moments.mean[channel] = mean as f32;
        moments.variance[channel] = (squares / count) as f32;
    }
    moments
}

multiversion! {
    /// Mean of a row, and sum of squared differences from it.
    fn row_moments(row: &[f32]) -> (f32, f32) = row_moments_body;
}

#[inline(always)]
fn row_moments_body(row: &[f32]) -> (f32, f32) {
    let mean = sum_map(row, |value| value) / row.len() as f32;
    (mean, sum_map(row, |value| (value - mean) * (value - mean)))
}

/// Fills `output` with the activation of `input`, `[batch, channels, length]`.
pub fn forward(
    input: &[f32],
    [_, channels, length]: [usize; 3],
    norm: Option<Norm<'_>>,
    dropout: Option<Dropout>,
    output: &mut [f32],
) {
    assert_eq!(input.len(), output.len(), "elements of the output");
    output
        .par_chunks_mut(length.max(1))
        .zip(input.par_chunks(length.max(1)))
        .with_min_len(16)
        .enumerate()
        .for_each(|(row, (output, input))| {
            let affine = norm.map_or((1.0, 0.0), |norm| norm.affine(row % channels));
            forward_row(input, affine, Mask::new(dropout, row), output);
        });
}

/// Fills `input_grad` with the gradient of the input of [`forward`].
///
/// With `through_moments`, the moments are those of this very input and the gradient
/// flows through them (training); without, they are constants.
pub fn backward(
    input: &[f32],
    output_grad: &[f32],
    [batch, channels, length]: [usize; 3],
    norm: Option<Norm<'_>>,
    through_moments: bool,
    dropout: Option<Dropout>,
    input_grad: &mut [f32],
) -> Option<NormGradient> {
    assert_eq!(
        input.len(),
        input_grad.len(),
        "elements of the input gradient"
    );
    let sums: Vec<(f32, f32)> = input_grad
        .par_chunks_mut(length.max(1))
        .zip(input.par_chunks(length.max(1)))
        .zip(output_grad.par_chunks(length.max(1)))
        .with_min_len(16)
        .enumerate()
        .map(|(row, ((input_grad, input), output_grad))| {
            let channel = row % channels;
            let affine = norm.map_or((1.0, 0.0), |norm| norm.affine(channel));
            let mean = norm.map_or(0.0, |norm| norm.moments.mean[channel]);
            let mask = Mask::new(dropout, row);
            backward_row([input, output_grad], affine, mean, mask, input_grad)
        })
        .collect();
    let norm = norm?;
    let gradient = norm_gradient(&norm, &sums, channels);
    let count = (batch * length) as f32;
    input_grad
        .par_chunks_mut(length.max(1))
        .zip(input.par_chunks(length.max(1)))
        .with_min_len(16)
        .enumerate()
        .for_each(|(row, (input_grad, input))| {
            let channel = row % channels;
            let deviation = norm.inverse_deviation(channel);
            let scale = norm.weight[channel] * deviation;
            if through_moments {
                let slope = gradient.weight[channel] / count * deviation;
                let offset = gradient.bias[channel] / count - norm.moments.mean[channel] * slope;
                centre_row(input, scale, slope, offset, input_grad);
            } else {
                scale_row(scale, input_grad);
            }
        });
    Some(gradient)
}

fn norm_gradient(norm: &Norm<'_>, sums: &[(f32, f32)], channels: usize) -> NormGradient {
    let total = |channel: usize, pick: fn(&(f32, f32)) -> f32| -> f64 {
        sums.iter()
            .skip(channel)
            .step_by(channels)
            .map(|sum| f64::from(pick(sum)))
            .sum()
    };
    NormGradient {
        weight: (0..channels)
            .map(|c| (total(c, |sum| sum.1) * f64::from(norm.inverse_deviation(c))) as f32)
            .collect(),
        bias: (0..channels)
            .map(|c| total(c, |sum| sum.0) as f32)
            .collect(),
    }
}

/// The mask of one row.
#[derive(Clone, Copy)]
struct Mask {
    seed: u32,
    threshold: u32,
    scale: f32,
}

impl Mask {
    fn new(dropout: Option<Dropout>, row: usize) -> Mask {
        let Some(dropout) = dropout else {
            return Mask {
                seed: 0,
                threshold: 0,
                scale: 1.0,
            };
        };
        Mask {
            seed: row_seed(dropout.seed, row as u64),
            threshold: dropout.threshold(),
            scale: dropout.scale(),
        }
    }

    /// What the element at `place` is multiplied by.
    #[inline(always)]
    fn factor(self, place: u32) -> f32 {
        if ((hash(self.seed, place) >> 8) as i32) < self.threshold as i32 {
            0.0
        } else {
            self.scale
        }
    }
}

/// The finaliser of SplitMix64 over seed and row.
pub(crate) fn row_seed(seed: u64, row: u64) -> u32 {
    let mut state = seed.wrapping_add(row.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (state ^ (state >> 31)) as u32
}

multiversion! {
    fn forward_row(input: &[f32], affine: (f32, f32), mask: Mask, output: &mut [f32]) = forward_row_body;
}

#[inline(always)]
fn forward_row_body(input: &[f32], (scale, shift): (f32, f32), mask: Mask, output: &mut [f32]) {
    if mask.threshold == 0 {
        for (output, input) in output.iter_mut().zip(input) {
            let value = scale * input + shift;
            *output = value * sigmoid(value);
        }
        return;
    }
    for (place, (output, input)) in (0u32..).zip(output.iter_mut().zip(input)) {
        let value = scale * input + shift;
        *output = value * sigmoid(value) * mask.factor(place);
    }
}

multiversion! {
    /// Gradient before the norm's scale; sums of it, and of it times the centred input.
    fn backward_row(rows: [&[f32]; 2], affine: (f32, f32), mean: f32, mask: Mask, to: &mut [f32]) -> (f32, f32) = backward_row_body;
}

#[inline(always)]
fn backward_row_body(
    [input, output_grad]: [&[f32]; 2],
    (scale, shift): (f32, f32),
    mean: f32,
    mask: Mask,
    to: &mut [f32],
) -> (f32, f32) {
    let (mut sum, mut product) = ([0.0f32; 16], [0.0f32; 16]);
    let blocks = to
        .chunks_mut(BLOCK)
        .zip(input.chunks(BLOCK))
        .zip(output_grad.chunks(BLOCK));
    for (start, ((to, input), output_grad)) in (0u32..).step_by(BLOCK).zip(blocks) {
        for (place, ((to, input), grad)) in (start..).zip(to.iter_mut().zip(input).zip(output_grad))
        {
            let value = scale * input + shift;
            let gate = sigmoid(value);
            let kept = if mask.threshold == 0 {
                mask.scale
            } else {
                mask.factor(place)
            };
            *to = grad * kept * gate * (1.0 + value * (1.0 - gate));
        }
        for (to, input) in to.chunks(16).zip(input.chunks(16)) {
            for lane in 0..to.len() {
                sum[lane] += to[lane];
                product[lane] += to[lane] * (input[lane] - mean);
            }
        }
    }
    (sum.iter().sum(), product.iter().sum())
}

multiversion! {
    fn centre_row(input: &[f32], scale: f32, slope: f32, offset: f32, to: &mut [f32]) = centre_row_body;
}

#[inline(always)]
fn centre_row_body(input: &[f32], scale: f32, slope: f32, offset: f32, to: &mut [f32]) {
    for (to, input) in to.iter_mut().zip(input) {
        *to = scale * (*to - (slope * input + offset));
    }
}

multiversion! {
    fn scale_row(scale: f32, to: &mut [f32]) = scale_row_body;
}

#[inline(always)]
fn scale_row_body(scale: f32, to: &mut [f32]) {
    for to in to {
        *to *= scale;
    }
}

#[inline(always)]
fn sigmoid(value: f32) -> f32 {
    1.0 / (1.0 + exp(-value))
}

/// `e^value` to about two units in the last place; saturates beyond ±87.
///
/// Cody–Waite reduction to `[−ln 2 / 2, ln 2 / 2]` and the minimax polynomial of the
/// Cephes library's `expf`; written without branches so that it vectorises.
#[inline(always)]
fn exp(value: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    let value = value.clamp(-87.0, 87.0);
    let shifted = value * std::f32::consts::LOG2_E + ROUND;
    let power = shifted - ROUND;
    let rest = value - power * 0.693_359_4 + power * 2.121_944_4e-4;
    let mut polynomial = 1.987_569_1e-4 * rest + 1.398_199_9e-3;
    polynomial = polynomial * rest + 8.333_452e-3;
    polynomial = polynomial * rest + 4.166_579_5e-2;
    polynomial = polynomial * rest + 1.666_666_5e-1;
    polynomial = polynomial * rest + 0.5;
    let fraction = polynomial * rest * rest + rest + 1.0;
    let exponent = shifted
        .to_bits()
        .wrapping_sub(ROUND.to_bits())
        .wrapping_add(127)
        << 23;
    fraction * f32::from_bits(exponent)
}
