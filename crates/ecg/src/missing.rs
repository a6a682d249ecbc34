//! Invalid samples: short gaps are bridged, more than that refuses the record.

/// How much of one signal is invalid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Missing {
    /// Number of samples that are not finite.
    pub samples: usize,
    /// Length of the longest run of them.
    pub longest: usize,
}

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
