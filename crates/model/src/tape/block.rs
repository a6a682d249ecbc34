//! One residual block of a recorded pass.

use super::gates::Gates;
use super::layer::{Activated, Layer, Use, of_convolution};
use super::signal::Signal;
use super::{Buffers, Uses};
use coronet_kernels::blocks::residual;
use coronet_kernels::network::Block;
use coronet_kernels::residual::Residual;

/// Where a block lies on the way back.
#[derive(Clone, Copy, Debug)]
pub(super) struct BackwardWalk {
    /// Whether it is the last block of the network, the first on the way back.
    pub(super) from_last: bool,
    /// Whether something before it learns.
    pub(super) goes_on: bool,
}

/// A block with packed weights, and what a pass leaves in it for its backward pass.
#[derive(Debug)]
pub(super) struct BlockTape {
    layers: [Layer; 3],
    gates: Gates,
    uses: [Use; 3],
    /// Inputs of the convolutions as they were read, where they are kept.
    activated: [Signal; 3],
    /// Outputs of the convolutions.
    signals: [Signal; 3],
    output: Signal,
}

impl BlockTape {
    pub(super) fn new<P>(block: &Block<P>) -> BlockTape {
        BlockTape {
            layers: block.convolutions.each_ref().map(Layer::convolution),
            gates: Gates::new(block),
            uses: Default::default(),
            activated: Default::default(),
            signals: Default::default(),
            output: Signal::default(),
        }
    }

    pub(super) fn output(&self) -> &Signal {
        &self.output
    }

    /// Gives back the memory of a pass, but for the few numbers of the gates.
    pub(super) fn release(&mut self) {
        let kept = self.activated.iter_mut().chain(&mut self.signals);
        kept.chain([&mut self.output]).for_each(Signal::clear);
    }

    pub(super) fn uses(&self) -> &[Use; 3] {
        &self.uses
    }

    pub(super) fn pack(&mut self, block: &Block<&[f32]>) {
        for (layer, given) in self.layers.iter_mut().zip(&block.convolutions) {
            layer.pack(given.weight, given.bias);
        }
        self.gates.pack(block);
    }

    pub(super) fn forward(&mut self, block: &Block<&[f32]>, uses: &mut Uses<'_>, input: &Signal) {
        for (number, layer) in self.layers.iter().enumerate() {
            let activation = &block.activations[number];
            let (done, todo) = self.signals.split_at_mut(number);
            let input = done.last().unwrap_or(input);
            self.uses[number] = uses.next(activation, input, true);
            let input = Activated::new(activation, &self.uses[number], input);
            layer.forward_keeping(input, &mut self.activated[number], &mut todo[0]);
        }
        let branch = &self.signals[2];
        self.gates.forward(branch);
        self.output.resize(branch.blocks);
        let (shape, gates) = (self.shape(input), self.gates.values());
        let to = &mut self.output.values;
        residual::forward(&shape, &branch.values, gates, &input.values, to);
    }

    fn shape(&self, input: &Signal) -> Residual {
        let (from, to) = (&input.blocks, &self.signals[2].blocks);
        Residual {
            batch: from.batch,
            in_channels: from.channels,
            out_channels: to.channels,
            in_length: from.length,
            halves: self.layers[1].halves(),
        }
    }

    /// Turns the gradients of the block's output, in `buffers.grad`, into those of `input`,
    /// if the walk goes on, and fills those of the parameters.
    ///
    /// The gradients of the last block's output are the same at all times: what it reads is
    /// then a mean over time.
    pub(super) fn backward(
        &self,
        block: &Block<&[f32]>,
        input: &Signal,
        gradients: &mut [&mut Block<Option<&mut [f32]>>],
        buffers: &mut Buffers,
        walk: BackwardWalk,
    ) {
        self.gates.backward(&self.signals[2], gradients, buffers);
        for number in (0..3usize).rev() {
            let before = number.checked_sub(1).map_or(input, |n| &self.signals[n]);
            let before = Activated::new(&block.activations[number], &self.uses[number], before);
            let kept = &self.activated[number];
            let read = match kept.is_empty() {
                true => before,
                false => Activated::plain(kept),
            };
            let targets = gradients
                .iter_mut()
                .map(|gradient| of_convolution(&mut gradient.convolutions[number]));
            let layer = &self.layers[number];
            if number == 0 && !walk.goes_on && !before.is_activated() {
                let Buffers { near, .. } = buffers;
                return layer.gradients(read, near, targets);
            }
            if number == 2 && walk.from_last {
                layer.back_from_means(read, targets, buffers);
            } else {
                let Buffers { near, far, .. } = buffers;
                layer.gradients(read, near, targets);
                layer.back(before.signal, near, far);
            }
            let Buffers { near, far, .. } = buffers;
            let mut norms: Vec<_> = gradients
                .iter_mut()
                .map(|gradient| &mut gradient.activations[number])
                .collect();
            before.back(far, &mut norms);
            std::mem::swap(near, far);
        }
        let Buffers { grad, near, .. } = buffers;
        let parts = near.values.chunks_mut(input.values.len());
        for (to, grad) in parts.zip(grad.values.chunks(self.output.values.len())) {
            residual::backward_shortcut(&self.shape(input), &input.values, grad, to);
        }
        std::mem::swap(grad, near);
    }
}
