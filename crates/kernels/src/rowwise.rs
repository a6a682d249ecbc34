//! Work on rows of sixteen channels: means over time, gates and shortcut, activation.

use crate::simd::{BLOCK, Lanes, dispatch};

/// Where the shortcut reads sixteen channels that may lie across two blocks.
#[derive(Clone, Copy)]
pub(crate) struct Source {
    /// First row, lanes from `shift` on valid.
    pub(crate) low: *const f32,
    pub(crate) low_step: usize,
    /// First row, lanes before `shift` valid.
    pub(crate) high: *const f32,
    pub(crate) high_step: usize,
    pub(crate) shift: usize,
    /// Rows.
    pub(crate) rows: usize,
    /// Whether each output takes the larger of two rows.
    pub(crate) halves: bool,
}

/// Sixteen zeros, read where the shortcut has no channel.
pub(crate) static ZEROS: [f32; BLOCK] = [0.0; BLOCK];

impl Source {
    /// The channels that output block `block` takes from a strip of `blocks`, centred
    /// with `before` channels of zeros in front.
    ///
    /// `first` finds the first row of a block; a row must lie before it and after the last.
    pub(crate) fn new(
        block: usize,
        blocks: usize,
        before: usize,
        first: impl Fn(usize) -> *const f32,
        rows: usize,
        halves: bool,
    ) -> Source {
        let shift = before % BLOCK;
        let low = block.checked_sub(before / BLOCK);
        let high = low.and_then(|low| low.checked_sub(1));
        let place = |block: Option<usize>, offset: isize| match block.filter(|&b| b < blocks) {
            Some(block) => (first(block).wrapping_offset(offset), BLOCK),
            None => (ZEROS.as_ptr(), 0),
        };
        let (low, low_step) = place(low, -(shift as isize));
        let (high, high_step) = place(high, (BLOCK - shift) as isize);
        Source {
            low,
            low_step,
            high,
            high_step,
            shift,
            rows,
            halves,
        }
    }

    #[inline(always)]
    unsafe fn row<V: Lanes>(&self, row: usize, lanes: V) -> V {
        // SAFETY: the caller's row exists, and `new` asks for a row on either side.
        unsafe {
            let low = V::load(self.low.wrapping_add(row * self.low_step));
            if self.shift == 0 {
                return low;
            }
            let high = V::load(self.high.wrapping_add(row * self.high_step));
            V::splat(self.shift as f32 - 0.5).if_greater(lanes, high, low)
        }
    }

    #[inline(always)]
    unsafe fn at<V: Lanes>(&self, row: usize, lanes: V) -> V {
        // SAFETY: as promised by the caller.
        unsafe {
            if !self.halves {
                return self.row(row, lanes);
            }
            let left = self.row(2 * row, lanes);
            let right = if 2 * row + 1 < self.rows {
                self.row(2 * row + 1, lanes)
            } else {
                V::splat(0.0)
            };
            right.maximum(left)
        }
    }
}

/// Numbers of the lanes.
static LANE_NUMBERS: [f32; BLOCK] = [
    0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0,
];

/// An affine map per channel before SiLU.
#[derive(Clone, Copy)]
pub(crate) struct Affine {
    pub(crate) scale: *const f32,
    pub(crate) shift: *const f32,
}

/// One block of the end of a residual block.
#[derive(Clone, Copy)]
pub(crate) struct Join {
    /// The branch; becomes the sum.
    pub(crate) branch: *mut f32,
    pub(crate) gate: *const f32,
    pub(crate) source: Source,
    /// Rows of the branch.
    pub(crate) rows: usize,
    /// Where SiLU of the sum goes, through an affine map.
    pub(crate) activated: Option<(*mut f32, Affine)>,
}

dispatch! {
    /// `branch ← branch · gate + shortcut`, and its activation.
    ///
    /// # Safety
    ///
    /// Every place the fields describe must be readable or writable by this caller alone.
    pub(crate) unsafe fn join(join: &Join) = join_lanes;
}

#[inline(always)]
unsafe fn join_lanes<V: Lanes>(join: &Join) {
    // SAFETY: as promised by the caller.
    unsafe {
        let gate = V::load(join.gate);
        let lanes = V::load(LANE_NUMBERS.as_ptr());
        for row in 0..join.rows {
            let place = join.branch.add(row * BLOCK);
            let source = join.source.at(row, lanes);
            source.plus_product(V::load(place), gate).store(place);
        }
        if let Some((to, affine)) = join.activated {
            activate_lanes::<V>(join.branch, affine, join.rows, to);
        }
    }
}

dispatch! {
    /// Fills `to` with `silu(scale · from + shift)`, rows of one block.
    ///
    /// # Safety
    ///
    /// As many rows must be readable and writable.
    pub(crate) unsafe fn activate(from: *const f32, affine: Affine, rows: usize, to: *mut f32) = activate_lanes;
}

#[inline(always)]
unsafe fn activate_lanes<V: Lanes>(from: *const f32, affine: Affine, rows: usize, to: *mut f32) {
    // SAFETY: as promised by the caller.
    unsafe {
        let (scale, shift) = (V::load(affine.scale), V::load(affine.shift));
        for row in 0..rows {
            let value = shift.plus_product(V::load(from.add(row * BLOCK)), scale);
            value.times(value.sigmoid()).store(to.add(row * BLOCK));
        }
    }
}

dispatch! {
    /// Fills sixteen means over the rows of one block.
    ///
    /// # Safety
    ///
    /// As many rows must be readable.
    pub(crate) unsafe fn mean(from: *const f32, rows: usize, to: *mut f32) = mean_lanes;
}

#[inline(always)]
unsafe fn mean_lanes<V: Lanes>(from: *const f32, rows: usize, to: *mut f32) {
    // SAFETY: as promised by the caller.
    unsafe {
        let mut sums = [V::splat(0.0); 4];
        for row in 0..rows / 4 {
            for (phase, sum) in sums.iter_mut().enumerate() {
                *sum = sum.plus(V::load(from.add((4 * row + phase) * BLOCK)));
            }
        }
        for row in rows / 4 * 4..rows {
            sums[0] = sums[0].plus(V::load(from.add(row * BLOCK)));
        }
        let [a, b, c, d] = sums;
        let total = a.plus(b).plus(c.plus(d));
        total.over(V::splat(rows as f32)).store(to);
    }
}
