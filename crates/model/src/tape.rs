//! A pass on the CPU, recorded so that several cotangents are walked back at once: to the
//! parameters while a network learns, to the windows where it is asked what moved it.
//!
//! What is kept of a pass are the outputs of convolutions and blocks, and what pointwise
//! convolutions read; other activated signals and the dropout masks are made again where the
//! backward pass needs them. Cotangents are laid one after the other like samples of a larger
//! batch, so whatever does not depend on them is done once for all.

mod block;
mod gates;
mod layer;
mod signal;

use block::{BackwardWalk, BlockTape};
use coronet_kernels::activation::Dropout;
use coronet_kernels::network::{Activation, Network};
use layer::{Activated, Layer, Use, of_convolution, of_linear};
use signal::{Signal, times};

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

/// A network with packed weights, and what a pass leaves for its backward pass; memory is kept
/// from pass to pass.
#[derive(Debug)]
pub(crate) struct Tape {
    stem: Layer,
    stem_use: Use,
    input: Signal,
    /// Output of the stem, before its activation.
    stem_signal: Signal,
    /// What the first block reads.
    stream: Signal,
    blocks: Vec<BlockTape>,
    /// Means over time of the last feature map.
    features: Signal,
    head: Layer,
    buffers: Buffers,
}

/// Memory that the layers use in turn.
#[derive(Debug, Default)]
struct Buffers {
    /// Gradients of a block's output.
    grad: Signal,
    /// Gradients of the layer at hand.
    near: Signal,
    /// Gradients one layer further.
    far: Signal,
    /// Gradients of gates, of hidden numbers and of means.
    numbers: [Signal; 3],
}

impl Tape {
    /// Room for the weights and passes of a network.
    pub(crate) fn new<P>(network: &Network<P>) -> Tape {
        Tape {
            stem: Layer::convolution(&network.stem),
            stem_use: Use::default(),
            input: Signal::default(),
            stem_signal: Signal::default(),
            stream: Signal::default(),
            blocks: network.blocks.iter().map(BlockTape::new).collect(),
            features: Signal::default(),
            head: Layer::linear(&network.head),
            buffers: Buffers::default(),
        }
    }

    /// Runs `network` on `input`, `[batch, leads, samples]`; gives the logits.
    pub(crate) fn forward(
        &mut self,
        network: &Network<&[f32]>,
        pass: TapePass<'_>,
        input: &[f32],
        shape: [usize; 3],
    ) -> Vec<f32> {
        self.pack(network);
        self.run(network, pass, input, shape)
    }

    /// The same with the weights that were packed last; of `network` only the norms are read.
    pub(crate) fn run(
        &mut self,
        network: &Network<&[f32]>,
        pass: TapePass<'_>,
        input: &[f32],
        shape: [usize; 3],
    ) -> Vec<f32> {
        let mut uses = Uses::new(pass);
        self.input.read(input, shape);
        self.stem
            .forward(Activated::plain(&self.input), &mut self.stem_signal);
        let activation = &network.stem_activation;
        self.stem_use = uses.next(activation, &self.stem_signal, false);
        Activated::new(activation, &self.stem_use, &self.stem_signal).write(&mut self.stream);
        let mut stream = &self.stream;
        for (block, tape) in network.blocks.iter().zip(&mut self.blocks) {
            tape.forward(block, &mut uses, stream);
            stream = tape.output();
        }
        stream.means(&mut self.features);
        let logits = &mut self.buffers.near;
        self.head.forward(Activated::plain(&self.features), logits);
        transposed(&logits.planar(), shape[0])
    }

    /// Brings new weights in.
    pub(crate) fn pack(&mut self, network: &Network<&[f32]>) {
        self.stem.pack(network.stem.weight, network.stem.bias);
        for (tape, block) in self.blocks.iter_mut().zip(&network.blocks) {
            tape.pack(block);
        }
        self.head.pack(network.head.weight, network.head.bias);
    }

    /// Gives back the memory of a pass; the packed weights stay.
    pub(crate) fn release(&mut self) {
        for signal in [
            &mut self.input,
            &mut self.stem_signal,
            &mut self.stream,
            &mut self.features,
        ] {
            signal.clear();
        }
        self.blocks.iter_mut().for_each(BlockTape::release);
        self.buffers = Buffers::default();
    }

    /// How the pass used the activations, in the order it met them.
    pub(crate) fn uses(&self) -> impl Iterator<Item = &Use> {
        let blocks = self.blocks.iter().flat_map(BlockTape::uses);
        let met = blocks.filter(|used| used.is_met());
        std::iter::once(&self.stem_use).chain(met)
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
        self.back_to_map(cotangents, gradients);
        let goes_on = first == 0;
        self.back_through_blocks(network, gradients, first.saturating_sub(1), goes_on);
        if goes_on {
            self.back_to_stem(network, gradients);
        }
    }

