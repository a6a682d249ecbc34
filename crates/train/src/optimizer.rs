//! AdamW over flat parameters, with one rate for each group of layers.

use burn::optim::{AdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, Optimizer};
use burn::tensor::{Device, Tensor, TensorData};
use coronet_model::{FlatRange, NamedTensor, StateDict, Values};

/// Neighbouring parameters that share a rate.
#[derive(Clone, Debug, PartialEq)]
struct Group {
    start: usize,
    len: usize,
    factor: f64,
}

/// AdamW (Loshchilov & Hutter 2019) in PyTorch's form: β = 0.9, 0.999, ε = 1e-8.
pub struct FlatAdamW {
    adamw: AdamW,
    groups: Vec<Group>,
    states: Vec<Option<AdamWState<1>>>,
}

impl std::fmt::Debug for FlatAdamW {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FlatAdamW")
            .field("groups", &self.groups)
            .finish_non_exhaustive()
    }
}

impl FlatAdamW {
    /// For one vector of `len` elements.
    pub fn new(weight_decay: f64, len: usize) -> FlatAdamW {
        FlatAdamW::grouped(
            weight_decay,
            vec![Group {
                start: 0,
                len,
                factor: 1.0,
            }],
        )
    }

    /// For a network's parameters: `layer_decay` is the factor of the rate from one stage to
    /// the one before it; the head has the full rate.
    pub fn by_layer(
        weight_decay: f64,
        layer_decay: f64,
        ranges: &[FlatRange],
        stages: usize,
    ) -> FlatAdamW {
        let mut groups: Vec<Group> = Vec::new();
        for range in ranges {
            let factor = layer_decay.powi(depth(&range.name, stages) as i32);
            match groups.last_mut() {
                Some(group) if group.factor == factor => group.len += range.len,
                _ => groups.push(Group {
                    start: range.start,
                    len: range.len,
                    factor,
                }),
            }
        }
        FlatAdamW::grouped(weight_decay, groups)
    }

    fn grouped(weight_decay: f64, groups: Vec<Group>) -> FlatAdamW {
        let config = AdamWConfig::new()
            .with_epsilon(1e-8)
            .with_weight_decay(weight_decay as f32);
        let states = groups.iter().map(|_| None).collect();
        FlatAdamW {
            adamw: config.build(),
            groups,
            states,
        }
    }

    /// The parameters after one step along `gradient`.
    pub fn step(&mut self, rate: f64, parameters: Tensor<1>, gradient: Tensor<1>) -> Tensor<1> {
        let mut parts = Vec::with_capacity(self.groups.len());
        for (group, state) in self.groups.iter().zip(&mut self.states) {
            let part = |tensor: &Tensor<1>| tensor.clone().narrow(0, group.start, group.len);
            let (updated, next) = self.adamw.step(
                rate * group.factor,
                part(&parameters),
                part(&gradient),
                state.take(),
            );
            *state = next;
            parts.push(updated);
        }
        Tensor::cat(parts, 0)
    }

    /// Writes the moments under `prefix`.
    pub fn save(&self, prefix: &str, to: &mut StateDict) {
        for (number, state) in self.states.iter().enumerate() {
            let Some(state) = state else { continue };
            let momentum = &state.momentum;
            let mut put = |name: &str, shape: Vec<usize>, values: Values| {
                let name = format!("{prefix}.{number}.{name}");
                to.tensors.insert(name, NamedTensor { shape, values });
            };
            let moments = [
                ("moment_1", &momentum.moment_1),
                ("moment_2", &momentum.moment_2),
            ];
            for (name, tensor) in moments {
                put(
                    name,
                    tensor.dims().to_vec(),
                    Values::F32(values(tensor.clone())),
                );
            }
            put("time", Vec::new(), Values::I64(vec![momentum.time as i64]));
        }
    }

    /// Reads the moments under `prefix`; a group without any starts anew.
    ///
    /// The second value is the name of a tensor that does not fit, if there is one.
    pub fn restore(
        &mut self,
        prefix: &str,
        from: &StateDict,
        device: &Device,
    ) -> Result<(), String> {
        for (number, (group, state)) in self.groups.iter().zip(&mut self.states).enumerate() {
            let find = |name: &str| from.tensors.get(&format!("{prefix}.{number}.{name}"));
            let Some(time) = find("time") else {
                *state = None;
                continue;
            };
            let moment = |name: &str| match find(name).map(|tensor| &tensor.values) {
                Some(Values::F32(values)) if values.len() == group.len => Ok(
                    Tensor::<1>::from_data(TensorData::new(values.clone(), [group.len]), device),
                ),
                _ => Err(format!("{prefix}.{number}.{name}")),
            };
            let time = match &time.values {
                Values::I64(values) if values.len() == 1 => values[0] as usize,
                _ => return Err(format!("{prefix}.{number}.time")),
            };
            let momentum = AdaptiveMomentumState {
                time,
                moment_1: moment("moment_1")?,
                moment_2: moment("moment_2")?,
                max_moment_2: None,
            };
            *state = Some(AdamWState::new(momentum));
        }
        Ok(())
    }
}

/// Stages between a parameter and the head.
fn depth(name: &str, stages: usize) -> usize {
    let stage = name
        .strip_prefix("stage_list.")
        .and_then(|rest| rest.split('.').next());
    match stage.and_then(|stage| stage.parse::<usize>().ok()) {
        Some(stage) => stages - stage,
        None if name.starts_with("dense.") => 0,
        None => stages + 1,
    }
}

fn values(tensor: Tensor<1>) -> Vec<f32> {
    tensor
        .into_data()
        .try_into_vec::<f32>()
        .expect("parameters are single precision, this is a bug")
}
