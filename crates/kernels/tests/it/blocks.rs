//! Kernels over blocks, on every instruction set: convolution against a sixfold loop,
//! the rest against the kernels over `[batch, channels, length]`.

use crate::conv::by_definition;
use crate::{assert_close, assert_close_to, on_every_instruction_set, values};
use coronet_kernels::activation::{self as planar_activation, Dropout, Norm};
use coronet_kernels::blocks::activation::{self, Activation};
use coronet_kernels::blocks::convolution::PackedConvolution;
use coronet_kernels::blocks::{Blocks, residual};
use coronet_kernels::conv::Conv1d;
use coronet_kernels::network::Convolution;
use coronet_kernels::residual::{self as planar_residual, Residual};
use proptest::prelude::*;

fn blocked(blocks: &Blocks, planar: &[f32]) -> Vec<f32> {
    let mut values = vec![f32::NAN; blocks.len()];
    blocks.from_planar(planar, &mut values);
    values
}

/// Also sees to it that lanes beyond the last channel are zero.
fn planar(blocks: &Blocks, values: &[f32]) -> Vec<f32> {
    let mut planar = vec![f32::NAN; blocks.batch * blocks.channels * blocks.length];
    blocks.to_planar(values, &mut planar);
    assert_eq!(blocked(blocks, &planar), values, "padding lanes");
    planar
}

fn input_of(shape: &Conv1d) -> Blocks {
    Blocks {
        batch: shape.batch,
        channels: shape.in_channels,
        length: shape.in_length,
    }
}

/// Convolution without activation against its definition, two tasks on the way back.
fn check_convolution(shape: &Conv1d) {
    let x = values(shape.input_len(), 1);
    let w = values(shape.weight_len(), 2);
    let b = values(shape.out_channels, 3);
    let grads = [4, 5].map(|seed| values(shape.output_len(), seed));
    let expected = grads
        .each_ref()
        .map(|g| by_definition(shape, &x, &w, &b, g));
    let mut layer = PackedConvolution::new(&Convolution {
        in_channels: shape.in_channels,
        out_channels: shape.out_channels,
        kernel: shape.kernel,
        stride: shape.stride,
        groups: shape.groups,
        weight: (),
        bias: (),
    });
    layer.repack(&w, &b);
    let from = input_of(shape);
    let to = layer.output(&from);
    let x = blocked(&from, &x);
    let g = grads.map(|g| blocked(&to, &g)).concat();
    let two = |blocks: Blocks| Blocks {
        batch: 2 * blocks.batch,
        ..blocks
    };
    // A sixteenth of the terms of a sum: partial sums grow so far before they cancel.
    let terms = |channels: usize| (channels / shape.groups * shape.kernel) as f32 / 16.0;
    let (out_terms, in_terms) = (
        terms(shape.in_channels).max(1.0),
        terms(shape.out_channels).max(1.0),
    );
    on_every_instruction_set(|| {
        let mut got = vec![f32::NAN; to.len()];
        layer.forward(&from, &x, None, &mut got);
        assert_close_to(
            &planar(&to, &got),
            &expected[0][0],
            2e-5,
            out_terms,
            "output",
        );
        let mut got = vec![f32::NAN; 2 * from.len()];
        layer.backward_input(&two(from), &g, &mut got);
        let dx = [&expected[0][1][..], &expected[1][1]].concat();
        assert_close_to(
            &planar(&two(from), &got),
            &dx,
            2e-5,
            in_terms,
            "input gradient",
        );
        let mut dw = vec![f32::NAN; 2 * w.len()];
        let mut db = vec![f32::NAN; 2 * b.len()];
        let mut weights = dw.chunks_mut(w.len());
        let mut biases = db.chunks_mut(b.len());
        let mut targets = [(); 2].map(|()| {
            [&mut weights, &mut biases].map(|of_tasks| of_tasks.next().expect("two tasks"))
        });
        layer.backward_weight(&from, &x, None, &g, &mut targets);
        let expected_w = [&expected[0][2][..], &expected[1][2]].concat();
        let expected_b = [&expected[0][3][..], &expected[1][3]].concat();
        assert_close_to(&dw, &expected_w, 1e-4, 1.0, "weight gradient");
        assert_close_to(&db, &expected_b, 1e-4, 1.0, "bias gradient");
    });
}

