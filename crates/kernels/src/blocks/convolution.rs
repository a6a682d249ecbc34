//! Convolutions over blocks for training: forward, data gradient and weight gradient.
//!
//! The input can be read through an activation, which is worked out for one run of
//! signals at a time, and is only stored if it is asked for.

mod weight;

use super::Blocks;
use super::activation::{Activation, Prepared};
use crate::convolve::{Rows, convolve};
use crate::network;
use crate::packed::{Algorithm, Packed, Phase, Shape};
use crate::product::Finish;
use crate::scratch::with_scratch;
use crate::simd::BLOCK;
use crate::strip::{Places, Strip, Team};

/// Rows that signals worked on together should have.
const RUN: usize = 96;

/// A convolution with SAME padding whose weights are packed for both directions.
#[derive(Clone, Debug)]
pub struct PackedConvolution {
    forward: Packed,
    /// For every phase of the input, the taps that meet it in reversed order.
    backward: Vec<Packed>,
}

impl PackedConvolution {
    /// Room for the weights of `layer`; [`PackedConvolution::repack`] brings them in.
    ///
    /// # Panics
    ///
    /// If channels are not multiples of the groups, or kernel, stride or groups are zero.
    pub fn new<P>(layer: &network::Convolution<P>) -> PackedConvolution {
        let groups = layer.groups;
        assert!(
            groups > 0
                && layer.kernel > 0
                && layer.stride > 0
                && layer.in_channels > 0
                && layer.out_channels > 0
                && layer.in_channels.is_multiple_of(groups)
                && layer.out_channels.is_multiple_of(groups),
            "channels must be multiples of the groups, and nothing zero"
        );
        let shape = Shape {
            in_channels: layer.in_channels,
            out_channels: layer.out_channels,
            groups,
            taps: layer.kernel,
            stride: layer.stride,
        };
        let phase = |phase: usize| Shape {
            in_channels: layer.out_channels,
            out_channels: layer.in_channels,
            groups,
            taps: (phase..layer.kernel).step_by(layer.stride).count(),
            stride: 1,
        };
        let packed = |shape: Shape| Packed::new(shape, Algorithm::of_batches(&shape));
        PackedConvolution {
            forward: packed(shape),
            backward: (0..layer.stride).map(|r| packed(phase(r))).collect(),
        }
    }

    /// Packs weights, `[out, in / groups, kernel]`, and bias.
    ///
    /// # Panics
    ///
    /// If there are not as many as the layer has.
    pub fn repack(&mut self, weight: &[f32], bias: &[f32]) {
        let shape = self.forward.shape;
        self.forward.pack(weight);
        self.forward.set_bias(bias);
        for (phase, packed) in self.backward.iter_mut().enumerate() {
            let (kernel, stride) = (shape.taps, shape.stride);
            packed.pack_transposed(
                weight,
                Phase {
                    kernel,
                    stride,
                    phase,
                },
            );
        }
    }

    /// Sizes of the output for an input of `blocks`.
    pub fn output(&self, blocks: &Blocks) -> Blocks {
        Blocks {
            batch: blocks.batch,
            channels: self.forward.shape.out_channels,
            length: blocks.length.div_ceil(self.forward.shape.stride),
        }
    }

    /// Elements of the weights.
    pub fn weights(&self) -> usize {
        self.forward.shape.weights()
    }

    /// Whether it has one tap and no stride, so that it reads a signal without margins.
    pub fn pointwise(&self) -> bool {
        self.forward.shape.taps == 1 && self.forward.shape.stride == 1
    }

    /// Zeros before the input, and rows of the input with its zeros.
    fn padding(&self, length: usize) -> [usize; 2] {
        let shape = &self.forward.shape;
        let reach = length.div_ceil(shape.stride).saturating_sub(1) * shape.stride + shape.taps;
        let before = reach.saturating_sub(length) / 2;
        [before, reach.max(before + length) - before - length]
    }

    /// Fills `output` with the convolution of `input`, read through `activation`.
    ///
    /// # Panics
    ///
    /// If a slice does not have the size the blocks of the input ask for.
    pub fn forward(
        &self,
        blocks: &Blocks,
        input: &[f32],
        activation: Option<&Activation<'_>>,
        output: &mut [f32],
    ) {
        self.forward_through(blocks, input, activation, None, output);
    }

    /// The same, and fills `activated` with the input as the convolution reads it.
    ///
    /// # Panics
    ///
    /// If a slice does not have the size the blocks of the input ask for, or the convolution
    /// has more than one tap or a stride.
    pub fn forward_keeping(
        &self,
        blocks: &Blocks,
        input: &[f32],
        activation: &Activation<'_>,
        activated: &mut [f32],
        output: &mut [f32],
    ) {
        assert!(self.pointwise(), "what is kept has no margins");
        assert_eq!(activated.len(), blocks.len(), "elements of what is kept");
        let kept = Places(activated.as_mut_ptr());
        self.forward_through(blocks, input, Some(activation), Some(kept), output);
    }

