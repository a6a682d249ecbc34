//! Which parts of an input move an output.
//!
//! [`Explainer`] answers for windows in memory with a named [`Method`]; every answer is an
//! [`Attribution`] over leads and samples, in logits (a probability saturates, and its
//! derivative with it). [`occlusion`](Explainer::occlusion) asks the plain question instead:
//! what happens to the logit when a region is flattened.
//!
//! A picture of attribution says what moves this network, not what is wrong with a heart;
//! [`randomise`] and [`curve`](Explainer::curve) test whether it is about the network at all
//! (Adebayo et al. 2018; Samek et al. 2017).

mod curve;
mod engine;
mod explainer;
mod integrated;
mod method;
mod occlusion;
mod randomise;

pub use curve::{Change, Curve};
pub use explainer::{Attribution, Explainer, noisy};
pub use integrated::Completeness;
pub use method::{Baseline, Method, MethodError};
pub use occlusion::{Fill, Region};
pub use randomise::{LayerGroup, layer_groups, randomise};

use crate::net1d::{Net1d, Pass};
use burn::tensor::Tensor;
use burn::tensor::activation::relu;

/// Derivative of the logit of `class` by every sample of `input`, `[batch, leads, length]`.
///
/// `network` must lie on a device with automatic differentiation.
///
/// # Panics
///
/// If `class` is not one of the network's.
pub fn gradient(network: &Net1d, input: Tensor<3>, class: usize) -> Tensor<3> {
    let input = recorded(input);
    let logits = network.forward(input.clone(), &mut Pass::Inference).logits; // [batch, classes]
    let gradients = logits.narrow(1, class, 1).sum().backward();
    input
        .grad(&gradients)
        .expect("the logits depend on the input, this is a bug")
}

/// Grad-CAM of the feature map behind `stage` for `class`, `[batch, length of the map]`.
///
/// The positive part of the map's channels, weighted with the mean over time of the derivative
/// of the logit (Selvaraju et al. 2017).
///
/// # Panics
///
/// If `class` or `stage` is not one of the network's.
pub fn grad_cam(network: &Net1d, input: Tensor<3>, class: usize, stage: usize) -> Tensor<2> {
    let map = network.map_behind(input.inner(), stage);
    let map = recorded(map.inner()); // [batch, features, length]
    let logits = network.from_map_behind(map.clone(), stage).logits; // [batch, classes]
    let gradients = logits.narrow(1, class, 1).sum().backward();
    let weights = map
        .grad(&gradients)
        .expect("the logits depend on the map, this is a bug");
    let weights = weights.mean_dim(2); // [batch, features, 1]
    relu((map.inner() * weights).sum_dim(1).squeeze_dim::<2>(1)) // [batch, length]
}

fn recorded(tensor: Tensor<3>) -> Tensor<3> {
    Tensor::from_inner(tensor.inner()).require_grad()
}
