//! Single layers over signals: what the kernels are called with.

use super::Buffers;
use coronet_kernels::activation::{self, Dropout, Moments};
use coronet_kernels::conv::{self, Conv1d};
use coronet_kernels::network::{Activation, Convolution, Norm};
use coronet_kernels::residual::{self, Residual};

/// A batch of signals, `[batch, channels, length]`; memory is kept when it is filled anew.
#[derive(Debug, Default)]
pub(super) struct Signal {
    batch: usize,
    channels: usize,
    length: usize,
    values: Vec<f32>,
}

impl Signal {
    /// Takes the values of a batch from outside.
    pub(super) fn read(&mut self, values: &[f32], shape: [usize; 3]) {
        self.resize(shape);
        self.values.copy_from_slice(values);
    }

    fn resize(&mut self, shape: [usize; 3]) {
        [self.batch, self.channels, self.length] = shape;
        self.values.resize(shape.iter().product(), 0.0);
    }

    fn shape(&self) -> [usize; 3] {
        [self.batch, self.channels, self.length]
    }

    /// Samples of a channel.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Fills `to`, `[batch, channels]`, with the means over time.
    pub(super) fn means(&self, to: &mut Vec<f32>) {
        let rows = self.values.chunks(self.length);
        to.clear();
        to.extend(rows.map(|row| row.iter().sum::<f32>() / self.length as f32));
    }

    /// The gradient of signals shaped like those of `map`, given that of their means over time.
    pub(super) fn spread_means(&mut self, means: &[f32], map: &Signal) {
        let batch = means.len() / map.channels;
        self.resize([batch, map.channels, map.length]);
        for (row, mean) in self.values.chunks_mut(map.length).zip(means) {
            row.fill(mean / map.length as f32);
        }
    }

    /// Adds the gradient that comes by the means over time.
    pub(super) fn add_means(&mut self, means: &[f32]) {
        for (row, mean) in self.values.chunks_mut(self.length).zip(means) {
            let share = mean / self.length as f32;
            row.iter_mut().for_each(|value| *value += share);
        }
    }

    /// Adds another batch of the same shape.
    pub(super) fn add(&mut self, other: &Signal) {
        for (to, from) in self.values.iter_mut().zip(&other.values) {
            *to += from;
        }
    }
}

/// How one pass used an activation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Use {
    /// Moments that the norm standardised by.
    pub(crate) moments: Moments,
    /// Values each moment was taken over, where they are those of the batch.
    pub(crate) of_batch: Option<usize>,
    dropout: Option<Dropout>,
}

impl Use {
    pub(super) fn new(
        activation: &Activation<&[f32]>,
        input: &Signal,
        learns: bool,
        dropout: Option<Dropout>,
    ) -> Use {
        let (moments, of_batch) = match activation {
            Activation::NormSilu(_) if learns => {
                let moments = activation::moments(&input.values, input.shape());
                (moments, Some(input.batch * input.length))
            }
            Activation::NormSilu(norm) => (running(norm), None),
            _ => (Moments::default(), None),
        };
        Use {
            moments,
            of_batch,
            dropout,
        }
    }

    fn norm<'a>(&'a self, activation: &Activation<&'a [f32]>) -> Option<activation::Norm<'a>> {
        match activation {
            Activation::NormSilu(norm) => Some(activation::Norm {
                moments: &self.moments,
                epsilon: norm.epsilon,
                weight: norm.weight,
                bias: norm.bias,
            }),
            _ => None,
        }
    }
}

fn running(norm: &Norm<&[f32]>) -> Moments {
    Moments {
        mean: norm.mean.to_vec(),
        variance: norm.variance.to_vec(),
    }
}

fn shape_of<P>(layer: &Convolution<P>, input: [usize; 3]) -> Conv1d {
    let per_group = layer.in_channels / layer.groups;
    let weights = [layer.out_channels, per_group, layer.kernel];
    Conv1d::same(input, weights, layer.stride, layer.groups)
}

/// Fills `output` with the convolution of `input`.
pub(super) fn convolve(layer: &Convolution<&[f32]>, input: &Signal, output: &mut Signal) {
    let shape = shape_of(layer, input.shape());
    output.resize([shape.batch, shape.out_channels, shape.out_length]);
    conv::forward(
        &shape,
        &input.values,
        layer.weight,
        layer.bias,
        &mut output.values,
    );
}

