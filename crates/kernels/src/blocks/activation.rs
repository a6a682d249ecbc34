//! Norm, SiLU and dropout over blocks, forward and backward.
//!
//! The same function as [`crate::activation`], with the same dropout masks.

use super::Blocks;
use crate::activation::{Dropout, Moments, Norm, NormGradient, row_seed};
use crate::rowwise::{self, Affine, Dropped, Slope};
use crate::simd::BLOCK;
use crate::strip::{Places, Team};

/// `dropout(silu(norm(input)))`; norm and dropout can each be absent.
#[derive(Clone, Copy, Debug)]
pub struct Activation<'a> {
    /// Norm before SiLU.
    pub norm: Option<Norm<'a>>,
    /// Dropout after it.
    pub dropout: Option<Dropout>,
}

/// An activation in the form the kernels read: per channel, padded to whole blocks.
pub(super) struct Prepared {
    scale: Vec<f32>,
    shift: Vec<f32>,
    mean: Vec<f32>,
    dropout: Option<Dropout>,
    channels: usize,
}

impl Prepared {
    pub(super) fn new(activation: &Activation<'_>, blocks: &Blocks) -> Prepared {
        let lanes = blocks.blocks() * BLOCK;
        let identity = if activation.norm.is_some() { 0.0 } else { 1.0 };
        let (mut scale, mut shift) = (vec![identity; lanes], vec![0.0; lanes]);
        let mut mean = vec![0.0; lanes];
        if let Some(norm) = &activation.norm {
            for channel in 0..blocks.channels {
                (scale[channel], shift[channel]) = norm.affine(channel);
                mean[channel] = norm.moments.mean[channel];
            }
        }
        Prepared {
            scale,
            shift,
            mean,
            dropout: activation.dropout.filter(|dropout| dropout.threshold() > 0),
            channels: blocks.channels,
        }
    }

    fn affine(&self, block: usize) -> Affine {
        let lanes = block * BLOCK..(block + 1) * BLOCK;
        Affine {
            scale: self.scale[lanes.clone()].as_ptr(),
            shift: self.shift[lanes].as_ptr(),
        }
    }

    fn dropped(&self, sample: usize, block: usize) -> Option<Dropped> {
        let first = sample * self.channels + block * BLOCK;
        self.dropout.map(|dropout| Dropped {
            seeds: std::array::from_fn(|lane| row_seed(dropout.seed, (first + lane) as u64)),
            threshold: dropout.threshold() as f32,
            scale: dropout.scale(),
        })
    }

    /// Activates the rows of one block of one sample.
    pub(super) fn apply(&self, sample: usize, block: usize, from: &[f32], to: &mut [f32]) {
        assert_eq!(from.len(), to.len(), "this is a bug");
        let rows = from.len() / BLOCK;
        let (from, to, affine) = (from.as_ptr(), to.as_mut_ptr(), self.affine(block));
        // SAFETY: both slices have `rows` rows, and the parameters sixteen lanes.
        unsafe {
            match self.dropped(sample, block) {
                None => rowwise::activate(from, affine, rows, to),
                Some(dropped) => rowwise::activate_dropped(from, affine, &dropped, rows, to),
            }
        }
    }
}

