//! The register-blocked product every convolution is made of.
//!
//! A tile of `M` rows (samples of time) by `N` blocks of sixteen output channels is held
//! in registers while the inputs are walked: for every input block, tap and lane, one
//! vector of weights per block is read and multiplied by `M` numbers of the input, each
//! read into all lanes. In the blocked layout row and tap are fixed distances apart, so a
//! shifted row is read where it lies.

use crate::rowwise::ZEROS;
use crate::simd::{BLOCK, InstructionSet, Lanes, dispatch, instruction_set};

/// Most output blocks of a tile of weights.
pub(crate) const WIDE: usize = 2;

/// Output blocks whose weights lie beside each other: as many as sums are held of at once, so
/// that weights are read as they lie.
pub(crate) fn wide() -> usize {
    match instruction_set() {
        InstructionSet::Avx512 => WIDE,
        _ => 1,
    }
}

/// What is done to a finished sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    Plain,
    Silu,
    Sigmoid,
}

/// Numbers that sums start from: a row of sixteen for every row and block of the output,
/// or, with a step of zero, one for all of them.
#[derive(Clone, Copy)]
pub(crate) struct Start {
    pub(crate) from: *const f32,
    /// Distance from one output block to the next.
    pub(crate) block_step: usize,
    /// Distance from one output row to the next.
    pub(crate) row_step: usize,
}

impl Start {
    /// The same sixteen numbers for every row.
    pub(crate) fn each_row(from: *const f32) -> Start {
        Start {
            from,
            block_step: BLOCK,
            row_step: 0,
        }
    }

    /// Zeros.
    pub(crate) fn nothing() -> Start {
        Start {
            from: ZEROS.as_ptr(),
            block_step: 0,
            row_step: 0,
        }
    }

    /// From a later row on.
    pub(crate) fn skip(self, rows: usize) -> Start {
        self.at(0, rows)
    }

    #[inline(always)]
    fn at(self, block: usize, row: usize) -> Start {
        let place = block * self.block_step + row * self.row_step;
        Start {
            from: self.from.wrapping_add(place),
            ..self
        }
    }

    #[inline(always)]
    unsafe fn load<V: Lanes>(self, block: usize, row: usize) -> V {
        // SAFETY: as promised by the caller.
        unsafe { V::load(self.at(block, row).from) }
    }
}

/// One run of rows by one or two blocks of output channels.
///
/// Sums may not start from places that are written: the last tile of rows may overlap the
/// one before.
#[derive(Clone, Copy)]
pub(crate) struct Product {
    /// First lane of the first tap of row 0 in the first input block.
    pub(crate) input: *const f32,
    /// Distance from one row to the next, in rows of the input.
    pub(crate) stride: usize,
    /// Input blocks.
    pub(crate) blocks: usize,
    /// Distance from one input block to the next.
    pub(crate) block_step: usize,
    /// Rows of the input that each output reads.
    pub(crate) taps: usize,
    /// Lanes used of the last input block.
    pub(crate) last_lanes: usize,
    /// Weights `[block][tap][lane][wide][16]`.
    pub(crate) weight: *const f32,
    /// Output blocks, 1 or [`WIDE`].
    pub(crate) wide: usize,
    pub(crate) start: Start,
    /// What is added to the start.
    pub(crate) also: Option<Start>,
    /// First row of the first output block.
    pub(crate) output: *mut f32,
    /// Distance from one output block to the next.
    pub(crate) output_step: usize,
    /// Distance from one output row to the next.
    pub(crate) row_step: usize,
    /// Output rows.
    pub(crate) rows: usize,
    pub(crate) finish: Finish,
}

dispatch! {
    /// Fills the output rows.
    ///
    /// # Safety
    ///
    /// Every place the fields describe must be readable or writable, and no output place
    /// may be touched by anybody else meanwhile.
    pub(crate) unsafe fn multiply(product: &Product) = multiply_lanes;
}

/// Rows of the tiles there are, largest first: as many sums as the registers hold beside
/// the weights and the input, and some heights that cover short signals well.
struct Heights {
    tiles: &'static [usize],
    /// The best tile for a few rows.
    best: [u8; FEW],
}

/// Rows for which the best tile is looked up.
const FEW: usize = 32;

static ONE_REGISTER: Heights = Heights::new(&[24, 20, 16, 12, 10, 8, 5, 4, 1]);
static ONE_REGISTER_WIDE: Heights = Heights::new(&[14, 12, 10, 6, 3, 1]);
static TWO_REGISTERS: Heights = Heights::new(&[6, 5, 4, 2, 1]);
static MANY_REGISTERS: Heights = Heights::new(&[2, 1]);

impl Heights {
    const fn new(tiles: &'static [usize]) -> Heights {
        let mut best = [1; FEW];
        let mut rows = 1;
        while rows < FEW {
            best[rows] = best_tile(rows, tiles) as u8;
            rows += 1;
        }
        Heights { tiles, best }
    }

    fn of<V: Lanes>(together: bool) -> &'static Heights {
        match (V::REGISTERS, together) {
            (1, false) => &ONE_REGISTER,
            (1, true) => &ONE_REGISTER_WIDE,
            (2 | 4, _) => &TWO_REGISTERS,
            _ => &MANY_REGISTERS,
        }
    }

    fn best(&self, rows: usize) -> usize {
        match self.best.get(rows) {
            Some(best) => usize::from(*best),
            None => best_tile(rows, self.tiles),
        }
    }
}

