//! Weights of a convolution in the order the product reads them.

use crate::minimal_filter;
use crate::product;
use crate::scratch::with_scratch;
use crate::simd::BLOCK;
use crate::strassen;
use crate::strip::{Places, Team};

/// A plain convolution over blocks: stride, taps, and which input blocks an output
/// block reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) in_channels: usize,
    pub(crate) out_channels: usize,
    pub(crate) groups: usize,
    pub(crate) taps: usize,
    pub(crate) stride: usize,
}

impl Shape {
    pub(crate) fn group_in(&self) -> usize {
        self.in_channels / self.groups
    }

    pub(crate) fn group_out(&self) -> usize {
        self.out_channels / self.groups
    }

    /// Elements of the plain weights, `[out, in / groups, taps]`.
    pub(crate) fn weights(&self) -> usize {
        self.out_channels * self.group_in() * self.taps
    }
}

/// One or two blocks of output channels, and where their weights are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tile {
    /// First output block.
    pub(crate) output: usize,
    /// Output blocks.
    pub(crate) wide: usize,
    /// First input block.
    pub(crate) input: usize,
    /// Input blocks.
    pub(crate) blocks: usize,
    /// Lanes used of the last input block.
    pub(crate) last_lanes: usize,
    /// First weight, `[block][tap][lane][wide][16]`.
    pub(crate) weight: usize,
    /// Weights.
    pub(crate) len: usize,
}

impl Tile {
    /// The output channels.
    fn outputs(&self, shape: &Shape) -> std::ops::Range<usize> {
        let end = (self.output + self.wide) * BLOCK;
        self.output * BLOCK..end.min(shape.out_channels)
    }
}

/// How sums of products are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// As they are written.
    Plain,
    /// By [`minimal_filter`]; a tile's weights are those of its parts.
    MinimalFilter,
    /// By [`strassen`]; a tile's weights are those of its parts and its partner's.
    Strassen,
}

impl Algorithm {
    /// For one signal and more: weights are not more than they must be.
    pub(crate) fn of_signals(shape: &Shape) -> Algorithm {
        match minimal_filter::fits(shape) && minimal_filter::has_few_weights(shape) {
            true => Algorithm::MinimalFilter,
            false => Algorithm::Plain,
        }
    }

    /// For so many signals that reading the weights takes no time beside them.
    pub(crate) fn of_batches(shape: &Shape) -> Algorithm {
        if minimal_filter::fits(shape) {
            return Algorithm::MinimalFilter;
        }
        match strassen::fits(shape) {
            true => Algorithm::Strassen,
            false => Algorithm::Plain,
        }
    }
}

/// Packed weights and bias.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    pub(crate) shape: Shape,
    pub(crate) algorithm: Algorithm,
    pub(crate) tiles: Vec<Tile>,
    pub(crate) weight: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

impl Packed {
    /// Room for the weights of `shape`, all zero.
    pub(crate) fn new(shape: Shape, algorithm: Algorithm) -> Packed {
        let blocks = shape.out_channels.div_ceil(BLOCK);
        let half = strassen::Halves::of(shape.out_channels).blocks;
        let mut tiles: Vec<Tile> = Vec::new();
        let (mut block, mut weight) = (0, 0);
        while block < blocks {
            let end = match algorithm {
                Algorithm::MinimalFilter => block + 1,
                Algorithm::Strassen if block < half => half,
                _ => blocks,
            };
            let wide = if shape.groups == 1 {
                product::wide().min(end - block)
            } else {
                1
            };
            let mut tile = tile(&shape, block, wide, weight);
            match algorithm {
                Algorithm::MinimalFilter => tile.len = minimal_filter::weights(&shape),
                Algorithm::Strassen if block < half => tile.len = strassen::weights(&shape, wide),
                _ => (),
            }
            tiles.push(tile);
            weight += tile.len;
            block += wide;
            if algorithm == Algorithm::Strassen && block == half {
                block += half;
            }
        }
        Packed {
            shape,
            algorithm,
            tiles,
            weight: vec![0.0; weight],
            bias: vec![0.0; blocks * BLOCK],
        }
    }

    /// Packs `[out, in / groups, taps]` weights.
    ///
    /// # Panics
    ///
    /// If there are not as many weights as the shape asks for.
    pub(crate) fn pack(&mut self, weight: &[f32]) {
        let shape = self.shape;
        assert_eq!(weight.len(), shape.weights(), "elements of the weights");
        if shape.groups == 1 && shape.taps == 1 {
            return self.pack_matrix(weight);
        }
        self.each_square(|tile, first, lanes, square| {
            let width = tile.wide * BLOCK;
            for (number, out) in tile.outputs(&shape).enumerate() {
                let group = out / shape.group_out() * shape.group_in();
                let start = first.max(group);
                let count = (first + lanes)
                    .min(group + shape.group_in())
                    .saturating_sub(start);
                if count == 0 {
                    continue;
                }
                let run = out * shape.group_in() + start - group;
                let run = &weight[run * shape.taps..(run + count) * shape.taps];
                for (channel, taps) in (start - first..).zip(run.chunks_exact(shape.taps)) {
                    for (tap, value) in taps.iter().enumerate() {
                        square[(tap * lanes + channel) * width + number] = *value;
                    }
                }
            }
        });
    }

