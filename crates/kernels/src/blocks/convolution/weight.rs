//! The weight gradient.
//!
//! Sums for sixteen input by sixteen output channels stay in registers while rows go by.
//! Where signals are large, parts of the batch have sums of their own, which are added up
//! in order; where weights are, the activated input of the whole batch is laid out once
//! and the output channels are shared out. Which of the two depends on the shape alone.

use super::{PackedConvolution, fill, part, with_scratch};
use crate::blocks::Blocks;
use crate::blocks::activation::{Activation, Prepared};
use crate::gradient::{Correlation, correlate};
use crate::packed::{Shape, Tile, single};
use crate::rowwise;
use crate::simd::BLOCK;
use crate::strip::{Places, Strip, Team};
use rayon::prelude::*;
use std::cell::Cell;

/// Parts of a batch whose sums are kept apart, at most.
const PARTS: usize = 8;
/// Output blocks whose gradients are taken together.
const TOGETHER: usize = 8;
/// Rows of one signal that are worked on while they are in the first cache.
const ROWS: usize = 192;

/// Elements of the sums of one input by one output block.
const SQUARE: usize = BLOCK * BLOCK;

thread_local! {
    /// Room for the sums, kept between layers.
    static SUMS: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Where the gradients of one or several tasks come from.
struct Work<'a> {
    shape: Shape,
    input: &'a Blocks,
    output: Blocks,
    margins: [usize; 2],
    from: &'a [f32],
    prepared: Option<Prepared>,
    grads: &'a [f32],
    tasks: usize,
    /// One output block each; `weight` is the place of its sums.
    tiles: Vec<Tile>,
    /// Elements of the sums of one part and task, biases last.
    sums: usize,
}

impl PackedConvolution {
    /// Fills the gradients of weights, `[out, in / groups, kernel]`, and bias, given those
    /// of the output; `input` is read through `activation`.
    ///
    /// `output_grads` holds one or several gradients one after another, and so do
    /// `weight_grads` and `bias_grads`.
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
        [weight_grads, bias_grads]: [&mut [f32]; 2],
    ) {
        let shape = self.forward.shape;
        let output = self.output(blocks);
        assert_eq!(blocks.channels, shape.in_channels, "channels of the input");
        assert_eq!(input.len(), blocks.len(), "elements of the input");
        let tasks = bias_grads.len() / shape.out_channels;
        assert_eq!(
            bias_grads.len(),
            tasks * shape.out_channels,
            "elements of the biases"
        );
        assert_eq!(
            weight_grads.len(),
            tasks * shape.weights(),
            "elements of the weights"
        );
        assert_eq!(
            output_grads.len(),
            tasks * output.len(),
            "elements of the gradients"
        );
        if output.is_empty() || tasks == 0 {
            weight_grads.fill(0.0);
            bias_grads.fill(0.0);
            return;
        }
        let mut end = 0;
        let tiles = (0..output.blocks()).map(|block| {
            let tile = single(&shape, block, end);
            end += tile.blocks * shape.taps * SQUARE;
            tile
        });
        let tiles: Vec<Tile> = tiles.collect();
        let work = Work {
            shape,
            input: blocks,
            output,
            margins: self.padding(blocks.length),
            from: input,
            prepared: activation.map(|activation| Prepared::new(activation, blocks)),
            grads: output_grads,
            tasks,
            sums: end + tiles.len() * BLOCK,
            tiles,
        };
        let mut sums = SUMS.take();
        work.run(&mut sums);
        work.unpack(&sums, weight_grads, bias_grads);
        SUMS.set(sums);
    }
}

