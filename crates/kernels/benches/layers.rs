//! Convolutions of the full network's training, GFLOP/s, batch 8.
//!
//! `CORONET_INSTRUCTION_SET=avx2` and `RAYON_NUM_THREADS=1` measure slower paths.
//! The unit of the counter is one floating-point operation: an "item" is a FLOP.

use coronet_kernels::activation::{Dropout, Norm};
use coronet_kernels::blocks::Blocks;
use coronet_kernels::blocks::activation::{self, Activation};
use coronet_kernels::blocks::convolution::PackedConvolution;
use coronet_kernels::network::Convolution;
use divan::counter::ItemsCount;

const BATCH: usize = 8;

fn main() {
    divan::main();
}

/// `in → out, kernel/stride, groups, length` of an input.
#[derive(Clone, Copy)]
struct Layer(usize, usize, usize, usize, usize, usize);

impl std::fmt::Display for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Layer(input, output, kernel, stride, groups, length) = self;
        write!(f, "{input}→{output} k{kernel}/{stride} g{groups} L{length}")
    }
}

const LAYERS: [Layer; 14] = [
    Layer(12, 64, 16, 2, 1, 5000),
    Layer(64, 64, 1, 1, 1, 2500),
    Layer(64, 64, 16, 2, 4, 2500),
    Layer(160, 160, 1, 1, 1, 625),
    Layer(160, 160, 16, 1, 10, 625),
    Layer(400, 400, 1, 1, 1, 157),
    Layer(400, 400, 16, 2, 25, 313),
    Layer(400, 400, 16, 1, 25, 157),
    Layer(1024, 1024, 1, 1, 1, 40),
    Layer(1024, 1024, 16, 2, 64, 79),
    Layer(1024, 1024, 16, 1, 64, 40),
    Layer(1024, 1024, 1, 1, 1, 20),
    Layer(1024, 1024, 16, 1, 64, 20),
    Layer(1024, 512, 1, 1, 1, 1),
];

fn values(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i as f32 * 0.7).sin()).collect()
}

struct Case {
    layer: PackedConvolution,
    blocks: Blocks,
    input: Vec<f32>,
    grad: Vec<f32>,
    flop: usize,
    outputs: usize,
}

impl Case {
    fn new(Layer(in_channels, out_channels, kernel, stride, groups, length): Layer) -> Case {
        let shape = Convolution {
            in_channels,
            out_channels,
            kernel,
            stride,
            groups,
            weight: (),
            bias: (),
        };
        let mut layer = PackedConvolution::new(&shape);
        layer.repack(&values(layer.weights()), &values(out_channels));
        let blocks = Blocks {
            batch: BATCH,
            channels: in_channels,
            length,
        };
        let output = layer.output(&blocks);
        Case {
            input: values(blocks.len()),
            grad: values(output.len()),
            flop: 2 * BATCH * output.length * layer.weights(),
            outputs: out_channels,
            layer,
            blocks,
        }
    }
}

#[divan::bench(args = LAYERS, max_time = 1)]
fn forward(bencher: divan::Bencher, layer: Layer) {
    let case = Case::new(layer);
    let mut output = case.grad.clone();
    bencher.counter(ItemsCount::new(case.flop)).bench_local(|| {
        case.layer
            .forward(&case.blocks, &case.input, None, &mut output);
    });
}

#[divan::bench(args = LAYERS, max_time = 1)]
fn forward_through_activation(bencher: divan::Bencher, layer: Layer) {
    let case = Case::new(layer);
    let mut output = case.grad.clone();
    let moments = activation::moments(&case.blocks, &case.input);
    let ones = vec![1.0; case.blocks.channels];
    let norm = Norm {
        moments: &moments,
        epsilon: 1e-5,
        weight: &ones,
        bias: &ones,
    };
    let dropout = Dropout {
        probability: 0.5,
        seed: 1,
    };
    let through = Activation {
        norm: Some(norm),
        dropout: Some(dropout),
    };
    bencher.counter(ItemsCount::new(case.flop)).bench_local(|| {
        case.layer
            .forward(&case.blocks, &case.input, Some(&through), &mut output);
    });
}

#[divan::bench(args = LAYERS, max_time = 1)]
fn data_gradient(bencher: divan::Bencher, layer: Layer) {
    let case = Case::new(layer);
    let mut input_grad = case.input.clone();
    bencher.counter(ItemsCount::new(case.flop)).bench_local(|| {
        case.layer
            .backward_input(&case.blocks, &case.grad, &mut input_grad);
    });
}

#[divan::bench(args = LAYERS, max_time = 1)]
fn weight_gradient(bencher: divan::Bencher, layer: Layer) {
    let case = Case::new(layer);
    let (mut weight, mut bias) = (vec![0.0; case.layer.weights()], vec![0.0; case.outputs]);
    bencher.counter(ItemsCount::new(case.flop)).bench_local(|| {
        let to = [&mut weight[..], &mut bias[..]];
        case.layer
            .backward_weight(&case.blocks, &case.input, None, &case.grad, &mut [to]);
    });
}

#[divan::bench(max_time = 1)]
fn repack(bencher: divan::Bencher) {
    let mut case = Case::new(Layer(1024, 1024, 1, 1, 1, 20));
    let (weight, bias) = (values(case.layer.weights()), values(1024));
    bencher
        .counter(ItemsCount::new(weight.len()))
        .bench_local(|| {
            case.layer.repack(&weight, &bias);
        });
}

#[divan::bench(max_time = 1)]
fn activation_forward(bencher: divan::Bencher) {
    activate(bencher, false);
}

#[divan::bench(max_time = 1)]
fn activation_backward(bencher: divan::Bencher) {
    activate(bencher, true);
}

fn activate(bencher: divan::Bencher, back: bool) {
    let blocks = Blocks {
        batch: BATCH,
        channels: 160,
        length: 625,
    };
    let input = values(blocks.len());
    let mut output = values(blocks.len());
    let moments = activation::moments(&blocks, &input);
    let ones = vec![1.0; 160];
    let norm = Norm {
        moments: &moments,
        epsilon: 1e-5,
        weight: &ones,
        bias: &ones,
    };
    let through = Activation {
        norm: Some(norm),
        dropout: Some(Dropout {
            probability: 0.5,
            seed: 1,
        }),
    };
    bencher
        .counter(ItemsCount::new(blocks.len()))
        .bench_local(|| match back {
            false => activation::forward(&blocks, &input, &through, &mut output),
            true => drop(activation::backward(
                &blocks,
                &input,
                &through,
                true,
                &mut output,
            )),
        });
}