#[test]
fn convolutions_of_the_network() {
    check_convolution(&Conv1d::same([3, 12, 1251], [64, 12, 16], 2, 1));
    check_convolution(&Conv1d::same([2, 64, 300], [32, 64, 1], 1, 1));
    check_convolution(&Conv1d::same([20, 48, 20], [48, 16, 16], 1, 3));
    check_convolution(&Conv1d::same([5, 32, 313], [32, 16, 16], 2, 2));
    check_convolution(&Conv1d::same([9, 208, 7], [144, 208, 1], 1, 1));
    check_convolution(&Conv1d::same([1, 16, 5000], [16, 16, 16], 2, 1));
    check_convolution(&Conv1d::same([2, 32, 1250], [32, 16, 16], 1, 2));
    check_convolution(&Conv1d::same([3, 512, 21], [512, 16, 16], 1, 32));
}

/// As many rows of two and of three signals as just do not fit together.
#[test]
fn single_taps_of_several_signals() {
    check_convolution(&Conv1d::same([7, 48, 257], [48, 16, 8], 2, 3));
    check_convolution(&Conv1d::same([7, 32, 88], [32, 16, 4], 1, 2));
}

/// Halves of rows and channels, with and without something left over.
#[test]
fn pointwise_layers_of_many_channels() {
    check_convolution(&Conv1d::same([1, 256, 1], [256, 256, 1], 1, 1));
    check_convolution(&Conv1d::same([3, 272, 2], [256, 272, 1], 1, 1));
    check_convolution(&Conv1d::same([5, 256, 7], [272, 256, 1], 1, 1));
    check_convolution(&Conv1d::same([2, 304, 171], [288, 304, 1], 1, 1));
    check_convolution(&Conv1d::same([7, 544, 3], [512, 544, 1], 1, 1));
    check_convolution(&Conv1d::same([48, 512, 9], [528, 512, 1], 1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn groups_of_sixteen(
        batch in 1usize..12, groups in 1usize..4, length in 1usize..300, fours in 1usize..6,
        stride in 1usize..3,
    ) {
        let channels = 16 * groups;
        let shape = Conv1d::same([batch, channels, length], [channels, 16, 4 * fours], stride, groups);
        check_convolution(&shape);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn odd_convolutions(
        batch in 1usize..12, groups in 1usize..4, ci in 1usize..40, co in 1usize..40,
        length in 1usize..70, kernel in 1usize..18, stride in 1usize..4,
    ) {
        let shape = Conv1d::same([batch, ci * groups, length], [co * groups, ci, kernel], stride, groups);
        check_convolution(&shape);
    }
}

/// Norm parameters of some channels.
fn norm_values(channels: usize) -> [Vec<f32>; 2] {
    [values(channels, 6), values(channels, 7)]
}

fn check_activation(blocks: Blocks, norm: bool, dropout: Option<Dropout>) {
    let Blocks {
        batch,
        channels,
        length,
    } = blocks;
    let (shape, count) = ([batch, channels, length], batch * channels * length);
    let x = values(count, 1);
    let grads = [2, 3].map(|seed| values(count, seed));
    let [weight, bias] = norm_values(channels);
    let moments = planar_activation::moments(&x, shape);
    let norm = norm.then_some(Norm {
        moments: &moments,
        epsilon: 1e-5,
        weight: &weight,
        bias: &bias,
    });
    let mut y = vec![f32::NAN; count];
    planar_activation::forward(&x, shape, norm, dropout, &mut y);
    let blocked_x = blocked(&blocks, &x);
    let activation = Activation { norm, dropout };
    on_every_instruction_set(|| {
        let of_blocks = activation::moments(&blocks, &blocked_x);
        assert_close(&of_blocks.mean, &moments.mean, 1e-6, "means");
        assert_close(&of_blocks.variance, &moments.variance, 1e-6, "variances");
        let mut got = vec![f32::NAN; blocks.len()];
        activation::forward(&blocks, &blocked_x, &activation, &mut got);
        let got = planar(&blocks, &got);
        assert_close(&got, &y, 1e-6, "output");
        let zeros = |values: &[f32]| -> Vec<bool> { values.iter().map(|&v| v == 0.0).collect() };
        assert_eq!(zeros(&got), zeros(&y), "masks");
        for through in [true, false] {
            let mut got = grads.each_ref().map(|g| blocked(&blocks, g)).concat();
            let gradients =
                activation::backward(&blocks, &blocked_x, &activation, through, &mut got);
            for (task, got) in got.chunks(blocks.len()).enumerate() {
                let mut expected = vec![f32::NAN; count];
                let gradient = planar_activation::backward(
                    &x,
                    &grads[task],
                    shape,
                    norm,
                    through,
                    dropout,
                    &mut expected,
                );
                assert_close_to(
                    &planar(&blocks, got),
                    &expected,
                    2e-5,
                    1.0,
                    "input gradient",
                );
                let (Some(expected), Some(got)) = (gradient, gradients.get(task)) else {
                    assert!(norm.is_none(), "a norm has gradients");
                    continue;
                };
                assert_close_to(&got.weight, &expected.weight, 2e-5, 1.0, "scale gradient");
                assert_close_to(&got.bias, &expected.bias, 2e-5, 1.0, "offset gradient");
            }
        }
    });
}

#[test]
fn activations() {
    let dropout = Some(Dropout {
        probability: 0.4,
        seed: 11,
    });
    for (batch, channels, length) in [(3, 16, 83), (5, 37, 40), (2, 3, 1), (4, 64, 157)] {
        let blocks = Blocks {
            batch,
            channels,
            length,
        };
        for (norm, dropout) in [
            (true, dropout),
            (true, None),
            (false, dropout),
            (false, None),
        ] {
            check_activation(blocks, norm, dropout);
        }
    }
}

/// A convolution that reads through an activation is the activation, then the convolution.
#[test]
fn convolution_through_an_activation() {
    for (channels, out, kernel, stride, groups, length) in [
        (64, 48, 1, 1, 1, 300),
        (272, 256, 1, 1, 1, 21),
        (48, 48, 16, 2, 3, 79),
        (160, 160, 1, 1, 1, 20),
    ] {
        let blocks = Blocks {
            batch: 6,
            channels,
            length,
        };
        let layer = Convolution {
            in_channels: channels,
            out_channels: out,
            kernel,
            stride,
            groups,
            weight: (),
            bias: (),
        };
        let mut layer = PackedConvolution::new(&layer);
        layer.repack(&values(layer.weights(), 2), &values(out, 3));
        let x = blocked(&blocks, &values(6 * channels * length, 1));
        let moments = activation::moments(&blocks, &x);
        let [weight, bias] = norm_values(channels);
        let norm = Norm {
            moments: &moments,
            epsilon: 1e-5,
            weight: &weight,
            bias: &bias,
        };
        let dropout = Dropout {
            probability: 0.5,
            seed: 4,
        };
        let through = Activation {
            norm: Some(norm),
            dropout: Some(dropout),
        };
        let to = layer.output(&blocks);
        let grads = blocked(&to, &values(6 * out * to.length, 9));
        on_every_instruction_set(|| {
            let mut activated = vec![f32::NAN; blocks.len()];
            activation::forward(&blocks, &x, &through, &mut activated);
            let run = |x: &[f32], activation: Option<&Activation<'_>>| {
                let mut y = vec![f32::NAN; to.len()];
                layer.forward(&blocks, x, activation, &mut y);
                let mut dw = vec![f32::NAN; layer.weights()];
                let mut db = vec![f32::NAN; out];
                layer.backward_weight(&blocks, x, activation, &grads, &mut [[&mut dw, &mut db]]);
                (y, dw, db)
            };
            assert!(
                run(&x, Some(&through)) == run(&activated, None),
                "another result"
            );
            if layer.pointwise() {
                let [mut kept, mut y] = [&x, &grads].map(|like| vec![f32::NAN; like.len()]);
                layer.forward_keeping(&blocks, &x, &through, &mut kept, &mut y);
                assert!(kept == activated, "another input is kept");
                assert!(y == run(&activated, None).0, "another result beside it");
            }
        });
    }
}

fn check_residual(shape: &Residual) {
    let side = |channels, length| Blocks {
        batch: shape.batch,
        channels,
        length,
    };
    let from = side(shape.in_channels, shape.in_length);
    let to = side(shape.out_channels, shape.out_length());
    let count = |blocks: &Blocks| blocks.batch * blocks.channels * blocks.length;
    let (branch, input) = (values(count(&to), 1), values(count(&from), 2));
    let (gate, grad) = (
        values(shape.batch * shape.out_channels, 3),
        values(count(&to), 4),
    );
    let mut y = vec![f32::NAN; count(&to)];
    planar_residual::forward(shape, &branch, &gate, &input, &mut y);
    let mut expected = [count(&to), gate.len(), count(&from)].map(|len| vec![f32::NAN; len]);
    let [branch_grad, gate_grad, input_grad] = &mut expected;
    planar_residual::backward(
        shape,
        [&branch, &gate, &input],
        &grad,
        [branch_grad, gate_grad, input_grad],
    );
    // One number per signal and channel: `[sample, channel]` is `[channel, sample]` there.
    let turned = |values: &[f32]| -> Vec<f32> {
        let channels = 0..shape.out_channels;
        let number = |c, n| values[n * shape.out_channels + c];
        channels
            .flat_map(|c| (0..shape.batch).map(move |n| number(c, n)))
            .collect()
    };
    let numbers = to.numbers();
    let (x_branch, x_input) = (blocked(&to, &branch), blocked(&from, &input));
    let (x_gate, x_grad) = (blocked(&numbers, &turned(&gate)), blocked(&to, &grad));
    on_every_instruction_set(|| {
        let mut got = vec![f32::NAN; to.len()];
        residual::forward(shape, &x_branch, &x_gate, &x_input, &mut got);
        assert_close(&planar(&to, &got), &y, 1e-6, "output");
        let mut got = vec![f32::NAN; numbers.len()];
        residual::backward_gate(&to, &x_branch, &x_grad, &mut got);
        assert_close_to(
            &planar(&numbers, &got),
            &turned(&expected[1]),
            1e-5,
            1.0,
            "gates",
        );
        let mut got = vec![f32::NAN; to.len()];
        residual::backward_branch(&to, &x_gate, &vec![0.0; numbers.len()], &x_grad, &mut got);
        assert_close(&planar(&to, &got), &expected[0], 1e-6, "branch");
        let mut got = vec![0.0; from.len()];
        residual::backward_shortcut(shape, &x_input, &x_grad, &mut got);
        assert_close(&planar(&from, &got), &expected[2], 1e-6, "input");
    });
}

#[test]
fn residuals() {
    for halves in [false, true] {
        for in_length in [1, 2, 39, 40] {
            for (in_channels, out_channels) in
                [(3, 8), (16, 16), (16, 32), (32, 64), (37, 90), (160, 400)]
            {
                check_residual(&Residual {
                    batch: 3,
                    in_channels,
                    out_channels,
                    in_length,
                    halves,
                });
                check_residual(&Residual {
                    batch: 1,
                    in_channels,
                    out_channels,
                    in_length,
                    halves,
                });
            }
        }
    }
}

#[test]
fn means_and_their_gradient() {
    let blocks = Blocks {
        batch: 3,
        channels: 37,
        length: 21,
    };
    let input = values(3 * 37 * 21, 1);
    let numbers = blocks.numbers();
    let expected: Vec<f32> = (0..37)
        .flat_map(|c| (0..3).map(move |n| (n * 37 + c) * 21))
        .map(|at| input[at..at + 21].iter().sum::<f32>() / 21.0)
        .collect();
    let blocked_input = blocked(&blocks, &input);
    on_every_instruction_set(|| {
        let mut got = vec![f32::NAN; numbers.len()];
        residual::means(&blocks, &blocked_input, &mut got);
        assert_close_to(&planar(&numbers, &got), &expected, 1e-6, 1.0, "means");
        let mean_grad = blocked(&numbers, &values(37 * 3, 5));
        let zeros = vec![0.0; numbers.len()];
        let mut got = vec![f32::NAN; blocks.len()];
        residual::backward_branch(&blocks, &zeros, &mean_grad, &blocked_input, &mut got);
        let mut back = vec![f32::NAN; numbers.len()];
        residual::means(&blocks, &got, &mut back);
        let back: Vec<f32> = back.iter().map(|value| value * 21.0).collect();
        assert_close(&back, &mean_grad, 1e-5, "each row has its share");
    });
}

#[test]
fn threads_do_not_change_a_bit() {
    let layers = [
        (32, 32, 16, 1, 2, 157),
        (160, 160, 1, 1, 1, 20),
        (64, 64, 1, 1, 1, 300),
    ];
    for (channels, out, kernel, stride, groups, length) in layers {
        let blocks = Blocks {
            batch: 21,
            channels,
            length,
        };
        let layer = Convolution {
            in_channels: channels,
            out_channels: out,
            kernel,
            stride,
            groups,
            weight: (),
            bias: (),
        };
        let mut layer = PackedConvolution::new(&layer);
        layer.repack(&values(layer.weights(), 2), &values(out, 3));
        let x = values(blocks.len(), 1);
        let g = values(layer.output(&blocks).len(), 2);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("a pool").install(|| {
                let mut y = vec![0.0; g.len()];
                let mut dx = vec![0.0; x.len()];
                let (mut dw, mut db) = (vec![0.0; layer.weights()], vec![0.0; out]);
                layer.forward(&blocks, &x, None, &mut y);
                layer.backward_input(&blocks, &g, &mut dx);
                layer.backward_weight(&blocks, &x, None, &g, &mut [[&mut dw, &mut db]]);
                (y, dx, dw, db)
            })
        };
        on_every_instruction_set(|| assert!(run(1) == run(5), "threads change a result"));
    }
}
