//! A network while it learns: one step at a time.

use crate::config::{GradientSurgery, TaskWeighting, TrainConfig, Tuning};
use crate::loss::Targets;
use crate::optimizer::FlatAdamW;
use crate::surgery;
use burn::tensor::{Device, Tensor, TensorData};
use coronet_model::{Architecture, NamedTensor, Net1d, Pass, StateDict, Values};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What one step was like.
#[derive(Clone, Debug, PartialEq)]
pub struct StepReport {
    /// Mean loss of each task over its known records; `None` where none is known.
    pub task_losses: Vec<Option<f32>>,
    /// Euclidean norm of the merged gradient.
    pub gradient_norm: f32,
    /// Projections made between tasks' gradients.
    pub conflicts: usize,
}

/// A network with the state of its optimiser.
#[derive(Debug)]
pub struct Learner {
    network: Net1d,
    parameters: Tensor<1>,
    optimizer: FlatAdamW,
    log_variances: Vec<f32>,
    log_variance_optimizer: FlatAdamW,
    fixed_weights: Vec<f32>,
    weighting: TaskWeighting,
    surgery: GradientSurgery,
    dropout: f32,
    device: Device,
}

impl Learner {
    /// Starts from `state`, whose tensors must be those of `architecture`.
    ///
    /// `prevalences` are the shares of positives per task in the training part.
    pub fn new(
        config: &TrainConfig,
        architecture: &Architecture,
        state: &StateDict,
        prevalences: &[Option<f64>],
        device: &Device,
    ) -> Learner {
        let device = device.clone().autodiff();
        let stages = architecture.filter_list.len();
        let learns = learning(config.tuning, stages);
        let network = Net1d::new(architecture, state, &device).with_learning(&learns);
        let ranges = network.flat_ranges();
        let tasks = architecture.n_classes;
        let decay = config.weight_decay;
        Learner {
            parameters: network.flat_parameters(),
            network,
            optimizer: FlatAdamW::by_layer(decay, config.layer_decay, &ranges, stages),
            log_variances: vec![0.0; tasks],
            log_variance_optimizer: FlatAdamW::new(decay, tasks),
            fixed_weights: fixed_weights(config.task_weighting, prevalences, tasks),
            weighting: config.task_weighting,
            surgery: config.gradient_surgery,
            dropout: architecture.dropout,
            device,
        }
    }

    /// The network as it stands.
    pub fn network(&self) -> &Net1d {
        &self.network
    }

    /// Where the network computes.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The learnt log-variance of every task.
    pub fn log_variances(&self) -> &[f32] {
        &self.log_variances
    }

    /// One step on `input`, `[batch, leads, samples]`.
    ///
    /// `seed` makes the dropout masks and the order of the canonical surgery. Without a
    /// single known label nothing is learnt.
    pub fn step(
        &mut self,
        input: Tensor<3>,
        labels: &[Vec<Option<bool>>],
        rate: f64,
        seed: u64,
    ) -> StepReport {
        let tasks = self.log_variances.len();
        let targets = Targets::new(labels, tasks, &self.device);
        let known = targets.known_tasks();
        if known.is_empty() {
            return StepReport {
                task_losses: vec![None; tasks],
                gradient_norm: 0.0,
                conflicts: 0,
            };
        }
        let weights = self.task_weights();
        let (losses, gradients) = self.gradients(&input, &targets, &known, &weights, seed);
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let merged = surgery::merge(gradients, self.surgery, &mut random);
        let norm = (merged.gradient.clone() * merged.gradient.clone()).sum();
        let parameters = self
            .optimizer
            .step(rate, self.parameters.clone(), merged.gradient);
        self.set_parameters(parameters);
        let task_losses: Vec<Option<f32>> = (0..tasks)
            .map(|task| known.contains(&task).then(|| losses[task]))
            .collect();
        if self.weighting == TaskWeighting::Uncertainty {
            self.learn_log_variances(&task_losses, rate);
        }
        StepReport {
            task_losses,
            gradient_norm: norm.into_scalar::<f32>().sqrt(),
            conflicts: merged.conflicts,
        }
    }

    fn task_weights(&self) -> Vec<f32> {
        match self.weighting {
            TaskWeighting::Uncertainty => self.log_variances.iter().map(|s| (-s).exp()).collect(),
            _ => self.fixed_weights.clone(),
        }
    }

    /// Losses of all tasks, and the gradients that surgery asks for: one per known task,
    /// or that of the weighted sum.
    ///
    /// A recorded pass can be walked back once, so every task has its own; the same seed
    /// drops the same activations in each.
    fn gradients(
        &mut self,
        input: &Tensor<3>,
        targets: &Targets,
        known: &[usize],
        weights: &[f32],
        seed: u64,
    ) -> (Vec<f32>, Vec<Tensor<1>>) {
        let sets: Vec<Vec<usize>> = match self.surgery {
            GradientSurgery::Off => vec![known.to_vec()],
            _ => known.iter().map(|&task| vec![task]).collect(),
        };
        let mut gradients = Vec::with_capacity(sets.len());
        let mut values = Vec::new();
        for (number, set) in sets.iter().enumerate() {
            let mut pass = Pass::training(self.dropout, seed);
            let logits = self.network.forward(input.clone(), &mut pass).logits;
            let losses = targets.losses(logits); // [tasks]
            let mask: Vec<f32> = (0..weights.len())
                .map(|task| {
                    if set.contains(&task) {
                        weights[task]
                    } else {
                        0.0
                    }
                })
                .collect();
            let mask = Tensor::<1>::from_data(TensorData::new(mask, [weights.len()]), &self.device);
            let mut found = (losses.clone() * mask).sum().backward();
            gradients.push(self.network.flat_gradients(&mut found));
            if number == 0 {
                values = to_vec(losses.inner());
                self.network.absorb(&pass.into_moments());
            }
        }
        (values, gradients)
    }

