//! Pointwise convolutions with fewer multiplications.
//!
//! Strassen's algorithm in Winograd's form (Strassen 1969, *Gaussian Elimination is not
//! Optimal*; Winograd 1971, *On Multiplication of 2 × 2 Matrices*): rows, input channels and
//! output channels are halved, and seven products of the halves make four. With `x` the
//! signal, `w` the weights, first index the half of rows or of input channels, second that
//! of input or of output channels,
//!
//! ```text
//! s1 = x21 + x22   s2 = s1 − x11   s3 = x11 − x21   s4 = x12 − s2
//! t1 = w12 − w11   t2 = w22 − t1   t3 = w22 − w12   t4 = w21 − t2
//! u1 = x11·w11     u2 = u1 + s2·t2 u3 = u2 + s3·t3  u5 = s1·t1
//! y11 = u1 + x12·w21               y12 = u2 + u5 + s4·w22
//! y21 = u3 + x22·t4                y22 = u3 + u5
//! ```
//!
//! What a block of channels has no half for is added as it is. Halves of rows are those of a
//! signal, and an odd row in the middle belongs to the first half, so what a number is does
//! not depend on how a signal is shared out. Sums are made of channels 512 apart; errors stay
//! within a small multiple of the plain sum's.

use crate::packed::{Shape, Tile};
use crate::product::{self, Finish, Product, Start};
use crate::scratch::Room;
use crate::simd::{BLOCK, Lanes, dispatch};

/// Most pairs of rows that a part of the weights is read for at a time.
pub(crate) const ROWS: usize = 80;
/// Least channels: below, sums take longer than the product that they save.
const CHANNELS: usize = 256;

/// Rows of one product.
type Rows = Room<{ ROWS * product::WIDE * BLOCK }>;

/// Whether halves of channels are whole blocks, and large.
pub(crate) fn fits(shape: &Shape) -> bool {
    let pointwise = shape.groups == 1 && shape.taps == 1 && shape.stride == 1;
    let whole = |channels: usize| channels.is_multiple_of(BLOCK) && channels >= CHANNELS;
    pointwise && whole(shape.in_channels) && whole(shape.out_channels)
}

/// How the channels of a layer are halved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Halves {
    /// Blocks of each half.
    pub(crate) blocks: usize,
    /// Blocks that are left over: one or none.
    pub(crate) left: usize,
}

impl Halves {
    pub(crate) fn of(channels: usize) -> Halves {
        let blocks = channels / BLOCK;
        Halves {
            blocks: blocks / 2,
            left: blocks % 2,
        }
    }
}

/// A factor of each product, in the order the weights lie.
const PARTS: usize = 7;

/// Elements of the weights of a pair of tiles.
pub(crate) fn weights(shape: &Shape, wide: usize) -> usize {
    let Halves { blocks, left } = Halves::of(shape.in_channels);
    (PARTS * blocks + 4 * left) * BLOCK * wide * BLOCK
}

/// Where the weights of each part and of what is left over begin.
fn places(halves: Halves, wide: usize) -> [usize; PARTS + 1] {
    let square = BLOCK * wide * BLOCK;
    let mut place = 0;
    std::array::from_fn(|part| {
        let blocks = halves.blocks
            + if WITH_REST.contains(&part) {
                halves.left
            } else {
                0
            };
        let start = place;
        place += blocks * square;
        start
    })
}

/// The parts after whose weights those of the channels left over lie.
const WITH_REST: [usize; 4] = [W21, W22, T4, REST];
const W11: usize = 0;
const W21: usize = 1;
const T2: usize = 2;
const T3: usize = 3;
const T1: usize = 4;
const W22: usize = 5;
const T4: usize = 6;
const REST: usize = 7;

