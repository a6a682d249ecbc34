//! The weight gradient where weights are many.

use super::{SQUARE, Work, fill};
use crate::gradient::{Correlation, Onto, Side, correlate};
use crate::packed::Tile;
use crate::scratch::with_scratch;
use crate::simd::BLOCK;
use crate::strip::{Strip, Team};

/// Output blocks whose gradients are taken together.
const TOGETHER: usize = 4;

impl Work<'_> {
    /// Lays the input of the whole batch out once, and shares out the output blocks.
    pub(super) fn by_outputs(&self) {
        let strip = self.strip(self.input.batch, self.input.blocks());
        if self.is_direct() {
            return self.share_outputs((&strip, self.from));
        }
        with_scratch(strip.len(), |laid_out| {
            let prepared = self.prepared.as_ref();
            fill(Team::Joint, &strip, self.from, 0, prepared, 0, laid_out);
            self.share_outputs((&strip, laid_out));
        });
    }

    fn share_outputs(&self, input: (&Strip, &[f32])) {
        let shares = self.tiles.len().div_ceil(TOGETHER);
        let share = |share: usize| {
            let end = self.tiles.len().min((share + 1) * TOGETHER);
            &self.tiles[share * TOGETHER..end]
        };
        Team::Joint.each(shares, |number| {
            let tiles = share(number);
            for block in 0..self.input.blocks() {
                for tile in tiles {
                    self.fill_squares(tile, block, input);
                }
            }
            tiles.iter().for_each(|tile| self.fill_bias(tile));
        });
    }

    /// Every task and tap of one input by one output block.
    fn fill_squares(&self, tile: &Tile, block: usize, (strip, data): (&Strip, &[f32])) {
        let (shape, output) = (&self.shape, &self.output);
        assert!(
            data.len() >= strip.len()
                && (output.length - 1) * shape.stride + shape.taps <= strip.rows
                && tile.blocks <= strip.blocks,
            "this is a bug"
        );
        for task in 0..self.targets.len() {
            for tap in 0..shape.taps {
                let input = Side {
                    from: data[(block * strip.rows + tap) * BLOCK..].as_ptr(),
                    step: shape.stride * BLOCK,
                    sample: strip.blocks * strip.block_len(),
                };
                let grad = Side {
                    from: self.grads[self.grad_at(task, 0, tile.output)..].as_ptr(),
                    step: BLOCK,
                    sample: output.blocks() * output.block_len(),
                };
                // SAFETY: the strip holds the last row of the last tap, the gradients have
                // these signals, and no other job has this output block.
                unsafe { self.fill_square(task, tile, [block, tap], [input, grad]) }
            }
        }
    }

    /// # Safety
    ///
    /// Both sides must be readable, and nobody else may write these weights.
    unsafe fn fill_square(
        &self,
        task: usize,
        tile: &Tile,
        [block, tap]: [usize; 2],
        [input, grad]: [Side; 2],
    ) {
        let shape = &self.shape;
        let correlation =
            |[left, right]: [Side; 2], sums: *mut f32, sums_step: usize| Correlation {
                left,
                right,
                samples: self.output.batch,
                rows: self.output.length,
                sums,
                sums_step,
                onto: Onto::Nothing,
            };
        let whole = |channels: usize, block: usize| (block + 1) * BLOCK <= channels;
        let in_place = shape.taps == 1
            && whole(shape.in_channels, block)
            && whole(shape.out_channels, tile.output);
        // SAFETY: as promised by the caller; whole squares have sixteen rows of weights.
        unsafe {
            if in_place {
                let place = tile.output * BLOCK * shape.in_channels + block * BLOCK;
                let place = self.targets[task][0].at(place);
                return correlate(&correlation([grad, input], place, shape.in_channels));
            }
            let mut sums = [0.0; SQUARE];
            correlate(&correlation([input, grad], sums.as_mut_ptr(), BLOCK));
            self.write(task, tile, [block, tap], &sums);
        }
    }
}
