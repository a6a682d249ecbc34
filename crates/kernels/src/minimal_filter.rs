//! Convolutions of many taps with fewer multiplications.
//!
//! Winograd's minimal filtering F(2, 2), twice (Winograd 1980, *Arithmetic Complexity of
//! Computations*; as a product of polynomials, Karatsuba's): even and odd samples of a
//! signal and even and odd taps make three convolutions of half the length by half the
//! taps instead of four. With `e`, `o` the samples, `e′` the even ones from the second on,
//! and `g`, `h` the taps,
//!
//! ```text
//! even outputs = (o ∗ (g + h)) + ((e − o) ∗ g)
//! odd outputs  = (o ∗ (g + h)) + ((e′ − o) ∗ h)
//! ```
//!
//! Done again to each of the three, nine convolutions of a quarter of the length by a
//! quarter of the taps are left of sixteen. Only neighbouring samples are subtracted, so
//! errors stay within a small multiple of the plain sum's. The weight gradient is the
//! transposed algorithm: the same differences of the signal against sums of gradients.
//!
//! With stride 2 the even and the odd samples are two signals, each with half the taps.
//! Outputs of a signal are worked on in fours from its first on, so what a number is does
//! not depend on how a signal is shared out.

use crate::packed::Shape;
use crate::product::{self, Finish, Product, Start};
use crate::scratch::Room;
use crate::simd::{BLOCK, Lanes, dispatch};

/// Convolutions that are left.
pub(crate) const PARTS: usize = 9;
/// Rows of a part that are worked on together: the tallest tile.
const ROWS: usize = 24;
/// Most weights of a convolution; those of the parts then fit into a cache of a megabyte.
const WEIGHTS: usize = 112 << 10;
/// Most taps of a part.
pub(crate) const TAPS: usize = 4;
/// Most signals that a stride makes.
pub(crate) const PHASES: usize = 2;
/// Room for the rows of one part of one signal.
const ROOM: usize = (ROWS + TAPS - 1) * BLOCK;

/// The differences that the parts read, `[part][phase][row][16]`.
type Differences = Room<{ PARTS * PHASES * ROOM }>;
/// Rows of one part's output.
type Rows = Room<{ ROWS * BLOCK }>;

/// Whether a convolution is one of groups of sixteen channels with taps in fours.
pub(crate) fn fits(shape: &Shape) -> bool {
    let sixteen = shape.group_in() == BLOCK && shape.group_out() == BLOCK;
    let taps = shape.stride <= PHASES && shape.taps.is_multiple_of(4 * shape.stride);
    sixteen && taps && (1..=TAPS).contains(&taps_of_part(shape))
}

/// Whether weights are few: those of the parts are more than twice as many, and reading
/// them takes longer than multiplying where they do not stay in a cache.
pub(crate) fn has_few_weights(shape: &Shape) -> bool {
    shape.weights() <= WEIGHTS
}

/// Taps of a part of one phase.
pub(crate) fn taps_of_part(shape: &Shape) -> usize {
    shape.taps / (4 * shape.stride.max(1))
}

/// Weights of one group.
pub(crate) fn weights(shape: &Shape) -> usize {
    PARTS * shape.stride * taps_of_part(shape) * BLOCK * BLOCK
}

/// Which of four numbers, or of four kinds of them, each part takes: the places of taps
/// `4j, 4j + 1, 4j + 2, 4j + 3` or of outputs whose sum it is.
const SUMS: [&[usize]; PARTS] = [
    &[0],
    &[0, 2],
    &[2],
    &[0, 1],
    &[0, 1, 2, 3],
    &[2, 3],
    &[1],
    &[1, 3],
    &[3],
];

/// Fills `to` with the weights of the parts, `[part][phase][tap][lane][16]`, of one group,
/// given its plain weights, `[tap][lane][16]`.
pub(crate) fn combine(shape: &Shape, plain: &[f32], to: &mut [f32]) {
    let square = BLOCK * BLOCK;
    let (phases, taps) = (shape.stride, taps_of_part(shape));
    for (number, place) in to.chunks_exact_mut(square).enumerate() {
        let (part, phase, tap) = (
            number / taps / phases,
            number / taps % phases,
            number % taps,
        );
        place.fill(0.0);
        for kind in SUMS[part] {
            let from = (4 * tap + kind) * phases + phase;
            let from = &plain[from * square..(from + 1) * square];
            place
                .iter_mut()
                .zip(from)
                .for_each(|(sum, tap)| *sum += tap);
        }
    }
}

/// One group of one sample.
#[derive(Clone, Copy)]
pub(crate) struct Group<'a> {
    pub(crate) shape: Shape,
    /// Rows of the input from the one that output row 0 reads first; beyond are zeros.
    pub(crate) input: &'a [f32],
    /// As [`combine`] made them.
    pub(crate) weight: &'a [f32],
    pub(crate) bias: &'a [f32],
    pub(crate) finish: Finish,
    /// Where output row 0 goes.
    pub(crate) output: *mut f32,
    /// Distance from one output row to the next.
    pub(crate) row_step: usize,
    /// Output rows.
    pub(crate) rows: usize,
}

