//! The register-blocked product every convolution is made of.
//!
//! A tile of `M` rows (samples of time) by `N` blocks of sixteen output channels is held
//! in registers while the inputs are walked: for every input block, tap and lane, one
//! vector of weights per block is read and multiplied by `M` numbers of the input, each
//! read into all lanes. In the blocked layout row and tap are fixed distances apart, so a
//! shifted row is read where it lies.

use crate::simd::{BLOCK, Lanes, dispatch};

/// Output blocks of a wide tile of weights.
pub(crate) const WIDE: usize = 2;

/// What is done to a finished sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    Plain,
    Silu,
    Sigmoid,
}

/// One run of rows by one or two blocks of output channels.
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
    /// Start of the sums, `[wide][16]`.
    pub(crate) bias: *const f32,
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
fn tile_rows<V: Lanes>(together: bool) -> &'static [usize] {
    match (V::REGISTERS, together) {
        (1, false) => &[24, 20, 16, 12, 8, 4, 1],
        (1, true) => &[14, 12, 10, 6, 3, 1],
        (2 | 4, _) => &[6, 5, 4, 2, 1],
        _ => &[2, 1],
    }
}

/// The tile that covers `rows` with the fewest rows in all, the taller of equals.
fn best_tile(rows: usize, tiles: &[usize]) -> usize {
    let fitting = tiles.iter().copied().filter(|&tile| tile <= rows);
    // A tile costs its rows and about one more for what is done once a tile.
    let cost = |tile: usize| rows.div_ceil(tile) * (tile + 1);
    fitting.min_by_key(|&tile| cost(tile)).unwrap_or(1)
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
                bias: product.bias.add(block * BLOCK),
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
        1 | 2 => best_tile(product.rows, tile_rows::<V>(together)),
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
            (_, 2) => by_rows!(product, V, 1, 2, 4 8 12 16 20 24),
            _ if together => by_rows!(product, V, 2, 1, 3 6 10 12 14),
            _ => by_rows!(product, V, 1, 1, 4 8 12 16 20 24),
        }
    }
}

#[inline(always)]
unsafe fn tile<V: Lanes, const M: usize, const N: usize, const S: usize>(product: &Product) {
    // SAFETY: as promised by the caller.
    unsafe {
        let mut sums = [[V::splat(0.0); N]; M];
        for row in &mut sums {
            for (block, sum) in row.iter_mut().enumerate() {
                *sum = V::load(product.bias.add(block * BLOCK));
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
                    weight = weight.add(step);
                    from = from.add(1);
                }
                tap = tap.add(BLOCK);
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
