//! AdamW over one vector of parameters, with one rate for each group of layers.

use burn::optim::{AdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, Optimizer};
use burn::tensor::{Tensor, TensorData};
use coronet_model::{FlatRange, NamedTensor, StateDict, Values, Vector};
use rayon::prelude::*;

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-8;
/// Elements of one job.
const CHUNK: usize = 16 * 1024;

/// Neighbouring parameters that share a rate.
#[derive(Clone, Debug, PartialEq)]
struct Group {
    start: usize,
    len: usize,
    factor: f64,
}

/// AdamW (Loshchilov & Hutter 2019) in PyTorch's form: β = 0.9, 0.999, ε = 1e-8.
#[derive(Debug)]
pub struct FlatAdamW {
    weight_decay: f64,
    ranges: Vec<FlatRange>,
    groups: Vec<Group>,
    moments: Option<Moments>,
}

/// What past gradients were like.
#[derive(Debug)]
struct Moments {
    /// Steps taken.
    time: usize,
    first: Vector,
    second: Vector,
}

impl FlatAdamW {
    /// For one vector of `len` elements.
    pub fn new(weight_decay: f64, len: usize) -> FlatAdamW {
        let range = FlatRange {
            name: "all".to_owned(),
            start: 0,
            len,
        };
        FlatAdamW::by_layer(weight_decay, 1.0, &[range], 0)
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
        FlatAdamW {
            weight_decay,
            ranges: ranges.to_vec(),
            groups,
            moments: None,
        }
    }

    /// One step of `parameters` along the sum of `gradients` weighted with `factors`.
    ///
    /// # Panics
    ///
    /// If parameters and gradients do not lie in one place.
    pub fn step(
        &mut self,
        rate: f64,
        parameters: &mut Vector,
        gradients: &[Vector],
        factors: &[f32],
    ) {
        let moments = self.moments.get_or_insert_with(|| Moments::new(parameters));
        moments.time += 1;
        match (parameters, &mut moments.first, &mut moments.second) {
            (Vector::Memory(parameters), Vector::Memory(first), Vector::Memory(second)) => {
                let gradients: Vec<(&[f32], f32)> = gradients
                    .iter()
                    .zip(factors)
                    .map(|(gradient, factor)| (values(gradient), *factor))
                    .collect();
                for group in &self.groups {
                    let rule = Rule::new(moments.time, rate * group.factor, self.weight_decay);
                    let of = group.start..group.start + group.len;
                    let state = [
                        &mut parameters[of.clone()],
                        &mut first[of.clone()],
                        &mut second[of],
                    ];
                    rule.step(state, group.start, &gradients);
                }
            }
            (Vector::Device(parameters), Vector::Device(first), Vector::Device(second)) => {
                let gradient = combined(gradients, factors);
                let decay = self.weight_decay as f32;
                let adamw = AdamWConfig::new()
                    .with_epsilon(EPSILON)
                    .with_weight_decay(decay);
                let time = moments.time - 1;
                let tensors = [parameters.as_mut(), first.as_mut(), second.as_mut()];
                on_device(&adamw.build(), &self.groups, time, rate, tensors, gradient);
            }
            _ => unreachable!("parameters and moments lie in one place, this is a bug"),
        }
    }

    /// Writes the moments under `prefix`, by the names of the parameters.
    pub fn save(&self, prefix: &str, to: &mut StateDict) {
        let Some(moments) = &self.moments else { return };
        let mut put = |name: String, shape: Vec<usize>, values: Values| {
            to.tensors.insert(name, NamedTensor { shape, values });
        };
        for (moment, vector) in [("moment_1", &moments.first), ("moment_2", &moments.second)] {
            let all = to_memory(vector);
            for range in &self.ranges {
                let values = all[range.start..range.start + range.len].to_vec();
                let name = format!("{prefix}.{moment}.{}", range.name);
                put(name, vec![range.len], Values::F32(values.into()));
            }
        }
        let time = Values::I64(vec![moments.time as i64]);
        put(format!("{prefix}.time"), Vec::new(), time);
    }

    /// Reads the moments under `prefix`, for `parameters`; without any, starts anew.
    ///
    /// # Errors
    ///
    /// The name of a tensor that is missing or does not fit.
    pub fn restore(
        &mut self,
        prefix: &str,
        from: &StateDict,
        parameters: &Vector,
    ) -> Result<(), String> {
        let time = format!("{prefix}.time");
        self.moments = match from.tensors.get(&time).map(|tensor| &tensor.values) {
            None => None,
            Some(Values::I64(values)) if values.len() == 1 => Some(Moments {
                time: values[0] as usize,
                first: like(parameters, self.moment(prefix, "moment_1", from)?),
                second: like(parameters, self.moment(prefix, "moment_2", from)?),
            }),
            Some(_) => return Err(time),
        };
        Ok(())
    }

    fn moment(&self, prefix: &str, moment: &str, from: &StateDict) -> Result<Vec<f32>, String> {
        let mut all = Vec::new();
        for range in &self.ranges {
            let name = format!("{prefix}.{moment}.{}", range.name);
            match from.tensors.get(&name).map(|tensor| &tensor.values) {
                Some(Values::F32(values)) if values.len() == range.len => {
                    all.extend_from_slice(values);
                }
                _ => return Err(name),
            }
        }
        Ok(all)
    }
}

