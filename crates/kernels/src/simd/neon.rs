//! Lanes of NEON, which every 64-bit Arm processor has.

use super::lanes::{LANES, Lanes, ROUND, hash};
use std::arch::aarch64::*;

/// Four registers.
#[derive(Clone, Copy)]
pub(crate) struct Neon([float32x4_t; 4]);

impl Neon {
    #[inline(always)]
    fn each(self, other: Self, map: impl Fn(float32x4_t, float32x4_t) -> float32x4_t) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Neon([map(a, e), map(b, f), map(c, g), map(d, h)])
    }
}

// SAFETY of the whole block: NEON is part of the target, and the trait's contract gives
// pointers to sixteen valid values.
impl Lanes for Neon {
    const REGISTERS: usize = 4;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        unsafe { Neon([vdupq_n_f32(value); 4]) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        unsafe { Neon([0, 4, 8, 12].map(|at| vld1q_f32(from.add(at)))) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        for (quarter, value) in self.0.into_iter().enumerate() {
            unsafe { vst1q_f32(to.add(4 * quarter), value) }
        }
    }

    #[inline(always)]
    unsafe fn plus(self, other: Self) -> Self {
        self.each(other, |a, b| unsafe { vaddq_f32(a, b) })
    }

    #[inline(always)]
    unsafe fn minus(self, other: Self) -> Self {
        self.each(other, |a, b| unsafe { vsubq_f32(a, b) })
    }

    #[inline(always)]
    unsafe fn times(self, other: Self) -> Self {
        self.each(other, |a, b| unsafe { vmulq_f32(a, b) })
    }

    #[inline(always)]
    unsafe fn over(self, other: Self) -> Self {
        self.each(other, |a, b| unsafe { vdivq_f32(a, b) })
    }

    #[inline(always)]
    unsafe fn plus_product(self, a: Self, b: Self) -> Self {
        let ([s, t, u, v], [a, b, c, d], [e, f, g, h]) = (self.0, a.0, b.0);
        unsafe {
            Neon([
                vfmaq_f32(s, a, e),
                vfmaq_f32(t, b, f),
                vfmaq_f32(u, c, g),
                vfmaq_f32(v, d, h),
            ])
        }
    }

    #[inline(always)]
    unsafe fn maximum(self, other: Self) -> Self {
        unsafe { self.if_greater(other, self, other) }
    }

    #[inline(always)]
    unsafe fn minimum(self, other: Self) -> Self {
        unsafe { other.if_greater(self, self, other) }
    }

    #[inline(always)]
    unsafe fn if_greater(self, other: Self, then: Self, otherwise: Self) -> Self {
        let mut result = then;
        for quarter in 0..4 {
            result.0[quarter] = unsafe {
                let greater = vcgtq_f32(self.0[quarter], other.0[quarter]);
                vbslq_f32(greater, then.0[quarter], otherwise.0[quarter])
            };
        }
        result
    }

    #[inline(always)]
    unsafe fn power_of_two(rounded: Self) -> Self {
        Neon(rounded.0.map(|quarter| unsafe {
            let bias = vdupq_n_s32(127 - ROUND.to_bits() as i32);
            let exponent = vaddq_s32(vreinterpretq_s32_f32(quarter), bias);
            vreinterpretq_f32_s32(vshlq_n_s32::<23>(exponent))
        }))
    }

    #[inline(always)]
    unsafe fn hashes(seeds: *const u32, place: u32) -> Self {
        unsafe {
            let seeds = seeds.cast::<[u32; LANES]>().read_unaligned();
            let values = seeds.map(|seed| (hash(seed, place) >> 8) as f32);
            Self::load(values.as_ptr())
        }
    }
}
