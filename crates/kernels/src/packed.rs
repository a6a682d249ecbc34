//! Weights of a convolution in the order the product reads them.

use crate::product::WIDE;
use crate::simd::BLOCK;
use rayon::prelude::*;

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

/// Packed weights and bias.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    pub(crate) shape: Shape,
    pub(crate) tiles: Vec<Tile>,
    pub(crate) weight: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

impl Packed {
    /// Room for the weights of `shape`, all zero.
    pub(crate) fn new(shape: Shape) -> Packed {
        let blocks = shape.out_channels.div_ceil(BLOCK);
        let mut tiles: Vec<Tile> = Vec::new();
        let (mut block, mut weight) = (0, 0);
        while block < blocks {
            let wide = if shape.groups == 1 {
                WIDE.min(blocks - block)
            } else {
                1
            };
            let tile = tile(&shape, block, wide, weight);
            tiles.push(tile);
            weight += tile.len;
            block += wide;
        }
        Packed {
            shape,
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
        let at = |out: usize, channel: usize, tap: usize| {
            weight[(out * shape.group_in() + channel) * shape.taps + tap]
        };
        self.fill(at);
    }

    /// Fills the weights with `value(out, channel of the group, tap)`.
    pub(crate) fn fill(&mut self, value: impl Fn(usize, usize, usize) -> f32 + Sync) {
        let shape = self.shape;
        let mut rest = self.weight.as_mut_slice();
        let mut parts = Vec::with_capacity(self.tiles.len());
        for tile in &self.tiles {
            let (part, later) = rest.split_at_mut(tile.len);
            parts.push((tile, part));
            rest = later;
        }
        parts
            .into_par_iter()
            .for_each(|(tile, part)| fill_tile(&shape, tile, &value, part));
    }

    pub(crate) fn set_bias(&mut self, bias: &[f32]) {
        assert_eq!(bias.len(), self.shape.out_channels, "elements of the bias");
        self.bias[..bias.len()].copy_from_slice(bias);
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

fn fill_tile(
    shape: &Shape,
    tile: &Tile,
    value: &(impl Fn(usize, usize, usize) -> f32 + Sync),
    to: &mut [f32],
) {
    let mut rows = to.chunks_exact_mut(tile.wide * BLOCK);
    for block in 0..tile.blocks {
        let lanes = if block + 1 == tile.blocks {
            tile.last_lanes
        } else {
            BLOCK
        };
        for tap in 0..shape.taps {
            for lane in 0..lanes {
                let channel = (tile.input + block) * BLOCK + lane;
                let group = channel / shape.group_in();
                let row = rows.next().expect("a row per tap and lane, this is a bug");
                for (number, place) in row.iter_mut().enumerate() {
                    let out = tile.output * BLOCK + number;
                    let inside = out < shape.out_channels && out / shape.group_out() == group;
                    *place = if inside {
                        value(out, channel % shape.group_in(), tap)
                    } else {
                        0.0
                    };
                }
            }
        }
    }
}
