//! The operations written with Burn's own, for every device.

use super::{NormUse, has_kernels};
use burn::tensor::activation::silu;
use burn::tensor::module::conv1d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use coronet_kernels::activation::Dropout;
use coronet_kernels::conv::Conv1d;

pub(super) fn convolution(
    input: Tensor<3>,
    weight: Tensor<3>,
    bias: Tensor<1>,
    stride: usize,
    groups: usize,
) -> Tensor<3> {
    let shape = Conv1d::same(input.dims(), weight.dims(), stride, groups);
    let covered = (shape.out_length - 1) * stride + shape.kernel;
    let pad_right = covered.saturating_sub(shape.in_length + shape.pad_left);
    let padded = input.pad([(shape.pad_left, pad_right)], 0.0); // [batch, in, padded length]
    conv1d(
        padded,
        weight,
        Some(bias),
        ConvOptions::new([stride], [0], [1], groups),
    )
}

/// A convolution of one tap over signals of one sample. On the Vulkan driver that tests can use
/// anywhere, SwiftShader, Burn's convolution is right and its matrix product is not; the layers
/// are too small for the difference in speed to matter.
pub(super) fn linear(input: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    let (signal, taps) = (input.unsqueeze_dim::<3>(2), weight.unsqueeze_dim::<3>(2));
    let options = ConvOptions::new([1], [0], [1], 1);
    conv1d(signal, taps, Some(bias), options).squeeze_dim::<2>(2) // [batch, out]
}

pub(super) fn activation(
    input: Tensor<3>,
    norm: Option<NormUse>,
    dropout: Option<Dropout>,
) -> (Tensor<3>, Option<[Tensor<1>; 2]>) {
    let (value, moments) = match norm {
        None => (input, None),
        Some(norm) => normalise(input, norm),
    };
    let value = silu(value);
    let value = match dropout {
        None => value,
        Some(dropout) => {
            let factors = factors(dropout, value.dims(), &value.device());
            value * factors
        }
    };
    (value, moments)
}

/// What dropout multiplies every element by. Off the CPU the hashes of
/// [`Dropout::row_seeds`] are worked out where the elements lie, so that a number for each
/// row has to be brought there and not one for each element.
fn factors(dropout: Dropout, dims: [usize; 3], device: &Device) -> Tensor<3> {
    if has_kernels(device) {
        return Tensor::from_data(TensorData::new(dropout.factors(dims), dims), device);
    }
    let [batch, channels, length] = dims;
    let whole = |values: Vec<u32>, shape: [usize; 3]| {
        let values = TensorData::new(values, shape);
        Tensor::<3, Int>::from_data(values, (device, DType::U32)).expand(dims)
    };
    let mixed = |hash: Tensor<3, Int>, shift: u32, factor: u32| {
        let shifted = hash.clone().bitwise_right_shift_scalar(shift);
        hash.bitwise_xor(shifted).mul_scalar(factor)
    };
    let seeds = whole(dropout.row_seeds(batch * channels), [batch, channels, 1]);
    let places = (0..length as u32).map(|place| place.wrapping_mul(0x9E37_79B9));
    let mut hash = whole(places.collect(), [1, 1, length]).bitwise_xor(seeds);
    hash = mixed(hash, 16, 0x7FEB_352D);
    hash = mixed(hash, 15, 0x846C_A68B).bitwise_right_shift_scalar(8u32);
    let kept = hash.greater_equal_elem(dropout.threshold()); // [batch, channels, length]
    kept.float() * dropout.scale()
}

fn normalise(input: Tensor<3>, norm: NormUse) -> (Tensor<3>, Option<[Tensor<1>; 2]>) {
    let [_, channels, _] = input.dims();
    let spread = |values: Tensor<1>| values.reshape([1, channels, 1]);
    let (mean, variance, own) = match norm.moments {
        Some([mean, variance]) => (spread(mean), spread(variance), None),
        None => {
            let mean = input.clone().mean_dim(2).mean_dim(0); // [1, channels, 1]
            let centred = input.clone() - mean.clone();
            let variance = (centred.clone() * centred).mean_dim(2).mean_dim(0);
            let own = [&mean, &variance].map(|value| value.clone().inner().reshape([channels]));
            (mean, variance, Some(own))
        }
    };
    let scale = spread(norm.weight) / (variance + norm.epsilon).sqrt();
    ((input - mean) * scale + spread(norm.bias), own)
}

pub(super) fn residual(
    branch: Tensor<3>,
    gate: Tensor<2>,
    input: Tensor<3>,
    halves: bool,
) -> Tensor<3> {
    let [batch, out_channels, _] = branch.dims();
    let [_, in_channels, length] = input.dims();
    let mut shortcut = input;
    if halves {
        let even = shortcut.pad([(0, length % 2)], 0.0);
        let pairs = even.reshape([batch, in_channels, length.div_ceil(2), 2]);
        shortcut = pairs.max_dim(3).squeeze_dim::<3>(3); // [batch, in, length / 2]
    }
    let before = (out_channels - in_channels) / 2;
    let after = out_channels - in_channels - before;
    let shortcut = shortcut.pad([(before, after), (0, 0)], 0.0); // [batch, out, length]
    branch * gate.unsqueeze_dim::<3>(2) + shortcut
}