    fn forward_through(
        &self,
        blocks: &Blocks,
        input: &[f32],
        activation: Option<&Activation<'_>>,
        kept: Option<Places>,
        output: &mut [f32],
    ) {
        let to = self.output(blocks);
        assert_eq!(
            blocks.channels, self.forward.shape.in_channels,
            "channels of the input"
        );
        assert_eq!(input.len(), blocks.len(), "elements of the input");
        assert_eq!(output.len(), to.len(), "elements of the output");
        let prepared = activation.map(|activation| Prepared::new(activation, blocks));
        let direct = prepared.is_none() && self.pointwise();
        in_runs(&to, output, |team, first, output| {
            let samples = output.len() / (to.len() / to.batch);
            let input = part(blocks, input, first, samples);
            let strip = Strip::with_margins(
                samples,
                blocks.channels,
                blocks.length,
                self.padding(blocks.length),
            );
            let tight = Strip::tight(samples, to.channels, to.length);
            let rows = Rows {
                read: 0,
                write: 0,
                step: 1,
                count: to.length,
            };
            let convolve = |from: &[f32], output: &mut [f32]| {
                convolve(
                    team,
                    &self.forward,
                    (&strip, from),
                    (&tight, output),
                    rows,
                    Finish::Plain,
                );
            };
            if direct {
                return convolve(input, output);
            }
            let read = |laid_out: &mut [f32], output: &mut [f32]| {
                fill(team, &strip, input, first, prepared.as_ref(), 0, laid_out);
                convolve(laid_out, output);
            };
            let Some(kept) = kept else {
                return with_scratch(strip.len(), |scratch| read(scratch, output));
            };
            let place = kept.at(first * strip.len() / samples);
            // SAFETY: what is kept has the elements of the input, and this run its own.
            read(
                unsafe { std::slice::from_raw_parts_mut(place, strip.len()) },
                output,
            );
        });
    }

    /// Fills `input_grad` with the gradient of the input (after its activation), given
    /// that of the output; `blocks` are those of the input.
    ///
    /// Gradients of several tasks are a larger batch.
    ///
    /// # Panics
    ///
    /// If a slice does not have the size the blocks of the input ask for.
    pub fn backward_input(&self, blocks: &Blocks, output_grad: &[f32], input_grad: &mut [f32]) {
        let from = self.output(blocks);
        assert_eq!(
            blocks.channels, self.forward.shape.in_channels,
            "channels of the input"
        );
        assert_eq!(
            output_grad.len(),
            from.len(),
            "elements of the output gradient"
        );
        assert_eq!(
            input_grad.len(),
            blocks.len(),
            "elements of the input gradient"
        );
        let shape = &self.forward.shape;
        let [pad, _] = self.padding(blocks.length);
        let before = shape.taps.div_ceil(shape.stride) - 1;
        let reach = (pad + blocks.length).div_ceil(shape.stride);
        let margins = [before, reach.saturating_sub(from.length)];
        in_runs(blocks, input_grad, |team, first, input_grad| {
            let samples = input_grad.len() / (blocks.len() / blocks.batch);
            let grad = part(&from, output_grad, first, samples);
            let strip = Strip::with_margins(samples, from.channels, from.length, margins);
            let tight = Strip::tight(samples, blocks.channels, blocks.length);
            let phases = |from: &[f32], to: &mut [f32]| {
                for (phase, packed) in self.backward.iter().enumerate() {
                    // Input rows of this phase are `start, start + stride, …`; with padding,
                    // they are `phase` beyond a multiple of the stride.
                    let start = (phase + shape.stride - pad % shape.stride) % shape.stride;
                    let count = blocks.length.saturating_sub(start).div_ceil(shape.stride);
                    let rows = Rows {
                        read: (start + pad - phase) / shape.stride + before + 1 - packed.shape.taps,
                        write: start,
                        step: shape.stride,
                        count,
                    };
                    convolve(
                        team,
                        packed,
                        (&strip, from),
                        (&tight, to),
                        rows,
                        Finish::Plain,
                    );
                }
            };
            if self.pointwise() {
                return phases(grad, input_grad);
            }
            with_scratch(strip.len(), |scratch| {
                fill(team, &strip, grad, first, None, 0, scratch);
                phases(scratch, input_grad);
            });
        });
    }
}

/// Runs `work` for every run of signals of `data`: one thread a run where there are
/// enough of them, all threads together on each where not.
fn in_runs(
    blocks: &Blocks,
    data: &mut [f32],
    work: impl Fn(Team, usize, &mut [f32]) + Sync + Send,
) {
    if blocks.is_empty() {
        return;
    }
    let samples = (RUN / blocks.length).max(1);
    let runs = samples * blocks.blocks() * blocks.block_len();
    if blocks.batch.div_ceil(samples) < rayon::current_num_threads() {
        let runs = data.chunks_mut(runs).enumerate();
        runs.for_each(|(run, data)| work(Team::Joint, run * samples, data));
    } else {
        Team::Joint.each_chunk(data, runs, |run, data| {
            work(Team::Alone, run * samples, data);
        });
    }
}

/// Some signals.
fn part<'a>(blocks: &Blocks, data: &'a [f32], first: usize, samples: usize) -> &'a [f32] {
    let each = blocks.blocks() * blocks.block_len();
    &data[first * each..(first + samples) * each]
}

/// Fills a strip with margins of zeros; its blocks are those of `from` from `block` on.
fn fill(
    team: Team,
    strip: &Strip,
    from: &[f32],
    sample: usize,
    prepared: Option<&Prepared>,
    block: usize,
    to: &mut [f32],
) {
    strip.clear_margins(team, to);
    let len = strip.length * BLOCK;
    let blocks = from.len() / (strip.samples * len);
    team.each_chunk(&mut to[..strip.len()], strip.block_len(), |number, to| {
        let (of, number) = (number / strip.blocks, number % strip.blocks + block);
        let from = &from[(of * blocks + number) * len..(of * blocks + number + 1) * len];
        let to = &mut to[strip.first * BLOCK..][..len];
        match prepared {
            None => to.copy_from_slice(from),
            Some(prepared) => prepared.apply(sample + of, number, from, to),
        }
    });
}
