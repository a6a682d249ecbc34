//! Invalid samples: short gaps are bridged, more than that refuses the record.

use crate::vector::{Instructions, Vectorised, vectorised};

/// How much of one signal is invalid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Missing {
    /// Number of samples that are not finite.
    pub samples: usize,
    /// Length of the longest run of them.
    pub longest: usize,
}

/// The largest magnitude among the valid samples, and whether all are valid.
pub(crate) fn survey(signal: &[f64]) -> (f64, bool) {
    vectorised(Survey(signal))
}

struct Survey<'a>(&'a [f64]);

impl Vectorised for Survey<'_> {
    type Output = (f64, bool);

    #[inline(always)]
    fn run<I: Instructions>(self) -> (f64, bool) {
        let (eights, rest) = self.0.as_chunks::<8>();
        let mut largest = [0.0_f64; 8];
        let mut invalid = [0_u64; 8];
        for eight in eights {
            for lane in 0..8 {
                let size = eight[lane].abs();
                let valid = size <= f64::MAX;
                invalid[lane] |= u64::from(!valid);
                largest[lane] = largest[lane].max(if valid { size } else { 0.0 });
            }
        }
        let valid = rest.iter().filter(|sample| sample.is_finite());
        let largest = largest.into_iter().chain(valid.map(|sample| sample.abs()));
        let all_valid = invalid == [0; 8] && rest.iter().all(|sample| sample.is_finite());
        (largest.fold(0.0, f64::max), all_valid)
    }
}

/// Counts invalid samples and their longest run.
pub(crate) fn count(signal: &[f64]) -> Missing {
    let mut missing = Missing {
        samples: 0,
        longest: 0,
    };
    let mut run = 0;
    for sample in signal {
        run = if sample.is_finite() { 0 } else { run + 1 };
        missing.samples += usize::from(run > 0);
        missing.longest = missing.longest.max(run);
    }
    missing
}

/// Replaces each run of invalid samples by the line between its neighbours; runs at an end take
/// the nearest valid value. Does nothing when no sample is valid.
pub(crate) fn bridge(signal: &mut [f64]) {
    let mut previous: Option<usize> = None;
    let mut index = 0;
    while index < signal.len() {
        if signal[index].is_finite() {
            previous = Some(index);
            index += 1;
            continue;
        }
        let next = (index..signal.len()).find(|&at| signal[at].is_finite());
        let end = next.unwrap_or(signal.len());
        for at in index..end {
            signal[at] = match (previous, next) {
                (Some(left), Some(right)) => {
                    let share = (at - left) as f64 / (right - left) as f64;
                    signal[left] + (signal[right] - signal[left]) * share
                }
                (Some(one), None) | (None, Some(one)) => signal[one],
                (None, None) => return,
            };
        }
        index = end;
    }
}
