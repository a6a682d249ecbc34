//! A network while it learns, on any device.

mod composed;
mod kernels;

use crate::architecture::Architecture;
use crate::flat::FlatRange;
use crate::ops;
use crate::state_dict::StateDict;
use burn::tensor::{Device, Tensor};
use composed::Composed;
use kernels::OnKernels;

/// One number per learning parameter, where the network computes.
#[derive(Clone, Debug)]
pub enum Vector {
    /// In memory.
    Memory(Vec<f32>),
    /// On a device, `[parameters]`.
    Device(Box<Tensor<1>>),
}

/// A batch of windows, `[batch, leads, samples]`.
#[derive(Clone, Copy, Debug)]
pub struct Windows<'a> {
    /// Values, row-major.
    pub values: &'a [f32],
    /// Extents.
    pub shape: [usize; 3],
}

/// How a training pass drops activations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropping {
    /// Share of activations dropped.
    pub probability: f32,
    /// Seed of the masks; the same seed drops the same activations.
    pub seed: u64,
}

/// Derivatives of an answer: gets the logits, `[batch, classes]`, and gives any number of
/// cotangents of them, each `[batch, classes]`.
pub type Cotangents<'a> = &'a mut dyn FnMut(&[f32]) -> Vec<Vec<f32>>;

/// A network with its learning parameters as one vector, and the derivative of its logits.
///
/// On the CPU a recorded pass of the kernels is walked back for all cotangents at once; on
/// other devices, and on the CPU with automatic differentiation, [`Net1d`](crate::Net1d) is
/// differentiated by the tensor library.
#[derive(Debug)]
pub struct Trainable {
    engine: Engine,
    ranges: Vec<FlatRange>,
    norm: bool,
}

#[derive(Debug)]
enum Engine {
    Kernels(Box<OnKernels>),
    Composed(Box<Composed>),
}

impl Trainable {
    /// Starts from `state`, whose tensors must be those of `architecture`; parameters whose
    /// names `learns` refuses stay as they are, and their norms work as in inference.
    pub fn new(
        architecture: &Architecture,
        state: &StateDict,
        learns: &dyn Fn(&str) -> bool,
        device: &Device,
    ) -> Trainable {
        let norm = state.uses_norm(architecture);
        if ops::is_plain_cpu(device) {
            let engine = OnKernels::new(architecture, state, learns);
            return Trainable {
                ranges: engine.ranges().to_vec(),
                engine: Engine::Kernels(Box::new(engine)),
                norm,
            };
        }
        let engine = Composed::new(architecture, state, learns, device);
        Trainable {
            ranges: engine.ranges(),
            engine: Engine::Composed(Box::new(engine)),
            norm,
        }
    }

    /// The learning parameters by name, one after the other.
    pub fn ranges(&self) -> &[FlatRange] {
        &self.ranges
    }

    /// Whether the norm layers are used.
    pub fn uses_norm(&self) -> bool {
        self.norm
    }

    /// The learning parameters.
    pub fn parameters(&self) -> &Vector {
        match &self.engine {
            Engine::Kernels(engine) => engine.parameters(),
            Engine::Composed(engine) => engine.parameters(),
        }
    }

    /// One gradient of the learning parameters per cotangent that `answer` gives.
    ///
    /// One training pass: learning norms use the moments of the batch, which are blended into
    /// their running statistics.
    pub fn gradients(
        &mut self,
        windows: Windows<'_>,
        dropping: Dropping,
        answer: Cotangents<'_>,
    ) -> Vec<Vector> {
        match &mut self.engine {
            Engine::Kernels(engine) => engine.gradients(windows, dropping, answer),
            Engine::Composed(engine) => engine.gradients(windows, dropping, answer),
        }
    }

    /// Takes the memory of gradients back, for those of the next step.
    pub fn keep(&mut self, gradients: Vec<Vector>) {
        if let Engine::Kernels(engine) = &mut self.engine {
            engine.keep(gradients);
        }
    }

    /// Lets `change` move the learning parameters.
    pub fn update(&mut self, change: &mut dyn FnMut(&mut Vector)) {
        match &mut self.engine {
            Engine::Kernels(engine) => engine.update(change),
            Engine::Composed(engine) => engine.update(change),
        }
    }

    /// All tensors, named as in the published checkpoints.
    pub fn state(&self) -> StateDict {
        match &self.engine {
            Engine::Kernels(engine) => engine.state(),
            Engine::Composed(engine) => engine.state(),
        }
    }
}
