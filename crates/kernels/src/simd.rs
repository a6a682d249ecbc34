//! Vectors of `f32` and the run-time choice of an instruction set.

mod lanes;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use lanes::{LANES as BLOCK, Lanes, hash};
#[cfg(target_arch = "aarch64")]
pub(crate) use neon::Neon;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

/// The instruction sets the kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstructionSet {
    /// Whatever the compilation target guarantees.
    Portable,
    /// 64-bit Arm.
    Neon,
    /// x86-64 with AVX2 and FMA.
    Avx2,
    /// x86-64 with AVX-512 F, AVX2 and FMA.
    Avx512,
}

impl InstructionSet {
    const ALL: [InstructionSet; 4] = [
        InstructionSet::Portable,
        InstructionSet::Neon,
        InstructionSet::Avx2,
        InstructionSet::Avx512,
    ];

    /// Those this machine has, slowest first.
    pub fn available() -> Vec<InstructionSet> {
        let available = InstructionSet::ALL.into_iter();
        available.filter(|set| set.is_available()).collect()
    }

    #[cfg(target_arch = "x86_64")]
    fn is_available(self) -> bool {
        let avx2 = || {
            std::arch::is_x86_feature_detected!("avx2")
                && std::arch::is_x86_feature_detected!("fma")
        };
        match self {
            InstructionSet::Portable => true,
            InstructionSet::Neon => false,
            InstructionSet::Avx2 => avx2(),
            InstructionSet::Avx512 => avx2() && std::arch::is_x86_feature_detected!("avx512f"),
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn is_available(self) -> bool {
        match self {
            InstructionSet::Portable => true,
            InstructionSet::Neon => cfg!(target_arch = "aarch64"),
            InstructionSet::Avx2 | InstructionSet::Avx512 => false,
        }
    }
}

/// Place in [`InstructionSet::ALL`] of the set to use, plus one; zero for the best.
static CHOSEN: AtomicU8 = AtomicU8::new(0);

/// The instruction set in use: the best of this machine, found out once, unless the
/// environment variable `CORONET_INSTRUCTION_SET` (`portable`, `neon`, `avx2`, `avx512`)
/// names another one that the machine has.
pub fn instruction_set() -> InstructionSet {
    match CHOSEN.load(Ordering::Relaxed) {
        0 => best(),
        place => InstructionSet::ALL[usize::from(place) - 1],
    }
}

fn best() -> InstructionSet {
    static FOUND: OnceLock<InstructionSet> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let named = std::env::var("CORONET_INSTRUCTION_SET").unwrap_or_default();
        let available = InstructionSet::available();
        let wanted = available
            .iter()
            .find(|set| format!("{set:?}").eq_ignore_ascii_case(&named));
        let best = available.last().unwrap_or(&InstructionSet::Portable);
        *wanted.unwrap_or(best)
    })
}

/// Makes every kernel of the process use `set`; `None` goes back to the default.
/// For tests and measurements of the slower paths.
///
/// # Panics
///
/// If the machine does not have `set`.
#[doc(hidden)]
pub fn choose_instruction_set(set: Option<InstructionSet>) {
    let place = set.map_or(0, |set| {
        assert!(set.is_available(), "this machine does not have {set:?}");
        1 + set as u8
    });
    CHOSEN.store(place, Ordering::Relaxed);
}

/// Defines an unsafe function whose generic body is compiled once per instruction set,
/// for its [`Lanes`], and chosen at run time. The body must be `#[inline(always)]`.
macro_rules! dispatch {
    ($(#[$attribute:meta])* $visibility:vis unsafe fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $(-> $output:ty)? = $body:ident;) => {
        $(#[$attribute])*
        $visibility unsafe fn $name($($argument: $kind),*) $(-> $output)? {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx2,fma")]
            unsafe fn avx512($($argument: $kind),*) $(-> $output)? {
                // SAFETY: as promised by the caller.
                unsafe { $body::<$crate::simd::Avx512>($($argument),*) }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            unsafe fn avx2($($argument: $kind),*) $(-> $output)? {
                // SAFETY: as promised by the caller.
                unsafe { $body::<$crate::simd::Avx2>($($argument),*) }
            }
            // SAFETY: `instruction_set` names only what the machine has; the rest is
            // promised by the caller.
            unsafe {
                match $crate::simd::instruction_set() {
                    #[cfg(target_arch = "x86_64")]
                    $crate::simd::InstructionSet::Avx512 => avx512($($argument),*),
                    #[cfg(target_arch = "x86_64")]
                    $crate::simd::InstructionSet::Avx2 => avx2($($argument),*),
                    #[cfg(target_arch = "aarch64")]
                    $crate::simd::InstructionSet::Neon => $body::<$crate::simd::Neon>($($argument),*),
                    _ => $body::<[f32; $crate::simd::BLOCK]>($($argument),*),
                }
            }
        }
    };
}
pub(crate) use dispatch;

/// Defines a function whose body is compiled once per instruction set and chosen
/// at run time. The body must be a safe `#[inline(always)]` function.
macro_rules! multiversion {
    ($(#[$attribute:meta])* $visibility:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $(-> $output:ty)? = $body:path;) => {
        $(#[$attribute])*
        $visibility fn $name($($argument: $kind),*) $(-> $output)? {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($argument: $kind),*) $(-> $output)? {
                $body($($argument),*)
            }
            match $crate::simd::instruction_set() {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: `instruction_set` has seen that the machine has AVX2 and FMA.
                $crate::simd::InstructionSet::Avx2 | $crate::simd::InstructionSet::Avx512 => unsafe { avx2($($argument),*) },
                _ => $body($($argument),*),
            }
        }
    };
}
pub(crate) use multiversion;

/// Sum of `map` over a row, in sixteen interleaved partial sums.
#[inline(always)]
pub(crate) fn sum_map(row: &[f32], map: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0f32; BLOCK];
    let (blocks, rest) = row.as_chunks::<{ BLOCK }>();
    for block in blocks {
        for (sum, value) in sums.iter_mut().zip(block) {
            *sum += map(*value);
        }
    }
    let mut total: f32 = sums.iter().sum();
    for value in rest {
        total += map(*value);
    }
    total
}
