//! The same loops compiled for wider vectors, chosen at run time.
//!
//! No operation is fused or put in another order, so that every instruction set gives the same
//! bits.

/// A loop over samples that lends itself to vectors.
///
/// `run` should be `#[inline(always)]`, since it is compiled into each instruction set's caller.
pub(crate) trait Vectorised {
    /// What the loop results in.
    type Output;

    /// Runs the loop.
    fn run<I: Instructions>(self) -> Self::Output;
}

/// What a compiler does not find by itself.
pub(crate) trait Instructions {
    /// The lesser and the greater of each pair; neither is NaN, and no two are equal.
    fn ordered(one: [f64; 4], two: [f64; 4]) -> ([f64; 4], [f64; 4]);
}

/// Whatever the target guarantees.
struct Guaranteed;

impl Instructions for Guaranteed {
    #[inline(always)]
    fn ordered(one: [f64; 4], two: [f64; 4]) -> ([f64; 4], [f64; 4]) {
        (
            std::array::from_fn(|lane| one[lane].min(two[lane])),
            std::array::from_fn(|lane| one[lane].max(two[lane])),
        )
    }
}

/// AVX2; for [`with_avx2`] alone.
#[cfg(target_arch = "x86_64")]
struct Avx2;

#[cfg(target_arch = "x86_64")]
impl Instructions for Avx2 {
    #[inline(always)]
    fn ordered(one: [f64; 4], two: [f64; 4]) -> ([f64; 4], [f64; 4]) {
        use std::arch::x86_64::{_mm256_loadu_pd, _mm256_max_pd, _mm256_min_pd, _mm256_storeu_pd};
        let (mut lesser, mut greater) = ([0.0; 4], [0.0; 4]);
        // SAFETY: the machine has AVX2, since only `with_avx2` takes these instructions, and the
        // arrays hold four numbers.
        unsafe {
            let (one, two) = (_mm256_loadu_pd(one.as_ptr()), _mm256_loadu_pd(two.as_ptr()));
            _mm256_storeu_pd(lesser.as_mut_ptr(), _mm256_min_pd(one, two));
            _mm256_storeu_pd(greater.as_mut_ptr(), _mm256_max_pd(one, two));
        }
        (lesser, greater)
    }
}

/// Runs `work` with AVX2, and the instructions on bits of its time, where the machine has them,
/// else with what the target guarantees.
pub(crate) fn vectorised<W: Vectorised>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("lzcnt")
        && std::arch::is_x86_feature_detected!("popcnt")
    {
        // SAFETY: the machine has the features, as was just found out.
        return unsafe { with_avx2(work) };
    }
    work.run::<Guaranteed>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,lzcnt,popcnt")]
fn with_avx2<W: Vectorised>(work: W) -> W::Output {
    work.run::<Avx2>()
}

/// Sum of a function of every sample, in eight interleaved parts.
pub(crate) struct Sum<'a, F>(pub(crate) &'a [&'a [f64]], pub(crate) F);

impl<F: Fn(f64) -> f64> Vectorised for Sum<'_, F> {
    type Output = f64;

    #[inline(always)]
    fn run<I: Instructions>(self) -> f64 {
        let mut sums = [0.0; 8];
        for signal in self.0 {
            let (eights, rest) = signal.as_chunks::<8>();
            for eight in eights {
                for (sum, &sample) in sums.iter_mut().zip(eight) {
                    *sum += self.1(sample);
                }
            }
            for (sum, &sample) in sums.iter_mut().zip(rest) {
                *sum += self.1(sample);
            }
        }
        sums.iter().sum()
    }
}
