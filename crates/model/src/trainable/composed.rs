//! The network on tensors, recorded by the tensor library.

use super::{Cotangents, Dropping, Vector, Windows};
use crate::architecture::Architecture;
use crate::flat::FlatRange;
use crate::net1d::{Net1d, Pass};
use crate::ops;
use crate::state_dict::StateDict;
use burn::tensor::{Device, Tensor, TensorData};

/// A [`Net1d`] with its parameters as one tensor.
#[derive(Debug)]
pub(super) struct Composed {
    network: Net1d,
    parameters: Vector,
    device: Device,
}

impl Composed {
    pub(super) fn new(
        architecture: &Architecture,
        state: &StateDict,
        learns: &dyn Fn(&str) -> bool,
        device: &Device,
    ) -> Composed {
        let device = match device.is_autodiff() {
            true => device.clone(),
            false => device.clone().autodiff(),
        };
        let network = Net1d::new(architecture, state, &device).with_learning(learns);
        Composed {
            parameters: Vector::Device(Box::new(network.flat_parameters())),
            network,
            device,
        }
    }

    pub(super) fn ranges(&self) -> Vec<FlatRange> {
        self.network.flat_ranges()
    }

    pub(super) fn parameters(&self) -> &Vector {
        &self.parameters
    }

    pub(super) fn state(&self) -> StateDict {
        self.network.state()
    }

    /// A recorded pass can be walked back once, so every cotangent has its own; the same seed
    /// drops the same activations in each.
    pub(super) fn gradients(
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

    pub(super) fn update(&mut self, change: &mut dyn FnMut(&mut Vector)) {
        change(&mut self.parameters);
        if let Vector::Device(parameters) = &self.parameters {
            let network = self.network.clone();
            self.network = network.with_flat_parameters(*parameters.clone());
        }
    }
}
