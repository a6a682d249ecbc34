//! The full network of twelve leads without derivatives, ECGs a second.
//!
//! `CORONET_INSTRUCTION_SET=avx2` and `RAYON_NUM_THREADS=1` measure slower paths.

use coronet_kernels::inference::{Output, Plan, Workspace};
use coronet_kernels::network::{Activation, Block, Convolution, Linear, Network, Norm};
use divan::counter::ItemsCount;

const LENGTH: usize = 5000;

fn main() {
    divan::main();
}

fn values(count: usize, fan_in: usize) -> Vec<f32> {
    let scale = (2.0 / fan_in as f32).sqrt();
    (0..count).map(|i| (i as f32 * 0.7).sin() * scale).collect()
}

fn convolution(
    channels: [usize; 2],
    kernel: usize,
    stride: usize,
    groups: usize,
) -> Convolution<Vec<f32>> {
    let [in_channels, out_channels] = channels;
    let fan_in = in_channels / groups * kernel;
    Convolution {
        in_channels,
        out_channels,
        kernel,
        stride,
        groups,
        weight: values(out_channels * fan_in, fan_in),
        bias: values(out_channels, 20),
    }
}

fn linear(inputs: usize, outputs: usize) -> Linear<Vec<f32>> {
    Linear {
        inputs,
        outputs,
        weight: values(inputs * outputs, inputs),
        bias: values(outputs, 20),
    }
}

fn activation(channels: usize) -> Activation<Vec<f32>> {
    Activation::NormSilu(Norm {
        weight: vec![1.0; channels],
        bias: values(channels, 20),
        mean: values(channels, 20),
        variance: vec![1.0; channels],
        epsilon: 1e-5,
    })
}

fn network() -> Network<Vec<f32>> {
    let mut channels = 64;
    let mut blocks = Vec::new();
    for (filters, count) in [
        (64, 2),
        (160, 2),
        (160, 2),
        (400, 3),
        (400, 3),
        (1024, 4),
        (1024, 4),
    ] {
        for number in 0..count {
            let first = if blocks.is_empty() {
                Activation::Identity
            } else {
                activation(channels)
            };
            blocks.push(Block {
                activations: [first, activation(filters), activation(filters)],
                convolutions: [
                    convolution([channels, filters], 1, 1, 1),
                    convolution(
                        [filters, filters],
                        16,
                        if number == 0 { 2 } else { 1 },
                        filters / 16,
                    ),
                    convolution([filters, filters], 1, 1, 1),
                ],
                squeeze: linear(filters, filters / 2),
                excite: linear(filters / 2, filters),
            });
            channels = filters;
        }
    }
    Network {
        stem: convolution([12, 64], 16, 2, 1),
        stem_activation: activation(64),
        blocks,
        head: linear(channels, 4),
    }
}

#[divan::bench(args = [1, 2, 8, 32], max_time = 8)]
fn inference(bencher: divan::Bencher, batch: usize) {
    let network = network();
    let plan = Plan::new(&network.map(&mut |values| values.as_slice()));
    let input: Vec<f32> = values(batch * 12 * LENGTH, 2);
    let mut workspace = Workspace::default();
    let (mut features, mut logits) = (vec![0.0; batch * 1024], vec![0.0; batch * 4]);
    bencher.counter(ItemsCount::new(batch)).bench_local(|| {
        let (features, logits) = (&mut features[..], &mut logits[..]);
        plan.run(&input, LENGTH, &mut workspace, Output { features, logits });
    });
}
