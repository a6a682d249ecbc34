//! Lanes of whatever the compilation target guarantees.

use super::lanes::{LANES, Lanes, ROUND, hash};

/// Applies a function of two numbers lane by lane.
#[inline(always)]
fn zip(a: [f32; LANES], b: [f32; LANES], map: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    let mut result = a;
    for lane in 0..LANES {
        result[lane] = map(a[lane], b[lane]);
    }
    result
}

// SAFETY of the whole block: the trait's contract gives pointers to sixteen valid values.
impl Lanes for [f32; LANES] {
    const REGISTERS: usize = 16;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        [value; LANES]
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        unsafe { from.cast::<Self>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe { to.cast::<Self>().write_unaligned(self) }
    }

    #[inline(always)]
    unsafe fn plus(self, other: Self) -> Self {
        zip(self, other, |a, b| a + b)
    }

    #[inline(always)]
    unsafe fn minus(self, other: Self) -> Self {
        zip(self, other, |a, b| a - b)
    }

    #[inline(always)]
    unsafe fn times(self, other: Self) -> Self {
        zip(self, other, |a, b| a * b)
    }

    #[inline(always)]
    unsafe fn over(self, other: Self) -> Self {
        zip(self, other, |a, b| a / b)
    }

    #[inline(always)]
    unsafe fn plus_product(self, a: Self, b: Self) -> Self {
        zip(self, zip(a, b, |a, b| a * b), |sum, product| sum + product)
    }

    #[inline(always)]
    unsafe fn maximum(self, other: Self) -> Self {
        zip(self, other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    unsafe fn minimum(self, other: Self) -> Self {
        zip(self, other, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    unsafe fn if_greater(self, other: Self, then: Self, otherwise: Self) -> Self {
        let mut result = otherwise;
        for lane in 0..LANES {
            if self[lane] > other[lane] {
                result[lane] = then[lane];
            }
        }
        result
    }

    #[inline(always)]
    unsafe fn power_of_two(rounded: Self) -> Self {
        rounded.map(|value| {
            let whole = value.to_bits().wrapping_sub(ROUND.to_bits());
            f32::from_bits(whole.wrapping_add(127) << 23)
        })
    }

    #[inline(always)]
    unsafe fn hashes(seeds: *const u32, place: u32) -> Self {
        let seeds = unsafe { seeds.cast::<[u32; LANES]>().read_unaligned() };
        seeds.map(|seed| (hash(seed, place) >> 8) as f32)
    }
}