/// Fills `to` with the weights of the parts, given the plain weights of a tile and of its
/// partner, `[block][lane][wide][16]`.
pub(crate) fn combine(shape: &Shape, wide: usize, [one, two]: [&[f32]; 2], to: &mut [f32]) {
    let halves = Halves::of(shape.in_channels);
    let len = halves.blocks * BLOCK * wide * BLOCK;
    let place = places(halves, wide);
    let half = |tile: &[f32]| {
        let (first, rest) = tile.split_at(len);
        let (second, rest) = rest.split_at(len);
        [first.as_ptr(), second.as_ptr(), rest.as_ptr()]
    };
    let rest = one.len() - 2 * len;
    let ([w11, w21, left1], [w12, w22, left2]) = (half(one), half(two));
    assert!(
        two.len() == one.len() && to.len() == weights(shape, wide),
        "this is a bug"
    );
    let to = to.as_mut_ptr();
    let to = |part: usize| to.wrapping_add(place[part]);
    let factors = Factors {
        from: [w11, w12, w21, w22],
        to: [W11, W21, T2, T3, T1, W22, T4].map(to),
        len,
    };
    // SAFETY: the halves have `len` weights, what is left over the rest, and every part room
    // for its own.
    unsafe {
        combine_halves(&factors);
        for (left, part) in [(left1, W21), (left2, W22), (left1, T4)] {
            std::ptr::copy_nonoverlapping(left, to(part).add(len), rest);
        }
        std::ptr::copy_nonoverlapping(left2, to(REST), rest);
    }
}

/// Weights of two tiles whose parts are wanted.
struct Factors {
    from: [*const f32; 4],
    to: [*mut f32; PARTS],
    len: usize,
}

dispatch! {
    /// # Safety
    ///
    /// The weights must be readable and the parts writable, a multiple of sixteen each.
    unsafe fn combine_halves(factors: &Factors) = combine_halves_lanes;
}

#[inline(always)]
unsafe fn combine_halves_lanes<V: Lanes>(factors: &Factors) {
    // SAFETY: as promised by the caller.
    unsafe {
        for at in (0..factors.len).step_by(BLOCK) {
            let quarters = factors.from.map(|from| V::load(from.add(at)));
            let ([w11, _, w21, w22], [t1, t2, t3, t4]) = (quarters, right_sums(quarters));
            let parts = [w11, w21, t2, t3, t1, w22, t4];
            for (part, to) in parts.into_iter().zip(factors.to) {
                part.store(to.add(at));
            }
        }
    }
}

/// The sums of one signal that the products read.
#[derive(Clone, Copy)]
pub(crate) struct Sums {
    /// Rows of a half.
    pub(crate) rows: usize,
    halves: Halves,
}

impl Sums {
    pub(crate) fn of(shape: &Shape, length: usize) -> Sums {
        Sums {
            rows: length.div_ceil(2),
            halves: Halves::of(shape.in_channels),
        }
    }

    fn block_len(&self) -> usize {
        self.rows * BLOCK
    }

    /// Elements.
    pub(crate) fn len(&self) -> usize {
        (4 * self.halves.blocks + self.halves.left) * self.block_len()
    }

    /// Where the blocks of one of the sums begin.
    fn at(&self, sum: usize) -> usize {
        sum * self.halves.blocks * self.block_len()
    }

    /// Tasks of [`Sums::fill`].
    pub(crate) fn tasks(&self) -> usize {
        self.halves.blocks + self.halves.left
    }

    /// Fills one block of each sum; `input` is the first row of the first block.
    ///
    /// # Safety
    ///
    /// The input must have `length` rows of all blocks, each `block_step` after the one
    /// before, `to` room for [`Sums::len`].
    pub(crate) unsafe fn fill(
        &self,
        task: usize,
        [input, second]: [*const f32; 2],
        block_step: usize,
        to: *mut f32,
    ) {
        let Halves { blocks, .. } = self.halves;
        let block = |number: usize| number * block_step;
        let to = |sum: usize| to.wrapping_add(self.at(sum) + task * self.block_len());
        // SAFETY: as promised by the caller.
        unsafe {
            if task == blocks {
                let from = input.add(block(2 * blocks));
                return std::ptr::copy_nonoverlapping(from, to(3), self.block_len());
            }
            let from = [
                input.add(block(task)),
                input.add(block(blocks + task)),
                second.add(block(task)),
                second.add(block(blocks + task)),
            ];
            sum_left(&Quarters {
                from,
                to: std::array::from_fn(to),
                len: self.block_len(),
            });
        }
    }
}

