//! The shape of the network and the places of its parameters.
//!
//! `P` is how a parameter is held: `&[f32]` where a plan packs the values, a range of
//! one flat vector where gradients are wanted. Elements of parameters are row-major:
//! convolutions `[out, in / groups, kernel]`, linear layers `[out, in]`.

/// A convolution with SAME padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Convolution<P> {
    /// Channels of the input; a multiple of `groups`.
    pub in_channels: usize,
    /// Channels of the output; a multiple of `groups`.
    pub out_channels: usize,
    /// Taps.
    pub kernel: usize,
    /// Distance between output samples, in input samples.
    pub stride: usize,
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// Weights, `[out, in / groups, kernel]`.
    pub weight: P,
    /// Added to every sample of an output channel.
    pub bias: P,
}

/// A linear layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linear<P> {
    /// Numbers that go in.
    pub inputs: usize,
    /// Numbers that come out.
    pub outputs: usize,
    /// Weights, `[outputs, inputs]`.
    pub weight: P,
    /// Added to the outputs.
    pub bias: P,
}

/// A batch normalisation with its running statistics.
#[derive(Clone, Debug, PartialEq)]
pub struct Norm<P> {
    /// Scale per channel.
    pub weight: P,
    /// Offset per channel.
    pub bias: P,
    /// Running mean per channel.
    pub mean: P,
    /// Running biased variance per channel.
    pub variance: P,
    /// Added to the variance.
    pub epsilon: f32,
}

/// What happens to a signal before a convolution reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Activation<P> {
    /// Nothing.
    Identity,
    /// SiLU.
    Silu,
    /// Norm, then SiLU.
    NormSilu(Norm<P>),
}

/// A residual block: three times activation and convolution, gates, shortcut.
///
/// The first and the third convolution are pointwise with stride 1. The shortcut halves
/// the length by maximum where the second convolution has stride 2, and centres the input's channels
/// in those of the output; see [`crate::residual`].
#[derive(Clone, Debug, PartialEq)]
pub struct Block<P> {
    /// What each of the convolutions reads through.
    pub activations: [Activation<P>; 3],
    /// Pointwise, grouped, pointwise.
    pub convolutions: [Convolution<P>; 3],
    /// From the mean over time of each channel to the hidden numbers of the gates, SiLU after.
    pub squeeze: Linear<P>,
    /// From the hidden numbers to one gate per channel, sigmoid after.
    pub excite: Linear<P>,
}

/// The whole network: stem, blocks, mean over time, linear head.
#[derive(Clone, Debug, PartialEq)]
pub struct Network<P> {
    /// First convolution.
    pub stem: Convolution<P>,
    /// What follows the stem.
    pub stem_activation: Activation<P>,
    /// Blocks in order.
    pub blocks: Vec<Block<P>>,
    /// From the mean over time of the last feature map to the logits.
    pub head: Linear<P>,
}

impl<P> Network<P> {
    /// The same network with its parameters held in another way.
    pub fn map<'a, Q>(&'a self, hold: &mut impl FnMut(&'a P) -> Q) -> Network<Q> {
        Network {
            stem: self.stem.map(hold),
            stem_activation: self.stem_activation.map(hold),
            blocks: self.blocks.iter().map(|block| block.map(hold)).collect(),
            head: self.head.map(hold),
        }
    }
}

impl<P> Block<P> {
    fn map<'a, Q>(&'a self, hold: &mut impl FnMut(&'a P) -> Q) -> Block<Q> {
        Block {
            activations: self.activations.each_ref().map(|layer| layer.map(hold)),
            convolutions: self.convolutions.each_ref().map(|layer| layer.map(hold)),
            squeeze: self.squeeze.map(hold),
            excite: self.excite.map(hold),
        }
    }
}

impl<P> Activation<P> {
    fn map<'a, Q>(&'a self, hold: &mut impl FnMut(&'a P) -> Q) -> Activation<Q> {
        match self {
            Activation::Identity => Activation::Identity,
            Activation::Silu => Activation::Silu,
            Activation::NormSilu(norm) => Activation::NormSilu(Norm {
                weight: hold(&norm.weight),
                bias: hold(&norm.bias),
                mean: hold(&norm.mean),
                variance: hold(&norm.variance),
                epsilon: norm.epsilon,
            }),
        }
    }
}

impl<P> Convolution<P> {
    fn map<'a, Q>(&'a self, hold: &mut impl FnMut(&'a P) -> Q) -> Convolution<Q> {
        Convolution {
            in_channels: self.in_channels,
            out_channels: self.out_channels,
            kernel: self.kernel,
            stride: self.stride,
            groups: self.groups,
            weight: hold(&self.weight),
            bias: hold(&self.bias),
        }
    }
}

impl<P> Linear<P> {
    fn map<'a, Q>(&'a self, hold: &mut impl FnMut(&'a P) -> Q) -> Linear<Q> {
        Linear {
            inputs: self.inputs,
            outputs: self.outputs,
            weight: hold(&self.weight),
            bias: hold(&self.bias),
        }
    }
}
