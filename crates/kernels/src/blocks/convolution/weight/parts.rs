//! The weight gradient where signals are large.

use super::{SQUARE, Work, fill, part};
use crate::blocks::convolution::RUN;
use crate::gradient::{Correlation, Onto, Side, correlate};
use crate::packed::Tile;
use crate::scratch::with_scratch;
use crate::simd::BLOCK;
use crate::strip::{Places, Strip, Team};

/// Parts of a batch whose sums are kept apart, at most.
const PARTS: usize = 8;
/// Output blocks whose gradients are taken together.
const TOGETHER: usize = 8;
/// Rows of one signal that are worked on while they are in the first cache.
const ROWS: usize = 192;

impl Work<'_> {
    /// Gives parts of the batch sums of their own.
    pub(super) fn by_parts(&self) {
        let shares = match self.shape.groups {
            1 => 1,
            _ => self.tiles.len().div_ceil(TOGETHER),
        };
        let parts = PARTS.div_ceil(shares).min(self.input.batch);
        let each = self.targets.len() * self.sums;
        with_scratch(parts * each, |sums| {
            self.add_parts([parts, shares], Places(sums.as_mut_ptr()));
            let sums = &*sums;
            Team::Joint.each(self.tiles.len(), |number| {
                self.finish_tile(&self.tiles[number], sums, each);
            });
        });
    }

    /// Fills the sums, `[part][task][sums]`.
    fn add_parts(&self, [parts, shares]: [usize; 2], to: Places) {
        let batch = self.input.batch;
        let together = self.tiles.len().div_ceil(shares);
        let run = (RUN / self.input.length).max(1);
        Team::Joint.each(parts * shares, |task| {
            let (part, share) = (task / shares, task % shares);
            let tiles = self.share(share, together);
            let end = batch * (part + 1) / parts;
            let to = Places(to.at(part * self.targets.len() * self.sums));
            self.clear(tiles, to);
            for first in (batch * part / parts..end).step_by(run) {
                self.correlate_run(tiles, first, run.min(end - first), to);
            }
        });
    }

    fn share(&self, number: usize, tiles: usize) -> &[Tile] {
        let len = self.tiles.len();
        &self.tiles[len.min(number * tiles)..len.min((number + 1) * tiles)]
    }

    /// Sets the sums of some tiles to zero.
    fn clear(&self, tiles: &[Tile], to: Places) {
        let sums = |tile: &Tile| tile.blocks * self.shape.taps * SQUARE;
        let start = tiles.first().map_or(0, |tile| tile.weight);
        let len: usize = tiles.iter().map(sums).sum();
        for task in 0..self.targets.len() {
            // SAFETY: the sums of these tiles lie one after the other, and belong to one job.
            unsafe { std::ptr::write_bytes(to.at(task * self.sums + start), 0, len) }
        }
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
        if self.is_direct() {
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
        for task in 0..self.targets.len() {
            let grad = self.grad_at(task, first, tile.output) + row * BLOCK;
            for tap in 0..self.shape.taps {
                let place = tile.weight + (block * self.shape.taps + tap) * SQUARE;
                let correlation = Correlation {
                    left: Side {
                        from: data[base + tap * BLOCK..].as_ptr(),
                        step: stride * BLOCK,
                        sample: strip.blocks * strip.block_len(),
                    },
                    right: Side {
                        from: self.grads[grad..].as_ptr(),
                        step: BLOCK,
                        sample,
                    },
                    samples: strip.samples,
                    rows,
                    sums: to.at(task * self.sums + place),
                    sums_step: BLOCK,
                    onto: Onto::Earlier,
                };
                // SAFETY: the strip holds the last row of the last tap, the gradients have
                // these signals, and each tile's sums belong to one task of work.
                unsafe { correlate(&correlation) }
            }
        }
    }

    /// Adds up the parts of a tile and fills its gradients.
    fn finish_tile(&self, tile: &Tile, sums: &[f32], each: usize) {
        for task in 0..self.targets.len() {
            for number in 0..tile.blocks * self.shape.taps {
                let place = task * self.sums + tile.weight + number * SQUARE;
                let mut total = [0.0; SQUARE];
                for part in sums.chunks_exact(each) {
                    let part = &part[place..place + SQUARE];
                    total
                        .iter_mut()
                        .zip(part)
                        .for_each(|(total, sum)| *total += sum);
                }
                let place = [number / self.shape.taps, number % self.shape.taps];
                // SAFETY: no other job has this tile.
                unsafe { self.write(task, tile, place, &total) }
            }
        }
        self.fill_bias(tile);
    }
}
