//! The weight gradient of groups of sixteen channels, by the transposed minimal filter.

use super::{SQUARE, Work, fill, part};
use crate::gradient::{Correlation, Onto, Side, correlate};
use crate::minimal_filter::{self, Outputs, PARTS, PHASES, Signal, TAPS};
use crate::packed::Tile;
use crate::scratch::{Room, with_scratch};
use crate::simd::BLOCK;
use crate::strip::{Places, Team};

/// Jobs that there should be at least, if the batch has as many signals.
const JOBS: usize = 16;
/// Rows of a part that are worked on together, those of some short signals or of a piece
/// of a long one.
const ROWS: usize = 64;
/// Rows of the differences of a part.
const REACH: usize = ROWS + TAPS - 1;

/// Differences of the input.
type Differences = Room<{ PARTS * PHASES * REACH * BLOCK }>;
/// Sums of gradients.
type Sums = Room<{ PARTS * ROWS * BLOCK }>;

/// Some fours of outputs of some signals.
struct Part {
    /// First of the fours.
    start: usize,
    /// Fours, which are rows of each part.
    rows: usize,
    /// Rows of the differences.
    reach: usize,
    samples: usize,
}

impl Work<'_> {
    /// Gives every group, and parts of the batch where groups are few, sums of their own.
    pub(super) fn by_groups(&self) {
        let groups = self.tiles.len();
        let shares = JOBS.div_ceil(groups).min(self.input.batch);
        let each = self.targets.len() * minimal_filter::weights(&self.shape);
        with_scratch(groups * shares * each, |sums| {
            let to = Places(sums.as_mut_ptr());
            Team::Joint.each(groups * shares, |job| {
                let tile = &self.tiles[job / shares];
                self.add_share(tile, [job % shares, shares], Places(to.at(job * each)));
            });
            let sums = &*sums;
            Team::Joint.each(groups, |group| {
                let sums = &sums[group * shares * each..(group + 1) * shares * each];
                self.finish_group(&self.tiles[group], sums, each);
            });
        });
    }

    /// Fills the sums, `[task][part][phase][tap][16][16]`, of a share of the batch.
    fn add_share(&self, tile: &Tile, [share, shares]: [usize; 2], to: Places) {
        let batch = self.input.batch;
        let (start, end) = (batch * share / shares, batch * (share + 1) / shares);
        let fours = self.output.length.div_ceil(4);
        let together = (ROWS / fours).min(REACH / (fours + self.taps() - 1)).max(1);
        let mut onto = Onto::Nothing;
        for first in (start..end).step_by(together) {
            let samples = together.min(end - first);
            let strip = self.strip(samples, 1);
            with_scratch(strip.len(), |scratch| {
                let from = part(self.input, self.from, first, samples);
                let prepared = self.prepared.as_ref();
                fill(
                    Team::Alone,
                    &strip,
                    from,
                    first,
                    prepared,
                    tile.input,
                    scratch,
                );
                self.add_signals(tile, [first, samples], scratch, onto, to);
            });
            onto = Onto::Earlier;
        }
    }

    fn taps(&self) -> usize {
        minimal_filter::taps_of_part(&self.shape)
    }

    /// Adds some signals; `input` are their rows with margins.
    fn add_signals(
        &self,
        tile: &Tile,
        [first, samples]: [usize; 2],
        input: &[f32],
        mut onto: Onto,
        to: Places,
    ) {
        let fours = self.output.length.div_ceil(4);
        let steps = fours.div_ceil(ROWS);
        let len = minimal_filter::weights(&self.shape);
        let (mut differences, mut sums) = (Differences::new(), Sums::new());
        let (differences, sums) = (differences.start(), sums.start());
        for step in 0..steps {
            let (start, end) = (fours * step / steps, fours * (step + 1) / steps);
            let part = Part {
                start,
                rows: end - start,
                reach: end - start + self.taps() - 1,
                samples,
            };
            self.subtract(&part, input, differences);
            for task in 0..self.targets.len() {
                self.add_fours(&part, self.grad_at(task, first, tile.output), sums);
                // SAFETY: both sides have just been filled, and these sums are this job's.
                unsafe { self.correlate_parts(&part, [differences, sums], onto, to.at(task * len)) }
            }
            onto = Onto::Earlier;
        }
    }

    /// Fills the differences of the input, `[sample][part][phase][row][16]`.
    fn subtract(&self, part: &Part, input: &[f32], to: *mut f32) {
        let phases = self.shape.stride;
        for (sample, input) in input.chunks_exact(input.len() / part.samples).enumerate() {
            for phase in 0..phases {
                let input = &input[(4 * part.start * phases + phase) * BLOCK..];
                let row = (sample * PARTS * phases + phase) * part.reach;
                let signal = Signal {
                    from: input.as_ptr(),
                    step: phases,
                    available: (input.len() / BLOCK).div_ceil(phases),
                    rows: part.reach,
                    to: to.wrapping_add(row * BLOCK),
                    to_step: phases * part.reach * BLOCK,
                };
                // SAFETY: the input has the samples, and there is room for the differences.
                unsafe { minimal_filter::subtract(&signal) }
            }
        }
    }

    /// Fills the sums of gradients, `[sample][part][row][16]`; the first signal's are `at`.
    fn add_fours(&self, part: &Part, at: usize, to: *mut f32) {
        let len = self.output.block_len();
        for sample in 0..part.samples {
            let at = at + sample * self.output.blocks() * len;
            let grad = &self.grads[at..at + len][4 * part.start * BLOCK..];
            let outputs = Outputs {
                from: grad.as_ptr(),
                available: grad.len() / BLOCK,
                rows: part.rows,
                to: to.wrapping_add(sample * PARTS * part.rows * BLOCK),
                to_step: part.rows * BLOCK,
            };
            // SAFETY: the gradients have the rows, and there is room for the sums.
            unsafe { minimal_filter::add(&outputs) }
        }
    }

    /// # Safety
    ///
    /// Both sides must hold the part's rows, the sums be writable by this caller alone.
    unsafe fn correlate_parts(
        &self,
        part: &Part,
        [differences, grads]: [*mut f32; 2],
        onto: Onto,
        to: *mut f32,
    ) {
        let (phases, taps) = (self.shape.stride, self.taps());
        let side = |from: *mut f32, row: usize, sample: usize| Side {
            from: from.wrapping_add(row * BLOCK),
            step: BLOCK,
            sample: sample * BLOCK,
        };
        for square in 0..PARTS * phases * taps {
            let (signal, tap) = (square / taps, square % taps);
            let (row, each) = (signal * part.reach + tap, PARTS * phases * part.reach);
            let correlation = Correlation {
                left: side(differences, row, each),
                right: side(grads, signal / phases * part.rows, PARTS * part.rows),
                samples: part.samples,
                rows: part.rows,
                sums: to.wrapping_add(square * SQUARE),
                sums_step: BLOCK,
                onto,
            };
            // SAFETY: as promised by the caller.
            unsafe { correlate(&correlation) }
        }
    }

    /// Adds up the shares of a group and fills its gradients.
    fn finish_group(&self, tile: &Tile, sums: &[f32], each: usize) {
        let (shape, len) = (&self.shape, minimal_filter::weights(&self.shape));
        with_scratch(len + shape.taps * SQUARE, |scratch| {
            let (total, plain) = scratch.split_at_mut(len);
            for task in 0..self.targets.len() {
                total.fill(0.0);
                for share in sums.chunks_exact(each) {
                    let share = &share[task * len..(task + 1) * len];
                    total
                        .iter_mut()
                        .zip(share)
                        .for_each(|(total, sum)| *total += sum);
                }
                minimal_filter::combine_gradients(shape, total, plain);
                for (tap, square) in plain.chunks_exact(SQUARE).enumerate() {
                    // SAFETY: no other job has this group.
                    unsafe { self.write(task, tile, [0, tap], square) }
                }
            }
        });
        self.fill_bias(tile);
    }
}
