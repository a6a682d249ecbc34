//! Random binomial counts.

use rand::Rng;

/// Terms this far below the greatest are left out; their sum is beyond the precision of a draw.
const NEGLIGIBLE: f64 = 1e-18;

/// The distribution of a binomial count, tabulated around its mode for drawing by inversion.
pub(super) struct Binomial {
    /// The least count of the table.
    first: usize,
    /// P(count ≤ first + i).
    cumulative: Vec<f64>,
}

impl Binomial {
    /// Of `trials` that each succeed with probability `successes / trials`.
    pub(super) fn new(trials: usize, successes: usize) -> Self {
        if successes == 0 || successes >= trials {
            return Self {
                first: successes.min(trials),
                cumulative: vec![1.0],
            };
        }
        let odds = successes as f64 / (trials - successes) as f64;
        // The mean is whole, so it is the mode.
        let up = (successes..trials).scan(1.0, |term, count| {
            *term *= (trials - count) as f64 / (count + 1) as f64 * odds;
            (*term > NEGLIGIBLE).then_some(*term)
        });
        let down = (1..=successes).rev().scan(1.0, |term, count| {
            *term *= count as f64 / (trials - count + 1) as f64 / odds;
            (*term > NEGLIGIBLE).then_some(*term)
        });
        let mut terms: Vec<f64> = down.collect();
        let first = successes - terms.len();
        terms.reverse();
        terms.push(1.0);
        terms.extend(up);
        let total: f64 = terms.iter().sum();
        let cumulative = terms.iter().scan(0.0, |sum, term| {
            *sum += term / total;
            Some(*sum)
        });
        Self {
            first,
            cumulative: cumulative.collect(),
        }
    }

    /// Draws a count.
    pub(super) fn draw(&self, random: &mut impl Rng) -> usize {
        let uniform = (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let place = self.cumulative.partition_point(|sum| *sum <= uniform);
        self.first + place.min(self.cumulative.len() - 1)
    }
}
