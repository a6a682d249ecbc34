//! The two register-blocked products every convolution is made of.
//!
//! Both read a set of *rows*, given as offsets from a base pointer, so that one
//! row can be a channel shifted by a tap without ever being copied:
//!
//! * [`multiply`]: `out[o][t] = bias[o] + Σ_r weight[r][o] · row_r[t]`
//! * [`correlate`]: `out[o][r] += Σ_t left_o[t] · row_r[t]`

#[cfg(target_arch = "x86_64")]
use crate::simd::InstructionSet;
use crate::simd::{LANES, Vector, instruction_set};

/// Output channels of one tile.
pub(super) const CHANNELS: usize = 4;
/// Vectors of columns in one tile of [`multiply`].
pub(super) const VECTORS: usize = 3;
/// Columns of one full tile of [`multiply`].
pub(super) const COLUMNS: usize = VECTORS * LANES;
/// Rows of one tile of [`correlate`].
const ROWS: usize = 3;

/// Operands of [`multiply`] for one tile of channels.
pub(super) struct Multiply<'a> {
    /// Packed data the rows lie in.
    pub(super) data: &'a [f32],
    /// Start of every row within `data`, for column 0.
    pub(super) rows: &'a [u32],
    /// Distance in `data` from one full tile of columns to the next.
    pub(super) tile_step: usize,
    /// Weights `[row][CHANNELS]`.
    pub(super) weight: &'a [f32],
    /// Added to every column.
    pub(super) bias: [f32; CHANNELS],
}