/// Moments of every channel over batch and time.
///
/// # Panics
///
/// If `input` does not have the size the blocks ask for.
pub fn moments(blocks: &Blocks, input: &[f32]) -> Moments {
    assert_eq!(input.len(), blocks.len(), "elements of the input");
    let (batch, channels) = (blocks.batch, blocks.channels);
    let mut moments = Moments {
        mean: vec![0.0; channels],
        variance: vec![0.0; channels],
    };
    if blocks.is_empty() {
        return moments;
    }
    let mut of_rows = vec![0.0; batch * blocks.blocks() * 2 * BLOCK];
    Team::Joint.each_chunk(&mut of_rows, 2 * BLOCK, |number, to| {
        let rows = blocks.block(input, number);
        // SAFETY: the block has `length` rows, and `to` two times sixteen places.
        unsafe { rowwise::moments(rows.as_ptr(), blocks.length, to.as_mut_ptr()) }
    });
    let length = blocks.length as f64;
    each_pair(
        &mut moments.mean,
        &mut moments.variance,
        |block, means, variances| {
            let of_rows = of_rows.chunks_exact(2 * BLOCK).skip(block);
            let of_rows = of_rows.step_by(blocks.blocks());
            for (lane, (mean, variance)) in means.iter_mut().zip(variances).enumerate() {
                let sum: f64 = of_rows.clone().map(|row| f64::from(row[lane])).sum();
                let whole = sum / batch as f64;
                let squares = of_rows.clone().map(|row| {
                    f64::from(row[BLOCK + lane]) + length * (f64::from(row[lane]) - whole).powi(2)
                });
                *mean = whole as f32;
                *variance = (squares.sum::<f64>() / (batch as f64 * length)) as f32;
            }
        },
    );
    moments
}

/// Fills `output` with the activation of `input`.
///
/// # Panics
///
/// If a slice does not have the size the blocks ask for.
pub fn forward(blocks: &Blocks, input: &[f32], activation: &Activation<'_>, output: &mut [f32]) {
    assert_eq!(input.len(), blocks.len(), "elements of the input");
    assert_eq!(output.len(), blocks.len(), "elements of the output");
    if blocks.is_empty() {
        return;
    }
    let prepared = Prepared::new(activation, blocks);
    Team::Joint.each_chunk(output, blocks.block_len(), |number, to| {
        let (sample, block) = (number / blocks.blocks(), number % blocks.blocks());
        prepared.apply(sample, block, blocks.block(input, number), to);
    });
}

/// Turns gradients of the output of [`forward`] into gradients of its input, in place.
///
/// `grads` holds one or several gradients of the whole output one after another, such as
/// those of several tasks; each gets the gradient of its norm, if there is one. With
/// `through_moments`, the moments are those of this very input and gradients flow through
/// them (training); without, they are constants.
///
/// # Panics
///
/// If a slice does not have the size the blocks ask for.
pub fn backward(
    blocks: &Blocks,
    input: &[f32],
    activation: &Activation<'_>,
    through_moments: bool,
    grads: &mut [f32],
) -> Vec<NormGradient> {
    assert_eq!(input.len(), blocks.len(), "elements of the input");
    if blocks.is_empty() {
        return Vec::new();
    }
    assert!(
        grads.len().is_multiple_of(blocks.len()),
        "elements of the gradients"
    );
    let tasks = grads.len() / blocks.len();
    let prepared = Prepared::new(activation, blocks);
    let sums = slopes(blocks, input, &prepared, tasks, grads);
    let Some(norm) = &activation.norm else {
        return Vec::new();
    };
    let gradient = |task: usize| norm_gradient(norm, blocks, &sums, task, tasks);
    let gradients: Vec<NormGradient> = (0..tasks).map(gradient).collect();
    let terms = gradients
        .iter()
        .map(|gradient| terms(norm, blocks, gradient, through_moments));
    let terms: Vec<Vec<f32>> = terms.collect();
    Team::Joint.each_chunk(grads, blocks.block_len(), |number, grad| {
        let all = blocks.batch * blocks.blocks();
        let (task, at) = (number / all, number % all);
        let (block, input) = (at % blocks.blocks(), blocks.block(input, at));
        let terms = terms[task][block * 3 * BLOCK..(block + 1) * 3 * BLOCK].as_ptr();
        // SAFETY: both blocks have `length` rows, and there are three times sixteen terms.
        unsafe { rowwise::centre(input.as_ptr(), terms, blocks.length, grad.as_mut_ptr()) }
    });
    gradients
}

