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
    pub(crate) branch: *const f32,
    /// Where the sum goes; may be the branch.
    pub(crate) sum: *mut f32,
    pub(crate) gate: *const f32,
    pub(crate) source: Source,
    /// Rows of the branch.
    pub(crate) rows: usize,
    /// Where SiLU of the sum goes, through an affine map.
    pub(crate) activated: Option<(*mut f32, Affine)>,
}

dispatch! {
    /// `sum ← branch · gate + shortcut`, and its activation.
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
            let source = join.source.at(row, lanes);
            let value = V::load(join.branch.add(row * BLOCK));
            source
                .plus_product(value, gate)
                .store(join.sum.add(row * BLOCK));
        }
        if let Some((to, affine)) = join.activated {
            activate_lanes::<V>(join.sum, affine, join.rows, to);
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

/// Sum over the rows in four interleaved partial sums; `add` adds one row to a sum.
#[inline(always)]
unsafe fn sum_rows<V: Lanes>(rows: usize, add: impl Fn(V, usize) -> V) -> V {
    // SAFETY: as promised by the caller.
    unsafe {
        let mut sums = [V::splat(0.0); 4];
        for quad in 0..rows / 4 {
            for (phase, sum) in sums.iter_mut().enumerate() {
                *sum = add(*sum, 4 * quad + phase);
            }
        }
        for row in rows / 4 * 4..rows {
            sums[0] = add(sums[0], row);
        }
        let [a, b, c, d] = sums;
        a.plus(b).plus(c.plus(d))
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
        let total = sum_rows::<V>(rows, |sum, row| sum.plus(V::load(from.add(row * BLOCK))));
        total.over(V::splat(rows as f32)).store(to);
    }
}

/// Which elements of a block are dropped.
#[derive(Clone, Copy)]
pub(crate) struct Dropped {
    /// Seeds of the sixteen rows of the mask.
    pub(crate) seeds: [u32; BLOCK],
    /// Hashes below are dropped.
    pub(crate) threshold: f32,
    /// What is kept is multiplied by this.
    pub(crate) scale: f32,
}

impl Dropped {
    #[inline(always)]
    unsafe fn factor<V: Lanes>(&self, row: usize) -> V {
        // SAFETY: there are sixteen seeds; the rest is promised by the caller.
        unsafe {
            let hashes = V::hashes(self.seeds.as_ptr(), row as u32);
            V::splat(self.threshold).if_greater(hashes, V::splat(0.0), V::splat(self.scale))
        }
    }
}

dispatch! {
    /// [`activate`], then dropout.
    ///
    /// # Safety
    ///
    /// As many rows must be readable and writable.
    pub(crate) unsafe fn activate_dropped(from: *const f32, affine: Affine, dropped: &Dropped, rows: usize, to: *mut f32) = activate_dropped_lanes;
}

#[inline(always)]
unsafe fn activate_dropped_lanes<V: Lanes>(
    from: *const f32,
    affine: Affine,
    dropped: &Dropped,
    rows: usize,
    to: *mut f32,
) {
    // SAFETY: as promised by the caller.
    unsafe {
        let (scale, shift) = (V::load(affine.scale), V::load(affine.shift));
        for row in 0..rows {
            let value = shift.plus_product(V::load(from.add(row * BLOCK)), scale);
            let factor = dropped.factor::<V>(row);
            value
                .times(value.sigmoid().times(factor))
                .store(to.add(row * BLOCK));
        }
    }
}

/// The derivative of an activation over one block, for several gradients.
#[derive(Clone, Copy)]
pub(crate) struct Slope {
    pub(crate) input: *const f32,
    pub(crate) affine: Affine,
    /// Mean per channel, for the sums.
    pub(crate) mean: *const f32,
    pub(crate) dropped: Option<Dropped>,
    pub(crate) rows: usize,
    /// Gradient of the output, becomes the gradient of the affine map's value.
    pub(crate) grad: *mut f32,
    /// Distance from one gradient to the next.
    pub(crate) grad_step: usize,
    pub(crate) grads: usize,
    /// Per gradient sixteen sums of it, and sixteen of it times the centred input.
    pub(crate) sums: *mut f32,
    pub(crate) sums_step: usize,
}

/// Rows whose derivative is kept while the gradients go by.
const SLOPES: usize = 32;

dispatch! {
    /// Works through the rows.
    ///
    /// # Safety
    ///
    /// Every place the fields describe must be readable, gradients and sums writable by
    /// this caller alone.
    pub(crate) unsafe fn slope(slope: &Slope) = slope_lanes;
}

#[inline(always)]
unsafe fn slope_lanes<V: Lanes>(slope: &Slope) {
    // SAFETY: as promised by the caller.
    unsafe {
        let (scale, shift) = (V::load(slope.affine.scale), V::load(slope.affine.shift));
        let (one, mean) = (V::splat(1.0), V::load(slope.mean));
        let mut slopes = [V::splat(0.0); SLOPES];
        for start in (0..slope.rows).step_by(SLOPES) {
            let rows = SLOPES.min(slope.rows - start);
            for (row, place) in slopes.iter_mut().enumerate().take(rows) {
                let input = V::load(slope.input.add((start + row) * BLOCK));
                let value = shift.plus_product(input, scale);
                let gate = value.sigmoid();
                *place = gate.times(one.plus_product(value, one.minus(gate)));
                if let Some(dropped) = &slope.dropped {
                    *place = place.times(dropped.factor::<V>(start + row));
                }
            }
            for grad in 0..slope.grads {
                let sums = slope.sums.add(grad * slope.sums_step);
                let (mut sum, mut product) = (V::load(sums), V::load(sums.add(BLOCK)));
                let from = slope.grad.add(grad * slope.grad_step + start * BLOCK);
                for (row, slope_of_row) in slopes.iter().enumerate().take(rows) {
                    let value = V::load(from.add(row * BLOCK)).times(*slope_of_row);
                    let input = V::load(slope.input.add((start + row) * BLOCK));
                    value.store(from.add(row * BLOCK));
                    sum = sum.plus(value);
                    product = product.plus_product(value, input.minus(mean));
                }
                sum.store(sums);
                product.store(sums.add(BLOCK));
            }
        }
    }
}

dispatch! {
    /// `grad ← scale · grad − (slope · input + offset)` per channel, all four of sixteen.
    ///
    /// # Safety
    ///
    /// As many rows must be readable and writable; `terms` is `[scale, slope, offset][16]`.
    pub(crate) unsafe fn centre(input: *const f32, terms: *const f32, rows: usize, grad: *mut f32) = centre_lanes;
}

#[inline(always)]
unsafe fn centre_lanes<V: Lanes>(
    input: *const f32,
    terms: *const f32,
    rows: usize,
    grad: *mut f32,
) {
    // SAFETY: as promised by the caller.
    unsafe {
        let [scale, slope, offset] = [0, 1, 2].map(|term| V::load(terms.add(term * BLOCK)));
        let zero = V::splat(0.0);
        let (slope, offset) = (zero.minus(slope), zero.minus(offset));
        for row in 0..rows {
            let place = grad.add(row * BLOCK);
            let shift = offset.plus_product(V::load(input.add(row * BLOCK)), slope);
            shift.plus_product(V::load(place), scale).store(place);
        }
    }
}

dispatch! {
    /// Sixteen means over the rows of one block, then sixteen sums of squared differences
    /// from them.
    ///
    /// # Safety
    ///
    /// As many rows must be readable, and `to` writable.
    pub(crate) unsafe fn moments(from: *const f32, rows: usize, to: *mut f32) = moments_lanes;
}

#[inline(always)]
unsafe fn moments_lanes<V: Lanes>(from: *const f32, rows: usize, to: *mut f32) {
    // SAFETY: as promised by the caller.
    unsafe {
        mean_lanes::<V>(from, rows, to);
        let mean = V::load(to);
        let squares = sum_rows::<V>(rows, |sum, row| {
            let difference = V::load(from.add(row * BLOCK)).minus(mean);
            sum.plus_product(difference, difference)
        });
        squares.store(to.add(BLOCK));
    }
}

dispatch! {
    /// Adds the rows of one block to sixteen sums.
    ///
    /// # Safety
    ///
    /// As many rows must be readable, and `sums` writable.
    pub(crate) unsafe fn add_rows(from: *const f32, rows: usize, sums: *mut f32) = add_rows_lanes;
}

#[inline(always)]
unsafe fn add_rows_lanes<V: Lanes>(from: *const f32, rows: usize, sums: *mut f32) {
    // SAFETY: as promised by the caller.
    unsafe {
        let total = sum_rows::<V>(rows, |sum, row| sum.plus(V::load(from.add(row * BLOCK))));
        V::load(sums).plus(total).store(sums);
    }
}

dispatch! {
    /// Sixteen sums of products over the rows of two blocks.
    ///
    /// # Safety
    ///
    /// As many rows must be readable, and `to` writable.
    pub(crate) unsafe fn dot(a: *const f32, b: *const f32, rows: usize, to: *mut f32) = dot_lanes;
}

#[inline(always)]
unsafe fn dot_lanes<V: Lanes>(a: *const f32, b: *const f32, rows: usize, to: *mut f32) {
    // SAFETY: as promised by the caller.
    unsafe {
        let total = sum_rows::<V>(rows, |sum, row| {
            sum.plus_product(V::load(a.add(row * BLOCK)), V::load(b.add(row * BLOCK)))
        });
        total.store(to);
    }
}

dispatch! {
    /// Fills the rows of one block with `factor · from + offset`, sixteen of each.
    ///
    /// # Safety
    ///
    /// As many rows must be readable and writable.
    pub(crate) unsafe fn scale_rows(from: *const f32, factor: *const f32, offset: *const f32, rows: usize, to: *mut f32) = scale_rows_lanes;
}

#[inline(always)]
unsafe fn scale_rows_lanes<V: Lanes>(
    from: *const f32,
    factor: *const f32,
    offset: *const f32,
    rows: usize,
    to: *mut f32,
) {
    // SAFETY: as promised by the caller.
    unsafe {
        let (factor, offset) = (V::load(factor), V::load(offset));
        for row in 0..rows {
            let value = V::load(from.add(row * BLOCK));
            offset
                .plus_product(value, factor)
                .store(to.add(row * BLOCK));
        }
    }
}

/// The way back through the shortcut, for one block of its input.
#[derive(Clone, Copy)]
pub(crate) struct Unpool {
    /// The input, where the larger of two rows is looked for.
    pub(crate) input: *const f32,
    /// Gradient of the sum, in the input's channels.
    pub(crate) grad: Source,
    /// Gradient of the input, added to.
    pub(crate) to: *mut f32,
    /// Rows of the input.
    pub(crate) rows: usize,
    /// Lanes of the input that are channels.
    pub(crate) lanes: usize,
    pub(crate) halves: bool,
}

dispatch! {
    /// Adds each gradient to the row it came from: to the larger of a pair, the first
    /// where they are equal.
    ///
    /// # Safety
    ///
    /// Every place the fields describe must be readable, `to` writable by this caller alone.
    pub(crate) unsafe fn unpool(unpool: &Unpool) = unpool_lanes;
}

#[inline(always)]
unsafe fn unpool_lanes<V: Lanes>(unpool: &Unpool) {
    // SAFETY: as promised by the caller.
    unsafe {
        let (lanes, zero) = (V::load(LANE_NUMBERS.as_ptr()), V::splat(0.0));
        let used = V::splat(unpool.lanes as f32 - 0.5);
        let (pairs, step) = match unpool.halves {
            true => (unpool.rows.div_ceil(2), 2),
            false => (unpool.rows, 1),
        };
        for pair in 0..pairs {
            let grad = used.if_greater(lanes, unpool.grad.row(pair, lanes), zero);
            let row = step * pair;
            if !unpool.halves {
                add_row(unpool.to, row, grad);
                continue;
            }
            let left = V::load(unpool.input.add(row * BLOCK));
            let right = match row + 1 < unpool.rows {
                true => V::load(unpool.input.add((row + 1) * BLOCK)),
                false => zero,
            };
            add_row(unpool.to, row, right.if_greater(left, zero, grad));
            if row + 1 < unpool.rows {
                add_row(unpool.to, row + 1, right.if_greater(left, grad, zero));
            }
        }
    }
}

/// # Safety
///
/// The row must be readable and writable.
#[inline(always)]
unsafe fn add_row<V: Lanes>(to: *mut f32, row: usize, value: V) {
    // SAFETY: as promised by the caller.
    unsafe {
        let place = to.add(row * BLOCK);
        V::load(place).plus(value).store(place);
    }
}
