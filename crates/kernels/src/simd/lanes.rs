//! Sixteen `f32` side by side: the unit every kernel over blocks works in.

/// Channels of a block, and lanes of [`Lanes`].
pub(crate) const LANES: usize = 16;

/// Sixteen `f32` that are worked on together.
///
/// # Safety
///
/// Implementations may only be used on machines that have their instruction set, inside
/// of a function compiled for it, and pointers must be valid for sixteen `f32`; no
/// alignment is asked for.
pub(crate) trait Lanes: Copy {
    /// Registers that sixteen `f32` take.
    const REGISTERS: usize;

    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn plus(self, other: Self) -> Self;
    unsafe fn minus(self, other: Self) -> Self;
    unsafe fn times(self, other: Self) -> Self;
    unsafe fn over(self, other: Self) -> Self;
    /// `self + a · b`.
    unsafe fn plus_product(self, a: Self, b: Self) -> Self;
    /// The larger of each pair; `other` where they are equal or `self` is not a number.
    unsafe fn maximum(self, other: Self) -> Self;
    unsafe fn minimum(self, other: Self) -> Self;
    /// `then` where `self > other`, else `otherwise`.
    unsafe fn if_greater(self, other: Self, then: Self, otherwise: Self) -> Self;
    /// `2^n` for the whole number `n` that was rounded by adding [`ROUND`]; `−126 ≤ n ≤ 127`.
    unsafe fn power_of_two(rounded: Self) -> Self;
    /// [`hash`] of one place with sixteen seeds, the upper 24 bits as whole numbers.
    unsafe fn hashes(seeds: *const u32, place: u32) -> Self;

    /// `1 / (1 + e^−self)`.
    #[inline(always)]
    unsafe fn sigmoid(self) -> Self {
        unsafe {
            let one = Self::splat(1.0);
            one.over(one.plus(Self::splat(0.0).minus(self).exp()))
        }
    }

    /// `e^self` to about two units in the last place; saturates beyond ±87.
    ///
    /// Cody–Waite reduction to `[−ln 2 / 2, ln 2 / 2]` and the minimax polynomial of the
    /// Cephes library's `expf`.
    #[inline(always)]
    unsafe fn exp(self) -> Self {
        unsafe {
            let value = Self::splat(-87.0).maximum(Self::splat(87.0).minimum(self));
            let rounded =
                Self::splat(ROUND).plus_product(value, Self::splat(std::f32::consts::LOG2_E));
            let power = rounded.minus(Self::splat(ROUND));
            let rest = value
                .plus_product(power, Self::splat(-0.693_359_4))
                .plus_product(power, Self::splat(2.121_944_4e-4));
            let mut polynomial =
                Self::splat(1.398_199_9e-3).plus_product(Self::splat(1.987_569_1e-4), rest);
            polynomial = Self::splat(8.333_452e-3).plus_product(polynomial, rest);
            polynomial = Self::splat(4.166_579_5e-2).plus_product(polynomial, rest);
            polynomial = Self::splat(1.666_666_5e-1).plus_product(polynomial, rest);
            polynomial = Self::splat(0.5).plus_product(polynomial, rest);
            let fraction = rest
                .plus(Self::splat(1.0))
                .plus_product(polynomial, rest.times(rest));
            fraction.times(Self::power_of_two(rounded))
        }
    }
}

/// Added to a number below 2²², rounds it to a whole one.
pub(crate) const ROUND: f32 = 12_582_912.0;

/// Two rounds of a multiplicative hash over 32 bits.
#[inline(always)]
pub(crate) fn hash(seed: u32, place: u32) -> u32 {
    let mut hash = place.wrapping_mul(0x9E37_79B9) ^ seed;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x7FEB_352D);
    (hash ^ (hash >> 15)).wrapping_mul(0x846C_A68B)
}
