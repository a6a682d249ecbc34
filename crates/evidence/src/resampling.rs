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

/// The random stream of one replicate.
pub(crate) fn stream(seed: u64, number: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(number);
    random
}

/// A number below `end`, which is not 0, by multiplication (Lemire 2019, without rejection: the
/// bias is below `end` / 2⁶⁴).
pub(crate) fn below(random: &mut ChaCha8Rng, end: usize) -> usize {
    ((u128::from(random.next_u64()) * end as u128) >> 64) as usize
}
