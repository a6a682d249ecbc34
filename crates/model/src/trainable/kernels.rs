//! The network on plain numbers, run and walked back by the CPU kernels.

use super::{Cotangents, Dropping, Vector, Windows};
use crate::architecture::Architecture;
use crate::flat::FlatRange;
use crate::layers::layers;
use crate::net1d::MOMENTUM;
use crate::state_dict::{Role, StateDict, Values, expected_tensors};
use crate::tape::{Gradient, Tape, TapePass};
use coronet_kernels::network::{Activation, Network};
use coronet_kernels::together;
use std::collections::BTreeMap;

/// A network whose learning parameters lie one after the other.
#[derive(Debug)]
pub(super) struct OnKernels {
    layers: Network<String>,
    /// Norms in the order a pass meets them, without the last part of their tensors' names.
    norms: Vec<String>,
    learning_norms: Vec<bool>,
    ranges: Vec<FlatRange>,
    parameters: Vector,
    /// Everything but the learning parameters, which are stale here.
    state: StateDict,
    tape: Tape,
    spare: Vec<Vector>,
}

impl OnKernels {
    pub(super) fn new(
        architecture: &Architecture,
        state: &StateDict,
        learns: &dyn Fn(&str) -> bool,
    ) -> OnKernels {
        let mut ranges: Vec<FlatRange> = Vec::new();
        let mut parameters = Vec::new();
        for tensor in expected_tensors(architecture) {
            if tensor.role != Role::Parameter || !learns(&tensor.name) {
                continue;
            }
            let values = state.floats(&tensor.name);
            ranges.push(FlatRange {
                name: tensor.name,
                start: parameters.len(),
                len: values.len(),
            });
            parameters.extend_from_slice(values);
        }
        let norms = norms(&layers(architecture, true));
        let layers = layers(architecture, state.uses_norm(architecture));
        OnKernels {
            tape: Tape::new(&layers),
            layers,
            learning_norms: norms
                .iter()
                .map(|norm| learns(&format!("{norm}.weight")))
                .collect(),
            norms,
            ranges,
            parameters: Vector::Memory(parameters),
            state: state.clone(),
            spare: Vec::new(),
        }
    }

    pub(super) fn ranges(&self) -> &[FlatRange] {
        &self.ranges
    }

    pub(super) fn parameters(&self) -> &Vector {
        &self.parameters
    }

    pub(super) fn gradients(
        &mut self,
        windows: Windows<'_>,
        dropping: Dropping,
        answer: Cotangents<'_>,
    ) -> Vec<Vector> {
        let parameters = floats(&self.parameters);
        let learning = by_name(&self.ranges, parameters);
        let network = self
            .layers
            .map(&mut |name| match learning.get(name.as_str()) {
                Some(values) => *values,
                None => self.state.floats(name),
            });
        let pass = TapePass {
            dropout: dropping.probability,
            seed: dropping.seed,
            learning_norms: &self.learning_norms,
        };
        let tape = &mut self.tape;
        let logits = together(|| tape.forward(&network, pass, windows.values, windows.shape));
        let cotangents = answer(&logits);
        let mut gradients: Vec<Vec<f32>> = cotangents
            .iter()
            .map(|_| match self.spare.pop() {
                Some(Vector::Memory(values)) => values,
                _ => vec![0.0; parameters.len()],
            })
            .collect();
        let mut targets: Vec<Gradient<'_>> = gradients
            .iter_mut()
            .map(|gradient| places(&self.layers, &self.ranges, gradient))
            .collect();
        together(|| tape.backward(&network, &cotangents, &mut targets));
        self.absorb();
        gradients.into_iter().map(Vector::Memory).collect()
    }

    /// Blends the moments of a pass into the running statistics, with PyTorch's momentum of
    /// 0.1 and unbiased variance.
    fn absorb(&mut self) {
        for (used, norm) in self.tape.uses().zip(&self.norms) {
            let Some(count) = used.of_batch else { continue };
            let unbiased = count as f32 / (count as f32 - 1.0).max(1.0);
            let moments = &used.moments;
            let statistics = [
                ("running_mean", &moments.mean, MOMENTUM),
                ("running_var", &moments.variance, MOMENTUM * unbiased),
            ];
            for (name, newest, share) in statistics {
                if let Some(Values::F32(values)) = self.state.values_mut(norm, name) {
                    for (value, newest) in values.iter_mut().zip(newest) {
                        *value = *value * (1.0 - MOMENTUM) + newest * share;
                    }
                }
            }
            if let Some(Values::I64(counts)) = self.state.values_mut(norm, "num_batches_tracked") {
                counts.iter_mut().for_each(|count| *count += 1);
            }
        }
    }

    pub(super) fn keep(&mut self, gradients: Vec<Vector>) {
        self.spare = gradients;
    }

    pub(super) fn update(&mut self, change: &mut dyn FnMut(&mut Vector)) {
        change(&mut self.parameters);
    }

    pub(super) fn state(&self) -> StateDict {
        let mut state = self.state.clone();
        let parameters = floats(&self.parameters);
        for range in &self.ranges {
            if let Some(Values::F32(values)) = state
                .tensors
                .get_mut(&range.name)
                .map(|tensor| &mut tensor.values)
            {
                values.copy_from_slice(&parameters[range.start..range.start + range.len]);
            }
        }
        state
    }
}

/// Names of the norms in the order a pass meets them.
fn norms(layers: &Network<String>) -> Vec<String> {
    let blocks = layers.blocks.iter().flat_map(|block| &block.activations);
    let all = std::iter::once(&layers.stem_activation).chain(blocks);
    all.filter_map(|activation| match activation {
        Activation::NormSilu(norm) => norm.weight.strip_suffix(".weight").map(str::to_owned),
        _ => None,
    })
    .collect()
}

fn floats(vector: &Vector) -> &[f32] {
    match vector {
        Vector::Memory(values) => values,
        Vector::Device(_) => unreachable!("the kernels work in memory, this is a bug"),
    }
}

fn by_name<'a>(ranges: &'a [FlatRange], flat: &'a [f32]) -> BTreeMap<&'a str, &'a [f32]> {
    ranges
        .iter()
        .map(|range| {
            let values = &flat[range.start..range.start + range.len];
            (range.name.as_str(), values)
        })
        .collect()
}

/// Where the gradients go within one vector.
fn places<'a>(
    layers: &Network<String>,
    ranges: &[FlatRange],
    mut flat: &'a mut [f32],
) -> Gradient<'a> {
    let mut parts = BTreeMap::new();
    for range in ranges {
        let (part, rest) = flat.split_at_mut(range.len);
        parts.insert(range.name.as_str(), part);
        flat = rest;
    }
    layers.map(&mut |name| parts.remove(name.as_str()))
}
