//! The whole network against plain loops in double precision.

use crate::{assert_close, on_every_instruction_set, values};
use coronet_kernels::inference::{Output, Plan, Workspace};
use coronet_kernels::network::{Activation, Block, Convolution, Linear, Network, Norm};
use proptest::prelude::*;

/// Sizes of a network; each stage is `(channels, blocks, stride)`.
#[derive(Clone, Debug)]
struct Sizes {
    leads: usize,
    base: usize,
    stages: Vec<(usize, usize, usize)>,
    kernel: usize,
    stride: usize,
    width: usize,
    classes: usize,
    norm: bool,
}

/// Makes parameters whose sums keep a magnitude of about one.
struct Make {
    seed: u64,
}

impl Make {
    fn scaled(&mut self, count: usize, fan_in: usize) -> Vec<f32> {
        self.seed += 1;
        let scale = (2.0 / fan_in as f32).sqrt();
        let values = values(count, self.seed);
        values.into_iter().map(|value| value * scale).collect()
    }

    fn convolution(
        &mut self,
        [in_channels, out_channels]: [usize; 2],
        kernel: usize,
        stride: usize,
        groups: usize,
    ) -> Convolution<Vec<f32>> {
        let fan_in = in_channels / groups * kernel;
        Convolution {
            in_channels,
            out_channels,
            kernel,
            stride,
            groups,
            weight: self.scaled(out_channels * fan_in, fan_in),
            bias: self.scaled(out_channels, 20),
        }
    }

    fn linear(&mut self, inputs: usize, outputs: usize) -> Linear<Vec<f32>> {
        Linear {
            inputs,
            outputs,
            weight: self.scaled(outputs * inputs, inputs),
            bias: self.scaled(outputs, 20),
        }
    }

    fn activation(&mut self, channels: usize, norm: bool) -> Activation<Vec<f32>> {
        if !norm {
            return Activation::Silu;
        }
        let positive = |values: Vec<f32>| values.iter().map(|value| 1.0 + value.abs()).collect();
        Activation::NormSilu(Norm {
            weight: positive(self.scaled(channels, 2)),
            bias: self.scaled(channels, 20),
            mean: self.scaled(channels, 20),
            variance: positive(self.scaled(channels, 2)),
            epsilon: 1e-5,
        })
    }

    fn block(
        &mut self,
        sizes: &Sizes,
        input: usize,
        output: usize,
        stride: usize,
    ) -> Block<Vec<f32>> {
        let hidden = (output / 2).max(1);
        Block {
            activations: [
                self.activation(input, sizes.norm),
                self.activation(output, sizes.norm),
                self.activation(output, sizes.norm),
            ],
            convolutions: [
                self.convolution([input, output], 1, 1, 1),
                self.convolution([output, output], sizes.kernel, stride, output / sizes.width),
                self.convolution([output, output], 1, 1, 1),
            ],
            squeeze: self.linear(output, hidden),
            excite: self.linear(hidden, output),
        }
    }

    fn network(&mut self, sizes: &Sizes) -> Network<Vec<f32>> {
        let stem = self.convolution([sizes.leads, sizes.base], sizes.kernel, sizes.stride, 1);
        let stem_activation = self.activation(sizes.base, sizes.norm);
        let mut blocks = Vec::new();
        let mut channels = sizes.base;
        for &(output, count, stride) in &sizes.stages {
            for number in 0..count {
                let stride = if number == 0 { stride } else { 1 };
                blocks.push(self.block(sizes, channels, output, stride));
                channels = output;
            }
        }
        blocks[0].activations[0] = Activation::Identity;
        Network {
            stem,
            stem_activation,
            blocks,
            head: self.linear(channels, sizes.classes),
        }
    }
}

/// One signal: channels of samples.
type Signal = Vec<Vec<f64>>;

fn convolve(layer: &Convolution<Vec<f32>>, input: &Signal) -> Signal {
    let length = input[0].len();
    let out_length = length.div_ceil(layer.stride);
    let total = ((out_length - 1) * layer.stride + layer.kernel).saturating_sub(length);
    let (ci, co) = (
        layer.in_channels / layer.groups,
        layer.out_channels / layer.groups,
    );
    let sample = |o: usize, t: usize| {
        let mut sum = f64::from(layer.bias[o]);
        for c in 0..ci {
            for k in 0..layer.kernel {
                let place = (t * layer.stride + k).wrapping_sub(total / 2);
                if let Some(value) = input[o / co * ci + c].get(place) {
                    sum += value * f64::from(layer.weight[(o * ci + c) * layer.kernel + k]);
                }
            }
        }
        sum
    };
    (0..layer.out_channels)
        .map(|o| (0..out_length).map(|t| sample(o, t)).collect())
        .collect()
}

