//! The operations the network is made of, on any device.
//!
//! On the Flex CPU backend they run in `coronet-kernels`; everywhere else they are
//! composed of Burn's own operations. Both are the same functions to the last rounding
//! errors, dropout masks included.

mod composed;
mod flex;

use burn::tensor::{Device, Tensor};
use coronet_kernels::activation::Dropout;

/// A norm layer as used in one pass.
pub(crate) struct NormUse {
    /// Scale per channel.
    pub(crate) weight: Tensor<1>,
    /// Offset per channel.
    pub(crate) bias: Tensor<1>,
    /// Mean and variance to standardise by; the batch's own where `None`.
    pub(crate) moments: Option<[Tensor<1>; 2]>,
    /// Added to the variance.
    pub(crate) epsilon: f32,
}

/// Convolution of `[batch, in, length]` with SAME padding.
pub(crate) fn convolution(
    input: Tensor<3>,
    weight: Tensor<3>,
    bias: Tensor<1>,
    stride: usize,
    groups: usize,
) -> Tensor<3> {
    match flex::Engine::of(&input) {
        Some(engine) => flex::convolution(engine, [input, weight], bias, stride, groups),
        None => composed::convolution(input, weight, bias, stride, groups),
    }
}

/// Norm, SiLU and dropout of `[batch, channels, length]`.
///
/// The second value holds mean and biased variance where they were taken of the batch.
pub(crate) fn activation(
    input: Tensor<3>,
    norm: Option<NormUse>,
    dropout: Option<Dropout>,
) -> (Tensor<3>, Option<[Tensor<1>; 2]>) {
    match flex::Engine::of(&input) {
        Some(engine) => flex::activation(engine, input, norm, dropout),
        None => composed::activation(input, norm, dropout),
    }
}

/// `branch · gate + shortcut(input)`; see [`coronet_kernels::residual`].
pub(crate) fn residual(
    branch: Tensor<3>,
    gate: Tensor<2>,
    input: Tensor<3>,
    halves: bool,
) -> Tensor<3> {
    match flex::Engine::of(&input) {
        Some(engine) => flex::residual(engine, branch, gate, input, halves),
        None => composed::residual(branch, gate, input, halves),
    }
}

/// Whether `device` is the CPU that the kernels run on.
pub fn has_kernels(device: &Device) -> bool {
    flex::Engine::of_device(device).is_some()
}

/// Whether `device` is the CPU, without recording for derivatives.
pub(crate) fn is_plain_cpu(device: &Device) -> bool {
    flex::Engine::of_device(device) == Some(flex::Engine::Plain)
}

/// The elements of a tensor in row-major order.
pub(crate) fn to_vec<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor
        .into_data()
        .try_into_vec::<f32>()
        .expect("network tensors are single precision, this is a bug")
}

#[cfg(test)]
mod tests;
