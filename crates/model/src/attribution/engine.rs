//! Derivatives of logits by what goes into a network, on any device.

use super::{grad_cam, gradient};
use crate::architecture::Architecture;
use crate::layers::layers;
use crate::net1d::Net1d;
use crate::ops;
use crate::state_dict::StateDict;
use crate::tape::{Tape, TapePass};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use coronet_kernels::network::{Activation, Network};
use coronet_kernels::together;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A network whose parameters are fixed, differentiated by its windows.
///
/// On the CPU a recorded pass of the kernels is walked back for all classes at once; on other
/// devices, and on the CPU with automatic differentiation, the tensor library differentiates
/// [`Net1d`], with a pass for each class.
#[derive(Debug)]
pub(super) struct Engine {
    kind: Kind,
    leads: usize,
    classes: usize,
}

#[derive(Debug)]
enum Kind {
    Kernels(Box<Mutex<OnKernels>>),
    Composed(Box<Composed>),
}

impl Engine {
    pub(super) fn new(architecture: &Architecture, state: &StateDict, device: &Device) -> Engine {
        let kind = match ops::is_plain_cpu(device) {
            true => Kind::Kernels(Box::new(Mutex::new(OnKernels::new(architecture, state)))),
            false => Kind::Composed(Box::new(Composed::new(architecture, state, device))),
        };
        Engine {
            kind,
            leads: architecture.in_channels,
            classes: architecture.n_classes,
        }
    }

    /// Derivatives of the logits of some classes by every sample of windows of one shape,
    /// `[class][window]`.
    pub(super) fn by_windows(&self, windows: &[&[f32]], classes: &[usize]) -> Vec<Vec<Vec<f32>>> {
        let shape = self.shape(windows);
        let flat = match &self.kind {
            Kind::Kernels(engine) => {
                let mut engine = engine.lock().unwrap_or_else(PoisonError::into_inner);
                let cotangents = self.cotangents(windows.len(), classes);
                engine.by_windows(&windows.concat(), shape, &cotangents)
            }
            Kind::Composed(engine) => classes
                .iter()
                .flat_map(|&class| {
                    let input = engine.tensor(windows, shape);
                    ops::to_vec(gradient(&engine.network, input, class))
                })
                .collect(),
        };
        cut(&flat, classes.len(), windows.len())
    }

    /// Grad-CAM of the feature map behind a stage, `[class][window]`, each as long as the map.
    pub(super) fn grad_cam(
        &self,
        windows: &[&[f32]],
        classes: &[usize],
        stage: usize,
    ) -> Vec<Vec<Vec<f32>>> {
        let shape = self.shape(windows);
        let flat = match &self.kind {
            Kind::Kernels(engine) => {
                let mut engine = engine.lock().unwrap_or_else(PoisonError::into_inner);
                let cotangents = self.cotangents(windows.len(), classes);
                engine.grad_cam(&windows.concat(), shape, &cotangents, stage)
            }
            Kind::Composed(engine) => classes
                .iter()
                .flat_map(|&class| {
                    let input = engine.tensor(windows, shape);
                    ops::to_vec(grad_cam(&engine.network, input, class, stage))
                })
                .collect(),
        };
        cut(&flat, classes.len(), windows.len())
    }

    fn shape(&self, windows: &[&[f32]]) -> [usize; 3] {
        [windows.len(), self.leads, windows[0].len() / self.leads]
    }

    /// For each class asked for, 1 at its logit of every window.
    fn cotangents(&self, windows: usize, classes: &[usize]) -> Vec<Vec<f32>> {
        let one = |&class: &usize| {
            let mut cotangent = vec![0.0; windows * self.classes];
            let logits = cotangent.iter_mut().skip(class).step_by(self.classes);
            logits.for_each(|logit| *logit = 1.0);
            cotangent
        };
        classes.iter().map(one).collect()
    }
}

fn cut(flat: &[f32], classes: usize, windows: usize) -> Vec<Vec<Vec<f32>>> {
    flat.chunks_exact(flat.len() / classes)
        .map(|of_class| {
            of_class
                .chunks_exact(of_class.len() / windows)
                .map(<[f32]>::to_vec)
                .collect()
        })
        .collect()
}

