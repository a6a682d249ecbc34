//! Squeeze–excite gates of a recorded pass.

use super::Buffers;
use super::layer::{Activated, Layer, of_linear};
use super::signal::{Signal, times};
use coronet_kernels::blocks::residual;
use coronet_kernels::each_chunk;
use coronet_kernels::network::Block;

/// The gates of a block; all signals hold one number per channel and sample.
#[derive(Debug)]
pub(super) struct Gates {
    squeeze: Layer,
    excite: Layer,
    means: Signal,
    hidden: Signal,
    gates: Signal,
}

impl Gates {
    pub(super) fn new<P>(block: &Block<P>) -> Gates {
        Gates {
            squeeze: Layer::linear(&block.squeeze),
            excite: Layer::linear(&block.excite),
            means: Signal::default(),
            hidden: Signal::default(),
            gates: Signal::default(),
        }
    }

    pub(super) fn pack(&mut self, block: &Block<&[f32]>) {
        self.squeeze.pack(block.squeeze.weight, block.squeeze.bias);
        self.excite.pack(block.excite.weight, block.excite.bias);
    }

    /// One gate per sample and channel.
    pub(super) fn values(&self) -> &[f32] {
        &self.gates.values
    }

    pub(super) fn forward(&mut self, branch: &Signal) {
        branch.means(&mut self.means);
        self.squeeze
            .forward(Activated::plain(&self.means), &mut self.hidden);
        self.excite
            .forward(Activated::silu(&self.hidden), &mut self.gates);
        each_chunk(&mut self.gates.values, 1024, |_, values| {
            for value in values {
                *value = 1.0 / (1.0 + (-*value).exp());
            }
        });
    }

    /// From the gradients of the block's output, in `buffers.grad`, to those of its branch, in
    /// `buffers.near`.
    pub(super) fn backward(
        &self,
        branch: &Signal,
        gradients: &mut [&mut Block<Option<&mut [f32]>>],
        buffers: &mut Buffers,
    ) {
        let blocks = branch.blocks;
        let cotangents = gradients.len();
        let Buffers {
            grad,
            near,
            numbers,
            ..
        } = buffers;
        let [by_gate, by_hidden, by_mean] = numbers;
        by_gate.resize(times(cotangents, &self.gates.blocks));
        let parts = by_gate.values.chunks_mut(self.gates.values.len());
        for (to, grad) in parts.zip(grad.values.chunks(blocks.len())) {
            residual::backward_gate(&blocks, &branch.values, grad, to);
            for (to, gate) in to.iter_mut().zip(&self.gates.values) {
                *to *= gate * (1.0 - gate);
            }
        }
        let hidden = Activated::silu(&self.hidden);
        let targets = gradients.iter_mut().map(|g| of_linear(&mut g.excite));
        self.excite.gradients(hidden, by_gate, targets);
        self.excite.back(&self.hidden, by_gate, by_hidden);
        hidden.back(by_hidden, &mut []);
        let targets = gradients.iter_mut().map(|g| of_linear(&mut g.squeeze));
        let means = Activated::plain(&self.means);
        self.squeeze.gradients(means, by_hidden, targets);
        self.squeeze.back(&self.means, by_hidden, by_mean);
        near.resize(grad.blocks);
        let parts = near
            .values
            .chunks_mut(blocks.len())
            .zip(grad.values.chunks(blocks.len()));
        for ((to, grad), by_mean) in parts.zip(by_mean.values.chunks(self.gates.values.len())) {
            residual::backward_branch(&blocks, &self.gates.values, by_mean, grad, to);
        }
    }
}
