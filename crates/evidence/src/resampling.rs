//! How to draw at random.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Settings of a bootstrap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resampling {
    /// Replicates.
    pub replicates: usize,
    /// Seed; equal seeds give equal results whatever the number of threads.
    pub seed: u64,
    /// Level of the intervals, such as 0.95.
    pub confidence: f64,
}

impl Resampling {
    /// Levels of the lower and upper percentile.
    pub(crate) fn tails(&self) -> (f64, f64) {
        let tail = (1.0 - self.confidence) / 2.0;
        (tail, 1.0 - tail)
    }
}

/// What a random stream is for, so that no two analyses of one seed draw the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Bands = 1,
    Permutation = 2,
    Shares = 3,
    Drivers = 4,
}

/// The random stream of one replicate of one analysis; `number` is below 2⁵⁶.
pub(crate) fn stream(seed: u64, purpose: Purpose, number: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream((purpose as u64) << 56 | number);
    random
}

/// A number below `end`, which is not 0, by multiplication (Lemire 2019, without rejection: the
/// bias is below `end` / 2⁶⁴).
pub(crate) fn below(random: &mut ChaCha8Rng, end: usize) -> usize {
    ((u128::from(random.next_u64()) * end as u128) >> 64) as usize
}
