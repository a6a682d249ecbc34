//! Views of signals in blocks, with margins, and the convolution between two of them.

use crate::packed::{Packed, Tile};
use crate::product::{self, Finish, Product};
use crate::simd::BLOCK;
use rayon::prelude::*;

/// Who works on one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Team {
    /// The calling thread.
    Alone,
    /// Every thread of the current pool.
    Joint,
}

impl Team {
    /// Runs `work` for every task; the tasks may run at the same time.
    pub(crate) fn each(self, tasks: usize, work: impl Fn(usize) + Sync + Send) {
        match self {
            Team::Alone => (0..tasks).for_each(work),
            Team::Joint => (0..tasks).into_par_iter().with_max_len(1).for_each(work),
        }
    }

    fn threads(self) -> usize {
        match self {
            Team::Alone => 1,
            Team::Joint => rayon::current_num_threads(),
        }
    }
}

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
        let data = &mut data[..self.len()];
        match team {
            Team::Alone => data.chunks_exact_mut(self.block_len()).for_each(clear),
            Team::Joint => data
                .par_chunks_exact_mut(self.block_len())
                .with_min_len(16)
                .for_each(clear),
        }
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

/// The rows that a convolution fills: every `step`-th row from `first` on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    /// Row of the input that output row 0 reads first, margins included.
    pub(crate) read: usize,
    /// First row of the output, margins included.
    pub(crate) write: usize,
    /// Distance between written rows.
    pub(crate) step: usize,
    /// Rows.
    pub(crate) count: usize,
}

/// Least multiply-adds of a task that is worth handing to another thread.
const TASK: usize = 1 << 18;

/// Convolves every sample of `input` into `output`.
///
/// # Panics
///
/// If a row would be read or written outside of its signal.
pub(crate) fn convolve(
    team: Team,
    packed: &Packed,
    (input, from): (&Strip, &[f32]),
    (output, to): (&Strip, &mut [f32]),
    rows: Rows,
    finish: Finish,
) {
    if rows.count == 0 || output.samples == 0 {
        return;
    }
    let shape = &packed.shape;
    assert!(
        input.samples == output.samples
            && input.blocks == shape.in_channels.div_ceil(BLOCK)
            && output.blocks == shape.out_channels.div_ceil(BLOCK)
            && from.len() >= input.len()
            && to.len() >= output.len()
            && rows.read + (rows.count - 1) * shape.stride + shape.taps <= input.rows
            && rows.write + (rows.count - 1) * rows.step < output.rows,
        "this is a bug"
    );
    let (tiles, samples) = (packed.tiles.len(), output.samples);
    let parts = parts(team, packed, samples, rows.count);
    let to = Places(to.as_mut_ptr());
    team.each(tiles * parts, |task| {
        let tile = &packed.tiles[task / parts];
        let part = task % parts;
        let (start, end) = (rows.count * part / parts, rows.count * (part + 1) / parts);
        for sample in 0..samples {
            let run = Rows {
                read: rows.read + start * shape.stride,
                write: rows.write + start * rows.step,
                count: end - start,
                ..rows
            };
            // SAFETY: the assertions bound every access; tiles write different blocks, and
            // parts different rows.
            unsafe {
                run_tile(
                    packed,
                    tile,
                    (input, from),
                    (output, to),
                    sample,
                    run,
                    finish,
                )
            }
        }
    });
}

/// Into how many runs of rows the work is split, so that all threads have some.
fn parts(team: Team, packed: &Packed, samples: usize, rows: usize) -> usize {
    let threads = team.threads();
    let tiles = packed.tiles.len();
    if threads == 1 || tiles >= 4 * threads {
        return 1;
    }
    let work = samples * rows * packed.weight.len() / tiles / BLOCK;
    (4 * threads)
        .div_ceil(tiles)
        .min(work * BLOCK / TASK)
        .clamp(1, rows)
}

unsafe fn run_tile(
    packed: &Packed,
    tile: &Tile,
    (input, from): (&Strip, &[f32]),
    (output, to): (&Strip, Places),
    sample: usize,
    rows: Rows,
    finish: Finish,
) {
    let read = (sample * input.blocks + tile.input) * input.rows + rows.read;
    let write = (sample * output.blocks + tile.output) * output.rows + rows.write;
    let product = Product {
        input: from[read * BLOCK..].as_ptr(),
        stride: packed.shape.stride,
        blocks: tile.blocks,
        block_step: input.block_len(),
        taps: packed.shape.taps,
        last_lanes: tile.last_lanes,
        weight: packed.weight[tile.weight..tile.weight + tile.len].as_ptr(),
        wide: tile.wide,
        bias: packed.bias[tile.output * BLOCK..(tile.output + tile.wide) * BLOCK].as_ptr(),
        output: to.at(write * BLOCK),
        output_step: output.block_len(),
        row_step: rows.step * BLOCK,
        rows: rows.count,
        finish,
    };
    // SAFETY: as promised by the caller.
    unsafe { product::multiply(&product) }
}
