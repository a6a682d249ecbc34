//! Convolution against a sixfold loop.

use crate::{assert_close_to, on_every_instruction_set, values};
use coronet_kernels::conv::{self, Conv1d};
use proptest::prelude::*;

/// Output, and gradients of input, weight and bias, by definition.
pub(crate) fn by_definition(
    shape: &Conv1d,
    x: &[f32],
    w: &[f32],
    b: &[f32],
    g: &[f32],
) -> [Vec<f32>; 4] {
    let (ci, co) = (
        shape.in_channels / shape.groups,
        shape.out_channels / shape.groups,
    );
    let mut y = vec![0.0f64; shape.output_len()];
    let mut dx = vec![0.0f64; x.len()];
    let mut dw = vec![0.0f64; w.len()];
    let mut db = vec![0.0f64; b.len()];
    for n in 0..shape.batch {
        for o in 0..shape.out_channels {
            for t in 0..shape.out_length {
                let at = (n * shape.out_channels + o) * shape.out_length + t;
                y[at] += f64::from(b[o]);
                db[o] += f64::from(g[at]);
                for c in 0..ci {
                    for k in 0..shape.kernel {
                        let place = (t * shape.stride + k).wrapping_sub(shape.pad_left);
                        if place >= shape.in_length {
                            continue;
                        }
                        let from =
                            (n * shape.in_channels + o / co * ci + c) * shape.in_length + place;
                        let weight = (o * ci + c) * shape.kernel + k;
                        y[at] += f64::from(x[from]) * f64::from(w[weight]);
                        dx[from] += f64::from(g[at]) * f64::from(w[weight]);
                        dw[weight] += f64::from(g[at]) * f64::from(x[from]);
                    }
                }
            }
        }
    }
    [y, dx, dw, db].map(|values| values.into_iter().map(|value| value as f32).collect())
}

fn check(shape: Conv1d) {
    let x = values(shape.input_len(), 1);
    let w = values(shape.weight_len(), 2);
    let b = values(shape.out_channels, 3);
    let g = values(shape.output_len(), 4);
    let [y, dx, dw, db] = by_definition(&shape, &x, &w, &b, &g);
    let mut got = vec![f32::NAN; y.len()];
    conv::forward(&shape, &x, &w, &b, &mut got);
    assert_close_to(&got, &y, 2e-5, 1.0, "output");
    let mut got = vec![f32::NAN; dx.len()];
    conv::backward_input(&shape, &w, &g, &mut got);
    assert_close_to(&got, &dx, 2e-5, 1.0, "input gradient");
    let (mut got_w, mut got_b) = (vec![f32::NAN; dw.len()], vec![f32::NAN; db.len()]);
    conv::backward_weight(&shape, &x, &g, &mut got_w, &mut got_b);
    assert_close_to(&got_w, &dw, 1e-4, 1.0, "weight gradient");
    assert_close_to(&got_b, &db, 1e-4, 1.0, "bias gradient");
}

#[test]
fn layers_of_the_network() {
    check(Conv1d::same([3, 12, 1251], [16, 12, 16], 2, 1));
    check(Conv1d::same([2, 16, 300], [16, 16, 1], 1, 1));
    check(Conv1d::same([20, 48, 20], [48, 16, 16], 1, 3));
    check(Conv1d::same([5, 32, 313], [32, 16, 16], 2, 2));
    check(Conv1d::same([9, 400, 7], [16, 400, 1], 1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn odd_shapes(
        batch in 1usize..12, groups in 1usize..4, ci in 1usize..7, co in 1usize..10,
        length in 1usize..70, kernel in 1usize..18, stride in 1usize..4,
    ) {
        check(Conv1d::same([batch, ci * groups, length], [co * groups, ci, kernel], stride, groups));
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let shape = Conv1d::same([21, 32, 157], [32, 16, 16], 1, 2);
    let (x, g) = (values(shape.input_len(), 1), values(shape.output_len(), 2));
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        pool.install(|| {
            let mut weight = vec![0.0; shape.weight_len()];
            let mut bias = vec![0.0; shape.out_channels];
            conv::backward_weight(&shape, &x, &g, &mut weight, &mut bias);
            (weight, bias)
        })
    };
    on_every_instruction_set(|| assert!(run(1) == run(5), "threads change a result"));
}
