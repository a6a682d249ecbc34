//! The register-blocked product of the weight gradient.
//!
//! `sums[c][o] += Σ_row input[row][c] · grad[row][o]` for sixteen channels by sixteen:
//! the sums stay in registers while rows of all given signals go by.

use crate::simd::{BLOCK, Lanes, dispatch};

/// One input block at one tap, by one output block.
#[derive(Clone, Copy)]
pub(crate) struct Correlation {
    /// First row of the input block, moved by the tap.
    pub(crate) input: *const f32,
    /// Distance between the input rows of neighbouring output rows.
    pub(crate) input_step: usize,
    /// Distance from one signal to the next.
    pub(crate) input_sample: usize,
    /// First row of the output block's gradient.
    pub(crate) grad: *const f32,
    pub(crate) grad_sample: usize,
    pub(crate) samples: usize,
    pub(crate) rows: usize,
    /// Sums, `[16 input channels][16 output channels]`.
    pub(crate) sums: *mut f32,
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
    // SAFETY: as promised by the caller.
    unsafe {
        let mut sums = [V::splat(0.0); M];
        for sample in 0..correlation.samples {
            let mut input = correlation
                .input
                .add(sample * correlation.input_sample + lane);
            let mut grad = correlation.grad.add(sample * correlation.grad_sample);
            for _ in 0..correlation.rows {
                let value = V::load(grad);
                for (m, sum) in sums.iter_mut().enumerate() {
                    *sum = sum.plus_product(V::splat(*input.add(m)), value);
                }
                input = input.wrapping_add(correlation.input_step);
                grad = grad.add(BLOCK);
            }
        }
        for (m, sum) in sums.into_iter().enumerate() {
            let place = correlation.sums.add((lane + m) * BLOCK);
            V::load(place).plus(sum).store(place);
        }
    }
}