impl Group<'_> {
    /// Fills the output rows.
    ///
    /// # Safety
    ///
    /// They must be writable by this caller alone.
    pub(crate) unsafe fn multiply(&self) {
        let mut differences = Differences::new();
        let mut rooms = [const { Rows::new() }; 3];
        for first in (0..self.rows).step_by(4 * ROWS) {
            let step = Step {
                group: self,
                first,
                rows: (self.rows - first).div_ceil(4).min(ROWS),
                differences: differences.start(),
            };
            // SAFETY: there is room for that many rows; the output is the caller's.
            unsafe {
                step.subtract();
                step.run(&mut rooms);
            }
        }
    }
}

/// Some fours of output rows.
struct Step<'a> {
    group: &'a Group<'a>,
    /// First output row.
    first: usize,
    /// Rows of a part.
    rows: usize,
    differences: *mut f32,
}

impl Step<'_> {
    /// Rows of the differences of a part.
    fn reach(&self) -> usize {
        self.rows + taps_of_part(&self.group.shape) - 1
    }

    /// Fills the differences.
    ///
    /// # Safety
    ///
    /// There must be room for them.
    unsafe fn subtract(&self) {
        let (reach, phases) = (self.reach(), self.group.shape.stride);
        for phase in 0..phases {
            let skipped = self.first * phases + phase;
            let input = &self.group.input[(skipped * BLOCK).min(self.group.input.len())..];
            let signal = Signal {
                from: input.as_ptr(),
                step: phases,
                available: (input.len() / BLOCK).div_ceil(phases),
                rows: reach,
                to: self.differences.wrapping_add(phase * reach * BLOCK),
                to_step: phases * reach * BLOCK,
            };
            // SAFETY: the input has the rows, the differences are the caller's.
            unsafe { subtract(&signal) }
        }
    }

    /// # Safety
    ///
    /// The differences must be filled and the output writable by this caller alone.
    unsafe fn run(&self, rooms: &mut [Rows; 3]) {
        let [shared, even, odd] = rooms.each_mut().map(|room| room.start());
        let bias = Start::each_row(self.group.bias.as_ptr());
        // SAFETY: a room has as many rows as a step, and is filled before it is read.
        unsafe {
            self.to_room(4, bias, shared);
            self.to_room(3, room(shared), even);
            self.to_room(5, room(shared), odd);
            for (outer, row) in [(0, 0), (6, 1)] {
                self.to_room(outer + 1, Start::nothing(), shared);
                self.to_output(outer, [room(shared), room(even)], row);
                self.to_output(outer + 2, [room(shared), room(odd)], row + 2);
            }
        }
    }

    /// # Safety
    ///
    /// The start must be readable, the room writable.
    unsafe fn to_room(&self, part: usize, start: Start, room: *mut f32) {
        let product = Product {
            start,
            output: room,
            ..self.product(part)
        };
        // SAFETY: the differences of the part are filled; the rest is promised by the caller.
        unsafe { product::multiply(&product) }
    }

    /// Fills every fourth output row from `row` on.
    ///
    /// # Safety
    ///
    /// The starts must be readable, the output writable.
    unsafe fn to_output(&self, part: usize, [start, also]: [Start; 2], row: usize) {
        let (group, first) = (self.group, self.first + row);
        let product = Product {
            start,
            also: Some(also),
            output: group.output.wrapping_add(first * group.row_step),
            row_step: 4 * group.row_step,
            rows: group.rows.saturating_sub(first).div_ceil(4).min(self.rows),
            finish: group.finish,
            ..self.product(part)
        };
        // SAFETY: as above.
        unsafe { product::multiply(&product) }
    }

    fn product(&self, part: usize) -> Product {
        let shape = &self.group.shape;
        let (reach, phases) = (self.reach(), shape.stride);
        let len = weights(shape) / PARTS;
        Product {
            input: self.differences.wrapping_add(part * phases * reach * BLOCK),
            stride: 1,
            blocks: phases,
            block_step: reach * BLOCK,
            taps: taps_of_part(shape),
            last_lanes: BLOCK,
            weight: self.group.weight[part * len..(part + 1) * len].as_ptr(),
            wide: 1,
            start: Start::nothing(),
            also: None,
            output: std::ptr::null_mut(),
            output_step: 0,
            row_step: BLOCK,
            rows: self.rows,
            finish: Finish::Plain,
        }
    }
}

/// Rows of one block one after the other.
fn room(from: *const f32) -> Start {
    Start {
        from,
        block_step: 0,
        row_step: BLOCK,
    }
}

/// A signal whose differences are wanted.
#[derive(Clone, Copy)]
pub(crate) struct Signal {
    pub(crate) from: *const f32,
    /// Rows from one sample to the next.
    pub(crate) step: usize,
    /// Samples; beyond are zeros.
    pub(crate) available: usize,
    /// Rows of each part.
    pub(crate) rows: usize,
    /// Rows of the first part.
    pub(crate) to: *mut f32,
    /// Distance from one part to the next.
    pub(crate) to_step: usize,
}

