//! One-dimensional convolution over `[batch, channels, length]`, its data gradient and
//! its weight gradient.
//!
//! The signals are brought into blocks of sixteen channels and back; work that stays in
//! blocks from layer to layer is faster, see [`crate::blocks`].

use crate::blocks::Blocks;
use crate::blocks::convolution::PackedConvolution;
use crate::network::Convolution;

/// Shape of a convolution over `[batch, in_channels, in_length]`.
///
/// Weights are `[out_channels, in_channels / groups, kernel]`. Sample `t` of the output
/// reads inputs `t · stride − pad_left …`, with zeros outside of the signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv1d {
    /// Signals.
    pub batch: usize,
    /// Channels of a signal; a multiple of `groups`.
    pub in_channels: usize,
    /// Channels of the output; a multiple of `groups`.
    pub out_channels: usize,
    /// Samples of an input channel.
    pub in_length: usize,
    /// Samples of an output channel.
    pub out_length: usize,
    /// Taps of the kernel.
    pub kernel: usize,
    /// Distance between output samples, in input samples.
    pub stride: usize,
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// Zeros before the first sample.
    pub pad_left: usize,
}

impl Conv1d {
    /// SAME padding: `⌈length / stride⌉` outputs, the left pad the smaller half.
    pub fn same(
        [batch, in_channels, in_length]: [usize; 3],
        [out_channels, _, kernel]: [usize; 3],
        stride: usize,
        groups: usize,
    ) -> Conv1d {
        let out_length = in_length.div_ceil(stride);
        let total = (out_length.saturating_sub(1) * stride + kernel).saturating_sub(in_length);
        Conv1d {
            batch,
            in_channels,
            out_channels,
            in_length,
            out_length,
            kernel,
            stride,
            groups,
            pad_left: total / 2,
        }
    }

    /// Elements of the input.
    pub fn input_len(&self) -> usize {
        self.batch * self.in_channels * self.in_length
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        self.batch * self.out_channels * self.out_length
    }

    /// Elements of the weights.
    pub fn weight_len(&self) -> usize {
        self.out_channels * (self.in_channels / self.groups) * self.kernel
    }

    fn input(&self) -> Blocks {
        Blocks {
            batch: self.batch,
            channels: self.in_channels,
            length: self.in_length,
        }
    }

    fn output(&self) -> Blocks {
        Blocks {
            batch: self.batch,
            channels: self.out_channels,
            length: self.out_length,
        }
    }

    fn check(&self, input: usize, weight: usize, output: usize) {
        assert!(
            self.groups > 0
                && self.in_channels.is_multiple_of(self.groups)
                && self.out_channels.is_multiple_of(self.groups),
            "channels {} and {} must be multiples of groups {}",
            self.in_channels,
            self.out_channels,
            self.groups
        );
        assert!(
            self.kernel > 0 && self.stride > 0,
            "kernel and stride must not be zero"
        );
        assert_eq!(input, self.input_len(), "elements of the input");
        assert_eq!(weight, self.weight_len(), "elements of the weights");
        assert_eq!(output, self.output_len(), "elements of the output");
    }
}

/// Fills `output` with the convolution of `input` with `weight`, plus `bias` per channel.
///
/// # Panics
///
/// If a slice does not have the size `shape` asks for, or the padding is not that of
/// [`Conv1d::same`].
pub fn forward(shape: &Conv1d, input: &[f32], weight: &[f32], bias: &[f32], output: &mut [f32]) {
    shape.check(input.len(), weight.len(), output.len());
    assert_eq!(bias.len(), shape.out_channels, "elements of the bias");
    if output.is_empty() {
        return;
    }
    let layer = PackedConvolution::of(shape, weight, bias);
    let mut blocks = vec![0.0; shape.output().len()];
    layer.forward(
        &shape.input(),
        &blocked(&shape.input(), input),
        None,
        &mut blocks,
    );
    shape.output().to_planar(&blocks, output);
}

/// Fills `input_grad` with the gradient of the input, given that of the output.
///
/// # Panics
///
/// If a slice does not have the size `shape` asks for, or the padding is not that of
/// [`Conv1d::same`].
pub fn backward_input(shape: &Conv1d, weight: &[f32], output_grad: &[f32], input_grad: &mut [f32]) {
    shape.check(input_grad.len(), weight.len(), output_grad.len());
    if input_grad.is_empty() {
        return;
    }
    let layer = PackedConvolution::of(shape, weight, &vec![0.0; shape.out_channels]);
    let mut blocks = vec![0.0; shape.input().len()];
    layer.backward_input(
        &shape.input(),
        &blocked(&shape.output(), output_grad),
        &mut blocks,
    );
    shape.input().to_planar(&blocks, input_grad);
}

/// Fills the gradients of weights and bias, given that of the output.
///
/// # Panics
///
/// If a slice does not have the size `shape` asks for, or the padding is not that of
/// [`Conv1d::same`].
pub fn backward_weight(
    shape: &Conv1d,
    input: &[f32],
    output_grad: &[f32],
    weight_grad: &mut [f32],
    bias_grad: &mut [f32],
) {
    shape.check(input.len(), weight_grad.len(), output_grad.len());
    assert_eq!(bias_grad.len(), shape.out_channels, "elements of the bias");
    if weight_grad.is_empty() {
        return;
    }
    let layer = PackedConvolution::shaped(shape);
    let grad = blocked(&shape.output(), output_grad);
    let input = blocked(&shape.input(), input);
    layer.backward_weight(
        &shape.input(),
        &input,
        None,
        &grad,
        &mut [[weight_grad, bias_grad]],
    );
}

impl PackedConvolution {
    /// Room for the weights of `shape`.
    ///
    /// # Panics
    ///
    /// If the padding is not SAME.
    fn shaped(shape: &Conv1d) -> PackedConvolution {
        let signal = [shape.batch, shape.in_channels, shape.in_length];
        let weights = [shape.out_channels, shape.in_channels, shape.kernel];
        let same = Conv1d::same(signal, weights, shape.stride, shape.groups);
        assert_eq!(*shape, same, "padding must be SAME");
        PackedConvolution::new(&Convolution {
            in_channels: shape.in_channels,
            out_channels: shape.out_channels,
            kernel: shape.kernel,
            stride: shape.stride,
            groups: shape.groups,
            weight: (),
            bias: (),
        })
    }

    fn of(shape: &Conv1d, weight: &[f32], bias: &[f32]) -> PackedConvolution {
        let mut layer = PackedConvolution::shaped(shape);
        layer.repack(weight, bias);
        layer
    }
}

fn blocked(blocks: &Blocks, planar: &[f32]) -> Vec<f32> {
    let mut values = vec![0.0; blocks.len()];
    blocks.from_planar(planar, &mut values);
    values
}
