//! Laying signals and weights out for the tiles.

use super::Conv1d;
use super::tile::{CHANNELS, COLUMNS};

/// Samples of a chunk laid side by side.
pub(super) struct Segments {
    /// Samples in the chunk.
    pub(super) samples: usize,
    /// Columns from one sample to the next.
    pub(super) step: usize,
    /// Columns of all samples, rounded up to whole tiles.
    pub(super) width: usize,
}

impl Segments {
    pub(super) fn new(samples: usize, step: usize, multiple: usize) -> Segments {
        Segments {
            samples,
            step,
            width: (samples * step).next_multiple_of(multiple),
        }
    }
}

/// Where the columns of the packed rows lie.
pub(super) struct Layout {
    /// Rows of one phase: the channels of a group.
    channels: usize,
    /// Distance from one row to the next.
    pub(super) row_length: usize,
    /// Distance from one tile of columns to the next.
    pub(super) tile_step: usize,
    /// Whether each tile of columns holds all its rows together.
    panels: bool,
    /// Elements in all.
    len: usize,
}

impl Layout {
    /// For the input of a convolution: one row per phase and channel of a group.
    pub(super) fn inputs(shape: &Conv1d, segments: &Segments, panels: bool) -> Layout {
        Layout::new(
            shape.group_in(),
            shape.stride,
            shape.taps(),
            segments,
            panels,
        )
    }

    /// For the output: one row per channel of a group.
    pub(super) fn outputs(shape: &Conv1d, segments: &Segments, panels: bool) -> Layout {
        Layout::new(shape.group_out(), 1, shape.taps(), segments, panels)
    }

    fn new(
        channels: usize,
        phases: usize,
        taps: usize,
        segments: &Segments,
        panels: bool,
    ) -> Layout {
        if panels {
            let tile_step = channels * COLUMNS;
            let len = segments.width / COLUMNS * tile_step;
            return Layout {
                channels,
                row_length: COLUMNS,
                tile_step,
                panels,
                len,
            };
        }
        let row_length = segments.width + taps - 1;
        let len = phases * channels * row_length;
        Layout {
            channels,
            row_length,
            tile_step: COLUMNS,
            panels,
            len,
        }
    }

    /// Rows that weights `[channel][tap]` meet in a forward pass.
    pub(super) fn tap_rows(&self, shape: &Conv1d) -> Vec<u32> {
        (0..self.channels)
            .flat_map(|channel| (0..shape.kernel).map(move |tap| (channel, tap)))
            .map(|(channel, tap)| {
                let row = tap % shape.stride * self.channels + channel;
                (row * self.row_length + tap / shape.stride) as u32
            })
            .collect()
    }

    /// Rows that the weights of [`transposed_weights`] meet in a backward pass.
    pub(super) fn reversed_rows(&self, shape: &Conv1d, phase: usize) -> Vec<u32> {
        (0..self.channels)
            .flat_map(|channel| phase_taps(shape, phase).map(move |tap| (channel, tap)))
            .map(|(channel, tap)| {
                (channel * self.row_length + shape.taps() - 1 - tap / shape.stride) as u32
            })
            .collect()
    }

    /// Packs the phases of a group's input channels, padding included.
    pub(super) fn pack_inputs(
        &self,
        shape: &Conv1d,
        segments: &Segments,
        input: &[f32],
        group: usize,
        to: &mut Vec<f32>,
    ) {
        to.clear();
        to.resize(self.len, 0.0);
        for sample in 0..segments.samples {
            for channel in 0..self.channels {
                let from = sample * shape.in_channels + group * self.channels + channel;
                let signal = &input[from * shape.in_length..(from + 1) * shape.in_length];
                for phase in 0..shape.stride {
                    let skip = shape.pad_left.saturating_sub(phase).div_ceil(shape.stride);
                    let start = skip * shape.stride + phase - shape.pad_left;
                    let count = segments.step.saturating_sub(skip);
                    let values = signal.get(start..).unwrap_or(&[]);
                    let row = phase * self.channels + channel;
                    let column = sample * segments.step + skip;
                    match shape.stride {
                        1 => self.put(to, row, column, &values[..count.min(values.len())]),
                        stride => {
                            let at = row * self.row_length + column;
                            let places = to[at..].iter_mut().take(count);
                            for (place, value) in places.zip(values.iter().step_by(stride)) {
                                *place = *value;
                            }
                        }
                    }
                }
            }
        }
    }

    /// Packs a group's output channels, each sample moved right by `shift` columns.
    pub(super) fn pack_outputs(
        &self,
        shape: &Conv1d,
        segments: &Segments,
        output: &[f32],
        group: usize,
        shift: usize,
        to: &mut Vec<f32>,
    ) {
        to.clear();
        to.resize(self.len, 0.0);
        for sample in 0..segments.samples {
            for channel in 0..self.channels {
                let from = sample * shape.out_channels + group * self.channels + channel;
                let signal = &output[from * shape.out_length..(from + 1) * shape.out_length];
                self.put(to, channel, sample * segments.step + shift, signal);
            }
        }
    }

    /// Writes `values` to `row` from `column` on.
    fn put(&self, to: &mut [f32], row: usize, mut column: usize, mut values: &[f32]) {
        if !self.panels {
            let at = row * self.row_length + column;
            to[at..at + values.len()].copy_from_slice(values);
            return;
        }
        while !values.is_empty() {
            let within = column % COLUMNS;
            let (now, later) = values.split_at(values.len().min(COLUMNS - within));
            let at = column / COLUMNS * self.tile_step + row * COLUMNS + within;
            to[at..at + now.len()].copy_from_slice(now);
            column += now.len();
            values = later;
        }
    }
}

/// Taps that meet one phase.
fn phase_taps(shape: &Conv1d, phase: usize) -> impl Iterator<Item = usize> + use<> {
    (phase..shape.kernel).step_by(shape.stride)
}

/// Weights as `[group][tile of channels][row][channel]`, zeros where a tile is not full.
pub(super) fn forward_weights(
    weight: &[f32],
    groups: usize,
    channels: usize,
    rows: usize,
) -> Vec<f32> {
    let tiles = channels.div_ceil(CHANNELS);
    let mut packed = vec![0.0; groups * tiles * rows * CHANNELS];
    for (row_of_weights, values) in weight.chunks(rows).enumerate() {
        let (group, channel) = (row_of_weights / channels, row_of_weights % channels);
        let at = (group * tiles + channel / CHANNELS) * rows * CHANNELS + channel % CHANNELS;
        for (row, value) in values.iter().enumerate() {
            packed[at + row * CHANNELS] = *value;
        }
    }
    packed
}

/// Weights of the transposed convolution for one phase of the input, as
/// `[group][tile of input channels][output channel × tap][channel]`.
pub(super) fn transposed_weights(shape: &Conv1d, weight: &[f32], phase: usize) -> Vec<f32> {
    let tiles = shape.group_in().div_ceil(CHANNELS);
    let taps = phase_taps(shape, phase).count();
    let rows = shape.group_out() * taps;
    let mut packed = vec![0.0; shape.groups * tiles * rows * CHANNELS];
    for (index, values) in weight.chunks(shape.kernel).enumerate() {
        let (out, channel) = (index / shape.group_in(), index % shape.group_in());
        let (group, out) = (out / shape.group_out(), out % shape.group_out());
        let at = (group * tiles + channel / CHANNELS) * rows * CHANNELS + channel % CHANNELS;
        for (number, tap) in phase_taps(shape, phase).enumerate() {
            packed[at + (out * taps + number) * CHANNELS] = values[tap];
        }
    }
    packed
}
