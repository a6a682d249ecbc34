//! Forward–backward filtering with odd padding, as `scipy.signal.filtfilt`.

use super::Coefficients;
use super::frames::{Frame, Frames};
use super::steady_state::steady_state;
use crate::vector::{Instructions, Vectorised, vectorised};
use std::borrow::Cow;

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
    filtfilt_each(std::slice::from_ref(filter), &mut signals)?;
    let [signal] = signals;
    Ok(signal)
}

/// Filters every signal in place by one filter after the other as [`filtfilt`] does, to the same
/// bits, several signals side by side.
///
/// # Errors
///
/// When a signal is not longer than the padding of a filter; no signal is changed then.
pub fn filtfilt_each(filters: &[Coefficients], signals: &mut [Vec<f64>]) -> Result<(), TooShort> {
    each(filters, signals)
}

/// [`filtfilt_each`] for samples that may be borrowed; they are owned afterwards.
pub(crate) fn filtfilt_samples(
    filters: &[Coefficients],
    signals: &mut [Cow<'_, [f64]>],
) -> Result<(), TooShort> {
    each(filters, signals)
}

fn each<S: Filtered>(filters: &[Coefficients], signals: &mut [S]) -> Result<(), TooShort> {
    let filters: Vec<Direct> = filters.iter().map(Direct::new).collect();
    let padding = filters.iter().map(|filter| filter.padding).max();
    let Some(padding) = padding else {
        return Ok(());
    };
    let lengths = signals.iter().map(|signal| signal.samples().len());
    if let Some(got) = lengths.min().filter(|&shortest| shortest <= padding) {
        return Err(TooShort { padding, got });
    }
    let mut frames = Frames::default();
    let equally_long = |left: &S, right: &S| left.samples().len() == right.samples().len();
    for equal in signals.chunk_by_mut(equally_long) {
        for group in equal.chunks_mut(Frames::SIGNALS) {
            let samples: Vec<&[f64]> = group.iter().map(S::samples).collect();
            frames.load(&samples, padding);
            for filter in &filters {
                frames.mirror(filter.padding);
                filter.both_ways(&mut frames);
            }
            for (index, signal) in group.iter_mut().enumerate() {
                signal.replace(frames.samples(index));
            }
        }
    }
    Ok(())
}

/// A signal that is read, and replaced by as many other samples.
trait Filtered {
    fn samples(&self) -> &[f64];
    fn replace(&mut self, samples: impl Iterator<Item = f64>);
}

impl Filtered for Vec<f64> {
    fn samples(&self) -> &[f64] {
        self
    }

    fn replace(&mut self, samples: impl Iterator<Item = f64>) {
        for (old, new) in self.iter_mut().zip(samples) {
            *old = new;
        }
    }
}

impl Filtered for Cow<'_, [f64]> {
    fn samples(&self) -> &[f64] {
        self
    }

    fn replace(&mut self, samples: impl Iterator<Item = f64>) {
        match self {
            Cow::Borrowed(_) => *self = Cow::Owned(samples.collect()),
            Cow::Owned(signal) => signal.replace(samples),
        }
    }
}

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

    /// Filters the mirrored frames forward, then backward.
    ///
    /// The orders of a notch and of an eighth-order band-pass keep their state in registers. A
    /// notch waits for its own last sample, so that three blocks cost as much time as one.
    fn both_ways(&self, frames: &mut Frames) {
        let mut blocks = frames.blocks(self.padding);
        match (self.steady.len(), blocks.as_mut_slice()) {
            (2, [one, two, three]) => self.both_ways_of::<2, 3>([one, two, three]),
            (2, blocks) => self.each(blocks, Direct::both_ways_of::<2, 1>),
            (8, blocks) => self.each(blocks, Direct::both_ways_of::<8, 1>),
            (_, blocks) => self.each(blocks, |filter, [block]| {
                filter.run_any(block.iter_mut());
                filter.run_any(block.iter_mut().rev());
            }),
        }
    }

    fn each(&self, blocks: &mut [&mut [Frame]], work: impl Fn(&Direct, [&mut [Frame]; 1])) {
        for block in blocks {
            work(self, [block]);
        }
    }

    fn both_ways_of<const ORDER: usize, const BLOCKS: usize>(
        &self,
        mut blocks: [&mut [Frame]; BLOCKS],
    ) {
        for backward in [false, true] {
            vectorised(Pass::<ORDER, BLOCKS> {
                filter: self,
                blocks: blocks.each_mut().map(|block| &mut **block),
                backward,
            });
        }
    }

    /// Filters in place, starting in the steady state of the first frame.
    fn run_any<'a>(&self, frames: impl Iterator<Item = &'a mut Frame>) {
        let mut frames = frames.peekable();
        let first = frames.peek().map_or(Frame::default(), |frame| **frame);
        let start = |steady: &f64| first.map(|sample| steady * sample);
        let mut state: Vec<Frame> = self.steady.iter().map(start).collect();
        state.push(Frame::default());
        for frame in frames {
            for (lane, sample) in frame.iter_mut().enumerate() {
                let input = *sample;
                let output = state[0][lane] + self.b[0] * input;
                for at in 0..self.steady.len() {
                    state[at][lane] =
                        state[at + 1][lane] + input * self.b[at + 1] - output * self.a[at + 1];
                }
                *sample = output;
            }
        }
    }
}

/// One pass in place over blocks of equal length, starting in the steady state of the first
/// frame met.
struct Pass<'a, const ORDER: usize, const BLOCKS: usize> {
    filter: &'a Direct,
    blocks: [&'a mut [Frame]; BLOCKS],
    backward: bool,
}

impl<const ORDER: usize, const BLOCKS: usize> Vectorised for Pass<'_, ORDER, BLOCKS> {
    type Output = ();

    #[inline(always)]
    fn run<I: Instructions>(mut self) {
        let length = self.blocks[0].len();
        if self.backward {
            self.over((0..length).rev());
        } else {
            self.over(0..length);
        }
    }
}

impl<const ORDER: usize, const BLOCKS: usize> Pass<'_, ORDER, BLOCKS> {
    #[inline(always)]
    fn over(&mut self, places: impl Iterator<Item = usize>) {
        let mut places = places.peekable();
        let Some(&first) = places.peek() else {
            return;
        };
        let Direct { b, a, steady, .. } = self.filter;
        let (lead, b): (f64, [f64; ORDER]) = (b[0], std::array::from_fn(|at| b[at + 1]));
        let a: [f64; ORDER] = std::array::from_fn(|at| a[at + 1]);
        let mut state: [[Frame; BLOCKS]; ORDER] = std::array::from_fn(|at| {
            std::array::from_fn(|block| self.blocks[block][first].map(|sample| steady[at] * sample))
        });
        for place in places {
            for (block, frames) in self.blocks.iter_mut().enumerate() {
                let input = frames[place];
                let output = lanes(|lane| state[0][block][lane] + lead * input[lane]);
                for at in 0..ORDER {
                    let next = if at + 1 < ORDER {
                        state[at + 1][block]
                    } else {
                        Frame::default()
                    };
                    state[at][block] =
                        lanes(|lane| next[lane] + input[lane] * b[at] - output[lane] * a[at]);
                }
                frames[place] = output;
            }
        }
    }
}

#[inline(always)]
fn lanes(value: impl Fn(usize) -> f64) -> Frame {
    std::array::from_fn(value)
}
