//! Single layers over signals: what the kernels are called with.

use super::Buffers;
use super::signal::{Signal, times};
use coronet_kernels::activation::{Dropout, Moments, Norm};
use coronet_kernels::blocks::activation::{self, Activation as Applied};
use coronet_kernels::blocks::convolution::PackedConvolution;
use coronet_kernels::network::{Activation, Convolution, Linear};

/// How one pass used an activation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Use {
    /// Moments that the norm standardised by.
    pub(crate) moments: Moments,
    /// Values each moment was taken over, where they are those of the batch.
    pub(crate) of_batch: Option<usize>,
    dropout: Option<Dropout>,
    met: bool,
}

impl Use {
    pub(super) fn new(
        activation: &Activation<&[f32]>,
        input: &Signal,
        learns: bool,
        dropout: Option<Dropout>,
    ) -> Use {
        let (moments, of_batch) = match activation {
            Activation::NormSilu(_) if learns => {
                let moments = activation::moments(&input.blocks, &input.values);
                (moments, Some(input.blocks.batch * input.blocks.length))
            }
            Activation::NormSilu(norm) => {
                let (mean, variance) = (norm.mean.to_vec(), norm.variance.to_vec());
                (Moments { mean, variance }, None)
            }
            _ => (Moments::default(), None),
        };
        Use {
            moments,
            of_batch,
            dropout,
            met: true,
        }
    }

    /// Whether a pass meets the activation: all but the identity are.
    pub(super) fn is_met(&self) -> bool {
        self.met
    }

    /// The activation as it was used; `None` for the identity.
    fn applied<'a>(&'a self, activation: &Activation<&'a [f32]>) -> Option<Applied<'a>> {
        let norm = match activation {
            Activation::Identity => return None,
            Activation::Silu => None,
            Activation::NormSilu(norm) => Some(Norm {
                moments: &self.moments,
                epsilon: norm.epsilon,
                weight: norm.weight,
                bias: norm.bias,
            }),
        };
        Some(Applied {
            norm,
            dropout: self.dropout,
        })
    }
}

/// A signal, and the activation it is read through.
#[derive(Clone, Copy)]
pub(super) struct Activated<'a> {
    pub(super) signal: &'a Signal,
    applied: Option<Applied<'a>>,
    of_batch: bool,
}

impl<'a> Activated<'a> {
    pub(super) fn new(
        activation: &Activation<&'a [f32]>,
        used: &'a Use,
        signal: &'a Signal,
    ) -> Activated<'a> {
        Activated {
            signal,
            applied: used.applied(activation),
            of_batch: used.of_batch.is_some(),
        }
    }

    /// A signal as it is.
    pub(super) fn plain(signal: &Signal) -> Activated<'_> {
        Activated {
            signal,
            applied: None,
            of_batch: false,
        }
    }

    /// A signal through SiLU.
    pub(super) fn silu(signal: &Signal) -> Activated<'_> {
        let silu = Applied {
            norm: None,
            dropout: None,
        };
        Activated {
            signal,
            applied: Some(silu),
            of_batch: false,
        }
    }

    /// Whether it is read through an activation at all.
    pub(super) fn is_activated(&self) -> bool {
        self.applied.is_some()
    }

    /// Fills `output` with the activated signal.
    pub(super) fn write(&self, output: &mut Signal) {
        let Signal { blocks, values } = self.signal;
        output.resize(*blocks);
        match &self.applied {
            Some(applied) => activation::forward(blocks, values, applied, &mut output.values),
            None => output.values.copy_from_slice(values),
        }
    }

    /// Fills `to` with the means over time of the activated signal, which comes to `room`
    /// where it is not the signal itself.
    fn means(&self, room: &mut Signal, to: &mut Signal) {
        if !self.is_activated() {
            return self.signal.means(to);
        }
        self.write(room);
        room.means(to);
    }

    /// Turns gradients of the activated signal into those of the signal, and fills those of
    /// its norm, one target for each cotangent.
    pub(super) fn back(
        &self,
        grads: &mut Signal,
        targets: &mut [&mut Activation<Option<&mut [f32]>>],
    ) {
        let Some(applied) = &self.applied else { return };
        let Signal { blocks, values } = self.signal;
        let to = &mut grads.values;
        let found = activation::backward(blocks, values, applied, self.of_batch, to);
        for (found, target) in found.iter().zip(targets) {
            if let Activation::NormSilu(norm) = &mut **target {
                for (to, from) in [
                    (&mut norm.weight, &found.weight),
                    (&mut norm.bias, &found.bias),
                ] {
                    if let Some(to) = to {
                        to.copy_from_slice(from);
                    }
                }
            }
        }
    }
}

