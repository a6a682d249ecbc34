//! Lanes of AVX2 with FMA, and of AVX-512.

use super::lanes::{LANES, Lanes, ROUND};
use std::arch::x86_64::*;

/// One register of AVX-512.
pub(crate) type Avx512 = __m512;

/// Two registers of AVX2.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(__m256, __m256);

// SAFETY of the whole block: the trait's contract restricts these functions to machines
// with AVX-512 F, and pointers to sixteen valid values.
impl Lanes for Avx512 {
    const REGISTERS: usize = 1;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        unsafe { _mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe { _mm512_storeu_ps(to, self) }
    }

    #[inline(always)]
    unsafe fn plus(self, other: Self) -> Self {
        unsafe { _mm512_add_ps(self, other) }
    }

    #[inline(always)]
    unsafe fn minus(self, other: Self) -> Self {
        unsafe { _mm512_sub_ps(self, other) }
    }

    #[inline(always)]
    unsafe fn times(self, other: Self) -> Self {
        unsafe { _mm512_mul_ps(self, other) }
    }

    #[inline(always)]
    unsafe fn over(self, other: Self) -> Self {
        unsafe { _mm512_div_ps(self, other) }
    }

    #[inline(always)]
    unsafe fn plus_product(self, a: Self, b: Self) -> Self {
        unsafe { _mm512_fmadd_ps(a, b, self) }
    }

    #[inline(always)]
    unsafe fn maximum(self, other: Self) -> Self {
        unsafe { _mm512_max_ps(self, other) }
    }

    #[inline(always)]
    unsafe fn minimum(self, other: Self) -> Self {
        unsafe { _mm512_min_ps(self, other) }
    }

    #[inline(always)]
    unsafe fn if_greater(self, other: Self, then: Self, otherwise: Self) -> Self {
        unsafe {
            let greater = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self, other);
            _mm512_mask_blend_ps(greater, otherwise, then)
        }
    }

    #[inline(always)]
    unsafe fn power_of_two(rounded: Self) -> Self {
        unsafe {
            let bias = _mm512_set1_epi32(127 - ROUND.to_bits() as i32);
            let exponent = _mm512_add_epi32(_mm512_castps_si512(rounded), bias);
            _mm512_castsi512_ps(_mm512_slli_epi32::<23>(exponent))
        }
    }

    #[inline(always)]
    unsafe fn hashes(seeds: *const u32, place: u32) -> Self {
        unsafe {
            let place = _mm512_set1_epi32((place.wrapping_mul(0x9E37_79B9)) as i32);
            let mut hash = _mm512_xor_si512(place, _mm512_loadu_si512(seeds.cast()));
            hash = _mm512_xor_si512(hash, _mm512_srli_epi32::<16>(hash));
            hash = _mm512_mullo_epi32(hash, _mm512_set1_epi32(0x7FEB_352D));
            hash = _mm512_xor_si512(hash, _mm512_srli_epi32::<15>(hash));
            hash = _mm512_mullo_epi32(hash, _mm512_set1_epi32(0x846C_A68B_u32 as i32));
            _mm512_cvtepi32_ps(_mm512_srli_epi32::<8>(hash))
        }
    }
}

impl Avx2 {
    #[inline(always)]
    unsafe fn each(self, other: Self, map: impl Fn(__m256, __m256) -> __m256) -> Self {
        Avx2(map(self.0, other.0), map(self.1, other.1))
    }
}

// SAFETY of the whole block: the trait's contract restricts these functions to machines
// with AVX2 and FMA, and pointers to sixteen valid values.
impl Lanes for Avx2 {
    const REGISTERS: usize = 2;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        unsafe { Avx2(_mm256_set1_ps(value), _mm256_set1_ps(value)) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        unsafe { Avx2(_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(LANES / 2))) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe {
            _mm256_storeu_ps(to, self.0);
            _mm256_storeu_ps(to.add(LANES / 2), self.1);
        }
    }

    #[inline(always)]
    unsafe fn plus(self, other: Self) -> Self {
        unsafe { self.each(other, |a, b| _mm256_add_ps(a, b)) }
    }

    #[inline(always)]
    unsafe fn minus(self, other: Self) -> Self {
        unsafe { self.each(other, |a, b| _mm256_sub_ps(a, b)) }
    }

    #[inline(always)]
    unsafe fn times(self, other: Self) -> Self {
        unsafe { self.each(other, |a, b| _mm256_mul_ps(a, b)) }
    }

    #[inline(always)]
    unsafe fn over(self, other: Self) -> Self {
        unsafe { self.each(other, |a, b| _mm256_div_ps(a, b)) }
    }

    #[inline(always)]
    unsafe fn plus_product(self, a: Self, b: Self) -> Self {
        unsafe {
            Avx2(
                _mm256_fmadd_ps(a.0, b.0, self.0),
                _mm256_fmadd_ps(a.1, b.1, self.1),
            )
        }
    }

    #[inline(always)]
    unsafe fn maximum(self, other: Self) -> Self {
        unsafe { self.each(other, |a, b| _mm256_max_ps(a, b)) }
    }

    #[inline(always)]
    unsafe fn minimum(self, other: Self) -> Self {
        unsafe { self.each(other, |a, b| _mm256_min_ps(a, b)) }
    }

    #[inline(always)]
    unsafe fn if_greater(self, other: Self, then: Self, otherwise: Self) -> Self {
        unsafe {
            let greater = self.each(other, |a, b| _mm256_cmp_ps::<_CMP_GT_OQ>(a, b));
            Avx2(
                _mm256_blendv_ps(otherwise.0, then.0, greater.0),
                _mm256_blendv_ps(otherwise.1, then.1, greater.1),
            )
        }
    }

    #[inline(always)]
    unsafe fn power_of_two(rounded: Self) -> Self {
        unsafe { Avx2(power_of_two_half(rounded.0), power_of_two_half(rounded.1)) }
    }

    #[inline(always)]
    unsafe fn hashes(seeds: *const u32, place: u32) -> Self {
        unsafe {
            Avx2(
                hashes_half(seeds, place),
                hashes_half(seeds.add(LANES / 2), place),
            )
        }
    }
}

// What is done to either half is a function and not a closure: a closure that is called
// twice may stay a function of its own, which is compiled without AVX2.

/// # Safety
///
/// The machine must have AVX2.
#[inline(always)]
unsafe fn power_of_two_half(rounded: __m256) -> __m256 {
    // SAFETY: as promised by the caller.
    unsafe {
        let bias = _mm256_set1_epi32(127 - ROUND.to_bits() as i32);
        let exponent = _mm256_add_epi32(_mm256_castps_si256(rounded), bias);
        _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
    }
}

/// # Safety
///
/// The machine must have AVX2, and eight seeds must be readable.
#[inline(always)]
unsafe fn hashes_half(seeds: *const u32, place: u32) -> __m256 {
    // SAFETY: as promised by the caller.
    unsafe {
        let place = _mm256_set1_epi32(place.wrapping_mul(0x9E37_79B9) as i32);
        let mut hash = _mm256_xor_si256(place, _mm256_loadu_si256(seeds.cast()));
        hash = _mm256_xor_si256(hash, _mm256_srli_epi32::<16>(hash));
        hash = _mm256_mullo_epi32(hash, _mm256_set1_epi32(0x7FEB_352D));
        hash = _mm256_xor_si256(hash, _mm256_srli_epi32::<15>(hash));
        hash = _mm256_mullo_epi32(hash, _mm256_set1_epi32(0x846C_A68B_u32 as i32));
        _mm256_cvtepi32_ps(_mm256_srli_epi32::<8>(hash))
    }
}
