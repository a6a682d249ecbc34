//! Squeeze–excite gates and the linear layers they are made of.

use super::layer::Signal;
use coronet_kernels::network::{Block, Linear};
use rayon::prelude::*;

/// What the gates of a block leave for their backward pass; all `[batch, …]`.
#[derive(Debug, Default)]
pub(super) struct Gates {
    means: Vec<f32>,
    hidden: Vec<f32>,
    values: Vec<f32>,
}

impl Gates {
    /// One gate per sample and channel.
    pub(super) fn values(&self) -> &[f32] {
        &self.values
    }

    pub(super) fn forward(&mut self, block: &Block<&[f32]>, branch: &Signal) {
        branch.means(&mut self.means);
        self.hidden = linear(&block.squeeze, &self.means);
        self.values = linear(&block.excite, &self.activated());
        for value in &mut self.values {
            *value = sigmoid(*value);
        }
    }

    fn activated(&self) -> Vec<f32> {
        let hidden = self.hidden.iter();
        hidden.map(|&value| value * sigmoid(value)).collect()
    }

    /// From the gradients of the gates to those of the branch's means over time, both
    /// `[cotangent × batch, channels]`.
    pub(super) fn backward(
        &self,
        block: &Block<&[f32]>,
        mut grads: Vec<f32>,
        gradients: &mut [&mut Block<Option<&mut [f32]>>],
    ) -> Vec<f32> {
        for (grad, value) in grads.iter_mut().zip(self.values.iter().cycle()) {
            *grad *= value * (1.0 - value);
        }
        let mut targets: Vec<_> = gradients.iter_mut().map(|g| &mut g.excite).collect();
        linear_gradients(&block.excite, &self.activated(), &grads, &mut targets);
        let mut by_hidden = linear_back(&block.excite, &grads);
        for (grad, &value) in by_hidden.iter_mut().zip(self.hidden.iter().cycle()) {
            let gate = sigmoid(value);
            *grad *= gate * (1.0 + value * (1.0 - gate));
        }
        let mut targets: Vec<_> = gradients.iter_mut().map(|g| &mut g.squeeze).collect();
        linear_gradients(&block.squeeze, &self.means, &by_hidden, &mut targets);
        linear_back(&block.squeeze, &by_hidden)
    }
}

fn sigmoid(value: f32) -> f32 {
    1.0 / (1.0 + (-value).exp())
}

/// Outputs of a linear layer, `[rows, outputs]`, for `input`, `[rows, inputs]`.
pub(super) fn linear(layer: &Linear<&[f32]>, input: &[f32]) -> Vec<f32> {
    let rows = input.len() / layer.inputs;
    let mut output = vec![0.0; rows * layer.outputs];
    output
        .par_chunks_mut(layer.outputs)
        .zip(input.par_chunks(layer.inputs))
        .for_each(|(output, input)| {
            let weights = layer.weight.chunks(layer.inputs).zip(layer.bias);
            for (output, (weight, bias)) in output.iter_mut().zip(weights) {
                *output = bias + dot(weight, input);
            }
        });
    output
}

/// Gradients of a linear layer's input, given those of its output.
pub(super) fn linear_back(layer: &Linear<&[f32]>, grads: &[f32]) -> Vec<f32> {
    let rows = grads.len() / layer.outputs;
    let mut input = vec![0.0; rows * layer.inputs];
    input
        .par_chunks_mut(layer.inputs)
        .zip(grads.par_chunks(layer.outputs))
        .for_each(|(input, grads)| {
            let rows: Vec<&[f32]> = layer.weight.chunks(layer.inputs).collect();
            add_products(input, &rows, grads);
        });
    input
}

/// Fills the gradients of a linear layer's parameters, one target for each cotangent.
pub(super) fn linear_gradients(
    layer: &Linear<&[f32]>,
    input: &[f32],
    grads: &[f32],
    targets: &mut [&mut Linear<Option<&mut [f32]>>],
) {
    let rows: Vec<&[f32]> = input.chunks(layer.inputs).collect();
    let of_one = rows.len() * layer.outputs;
    for (target, grads) in targets.iter_mut().zip(grads.chunks(of_one)) {
        let column = |output: usize| -> Vec<f32> {
            grads
                .iter()
                .skip(output)
                .step_by(layer.outputs)
                .copied()
                .collect()
        };
        if let Some(bias) = &mut target.bias {
            for (output, bias) in bias.iter_mut().enumerate() {
                *bias = column(output).iter().sum();
            }
        }
        if let Some(weight) = &mut target.weight {
            let weights = weight.par_chunks_mut(layer.inputs).enumerate();
            weights.for_each(|(output, weight)| {
                weight.fill(0.0);
                add_products(weight, &rows, &column(output));
            });
        }
    }
}

/// Adds every row times its factor, four rows at a time.
fn add_products(to: &mut [f32], rows: &[&[f32]], factors: &[f32]) {
    let ((rows, last), (factors, last_factors)) = (rows.as_chunks::<4>(), factors.as_chunks::<4>());
    for ([a, b, c, d], [p, q, r, s]) in rows.iter().zip(factors) {
        let values = a.iter().zip(*b).zip(c.iter().zip(*d));
        for (to, ((a, b), (c, d))) in to.iter_mut().zip(values) {
            *to += (p * a + q * b) + (r * c + s * d);
        }
    }
    for (row, factor) in last.iter().zip(last_factors) {
        for (to, value) in to.iter_mut().zip(*row) {
            *to += factor * value;
        }
    }
}

/// In sixteen interleaved partial sums, which the compiler keeps in vectors.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 16];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}
