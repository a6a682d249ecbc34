//! The layers of a network as the CPU kernels take them, each parameter held by its name in
//! the published checkpoints.

use crate::architecture::{Architecture, BlockShape};
use crate::net1d::EPSILON;
use coronet_kernels::network::{Activation, Block, Convolution, Linear, Network, Norm};

/// The layers of `architecture`, with norms where `norm` says so.
pub(crate) fn layers(architecture: &Architecture, norm: bool) -> Network<String> {
    let build = Build { architecture, norm };
    let stem = [architecture.in_channels, architecture.base_filters];
    let blocks = architecture.blocks().into_iter().enumerate();
    Network {
        stem: build.convolution("first_conv", stem, architecture.stride, 1),
        stem_activation: build.activation("first_bn"),
        blocks: blocks
            .map(|(i, shape)| build.block(shape, i == 0))
            .collect(),
        head: linear("dense", architecture.features(), architecture.n_classes),
    }
}

struct Build<'a> {
    architecture: &'a Architecture,
    norm: bool,
}

impl Build<'_> {
    fn block(&self, shape: BlockShape, first: bool) -> Block<String> {
        let at = format!("stage_list.{}.block_list.{}", shape.stage, shape.number);
        let name = |layer: &str| format!("{at}.{layer}");
        let (inputs, outputs) = (shape.in_channels, shape.out_channels);
        let groups = outputs / self.architecture.groups_width;
        let before = match first {
            true => Activation::Identity,
            false => self.activation(&name("bn1")),
        };
        Block {
            activations: [
                before,
                self.activation(&name("bn2")),
                self.activation(&name("bn3")),
            ],
            convolutions: [
                pointwise(&name("conv1"), [inputs, outputs]),
                self.convolution(&name("conv2"), [outputs; 2], shape.stride, groups),
                pointwise(&name("conv3"), [outputs; 2]),
            ],
            squeeze: linear(&name("se_fc1"), outputs, outputs / 2),
            excite: linear(&name("se_fc2"), outputs / 2, outputs),
        }
    }

    fn activation(&self, layer: &str) -> Activation<String> {
        if !self.norm {
            return Activation::Silu;
        }
        Activation::NormSilu(Norm {
            weight: format!("{layer}.weight"),
            bias: format!("{layer}.bias"),
            mean: format!("{layer}.running_mean"),
            variance: format!("{layer}.running_var"),
            epsilon: EPSILON,
        })
    }

    fn convolution(
        &self,
        layer: &str,
        [in_channels, out_channels]: [usize; 2],
        stride: usize,
        groups: usize,
    ) -> Convolution<String> {
        Convolution {
            in_channels,
            out_channels,
            kernel: self.architecture.kernel_size,
            stride,
            groups,
            weight: format!("{layer}.conv.weight"),
            bias: format!("{layer}.conv.bias"),
        }
    }
}

fn pointwise(layer: &str, [in_channels, out_channels]: [usize; 2]) -> Convolution<String> {
    Convolution {
        in_channels,
        out_channels,
        kernel: 1,
        stride: 1,
        groups: 1,
        weight: format!("{layer}.conv.weight"),
        bias: format!("{layer}.conv.bias"),
    }
}

fn linear(layer: &str, inputs: usize, outputs: usize) -> Linear<String> {
    Linear {
        inputs,
        outputs,
        weight: format!("{layer}.weight"),
        bias: format!("{layer}.bias"),
    }
}
