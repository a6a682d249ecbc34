//! The weight gradient of pointwise layers where weights are many.
//!
//! The product of gradients and input, halved by signals, output and input channels; see
//! [`strassen`](crate::strassen). What has no half is multiplied as it is.

use super::{SQUARE, Work, fill};
use crate::gradient::{Correlation, Onto, Side, add, correlate};
use crate::scratch::{Room, with_scratch};
use crate::simd::BLOCK;
use crate::strassen::{self, Halves, Quarters};
use crate::strip::{Places, Team};
use std::ops::Range;

/// Pairs of output blocks whose gradients are taken together.
const TOGETHER: usize = 2;
/// Rows of each half that are worked on while they are in the second cache.
const ROWS: usize = 320;

/// One side of the product: `[signal][block][row][16]`, and the sums of its quarters.
#[derive(Clone, Copy)]
struct Operand<'a> {
    from: &'a [f32],
    sums: &'a [f32],
    halves: Halves,
    /// Elements of a block.
    len: usize,
    /// Signals of each half.
    signals: usize,
}

impl Operand<'_> {
    fn blocks(&self) -> usize {
        2 * self.halves.blocks + self.halves.left
    }

    /// A block of the signals from `signal` on.
    fn plain(&self, signal: usize, block: usize) -> Side {
        Side {
            from: self.from[(signal * self.blocks() + block) * self.len..].as_ptr(),
            step: BLOCK,
            sample: self.blocks() * self.len,
        }
    }

    /// A block of one of the quarters, `[half of the signals][half of the channels]`.
    fn quarter(&self, [half, channels]: [usize; 2], block: usize) -> Side {
        self.plain(half * self.signals, channels * self.halves.blocks + block)
    }

    /// A block of one of the four sums.
    fn sum(&self, number: usize, block: usize) -> Side {
        let at = (number * self.signals * self.halves.blocks + block) * self.len;
        Side {
            from: self.sums[at..].as_ptr(),
            step: BLOCK,
            sample: self.halves.blocks * self.len,
        }
    }

    /// Elements of all sums.
    fn sums_len(&self) -> usize {
        4 * self.signals * self.halves.blocks * self.len
    }

    /// Fills the sums, as a left or right side; `order` names the quarters.
    fn fill(&self, sum: unsafe fn(&Quarters), order: [[usize; 2]; 4], to: &mut [f32]) {
        let (blocks, to) = (self.halves.blocks, Places(to.as_mut_ptr()));
        Team::Joint.each(self.signals * blocks, |task| {
            let (signal, block) = (task / blocks, task % blocks);
            let from = order.map(|[half, channels]| {
                let signal = half * self.signals + signal;
                self.plain(signal, channels * blocks + block).from
            });
            let each = self.signals * blocks * self.len;
            let quarters = Quarters {
                from,
                to: std::array::from_fn(|sum| to.at(sum * each + task * self.len)),
                len: self.len,
            };
            // SAFETY: the sides of `plain` begin within the operand and are `len` long; every
            // task has places of its own.
            unsafe { sum(&quarters) }
        });
    }
}

/// Both sides of one task.
#[derive(Clone, Copy)]
struct Sides<'a> {
    grad: Operand<'a>,
    input: Operand<'a>,
}

impl Sides<'_> {
    /// One block of either side, of the signals from `signal` on.
    fn plain(&self, signal: usize, output: usize, input: usize) -> [Side; 2] {
        [
            self.grad.plain(signal, output),
            self.input.plain(signal, input),
        ]
    }
}