fn sigmoid(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

fn activate(activation: &Activation<Vec<f32>>, input: &Signal) -> Signal {
    let apply = |map: &dyn Fn(usize, f64) -> f64| {
        let channels = input.iter().enumerate();
        channels
            .map(|(c, row)| row.iter().map(|&value| map(c, value)).collect())
            .collect()
    };
    match activation {
        Activation::Identity => input.clone(),
        Activation::Silu => apply(&|_, value| value * sigmoid(value)),
        Activation::NormSilu(norm) => apply(&|c, value| {
            let deviation = (f64::from(norm.variance[c]) + f64::from(norm.epsilon)).sqrt();
            let value = (value - f64::from(norm.mean[c])) / deviation * f64::from(norm.weight[c])
                + f64::from(norm.bias[c]);
            value * sigmoid(value)
        }),
    }
}

fn means(input: &Signal) -> Vec<f64> {
    let mean = |row: &Vec<f64>| row.iter().sum::<f64>() / row.len() as f64;
    input.iter().map(mean).collect()
}

fn linear(layer: &Linear<Vec<f32>>, input: &[f64]) -> Vec<f64> {
    let rows = layer.weight.chunks(layer.inputs).zip(&layer.bias);
    rows.map(|(weight, bias)| {
        let products = weight.iter().zip(input).map(|(w, x)| f64::from(*w) * x);
        f64::from(*bias) + products.sum::<f64>()
    })
    .collect()
}

fn run_block(block: &Block<Vec<f32>>, input: &Signal) -> Signal {
    let mut branch = input.clone();
    for (activation, convolution) in block.activations.iter().zip(&block.convolutions) {
        branch = convolve(convolution, &activate(activation, &branch));
    }
    let hidden = linear(&block.squeeze, &means(&branch));
    let hidden: Vec<f64> = hidden.iter().map(|&value| value * sigmoid(value)).collect();
    let gates = linear(&block.excite, &hidden);
    let before = (branch.len() - input.len()) / 2;
    for (channel, row) in branch.iter_mut().enumerate() {
        let source = channel
            .checked_sub(before)
            .and_then(|channel| input.get(channel));
        for (t, value) in row.iter_mut().enumerate() {
            *value *= sigmoid(gates[channel]);
            *value += source.map_or(0.0, |source| {
                if block.convolutions[1].stride == 1 {
                    return source[t];
                }
                source[2 * t].max(source.get(2 * t + 1).copied().unwrap_or(0.0))
            });
        }
    }
    branch
}

fn by_definition(network: &Network<Vec<f32>>, input: &[f32], length: usize) -> [Vec<f32>; 2] {
    let [mut features, mut logits] = [Vec::new(), Vec::new()];
    for sample in input.chunks(network.stem.in_channels * length) {
        let rows = sample.chunks(length);
        let mut x: Signal = rows
            .map(|row| row.iter().map(|&v| f64::from(v)).collect())
            .collect();
        x = activate(&network.stem_activation, &convolve(&network.stem, &x));
        for block in &network.blocks {
            x = run_block(block, &x);
        }
        let mean = means(&x);
        logits.extend(linear(&network.head, &mean).iter().map(|&v| v as f32));
        features.extend(mean.iter().map(|&v| v as f32));
    }
    [features, logits]
}

fn run(plan: &Plan, input: &[f32], length: usize, workspace: &mut Workspace) -> [Vec<f32>; 2] {
    let batch = input.len() / (plan.in_channels() * length);
    let mut features = vec![f32::NAN; batch * plan.features()];
    let mut logits = vec![f32::NAN; batch * plan.classes()];
    let output = Output {
        features: &mut features,
        logits: &mut logits,
    };
    plan.run(input, length, workspace, output);
    [features, logits]
}

fn check(sizes: &Sizes, batch: usize, length: usize) {
    let network = Make { seed: 0 }.network(sizes);
    let plan = Plan::new(&network.map(&mut |values| values.as_slice()));
    let input = values(batch * sizes.leads * length, 99);
    let expected = by_definition(&network, &input, length);
    on_every_instruction_set(|| {
        let got = run(&plan, &input, length, &mut Workspace::default());
        assert_close(&got[0], &expected[0], 3e-5, "features");
        assert_close(&got[1], &expected[1], 3e-5, "logits");
    });
}

fn usual() -> Sizes {
    Sizes {
        leads: 12,
        base: 16,
        stages: vec![(32, 2, 2), (48, 1, 2), (80, 2, 2)],
        kernel: 16,
        stride: 2,
        width: 16,
        classes: 4,
        norm: true,
    }
}

#[test]
fn the_usual_kind() {
    for (batch, length) in [(1, 500), (3, 333), (9, 40), (2, 1), (5, 7)] {
        check(&usual(), batch, length);
        check(
            &Sizes {
                norm: false,
                ..usual()
            },
            batch,
            length,
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn other_kinds(
        leads in 1usize..20, base in 1usize..20, width in 1usize..20, grow in 1usize..4,
        blocks in 1usize..3, kernel in 1usize..18, stride in 1usize..3, classes in 1usize..20,
        norm: bool, batch in 1usize..6, length in 1usize..80,
    ) {
        let first = base.div_ceil(width) * width;
        let stages = vec![(first, blocks, stride), (first * grow, 1, 2)];
        let sizes = Sizes { leads, base, stages, kernel, stride, width, classes, norm };
        check(&sizes, batch, length);
    }
}

#[test]
fn neither_batch_nor_threads_change_a_bit() {
    let sizes = usual();
    let network = Make { seed: 0 }.network(&sizes);
    let plan = Plan::new(&network.map(&mut |values| values.as_slice()));
    let (batch, length) = (7, 250);
    let input = values(batch * sizes.leads * length, 5);
    on_every_instruction_set(|| same_bits(&plan, &input, length));
}

fn same_bits(plan: &Plan, input: &[f32], length: usize) {
    let alone: Vec<[Vec<f32>; 2]> = input
        .chunks(plan.in_channels() * length)
        .map(|sample| run(plan, sample, length, &mut Workspace::default()))
        .collect();
    let alone = [0, 1].map(|which| -> Vec<f32> {
        alone
            .iter()
            .flat_map(|sample| sample[which].clone())
            .collect()
    });
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let together = pool
            .expect("a pool")
            .install(|| run(plan, input, length, &mut Workspace::default()));
        assert!(together == alone, "{threads} threads change a result");
    }
}
