//! Means over time, gates and shortcut over blocks, forward and backward.
//!
//! The same function as [`crate::residual`]. One number per channel and signal (means,
//! gates) is held as signals of one instant each: `Blocks { batch: 1, channels, length:
//! signals }`, so that linear layers on them are pointwise convolutions.

use super::Blocks;
use crate::residual::Residual;
use crate::rowwise::{self, Join, Source, Unpool};
use crate::simd::BLOCK;
use crate::strip::{Places, Team};

impl Blocks {
    /// One number per channel and signal.
    pub fn numbers(&self) -> Blocks {
        Blocks {
            batch: 1,
            channels: self.channels,
            length: self.batch,
        }
    }

    /// Place of the numbers of a block, counted over all signals.
    fn number_at(&self, block: usize) -> usize {
        let (sample, block) = (block / self.blocks(), block % self.blocks());
        (block * self.batch + sample) * BLOCK
    }
}

fn sides(shape: &Residual) -> [Blocks; 2] {
    let side = |channels, length| Blocks {
        batch: shape.batch,
        channels,
        length,
    };
    [
        side(shape.in_channels, shape.in_length),
        side(shape.out_channels, shape.out_length()),
    ]
}

/// Fills `means`, [`Blocks::numbers`], with the means over time of `input`.
///
/// # Panics
///
/// If a slice does not have the size the blocks ask for.
pub fn means(blocks: &Blocks, input: &[f32], means: &mut [f32]) {
    assert_eq!(input.len(), blocks.len(), "elements of the input");
    assert_eq!(means.len(), blocks.numbers().len(), "elements of the means");
    if blocks.is_empty() {
        return;
    }
    let to = Places(means.as_mut_ptr());
    Team::Joint.each(blocks.batch * blocks.blocks(), |number| {
        let (rows, to) = (blocks.block(input, number), to.at(blocks.number_at(number)));
        // SAFETY: the block has `length` rows, and each block a place of its own.
        unsafe { rowwise::mean(rows.as_ptr(), blocks.length, to) }
    });
}

/// Fills `output` with `branch · gate + shortcut(input)`; `gate` is [`Blocks::numbers`].
///
/// # Panics
///
/// If a slice does not have the size `shape` asks for.
pub fn forward(shape: &Residual, branch: &[f32], gate: &[f32], input: &[f32], output: &mut [f32]) {
    let [from, to] = sides(shape);
    assert_eq!(branch.len(), to.len(), "elements of the branch");
    assert_eq!(gate.len(), to.numbers().len(), "elements of the gates");
    assert_eq!(input.len(), from.len(), "elements of the input");
    assert_eq!(output.len(), to.len(), "elements of the output");
    if to.is_empty() {
        return;
    }
    let before = (shape.out_channels - shape.in_channels) / 2;
    let edges = Edges::new(&from, input, before);
    Team::Joint.each_chunk(output, to.block_len(), |number, output| {
        let (sample, block) = (number / to.blocks(), number % to.blocks());
        let first = |block: usize| edges.first(sample, block);
        let join = Join {
            branch: branch[number * to.block_len()..].as_ptr(),
            sum: output.as_mut_ptr(),
            gate: gate[to.number_at(number)..].as_ptr(),
            source: Source::new(
                block,
                from.blocks(),
                before,
                first,
                from.length,
                shape.halves,
            ),
            rows: to.length,
            activated: None,
        };
        // SAFETY: the assertions bound every access, `edges` those beside a block.
        unsafe { rowwise::join(&join) }
    });
}

/// Fills `signals` with one number, [`Blocks::numbers`], at all times of each channel: the
/// number of `sums` over the length.
///
/// # Panics
///
/// If a slice does not have the size the blocks ask for.
pub fn spread(blocks: &Blocks, sums: &[f32], signals: &mut [f32]) {
    assert_eq!(signals.len(), blocks.len(), "elements of the signals");
    assert_eq!(sums.len(), blocks.numbers().len(), "elements of the sums");
    if blocks.is_empty() {
        return;
    }
    let each = 1.0 / blocks.length as f32;
    Team::Joint.each_chunk(signals, blocks.block_len(), |number, to| {
        let from = &sums[blocks.number_at(number)..][..BLOCK];
        for row in to.chunks_exact_mut(BLOCK) {
            row.iter_mut()
                .zip(from)
                .for_each(|(to, sum)| *to = sum * each);
        }
    });
}

/// Fills `gate_grad` with the gradient of the gates, given that of the output.
///
/// # Panics
///
/// If a slice does not have the size the blocks of the output ask for.
pub fn backward_gate(blocks: &Blocks, branch: &[f32], output_grad: &[f32], gate_grad: &mut [f32]) {
    assert_eq!(branch.len(), blocks.len(), "elements of the branch");
    assert_eq!(output_grad.len(), blocks.len(), "elements of the gradient");
    assert_eq!(
        gate_grad.len(),
        blocks.numbers().len(),
        "elements of the gates"
    );
    if blocks.is_empty() {
        return;
    }
    let to = Places(gate_grad.as_mut_ptr());
    Team::Joint.each(blocks.batch * blocks.blocks(), |number| {
        let [branch, grad] = [branch, output_grad].map(|data| blocks.block(data, number));
        let to = to.at(blocks.number_at(number));
        // SAFETY: both blocks have `length` rows, and each block a place of its own.
        unsafe { rowwise::dot(branch.as_ptr(), grad.as_ptr(), blocks.length, to) }
    });
}