    /// Steps every known task's `exp(−s) L + s` in `s`, with the loss held constant.
    fn learn_log_variances(&mut self, losses: &[Option<f32>], rate: f64) {
        let device = self.device.clone().inner();
        let gradient: Vec<f32> = losses
            .iter()
            .zip(&self.log_variances)
            .map(|(loss, s)| loss.map_or(0.0, |loss| 1.0 - (-s).exp() * loss))
            .collect();
        let tensor = |values: Vec<f32>| {
            let len = values.len();
            Tensor::<1>::from_data(TensorData::new(values, [len]), &device)
        };
        let current = tensor(self.log_variances.clone());
        self.log_variances = to_vec(self.log_variance_optimizer.step(
            rate,
            current,
            tensor(gradient),
        ));
    }

    fn set_parameters(&mut self, parameters: Tensor<1>) {
        self.network = self
            .network
            .clone()
            .with_flat_parameters(parameters.clone());
        self.parameters = parameters;
    }

    /// Everything that a later step depends on.
    pub fn save(&self, to: &mut StateDict) {
        for (name, tensor) in self.network.state().tensors {
            to.tensors.insert(format!("network.{name}"), tensor);
        }
        self.optimizer.save("optimizer", to);
        self.log_variance_optimizer
            .save("log_variance_optimizer", to);
        let values = Values::F32(self.log_variances.clone());
        let shape = vec![self.log_variances.len()];
        to.tensors
            .insert("log_variances".to_owned(), NamedTensor { shape, values });
    }

    /// Takes the state that [`Learner::save`] wrote.
    ///
    /// # Errors
    ///
    /// The name of the first tensor that is missing or does not fit.
    pub fn restore(
        &mut self,
        config: &TrainConfig,
        architecture: &Architecture,
        from: &StateDict,
    ) -> Result<(), String> {
        let network = section(from, "network.");
        if !network.coverage(architecture).is_complete() {
            return Err("network".to_owned());
        }
        let stages = architecture.filter_list.len();
        let learns = learning(config.tuning, stages);
        let mut architecture = architecture.clone();
        architecture.norm = Some(self.network.uses_norm());
        self.network = Net1d::new(&architecture, &network, &self.device).with_learning(&learns);
        self.parameters = self.network.flat_parameters();
        let plain = self.device.clone().inner();
        self.optimizer.restore("optimizer", from, &plain)?;
        self.log_variance_optimizer
            .restore("log_variance_optimizer", from, &plain)?;
        match from
            .tensors
            .get("log_variances")
            .map(|tensor| &tensor.values)
        {
            Some(Values::F32(values)) if values.len() == self.log_variances.len() => {
                self.log_variances = values.clone();
                Ok(())
            }
            _ => Err("log_variances".to_owned()),
        }
    }
}

/// The tensors whose names start with `prefix`, which is taken off.
pub(crate) fn section(from: &StateDict, prefix: &str) -> StateDict {
    let tensors = from
        .tensors
        .iter()
        .filter_map(|(name, tensor)| Some((name.strip_prefix(prefix)?.to_owned(), tensor.clone())))
        .collect();
    StateDict { tensors }
}

/// Whether a parameter learns, by name.
fn learning(tuning: Tuning, stages: usize) -> impl Fn(&str) -> bool {
    move |name: &str| {
        let stage = name
            .strip_prefix("stage_list.")
            .and_then(|rest| rest.split('.').next());
        let stage = stage.and_then(|stage| stage.parse::<usize>().ok());
        let head = name.starts_with("dense.");
        match (tuning, stage) {
            (Tuning::Full, _) => true,
            (Tuning::Head, _) => head,
            (Tuning::Stages(count), Some(stage)) => stage + count >= stages,
            (Tuning::Stages(_), None) => head,
        }
    }
}

fn fixed_weights(weighting: TaskWeighting, prevalences: &[Option<f64>], tasks: usize) -> Vec<f32> {
    if weighting != TaskWeighting::InversePrevalence {
        return vec![1.0; tasks];
    }
    let inverse: Vec<Option<f64>> = prevalences
        .iter()
        .map(|prevalence| {
            prevalence
                .filter(|&share| share > 0.0)
                .map(|share| 1.0 / share)
        })
        .collect();
    let known: Vec<f64> = inverse.iter().flatten().copied().collect();
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    inverse
        .iter()
        .map(|weight| weight.map_or(1.0, |weight| (weight / mean) as f32))
        .collect()
}

fn to_vec(tensor: Tensor<1>) -> Vec<f32> {
    tensor
        .into_data()
        .try_into_vec::<f32>()
        .expect("losses are single precision, this is a bug")
}