/// Takes the gradients back to the norm's output; returns sums per
/// `[sample][block][task][2][16]`.
fn slopes(
    blocks: &Blocks,
    input: &[f32],
    prepared: &Prepared,
    tasks: usize,
    grads: &mut [f32],
) -> Vec<f32> {
    let mut sums = vec![0.0; blocks.batch * blocks.blocks() * tasks * 2 * BLOCK];
    let (grad, step) = (Places(grads.as_mut_ptr()), blocks.len());
    Team::Joint.each_chunk(&mut sums, (tasks * 2 * BLOCK).max(1), |number, sums| {
        let (sample, block) = (number / blocks.blocks(), number % blocks.blocks());
        let slope = Slope {
            input: blocks.block(input, number).as_ptr(),
            affine: prepared.affine(block),
            mean: prepared.mean[block * BLOCK..(block + 1) * BLOCK].as_ptr(),
            dropped: prepared.dropped(sample, block),
            rows: blocks.length,
            grad: grad.at(number * blocks.block_len()),
            grad_step: step,
            grads: tasks,
            sums: sums.as_mut_ptr(),
            sums_step: 2 * BLOCK,
        };
        // SAFETY: every gradient has this block, and each block is worked on once.
        unsafe { rowwise::slope(&slope) }
    });
    sums
}

/// Runs `work` for every block of the channels of two vectors.
fn each_pair(
    one: &mut [f32],
    two: &mut [f32],
    work: impl Fn(usize, &mut [f32], &mut [f32]) + Sync + Send,
) {
    assert_eq!(one.len(), two.len(), "this is a bug");
    let places = Places(two.as_mut_ptr());
    Team::Joint.each_chunk(one, BLOCK, |block, one| {
        // SAFETY: the vectors are as long as each other, and each block is worked on once.
        let two = unsafe { std::slice::from_raw_parts_mut(places.at(block * BLOCK), one.len()) };
        work(block, one, two);
    });
}

fn norm_gradient(
    norm: &Norm<'_>,
    blocks: &Blocks,
    sums: &[f32],
    task: usize,
    tasks: usize,
) -> NormGradient {
    let mut gradient = NormGradient {
        weight: vec![0.0; blocks.channels],
        bias: vec![0.0; blocks.channels],
    };
    each_pair(
        &mut gradient.weight,
        &mut gradient.bias,
        |block, weights, biases| {
            let sums = sums.chunks_exact(2 * BLOCK).skip(block * tasks + task);
            let sums = sums.step_by(blocks.blocks() * tasks);
            let total = |lane: usize| sums.clone().map(|sums| f64::from(sums[lane])).sum::<f64>();
            for (lane, (weight, bias)) in weights.iter_mut().zip(biases).enumerate() {
                let deviation = f64::from(norm.inverse_deviation(block * BLOCK + lane));
                *weight = (total(BLOCK + lane) * deviation) as f32;
                *bias = total(lane) as f32;
            }
        },
    );
    gradient
}

/// What [`rowwise::centre`] needs, `[block][scale, slope, offset][16]`.
fn terms(
    norm: &Norm<'_>,
    blocks: &Blocks,
    gradient: &NormGradient,
    through_moments: bool,
) -> Vec<f32> {
    let count = (blocks.batch * blocks.length) as f32;
    let mut terms = vec![0.0; blocks.blocks() * 3 * BLOCK];
    for channel in 0..blocks.channels {
        let deviation = norm.inverse_deviation(channel);
        let scale = norm.weight[channel] * deviation;
        let at = channel / BLOCK * 3 * BLOCK + channel % BLOCK;
        terms[at] = scale;
        if through_moments {
            let slope = gradient.weight[channel] / count * deviation;
            let offset = gradient.bias[channel] / count - norm.moments.mean[channel] * slope;
            terms[at + BLOCK] = scale * slope;
            terms[at + 2 * BLOCK] = scale * offset;
        }
    }
    terms
}