/// Some elements of each quarter of a matrix, a multiple of sixteen.
pub(crate) struct Quarters {
    pub(crate) from: [*const f32; 4],
    /// Places of the four sums.
    pub(crate) to: [*mut f32; 4],
    pub(crate) len: usize,
}

dispatch! {
    /// Fills the sums that the products read of their left side.
    ///
    /// # Safety
    ///
    /// The quarters must be readable and the sums writable.
    pub(crate) unsafe fn sum_left(quarters: &Quarters) = sum_left_lanes;
}

dispatch! {
    /// Fills the sums that the products read of their right side.
    ///
    /// # Safety
    ///
    /// The quarters must be readable and the sums writable.
    pub(crate) unsafe fn sum_right(quarters: &Quarters) = sum_right_lanes;
}

#[inline(always)]
unsafe fn sum_left_lanes<V: Lanes>(quarters: &Quarters) {
    // SAFETY: as promised by the caller.
    unsafe { each_lanes::<V>(quarters, |quarters| left_sums(quarters)) }
}

#[inline(always)]
unsafe fn sum_right_lanes<V: Lanes>(quarters: &Quarters) {
    // SAFETY: as promised by the caller.
    unsafe { each_lanes::<V>(quarters, |quarters| right_sums(quarters)) }
}

#[inline(always)]
unsafe fn each_lanes<V: Lanes>(quarters: &Quarters, sums: impl Fn([V; 4]) -> [V; 4]) {
    for at in (0..quarters.len).step_by(BLOCK) {
        // SAFETY: as promised by the caller.
        unsafe {
            let sums = sums(quarters.from.map(|from| V::load(from.add(at))));
            for (sum, to) in sums.into_iter().zip(quarters.to) {
                sum.store(to.add(at));
            }
        }
    }
}

/// `s1` to `s4`.
#[inline(always)]
unsafe fn left_sums<V: Lanes>([x11, x12, x21, x22]: [V; 4]) -> [V; 4] {
    // SAFETY: as promised by the caller.
    unsafe {
        let s1 = x21.plus(x22);
        let s2 = s1.minus(x11);
        [s1, s2, x11.minus(x21), x12.minus(s2)]
    }
}

/// `t1` to `t4`.
#[inline(always)]
unsafe fn right_sums<V: Lanes>([w11, w12, w21, w22]: [V; 4]) -> [V; 4] {
    // SAFETY: as promised by the caller.
    unsafe {
        let t1 = w12.minus(w11);
        let t2 = w22.minus(t1);
        [t1, t2, w22.minus(w12), w21.minus(t2)]
    }
}

/// One tile and its partner for one signal.
pub(crate) struct Pair<'a> {
    pub(crate) sums: Sums,
    pub(crate) summed: &'a [f32],
    /// First rows of both halves of the first block.
    pub(crate) input: [*const f32; 2],
    pub(crate) input_step: usize,
    pub(crate) weight: &'a [f32],
    pub(crate) wide: usize,
    /// Biases of both tiles.
    pub(crate) bias: [*const f32; 2],
    /// First rows of both halves of the first block of both tiles, `[tile][half]`.
    pub(crate) output: [[*mut f32; 2]; 2],
    pub(crate) output_step: usize,
    pub(crate) row_step: usize,
    /// Whether the first row of the second half belongs to the first one.
    pub(crate) odd: bool,
    pub(crate) finish: Finish,
}

