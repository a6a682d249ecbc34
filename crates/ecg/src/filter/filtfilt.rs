//! Forward–backward filtering with odd padding, as `scipy.signal.filtfilt`.

use super::Coefficients;
use super::steady_state::steady_state;

/// The signal is not longer than the padding the filter needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signal of {got} samples is too short to filter, more than {padding} are needed")]
pub struct TooShort {
    /// Samples of padding at each end: three times the filter length.
    pub padding: usize,
    /// Samples given.
    pub got: usize,
}

/// Filters forward and backward, so that no wave is shifted; same length as the input.
///
/// Each end is extended by `3 · max(len b, len a)` samples mirrored through the end point, and
/// both passes start in the steady state of the first sample (`scipy.signal.lfilter_zi`).
///
/// # Errors
///
/// When the signal is not longer than the padding.
pub fn filtfilt(filter: &Coefficients, signal: &[f64]) -> Result<Vec<f64>, TooShort> {
    let taps = filter.numerator.len().max(filter.denominator.len());
    let padding = 3 * taps;
    if signal.len() <= padding {
        return Err(TooShort {
            padding,
            got: signal.len(),
        });
    }
    let filter = Direct::new(filter, taps);
    let steady = steady_state(&filter.b, &filter.a);
    let mut extended = odd_extension(signal, padding);
    for _ in 0..2 {
        filter.run(&steady, &mut extended);
        extended.reverse();
    }
    Ok(extended[padding..padding + signal.len()].to_vec())
}

fn odd_extension(signal: &[f64], padding: usize) -> Vec<f64> {
    let (first, last) = (signal[0], signal[signal.len() - 1]);
    let before = signal[1..=padding].iter().rev();
    let after = signal[signal.len() - padding - 1..signal.len() - 1]
        .iter()
        .rev();
    before
        .map(|sample| 2.0 * first - sample)
        .chain(signal.iter().copied())
        .chain(after.map(|sample| 2.0 * last - sample))
        .collect()
}

/// A filter in transposed direct form II with equally long halves and leading 1 in `a`.
struct Direct {
    b: Vec<f64>,
    a: Vec<f64>,
}

impl Direct {
    fn new(filter: &Coefficients, taps: usize) -> Direct {
        let lead = filter.denominator[0];
        let padded = |half: &[f64]| {
            let mut half: Vec<f64> = half.iter().map(|term| term / lead).collect();
            half.resize(taps, 0.0);
            half
        };
        Direct {
            b: padded(&filter.numerator),
            a: padded(&filter.denominator),
        }
    }

    /// Filters in place, starting in the steady state of the first sample.
    fn run(&self, steady: &[f64], signal: &mut [f64]) {
        let order = steady.len();
        let first = signal.first().copied().unwrap_or(0.0);
        let mut state: Vec<f64> = steady.iter().map(|value| value * first).collect();
        state.push(0.0);
        for sample in signal {
            let input = *sample;
            let output = state[0] + self.b[0] * input;
            for index in 0..order {
                state[index] =
                    state[index + 1] + input * self.b[index + 1] - output * self.a[index + 1];
            }
            *sample = output;
        }
    }
}
