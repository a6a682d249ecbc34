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
    fn run(self) -> Self::Output;
}

/// Runs `work` with AVX2 where the machine has it, else with what the target guarantees.
pub(crate) fn vectorised<W: Vectorised>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the machine has AVX2, as was just found out.
        return unsafe { with_avx2(work) };
    }
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<W: Vectorised>(work: W) -> W::Output {
    work.run()
}
