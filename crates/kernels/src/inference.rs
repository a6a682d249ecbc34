//! The whole network without derivatives: weights packed once, buffers kept.
//!
//! Norms that follow a convolution are folded into its weights, and SiLU is applied to
//! each tile of output while it is in the first cache. Signals are in blocks of sixteen
//! channels throughout (see [`crate::blocks`]). Where there are as many signals as
//! threads, each thread takes its own: one by one through the early blocks, whose signals
//! are large, and some at a time through the late ones, whose weights are. Signals that
//! are left over are worked on by all threads together, which stay together for the whole
//! pass (see `crew`).

mod layer;
mod walk;

use crate::crew::together;
use crate::network::Network;
use crate::packed::Packed;
use crate::strip::Team;
use layer::{Layer, ResidualBlock};
use std::sync::{Mutex, MutexGuard, PoisonError};
use walk::{Buffers, Walk};

/// Signals that go through the late blocks together.
const GROUP: usize = 8;

/// A network made ready for a fast pass.
///
/// Holds its own copy of the weights in the order the kernels read them. Every result
/// depends on its own signal alone: neither the batch nor the number of threads changes it.
#[derive(Debug)]
pub struct Plan {
    stem: Layer,
    blocks: Vec<ResidualBlock>,
    head: Packed,
}

/// Buffers of a pass, kept between passes.
///
/// Grows to what the largest pass so far needed; after that, a pass allocates nothing but a
/// few bytes for each further thread, with which it is asked to help.
#[derive(Debug, Default)]
pub struct Workspace {
    members: Vec<Mutex<Member>>,
}

/// What one thread works with, and the results of its own signals.
#[derive(Debug, Default)]
struct Member {
    buffers: Buffers,
    features: Vec<f32>,
    logits: Vec<f32>,
}

/// Where a pass puts its results.
#[derive(Debug)]
pub struct Output<'a> {
    /// Mean over time of the last feature map, `[batch, features]`.
    pub features: &'a mut [f32],
    /// One logit per class, `[batch, classes]`.
    pub logits: &'a mut [f32],
}

impl Output<'_> {
    fn split_at(self, features: usize, logits: usize) -> [Self; 2] {
        let (left, right) = self.features.split_at_mut(features);
        let (left_logits, right_logits) = self.logits.split_at_mut(logits);
        let part = |features, logits| Output { features, logits };
        [part(left, left_logits), part(right, right_logits)]
    }
}

impl Plan {
    /// Packs the parameters of `network`, on all threads.
    ///
    /// # Panics
    ///
    /// If a parameter does not have the size its layer asks for, or a layer's channels do
    /// not fit those of the layer before.
    pub fn new(network: &Network<&[f32]>) -> Plan {
        check_channels(network);
        together(|| Plan {
            stem: Layer::new(&network.stem, &network.stem_activation),
            blocks: network.blocks.iter().map(ResidualBlock::new).collect(),
            head: layer::linear(&network.head),
        })
    }

    /// Channels of the input.
    pub fn in_channels(&self) -> usize {
        self.stem.packed.shape.in_channels
    }

    /// Numbers in a feature vector.
    pub fn features(&self) -> usize {
        self.head.shape.in_channels
    }

    /// Numbers of an answer.
    pub fn classes(&self) -> usize {
        self.head.shape.out_channels
    }

    /// Features and logits of `input`, `[batch, in_channels, length]`, on the calling thread
    /// and as many of the current rayon pool as make up its number of threads.
    ///
    /// # Panics
    ///
    /// If `length` is zero or a slice does not have the size the others ask for.
    pub fn run(&self, input: &[f32], length: usize, workspace: &mut Workspace, output: Output<'_>) {
        let sample = self.in_channels() * length;
        assert!(
            sample > 0 && input.len().is_multiple_of(sample),
            "elements of the input"
        );
        let batch = input.len() / sample;
        let (features, classes) = (self.features(), self.classes());
        assert_eq!(output.features.len(), batch * features, "features");
        assert_eq!(output.logits.len(), batch * classes, "logits");
        together(|| {
            let members = workspace.members(Team::Joint.threads());
            let each = batch / members.len();
            let apart = each * members.len();
            let (own, shared) = input.split_at(apart * sample);
            let [own_output, shared_output] = output.split_at(apart * features, apart * classes);
            if each > 0 {
                Team::Joint.each(members.len(), |number| {
                    let own = &own[number * each * sample..(number + 1) * each * sample];
                    let mut member = lock(&members[number]);
                    member.run(&Walk::alone(self, length), own, each);
                });
                let results = own_output.features.chunks_mut(each * features);
                let results = results.zip(own_output.logits.chunks_mut(each * classes));
                for (member, (features, logits)) in members.iter().zip(results) {
                    lock(member).give(features, logits);
                }
            }
            if !shared.is_empty() {
                let walk = Walk::joint(self, length);
                walk.run(shared, &mut lock(&members[0]).buffers, shared_output);
            }
        });
    }
}

impl Workspace {
    /// What at least one and up to `threads` members work with.
    fn members(&mut self, threads: usize) -> &[Mutex<Member>] {
        if self.members.len() < threads {
            self.members.resize_with(threads, Mutex::default);
        }
        &self.members[..threads]
    }
}

impl Member {
    /// Walks some signals, and keeps what comes out.
    fn run(&mut self, walk: &Walk<'_>, input: &[f32], samples: usize) {
        let plan = walk.plan();
        self.features.resize(samples * plan.features(), 0.0);
        self.logits.resize(samples * plan.classes(), 0.0);
        let output = Output {
            features: &mut self.features,
            logits: &mut self.logits,
        };
        walk.run(input, &mut self.buffers, output);
    }

    fn give(&self, features: &mut [f32], logits: &mut [f32]) {
        features.copy_from_slice(&self.features);
        logits.copy_from_slice(&self.logits);
    }
}

/// A member whose thread panicked has left nothing that a pass reads.
fn lock(member: &Mutex<Member>) -> MutexGuard<'_, Member> {
    member.lock().unwrap_or_else(PoisonError::into_inner)
}

fn check_channels(network: &Network<&[f32]>) {
    let mut channels = network.stem.out_channels;
    for block in &network.blocks {
        let [first, second, third] = &block.convolutions;
        assert!(
            first.in_channels == channels
                && second.in_channels == first.out_channels
                && third.in_channels == second.out_channels
                && third.out_channels >= channels
                && block.squeeze.inputs == third.out_channels
                && block.excite.inputs == block.squeeze.outputs
                && block.excite.outputs == third.out_channels,
            "channels of a block must fit those before"
        );
        let pointwise = |kernel, stride| kernel == 1 && stride == 1;
        assert!(
            pointwise(first.kernel, first.stride)
                && pointwise(third.kernel, third.stride)
                && (1..=2).contains(&second.stride),
            "a block is pointwise, grouped with stride 1 or 2, pointwise"
        );
        channels = third.out_channels;
    }
    assert_eq!(network.head.inputs, channels, "inputs of the head");
}
