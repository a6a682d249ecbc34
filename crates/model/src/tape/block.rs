//! One residual block of a recorded pass.

use super::gates::Gates;
use super::layer::{self, Signal, Use};
use super::{Buffers, Uses};
use coronet_kernels::network::{Activation, Block};

/// What a block leaves for its backward pass.
#[derive(Debug, Default)]
pub(super) struct BlockTape {
    /// Whether the first activation is one.
    starts_activated: bool,
    uses: [Use; 3],
    /// Outputs of the convolutions.
    signals: [Signal; 3],
    gates: Gates,
    output: Signal,
}

impl BlockTape {
    pub(super) fn output(&self) -> &Signal {
        &self.output
    }

    pub(super) fn uses(&self) -> impl Iterator<Item = &Use> {
        let skipped = usize::from(!self.starts_activated);
        self.uses.iter().skip(skipped)
    }

    pub(super) fn forward(
        &mut self,
        block: &Block<&[f32]>,
        uses: &mut Uses<'_>,
        input: &Signal,
        activated: &mut Signal,
    ) {
        self.starts_activated = !matches!(block.activations[0], Activation::Identity);
        for (number, convolution) in block.convolutions.iter().enumerate() {
            let activation = &block.activations[number];
            let (done, todo) = self.signals.split_at_mut(number);
            let input = done.last().unwrap_or(input);
            self.uses[number] = uses.next(activation, input, true);
            layer::activate(activation, &self.uses[number], input, activated);
            layer::convolve(convolution, activated, &mut todo[0]);
        }
        let branch = &self.signals[2];
        self.gates.forward(block, branch);
        layer::join(branch, self.gates.values(), input, &mut self.output);
    }

    /// Turns the gradients of the block's output, in `buffers.grad`, into those of `input`,
    /// as far as they are asked for, and fills those of the parameters.
    pub(super) fn backward(
        &mut self,
        block: &Block<&[f32]>,
        input: &Signal,
        gradients: &mut [&mut Block<Option<&mut [f32]>>],
        buffers: &mut Buffers,
        goes_on: bool,
    ) {
        let branch = &self.signals[2];
        let by_gate = layer::join_back([branch, input], self.gates.values(), buffers);
        let by_mean = self.gates.backward(block, by_gate, gradients);
        buffers.grad.add_means(&by_mean);
        for number in (0..3usize).rev() {
            let input = number.checked_sub(1).map_or(input, |n| &self.signals[n]);
            let (activation, used) = (&block.activations[number], &self.uses[number]);
            let convolution = &block.convolutions[number];
            layer::activate(activation, used, input, &mut buffers.activated);
            let mut targets: Vec<_> = gradients
                .iter_mut()
                .map(|gradient| &mut gradient.convolutions[number])
                .collect();
            let Buffers {
                activated, grad, ..
            } = &*buffers;
            layer::weight_gradients(convolution, activated, grad, &mut targets);
            if number == 0 && !goes_on && !self.starts_activated {
                return;
            }
            layer::convolve_back(convolution, input.length(), buffers);
            let mut norms: Vec<_> = gradients
                .iter_mut()
                .map(|gradient| &mut gradient.activations[number])
                .collect();
            layer::activate_back(activation, used, input, buffers, &mut norms);
        }
        let Buffers { grad, shortcut, .. } = buffers;
        grad.add(shortcut);
    }
}
