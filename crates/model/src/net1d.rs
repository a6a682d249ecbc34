//! The residual network over ECGs of ECGFounder and AnyECG-CCTA.
//!
//! Block(in → out): norm → SiLU → dropout (not in the first block) → pointwise convolution
//! → norm → SiLU → dropout → grouped convolution → norm → SiLU → dropout → pointwise
//! convolution → squeeze–excite → plus shortcut. Source: Hong et al. 2020 (`net1d`), Li et
//! al. 2024 (ECGFounder).

use crate::architecture::{Architecture, BlockShape};
use crate::ops::{self, NormUse};
use crate::state_dict::{NamedTensor, StateDict, Values};
use burn::module::Param;
use burn::tensor::activation::{sigmoid, silu};
use burn::tensor::{Device, Tensor, TensorData};
use coronet_kernels::activation::Dropout;

/// Added to variances before the root, as PyTorch does.
pub(crate) const EPSILON: f32 = 1e-5;
/// Share of the newest batch in running statistics, as PyTorch does.
pub(crate) const MOMENTUM: f32 = 0.1;

/// The network on one device. Field names are the names of the published checkpoints.
#[derive(burn::module::Module, Debug)]
pub struct Net1d {
    first_conv: SameConv,
    first_bn: Norm,
    stage_list: Vec<Stage>,
    dense: Linear,
    #[module(skip)]
    use_norm: bool,
}

#[derive(burn::module::Module, Debug)]
struct Stage {
    block_list: Vec<Block>,
}

#[derive(burn::module::Module, Debug)]
struct Block {
    bn1: Norm,
    conv1: SameConv,
    bn2: Norm,
    conv2: SameConv,
    bn3: Norm,
    conv3: SameConv,
    se_fc1: Linear,
    se_fc2: Linear,
    #[module(skip)]
    first: bool,
    #[module(skip)]
    halves: bool,
}

#[derive(burn::module::Module, Debug)]
struct SameConv {
    conv: ConvWeights,
    #[module(skip)]
    stride: usize,
    #[module(skip)]
    groups: usize,
}

#[derive(burn::module::Module, Debug)]
struct ConvWeights {
    weight: Param<Tensor<3>>,
    bias: Param<Tensor<1>>,
}

#[derive(burn::module::Module, Debug)]
struct Linear {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

#[derive(burn::module::Module, Debug)]
struct Norm {
    weight: Param<Tensor<1>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    running_mean: Tensor<1>,
    #[module(skip)]
    running_var: Tensor<1>,
    #[module(skip)]
    num_batches_tracked: i64,
}

/// What a pass through the network does besides the arithmetic.
#[derive(Debug)]
pub enum Pass {
    /// Norms use their running statistics; nothing is dropped.
    Inference,
    /// Learning norms use the batch's moments, which are gathered here, and activations
    /// after them are dropped; frozen layers work as in inference.
    Training(TrainingPass),
}

/// State of a training pass.
#[derive(Debug)]
pub struct TrainingPass {
    /// Share of activations dropped.
    pub dropout: f32,
    /// Seed of this pass's masks; the same seed drops the same activations.
    pub seed: u64,
    layer: u64,
    moments: Vec<BatchMoments>,
}

/// Moments of one norm layer over one batch.
#[derive(Clone, Debug)]
pub struct BatchMoments {
    /// Mean per channel.
    pub mean: Tensor<1>,
    /// Biased variance per channel.
    pub variance: Tensor<1>,
    /// Values each was taken over.
    pub count: usize,
}

impl Pass {
    /// A training pass with masks of `seed`.
    pub fn training(dropout: f32, seed: u64) -> Pass {
        Pass::Training(TrainingPass {
            dropout,
            seed,
            layer: 0,
            moments: Vec::new(),
        })
    }