/// Fills `out`, `[CHANNELS][width]` with `width` a multiple of [`COLUMNS`].
///
/// # Panics
///
/// If a row would be read beyond `data`, or a size does not fit.
pub(super) fn multiply(operands: &Multiply<'_>, out: &mut [f32]) {
    let width = out.len() / CHANNELS;
    let tiles = width / COLUMNS;
    assert!(
        width.is_multiple_of(COLUMNS) && out.len() == width * CHANNELS,
        "this is a bug"
    );
    assert!(
        operands.weight.len() == operands.rows.len() * CHANNELS,
        "this is a bug"
    );
    let last = operands.rows.iter().max().map_or(0, |&row| row as usize);
    let reach = last + tiles.saturating_sub(1) * operands.tile_step + COLUMNS;
    assert!(tiles == 0 || operands.data.len() >= reach, "this is a bug");
    match instruction_set() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the machine has AVX2 and FMA; the assertions bound every access.
        InstructionSet::Avx2 | InstructionSet::Avx512 => unsafe {
            multiply_avx2(operands, out, tiles)
        },
        // SAFETY: the assertions bound every access.
        _ => unsafe { multiply_tiles::<[f32; LANES]>(operands, out, tiles) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn multiply_avx2(operands: &Multiply<'_>, out: &mut [f32], tiles: usize) {
    // SAFETY: as promised by the caller.
    unsafe { multiply_tiles::<std::arch::x86_64::__m256>(operands, out, tiles) }
}

#[inline(always)]
unsafe fn multiply_tiles<V: Vector>(operands: &Multiply<'_>, out: &mut [f32], tiles: usize) {
    let width = out.len() / CHANNELS;
    for tile in 0..tiles {
        // SAFETY: `multiply` has checked that every row of every tile lies in `data`
        // and that `out` holds CHANNELS rows of `width` columns.
        unsafe {
            let data = operands.data.as_ptr().add(tile * operands.tile_step);
            let mut sums = [[V::zero(); VECTORS]; CHANNELS];
            for (channel, sum) in sums.iter_mut().enumerate() {
                *sum = [V::splat(operands.bias[channel]); VECTORS];
            }
            let mut weight = operands.weight.as_ptr();
            for &row in operands.rows {
                let from = data.add(row as usize);
                let column = [
                    V::load(from),
                    V::load(from.add(LANES)),
                    V::load(from.add(2 * LANES)),
                ];
                for (channel, sum) in sums.iter_mut().enumerate() {
                    let factor = V::broadcast(weight.add(channel));
                    for vector in 0..VECTORS {
                        sum[vector] = sum[vector].add_product(column[vector], factor);
                    }
                }
                weight = weight.add(CHANNELS);
            }
            for (channel, sum) in sums.iter().enumerate() {
                let to = out.as_mut_ptr().add(channel * width + tile * COLUMNS);
                for (vector, value) in sum.iter().enumerate() {
                    value.store(to.add(vector * LANES));
                }
            }
        }
    }
}

/// Operands of [`correlate`] for one tile of channels and one block of columns.
pub(super) struct Correlate<'a> {
    /// Packed data of the left side.
    pub(super) left: &'a [f32],
    /// Start of each left row within `left`.
    pub(super) left_rows: [usize; CHANNELS],
    /// Packed data of the right side.
    pub(super) right: &'a [f32],
    /// Start of every right row within `right`.
    pub(super) right_rows: &'a [u32],
    /// First column of the block.
    pub(super) start: usize,
    /// Columns of the block, a multiple of [`LANES`].
    pub(super) columns: usize,
}

/// Adds to `out`, `[CHANNELS][rows]`, the products over one block of columns.
///
/// # Panics
///
/// If a row would be read beyond its data, or a size does not fit.
pub(super) fn correlate(operands: &Correlate<'_>, out: &mut [f32]) {
    let end = operands.start + operands.columns;
    let right = operands
        .right_rows
        .iter()
        .max()
        .map_or(0, |&row| row as usize);
    let left = operands.left_rows.iter().max().copied().unwrap_or(0);
    assert!(operands.columns.is_multiple_of(LANES), "this is a bug");
    assert!(
        right + end <= operands.right.len() && left + end <= operands.left.len(),
        "this is a bug"
    );
    assert!(
        out.len() == CHANNELS * operands.right_rows.len(),
        "this is a bug"
    );
    match instruction_set() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the machine has AVX2 and FMA; the assertions bound every access.
        InstructionSet::Avx2 | InstructionSet::Avx512 => unsafe { correlate_avx2(operands, out) },
        // SAFETY: the assertions bound every access.
        _ => unsafe { correlate_rows::<[f32; LANES]>(operands, out) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn correlate_avx2(operands: &Correlate<'_>, out: &mut [f32]) {
    // SAFETY: as promised by the caller.
    unsafe { correlate_rows::<std::arch::x86_64::__m256>(operands, out) }
}

#[inline(always)]
unsafe fn correlate_rows<V: Vector>(operands: &Correlate<'_>, out: &mut [f32]) {
    let rows = operands.right_rows.len();
    let full = rows - rows % ROWS;
    // SAFETY: `correlate` has checked the reach of every row.
    unsafe {
        for row in (0..full).step_by(ROWS) {
            correlate_tile::<V, ROWS>(operands, row, rows, out);
        }
        for row in full..rows {
            correlate_tile::<V, 1>(operands, row, rows, out);
        }
    }
}

#[inline(always)]
unsafe fn correlate_tile<V: Vector, const R: usize>(
    operands: &Correlate<'_>,
    row: usize,
    rows: usize,
    out: &mut [f32],
) {
    // SAFETY: `correlate` has checked the reach of every row.
    unsafe {
        let left = operands
            .left_rows
            .map(|start| operands.left.as_ptr().add(start));
        let right: [*const f32; R] = std::array::from_fn(|r| {
            operands
                .right
                .as_ptr()
                .add(operands.right_rows[row + r] as usize)
        });
        let mut sums = [[V::zero(); R]; CHANNELS];
        let mut column = operands.start;
        while column < operands.start + operands.columns {
            let values: [V; R] = std::array::from_fn(|r| V::load(right[r].add(column)));
            for (channel, sum) in sums.iter_mut().enumerate() {
                let factor = V::load(left[channel].add(column));
                for r in 0..R {
                    sum[r] = sum[r].add_product(values[r], factor);
                }
            }
            column += LANES;
        }
        for (channel, sum) in sums.iter().enumerate() {
            for (r, value) in sum.iter().enumerate() {
                out[channel * rows + row + r] += value.sum();
            }
        }
    }
}
