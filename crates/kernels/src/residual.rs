//! The end of a residual block: channel gates, shortcut and sum in one pass.
//!
//! `output[n, c] = branch[n, c] · gate[n, c] + shortcut(input)[n, c]`, where the shortcut
//! takes the maximum of neighbouring pairs when the block halves its length (a zero
//! stands beyond the end of an odd signal) and centres the input's channels in those of
//! the output, zeros on both sides.

use crate::simd::multiversion;
use rayon::prelude::*;

/// Sizes of the two summands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Residual {
    /// Signals.
    pub batch: usize,
    /// Channels of the block's input.
    pub in_channels: usize,
    /// Channels of the output; not below `in_channels`.
    pub out_channels: usize,
    /// Samples of the block's input.
    pub in_length: usize,
    /// Whether the block halves the length.
    pub halves: bool,
}

impl Residual {
    /// Samples of the output.
    pub fn out_length(&self) -> usize {
        if self.halves {
            self.in_length.div_ceil(2)
        } else {
            self.in_length
        }
    }

    /// The input channel that is added to an output channel, if any.
    fn source(&self, channel: usize) -> Option<usize> {
        let before = (self.out_channels - self.in_channels) / 2;
        channel
            .checked_sub(before)
            .filter(|&source| source < self.in_channels)
    }
}

/// Fills `output`, `[batch, out_channels, out_length]`.
pub fn forward(shape: &Residual, branch: &[f32], gate: &[f32], input: &[f32], output: &mut [f32]) {
    let length = shape.out_length();
    assert_eq!(branch.len(), output.len(), "elements of the branch");
    assert_eq!(gate.len() * length, output.len(), "elements of the gate");
    let rows = output
        .par_chunks_mut(length.max(1))
        .zip(branch.par_chunks(length.max(1)));
    rows.with_min_len(16)
        .enumerate()
        .for_each(|(row, (output, branch))| {
            let (sample, channel) = (row / shape.out_channels, row % shape.out_channels);
            let source = shape.source(channel).map_or(&[][..], |source| {
                let at = (sample * shape.in_channels + source) * shape.in_length;
                &input[at..at + shape.in_length]
            });
            if shape.halves {
                halving_row(branch, gate[row], source, output);
            } else {
                plain_row(branch, gate[row], source, output);
            }
        });
}

/// Fills the gradients of branch, gate and input, given that of the output.
pub fn backward(
    shape: &Residual,
    [branch, gate, input]: [&[f32]; 3],
    output_grad: &[f32],
    [branch_grad, gate_grad, input_grad]: [&mut [f32]; 3],
) {
    let length = shape.out_length().max(1);
    branch_grad
        .par_chunks_mut(length)
        .zip(branch.par_chunks(length))
        .zip(output_grad.par_chunks(length))
        .zip(gate_grad.par_iter_mut().zip(gate.par_iter()))
        .with_min_len(16)
        .for_each(|(((branch_grad, branch), grad), (gate_grad, gate))| {
            *gate_grad = gate_row(branch, grad, *gate, branch_grad);
        });
    let rows = input_grad
        .par_chunks_mut(shape.in_length.max(1))
        .zip(input.par_chunks(shape.in_length.max(1)));
    rows.with_min_len(16)
        .enumerate()
        .for_each(|(row, (input_grad, input))| {
            let (sample, channel) = (row / shape.in_channels, row % shape.in_channels);
            let channel = channel + (shape.out_channels - shape.in_channels) / 2;
            let at = (sample * shape.out_channels + channel) * length;
            let grad = &output_grad[at..at + length];
            if shape.halves {
                unpool_row(input, grad, input_grad);
            } else {
                input_grad.copy_from_slice(grad);
            }
        });
}

multiversion! {
    fn plain_row(branch: &[f32], gate: f32, source: &[f32], output: &mut [f32]) = plain_row_body;
}

#[inline(always)]
fn plain_row_body(branch: &[f32], gate: f32, source: &[f32], output: &mut [f32]) {
    for (output, branch) in output.iter_mut().zip(branch) {
        *output = branch * gate;
    }
    for (output, source) in output.iter_mut().zip(source) {
        *output += source;
    }
}

multiversion! {
    fn halving_row(branch: &[f32], gate: f32, source: &[f32], output: &mut [f32]) = halving_row_body;
}

#[inline(always)]
fn halving_row_body(branch: &[f32], gate: f32, source: &[f32], output: &mut [f32]) {
    for (output, branch) in output.iter_mut().zip(branch) {
        *output = branch * gate;
    }
    let (pairs, last) = source.as_chunks::<2>();
    for (output, [left, right]) in output.iter_mut().zip(pairs) {
        *output += if right > left { right } else { left };
    }
    if let ([last], Some(output)) = (last, output.last_mut()) {
        *output += last.max(0.0);
    }
}

multiversion! {
    /// Fills the branch's gradient; the gate's is returned.
    fn gate_row(branch: &[f32], grad: &[f32], gate: f32, branch_grad: &mut [f32]) -> f32 = gate_row_body;
}

#[inline(always)]
fn gate_row_body(branch: &[f32], grad: &[f32], gate: f32, branch_grad: &mut [f32]) -> f32 {
    let mut sums = [0.0f32; 16];
    let (branches, branch_rest) = branch.as_chunks::<16>();
    let (grads, grad_rest) = grad.as_chunks::<16>();
    for (branch, grad) in branches.iter().zip(grads) {
        for lane in 0..16 {
            sums[lane] += branch[lane] * grad[lane];
        }
    }
    for (branch_grad, grad) in branch_grad.iter_mut().zip(grad) {
        *branch_grad = grad * gate;
    }
    let rest: f32 = branch_rest
        .iter()
        .zip(grad_rest)
        .map(|(branch, grad)| branch * grad)
        .sum();
    sums.iter().sum::<f32>() + rest
}

/// Sends each gradient to the larger of its pair, the first where they are equal.
fn unpool_row(input: &[f32], grad: &[f32], input_grad: &mut [f32]) {
    let (pairs, last) = input.as_chunks::<2>();
    let (grads, last_grad) = input_grad.as_chunks_mut::<2>();
    for (([left, right], grad), to) in pairs.iter().zip(grad).zip(grads) {
        let second = right > left;
        *to = [
            if second { 0.0 } else { *grad },
            if second { *grad } else { 0.0 },
        ];
    }
    if let ([last], [to], Some(grad)) = (last, last_grad, grad.last()) {
        *to = if *last >= 0.0 { *grad } else { 0.0 };
    }
}
