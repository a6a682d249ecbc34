//! Views of signals in blocks, with margins, and who works on them.

use crate::crew;
use crate::simd::BLOCK;
use rayon::prelude::*;

/// Who works on one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Team {
    /// The calling thread.
    Alone,
    /// The threads that are together with the calling one, or those of the current pool.
    Joint,
}

impl Team {
    /// Runs `work` for every task; the tasks may run at the same time.
    pub(crate) fn each(self, tasks: usize, work: impl Fn(usize) + Sync + Send) {
        match self {
            Team::Alone => (0..tasks).for_each(work),
            Team::Joint if crew::each(tasks, &work) => (),
            Team::Joint => (0..tasks).into_par_iter().for_each(work),
        }
    }

    /// Runs `work` for every `len` elements of `data`, with their number; the last may be
    /// fewer.
    pub(crate) fn each_chunk(
        self,
        data: &mut [f32],
        len: usize,
        work: impl Fn(usize, &mut [f32]) + Sync + Send,
    ) {
        let (all, places) = (data.len(), Places(data.as_mut_ptr()));
        self.each(all.div_ceil(len), |number| {
            let (start, end) = (number * len, all.min((number + 1) * len));
            // SAFETY: it lies in the data, which this function has borrowed, and chunks of
            // different numbers do not overlap.
            let chunk = unsafe { std::slice::from_raw_parts_mut(places.at(start), end - start) };
            work(number, chunk);
        });
    }

    pub(crate) fn threads(self) -> usize {
        match self {
            Team::Alone => 1,
            Team::Joint => rayon::current_num_threads(),
        }
    }
}

/// Blocks whose margins are one task.
const MARGINS: usize = 16;

/// Where the rows of signals lie: `[sample][block][row][16]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strip {
    pub(crate) samples: usize,
    pub(crate) blocks: usize,
    /// Rows of a block, margins included.
    pub(crate) rows: usize,
    /// Rows before the first sample of time.
    pub(crate) first: usize,
    /// Samples of time.
    pub(crate) length: usize,
}

impl Strip {
    /// Without margins.
    pub(crate) fn tight(samples: usize, channels: usize, length: usize) -> Strip {
        Strip::with_margins(samples, channels, length, [0, 0])
    }

    pub(crate) fn with_margins(
        samples: usize,
        channels: usize,
        length: usize,
        [before, after]: [usize; 2],
    ) -> Strip {
        Strip {
            samples,
            blocks: channels.div_ceil(BLOCK),
            rows: before + length + after,
            first: before,
            length,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.samples * self.blocks * self.rows * BLOCK
    }

    /// Elements of one block of one sample.
    pub(crate) fn block_len(&self) -> usize {
        self.rows * BLOCK
    }

    /// Place of the first sample of time.
    pub(crate) fn at(&self, sample: usize, block: usize) -> usize {
        ((sample * self.blocks + block) * self.rows + self.first) * BLOCK
    }

    /// Sets the margins to zero.
    pub(crate) fn clear_margins(&self, team: Team, data: &mut [f32]) {
        let (before, end) = (self.first * BLOCK, (self.first + self.length) * BLOCK);
        if before == 0 && end == self.block_len() {
            return;
        }
        let clear = |block: &mut [f32]| {
            block[..before].fill(0.0);
            block[end..].fill(0.0);
        };
        let run = MARGINS * self.block_len();
        team.each_chunk(&mut data[..self.len()], run, |_, run| {
            run.chunks_exact_mut(self.block_len()).for_each(clear);
        });
    }
}

/// A base pointer that several threads write disjoint places of.
#[derive(Clone, Copy)]
pub(crate) struct Places(pub(crate) *mut f32);

// SAFETY: whoever writes through it answers for the places being disjoint.
unsafe impl Send for Places {}
// SAFETY: as above.
unsafe impl Sync for Places {}

impl Places {
    pub(crate) fn at(self, place: usize) -> *mut f32 {
        self.0.wrapping_add(place)
    }
}