    /// Packs a matrix, `[out, in]`, in squares, so that whole lines of it are read at once.
    fn pack_matrix(&mut self, weight: &[f32]) {
        let shape = self.shape;
        self.each_square(|tile, first, lanes, square| {
            let width = tile.wide * BLOCK;
            let outs = tile.outputs(&shape);
            for (start, column) in outs.clone().step_by(BLOCK).zip((0..width).step_by(BLOCK)) {
                let mut rows = [[0.0; BLOCK]; BLOCK];
                for (row, out) in rows.iter_mut().zip(start..outs.end) {
                    let at = out * shape.in_channels + first;
                    row[..lanes].copy_from_slice(&weight[at..at + lanes]);
                }
                for (lane, places) in square.chunks_exact_mut(width).enumerate() {
                    let places = &mut places[column..column + BLOCK];
                    places
                        .iter_mut()
                        .zip(&rows)
                        .for_each(|(place, row)| *place = row[lane]);
                }
            }
        });
    }

    /// Packs the weights, `[in, out / groups, kernel]`, of the convolution that this one
    /// leads back through, for one phase of its input.
    ///
    /// # Panics
    ///
    /// If the taps are not those of the phase.
    pub(crate) fn pack_transposed(&mut self, weight: &[f32], phase: Phase) {
        let shape = self.shape;
        let Phase {
            kernel,
            stride,
            phase,
        } = phase;
        assert_eq!(
            shape.taps,
            (phase..kernel).step_by(stride).count(),
            "taps of the phase"
        );
        assert_eq!(
            weight.len(),
            shape.in_channels * shape.group_out() * kernel,
            "elements of the weights"
        );
        self.each_square(|tile, first, lanes, square| {
            let width = tile.wide * BLOCK;
            let outs = tile.outputs(&shape);
            for channel in first..first + lanes {
                let group = channel / shape.group_in() * shape.group_out();
                let start = outs.start.max(group);
                let count = outs
                    .end
                    .min(group + shape.group_out())
                    .saturating_sub(start);
                if count == 0 {
                    continue;
                }
                for tap in 0..shape.taps {
                    let row = (tap * lanes + channel - first) * width + start - outs.start;
                    let row = &mut square[row..row + count];
                    let from = channel * shape.group_out() + start - group;
                    let from = &weight[from * kernel..(from + count) * kernel];
                    if kernel == 1 {
                        row.copy_from_slice(from);
                        continue;
                    }
                    let tap = phase + (shape.taps - 1 - tap) * stride;
                    for (place, taps) in row.iter_mut().zip(from.chunks_exact(kernel)) {
                        *place = taps[tap];
                    }
                }
            }
        });
    }

    /// Hands every input block of every tile to `fill`, with its first channel and its
    /// lanes; all weights are zero before.
    fn each_square(&mut self, fill: impl Fn(&Tile, usize, usize, &mut [f32]) + Sync) {
        let (shape, algorithm) = (self.shape, self.algorithm);
        let (tiles, places) = (&self.tiles, Places(self.weight.as_mut_ptr()));
        Team::Joint.each(tiles.len(), |number| {
            let tile = &tiles[number];
            // SAFETY: the tiles' weights lie one after the other, and each is worked on once.
            let part = unsafe { std::slice::from_raw_parts_mut(places.at(tile.weight), tile.len) };
            let plain = |to: &mut [f32]| fill_tile(&shape, tile, &fill, to);
            match algorithm {
                Algorithm::Plain => plain(part),
                Algorithm::MinimalFilter => {
                    with_scratch(shape.taps * BLOCK * BLOCK, |scratch| {
                        plain(scratch);
                        minimal_filter::combine(&shape, scratch, part);
                    });
                }
                Algorithm::Strassen => match strassen::partner(&shape, tile) {
                    None => plain(part),
                    Some(partner) => {
                        let len = shape.in_channels * tile.wide * BLOCK;
                        with_scratch(2 * len, |scratch| {
                            let (one, two) = scratch.split_at_mut(len);
                            plain(one);
                            fill_tile(&shape, &partner, &fill, two);
                            strassen::combine(&shape, tile.wide, [one, two], part);
                        });
                    }
                },
            }
        });
    }

    pub(crate) fn set_bias(&mut self, bias: &[f32]) {
        assert_eq!(bias.len(), self.shape.out_channels, "elements of the bias");
        self.bias[..bias.len()].copy_from_slice(bias);
    }
}

/// Fills the weights of one tile, `[block][tap][lane][wide][16]`.
fn fill_tile(
    shape: &Shape,
    tile: &Tile,
    fill: &impl Fn(&Tile, usize, usize, &mut [f32]),
    mut to: &mut [f32],
) {
    for block in 0..tile.blocks {
        let whole = block + 1 < tile.blocks;
        let lanes = if whole { BLOCK } else { tile.last_lanes };
        let (square, later) = to.split_at_mut(lanes * shape.taps * tile.wide * BLOCK);
        square.fill(0.0);
        fill(tile, (tile.input + block) * BLOCK, lanes, square);
        to = later;
    }
}

/// The tile of one output block.
pub(crate) fn single(shape: &Shape, block: usize, weight: usize) -> Tile {
    tile(shape, block, 1, weight)
}

/// The tile of `wide` output blocks from `block` on.
fn tile(shape: &Shape, block: usize, wide: usize, weight: usize) -> Tile {
    let last = (shape.out_channels - 1).min((block + wide) * BLOCK - 1);
    let first_group = block * BLOCK / shape.group_out();
    let last_group = last / shape.group_out();
    let start = first_group * shape.group_in();
    let end = (last_group + 1) * shape.group_in();
    let input = start / BLOCK;
    let blocks = end.div_ceil(BLOCK) - input;
    let last_lanes = (end - 1) % BLOCK + 1;
    let lanes = (blocks - 1) * BLOCK + last_lanes;
    Tile {
        output: block,
        wide,
        input,
        blocks,
        last_lanes,
        weight,
        len: lanes * shape.taps * wide * BLOCK,
    }
}

/// Which taps of a convolution meet one phase of its input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phase {
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
    pub(crate) phase: usize,
}