impl Work<'_> {
    /// Lays the input of the whole batch out once with its sums, and shares out the pairs of
    /// output blocks.
    pub(super) fn by_seven(&self) {
        let strip = self.strip(self.input.batch, self.input.blocks());
        if self.is_direct() {
            return self.sum_input(self.from);
        }
        with_scratch(strip.len(), |laid_out| {
            let prepared = self.prepared.as_ref();
            fill(Team::Joint, &strip, self.from, 0, prepared, 0, laid_out);
            self.sum_input(laid_out);
        });
    }

    fn sum_input(&self, from: &[f32]) {
        let input = self.operand(from, self.shape.in_channels);
        with_scratch(input.sums_len(), |sums| {
            input.fill(strassen::sum_right, [[0, 0], [0, 1], [1, 0], [1, 1]], sums);
            let input = Operand { sums, ..input };
            for task in 0..self.targets.len() {
                self.sum_grads(task, input);
            }
        });
        Team::Joint.each(self.tiles.len(), |number| {
            self.fill_bias(&self.tiles[number])
        });
    }

    fn sum_grads(&self, task: usize, input: Operand<'_>) {
        let len = self.output.len();
        let from = &self.grads[task * len..(task + 1) * len];
        let grad = self.operand(from, self.shape.out_channels);
        with_scratch(grad.sums_len(), |sums| {
            grad.fill(strassen::sum_left, [[0, 0], [1, 0], [0, 1], [1, 1]], sums);
            let grad = Operand { sums, ..grad };
            self.share_pairs(task, Sides { grad, input });
        });
    }

    fn operand<'s>(&self, from: &'s [f32], channels: usize) -> Operand<'s> {
        let operand = Operand {
            from,
            sums: &[],
            halves: Halves::of(channels),
            len: self.output.block_len(),
            signals: self.input.batch / 2,
        };
        let expected = self.input.batch * operand.blocks() * operand.len;
        assert_eq!(from.len(), expected, "this is a bug");
        operand
    }

    fn share_pairs(&self, task: usize, sides: Sides<'_>) {
        let Halves { blocks, left } = sides.grad.halves;
        let (shares, whole) = (blocks.div_ceil(TOGETHER), 2 * sides.input.halves.blocks);
        Team::Joint.each(shares + left, |number| {
            if number == shares {
                return self.fill_plain(task, sides, 2 * blocks, 0);
            }
            let outputs = number * TOGETHER..blocks.min((number + 1) * TOGETHER);
            self.add_sevens(task, sides, outputs.clone());
            for output in outputs.clone().chain(outputs.map(|output| blocks + output)) {
                self.add_last(task, sides, output);
                self.fill_plain(task, sides, output, whole);
            }
        });
    }

    /// The squares of whole pairs of blocks, by the signals that are halved.
    fn add_sevens(&self, task: usize, sides: Sides<'_>, outputs: Range<usize>) {
        let (signals, run) = (sides.input.signals, (ROWS / self.output.length).max(1));
        for first in (0..signals).step_by(run) {
            for input in 0..sides.input.halves.blocks {
                for output in outputs.clone() {
                    let run = first..signals.min(first + run);
                    // SAFETY: no other job has these output blocks.
                    unsafe { self.add_seven(task, sides, [output, input], run) }
                }
            }
        }
    }

    /// Adds the last signal of an odd batch to the squares of whole pairs.
    fn add_last(&self, task: usize, sides: Sides<'_>, output: usize) {
        let last = 2 * sides.input.signals;
        if last == self.output.batch {
            return;
        }
        for input in 0..2 * sides.input.halves.blocks {
            let product = Correlation {
                sums: self.square(task, output, input),
                onto: Onto::Earlier,
                ..self.product(sides.plain(last, output, input), 1)
            };
            // SAFETY: both sides have the signal; no other job has the output block.
            unsafe { correlate(&product) }
        }
    }

    /// One output block by the input blocks from `first` on, as it is.
    fn fill_plain(&self, task: usize, sides: Sides<'_>, output: usize, first: usize) {
        for input in first..sides.input.blocks() {
            let product = Correlation {
                sums: self.square(task, output, input),
                ..self.product(sides.plain(0, output, input), self.output.batch)
            };
            // SAFETY: both sides have the signals of the batch; no other job has the output
            // block.
            unsafe { correlate(&product) }
        }
    }

    /// Adds the products of some signals of both halves to four squares of gradients; the
    /// first signals are added to nothing.
    ///
    /// # Safety
    ///
    /// Nobody else may write them meanwhile.
    unsafe fn add_seven(
        &self,
        task: usize,
        sides: Sides<'_>,
        [output, input]: [usize; 2],
        signals: Range<usize>,
    ) {
        let Sides { grad, input: from } = sides;
        let quarter = |half, channels| grad.quarter([half, channels], output);
        let sum = |number| grad.sum(number, output);
        let from_quarter = |half, channels| from.quarter([half, channels], input);
        let from_sum = |number| from.sum(number, input);
        let place = |second: usize, other: usize| {
            let output = second * grad.halves.blocks + output;
            self.square(task, output, other * from.halves.blocks + input)
        };
        let mut rooms = [const { Room::<SQUARE>::new() }; 5];
        let [u1, u2, u3, u4, p7] = rooms.each_mut().map(|room| room.start());
        let run = |sides: [Side; 2], onto: Onto, sums: *mut f32, sums_step: usize| {
            let skip = |side: Side| Side {
                from: side.from.wrapping_add(signals.start * side.sample),
                ..side
            };
            let product = self.product(sides.map(skip), signals.len());
            let product = Correlation {
                onto,
                sums,
                sums_step,
                ..product
            };
            // SAFETY: both sides have the signals of a half, squares are filled before they
            // are read, and the gradients are promised by the caller.
            unsafe { correlate(&product) }
        };
        let step = self.shape.in_channels;
        let square = |square: *mut f32| Onto::Square(square);
        let (onto, and): (Onto, fn(*const f32) -> Onto) = match signals.start {
            0 => (Onto::Nothing, Onto::Square),
            _ => (Onto::Earlier, Onto::EarlierAnd),
        };
        run(
            [quarter(0, 0), from_quarter(0, 0)],
            Onto::Nothing,
            u1,
            BLOCK,
        );
        run(
            [quarter(1, 0), from_quarter(1, 0)],
            and(u1),
            place(0, 0),
            step,
        );
        run([sum(1), from_sum(1)], square(u1), u2, BLOCK);
        run([sum(2), from_sum(2)], Onto::Nothing, p7, BLOCK);
        run([sum(0), from_sum(0)], square(u2), u4, BLOCK);
        run([sum(3), from_quarter(1, 1)], and(u4), place(0, 1), step);
        // SAFETY: the squares are filled; the places are the caller's promise.
        unsafe {
            add([u2.cast_const(), p7], Onto::Nothing, u3, BLOCK);
            add([u4.cast_const(), p7], onto, place(1, 1), step);
        }
        run([quarter(1, 1), from_sum(3)], and(u3), place(1, 0), step);
    }

    fn product(&self, [left, right]: [Side; 2], samples: usize) -> Correlation {
        Correlation {
            left,
            right,
            samples,
            rows: self.output.length,
            sums: std::ptr::null_mut(),
            sums_step: self.shape.in_channels,
            onto: Onto::Nothing,
        }
    }

    fn square(&self, task: usize, output: usize, input: usize) -> *mut f32 {
        self.targets[task][0].at((output * self.shape.in_channels + input) * BLOCK)
    }
}