/// The tile that covers `rows` with the fewest rows in all, the taller of equals.
const fn best_tile(rows: usize, tiles: &[usize]) -> usize {
    let (mut best, mut least, mut number) = (1, usize::MAX, 0);
    while number < tiles.len() {
        let tile = tiles[number];
        // A tile costs its rows and about one more for what is done once a tile.
        let cost = rows.div_ceil(tile) * (tile + 1);
        if tile <= rows && cost < least {
            (best, least) = (tile, cost);
        }
        number += 1;
    }
    best
}

#[inline(always)]
unsafe fn multiply_lanes<V: Lanes>(product: &Product) {
    // SAFETY: as promised by the caller.
    unsafe {
        if product.wide == WIDE && V::REGISTERS == 1 && product.stride == 1 {
            return run_rows::<V>(product, true);
        }
        for block in 0..product.wide {
            let one = Product {
                weight: product.weight.add(block * BLOCK),
                start: product.start.at(block, 0),
                also: product.also.map(|also| also.at(block, 0)),
                output: product.output.add(block * product.output_step),
                ..*product
            };
            run_rows::<V>(&one, false);
        }
    }
}

/// Covers the rows with equal tiles; the last one may overlap the one before.
#[inline(always)]
unsafe fn run_rows<V: Lanes>(product: &Product, together: bool) {
    let most = match product.stride {
        1 | 2 => Heights::of::<V>(together).best(product.rows),
        _ => 1,
    };
    let mut row = 0;
    while row < product.rows {
        let start = row.min(product.rows - most);
        // SAFETY: as promised by the caller.
        unsafe {
            let part = Product {
                input: product.input.add(start * product.stride * BLOCK),
                output: product.output.add(start * product.row_step),
                start: product.start.at(0, start),
                also: product.also.map(|also| also.at(0, start)),
                rows: most,
                ..*product
            };
            run_tile::<V>(&part, together);
            finish::<V>(&part, if together { WIDE } else { 1 });
        }
        row += most;
    }
}

#[inline(always)]
unsafe fn finish<V: Lanes>(product: &Product, blocks: usize) {
    if product.finish == Finish::Plain {
        return;
    }
    // SAFETY: as promised by the caller.
    unsafe {
        for block in 0..blocks {
            for row in 0..product.rows {
                let place = product
                    .output
                    .add(block * product.output_step + row * product.row_step);
                let value = V::load(place);
                let gate = value.sigmoid();
                let value = if product.finish == Finish::Silu {
                    value.times(gate)
                } else {
                    gate
                };
                value.store(place);
            }
        }
    }
}

macro_rules! by_rows {
    ($product:expr, $lanes:ty, $blocks:literal, $stride:literal, $($rows:literal)*) => {
        match $product.rows {
            $($rows => tile::<$lanes, $rows, $blocks, $stride>($product),)*
            _ => tile::<$lanes, 1, $blocks, $stride>($product),
        }
    };
}

#[inline(always)]
unsafe fn run_tile<V: Lanes>(product: &Product, together: bool) {
    // SAFETY: as promised by the caller.
    unsafe {
        match (V::REGISTERS, product.stride) {
            (16, 2) => by_rows!(product, V, 1, 2, 2),
            (16, _) => by_rows!(product, V, 1, 1, 2),
            (2 | 4, 2) => by_rows!(product, V, 1, 2, 2 4 5 6),
            (2 | 4, _) => by_rows!(product, V, 1, 1, 2 4 5 6),
            (_, 2) => by_rows!(product, V, 1, 2, 4 5 8 10 12 16 20 24),
            _ if together => by_rows!(product, V, 2, 1, 3 6 10 12 14),
            _ => by_rows!(product, V, 1, 1, 4 5 8 10 12 16 20 24),
        }
    }
}

#[inline(always)]
unsafe fn tile<V: Lanes, const M: usize, const N: usize, const S: usize>(product: &Product) {
    // SAFETY: as promised by the caller.
    unsafe {
        let mut sums = [[V::splat(0.0); N]; M];
        for (row, sums) in sums.iter_mut().enumerate() {
            for (block, sum) in sums.iter_mut().enumerate() {
                *sum = product.start.load(block, row);
            }
        }
        if let Some(also) = &product.also {
            for (row, sums) in sums.iter_mut().enumerate() {
                for (block, sum) in sums.iter_mut().enumerate() {
                    *sum = sum.plus(also.load(block, row));
                }
            }
        }
        let step = product.wide * BLOCK;
        let mut weight = product.weight;
        for block in 0..product.blocks {
            let lanes = if block + 1 == product.blocks {
                product.last_lanes
            } else {
                BLOCK
            };
            let mut tap = product.input.add(block * product.block_step);
            for _ in 0..product.taps {
                let mut from = tap;
                let end = tap.add(lanes);
                while from < end {
                    let mut weights = [V::splat(0.0); N];
                    for (block, value) in weights.iter_mut().enumerate() {
                        *value = V::load(weight.add(block * BLOCK));
                    }
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let factor = V::splat(*from.add(row * S * BLOCK));
                        for (sum, weight) in sums.iter_mut().zip(weights) {
                            *sum = sum.plus_product(factor, weight);
                        }
                    }
                    weight = weight.wrapping_add(step);
                    from = from.add(1);
                }
                tap = tap.wrapping_add(BLOCK);
            }
        }
        for (row, sums) in sums.into_iter().enumerate() {
            for (block, sum) in sums.into_iter().enumerate() {
                sum.store(
                    product
                        .output
                        .add(block * product.output_step + row * product.row_step),
                );
            }
        }
    }
}