    /// The moments gathered, in the order of the layers.
    pub fn into_moments(self) -> Vec<BatchMoments> {
        match self {
            Pass::Inference => Vec::new(),
            Pass::Training(pass) => pass.moments,
        }
    }
}

/// What the network says of a batch.
#[derive(Clone, Debug)]
pub struct Output {
    /// Mean of the last feature map over time, `[batch, features]`.
    pub features: Tensor<2>,
    /// One logit per class, `[batch, classes]`.
    pub logits: Tensor<2>,
}

impl Net1d {
    /// Puts the tensors of `state` on `device`; they must be those of `architecture`.
    ///
    /// Norms are used where `architecture.norm` says so; where it is silent, where the
    /// state was trained with them (see [`StateDict::trained_with_norm`]).
    ///
    /// # Panics
    ///
    /// If a tensor is missing or of another shape; check with [`StateDict::coverage`].
    pub fn new(architecture: &Architecture, state: &StateDict, device: &Device) -> Net1d {
        let build = Build { state, device };
        let stages = architecture.filter_list.len();
        let mut stage_list: Vec<Stage> = (0..stages)
            .map(|_| Stage {
                block_list: Vec::new(),
            })
            .collect();
        for (index, shape) in architecture.blocks().into_iter().enumerate() {
            let block = build.block(architecture, shape, index == 0);
            stage_list[shape.stage].block_list.push(block);
        }
        Net1d {
            first_conv: build.conv("first_conv", architecture.stride, 1),
            first_bn: build.norm("first_bn"),
            stage_list,
            dense: build.linear("dense"),
            use_norm: state.uses_norm(architecture),
        }
    }

    /// Whether the norm layers are used.
    pub fn uses_norm(&self) -> bool {
        self.use_norm
    }

    /// Logits and features of `input`, `[batch, leads, length]`.
    pub fn forward(&self, input: Tensor<3>, pass: &mut Pass) -> Output {
        self.head(self.feature_map(input, pass))
    }

    /// The last feature map, `[batch, features, ⌈length / 2^(stages + 1)⌉]` for stride 2.
    pub fn feature_map(&self, input: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let value = self.stem(input, pass);
        self.stages(&self.stage_list, value, pass)
    }

    /// The feature map behind `stage`, `[batch, filters, length]`, without dropout.
    ///
    /// # Panics
    ///
    /// If there is no such stage.
    pub fn map_behind(&self, input: Tensor<3>, stage: usize) -> Tensor<3> {
        let pass = &mut Pass::Inference;
        let value = self.stem(input, pass);
        self.stages(&self.stage_list[..=stage], value, pass)
    }

    /// Logits and features of a feature map behind `stage`, without dropout.
    ///
    /// # Panics
    ///
    /// If there is no such stage.
    pub fn from_map_behind(&self, map: Tensor<3>, stage: usize) -> Output {
        self.head(self.stages(&self.stage_list[stage + 1..], map, &mut Pass::Inference))
    }

    fn stem(&self, input: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let value = self.first_conv.forward(input); // [batch, base, length / 2]
        self.activate(&self.first_bn, value, pass, false)
    }

    fn stages(&self, stages: &[Stage], mut value: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        for block in stages.iter().flat_map(|stage| &stage.block_list) {
            value = self.block(block, value, pass); // [batch, filters, length]
        }
        value
    }

    /// Logits and features of a last feature map, `[batch, features, length]`.
    pub fn head(&self, feature_map: Tensor<3>) -> Output {
        let features = feature_map.mean_dim(2).squeeze_dim::<2>(2); // [batch, features]
        Output {
            logits: self.dense.forward(features.clone()),
            features,
        }
    }

    fn block(&self, block: &Block, input: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let mut branch = input.clone();
        if !block.first {
            branch = self.activate(&block.bn1, branch, pass, true);
        }
        branch = block.conv1.forward(branch); // [batch, out, length]
        branch = self.activate(&block.bn2, branch, pass, true);
        branch = block.conv2.forward(branch); // [batch, out, length / stride]
        branch = self.activate(&block.bn3, branch, pass, true);
        branch = block.conv3.forward(branch); // [batch, out, length / stride]
        let gate = branch.clone().mean_dim(2).squeeze_dim::<2>(2); // [batch, out]
        let gate = block.se_fc2.forward(silu(block.se_fc1.forward(gate)));
        ops::residual(branch, sigmoid(gate), input, block.halves) // [batch, out, length / stride]
    }