/// Fills `branch_grad` with `output_grad · gate + mean_grad / length`: the gradient of a
/// branch that the output takes through gates, and the gates through its mean over time.
///
/// # Panics
///
/// If a slice does not have the size the blocks of the output ask for.
pub fn backward_branch(
    blocks: &Blocks,
    gate: &[f32],
    mean_grad: &[f32],
    output_grad: &[f32],
    branch_grad: &mut [f32],
) {
    assert_eq!(output_grad.len(), blocks.len(), "elements of the gradient");
    assert_eq!(branch_grad.len(), blocks.len(), "elements of the branch");
    assert_eq!(gate.len(), blocks.numbers().len(), "elements of the gates");
    assert_eq!(mean_grad.len(), gate.len(), "elements of the means");
    if blocks.is_empty() {
        return;
    }
    let each = 1.0 / blocks.length as f32;
    let offset: Vec<f32> = mean_grad.iter().map(|grad| grad * each).collect();
    Team::Joint.each_chunk(branch_grad, blocks.block_len(), |number, to| {
        let (grad, at) = (blocks.block(output_grad, number), blocks.number_at(number));
        let (gate, offset) = (gate[at..].as_ptr(), offset[at..].as_ptr());
        // SAFETY: both blocks have `length` rows, gates and offsets sixteen lanes.
        unsafe {
            rowwise::scale_rows(grad.as_ptr(), gate, offset, blocks.length, to.as_mut_ptr());
        }
    });
}

/// Adds the gradient that reaches the input through the shortcut to `input_grad`.
///
/// # Panics
///
/// If a slice does not have the size `shape` asks for.
pub fn backward_shortcut(
    shape: &Residual,
    input: &[f32],
    output_grad: &[f32],
    input_grad: &mut [f32],
) {
    let [from, to] = sides(shape);
    assert_eq!(input.len(), from.len(), "elements of the input");
    assert_eq!(output_grad.len(), to.len(), "elements of the gradient");
    assert_eq!(
        input_grad.len(),
        from.len(),
        "elements of the input gradient"
    );
    if from.is_empty() {
        return;
    }
    // Seen from the input, the output's channels begin `before` lanes earlier: as if they
    // were centred with the missing part of a block of zeros in front, some blocks later.
    let before = (shape.out_channels - shape.in_channels) / 2;
    let later = before.div_ceil(BLOCK);
    let front = later * BLOCK - before;
    let edges = Edges::new(&to, output_grad, front);
    Team::Joint.each_chunk(input_grad, from.block_len(), |number, input_grad| {
        let (sample, block) = (number / from.blocks(), number % from.blocks());
        let first = |block: usize| edges.first(sample, block);
        let block = block + later;
        let unpool = Unpool {
            input: input[number * from.block_len()..].as_ptr(),
            grad: Source::new(block, to.blocks(), front, first, to.length, false),
            to: input_grad.as_mut_ptr(),
            rows: from.length,
            lanes: BLOCK.min(from.channels - number % from.blocks() * BLOCK),
            halves: shape.halves,
        };
        // SAFETY: the assertions bound every access, `edges` those beside a block.
        unsafe { rowwise::unpool(&unpool) }
    });
}

/// Blocks with sixteen readable places on either side of each.
///
/// Within a tensor the neighbouring blocks are there; the first and the last block are
/// copied with zeros around them.
struct Edges<'a> {
    blocks: &'a Blocks,
    data: &'a [f32],
    copies: [Vec<f32>; 2],
}

impl Edges<'_> {
    fn new<'a>(blocks: &'a Blocks, data: &'a [f32], shift: usize) -> Edges<'a> {
        let around = |block: &[f32]| {
            let zeros = [0.0; BLOCK];
            [&zeros, block, &zeros].concat()
        };
        let copies = if shift.is_multiple_of(BLOCK) || data.is_empty() {
            [Vec::new(), Vec::new()]
        } else {
            let len = blocks.block_len();
            [around(&data[..len]), around(&data[data.len() - len..])]
        };
        Edges {
            blocks,
            data,
            copies,
        }
    }

    fn first(&self, sample: usize, block: usize) -> *const f32 {
        let number = sample * self.blocks.blocks() + block;
        let copy = match number {
            0 => &self.copies[0],
            last if last + 1 == self.blocks.batch * self.blocks.blocks() => &self.copies[1],
            _ => {
                return self
                    .data
                    .as_ptr()
                    .wrapping_add(number * self.blocks.block_len());
            }
        };
        match copy.get(BLOCK..) {
            Some(rows) if !rows.is_empty() => copy.as_ptr().wrapping_add(BLOCK),
            _ => self
                .data
                .as_ptr()
                .wrapping_add(number * self.blocks.block_len()),
        }
    }
}
