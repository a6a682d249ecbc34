//! One-dimensional convolution, its data gradient and its weight gradient.
//!
//! A convolution of stride `s` is a sum of `s` convolutions of stride 1 over the
//! *phases* of its input (every `s`-th sample), and each of those is a product of
//! weights with shifted channel rows. Samples of a batch are laid side by side,
//! separated by the zeros of their padding, so that short signals fill the vectors
//! as well as long ones.

mod pack;
mod tile;

use pack::{Layout, Segments};
use rayon::prelude::*;
use tile::{CHANNELS, COLUMNS, Correlate, Multiply};

/// Columns a chunk of samples should fill at least; keeps packed rows in cache.
const CHUNK_COLUMNS: usize = 512;
/// Columns of one block of the weight gradient; keeps a group's rows in the first cache.
const BLOCK_COLUMNS: usize = 256;
/// Parts of a batch whose weight gradients are summed apart, whatever the thread count.
const WEIGHT_PARTS: usize = 8;

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
        self.out_channels * self.group_in() * self.kernel
    }

    fn group_in(&self) -> usize {
        self.in_channels / self.groups
    }

    fn group_out(&self) -> usize {
        self.out_channels / self.groups
    }

    /// Taps that read one phase of the input, at most.
    fn taps(&self) -> usize {
        self.kernel.div_ceil(self.stride)
    }

    /// Columns a sample takes when several lie side by side.
    fn segment(&self) -> usize {
        self.out_length + self.taps() - 1
    }

    fn samples_per_chunk(&self) -> usize {
        (CHUNK_COLUMNS / self.segment()).max(1)
    }

    fn pointwise(&self) -> bool {
        self.kernel == 1 && self.stride == 1
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
/// If a slice does not have the size `shape` asks for.
pub fn forward(shape: &Conv1d, input: &[f32], weight: &[f32], bias: &[f32], output: &mut [f32]) {
    shape.check(input.len(), weight.len(), output.len());
    assert_eq!(bias.len(), shape.out_channels, "elements of the bias");
    if output.is_empty() {
        return;
    }
    let rows = shape.group_in() * shape.kernel;
    let packed = pack::forward_weights(weight, shape.groups, shape.group_out(), rows);
    let samples = shape.samples_per_chunk();
    let in_sample = shape.in_channels * shape.in_length;
    let out_sample = shape.out_channels * shape.out_length;
    output
        .par_chunks_mut(samples * out_sample)
        .zip(input.par_chunks((samples * in_sample).max(1)))
        .for_each_init(Vec::new, |scratch, (output, input)| {
            forward_chunk(shape, input, &packed, bias, output, scratch);
        });
}

fn forward_chunk(
    shape: &Conv1d,
    input: &[f32],
    packed: &[f32],
    bias: &[f32],
    output: &mut [f32],
    scratch: &mut Vec<f32>,
) {
    let samples = output.len() / (shape.out_channels * shape.out_length);
    let segments = Segments::new(samples, shape.segment(), COLUMNS);
    let layout = Layout::inputs(shape, &segments, shape.pointwise());
    let rows = layout.tap_rows(shape);
    let mut strip = vec![0.0; CHANNELS * segments.width];
    let tiles = shape.group_out().div_ceil(CHANNELS);
    let tile_weights = rows.len() * CHANNELS;
    for group in 0..shape.groups {
        layout.pack_inputs(shape, &segments, input, group, scratch);
        for tile in 0..tiles {
            let first = group * shape.group_out() + tile * CHANNELS;
            let channels = CHANNELS.min(shape.group_out() - tile * CHANNELS);
            let offset = (group * tiles + tile) * tile_weights;
            let operands = Multiply {
                data: scratch,
                rows: &rows,
                tile_step: layout.tile_step,
                weight: &packed[offset..offset + tile_weights],
                bias: std::array::from_fn(|c| if c < channels { bias[first + c] } else { 0.0 }),
            };
            tile::multiply(&operands, &mut strip);
            for sample in 0..samples {
                for channel in 0..channels {
                    let from = channel * segments.width + sample * segments.step;
                    let to = (sample * shape.out_channels + first + channel) * shape.out_length;
                    output[to..to + shape.out_length]
                        .copy_from_slice(&strip[from..from + shape.out_length]);
                }
            }
        }
    }
}

/// Fills `input_grad` with the gradient of the input, given that of the output.
///
/// # Panics
///
/// If a slice does not have the size `shape` asks for.
pub fn backward_input(shape: &Conv1d, weight: &[f32], output_grad: &[f32], input_grad: &mut [f32]) {
    shape.check(input_grad.len(), weight.len(), output_grad.len());
    if input_grad.is_empty() {
        return;
    }
    let phases: Vec<Vec<f32>> = (0..shape.stride)
        .map(|phase| pack::transposed_weights(shape, weight, phase))
        .collect();
    let samples = shape.samples_per_chunk();
    let in_sample = shape.in_channels * shape.in_length;
    let out_sample = shape.out_channels * shape.out_length;
    input_grad
        .par_chunks_mut(samples * in_sample)
        .zip(output_grad.par_chunks((samples * out_sample).max(1)))
        .for_each_init(Vec::new, |scratch, (input_grad, output_grad)| {
            if shape.kernel < shape.stride {
                input_grad.fill(0.0);
            }
            backward_input_chunk(shape, &phases, output_grad, input_grad, scratch);
        });
}

fn backward_input_chunk(
    shape: &Conv1d,
    phases: &[Vec<f32>],
    output_grad: &[f32],
    input_grad: &mut [f32],
    scratch: &mut Vec<f32>,
) {
    let samples = input_grad.len() / (shape.in_channels * shape.in_length);
    let segments = Segments::new(samples, shape.segment(), COLUMNS);
    let layout = Layout::outputs(shape, &segments, shape.pointwise());
    let mut strip = vec![0.0; CHANNELS * segments.width];
    let tiles = shape.group_in().div_ceil(CHANNELS);
    let phase_rows: Vec<Vec<u32>> = (0..shape.stride)
        .map(|phase| layout.reversed_rows(shape, phase))
        .collect();
    for group in 0..shape.groups {
        layout.pack_outputs(
            shape,
            &segments,
            output_grad,
            group,
            shape.taps() - 1,
            scratch,
        );
        for (phase, rows) in phase_rows.iter().enumerate() {
            let tile_weights = rows.len() * CHANNELS;
            for tile in 0..tiles {
                let offset = (group * tiles + tile) * tile_weights;
                let operands = Multiply {
                    data: scratch,
                    rows,
                    tile_step: layout.tile_step,
                    weight: &phases[phase][offset..offset + tile_weights],
                    bias: [0.0; CHANNELS],
                };
                tile::multiply(&operands, &mut strip);
                let first = group * shape.group_in() + tile * CHANNELS;
                let channels = CHANNELS.min(shape.group_in() - tile * CHANNELS);
                for sample in 0..samples {
                    for channel in 0..channels {
                        let from = channel * segments.width + sample * segments.step;
                        let to = (sample * shape.in_channels + first + channel) * shape.in_length;
                        scatter_phase(
                            shape,
                            phase,
                            &strip[from..from + segments.step],
                            &mut input_grad[to..to + shape.in_length],
                        );
                    }
                }
            }
        }
    }
}

/// Writes one phase of the gradient of a channel to its places.
fn scatter_phase(shape: &Conv1d, phase: usize, from: &[f32], to: &mut [f32]) {
    let skip = shape.pad_left.saturating_sub(phase).div_ceil(shape.stride);
    let start = skip * shape.stride + phase - shape.pad_left;
    if start >= to.len() {
        return;
    }
    for (to, from) in to[start..]
        .iter_mut()
        .step_by(shape.stride)
        .zip(&from[skip..])
    {
        *to = *from;
    }
}

/// Fills `weight_grad` and `bias_grad`, given the input and the gradient of the output.
///
/// # Panics
///
/// If a slice does not have the size `shape` asks for.
pub fn backward_weight(
    shape: &Conv1d,
    input: &[f32],
    output_grad: &[f32],
    weight_grad: &mut [f32],
    bias_grad: &mut [f32],
) {
    shape.check(input.len(), weight_grad.len(), output_grad.len());
    assert_eq!(
        bias_grad.len(),
        shape.out_channels,
        "elements of the bias gradient"
    );
    weight_grad.fill(0.0);
    bias_grad.fill(0.0);
    if input.is_empty() {
        return;
    }
    let part = shape.batch.div_ceil(WEIGHT_PARTS);
    let sums: Vec<(Vec<f32>, Vec<f32>)> = input
        .par_chunks(part * shape.in_channels * shape.in_length)
        .zip(output_grad.par_chunks(part * shape.out_channels * shape.out_length))
        .map(|(input, output_grad)| weight_part(shape, input, output_grad))
        .collect();
    for (weights, biases) in &sums {
        add(weight_grad, weights);
        add(bias_grad, biases);
    }
}

fn add(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

fn weight_part(shape: &Conv1d, input: &[f32], output_grad: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let mut weights = vec![0.0; shape.weight_len()];
    let mut biases = vec![0.0; shape.out_channels];
    let samples = shape.samples_per_chunk();
    let inputs = input.chunks(samples * shape.in_channels * shape.in_length);
    let grads = output_grad.chunks(samples * shape.out_channels * shape.out_length);
    let (mut right, mut left) = (Vec::new(), Vec::new());
    for (input, grad) in inputs.zip(grads) {
        weight_chunk(shape, input, grad, &mut weights, [&mut right, &mut left]);
        for (channel, row) in grad.chunks(shape.out_length).enumerate() {
            biases[channel % shape.out_channels] += crate::simd::sum(row);
        }
    }
    (weights, biases)
}

fn weight_chunk(
    shape: &Conv1d,
    input: &[f32],
    output_grad: &[f32],
    weights: &mut [f32],
    [right, left]: [&mut Vec<f32>; 2],
) {
    let samples = input.len() / (shape.in_channels * shape.in_length);
    let segments = Segments::new(samples, shape.segment(), crate::simd::LANES);
    let inputs = Layout::inputs(shape, &segments, false);
    let outputs = Layout::outputs(shape, &segments, false);
    let rows = inputs.tap_rows(shape);
    let mut sums = vec![0.0; CHANNELS * rows.len()];
    for group in 0..shape.groups {
        inputs.pack_inputs(shape, &segments, input, group, right);
        outputs.pack_outputs(shape, &segments, output_grad, group, 0, left);
        for start in (0..segments.width).step_by(BLOCK_COLUMNS) {
            let columns = BLOCK_COLUMNS.min(segments.width - start);
            for first in (0..shape.group_out()).step_by(CHANNELS) {
                let channels = CHANNELS.min(shape.group_out() - first);
                sums.fill(0.0);
                let left_rows =
                    std::array::from_fn(|c| outputs.row_length * (first + c.min(channels - 1)));
                let operands = Correlate {
                    left,
                    left_rows,
                    right,
                    right_rows: &rows,
                    start,
                    columns,
                };
                tile::correlate(&operands, &mut sums);
                let to = (group * shape.group_out() + first) * rows.len();
                add(&mut weights[to..to + channels * rows.len()], &sums);
            }
        }
    }
}