/// The network on plain numbers.
#[derive(Debug)]
struct OnKernels {
    layers: Network<String>,
    /// Tensors of the norms; every other one is packed in the tape.
    norms: BTreeMap<String, Vec<f32>>,
    learning_norms: Vec<bool>,
    /// Number of the last block of each stage.
    last_blocks: Vec<usize>,
    tape: Tape,
}

impl OnKernels {
    fn new(architecture: &Architecture, state: &StateDict) -> OnKernels {
        let layers = layers(architecture, state.uses_norm(architecture));
        let mut tape = Tape::new(&layers);
        tape.pack(&layers.map(&mut |name| state.floats(name)));
        let activations = layers.blocks.iter().flat_map(|block| &block.activations);
        let activations = std::iter::once(&layers.stem_activation).chain(activations);
        let mut norms = BTreeMap::new();
        for activation in activations {
            if let Activation::NormSilu(norm) = activation {
                for name in [&norm.weight, &norm.bias, &norm.mean, &norm.variance] {
                    norms.insert(name.clone(), state.floats(name).to_vec());
                }
            }
        }
        let blocks = architecture.m_blocks_list.iter().scan(0, |count, blocks| {
            *count += blocks;
            Some(*count - 1)
        });
        OnKernels {
            learning_norms: vec![false; 1 + 3 * layers.blocks.len()],
            last_blocks: blocks.collect(),
            layers,
            norms,
            tape,
        }
    }

    fn by_windows(
        &mut self,
        windows: &[f32],
        shape: [usize; 3],
        cotangents: &[Vec<f32>],
    ) -> Vec<f32> {
        self.run(windows, shape, |tape, network| {
            tape.by_windows(network, cotangents)
        })
    }

    fn grad_cam(
        &mut self,
        windows: &[f32],
        shape: [usize; 3],
        cotangents: &[Vec<f32>],
        stage: usize,
    ) -> Vec<f32> {
        let block = self.last_blocks[stage];
        let [map, grads] = self.run(windows, shape, |tape, network| {
            tape.by_map(network, cotangents, block)
        });
        let of_window = map.len() / shape[0];
        let channels = self.layers.blocks[block].convolutions[2].out_channels;
        let length = of_window / channels;
        grads
            .chunks_exact(map.len())
            .flat_map(|grads| {
                map.chunks_exact(of_window)
                    .zip(grads.chunks_exact(of_window))
            })
            .flat_map(|(map, grads)| weighted(map, grads, length))
            .collect()
    }

    /// Runs the network without dropout and with the running statistics of its norms, and lets
    /// `back` walk back. Between passes no memory is kept: often several networks are asked in turn.
    fn run<A>(
        &mut self,
        windows: &[f32],
        shape: [usize; 3],
        back: impl FnOnce(&mut Tape, &Network<&[f32]>) -> A,
    ) -> A {
        let norms = &self.norms;
        let network = self
            .layers
            .map(&mut |name| norms.get(name).map_or(&[][..], Vec::as_slice));
        let pass = TapePass {
            dropout: 0.0,
            seed: 0,
            learning_norms: &self.learning_norms,
        };
        let tape = &mut self.tape;
        let found = together(|| {
            tape.run(&network, pass, windows, shape);
            back(tape, &network)
        });
        tape.release();
        found
    }
}

/// The positive part of the channels' sum, each weighted with the mean of its derivative.
fn weighted(map: &[f32], grads: &[f32], length: usize) -> Vec<f32> {
    let mut sum = vec![0.0; length];
    for (map, grads) in map.chunks_exact(length).zip(grads.chunks_exact(length)) {
        let weight = grads.iter().sum::<f32>() / length as f32;
        for (sum, value) in sum.iter_mut().zip(map) {
            *sum += weight * value;
        }
    }
    sum.iter_mut().for_each(|sum| *sum = sum.max(0.0));
    sum
}

/// The network on tensors, recorded by the tensor library.
#[derive(Debug)]
struct Composed {
    network: Net1d,
    device: Device,
}

impl Composed {
    fn new(architecture: &Architecture, state: &StateDict, device: &Device) -> Composed {
        let device = match device.is_autodiff() {
            true => device.clone(),
            false => device.clone().autodiff(),
        };
        Composed {
            network: Net1d::new(architecture, state, &device).no_grad(),
            device,
        }
    }

    fn tensor(&self, windows: &[&[f32]], shape: [usize; 3]) -> Tensor<3> {
        Tensor::from_data(TensorData::new(windows.concat(), shape), &self.device)
    }
}
