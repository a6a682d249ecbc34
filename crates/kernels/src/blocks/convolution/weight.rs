//! The weight gradient.
//!
//! Sums for sixteen channels by sixteen stay in registers while rows go by. Where weights
//! are many, the activated input of the whole batch is laid out once and the output
//! channels are shared out ([`outputs`]), with Strassen's products for pointwise layers
//! ([`seven`]); where signals are large, parts of the batch have
//! sums of their own, which are added up in order ([`parts`]); groups of sixteen channels
//! go by the transposed minimal filter ([`groups`]). Which of them depends on the shape
//! alone.

mod groups;
mod outputs;
mod parts;
mod seven;

use super::{PackedConvolution, fill, part};
use crate::blocks::Blocks;
use crate::blocks::activation::{Activation, Prepared};
use crate::minimal_filter;
use crate::packed::{Shape, Tile, single};
use crate::rowwise;
use crate::simd::BLOCK;
use crate::strassen;
use crate::strip::{Places, Strip};

/// Elements of the sums of one block by another.
const SQUARE: usize = BLOCK * BLOCK;

/// Where the gradients of one or several tasks come from and go to.
struct Work<'a> {
    shape: Shape,
    input: &'a Blocks,
    output: Blocks,
    margins: [usize; 2],
    from: &'a [f32],
    prepared: Option<Prepared>,
    grads: &'a [f32],
    /// Weights and biases of each task.
    targets: Vec<[Places; 2]>,
    /// One output block each; `weight` is the place of its sums.
    tiles: Vec<Tile>,
    /// Elements of all sums of weights.
    sums: usize,
}

impl PackedConvolution {
    /// Fills the gradients of weights, `[out, in / groups, kernel]`, and bias of one or
    /// several tasks; `input` is read through `activation`.
    ///
    /// `output_grads` holds the gradients of the output one task after another.
    ///
    /// # Panics
    ///
    /// If a slice does not have the size the blocks of the input ask for.
    pub fn backward_weight(
        &self,
        blocks: &Blocks,
        input: &[f32],
        activation: Option<&Activation<'_>>,
        output_grads: &[f32],
        targets: &mut [[&mut [f32]; 2]],
    ) {
        let shape = self.forward.shape;
        let output = self.output(blocks);
        assert_eq!(blocks.channels, shape.in_channels, "channels of the input");
        assert_eq!(input.len(), blocks.len(), "elements of the input");
        assert_eq!(
            output_grads.len(),
            targets.len() * output.len(),
            "elements of the gradients"
        );
        for [weight, bias] in &mut *targets {
            assert_eq!(weight.len(), shape.weights(), "elements of the weights");
            assert_eq!(bias.len(), shape.out_channels, "elements of the biases");
        }
        if output.is_empty() || targets.is_empty() {
            let targets = targets.iter_mut().flatten();
            return targets.for_each(|target| target.fill(0.0));
        }
        let mut end = 0;
        let tiles = (0..output.blocks()).map(|block| {
            let tile = single(&shape, block, end);
            end += tile.blocks * shape.taps * SQUARE;
            tile
        });
        let tiles = tiles.collect();
        let places = |target: &mut [&mut [f32]; 2]| {
            target.each_mut().map(|target| Places(target.as_mut_ptr()))
        };
        let work = Work {
            shape,
            input: blocks,
            output,
            margins: self.padding(blocks.length),
            from: input,
            prepared: activation.map(|activation| Prepared::new(activation, blocks)),
            grads: output_grads,
            targets: targets.iter_mut().map(places).collect(),
            tiles,
            sums: end,
        };
        work.run();
    }
}

impl Work<'_> {
    fn run(&self) {
        let signal = self.input.blocks() * self.input.length * BLOCK;
        if minimal_filter::fits(&self.shape) {
            self.by_groups();
        } else if self.shape.groups == 1 && self.shape.weights() > 2 * signal {
            let large = self.shape.weights() > 8 * signal && self.input.batch > 1;
            match large && strassen::fits(&self.shape) {
                true => self.by_seven(),
                false => self.by_outputs(),
            }
        } else {
            self.by_parts();
        }
    }

    /// Signals with margins.
    fn strip(&self, samples: usize, blocks: usize) -> Strip {
        Strip::with_margins(samples, blocks * BLOCK, self.input.length, self.margins)
    }

    /// Whether the input can be read as it is.
    fn is_direct(&self) -> bool {
        self.prepared.is_none() && self.margins == [0, 0]
    }

    /// The first row of one block of one task's gradients.
    fn grad_at(&self, task: usize, sample: usize, block: usize) -> usize {
        let signal = (task * self.output.batch + sample) * self.output.blocks();
        (signal + block) * self.output.block_len()
    }

    /// Fills the bias gradients of a tile, which nobody else may do meanwhile.
    fn fill_bias(&self, tile: &Tile) {
        let (rows, first) = (self.output.length, tile.output * BLOCK);
        for (task, [_, bias]) in self.targets.iter().enumerate() {
            let mut sums = [0.0; BLOCK];
            for sample in 0..self.output.batch {
                let at = self.grad_at(task, sample, tile.output);
                let from = &self.grads[at..at + rows * BLOCK];
                // SAFETY: `from` has these rows.
                unsafe { rowwise::add_rows(from.as_ptr(), rows, sums.as_mut_ptr()) }
            }
            for (out, sum) in (first..self.shape.out_channels).zip(sums) {
                // SAFETY: the biases are as many as output channels, and this tile's.
                unsafe { *bias.at(out) = sum }
            }
        }
    }

    /// Writes the weight gradients of one input block at one tap by one output block,
    /// `[16 input channels][16 output channels]`, to where they belong.
    ///
    /// # Safety
    ///
    /// Nobody else may write them meanwhile.
    unsafe fn write(&self, task: usize, tile: &Tile, [block, tap]: [usize; 2], sums: &[f32]) {
        let shape = &self.shape;
        let first = (tile.input + block) * BLOCK;
        let outs = tile.output * BLOCK..shape.out_channels;
        for (lane, out) in outs.enumerate().take(BLOCK) {
            let group = out / shape.group_out() * shape.group_in();
            let channels = first.max(group)..(first + BLOCK).min(group + shape.group_in());
            for channel in channels {
                let place = (out * shape.group_in() + channel - group) * shape.taps + tap;
                let sum = sums[(channel - first) * BLOCK + lane];
                // SAFETY: the place is one of the weights; the rest is the caller's promise.
                unsafe { *self.targets[task][0].at(place) = sum }
            }
        }
    }
}
