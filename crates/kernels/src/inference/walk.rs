//! One walk of some signals through the network.

use super::layer::{Entry, Layer, ResidualBlock};
use super::{GROUP, Output, Plan};
use crate::blocks::interleave;
use crate::convolve::{Rows, convolve};
use crate::packed::Packed;
use crate::product::Finish;
use crate::rowwise::{self, Affine, Join, Source};
use crate::simd::BLOCK;
use crate::strip::{Places, Strip, Team};

/// The signals of one walk between its layers.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// Input of the stem, then of blocks.
    input: Vec<f32>,
    /// The input of a block through its first activation.
    activated: Vec<f32>,
    /// After the first convolution of a block, with the margins of the second.
    first: Vec<f32>,
    second: Vec<f32>,
    third: Vec<f32>,
    /// Means over time, hidden numbers and gates, `[channel / 16][sample][16]`.
    mean: Vec<f32>,
    hidden: Vec<f32>,
    gate: Vec<f32>,
    /// Where the late blocks begin, for all signals of a group.
    late_input: Vec<f32>,
    late_activated: Vec<f32>,
}

impl Buffers {
    /// Gives buffers that change places during a pass one size, so that the next pass finds
    /// room wherever they are.
    fn level(&mut self) {
        let signals = [&mut self.input, &mut self.third, &mut self.late_input];
        let activated = [&mut self.activated, &mut self.late_activated];
        level(signals);
        level(activated);
    }
}

fn level<const N: usize>(buffers: [&mut Vec<f32>; N]) {
    let most = buffers.iter().map(|buffer| buffer.len()).max();
    for buffer in buffers {
        size(buffer, most.unwrap_or(0));
    }
}