    /// Norm, SiLU and dropout, as far as the pass and the network ask for them.
    fn activate(&self, norm: &Norm, input: Tensor<3>, pass: &mut Pass, drop: bool) -> Tensor<3> {
        let [batch, _, length] = input.dims();
        let training = match pass {
            Pass::Training(training) if norm.learns() => training,
            _ => return ops::activation(input, self.use_norm.then(|| norm.fixed()), None).0,
        };
        training.layer += 1;
        let dropout = (drop && training.dropout > 0.0).then(|| Dropout {
            probability: training.dropout,
            seed: layer_seed(training.seed, training.layer),
        });
        let learnt = self.use_norm.then(|| norm.of_batch());
        let (output, moments) = ops::activation(input, learnt, dropout);
        if let Some([mean, variance]) = moments {
            training.moments.push(BatchMoments {
                mean,
                variance,
                count: batch * length,
            });
        }
        output
    }

    /// Blends the moments of a training pass into the running statistics, with PyTorch's
    /// momentum of 0.1 and unbiased variance.
    pub fn absorb(&mut self, moments: &[BatchMoments]) {
        for (norm, moments) in self.used_norms().into_iter().zip(moments) {
            let unbiased = moments.count as f32 / (moments.count as f32 - 1.0).max(1.0);
            norm.running_mean =
                norm.running_mean.clone() * (1.0 - MOMENTUM) + moments.mean.clone() * MOMENTUM;
            norm.running_var = norm.running_var.clone() * (1.0 - MOMENTUM)
                + moments.variance.clone() * (MOMENTUM * unbiased);
            norm.num_batches_tracked += 1;
        }
    }

    /// Learning norms in the order a pass meets them; the first block's `bn1` is never met.
    fn used_norms(&mut self) -> Vec<&mut Norm> {
        let mut norms = vec![&mut self.first_bn];
        for block in self
            .stage_list
            .iter_mut()
            .flat_map(|stage| &mut stage.block_list)
        {
            if !block.first {
                norms.push(&mut block.bn1);
            }
            norms.push(&mut block.bn2);
            norms.push(&mut block.bn3);
        }
        norms.retain(|norm| norm.learns());
        norms
    }

    /// All tensors, named as in the published checkpoints.
    pub fn state(&self) -> StateDict {
        let mut state = StateDict::default();
        put_conv(&mut state, "first_conv", &self.first_conv);
        put_norm(&mut state, "first_bn", &self.first_bn);
        for (s, stage) in self.stage_list.iter().enumerate() {
            for (b, block) in stage.block_list.iter().enumerate() {
                put_block(&mut state, &format!("stage_list.{s}.block_list.{b}"), block);
            }
        }
        put_linear(&mut state, "dense", &self.dense);
        state
    }
}

/// Seed of the dropout mask of a pass's learning norm number `layer`, from 1.
pub(crate) fn layer_seed(seed: u64, layer: u64) -> u64 {
    seed.wrapping_add(layer.wrapping_mul(0xA24B_AED4_963E_E407))
}

impl SameConv {
    fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        let (weight, bias) = (self.conv.weight.val(), self.conv.bias.val());
        ops::convolution(input, weight, bias, self.stride, self.groups)
    }
}

impl Linear {
    fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        ops::linear(input, self.weight.val(), self.bias.val()) // [batch, out]
    }
}

impl Norm {
    /// Whether the layer learns; one that is frozen works as in inference.
    fn learns(&self) -> bool {
        self.weight.val().is_require_grad()
    }

    fn fixed(&self) -> NormUse {
        NormUse {
            weight: self.weight.val(),
            bias: self.bias.val(),
            moments: Some([self.running_mean.clone(), self.running_var.clone()]),
            epsilon: EPSILON,
        }
    }

    fn of_batch(&self) -> NormUse {
        NormUse {
            weight: self.weight.val(),
            bias: self.bias.val(),
            moments: None,
            epsilon: EPSILON,
        }
    }
}

struct Build<'a> {
    state: &'a StateDict,
    device: &'a Device,
}