impl Moments {
    fn new(parameters: &Vector) -> Moments {
        let zeros = || match parameters {
            Vector::Memory(values) => Vector::Memory(vec![0.0; values.len()]),
            Vector::Device(tensor) => Vector::Device(Box::new(tensor.zeros_like())),
        };
        Moments {
            time: 0,
            first: zeros(),
            second: zeros(),
        }
    }
}

/// The factors of one step.
#[derive(Clone, Copy)]
struct Rule {
    /// What a parameter keeps of itself.
    kept: f32,
    /// Rate over the correction of the first moment.
    rate: f32,
    /// Root of the correction of the second moment.
    root: f32,
}

impl Rule {
    fn new(time: usize, rate: f64, weight_decay: f64) -> Rule {
        let correction = |beta: f32| 1.0 - f64::from(beta).powi(time as i32);
        Rule {
            kept: (1.0 - rate * weight_decay) as f32,
            rate: (rate / correction(BETA_1)) as f32,
            root: correction(BETA_2).sqrt() as f32,
        }
    }

    /// Moves parameters and moments of one group, which starts at `start` of the gradients.
    fn step(self, state: [&mut [f32]; 3], start: usize, gradients: &[(&[f32], f32)]) {
        let [parameters, first, second] = state.map(|values| values.par_chunks_mut(CHUNK));
        let chunks = parameters.zip(first).zip(second).enumerate();
        chunks.for_each(|(chunk, ((parameters, first), second))| {
            let at = start + chunk * CHUNK;
            let mut sum = [0.0f32; CHUNK];
            let sum = &mut sum[..parameters.len()];
            for (gradient, factor) in gradients {
                for (sum, gradient) in sum.iter_mut().zip(&gradient[at..]) {
                    *sum += factor * gradient;
                }
            }
            self.move_chunk([parameters, first, second], sum);
        });
    }

    fn move_chunk(self, [parameters, first, second]: [&mut [f32]; 3], gradient: &[f32]) {
        let moments = first.iter_mut().zip(second);
        for ((parameter, (first, second)), gradient) in
            parameters.iter_mut().zip(moments).zip(gradient)
        {
            *first = BETA_1 * *first + (1.0 - BETA_1) * gradient;
            *second = BETA_2 * *second + (1.0 - BETA_2) * gradient * gradient;
            let deviation = second.sqrt() / self.root + EPSILON;
            *parameter = self.kept * *parameter - self.rate * *first / deviation;
        }
    }
}

fn values(vector: &Vector) -> &[f32] {
    match vector {
        Vector::Memory(values) => values,
        Vector::Device(_) => unreachable!("gradients lie where parameters do, this is a bug"),
    }
}

fn combined(gradients: &[Vector], factors: &[f32]) -> Tensor<1> {
    gradients
        .iter()
        .zip(factors)
        .map(|(gradient, factor)| match gradient {
            Vector::Device(tensor) => *tensor.clone() * *factor,
            Vector::Memory(_) => unreachable!("gradients lie where parameters do, this is a bug"),
        })
        .reduce(|sum, gradient| sum + gradient)
        .expect("a step has a gradient, this is a bug")
}

/// The same step with Burn's AdamW, group by group.
fn on_device(
    adamw: &AdamW,
    groups: &[Group],
    time: usize,
    rate: f64,
    tensors: [&mut Tensor<1>; 3],
    gradient: Tensor<1>,
) {
    let mut moved: [Vec<Tensor<1>>; 3] = Default::default();
    for group in groups {
        let part = |tensor: &Tensor<1>| tensor.clone().narrow(0, group.start, group.len);
        let momentum = AdaptiveMomentumState {
            time,
            moment_1: part(tensors[1]),
            moment_2: part(tensors[2]),
            max_moment_2: None,
        };
        let state = (time > 0).then(|| AdamWState::new(momentum));
        let rate = rate * group.factor;
        let (parameters, state) = adamw.step(rate, part(tensors[0]), part(&gradient), state);
        let momentum = state
            .expect("AdamW has a state after a step, this is a bug")
            .momentum;
        for (all, part) in moved
            .iter_mut()
            .zip([parameters, momentum.moment_1, momentum.moment_2])
        {
            all.push(part);
        }
    }
    for (tensor, parts) in tensors.into_iter().zip(moved) {
        *tensor = Tensor::cat(parts, 0);
    }
}

/// `values` where `example` lies.
fn like(example: &Vector, values: Vec<f32>) -> Vector {
    match example {
        Vector::Memory(_) => Vector::Memory(values),
        Vector::Device(tensor) => {
            let shape = [values.len()];
            let data = TensorData::new(values, shape);
            Vector::Device(Box::new(Tensor::from_data(data, &tensor.device())))
        }
    }
}

fn to_memory(vector: &Vector) -> std::borrow::Cow<'_, [f32]> {
    match vector {
        Vector::Memory(values) => values.into(),
        Vector::Device(tensor) => {
            let data = tensor.as_ref().clone().into_data().try_into_vec::<f32>();
            data.expect("moments are single precision, this is a bug")
                .into()
        }
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
