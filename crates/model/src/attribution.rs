//! Which parts of an input move an output.

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

/// Grad-CAM of the last feature map for `class`, `[batch, length]` (Selvaraju et al. 2017).
///
/// The positive part of the feature map's channels, weighted with the mean over time of the
/// derivative of the logit.
///
/// # Panics
///
/// If `class` is not one of the network's.
pub fn grad_cam(network: &Net1d, input: Tensor<3>, class: usize) -> Tensor<2> {
    let map = network.feature_map(recorded(input), &mut Pass::Inference);
    let map = recorded(map.inner()); // [batch, features, length]
    let logits = network.head(map.clone()).logits; // [batch, classes]
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