impl Build<'_> {
    fn block(&self, architecture: &Architecture, shape: BlockShape, first: bool) -> Block {
        let at = format!("stage_list.{}.block_list.{}", shape.stage, shape.number);
        let groups = shape.out_channels / architecture.groups_width;
        Block {
            bn1: self.norm(&format!("{at}.bn1")),
            conv1: self.conv(&format!("{at}.conv1"), 1, 1),
            bn2: self.norm(&format!("{at}.bn2")),
            conv2: self.conv(&format!("{at}.conv2"), shape.stride, groups),
            bn3: self.norm(&format!("{at}.bn3")),
            conv3: self.conv(&format!("{at}.conv3"), 1, 1),
            se_fc1: self.linear(&format!("{at}.se_fc1")),
            se_fc2: self.linear(&format!("{at}.se_fc2")),
            first,
            halves: shape.stride == 2,
        }
    }

    fn conv(&self, layer: &str, stride: usize, groups: usize) -> SameConv {
        let conv = ConvWeights {
            weight: Param::from_tensor(self.tensor(&format!("{layer}.conv.weight"))),
            bias: Param::from_tensor(self.tensor(&format!("{layer}.conv.bias"))),
        };
        SameConv {
            conv,
            stride,
            groups,
        }
    }

    fn linear(&self, layer: &str) -> Linear {
        Linear {
            weight: Param::from_tensor(self.tensor(&format!("{layer}.weight"))),
            bias: Param::from_tensor(self.tensor(&format!("{layer}.bias"))),
        }
    }

    fn norm(&self, layer: &str) -> Norm {
        let count = match &self.found(&format!("{layer}.num_batches_tracked")).values {
            Values::I64(counts) => counts.first().copied().unwrap_or(0),
            Values::F32(_) => 0,
        };
        Norm {
            weight: Param::from_tensor(self.tensor(&format!("{layer}.weight"))),
            bias: Param::from_tensor(self.tensor(&format!("{layer}.bias"))),
            running_mean: self.tensor(&format!("{layer}.running_mean")),
            running_var: self.tensor(&format!("{layer}.running_var")),
            num_batches_tracked: count,
        }
    }

    fn tensor<const D: usize>(&self, name: &str) -> Tensor<D> {
        let values = self.state.floats(name).to_vec();
        let data = TensorData::new(values, self.found(name).shape.clone());
        Tensor::from_data(data, self.device)
    }

    fn found(&self, name: &str) -> &NamedTensor {
        self.state
            .tensors
            .get(name)
            .unwrap_or_else(|| panic!("tensor `{name}` must be present"))
    }
}

fn put<const D: usize>(state: &mut StateDict, name: String, tensor: Tensor<D>) {
    let shape = tensor.dims().to_vec();
    let values = ops::to_vec(tensor);
    state.tensors.insert(
        name,
        NamedTensor {
            shape,
            values: Values::F32(values.into()),
        },
    );
}

fn put_block(state: &mut StateDict, at: &str, block: &Block) {
    let norms = [
        ("bn1", &block.bn1),
        ("bn2", &block.bn2),
        ("bn3", &block.bn3),
    ];
    for (name, norm) in norms {
        put_norm(state, &format!("{at}.{name}"), norm);
    }
    let convs = [
        ("conv1", &block.conv1),
        ("conv2", &block.conv2),
        ("conv3", &block.conv3),
    ];
    for (name, conv) in convs {
        put_conv(state, &format!("{at}.{name}"), conv);
    }
    put_linear(state, &format!("{at}.se_fc1"), &block.se_fc1);
    put_linear(state, &format!("{at}.se_fc2"), &block.se_fc2);
}

fn put_conv(state: &mut StateDict, layer: &str, conv: &SameConv) {
    put(
        state,
        format!("{layer}.conv.weight"),
        conv.conv.weight.val(),
    );
    put(state, format!("{layer}.conv.bias"), conv.conv.bias.val());
}

fn put_linear(state: &mut StateDict, layer: &str, linear: &Linear) {
    put(state, format!("{layer}.weight"), linear.weight.val());
    put(state, format!("{layer}.bias"), linear.bias.val());
}

fn put_norm(state: &mut StateDict, layer: &str, norm: &Norm) {
    put(state, format!("{layer}.weight"), norm.weight.val());
    put(state, format!("{layer}.bias"), norm.bias.val());
    put(
        state,
        format!("{layer}.running_mean"),
        norm.running_mean.clone(),
    );
    put(
        state,
        format!("{layer}.running_var"),
        norm.running_var.clone(),
    );
    let count = Values::I64(vec![norm.num_batches_tracked]);
    let name = format!("{layer}.num_batches_tracked");
    state.tensors.insert(
        name,
        NamedTensor {
            shape: Vec::new(),
            values: count,
        },
    );
}
