//! Signals in blocks of sixteen channels, `[sample][channel / 16][time][16]`.
//!
//! A group of sixteen channels is a contiguous matrix of time by channel, so a vector
//! always holds sixteen channels of one instant: short signals fill it as well as long
//! ones, and a shift in time is a fixed distance. Lanes beyond the last channel are zero.

pub mod activation;
pub mod convolution;
pub mod residual;

use crate::simd::BLOCK;
use crate::strip::Team;

/// Sizes of signals in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// Signals.
    pub batch: usize,
    /// Channels of a signal.
    pub channels: usize,
    /// Samples of a channel.
    pub length: usize,
}

impl Blocks {
    /// Blocks of a signal.
    pub fn blocks(&self) -> usize {
        self.channels.div_ceil(BLOCK)
    }

    /// Elements, padding lanes included.
    pub fn len(&self) -> usize {
        self.batch * self.blocks() * self.length * BLOCK
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn planar_len(&self) -> usize {
        self.batch * self.channels * self.length
    }

    /// Elements of one block.
    pub(crate) fn block_len(&self) -> usize {
        self.length * BLOCK
    }

    /// One block, counted over all signals.
    pub(crate) fn block<'a>(&self, data: &'a [f32], number: usize) -> &'a [f32] {
        &data[number * self.block_len()..(number + 1) * self.block_len()]
    }

    /// Fills `blocked` with the signals of `planar`, `[batch, channels, length]`.
    ///
    /// # Panics
    ///
    /// If a slice does not have the size these blocks ask for.
    pub fn from_planar(&self, planar: &[f32], blocked: &mut [f32]) {
        assert_eq!(planar.len(), self.planar_len(), "elements of the signals");
        assert_eq!(blocked.len(), self.len(), "elements of the blocks");
        if self.is_empty() {
            return;
        }
        Team::Joint.each_chunk(blocked, self.block_len(), |block, to| {
            let rows = self.planar_rows(block);
            interleave(&planar[rows], self.length, to);
        });
    }

    /// Fills `planar`, `[batch, channels, length]`, with the signals of `blocked`.
    ///
    /// # Panics
    ///
    /// If a slice does not have the size these blocks ask for.
    pub fn to_planar(&self, blocked: &[f32], planar: &mut [f32]) {
        assert_eq!(planar.len(), self.planar_len(), "elements of the signals");
        assert_eq!(blocked.len(), self.len(), "elements of the blocks");
        if self.is_empty() {
            return;
        }
        let signal = self.channels * self.length;
        Team::Joint.each_chunk(planar, signal, |sample, planar| {
            let len = self.blocks() * self.block_len();
            let blocks = blocked[sample * len..(sample + 1) * len].chunks_exact(self.block_len());
            for (rows, block) in planar.chunks_mut(BLOCK * self.length).zip(blocks) {
                for (lane, row) in rows.chunks_exact_mut(self.length).enumerate() {
                    for (place, values) in row.iter_mut().zip(block.chunks_exact(BLOCK)) {
                        *place = values[lane];
                    }
                }
            }
        });
    }

    /// Where the channels of a block, counted over all signals, lie in planar order.
    fn planar_rows(&self, block: usize) -> std::ops::Range<usize> {
        let (sample, block) = (block / self.blocks(), block % self.blocks());
        let row =
            |channel: usize| (sample * self.channels + channel.min(self.channels)) * self.length;
        row(block * BLOCK)..row((block + 1) * BLOCK)
    }
}

/// Fills `[length][16]` with up to sixteen rows of `length`, zeros after the last.
pub(crate) fn interleave(rows: &[f32], length: usize, to: &mut [f32]) {
    let count = rows.len() / length;
    let (to, _) = to.as_chunks_mut::<BLOCK>();
    for (t, to) in to.iter_mut().enumerate() {
        *to = [0.0; BLOCK];
        for (lane, place) in to.iter_mut().enumerate().take(count) {
            *place = rows[lane * length + t];
        }
    }
}
