//! A network while it learns, on any device.

use crate::architecture::Architecture;
use crate::flat::FlatRange;
use crate::net1d::{Net1d, Pass};
use crate::ops;
use crate::state_dict::StateDict;
use burn::tensor::{Device, Tensor, TensorData};

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
#[derive(Debug)]
pub struct Trainable {
    engine: Composed,
    ranges: Vec<FlatRange>,
}

impl Trainable {
    /// Starts from `state`, whose tensors must be those of `architecture`; parameters whose
    /// names `learns` refuses stay as they are, and their norms as in inference.
    pub fn new(
        architecture: &Architecture,
        state: &StateDict,
        learns: &dyn Fn(&str) -> bool,
        device: &Device,
    ) -> Trainable {
        let engine = Composed::new(architecture, state, learns, device);
        Trainable {
            ranges: engine.network.flat_ranges(),
            engine,
        }
    }

    /// The learning parameters by name, one after the other.
    pub fn ranges(&self) -> &[FlatRange] {
        &self.ranges
    }

    /// Whether the norm layers are used.
    pub fn uses_norm(&self) -> bool {
        self.engine.network.uses_norm()
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
        self.engine.gradients(windows, dropping, answer)
    }

    /// The learning parameters.
    pub fn parameters(&self) -> &Vector {
        &self.engine.parameters
    }

    /// Takes the memory of gradients back, for those of the next step.
    pub fn keep(&mut self, _gradients: Vec<Vector>) {}

    /// Lets `change` move the learning parameters.
    pub fn update(&mut self, change: &mut dyn FnMut(&mut Vector)) {
        self.engine.update(change);
    }

    /// All tensors, named as in the published checkpoints.
    pub fn state(&self) -> StateDict {
        self.engine.network.state()
    }
}

/// The network on tensors, recorded by automatic differentiation.
#[derive(Debug)]
struct Composed {
    network: Net1d,
    parameters: Vector,
    device: Device,
}

impl Composed {
    fn new(
        architecture: &Architecture,
        state: &StateDict,
        learns: &dyn Fn(&str) -> bool,
        device: &Device,
    ) -> Composed {
        let device = device.clone().autodiff();
        let network = Net1d::new(architecture, state, &device).with_learning(learns);
        Composed {
            parameters: Vector::Device(Box::new(network.flat_parameters())),
            network,
            device,
        }
    }

    /// A recorded pass can be walked back once, so every cotangent has its own; the same seed
    /// drops the same activations in each.
    fn gradients(
        &mut self,
        windows: Windows<'_>,
        dropping: Dropping,
        answer: Cotangents<'_>,
    ) -> Vec<Vector> {
        let data = TensorData::new(windows.values.to_vec(), windows.shape);
        let input = Tensor::<3>::from_data(data, &self.device);
        let run = |network: &Net1d| {
            let mut pass = Pass::training(dropping.probability, dropping.seed);
            let logits = network.forward(input.clone(), &mut pass).logits; // [batch, classes]
            (logits, pass.into_moments())
        };
        let (logits, moments) = run(&self.network);
        let cotangents = answer(&ops::to_vec(logits.clone().inner()));
        let mut first = Some(logits);
        let gradients = cotangents.into_iter().map(|cotangent| {
            let logits = first.take().unwrap_or_else(|| run(&self.network).0);
            let cotangent = TensorData::new(cotangent, logits.dims());
            let cotangent = Tensor::<2>::from_data(cotangent, &self.device);
            let mut found = (logits * cotangent).sum().backward();
            Vector::Device(Box::new(self.network.flat_gradients(&mut found)))
        });
        let gradients = gradients.collect();
        self.network.absorb(&moments);
        gradients
    }

    fn update(&mut self, change: &mut dyn FnMut(&mut Vector)) {
        change(&mut self.parameters);
        if let Vector::Device(parameters) = &self.parameters {
            let network = self.network.clone();
            self.network = network.with_flat_parameters(*parameters.clone());
        }
    }
}
