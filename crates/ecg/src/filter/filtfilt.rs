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
    let mut signals = [signal.to_vec()];
    filtfilt_each(filter, &mut signals)?;
    let [signal] = signals;
    Ok(signal)
}

/// Filters every signal in place as [`filtfilt`] does, to the same bits, several side by side.
///
/// # Errors
///
/// When a signal is not longer than the padding; signals before it may be filtered then.
pub fn filtfilt_each(filter: &Coefficients, signals: &mut [Vec<f64>]) -> Result<(), TooShort> {
    let filter = Direct::new(filter);
    let mut extended = Vec::new();
    for equal in signals.chunk_by_mut(|left, right| left.len() == right.len()) {
        for block in equal.chunks_mut(LANES) {
            filter.filter_block(block, &mut extended)?;
        }
    }
    Ok(())
}

/// Signals that are filtered side by side: one vector register or two hold a sample of each.
const LANES: usize = 4;

/// One sample of each signal.
type Frame = [f64; LANES];

/// A filter in transposed direct form II with equally long halves and leading 1 in `a`.
struct Direct {
    b: Vec<f64>,
    a: Vec<f64>,
    /// State before a constant input of 1.
    steady: Vec<f64>,
    padding: usize,
}

impl Direct {
    fn new(filter: &Coefficients) -> Direct {
        let taps = filter.numerator.len().max(filter.denominator.len());
        let lead = filter.denominator[0];
        let padded = |half: &[f64]| {
            let mut half: Vec<f64> = half.iter().map(|term| term / lead).collect();
            half.resize(taps, 0.0);
            half
        };
        let (b, a) = (padded(&filter.numerator), padded(&filter.denominator));
        let steady = steady_state(&b, &a);
        Direct {
            b,
            a,
            steady,
            padding: 3 * taps,
        }
    }

    /// Filters up to [`LANES`] signals of one length in place.
    fn filter_block(
        &self,
        block: &mut [Vec<f64>],
        extended: &mut Vec<Frame>,
    ) -> Result<(), TooShort> {
        let (padding, got) = (self.padding, block[0].len());
        if got <= padding {
            return Err(TooShort { padding, got });
        }
        extended.clear();
        extended.resize(got + 2 * padding, [0.0; LANES]);
        for (lane, signal) in block.iter().enumerate() {
            write_extended(signal, padding, lane, extended);
        }
        for _ in 0..2 {
            self.run(extended);
            extended.reverse();
        }
        for (lane, signal) in block.iter_mut().enumerate() {
            for (sample, frame) in signal.iter_mut().zip(&extended[padding..]) {
                *sample = frame[lane];
            }
        }
        Ok(())
    }

    /// Filters in place, starting in the steady state of the first frame.
    ///
    /// The orders of a notch and of an eighth-order band-pass keep their state in registers.
    fn run(&self, frames: &mut [Frame]) {
        match self.steady.len() {
            2 => self.run_order::<2>(frames),
            8 => self.run_order::<8>(frames),
            _ => self.run_any(frames),
        }
    }

    fn run_order<const ORDER: usize>(&self, frames: &mut [Frame]) {
        let first = frames.first().copied().unwrap_or_default();
        let mut state = [[0.0; LANES]; ORDER];
        let (mut b, mut a) = ([0.0; ORDER], [0.0; ORDER]);
        for at in 0..ORDER {
            state[at] = first.map(|sample| self.steady[at] * sample);
            (b[at], a[at]) = (self.b[at + 1], self.a[at + 1]);
        }
        let lead = self.b[0];
        for frame in frames {
            let input = *frame;
            let mut output = [0.0; LANES];
            for lane in 0..LANES {
                output[lane] = state[0][lane] + lead * input[lane];
            }
            for at in 0..ORDER {
                let next = if at + 1 < ORDER {
                    state[at + 1]
                } else {
                    [0.0; LANES]
                };
                for lane in 0..LANES {
                    state[at][lane] = next[lane] + input[lane] * b[at] - output[lane] * a[at];
                }
            }
            *frame = output;
        }
    }

    fn run_any(&self, frames: &mut [Frame]) {
        let first = frames.first().copied().unwrap_or_default();
        let start = |steady: &f64| first.map(|sample| steady * sample);
        let mut state: Vec<Frame> = self.steady.iter().map(start).collect();
        state.push([0.0; LANES]);
        for frame in frames {
            let input = *frame;
            for lane in 0..LANES {
                let output = state[0][lane] + self.b[0] * input[lane];
                for at in 0..self.steady.len() {
                    state[at][lane] = state[at + 1][lane] + input[lane] * self.b[at + 1]
                        - output * self.a[at + 1];
                }
                frame[lane] = output;
            }
        }
    }
}

/// Writes one signal, mirrored through its end points, into its lane.
fn write_extended(signal: &[f64], padding: usize, lane: usize, extended: &mut [Frame]) {
    let (first, last) = (signal[0], signal[signal.len() - 1]);
    let before = signal[1..=padding].iter().rev();
    let after = signal[signal.len() - padding - 1..signal.len() - 1]
        .iter()
        .rev();
    let samples = before
        .map(|sample| 2.0 * first - sample)
        .chain(signal.iter().copied())
        .chain(after.map(|sample| 2.0 * last - sample));
    for (frame, sample) in extended.iter_mut().zip(samples) {
        frame[lane] = sample;
    }
}
