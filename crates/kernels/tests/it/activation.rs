//! Norm, SiLU and dropout against their definition in double precision.

use crate::{assert_close, values};
use coronet_kernels::activation::{self, Dropout, Moments, Norm};

const SHAPE: [usize; 3] = [5, 3, 83];

fn silu(value: f64) -> f64 {
    value / (1.0 + (-value).exp())
}

/// The activation in double precision, moments taken from the input itself.
fn reference(input: &[f64], weight: &[f64], bias: &[f64], kept: &[f64]) -> Vec<f64> {
    let [batch, channels, length] = SHAPE;
    let mut output = vec![0.0; input.len()];
    for c in 0..channels {
        let places: Vec<usize> = (0..batch)
            .flat_map(|n| (0..length).map(move |t| (n * channels + c) * length + t))
            .collect();
        let count = places.len() as f64;
        let mean = places.iter().map(|&p| input[p]).sum::<f64>() / count;
        let variance = places
            .iter()
            .map(|&p| (input[p] - mean).powi(2))
            .sum::<f64>()
            / count;
        for &p in &places {
            let z = (input[p] - mean) / (variance + 1e-5).sqrt() * weight[c] + bias[c];
            output[p] = silu(z) * kept[p];
        }
    }
    output
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

#[test]
fn forward_and_backward_in_training() {
    let count = SHAPE.iter().product();
    let input = values(count, 1);
    let (weight, bias) = (values(3, 5), values(3, 6));
    let grad = values(count, 2);
    let dropout = Some(Dropout {
        probability: 0.3,
        seed: 9,
    });
    let moments = activation::moments(&input, SHAPE);
    let norm = Some(Norm {
        moments: &moments,
        epsilon: 1e-5,
        weight: &weight,
        bias: &bias,
    });
    let mut output = vec![f32::NAN; count];
    activation::forward(&input, SHAPE, norm, dropout, &mut output);
    let kept: Vec<f64> = output
        .iter()
        .map(|&v| if v == 0.0 { 0.0 } else { 1.0 / 0.7 })
        .collect();
    let expected = reference(&wide(&input), &wide(&weight), &wide(&bias), &kept);
    let expected_f32: Vec<f32> = expected.iter().map(|&v| v as f32).collect();
    assert_close(&output, &expected_f32, 1e-6, "output");

    let mut input_grad = vec![f32::NAN; count];
    let gradient = activation::backward(&input, &grad, SHAPE, norm, true, dropout, &mut input_grad)
        .expect("a norm");
    let loss = |input: &[f64], weight: &[f64], bias: &[f64]| -> f64 {
        let output = reference(input, weight, bias, &kept);
        output
            .iter()
            .zip(&grad)
            .map(|(o, g)| o * f64::from(*g))
            .sum()
    };
    let (x, w, b) = (wide(&input), wide(&weight), wide(&bias));
    let slope = |at: usize, which: usize| {
        let nudge = |step: f64| {
            let mut all = [x.clone(), w.clone(), b.clone()];
            all[which][at] += step;
            loss(&all[0], &all[1], &all[2])
        };
        ((nudge(1e-5) - nudge(-1e-5)) / 2e-5) as f32
    };
    let places: Vec<usize> = (0..count).step_by(41).collect();
    let got: Vec<f32> = places.iter().map(|&p| input_grad[p]).collect();
    let expected: Vec<f32> = places.iter().map(|&p| slope(p, 0)).collect();
    assert_close(&got, &expected, 1e-4, "input gradient");
    assert_close(
        &gradient.weight,
        &[0, 1, 2].map(|c| slope(c, 1)),
        1e-4,
        "scale gradient",
    );
    assert_close(
        &gradient.bias,
        &[0, 1, 2].map(|c| slope(c, 2)),
        1e-4,
        "offset gradient",
    );
}

#[test]
fn constant_moments_and_no_norm() {
    let count = SHAPE.iter().product();
    let (input, grad) = (values(count, 1), values(count, 2));
    let moments = Moments {
        mean: vec![0.1, -0.2, 0.3],
        variance: vec![1.5, 0.5, 2.0],
    };
    let (weight, bias) = (vec![1.2, -0.7, 0.4], vec![0.1, 0.2, 0.3]);
    let norm = Some(Norm {
        moments: &moments,
        epsilon: 1e-5,
        weight: &weight,
        bias: &bias,
    });
    for norm in [norm, None] {
        let scale = |p: usize| {
            let c = p / SHAPE[2] % SHAPE[1];
            let deviation = f64::from(moments.variance[c] + 1e-5).sqrt();
            norm.map_or((1.0, 0.0), |_| {
                let scale = f64::from(weight[c]) / deviation;
                (
                    scale,
                    f64::from(bias[c]) - f64::from(moments.mean[c]) * scale,
                )
            })
        };
        let mut output = vec![f32::NAN; count];
        activation::forward(&input, SHAPE, norm, None, &mut output);
        let mut input_grad = vec![f32::NAN; count];
        activation::backward(&input, &grad, SHAPE, norm, false, None, &mut input_grad);
        let (mut expected, mut expected_grad) = (Vec::new(), Vec::new());
        for p in 0..count {
            let (a, b) = scale(p);
            let z = a * f64::from(input[p]) + b;
            let gate = 1.0 / (1.0 + (-z).exp());
            expected.push((z * gate) as f32);
            let slope = gate * (1.0 + z * (1.0 - gate)) * a;
            expected_grad.push((slope * f64::from(grad[p])) as f32);
        }
        assert_close(&output, &expected, 1e-6, "output");
        assert_close(&input_grad, &expected_grad, 1e-6, "input gradient");
    }
}

#[test]
fn extreme_inputs_stay_finite() {
    let input = [-1e30f32, -500.0, -90.0, 0.0, 90.0, 500.0, 1e30];
    let mut output = [f32::NAN; 7];
    activation::forward(&input, [1, 1, 7], None, None, &mut output);
    assert!(output.iter().all(|value| value.is_finite()), "{output:?}");
    assert_eq!(output[4..], input[4..]);
}

#[test]
fn dropout_keeps_the_stated_share() {
    let shape = [4, 5, 5000];
    let input = vec![1.0; shape.iter().product()];
    let mut output = vec![0.0; input.len()];
    let dropout = Some(Dropout {
        probability: 0.2,
        seed: 77,
    });
    activation::forward(&input, shape, None, dropout, &mut output);
    let dropped = output.iter().filter(|&&value| value == 0.0).count() as f64;
    let share = dropped / input.len() as f64;
    let deviation = (0.2 * 0.8 / input.len() as f64).sqrt();
    assert!((share - 0.2).abs() < 5.0 * deviation, "share {share}");
    let pairs = output
        .windows(2)
        .filter(|pair| pair[0] == 0.0 && pair[1] == 0.0)
        .count() as f64;
    assert!(
        (pairs / input.len() as f64 - 0.04).abs() < 0.004,
        "neighbours are independent"
    );
}