impl Work<'_> {
    /// Fills the sums, `[part][task][sums]`.
    fn run(&self, sums: &mut Vec<f32>) {
        let signal = self.input.blocks() * self.input.length * BLOCK;
        let many_weights = self.shape.groups == 1 && self.shape.weights() > 2 * signal;
        sums.clear();
        if many_weights {
            sums.resize(self.tasks * self.sums, 0.0);
            self.by_outputs(Places(sums.as_mut_ptr()));
        } else {
            let shares = match self.shape.groups {
                1 => 1,
                _ => self.tiles.len().div_ceil(TOGETHER),
            };
            let parts = PARTS.div_ceil(shares).min(self.input.batch);
            sums.resize(parts * self.tasks * self.sums, 0.0);
            self.by_parts([parts, shares], Places(sums.as_mut_ptr()));
        }
    }

    /// Lays the input of the whole batch out once, and shares out the output blocks.
    fn by_outputs(&self, to: Places) {
        let batch = self.input.batch;
        let strip = self.strip(batch, self.input.blocks());
        let direct = self.prepared.is_none() && self.margins == [0, 0];
        let mut laid_out = Vec::new();
        if !direct {
            laid_out.resize(strip.len(), 0.0);
            fill(
                Team::Joint,
                &strip,
                self.from,
                0,
                self.prepared.as_ref(),
                0,
                &mut laid_out,
            );
        }
        let data = if direct { self.from } else { &laid_out };
        let tasks = self.tiles.len().div_ceil(TOGETHER);
        Team::Joint.each(tasks, |task| {
            let tiles = self.share(task, TOGETHER);
            self.correlate_all(tiles, 0, (&strip, data), 0, to);
        });
    }

    /// Gives parts of the batch sums of their own.
    fn by_parts(&self, [parts, shares]: [usize; 2], to: Places) {
        let batch = self.input.batch;
        let together = self.tiles.len().div_ceil(shares);
        let run = (super::RUN / self.input.length).max(1);
        Team::Joint.each(parts * shares, |task| {
            let (part, share) = (task / shares, task % shares);
            let tiles = self.share(share, together);
            let end = batch * (part + 1) / parts;
            let to = Places(to.at(part * self.tasks * self.sums));
            for first in (batch * part / parts..end).step_by(run) {
                self.correlate_run(tiles, first, run.min(end - first), to);
            }
        });
    }

    fn share(&self, number: usize, tiles: usize) -> &[Tile] {
        let len = self.tiles.len();
        &self.tiles[len.min(number * tiles)..len.min((number + 1) * tiles)]
    }

    fn strip(&self, samples: usize, blocks: usize) -> Strip {
        Strip::with_margins(samples, blocks * BLOCK, self.input.length, self.margins)
    }

    /// One run of signals by some output blocks.
    fn correlate_run(&self, tiles: &[Tile], first: usize, samples: usize, to: Places) {
        let start = tiles.iter().map(|tile| tile.input).min().unwrap_or(0);
        let end = tiles
            .iter()
            .map(|tile| tile.input + tile.blocks)
            .max()
            .unwrap_or(0);
        let from = part(self.input, self.from, first, samples);
        if self.prepared.is_none() && self.margins == [0, 0] {
            let strip = self.strip(samples, self.input.blocks());
            return self.correlate_all(tiles, 0, (&strip, from), first, to);
        }
        let strip = self.strip(samples, end - start);
        with_scratch(strip.len(), |scratch| {
            fill(
                Team::Alone,
                &strip,
                from,
                first,
                self.prepared.as_ref(),
                start,
                scratch,
            );
            self.correlate_all(tiles, start, (&strip, scratch), first, to);
        });
    }

    /// Adds the products of all signals of a strip, whose first block is `start`.
    fn correlate_all(
        &self,
        tiles: &[Tile],
        start: usize,
        (strip, data): (&Strip, &[f32]),
        first: usize,
        to: Places,
    ) {
        assert!(
            data.len() >= strip.len()
                && (self.output.length - 1) * self.shape.stride + self.shape.taps <= strip.rows
                && tiles
                    .iter()
                    .all(|tile| tile.input >= start
                        && tile.input + tile.blocks <= start + strip.blocks),
            "this is a bug"
        );
        let rows = if strip.samples > 1 {
            self.output.length
        } else {
            ROWS
        };
        for row in (0..self.output.length).step_by(rows) {
            let rows = rows.min(self.output.length - row);
            let inputs = tiles.iter().map(|tile| tile.blocks).max().unwrap_or(0);
            for block in 0..inputs {
                for tile in tiles.iter().filter(|tile| block < tile.blocks) {
                    self.correlate_square(
                        tile,
                        block,
                        start,
                        (strip, data),
                        first,
                        (row, rows),
                        to,
                    );
                }
            }
            for tile in tiles {
                self.add_bias(tile, strip.samples, first, (row, rows), to);
            }
        }
    }

    /// Every tap and task of one input by one output block.
    #[expect(
        clippy::too_many_arguments,
        reason = "the innermost step of one loop nest"
    )]
    fn correlate_square(
        &self,
        tile: &Tile,
        block: usize,
        start: usize,
        (strip, data): (&Strip, &[f32]),
        first: usize,
        (row, rows): (usize, usize),
        to: Places,
    ) {
        let stride = self.shape.stride;
        let sample = self.output.blocks() * self.output.block_len();
        let base = ((tile.input + block - start) * strip.rows + row * stride) * BLOCK;
        for task in 0..self.tasks {
            let grad = self.grad_at(task, first, tile.output) + row * BLOCK;
            for tap in 0..self.shape.taps {
                let place = tile.weight + (block * self.shape.taps + tap) * SQUARE;
                let correlation = Correlation {
                    input: data[base + tap * BLOCK..].as_ptr(),
                    input_step: stride * BLOCK,
                    input_sample: strip.blocks * strip.block_len(),
                    grad: self.grads[grad..].as_ptr(),
                    grad_sample: sample,
                    samples: strip.samples,
                    rows,
                    sums: to.at(task * self.sums + place),
                };
                // SAFETY: the strip holds the last row of the last tap, the gradients have
                // these signals, and each tile's sums belong to one task of work.
                unsafe { correlate(&correlation) }
            }
        }
    }

    fn add_bias(
        &self,
        tile: &Tile,
        samples: usize,
        first: usize,
        (row, rows): (usize, usize),
        to: Places,
    ) {
        let biases = self.sums - self.tiles.len() * BLOCK;
        for task in 0..self.tasks {
            let place = to.at(task * self.sums + biases + tile.output * BLOCK);
            for sample in first..first + samples {
                let at = self.grad_at(task, sample, tile.output) + row * BLOCK;
                let from = &self.grads[at..at + rows * BLOCK];
                // SAFETY: `from` has these rows, and each tile's sums belong to one task of work.
                unsafe { rowwise::add_rows(from.as_ptr(), rows, place) }
            }
        }
    }

    fn grad_at(&self, task: usize, sample: usize, block: usize) -> usize {
        let signal = (task * self.output.batch + sample) * self.output.blocks();
        (signal + block) * self.output.block_len()
    }

    /// Adds up the parts and brings the sums into the order of the weights.
    fn unpack(&self, sums: &[f32], weight_grads: &mut [f32], bias_grads: &mut [f32]) {
        let shape = &self.shape;
        let (row, parts) = (shape.group_in() * shape.taps, self.tasks * self.sums);
        let total = |at: usize| sums[at..].iter().step_by(parts).sum::<f32>();
        let biases = self.sums - self.tiles.len() * BLOCK;
        for (number, bias) in bias_grads.iter_mut().enumerate() {
            let (task, out) = (number / shape.out_channels, number % shape.out_channels);
            *bias = total(task * self.sums + biases + out);
        }
        let outputs = weight_grads.par_chunks_exact_mut(row * shape.out_channels);
        outputs.enumerate().for_each(|(task, weights)| {
            let rows = weights.par_chunks_mut(row * BLOCK);
            rows.zip(&self.tiles).for_each(|(rows, tile)| {
                let sums = &sums[task * self.sums + tile.weight..];
                self.unpack_tile(tile, sums, rows);
            });
        });
    }

    /// The same for the rows of one output block; `sums` begins with those of the first part.
    fn unpack_tile(&self, tile: &Tile, sums: &[f32], rows: &mut [f32]) {
        let shape = &self.shape;
        let (taps, len) = (shape.taps, shape.taps * SQUARE);
        let mut total = vec![0.0; len];
        for block in 0..tile.blocks {
            let mut parts = sums[block * len..].chunks(self.tasks * self.sums);
            if let Some(part) = parts.next() {
                total.copy_from_slice(&part[..len]);
            }
            for part in parts.filter(|part| part.len() >= len) {
                total
                    .iter_mut()
                    .zip(part)
                    .for_each(|(total, part)| *total += part);
            }
            let first = (tile.input + block) * BLOCK;
            for (lane, row) in rows.chunks_exact_mut(shape.group_in() * taps).enumerate() {
                let group = (tile.output * BLOCK + lane) / shape.group_out() * shape.group_in();
                let channels = first.max(group)..(first + BLOCK).min(group + shape.group_in());
                for channel in channels {
                    let places = &mut row[(channel - group) * taps..][..taps];
                    let from = (channel - first) * BLOCK + lane;
                    for (place, value) in
                        places.iter_mut().zip(total[from..].iter().step_by(SQUARE))
                    {
                        *place = *value;
                    }
                }
            }
        }
    }
}
