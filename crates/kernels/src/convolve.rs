//! The convolution of the signals of one strip into another.

use crate::minimal_filter::Group;
use crate::packed::{Algorithm, Packed, Tile};
use crate::product::{self, Finish, Product, Start};
use crate::simd::BLOCK;
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
    let parts = parts(team, packed, output.samples, rows.count);
    let tiles = &packed.tiles;
    team.each(tiles.len() * parts, |task| {
        // SAFETY: the assertions bound every access; tiles write different blocks, and
        // parts different rows.
        unsafe { work.tile(&tiles[task % tiles.len()], [task / tiles.len(), parts]) }
    });
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
    /// One part of the rows of one tile, for every sample.
    ///
    /// # Safety
    ///
    /// Nobody else may write them meanwhile.
    unsafe fn tile(&self, tile: &Tile, [part, parts]: [usize; 2]) {
        let count = self.rows.count;
        let share = |pieces: usize| [pieces * part / parts, pieces * (part + 1) / parts];
        for sample in 0..self.output.samples {
            // SAFETY: as promised by the caller.
            unsafe {
                match self.packed.algorithm {
                    Algorithm::Plain => self.plain(tile, sample, share(count)),
                    Algorithm::MinimalFilter => {
                        let fours = share(count.div_ceil(4));
                        self.group(tile, sample, fours.map(|four| count.min(4 * four)));
                    }
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