dispatch! {
    /// Fills the differences that the parts read.
    ///
    /// # Safety
    ///
    /// The samples must be readable, the rows of all parts writable by this caller alone.
    pub(crate) unsafe fn subtract(signal: &Signal) = subtract_lanes;
}

#[inline(always)]
unsafe fn subtract_lanes<V: Lanes>(signal: &Signal) {
    let whole = signal.available.saturating_sub(3) / 4;
    // SAFETY: as promised by the caller; samples that are not there are not read.
    unsafe {
        for row in 0..signal.rows.min(whole) {
            let from = signal.from.add(4 * row * signal.step * BLOCK);
            let sample = |at: usize| V::load(from.add(at * signal.step * BLOCK));
            let [low, high] = [
                [sample(0), sample(1), sample(2), sample(3)],
                [sample(4), sample(5), sample(6), V::splat(0.0)],
            ];
            store_differences(signal, row, low, high);
        }
        for row in whole..signal.rows {
            let sample = |at: usize| match 4 * row + at < signal.available {
                true => V::load(signal.from.add((4 * row + at) * signal.step * BLOCK)),
                false => V::splat(0.0),
            };
            let low = [sample(0), sample(1), sample(2), sample(3)];
            let high = [sample(4), sample(5), sample(6), V::splat(0.0)];
            store_differences(signal, row, low, high);
        }
    }
}

/// Differences of differences of seven samples, in the order of the parts.
#[inline(always)]
unsafe fn store_differences<V: Lanes>(
    signal: &Signal,
    row: usize,
    [x0, x1, x2, x3]: [V; 4],
    [x4, x5, x6, _]: [V; 4],
) {
    // SAFETY: as promised by the caller.
    unsafe {
        let to = signal.to.add(row * BLOCK);
        let outer = [
            [x0.minus(x1), x2.minus(x3), x4.minus(x5)],
            [x1, x3, x5],
            [x2.minus(x1), x4.minus(x3), x6.minus(x5)],
        ];
        for (number, [first, second, third]) in outer.into_iter().enumerate() {
            let to = to.add(3 * number * signal.to_step);
            first.minus(second).store(to);
            second.store(to.add(signal.to_step));
            third.minus(second).store(to.add(2 * signal.to_step));
        }
    }
}

/// Gradients of outputs whose sums are wanted.
#[derive(Clone, Copy)]
pub(crate) struct Outputs {
    pub(crate) from: *const f32,
    /// Rows; beyond are zeros.
    pub(crate) available: usize,
    /// Rows of each part.
    pub(crate) rows: usize,
    /// Rows of the first part.
    pub(crate) to: *mut f32,
    /// Distance from one part to the next.
    pub(crate) to_step: usize,
}

dispatch! {
    /// Fills the sums of gradients that the parts of the weight gradient take.
    ///
    /// # Safety
    ///
    /// The gradients must be readable, the rows of all parts writable by this caller alone.
    pub(crate) unsafe fn add(outputs: &Outputs) = add_lanes;
}

#[inline(always)]
unsafe fn add_lanes<V: Lanes>(outputs: &Outputs) {
    for row in 0..outputs.rows {
        // SAFETY: as promised by the caller; gradients that are not there are not read.
        unsafe {
            let grad = |at: usize| match 4 * row + at < outputs.available {
                true => V::load(outputs.from.add((4 * row + at) * BLOCK)),
                false => V::splat(0.0),
            };
            let (g0, g1, g2, g3) = (grad(0), grad(1), grad(2), grad(3));
            let (even, odd) = (g0.plus(g2), g1.plus(g3));
            let sums = [
                g0,
                even,
                g2,
                g0.plus(g1),
                even.plus(odd),
                g2.plus(g3),
                g1,
                odd,
                g3,
            ];
            for (part, sum) in sums.into_iter().enumerate() {
                sum.store(outputs.to.add(part * outputs.to_step + row * BLOCK));
            }
        }
    }
}

/// The gradients of plain weights, `[tap][lane][16]`, given those of the parts' weights,
/// `[part][phase][tap][lane][16]`: [`combine`] transposed.
pub(crate) fn combine_gradients(shape: &Shape, parts: &[f32], plain: &mut [f32]) {
    let square = BLOCK * BLOCK;
    let (phases, taps) = (shape.stride, taps_of_part(shape));
    plain.fill(0.0);
    for (number, from) in parts.chunks_exact(square).enumerate() {
        let (part, phase, tap) = (
            number / taps / phases,
            number / taps % phases,
            number % taps,
        );
        for kind in SUMS[part] {
            let place = (4 * tap + kind) * phases + phase;
            let place = &mut plain[place * square..(place + 1) * square];
            place
                .iter_mut()
                .zip(from)
                .for_each(|(sum, value)| *sum += value);
        }
    }
}
