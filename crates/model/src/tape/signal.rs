//! Signals in the order the kernels read them.

use coronet_kernels::blocks::{Blocks, residual};

/// A batch of signals in blocks of channels; memory is kept when it is filled anew.
#[derive(Debug)]
pub(super) struct Signal {
    pub(super) blocks: Blocks,
    pub(super) values: Vec<f32>,
}

impl Default for Signal {
    fn default() -> Signal {
        let blocks = Blocks {
            batch: 0,
            channels: 0,
            length: 0,
        };
        Signal {
            blocks,
            values: Vec::new(),
        }
    }
}

impl Signal {
    /// Takes `[batch, channels, length]` from outside.
    pub(super) fn read(&mut self, values: &[f32], [batch, channels, length]: [usize; 3]) {
        self.resize(Blocks {
            batch,
            channels,
            length,
        });
        self.blocks.from_planar(values, &mut self.values);
    }

    /// Takes another size; what it holds is then of no use.
    pub(super) fn resize(&mut self, blocks: Blocks) {
        self.blocks = blocks;
        self.values.resize(blocks.len(), 0.0);
    }

    /// As `[batch, channels, length]`.
    pub(super) fn planar(&self) -> Vec<f32> {
        let Blocks {
            batch,
            channels,
            length,
        } = self.blocks;
        let mut planar = vec![0.0; batch * channels * length];
        self.blocks.to_planar(&self.values, &mut planar);
        planar
    }

    /// Takes no signals any more.
    pub(super) fn clear(&mut self) {
        *self = Signal::default();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Fills `to`, one number per channel and signal, with the means over time.
    pub(super) fn means(&self, to: &mut Signal) {
        to.resize(self.blocks.numbers());
        residual::means(&self.blocks, &self.values, &mut to.values);
    }

    /// Fills `to` with the sums over time of signals, `batch` of each cotangent.
    pub(super) fn sums(&self, batch: usize, to: &mut Signal) {
        let blocks = Blocks {
            batch,
            ..self.blocks
        };
        to.resize(times(self.blocks.batch / batch, &blocks.numbers()));
        let parts = to.values.chunks_mut(blocks.numbers().len());
        for (to, from) in parts.zip(self.values.chunks(blocks.len())) {
            residual::means(&blocks, from, to);
            to.iter_mut()
                .for_each(|value| *value *= blocks.length as f32);
        }
    }

    /// Takes on `blocks`, `batch` of each cotangent, and at all times the numbers of `sums`
    /// over the length.
    pub(super) fn spread(&mut self, blocks: &Blocks, batch: usize, sums: &Signal) {
        self.resize(*blocks);
        let blocks = Blocks { batch, ..*blocks };
        let parts = self.values.chunks_mut(blocks.len());
        for (to, from) in parts.zip(sums.values.chunks(blocks.numbers().len())) {
            residual::spread(&blocks, from, to);
        }
    }
}

/// The same signals once for each cotangent.
pub(super) fn times(cotangents: usize, blocks: &Blocks) -> Blocks {
    Blocks {
        batch: cotangents * blocks.batch,
        ..*blocks
    }
}
