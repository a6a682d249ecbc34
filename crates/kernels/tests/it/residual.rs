//! The end of a block against its definition and finite differences.

use crate::{assert_close, values};
use coronet_kernels::residual::{self, Residual};

/// `branch · gate + shortcut(input)` written plainly.
fn by_definition(shape: &Residual, branch: &[f32], gate: &[f32], input: &[f32]) -> Vec<f32> {
    let length = shape.out_length();
    let before = (shape.out_channels - shape.in_channels) / 2;
    let mut output = Vec::new();
    for n in 0..shape.batch {
        for c in 0..shape.out_channels {
            for t in 0..length {
                let row = n * shape.out_channels + c;
                let mut value = branch[row * length + t] * gate[row];
                if c >= before && c < before + shape.in_channels {
                    let at = (n * shape.in_channels + c - before) * shape.in_length;
                    let read = |t: usize| {
                        if t < shape.in_length {
                            input[at + t]
                        } else {
                            0.0
                        }
                    };
                    value += match shape.halves {
                        true => read(2 * t).max(read(2 * t + 1)),
                        false => read(t),
                    };
                }
                output.push(value);
            }
        }
    }
    output
}

fn check(shape: Residual) {
    let length = shape.out_length();
    let rows = shape.batch * shape.out_channels;
    let branch = values(rows * length, 1);
    let gate = values(rows, 2);
    let input = values(shape.batch * shape.in_channels * shape.in_length, 3);
    let grad = values(rows * length, 4);
    let expected = by_definition(&shape, &branch, &gate, &input);
    let mut output = vec![f32::NAN; expected.len()];
    residual::forward(&shape, &branch, &gate, &input, &mut output);
    assert_close(&output, &expected, 1e-6, "output");

    let mut branch_grad = vec![f32::NAN; branch.len()];
    let mut gate_grad = vec![f32::NAN; gate.len()];
    let mut input_grad = vec![f32::NAN; input.len()];
    residual::backward(
        &shape,
        [&branch, &gate, &input],
        &grad,
        [&mut branch_grad, &mut gate_grad, &mut input_grad],
    );
    let slope = |which: usize, at: usize| {
        let total = |step: f32| -> f64 {
            let mut all = [branch.clone(), gate.clone(), input.clone()];
            all[which][at] += step;
            let output = by_definition(&shape, &all[0], &all[1], &all[2]);
            output
                .iter()
                .zip(&grad)
                .map(|(o, g)| f64::from(*o) * f64::from(*g))
                .sum()
        };
        ((total(1e-3) - total(-1e-3)) / 2e-3) as f32
    };
    for (which, got) in [branch_grad, gate_grad, input_grad].iter().enumerate() {
        let places: Vec<usize> = (0..got.len()).step_by(got.len() / 30 + 1).collect();
        let got: Vec<f32> = places.iter().map(|&p| got[p]).collect();
        let expected: Vec<f32> = places.iter().map(|&p| slope(which, p)).collect();
        assert_close(&got, &expected, 2e-3, "gradient");
    }
}

#[test]
fn every_kind_of_block() {
    for halves in [false, true] {
        for in_length in [1, 2, 39, 40] {
            check(Residual {
                batch: 3,
                in_channels: 3,
                out_channels: 8,
                in_length,
                halves,
            });
            check(Residual {
                batch: 2,
                in_channels: 4,
                out_channels: 4,
                in_length,
                halves,
            });
        }
    }
}
