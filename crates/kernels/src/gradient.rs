//! The register-blocked product of the weight gradient.
//!
//! `sums[l][r] += Σ_row left[row][l] · right[row][r]` for sixteen channels by sixteen:
//! the sums stay in registers while rows of all given signals go by.

use crate::simd::{BLOCK, Lanes, dispatch};

/// Rows of one block of several signals.
#[derive(Clone, Copy)]
pub(crate) struct Side {
    /// First row.
    pub(crate) from: *const f32,
    /// Distance from one row to the next.
    pub(crate) step: usize,
    /// Distance from one signal to the next.
    pub(crate) sample: usize,
}

/// One block by another.
#[derive(Clone, Copy)]
pub(crate) struct Correlation {
    pub(crate) left: Side,
    pub(crate) right: Side,
    pub(crate) samples: usize,
    pub(crate) rows: usize,
    /// Sums, `[16 left channels][16 right channels]`.
    pub(crate) sums: *mut f32,
    /// Distance from the sums of one left channel to those of the next.
    pub(crate) sums_step: usize,
    pub(crate) onto: Onto,
}

/// What sums are added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Onto {
    /// Those that are there.
    Earlier,
    /// Nothing; what is there is not read.
    Nothing,
    /// A square of sixteen by sixteen elsewhere.
    Square(*const f32),
    /// Those that are there and such a square.
    EarlierAnd(*const f32),
}

dispatch! {
    /// Adds the products of all rows.
    ///
    /// # Safety
    ///
    /// Every place the fields describe must be readable, the sums writable by this caller
    /// alone.
    pub(crate) unsafe fn correlate(correlation: &Correlation) = correlate_lanes;
}

#[inline(always)]
unsafe fn correlate_lanes<V: Lanes>(correlation: &Correlation) {
    // SAFETY: as promised by the caller; the lanes cover 0 to 15 once.
    unsafe {
        match V::REGISTERS {
            1 => tile::<V, 16>(correlation, 0),
            2 | 4 => {
                tile::<V, 6>(correlation, 0);
                tile::<V, 5>(correlation, 6);
                tile::<V, 5>(correlation, 11);
            }
            _ => (0..BLOCK)
                .step_by(2)
                .for_each(|lane| tile::<V, 2>(correlation, lane)),
        }
    }
}

#[inline(always)]
unsafe fn tile<V: Lanes, const M: usize>(correlation: &Correlation, lane: usize) {
    let Correlation { left, right, .. } = correlation;
    // SAFETY: as promised by the caller.
    unsafe {
        let mut sums = [V::splat(0.0); M];
        for sample in 0..correlation.samples {
            let mut factors = left.from.add(sample * left.sample + lane);
            let mut vector = right.from.add(sample * right.sample);
            for _ in 0..correlation.rows {
                let value = V::load(vector);
                for (m, sum) in sums.iter_mut().enumerate() {
                    *sum = sum.plus_product(V::splat(*factors.add(m)), value);
                }
                factors = factors.wrapping_add(left.step);
                vector = vector.wrapping_add(right.step);
            }
        }
        for (m, mut sum) in sums.into_iter().enumerate() {
            let place = correlation.sums.add((lane + m) * correlation.sums_step);
            if let Onto::Square(square) | Onto::EarlierAnd(square) = correlation.onto {
                sum = V::load(square.add((lane + m) * BLOCK)).plus(sum);
            }
            if let Onto::Earlier | Onto::EarlierAnd(_) = correlation.onto {
                sum = V::load(place).plus(sum);
            }
            sum.store(place);
        }
    }
}

dispatch! {
    /// Adds two squares, and puts them onto others.
    ///
    /// # Safety
    ///
    /// The squares must be readable, the sums writable by this caller alone.
    pub(crate) unsafe fn add(squares: [*const f32; 2], onto: Onto, sums: *mut f32, sums_step: usize) = add_lanes;
}

#[inline(always)]
unsafe fn add_lanes<V: Lanes>(
    [one, two]: [*const f32; 2],
    onto: Onto,
    sums: *mut f32,
    sums_step: usize,
) {
    for lane in 0..BLOCK {
        // SAFETY: as promised by the caller.
        unsafe {
            let place = sums.add(lane * sums_step);
            let mut sum = V::load(one.add(lane * BLOCK)).plus(V::load(two.add(lane * BLOCK)));
            if onto == Onto::Earlier {
                sum = V::load(place).plus(sum);
            }
            sum.store(place);
        }
    }
}