/// A convolution or a linear layer with packed weights.
#[derive(Debug)]
pub(super) struct Layer {
    packed: PackedConvolution,
    stride: usize,
}

impl Layer {
    pub(super) fn convolution<P>(layer: &Convolution<P>) -> Layer {
        Layer {
            packed: PackedConvolution::new(layer),
            stride: layer.stride,
        }
    }

    /// Numbers lie like a signal of one sample whose time is the batch, so a linear layer is a
    /// pointwise convolution of them.
    pub(super) fn linear<P>(layer: &Linear<P>) -> Layer {
        Layer::convolution(&Convolution {
            in_channels: layer.inputs,
            out_channels: layer.outputs,
            kernel: 1,
            stride: 1,
            groups: 1,
            weight: (),
            bias: (),
        })
    }

    /// Whether the output has half the samples of the input.
    pub(super) fn halves(&self) -> bool {
        self.stride == 2
    }

    /// Brings new weights in.
    pub(super) fn pack(&mut self, weight: &[f32], bias: &[f32]) {
        self.packed.repack(weight, bias);
    }

    pub(super) fn forward(&self, input: Activated<'_>, output: &mut Signal) {
        let Signal { blocks, values } = input.signal;
        output.resize(self.packed.output(blocks));
        let applied = input.applied.as_ref();
        self.packed
            .forward(blocks, values, applied, &mut output.values);
    }

    /// The same; where it costs nothing, `kept` becomes the activated input, else it is left
    /// empty.
    pub(super) fn forward_keeping(
        &self,
        input: Activated<'_>,
        kept: &mut Signal,
        output: &mut Signal,
    ) {
        let (Some(applied), true) = (&input.applied, self.packed.pointwise()) else {
            kept.clear();
            return self.forward(input, output);
        };
        let Signal { blocks, values } = input.signal;
        kept.resize(*blocks);
        output.resize(self.packed.output(blocks));
        let (kept, output) = (&mut kept.values, &mut output.values);
        self.packed
            .forward_keeping(blocks, values, applied, kept, output);
    }

    /// Fills `to` with the gradients of `input` after its activation, given those of the output.
    pub(super) fn back(&self, input: &Signal, grads: &Signal, to: &mut Signal) {
        let cotangents = grads.blocks.batch / input.blocks.batch;
        let blocks = times(cotangents, &input.blocks);
        to.resize(blocks);
        self.packed
            .backward_input(&blocks, &grads.values, &mut to.values);
    }

    /// Both ways back of a pointwise layer at once, for gradients in `buffers.near` that are
    /// the same at all times; those of the input come to `buffers.far`.
    ///
    /// A sum over time of products with the same gradient is the product with the sum, and
    /// what is led back is the same at all times too: one number in place of a signal.
    pub(super) fn back_from_means<'t>(
        &self,
        input: Activated<'_>,
        targets: impl Iterator<Item = Target<'t>>,
        buffers: &mut Buffers,
    ) {
        let Buffers {
            near, far, numbers, ..
        } = buffers;
        let [grads, means, back] = numbers;
        let blocks = input.signal.blocks;
        input.means(far, means);
        near.sums(blocks.batch, grads);
        self.gradients(Activated::plain(means), grads, targets);
        self.back(means, grads, back);
        let cotangents = near.blocks.batch / blocks.batch;
        far.spread(&times(cotangents, &blocks), blocks.batch, back);
    }

    /// Fills the gradients of the parameters, one target for each cotangent.
    pub(super) fn gradients<'t>(
        &self,
        input: Activated<'_>,
        grads: &Signal,
        targets: impl Iterator<Item = Target<'t>>,
    ) {
        let targets: Option<Vec<[&mut [f32]; 2]>> = targets.collect();
        let Some(mut targets) = targets else { return };
        let Signal { blocks, values } = input.signal;
        let applied = input.applied.as_ref();
        self.packed
            .backward_weight(blocks, values, applied, &grads.values, &mut targets);
    }
}

/// Where the gradients of a layer's weights and biases go, if it learns.
pub(super) type Target<'t> = Option<[&'t mut [f32]; 2]>;

/// The places of a convolution's gradients.
pub(super) fn of_convolution<'t>(layer: &'t mut Convolution<Option<&mut [f32]>>) -> Target<'t> {
    Some([layer.weight.as_deref_mut()?, layer.bias.as_deref_mut()?])
}

/// The places of a linear layer's gradients.
pub(super) fn of_linear<'t>(layer: &'t mut Linear<Option<&mut [f32]>>) -> Target<'t> {
    Some([layer.weight.as_deref_mut()?, layer.bias.as_deref_mut()?])
}
