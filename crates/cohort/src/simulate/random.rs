//! Seeded draws: one independent stream for each patient and purpose.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a stream is drawn for, so that adding draws to one purpose leaves the others as they are.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Patient,
    Report,
    FollowUp,
    Heart,
    Recording(usize),
    Wording,
}

/// The stream of one patient for one purpose.
pub(super) fn stream(seed: u64, index: usize, purpose: Purpose) -> ChaCha8Rng {
    let number = match purpose {
        Purpose::Patient => 0,
        Purpose::Report => 1,
        Purpose::FollowUp => 2,
        Purpose::Heart => 3,
        Purpose::Recording(recording) => 4 + (recording as u64).min(58),
        Purpose::Wording => 63,
    };
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream((index as u64).wrapping_mul(64).wrapping_add(number));
    random
}

/// A standard normal draw (Box and Muller, 1958).
pub(super) fn normal(random: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.random::<f64>()).cos()
}

/// An exponential draw with the given rate; never for a rate of 0.
pub(super) fn exponential(random: &mut impl Rng, rate: f64) -> f64 {
    -(1.0 - random.random::<f64>()).ln() / rate
}

/// True with probability `share`.
pub(super) fn chance(random: &mut impl Rng, share: f64) -> bool {
    random.random::<f64>() < share
}

/// A uniform draw from `low..high`.
pub(super) fn uniform(random: &mut impl Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * random.random::<f64>()
}

/// One of `items` at random; `items` is not empty.
pub(super) fn pick<'a, T: ?Sized>(random: &mut impl Rng, items: &[&'a T]) -> &'a T {
    items[random.random_range(0..items.len())]
}