    /// Derivatives by the windows, `[cotangent][batch, leads, samples]`, for cotangents of the
    /// logits, `[batch, classes]` each.
    pub(crate) fn by_windows(
        &mut self,
        network: &Network<&[f32]>,
        cotangents: &[Vec<f32>],
    ) -> Vec<f32> {
        let mut nothing = learning_nothing(network, cotangents.len());
        self.back_to_map(cotangents, &mut nothing);
        self.back_through_blocks(network, &mut nothing, 0, true);
        let Buffers { grad, near, .. } = &mut self.buffers;
        let activation = &network.stem_activation;
        Activated::new(activation, &self.stem_use, &self.stem_signal).back(grad, &mut []);
        self.stem.back(&self.input, grad, near);
        near.planar()
    }

    /// The feature map behind a block, `[batch, channels, length]`, and the derivatives by it,
    /// `[cotangent][batch, channels, length]`.
    pub(crate) fn by_map(
        &mut self,
        network: &Network<&[f32]>,
        cotangents: &[Vec<f32>],
        block: usize,
    ) -> [Vec<f32>; 2] {
        let mut nothing = learning_nothing(network, cotangents.len());
        self.back_to_map(cotangents, &mut nothing);
        self.back_through_blocks(network, &mut nothing, block + 1, true);
        [
            self.blocks[block].output().planar(),
            self.buffers.grad.planar(),
        ]
    }

    /// Walks back from the last block to block `until`, and out of it if the walk goes on.
    fn back_through_blocks(
        &mut self,
        network: &Network<&[f32]>,
        gradients: &mut [Gradient<'_>],
        until: usize,
        goes_on: bool,
    ) {
        for number in (until..network.blocks.len()).rev() {
            let (before, tapes) = self.blocks.split_at(number);
            let input = before.last().map_or(&self.stream, BlockTape::output);
            let mut of_block: Vec<_> = gradients
                .iter_mut()
                .map(|gradient| &mut gradient.blocks[number])
                .collect();
            let block = &network.blocks[number];
            let walk = BackwardWalk {
                from_last: number + 1 == network.blocks.len(),
                goes_on: goes_on || number > until,
            };
            tapes[0].backward(block, input, &mut of_block, &mut self.buffers, walk);
        }
    }

    /// From the cotangents of the logits to those of the last feature map, in `buffers.grad`.
    fn back_to_map(&mut self, cotangents: &[Vec<f32>], gradients: &mut [Gradient<'_>]) {
        let map = self.blocks.last().map_or(&self.stream, BlockTape::output);
        let Buffers {
            grad, near, far, ..
        } = &mut self.buffers;
        let batch = map.blocks.batch;
        let classes = cotangents
            .first()
            .map_or(0, |cotangent| cotangent.len() / batch);
        let by_class = cotangents
            .iter()
            .map(|cotangent| transposed(cotangent, classes));
        far.read(
            &by_class.collect::<Vec<_>>().concat(),
            [cotangents.len(), classes, batch],
        );
        let targets = gradients
            .iter_mut()
            .map(|gradient| of_linear(&mut gradient.head));
        self.head
            .gradients(Activated::plain(&self.features), far, targets);
        self.head.back(&self.features, far, near);
        grad.spread(&times(cotangents.len(), &map.blocks), batch, near);
    }

    /// From the gradients of the first block's input to the stem's parameters.
    fn back_to_stem(&mut self, network: &Network<&[f32]>, gradients: &mut [Gradient<'_>]) {
        let Buffers { grad, .. } = &mut self.buffers;
        let mut norms: Vec<_> = gradients
            .iter_mut()
            .map(|gradient| &mut gradient.stem_activation)
            .collect();
        let activation = &network.stem_activation;
        Activated::new(activation, &self.stem_use, &self.stem_signal).back(grad, &mut norms);
        let targets = gradients
            .iter_mut()
            .map(|gradient| of_convolution(&mut gradient.stem));
        let input = Activated::plain(&self.input);
        self.stem.gradients(input, grad, targets);
    }
}

/// Places for the gradients of parameters none of which learns.
fn learning_nothing(network: &Network<&[f32]>, cotangents: usize) -> Vec<Gradient<'static>> {
    (0..cotangents)
        .map(|_| network.map(&mut |_| None))
        .collect()
}

/// Rows of `width` numbers as columns, one after the other.
fn transposed(values: &[f32], width: usize) -> Vec<f32> {
    (0..width)
        .flat_map(|column| values.iter().skip(column).step_by(width).copied())
        .collect()
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