/// What stays the same during a walk.
pub(super) struct Walk<'a> {
    plan: &'a Plan,
    length: usize,
    team: Team,
    /// Blocks that signals go through one by one.
    early: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn alone(plan: &'a Plan, length: usize) -> Walk<'a> {
        let mut rows = plan.stem.same_padding(length).0;
        let many_weights = |block: &ResidualBlock| {
            rows = block.convolutions[1].same_padding(rows).0;
            block.out_channels() > 4 * rows
        };
        let early = plan.blocks.iter().position(many_weights);
        Walk {
            plan,
            length,
            team: Team::Alone,
            early: early.unwrap_or(plan.blocks.len()),
        }
    }

    pub(super) fn joint(plan: &'a Plan, length: usize) -> Walk<'a> {
        Walk {
            plan,
            length,
            team: Team::Joint,
            early: 0,
        }
    }

    pub(super) fn plan(&self) -> &'a Plan {
        self.plan
    }

    /// Features and logits of any number of signals.
    pub(super) fn run(&self, input: &[f32], buffers: &mut Buffers, mut output: Output<'_>) {
        let sample = self.plan.in_channels() * self.length;
        let samples = input.len() / sample;
        let groups = samples.div_ceil(GROUP);
        for group in 0..groups {
            let (start, end) = (samples * group / groups, samples * (group + 1) / groups);
            let count = end - start;
            let parts = output.split_at(count * self.plan.features(), count * self.plan.classes());
            let [part, rest] = parts;
            output = rest;
            self.run_group(&input[start * sample..end * sample], count, buffers, part);
        }
        buffers.level();
    }

    fn run_group(&self, input: &[f32], samples: usize, buffers: &mut Buffers, output: Output<'_>) {
        let blocks = self.plan.blocks.len();
        let length = if self.early == 0 || samples == 1 {
            let length = self.stem(input, samples, buffers);
            self.blocks(0..blocks, samples, length, buffers)
        } else {
            let mut length = 0;
            let each = input.len() / samples;
            for (number, input) in input.chunks(each).enumerate() {
                length = self.stem(input, 1, buffers);
                length = self.blocks(0..self.early, 1, length, buffers);
                let [input, activated] = self.late_strips(length).map(|strip| strip.len());
                keep(
                    &buffers.input[..input],
                    &mut buffers.late_input,
                    number,
                    samples,
                );
                keep(
                    &buffers.activated[..activated],
                    &mut buffers.late_activated,
                    number,
                    samples,
                );
            }
            std::mem::swap(&mut buffers.input, &mut buffers.late_input);
            std::mem::swap(&mut buffers.activated, &mut buffers.late_activated);
            self.blocks(self.early..blocks, samples, length, buffers)
        };
        self.head(samples, length, buffers, output);
    }

    /// One signal where the late blocks begin, as it is and activated.
    fn late_strips(&self, length: usize) -> [Strip; 2] {
        let late = self.plan.blocks.get(self.early);
        let channels = late.map_or(self.plan.features(), ResidualBlock::in_channels);
        let activated = if late.is_some_and(|block| block.entry.is_some()) {
            length
        } else {
            0
        };
        [
            Strip::with_margins(1, channels, length, [1, 1]),
            Strip::tight(1, channels, activated),
        ]
    }

    /// Fills the input of the first block; returns its length.
    fn stem(&self, input: &[f32], samples: usize, buffers: &mut Buffers) -> usize {
        let stem = &self.plan.stem;
        let channels = self.plan.in_channels();
        let (length, padding) = stem.same_padding(self.length);
        let from = Strip::with_margins(samples, channels, self.length, padding);
        size(&mut buffers.first, from.len());
        self.lay_out(input, &from, &mut buffers.first);
        let to = Strip::with_margins(samples, stem.packed.shape.out_channels, length, [1, 1]);
        size(&mut buffers.input, to.len());
        self.convolve(stem, (&from, 0, &buffers.first), (&to, &mut buffers.input));
        if let Some(Some(entry)) = self.plan.blocks.first().map(|block| &block.entry) {
            self.activate(entry, &to, &buffers.input, &mut buffers.activated);
        }
        length
    }

    /// Brings planar signals into blocks with margins of zeros.
    fn lay_out(&self, input: &[f32], strip: &Strip, to: &mut [f32]) {
        let channels = self.plan.in_channels();
        strip.clear_margins(self.team, to);
        let to = &mut to[..strip.len()];
        for (number, to) in to.chunks_exact_mut(strip.block_len()).enumerate() {
            let (sample, block) = (number / strip.blocks, number % strip.blocks);
            let row = |channel: usize| (sample * channels + channel.min(channels)) * self.length;
            let rows = &input[row(block * BLOCK)..row((block + 1) * BLOCK)];
            let first = strip.first * BLOCK;
            interleave(
                rows,
                self.length,
                &mut to[first..first + self.length * BLOCK],
            );
        }
    }

    /// Runs some blocks on the input in the buffers; returns the last length.
    fn blocks(
        &self,
        range: std::ops::Range<usize>,
        samples: usize,
        mut length: usize,
        buffers: &mut Buffers,
    ) -> usize {
        for number in range {
            let next = self.plan.blocks.get(number + 1);
            let next = next.and_then(|block| block.entry.as_ref());
            length = self.block(&self.plan.blocks[number], next, samples, length, buffers);
        }
        length
    }

    fn block(
        &self,
        block: &ResidualBlock,
        next: Option<&Entry>,
        samples: usize,
        length: usize,
        buffers: &mut Buffers,
    ) -> usize {
        let (channels, out) = (block.in_channels(), block.out_channels());
        let [first, second, third] = &block.convolutions;
        let (out_length, padding) = second.same_padding(length);
        let input = Strip::with_margins(samples, channels, length, [1, 1]);
        let activated = Strip::tight(samples, channels, length);
        let wide = Strip::with_margins(samples, out, length, padding);
        let narrow = Strip::tight(samples, out, out_length);
        let branch = Strip::with_margins(samples, out, out_length, [1, 1]);
        size(&mut buffers.first, wide.len());
        size(&mut buffers.second, narrow.len());
        size(&mut buffers.third, branch.len());
        let from = match block.entry {
            Some(_) => (&activated, 0, &buffers.activated[..]),
            None => (&input, 1, &buffers.input[..]),
        };
        self.convolve(first, from, (&wide, &mut buffers.first));
        wide.clear_margins(self.team, &mut buffers.first);
        self.convolve(
            second,
            (&wide, 0, &buffers.first),
            (&narrow, &mut buffers.second),
        );
        self.convolve(
            third,
            (&narrow, 0, &buffers.second),
            (&branch, &mut buffers.third),
        );
        self.gates(block, &branch, buffers);
        self.join(block, next, (&input, &branch), buffers);
        std::mem::swap(&mut buffers.input, &mut buffers.third);
        out_length
    }

    /// Convolves from a strip, whose rows are read from `read` on.
    fn convolve(
        &self,
        layer: &Layer,
        (input, read, from): (&Strip, usize, &[f32]),
        (output, to): (&Strip, &mut [f32]),
    ) {
        let rows = Rows {
            read,
            write: output.first,
            step: 1,
            count: output.length,
        };
        convolve(
            self.team,
            &layer.packed,
            (input, from),
            (output, to),
            rows,
            layer.finish,
        );
    }

    fn gates(&self, block: &ResidualBlock, branch: &Strip, buffers: &mut Buffers) {
        self.means(branch, &buffers.third, &mut buffers.mean);
        let samples = branch.samples;
        self.linear(
            &block.squeeze,
            samples,
            &buffers.mean,
            &mut buffers.hidden,
            Finish::Silu,
        );
        self.linear(
            &block.excite,
            samples,
            &buffers.hidden,
            &mut buffers.gate,
            Finish::Sigmoid,
        );
    }

    /// Means over time, `[block][sample][16]`.
    fn means(&self, strip: &Strip, from: &[f32], to: &mut Vec<f32>) {
        size(to, strip.samples * strip.blocks * BLOCK);
        assert!(from.len() >= strip.len(), "this is a bug");
        let to = Places(to.as_mut_ptr());
        self.team.each(strip.blocks, |block| {
            for sample in 0..strip.samples {
                let from = from[strip.at(sample, block)..].as_ptr();
                let to = to.at((block * strip.samples + sample) * BLOCK);
                // SAFETY: the strip lies in `from`, and each mean has its own place.
                unsafe { rowwise::mean(from, strip.length, to) }
            }
        });
    }

    fn linear(
        &self,
        packed: &Packed,
        samples: usize,
        from: &[f32],
        to: &mut Vec<f32>,
        finish: Finish,
    ) {
        let input = Strip::tight(1, packed.shape.in_channels, samples);
        let output = Strip::tight(1, packed.shape.out_channels, samples);
        size(to, output.len());
        let rows = Rows {
            read: 0,
            write: 0,
            step: 1,
            count: samples,
        };
        convolve(
            self.team,
            packed,
            (&input, from),
            (&output, to),
            rows,
            finish,
        );
    }

    /// Adds gates and shortcut to the branch, and activates the sum for the next block.
    fn join(
        &self,
        block: &ResidualBlock,
        next: Option<&Entry>,
        (input, branch): (&Strip, &Strip),
        buffers: &mut Buffers,
    ) {
        let activated = Strip::tight(branch.samples, block.out_channels(), branch.length);
        if next.is_some() {
            size(&mut buffers.activated, activated.len());
        }
        let before = (block.out_channels() - block.in_channels()) / 2;
        let source = &buffers.input[..input.len()];
        let gate = &buffers.gate[..branch.blocks * branch.samples * BLOCK];
        assert!(buffers.third.len() >= branch.len(), "this is a bug");
        let (to, to_activated) = (
            Places(buffers.third.as_mut_ptr()),
            Places(buffers.activated.as_mut_ptr()),
        );
        self.team.each(branch.samples * branch.blocks, |task| {
            let (sample, number) = (task / branch.blocks, task % branch.blocks);
            let first = |block: usize| source.as_ptr().wrapping_add(input.at(sample, block));
            let join = Join {
                branch: to.at(branch.at(sample, number)),
                sum: to.at(branch.at(sample, number)),
                gate: gate[(number * branch.samples + sample) * BLOCK..].as_ptr(),
                source: Source::new(
                    number,
                    input.blocks,
                    before,
                    first,
                    input.length,
                    block.halves(),
                ),
                rows: branch.length,
                activated: next.map(|entry| {
                    (
                        to_activated.at(activated.at(sample, number)),
                        entry.affine(number),
                    )
                }),
            };
            // SAFETY: strips lie in their buffers, the input with a row on either side, and
            // every task has its own block.
            unsafe { rowwise::join(&join) }
        });
    }

    fn activate(&self, entry: &Entry, strip: &Strip, from: &[f32], to: &mut Vec<f32>) {
        let tight = Strip {
            rows: strip.length,
            first: 0,
            ..*strip
        };
        size(to, tight.len());
        assert!(from.len() >= strip.len(), "this is a bug");
        let to = Places(to.as_mut_ptr());
        self.team.each(strip.samples * strip.blocks, |task| {
            let (sample, block) = (task / strip.blocks, task % strip.blocks);
            let from = from[strip.at(sample, block)..].as_ptr();
            let to = to.at(tight.at(sample, block));
            // SAFETY: both strips lie in their buffers, and every task has its own block.
            unsafe { rowwise::activate(from, entry.affine(block), strip.length, to) }
        });
    }

    fn head(&self, samples: usize, length: usize, buffers: &mut Buffers, output: Output<'_>) {
        let (features, classes) = (self.plan.features(), self.plan.classes());
        let strip = Strip::with_margins(samples, features, length, [1, 1]);
        self.means(&strip, &buffers.input, &mut buffers.mean);
        let head = &self.plan.head;
        self.linear(
            head,
            samples,
            &buffers.mean,
            &mut buffers.gate,
            Finish::Plain,
        );
        gather(&buffers.mean, samples, features, output.features);
        gather(&buffers.gate, samples, classes, output.logits);
    }
}

impl Entry {
    fn affine(&self, block: usize) -> Affine {
        let lanes = block * BLOCK..(block + 1) * BLOCK;
        Affine {
            scale: self.scale[lanes.clone()].as_ptr(),
            shift: self.shift[lanes].as_ptr(),
        }
    }
}

/// Makes room for `len` elements; never shrinks.
fn size(buffer: &mut Vec<f32>, len: usize) {
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
}

/// Keeps the signals of one sample in its place among those of a group.
fn keep(from: &[f32], to: &mut Vec<f32>, number: usize, samples: usize) {
    size(to, from.len() * samples);
    to[number * from.len()..(number + 1) * from.len()].copy_from_slice(from);
}

/// Brings `[channel / 16][sample][16]` into `[sample][channel]`.
fn gather(from: &[f32], samples: usize, channels: usize, to: &mut [f32]) {
    for (sample, row) in to.chunks_exact_mut(channels).enumerate() {
        for (block, places) in row.chunks_mut(BLOCK).enumerate() {
            let at = (block * samples + sample) * BLOCK;
            places.copy_from_slice(&from[at..at + places.len()]);
        }
    }
}