/// Turns the gradients of a convolution's output into those of its input, of `length` samples.
pub(super) fn convolve_back(layer: &Convolution<&[f32]>, length: usize, buffers: &mut Buffers) {
    let Buffers { grad, further, .. } = buffers;
    let shape = shape_of(layer, [grad.batch, layer.in_channels, length]);
    further.resize([shape.batch, shape.in_channels, shape.in_length]);
    conv::backward_input(&shape, layer.weight, &grad.values, &mut further.values);
    std::mem::swap(grad, further);
}

/// Fills the gradients of a convolution's parameters, one target for each cotangent.
pub(super) fn weight_gradients(
    layer: &Convolution<&[f32]>,
    input: &Signal,
    grad: &Signal,
    targets: &mut [&mut Convolution<Option<&mut [f32]>>],
) {
    let shape = shape_of(layer, input.shape());
    for (target, grad) in targets
        .iter_mut()
        .zip(grad.values.chunks(shape.output_len()))
    {
        if let (Some(weight), Some(bias)) = (&mut target.weight, &mut target.bias) {
            conv::backward_weight(&shape, &input.values, grad, weight, bias);
        }
    }
}

/// Fills `output` with the activation of `input`.
pub(super) fn activate(
    activation: &Activation<&[f32]>,
    used: &Use,
    input: &Signal,
    output: &mut Signal,
) {
    output.resize(input.shape());
    if matches!(activation, Activation::Identity) {
        output.values.copy_from_slice(&input.values);
        return;
    }
    let norm = used.norm(activation);
    let to = &mut output.values;
    activation::forward(&input.values, input.shape(), norm, used.dropout, to);
}

/// Turns the gradients of an activation's output into those of its input.
pub(super) fn activate_back(
    activation: &Activation<&[f32]>,
    used: &Use,
    input: &Signal,
    buffers: &mut Buffers,
    targets: &mut [&mut Activation<Option<&mut [f32]>>],
) {
    if matches!(activation, Activation::Identity) {
        return;
    }
    let Buffers { grad, further, .. } = buffers;
    further.resize(grad.shape());
    let size = input.values.len();
    let grads = grad.values.chunks(size);
    for ((grad, further), target) in grads.zip(further.values.chunks_mut(size)).zip(targets) {
        let found = activation::backward(
            &input.values,
            grad,
            input.shape(),
            used.norm(activation),
            used.of_batch.is_some(),
            used.dropout,
            further,
        );
        if let (Some(found), Activation::NormSilu(norm)) = (found, &mut **target) {
            if let Some(weight) = &mut norm.weight {
                weight.copy_from_slice(&found.weight);
            }
            if let Some(bias) = &mut norm.bias {
                bias.copy_from_slice(&found.bias);
            }
        }
    }
    std::mem::swap(grad, further);
}

fn joined(branch: &Signal, input: &Signal, batch: usize) -> Residual {
    Residual {
        batch,
        in_channels: input.channels,
        out_channels: branch.channels,
        in_length: input.length,
        halves: branch.length < input.length,
    }
}

/// Fills `output` with `branch · gate + shortcut(input)`.
pub(super) fn join(branch: &Signal, gate: &[f32], input: &Signal, output: &mut Signal) {
    output.resize(branch.shape());
    let shape = joined(branch, input, branch.batch);
    residual::forward(
        &shape,
        &branch.values,
        gate,
        &input.values,
        &mut output.values,
    );
}

/// Turns the gradients of a block's output into those of its branch and, in `shortcut`, of
/// its input; gives those of the gates, `[cotangent × batch, channels]`.
pub(super) fn join_back(
    [branch, input]: [&Signal; 2],
    gate: &[f32],
    buffers: &mut Buffers,
) -> Vec<f32> {
    let Buffers {
        grad,
        further,
        shortcut,
        ..
    } = buffers;
    let mut gates = vec![0.0; grad.batch * grad.channels];
    further.resize(grad.shape());
    shortcut.resize([grad.batch, input.channels, input.length]);
    let shape = joined(branch, input, branch.batch);
    let parts = grad.values.chunks(branch.values.len());
    let further_parts = further.values.chunks_mut(branch.values.len());
    let shortcuts = shortcut.values.chunks_mut(input.values.len());
    let targets = further_parts
        .zip(gates.chunks_mut(gate.len()))
        .zip(shortcuts);
    for (grad, ((branch_grad, gate_grad), input_grad)) in parts.zip(targets) {
        let values = [&branch.values[..], gate, &input.values];
        residual::backward(&shape, values, grad, [branch_grad, gate_grad, input_grad]);
    }
    std::mem::swap(grad, further);
    gates
}
