//! Kernels and composed operations give the same values and the same derivatives.

use super::{NormUse, composed, flex, to_vec};
use burn::tensor::{Device, Tensor, TensorData};
use coronet_kernels::activation::Dropout;

fn values<const D: usize>(shape: [usize; D], seed: f64, device: &Device) -> Tensor<D> {
    let count: usize = shape.iter().product();
    let values: Vec<f32> = (0..count)
        .map(|i| (0.7 * i as f64 + seed).sin() as f32)
        .collect();
    Tensor::from_data(TensorData::new(values, shape), device).require_grad()
}

fn assert_equal(got: Vec<f32>, expected: Vec<f32>, what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let largest = expected
        .iter()
        .fold(1e-3f32, |largest, value| largest.max(value.abs()));
    for (got, expected) in got.iter().zip(&expected) {
        assert!(
            (got - expected).abs() / largest < 1e-4,
            "{what}: {got} for {expected}"
        );
    }
}

/// Runs both versions and compares output and gradients of every operand.
fn check<const N: usize>(
    operands: [Tensor<3>; N],
    run: impl Fn(bool, &[Tensor<3>; N]) -> Tensor<3>,
) {
    let results: Vec<(Vec<f32>, Vec<Vec<f32>>)> = [false, true]
        .into_iter()
        .map(|kernels| {
            let operands = operands
                .clone()
                .map(|tensor| tensor.detach().require_grad());
            let output = run(kernels, &operands);
            let weights = values(output.dims(), 3.0, &output.device());
            let mut grads = (output.clone() * weights).sum().backward();
            let grads = operands
                .iter()
                .map(|tensor| to_vec(tensor.grad_remove(&mut grads).expect("a gradient")))
                .collect();
            (to_vec(output.inner()), grads)
        })
        .collect();
    assert_equal(results[1].0.clone(), results[0].0.clone(), "output");
    for (got, expected) in results[1].1.iter().zip(&results[0].1) {
        assert_equal(got.clone(), expected.clone(), "gradient");
    }
}

fn device() -> Device {
    Device::flex().autodiff()
}

#[test]
fn convolution() {
    let device = device();
    for (length, stride, groups) in [(33, 1, 1), (33, 2, 2), (40, 2, 1)] {
        let operands = [
            values([2, 4, length], 0.1, &device),
            values([6, 4 / groups, 5], 0.2, &device),
            values([1, 1, 6], 0.3, &device),
        ];
        check(operands, |kernels, [input, weight, bias]| {
            let bias = bias.clone().reshape([6]);
            if kernels {
                let engine = flex::Engine::of(input).expect("Flex");
                flex::convolution(
                    engine,
                    [input.clone(), weight.clone()],
                    bias,
                    stride,
                    groups,
                )
            } else {
                composed::convolution(input.clone(), weight.clone(), bias, stride, groups)
            }
        });
    }
}

#[test]
fn linear() {
    let device = device();
    let operands = [
        values([3, 7, 1], 0.1, &device),
        values([5, 7, 1], 0.2, &device),
        values([5, 1, 1], 0.3, &device),
    ];
    check(operands, |on_cpu, [input, weight, bias]| {
        let [input, weight] = [input, weight].map(|tensor| tensor.clone().squeeze_dim::<2>(2));
        let bias = bias.clone().reshape([5]);
        let output = match on_cpu {
            true => super::linear(input, weight, bias),
            false => composed::linear(input, weight, bias),
        };
        output.unsqueeze_dim::<3>(2)
    });
}

#[test]
fn activation() {
    let device = device();
    for (fixed, probability) in [(false, 0.0), (false, 0.3), (true, 0.0)] {
        let operands = [
            values([3, 4, 21], 0.1, &device),
            values([1, 1, 4], 0.2, &device),
            values([1, 1, 4], 0.3, &device),
        ];
        check(operands, |kernels, [input, weight, bias]| {
            let moments = fixed.then(|| {
                let mean = values([4], 0.4, &input.device()).detach();
                [mean.clone(), mean.abs() + 0.5]
            });
            let norm = NormUse {
                weight: weight.clone().reshape([4]),
                bias: bias.clone().reshape([4]),
                moments,
                epsilon: 1e-5,
            };
            let dropout = (probability > 0.0).then_some(Dropout {
                probability,
                seed: 5,
            });
            if kernels {
                let engine = flex::Engine::of(input).expect("Flex");
                flex::activation(engine, input.clone(), Some(norm), dropout).0
            } else {
                composed::activation(input.clone(), Some(norm), dropout).0
            }
        });
    }
}

#[test]
fn residual() {
    let device = device();
    for (length, halves) in [(20, true), (21, true), (21, false)] {
        let out = if halves {
            usize::div_ceil(length, 2)
        } else {
            length
        };
        let operands = [
            values([2, 7, out], 0.1, &device),
            values([2, 7, 1], 0.2, &device),
            values([2, 4, length], 0.3, &device),
        ];
        check(operands, |kernels, [branch, gate, input]| {
            let gate = gate.clone().squeeze_dim::<2>(2);
            let (branch, input) = (branch.clone(), input.clone());
            if kernels {
                let engine = flex::Engine::of(&input).expect("Flex");
                flex::residual(engine, branch, gate, input, halves)
            } else {
                composed::residual(branch, gate, input, halves)
            }
        });
    }
}
