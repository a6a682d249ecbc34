//! Layers with their norms folded in and their weights packed.

use crate::network::{Activation, Block, Convolution, Linear, Norm};
use crate::packed::{Algorithm, Packed, Shape};
use crate::product::Finish;
use crate::scratch::with_scratch;
use crate::simd::BLOCK;

/// A convolution with what follows it.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) packed: Packed,
    pub(super) finish: Finish,
}

/// SiLU of an affine map per channel, padded to whole blocks.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) scale: Vec<f32>,
    pub(super) shift: Vec<f32>,
}

#[derive(Debug)]
pub(super) struct ResidualBlock {
    /// What the first convolution reads the block's input through, if anything.
    pub(super) entry: Option<Entry>,
    pub(super) convolutions: [Layer; 3],
    pub(super) squeeze: Packed,
    pub(super) excite: Packed,
}

impl ResidualBlock {
    pub(super) fn new(block: &Block<&[f32]>) -> ResidualBlock {
        let [first, second, third] = &block.convolutions;
        let [entry, after_first, after_second] = &block.activations;
        ResidualBlock {
            entry: Entry::new(entry, first.in_channels),
            convolutions: [
                Layer::new(first, after_first),
                Layer::new(second, after_second),
                Layer::new(third, &Activation::Identity),
            ],
            squeeze: linear(&block.squeeze),
            excite: linear(&block.excite),
        }
    }

    pub(super) fn in_channels(&self) -> usize {
        self.convolutions[0].packed.shape.in_channels
    }

    pub(super) fn out_channels(&self) -> usize {
        self.convolutions[2].packed.shape.out_channels
    }

    pub(super) fn halves(&self) -> bool {
        self.convolutions[1].packed.shape.stride == 2
    }
}

impl Layer {
    pub(super) fn new(layer: &Convolution<&[f32]>, after: &Activation<&[f32]>) -> Layer {
        let shape = Shape {
            in_channels: layer.in_channels,
            out_channels: layer.out_channels,
            groups: layer.groups,
            taps: layer.kernel,
            stride: layer.stride,
        };
        let mut packed = Packed::new(shape, Algorithm::of_signals(&shape));
        let (scale, shift) = affine(after, layer.out_channels);
        let row = shape.group_in() * shape.taps;
        assert_eq!(
            layer.weight.len(),
            shape.weights(),
            "elements of the weights"
        );
        with_scratch(shape.weights(), |scaled| {
            let rows = scaled
                .chunks_mut(row.max(1))
                .zip(layer.weight.chunks(row.max(1)));
            for ((scaled, weights), scale) in rows.zip(&scale) {
                let places = scaled.iter_mut().zip(weights);
                places.for_each(|(place, weight)| *place = weight * scale);
            }
            packed.pack(scaled);
        });
        let bias = layer.bias.iter().zip(&scale).zip(&shift);
        let bias: Vec<f32> = bias
            .map(|((bias, scale), shift)| bias * scale + shift)
            .collect();
        packed.set_bias(&bias);
        let finish = match after {
            Activation::Identity => Finish::Plain,
            Activation::Silu | Activation::NormSilu(_) => Finish::Silu,
        };
        Layer { packed, finish }
    }

    /// Samples of the output, and zeros before and after the input.
    pub(super) fn same_padding(&self, length: usize) -> (usize, [usize; 2]) {
        let shape = &self.packed.shape;
        let out_length = length.div_ceil(shape.stride);
        let reach = out_length.saturating_sub(1) * shape.stride + shape.taps;
        let total = reach.saturating_sub(length);
        (out_length, [total / 2, total - total / 2])
    }
}

impl Entry {
    fn new(activation: &Activation<&[f32]>, channels: usize) -> Option<Entry> {
        if matches!(activation, Activation::Identity) {
            return None;
        }
        let (mut scale, mut shift) = affine(activation, channels);
        scale.resize(channels.next_multiple_of(BLOCK), 0.0);
        shift.resize(channels.next_multiple_of(BLOCK), 0.0);
        Some(Entry { scale, shift })
    }
}

pub(super) fn linear(layer: &Linear<&[f32]>) -> Packed {
    let shape = Shape {
        in_channels: layer.inputs,
        out_channels: layer.outputs,
        groups: 1,
        taps: 1,
        stride: 1,
    };
    let mut packed = Packed::new(shape, Algorithm::Plain);
    packed.pack(layer.weight);
    packed.set_bias(layer.bias);
    packed
}

/// Scale and shift per channel that an activation applies before SiLU.
fn affine(activation: &Activation<&[f32]>, channels: usize) -> (Vec<f32>, Vec<f32>) {
    let Activation::NormSilu(norm) = activation else {
        return (vec![1.0; channels], vec![0.0; channels]);
    };
    let Norm {
        weight,
        bias,
        mean,
        variance,
        epsilon,
    } = norm;
    let sizes = [weight, bias, mean, variance].map(|values| values.len());
    assert_eq!(sizes, [channels; 4], "elements of a norm");
    let scale: Vec<f32> = weight
        .iter()
        .zip(*variance)
        .map(|(weight, variance)| weight / (variance + epsilon).sqrt())
        .collect();
    let shift = (0..channels)
        .map(|c| bias[c] - mean[c] * scale[c])
        .collect();
    (scale, shift)
}
