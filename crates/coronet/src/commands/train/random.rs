//! Random numbers of a run outside of its epochs.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What numbers are drawn for; streams of a seed are named by four letters, so that no two
/// purposes draw the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Seeds of the inner parts, one a fold.
    InnerParts,
    /// Labels given to other patients.
    ShuffledLabels,
}

/// The stream of one purpose; `number` is below 2³².
pub(super) fn stream(seed: u64, purpose: Purpose, number: u64) -> ChaCha8Rng {
    let name = match purpose {
        Purpose::InnerParts => *b"part",
        Purpose::ShuffledLabels => *b"deal",
    };
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(u64::from(u32::from_be_bytes(name)) << 32 | number);
    random
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_purposes_folds_or_neighbouring_seeds_draw_the_same_numbers() {
        let mut first = BTreeSet::new();
        for seed in 0..20 {
            first.insert(ChaCha8Rng::seed_from_u64(seed).next_u64());
            first.insert(stream(seed, Purpose::ShuffledLabels, 0).next_u64());
            for fold in 0..5 {
                first.insert(stream(seed, Purpose::InnerParts, fold).next_u64());
            }
        }
        assert_eq!(first.len(), 20 * 7);
    }
}
