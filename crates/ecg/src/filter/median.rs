//! Running median, equal to `scipy.signal.medfilt` in one dimension, of four signals side by side.
//!
//! After Suomela (2014), "Median filtering is equivalent to sorting": blocks as long as the
//! window are sorted, and two neighbouring ones are merged, so that every sample of the two has a
//! rank. A window over both is then a set of ranks, of which one is taken out and one is put in
//! from window to window, and the median moves to a neighbour in the set at most. Sorting takes
//! O(n log² w) and is done by networks, a signal in each lane; everything else takes O(n) without
//! branches on samples, which no processor could foresee.

mod network;
mod window;

use crate::vector::{Instructions, Vectorised, vectorised};
use network::{LANES, Merge, Row, Sort, padded};
use window::Window;

/// Median of the `width` samples centred on each sample; beyond the ends the signal is zero.
///
/// An even `width` counts as the next odd one. Samples must not be NaN; a NaN is ordered as the
/// greatest value.
pub fn running_median(signal: &[f64], width: usize) -> Vec<f64> {
    let mut medians = RunningMedian::new(width).of(&[signal]);
    medians.swap_remove(0)
}

/// The filter with its buffers.
pub(crate) struct RunningMedian {
    width: usize,
    /// Low bits of a number that give way to its place.
    mask: u64,
    /// The last two blocks, sorted; each block in the half of its number's parity.
    blocks: [Vec<Row>; 2],
    /// Both merged: a row for each rank.
    merged: Vec<Row>,
    lanes: [Lane; LANES],
}

/// What belongs to one signal: the samples of two blocks by place, which is the time in a block
/// plus, in an odd block, the width.
struct Lane {
    samples: Vec<f64>,
    ranks: Vec<u32>,
    window: Window,
}

impl RunningMedian {
    pub(crate) fn new(width: usize) -> RunningMedian {
        let width = width | 1;
        let lane = || Lane {
            samples: vec![0.0; 2 * width],
            ranks: vec![0; 2 * width],
            window: Window::new(2 * width),
        };
        RunningMedian {
            width,
            mask: (2 * width).next_power_of_two() as u64 - 1,
            blocks: [(); 2].map(|()| vec![Row::LAST; padded(width)]),
            merged: vec![Row::default(); 2 * width],
            lanes: std::array::from_fn(|_| lane()),
        }
    }

    /// The medians of up to four signals of one length.
    pub(crate) fn of(&mut self, signals: &[&[f64]]) -> Vec<Vec<f64>> {
        let length = signals.first().map_or(0, |signal| signal.len());
        let mut medians = vec![vec![0.0; length]; signals.len()];
        self.load(signals, 0);
        for start in (0..length).step_by(self.width) {
            let block = start / self.width;
            self.load(signals, block + 1);
            self.merge(block, signals.len());
            let count = self.width.min(length - start);
            let mut outputs = medians
                .iter_mut()
                .map(|lane| &mut lane[start..start + count]);
            vectorised(Walk {
                outputs: std::array::from_fn(|_| outputs.next().unwrap_or_default()),
                swapped: block % 2 == 1,
                median: self,
            });
        }
        medians
    }

    /// Takes the samples of a block and sorts them; before and after a signal there are zeros.
    fn load(&mut self, signals: &[&[f64]], block: usize) {
        let parity = block % 2;
        let rows = &mut self.blocks[parity];
        rows[self.width..].fill(Row::LAST);
        for (index, signal) in signals.iter().enumerate() {
            let samples = &mut self.lanes[index].samples[parity * self.width..][..self.width];
            for (at, sample) in samples.iter_mut().enumerate() {
                let place = (block * self.width + at).checked_sub(self.width / 2);
                *sample = place
                    .and_then(|place| signal.get(place))
                    .copied()
                    .unwrap_or(0.0);
            }
            for ((row, &sample), place) in rows.iter_mut().zip(&*samples).zip(parity * self.width..)
            {
                let bits = finite(sample).to_bits() & !self.mask;
                row.0[index] = f64::from_bits(bits | place as u64);
            }
        }
        vectorised(Sort(rows));
    }

    /// Merges a block with the next and ranks their samples.
    fn merge(&mut self, block: usize, lanes: usize) {
        let (old, new) = (&self.blocks[block % 2], &self.blocks[1 - block % 2]);
        let (first, second) = self.merged.split_at_mut(self.width);
        for (row, old) in first.iter_mut().zip(old[..self.width].iter().rev()) {
            *row = *old;
        }
        second.copy_from_slice(&new[..self.width]);
        let alike = vectorised(Merge(&mut self.merged, self.mask));
        for (index, lane) in self.lanes[..lanes].iter_mut().enumerate() {
            if alike[index] {
                settle(&mut self.merged, index, &lane.samples, self.mask);
            }
            for (rank, row) in self.merged.iter().enumerate() {
                lane.ranks[place(row.0[index], self.mask)] = rank as u32;
            }
            let from = block % 2 * self.width;
            let old = &lane.ranks[from..from + self.width];
            lane.window.start(old, self.width / 2);
        }
    }
}

/// The place in the low bits of a number.
#[inline(always)]
fn place(number: f64, mask: u64) -> usize {
    (number.to_bits() & mask) as usize
}

/// The sample, or the greatest number of its sign, so that changed low bits make no NaN.
fn finite(sample: f64) -> f64 {
    if sample.abs() <= f64::MAX {
        sample
    } else {
        f64::MAX.copysign(sample)
    }
}

/// Puts a lane in exact order where numbers differ only in the bits that gave way to the place.
fn settle(rows: &mut [Row], lane: usize, samples: &[f64], mask: u64) {
    let exact = |row: &Row| samples[place(row.0[lane], mask)];
    for at in 1..rows.len() {
        let moved = rows[at].0[lane];
        let own = exact(&rows[at]);
        let mut to = at;
        while to > 0 && exact(&rows[to - 1]).total_cmp(&own).is_gt() {
            rows[to].0[lane] = rows[to - 1].0[lane];
            to -= 1;
        }
        rows[to].0[lane] = moved;
    }
}

/// The windows that begin in the older block, all lanes step by step: each waits for its own
/// last step only.
struct Walk<'a> {
    median: &'a mut RunningMedian,
    swapped: bool,
    outputs: [&'a mut [f64]; LANES],
}

impl Vectorised for Walk<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Instructions>(mut self) {
        let RunningMedian {
            width,
            mask,
            merged,
            lanes,
            ..
        } = self.median;
        let (old, new) = if self.swapped {
            (*width, 0)
        } else {
            (0, *width)
        };
        let steps = self.outputs[0].len();
        for step in 0..steps {
            for (index, (lane, output)) in lanes.iter_mut().zip(self.outputs.iter_mut()).enumerate()
            {
                let Some(output) = output.get_mut(step) else {
                    break;
                };
                let middle = merged[lane.window.middle()].0[index];
                *output = lane.samples[place(middle, *mask)];
                lane.window
                    .exchange(lane.ranks[old + step], lane.ranks[new + step]);
            }
        }
    }
}
