//! The convolution of the signals of one strip into another.

use crate::minimal_filter::Group;
use crate::packed::{Algorithm, Packed, Tile};
use crate::product::{self, Finish, Product, Start};
use crate::scratch::with_scratch;
use crate::simd::BLOCK;
use crate::strassen::{self, Pair, Sums};
use crate::strip::{Places, Strip, Team};

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
    let work = Convolution {
        packed,
        input,
        from,
        output,
        to: Places(to.as_mut_ptr()),
        rows,
        finish,
    };
    match packed.algorithm {
        Algorithm::Strassen => {
            let sums = Sums::of(shape, rows.count);
            with_scratch(input.samples * sums.len(), |summed| {
                work.sum(team, &sums, summed);
                work.run(team, summed);
            });
        }
        _ => work.run(team, &[]),
    }
}

struct Convolution<'a> {
    packed: &'a Packed,
    input: &'a Strip,
    from: &'a [f32],
    output: &'a Strip,
    to: Places,
    rows: Rows,
    finish: Finish,
}

impl Convolution<'_> {
    /// Fills the output, given the sums of the signals if the algorithm reads them.
    fn run(&self, team: Team, summed: &[f32]) {
        let parts = parts(team, self.packed, self.output.samples, self.rows.count);
        let tiles = &self.packed.tiles;
        team.each(tiles.len() * parts, |task| {
            let tile = &tiles[task % tiles.len()];
            // SAFETY: the assertions of `convolve` bound every access; tiles write different
            // blocks, and parts different rows.
            unsafe { self.tile(tile, [task / tiles.len(), parts], summed) }
        });
    }

    /// Fills the sums of all signals.
    fn sum(&self, team: Team, sums: &Sums, to: &mut [f32]) {
        let (tasks, to) = (sums.tasks(), Places(to.as_mut_ptr()));
        team.each(self.input.samples * tasks, |number| {
            let (sample, task) = (number / tasks, number % tasks);
            let to = to.at(sample * sums.len());
            // SAFETY: the assertions of `convolve` bound every access, and every task has
            // places of its own.
            unsafe { sums.fill(task, self.halves(sample), self.input.block_len(), to) }
        });
    }

    /// One part of the rows of one tile, for every sample.
    ///
    /// # Safety
    ///
    /// Nobody else may write them meanwhile.
    unsafe fn tile(&self, tile: &Tile, [part, parts]: [usize; 2], summed: &[f32]) {
        let count = self.rows.count;
        let share = |pieces: usize| [pieces * part / parts, pieces * (part + 1) / parts];
        let partner = match self.packed.algorithm {
            Algorithm::Strassen => strassen::partner(&self.packed.shape, tile),
            _ => None,
        };
        // SAFETY: as promised by the caller.
        unsafe {
            if let Some(partner) = partner {
                return self.pairs([tile, &partner], summed, share(count.div_ceil(2)));
            }
            for sample in 0..self.output.samples {
                if self.packed.algorithm == Algorithm::MinimalFilter {
                    let fours = share(count.div_ceil(4));
                    self.group(tile, sample, fours.map(|four| count.min(4 * four)));
                } else {
                    self.plain(tile, sample, share(count));
                }
            }
        }
    }

    /// # Safety
    ///
    /// As for [`Convolution::tile`].
    unsafe fn plain(&self, tile: &Tile, sample: usize, [start, end]: [usize; 2]) {
        let packed = self.packed;
        let product = Product {
            input: self.input_rows(tile, sample, start).as_ptr(),
            stride: packed.shape.stride,
            blocks: tile.blocks,
            block_step: self.input.block_len(),
            taps: packed.shape.taps,
            last_lanes: tile.last_lanes,
            weight: self.weight(tile).as_ptr(),
            wide: tile.wide,
            start: Start::each_row(self.bias(tile).as_ptr()),
            also: None,
            output: self.output_row(tile, sample, start),
            output_step: self.output.block_len(),
            row_step: self.rows.step * BLOCK,
            rows: end - start,
            finish: self.finish,
        };
        // SAFETY: as promised by the caller.
        unsafe { product::multiply(&product) }
    }

    /// # Safety
    ///
    /// As for [`Convolution::tile`]; the first row is a multiple of four.
    unsafe fn group(&self, tile: &Tile, sample: usize, [start, end]: [usize; 2]) {
        let group = Group {
            shape: self.packed.shape,
            input: self.input_rows(tile, sample, start),
            weight: self.weight(tile),
            bias: self.bias(tile),
            finish: self.finish,
            output: self.output_row(tile, sample, start),
            row_step: self.rows.step * BLOCK,
            rows: end - start,
        };
        // SAFETY: as promised by the caller.
        unsafe { group.multiply() }
    }

    /// Some pairs of rows of a tile and its partner, for every sample.
    ///
    /// # Safety
    ///
    /// As for [`Convolution::tile`].
    unsafe fn pairs(&self, tiles: [&Tile; 2], summed: &[f32], [start, end]: [usize; 2]) {
        let pieces = (end - start).div_ceil(strassen::ROWS).max(1);
        let each = (end - start).div_ceil(pieces).max(1);
        let together = strassen::ROWS / each;
        for first in (start..end).step_by(each) {
            let rows = each.min(end - first);
            for samples in (0..self.output.samples).step_by(together) {
                let samples = samples..self.output.samples.min(samples + together);
                let pairs = samples.map(|sample| self.pair(tiles, sample, summed));
                // SAFETY: as promised by the caller; there is room for that many rows.
                unsafe { strassen::multiply(pairs, first, rows) }
            }
        }
    }

    fn pair<'s>(&'s self, tiles: [&Tile; 2], sample: usize, summed: &'s [f32]) -> Pair<'s> {
        let (rows, tile) = (self.rows, tiles[0]);
        let sums = Sums::of(&self.packed.shape, rows.count);
        let output =
            |tile: &Tile| [0, rows.count / 2].map(|row| self.output_row(tile, sample, row));
        Pair {
            sums,
            summed: &summed[sample * sums.len()..(sample + 1) * sums.len()],
            input: self.halves(sample),
            input_step: self.input.block_len(),
            weight: self.weight(tile),
            wide: tile.wide,
            bias: tiles.map(|tile| self.bias(tile).as_ptr()),
            output: tiles.map(output),
            output_step: self.output.block_len(),
            row_step: rows.step * BLOCK,
            odd: rows.count % 2 == 1,
            finish: self.finish,
        }
    }

    /// First rows of both halves of a signal's time.
    fn halves(&self, sample: usize) -> [*const f32; 2] {
        let first = sample * self.input.blocks * self.input.rows + self.rows.read;
        [0, self.rows.count / 2].map(|row| self.from[(first + row) * BLOCK..].as_ptr())
    }

    /// Rows of the first input block of a tile from the one that output row `row` reads.
    fn input_rows(&self, tile: &Tile, sample: usize, row: usize) -> &[f32] {
        let block = (sample * self.input.blocks + tile.input) * self.input.rows;
        let first = block + self.rows.read + row * self.packed.shape.stride;
        &self.from[first * BLOCK..(block + self.input.rows) * BLOCK]
    }

    fn output_row(&self, tile: &Tile, sample: usize, row: usize) -> *mut f32 {
        let block = (sample * self.output.blocks + tile.output) * self.output.rows;
        let row = block + self.rows.write + row * self.rows.step;
        self.to.at(row * BLOCK)
    }

    fn weight(&self, tile: &Tile) -> &[f32] {
        &self.packed.weight[tile.weight..tile.weight + tile.len]
    }

    fn bias(&self, tile: &Tile) -> &[f32] {
        &self.packed.bias[tile.output * BLOCK..(tile.output + tile.wide) * BLOCK]
    }
}

/// Into how many runs of rows the work is split, so that all threads have some.
///
/// Tasks are in the order of the runs. Where a signal has more elements than the weights, a
/// thread thus mostly gets rows whose surroundings it has written itself.
fn parts(team: Team, packed: &Packed, samples: usize, rows: usize) -> usize {
    let threads = team.threads();
    let tiles = packed.tiles.len();
    let work = samples * rows * packed.weight.len() / tiles / BLOCK;
    let few_weights = packed.weight.len() < rows * packed.shape.in_channels;
    if threads == 1 || (tiles >= 4 * threads && !few_weights) {
        return 1;
    }
    let wanted = match few_weights {
        true => 4 * threads,
        false => (4 * threads).div_ceil(tiles),
    };
    wanted.min(work * BLOCK / TASK).clamp(1, rows)
}