/// Fills the output of some pairs of rows of several signals.
///
/// # Safety
///
/// They must be writable by this caller alone, and be no more than [`ROWS`] in all.
pub(crate) unsafe fn multiply<'a>(
    pairs: impl Iterator<Item = Pair<'a>> + Clone,
    first: usize,
    rows: usize,
) {
    let mut rooms = [const { Rows::new() }; 4];
    let rooms = rooms.each_mut().map(|room| room.start());
    for step in 0..=PARTS {
        for (number, pair) in pairs.clone().enumerate() {
            let place = number * rows * pair.wide * BLOCK;
            let rooms = rooms.map(|room| room.wrapping_add(place));
            // SAFETY: as promised by the caller; every signal has its place in the rooms.
            unsafe { pair.step(step, first, rows, rooms) }
        }
    }
}

impl Pair<'_> {
    /// Does one step of some pairs of rows; after the last one their outputs are filled.
    ///
    /// # Safety
    ///
    /// They must be writable by this caller alone, the rooms have `rows` rows, and hold what
    /// the steps before left.
    unsafe fn step(&self, step: usize, first: usize, rows: usize, [u1, u2, u3, u5]: [*mut f32; 4]) {
        let len = rows * BLOCK;
        let room = |from: *mut f32| Start {
            from,
            block_step: len,
            row_step: BLOCK,
        };
        let skip = usize::from(self.odd && first == 0);
        let [[y11, y21], [y12, y22]] = self.output;
        let run = |part: usize, start: Start, to: *mut f32| Product {
            start,
            output: to,
            output_step: len,
            row_step: BLOCK,
            ..self.product(part, first, rows)
        };
        let finish = |part: usize, starts: [Start; 2], to: *mut f32, skip: usize| {
            let [start, also] = starts.map(|start| start.skip(skip));
            Product {
                start,
                also: Some(also),
                output: to.wrapping_add((first + skip) * self.row_step),
                output_step: self.output_step,
                row_step: self.row_step,
                finish: self.finish,
                ..self.product(part, first + skip, rows - skip)
            }
        };
        let [one, two] = self.bias.map(Start::each_row);
        let product = match step {
            0 => run(W11, Start::nothing(), u1),
            1 => finish(W21, [room(u1), one], y11, 0),
            2 => run(T2, room(u1), u2),
            3 => run(T3, room(u2), u3),
            4 => run(T1, two, u5),
            5 => finish(W22, [room(u2), room(u5)], y12, 0),
            6 => finish(T4, [room(u3), one], y21, skip),
            _ => finish(REST, [room(u3), room(u5)], y22, skip),
        };
        // SAFETY: as promised by the caller.
        unsafe { product::multiply(&product) }
    }

    /// The product of one part.
    fn product(&self, part: usize, row: usize, rows: usize) -> Product {
        let Halves { blocks, left } = self.sums.halves;
        let second = blocks * self.input_step;
        let sum = |number: usize| self.summed.as_ptr().wrapping_add(self.sums.at(number));
        let [x1, x2] = self.input;
        let summed = self.sums.block_len();
        let (input, block_step, blocks) = match part {
            W11 => (x1, self.input_step, blocks),
            W21 => (x1.wrapping_add(second), self.input_step, blocks + left),
            T1 => (sum(0), summed, blocks),
            T2 => (sum(1), summed, blocks),
            T3 => (sum(2), summed, blocks),
            W22 => (sum(3), summed, blocks + left),
            T4 => (x2.wrapping_add(second), self.input_step, blocks + left),
            _ => (x2.wrapping_add(2 * second), self.input_step, left),
        };
        let weight = places(self.sums.halves, self.wide)[part];
        Product {
            input: input.wrapping_add(row * BLOCK),
            stride: 1,
            blocks,
            block_step,
            taps: 1,
            last_lanes: BLOCK,
            weight: self.weight[weight..].as_ptr(),
            wide: self.wide,
            start: Start::nothing(),
            also: None,
            output: std::ptr::null_mut(),
            output_step: 0,
            row_step: 0,
            rows,
            finish: Finish::Plain,
        }
    }
}

/// The tile that the weights of `tile` are paired with.
pub(crate) fn partner(shape: &Shape, tile: &Tile) -> Option<Tile> {
    let half = Halves::of(shape.out_channels).blocks;
    (tile.output < half).then(|| Tile {
        output: tile.output + half,
        ..*tile
    })
}
