//! A training pass on the CPU, recorded so that several cotangents are walked back at once.
//!
//! What is kept of a pass are the outputs of convolutions and blocks; activated signals and
//! dropout masks are made again where the backward pass needs them. Cotangents are laid one
//! after the other like samples of a larger batch, so whatever does not depend on them is
//! done once for all.

mod block;
mod gates;
mod layer;

use block::BlockTape;
use coronet_kernels::activation::Dropout;
use coronet_kernels::network::{Activation, Network};
use layer::{Signal, Use};

/// Where the gradients of the parameters go; `None` where one does not learn.
pub(crate) type Gradient<'a> = Network<Option<&'a mut [f32]>>;

/// How a pass treats the norms and drops activations.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TapePass<'a> {
    /// Share of activations dropped after learning norms.
    pub(crate) dropout: f32,
    /// Seed of the masks.
    pub(crate) seed: u64,
    /// Whether each norm learns, in the order a pass meets them.
    pub(crate) learning_norms: &'a [bool],
}

/// What a pass leaves for its backward pass; memory is kept from pass to pass.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    input: Signal,
    stem: Signal,
    stem_use: Use,
    stream: Signal,
    blocks: Vec<BlockTape>,
    features: Vec<f32>,
    buffers: Buffers,
}

/// Memory that the layers use in turn.
#[derive(Debug, Default)]
struct Buffers {
    /// An activated signal.
    activated: Signal,
    /// Gradients on their way back.
    grad: Signal,
    /// Gradients one layer further.
    further: Signal,
    /// Gradients on their way along the shortcut.
    shortcut: Signal,
}

impl Tape {
    /// Runs `network` on `input`, `[batch, leads, samples]`; gives the logits.
    pub(crate) fn forward(
        &mut self,
        network: &Network<&[f32]>,
        pass: TapePass<'_>,
        input: &[f32],
        shape: [usize; 3],
    ) -> Vec<f32> {
        let mut uses = Uses::new(pass);
        self.input.read(input, shape);
        layer::convolve(&network.stem, &self.input, &mut self.stem);
        self.stem_use = uses.next(&network.stem_activation, &self.stem, false);
        let stem = &network.stem_activation;
        layer::activate(stem, &self.stem_use, &self.stem, &mut self.stream);
        self.blocks
            .resize_with(network.blocks.len(), BlockTape::default);
        let mut stream = &self.stream;
        for (block, tape) in network.blocks.iter().zip(&mut self.blocks) {
            tape.forward(block, &mut uses, stream, &mut self.buffers.activated);
            stream = tape.output();
        }
        stream.means(&mut self.features);
        gates::linear(&network.head, &self.features)
    }

    /// How the pass used the activations, in the order it met them.
    pub(crate) fn uses(&self) -> impl Iterator<Item = &Use> {
        let blocks = self.blocks.iter().flat_map(BlockTape::uses);
        std::iter::once(&self.stem_use).chain(blocks)
    }

    /// Fills one gradient for each cotangent of the logits, `[batch, classes]`.
    ///
    /// Gradients of parameters that the network does not use are left as they are.
    pub(crate) fn backward(
        &mut self,
        network: &Network<&[f32]>,
        cotangents: &[Vec<f32>],
        gradients: &mut [Gradient<'_>],
    ) {
        let first = gradients.first().map_or(usize::MAX, first_learning);
        self.head(network, cotangents, gradients);
        for number in (0..network.blocks.len()).rev() {
            if number + 1 < first {
                return;
            }
            let (before, tapes) = self.blocks.split_at_mut(number);
            let input = before.last().map_or(&self.stream, BlockTape::output);
            let mut of_block: Vec<_> = gradients
                .iter_mut()
                .map(|gradient| &mut gradient.blocks[number])
                .collect();
            let block = &network.blocks[number];
            let goes_on = number + 1 > first;
            tapes[0].backward(block, input, &mut of_block, &mut self.buffers, goes_on);
        }
        if first == 0 {
            self.stem(network, gradients);
        }
    }

    /// From the cotangents of the logits to those of the last feature map.
    fn head(
        &mut self,
        network: &Network<&[f32]>,
        cotangents: &[Vec<f32>],
        gradients: &mut [Gradient<'_>],
    ) {
        let map = self.blocks.last().map_or(&self.stream, BlockTape::output);
        let grads = cotangents.concat();
        let mut targets: Vec<_> = gradients.iter_mut().map(|g| &mut g.head).collect();
        gates::linear_gradients(&network.head, &self.features, &grads, &mut targets);
        let by_feature = gates::linear_back(&network.head, &grads);
        self.buffers.grad.spread_means(&by_feature, map);
    }

    fn stem(&mut self, network: &Network<&[f32]>, gradients: &mut [Gradient<'_>]) {
        let mut norms: Vec<_> = gradients
            .iter_mut()
            .map(|gradient| &mut gradient.stem_activation)
            .collect();
        let activation = &network.stem_activation;
        let buffers = &mut self.buffers;
        layer::activate_back(activation, &self.stem_use, &self.stem, buffers, &mut norms);
        let mut targets: Vec<_> = gradients.iter_mut().map(|g| &mut g.stem).collect();
        layer::weight_gradients(&network.stem, &self.input, &buffers.grad, &mut targets);
    }
}

/// The place of the first layer that learns: 0 the stem, then the blocks, then the head.
fn first_learning(gradient: &Gradient<'_>) -> usize {
    let mut places = Vec::new();
    let mut look = |place: usize, learns: bool| places.extend(learns.then_some(place));
    let norm = |activation: &Activation<Option<&mut [f32]>>| match activation {
        Activation::NormSilu(norm) => norm.weight.is_some() || norm.bias.is_some(),
        _ => false,
    };
    look(
        0,
        gradient.stem.weight.is_some() || gradient.stem.bias.is_some(),
    );
    look(0, norm(&gradient.stem_activation));
    for (number, block) in gradient.blocks.iter().enumerate() {
        let convolutions = block.convolutions.iter();
        let mut weights = convolutions.map(|layer| layer.weight.is_some() || layer.bias.is_some());
        look(number + 1, weights.any(|learns| learns));
        look(number + 1, block.activations.iter().any(norm));
        let gates = [&block.squeeze, &block.excite];
        look(number + 1, gates.iter().any(|layer| layer.weight.is_some()));
    }
    places.into_iter().min().unwrap_or(usize::MAX)
}

/// Hands out how each activation is used, in the order a pass meets them.
struct Uses<'a> {
    pass: TapePass<'a>,
    met: usize,
    learning: u64,
}

impl Uses<'_> {
    fn new(pass: TapePass<'_>) -> Uses<'_> {
        Uses {
            pass,
            met: 0,
            learning: 0,
        }
    }

    /// The use of the next activation, which reads `input`; `drops` where dropout follows.
    fn next(&mut self, activation: &Activation<&[f32]>, input: &Signal, drops: bool) -> Use {
        if matches!(activation, Activation::Identity) {
            return Use::default();
        }
        let learns = self.pass.learning_norms[self.met];
        self.met += 1;
        self.learning += u64::from(learns);
        let dropout = (drops && learns && self.pass.dropout > 0.0).then(|| Dropout {
            probability: self.pass.dropout,
            seed: crate::net1d::layer_seed(self.pass.seed, self.learning),
        });
        Use::new(activation, input, learns, dropout)
    }
}
