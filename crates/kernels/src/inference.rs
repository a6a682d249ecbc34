//! The whole network without derivatives: weights packed once, buffers kept.

use crate::activation::{self, Moments};
use crate::conv::{self, Conv1d};
use crate::network::{Activation, Block, Convolution, Linear, Network};
use crate::residual::{self, Residual};

/// A network made ready for a fast pass.
///
/// Holds its own copy of the weights in the order the kernels read them. Every result
/// depends on its own signal alone: neither the batch nor the number of threads changes it.
#[derive(Debug)]
pub struct Plan {
    network: Network<Vec<f32>>,
}

/// Buffers of a pass, kept between passes.
///
/// Grows to what the largest pass so far needed; after that, a pass allocates nothing.
#[derive(Debug, Default)]
pub struct Workspace {}

/// Where a pass puts its results.
#[derive(Debug)]
pub struct Output<'a> {
    /// Mean over time of the last feature map, `[batch, features]`.
    pub features: &'a mut [f32],
    /// One logit per class, `[batch, classes]`.
    pub logits: &'a mut [f32],
}

impl Plan {
    /// Packs the parameters of `network`.
    ///
    /// # Panics
    ///
    /// If a parameter does not have the size its layer asks for, or a layer's channels do
    /// not fit those of the layer before.
    pub fn new(network: &Network<&[f32]>) -> Plan {
        Plan {
            network: owned(network),
        }
    }

    /// Channels of the input.
    pub fn in_channels(&self) -> usize {
        self.network.stem.in_channels
    }

    /// Numbers in a feature vector.
    pub fn features(&self) -> usize {
        self.network.head.inputs
    }

    /// Numbers of an answer.
    pub fn classes(&self) -> usize {
        self.network.head.outputs
    }

    /// Features and logits of `input`, `[batch, in_channels, length]`, on the current
    /// rayon pool.
    ///
    /// # Panics
    ///
    /// If `length` is zero or a slice does not have the size the others ask for.
    pub fn run(
        &self,
        input: &[f32],
        length: usize,
        _workspace: &mut Workspace,
        output: Output<'_>,
    ) {
        let sample = self.in_channels() * length;
        assert!(
            sample > 0 && input.len().is_multiple_of(sample),
            "elements of the input"
        );
        let batch = input.len() / sample;
        assert_eq!(
            output.features.len(),
            batch * self.features(),
            "elements of the features"
        );
        assert_eq!(
            output.logits.len(),
            batch * self.classes(),
            "elements of the logits"
        );
        let net = &self.network;
        let (mut x, mut length) = convolve(&net.stem, input, batch, length);
        x = activate(&net.stem_activation, &x, net.stem.out_channels, length);
        for block in &net.blocks {
            (x, length) = run_block(block, &x, batch, length);
        }
        output.features.copy_from_slice(&means(&x, length));
        output
            .logits
            .copy_from_slice(&linear(&net.head, output.features));
    }
}

fn run_block(
    block: &Block<Vec<f32>>,
    input: &[f32],
    batch: usize,
    in_length: usize,
) -> (Vec<f32>, usize) {
    let (mut x, mut length) = (input.to_vec(), in_length);
    for (activation, convolution) in block.activations.iter().zip(&block.convolutions) {
        x = activate(activation, &x, convolution.in_channels, length);
        (x, length) = convolve(convolution, &x, batch, length);
    }
    let hidden: Vec<f32> = linear(&block.squeeze, &means(&x, length))
        .iter()
        .map(|&v| v / (1.0 + (-v).exp()))
        .collect();
    let gate: Vec<f32> = linear(&block.excite, &hidden)
        .iter()
        .map(|&v| 1.0 / (1.0 + (-v).exp()))
        .collect();
    let shape = Residual {
        batch,
        in_channels: block.convolutions[0].in_channels,
        out_channels: block.convolutions[2].out_channels,
        in_length,
        halves: block.convolutions[1].stride == 2,
    };
    let mut output = vec![0.0; x.len()];
    residual::forward(&shape, &x, &gate, input, &mut output);
    (output, length)
}

fn convolve(
    layer: &Convolution<Vec<f32>>,
    input: &[f32],
    batch: usize,
    length: usize,
) -> (Vec<f32>, usize) {
    let weights = [
        layer.out_channels,
        layer.in_channels / layer.groups,
        layer.kernel,
    ];
    let shape = Conv1d::same(
        [batch, layer.in_channels, length],
        weights,
        layer.stride,
        layer.groups,
    );
    let mut output = vec![0.0; shape.output_len()];
    conv::forward(&shape, input, &layer.weight, &layer.bias, &mut output);
    (output, shape.out_length)
}

fn activate(
    activation: &Activation<Vec<f32>>,
    input: &[f32],
    channels: usize,
    length: usize,
) -> Vec<f32> {
    let mut output = vec![0.0; input.len()];
    let shape = [input.len() / (channels * length), channels, length];
    match activation {
        Activation::Identity => output.copy_from_slice(input),
        Activation::Silu => activation::forward(input, shape, None, None, &mut output),
        Activation::NormSilu(norm) => {
            let moments = Moments {
                mean: norm.mean.clone(),
                variance: norm.variance.clone(),
            };
            let norm = activation::Norm {
                moments: &moments,
                epsilon: norm.epsilon,
                weight: &norm.weight,
                bias: &norm.bias,
            };
            activation::forward(input, shape, Some(norm), None, &mut output);
        }
    }
    output
}

fn means(input: &[f32], length: usize) -> Vec<f32> {
    input
        .chunks(length)
        .map(|row| row.iter().sum::<f32>() / length as f32)
        .collect()
}

fn linear(layer: &Linear<Vec<f32>>, input: &[f32]) -> Vec<f32> {
    let rows = input.chunks(layer.inputs);
    rows.flat_map(|row| {
        layer
            .weight
            .chunks(layer.inputs)
            .zip(&layer.bias)
            .map(move |(weight, bias)| {
                bias + weight.iter().zip(row).map(|(a, b)| a * b).sum::<f32>()
            })
    })
    .collect()
}

fn owned(network: &Network<&[f32]>) -> Network<Vec<f32>> {
    network.map(&mut |values| values.to_vec())
}
