//! A network while it learns: one step at a time.

use crate::config::{GradientSurgery, TaskWeighting, TrainConfig, Tuning};
use crate::examples::Batch;
use crate::loss::Targets;
use crate::optimizer::FlatAdamW;
use crate::surgery::{self, inner_products};
use burn::tensor::Device;
use coronet_model::{
    Architecture, Dropping, NamedTensor, StateDict, Trainable, Values, Vector, Windows,
};
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
    network: Trainable,
    optimizer: FlatAdamW,
    log_variances: Vec<f32>,
    log_variance_optimizer: FlatAdamW,
    fixed_weights: Vec<f32>,
    weighting: TaskWeighting,
    surgery: GradientSurgery,
    dropout: f32,
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
        let stages = architecture.filter_list.len();
        let learns = learning(config.tuning, stages);
        let network = Trainable::new(architecture, state, &learns, device);
        let tasks = architecture.n_classes;
        let decay = config.weight_decay;
        let ranges = network.ranges();
        Learner {
            optimizer: FlatAdamW::by_layer(decay, config.layer_decay, ranges, stages),
            network,
            log_variances: vec![0.0; tasks],
            log_variance_optimizer: FlatAdamW::new(decay, tasks),
            fixed_weights: fixed_weights(config.task_weighting, prevalences, tasks),
            weighting: config.task_weighting,
            surgery: config.gradient_surgery,
            dropout: architecture.dropout,
        }
    }

    /// The network's tensors as they stand.
    pub fn state(&self) -> StateDict {
        self.network.state()
    }

    /// Whether the network uses its norm layers.
    pub fn uses_norm(&self) -> bool {
        self.network.uses_norm()
    }

    /// The learnt log-variance of every task.
    pub fn log_variances(&self) -> &[f32] {
        &self.log_variances
    }

    /// One step on a batch.
    ///
    /// `seed` makes the dropout masks and the order of the canonical surgery. Without a
    /// single known label nothing is learnt.
    pub fn step(&mut self, batch: &Batch, rate: f64, seed: u64) -> StepReport {
        let tasks = self.log_variances.len();
        let targets = Targets::new(&batch.labels, tasks);
        let known = targets.known_tasks();
        if known.is_empty() {
            return StepReport {
                task_losses: vec![None; tasks],
                gradient_norm: 0.0,
                conflicts: 0,
            };
        }
        let (losses, gradients) = self.gradients(batch, &targets, &known, seed);
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let merged = surgery::combine(&inner_products(&gradients), self.surgery, &mut random);
        let optimizer = &mut self.optimizer;
        self.network.update(&mut |parameters| {
            optimizer.step(rate, parameters, &gradients, &merged.factors);
        });
        self.network.keep(gradients);
        let task_losses: Vec<Option<f32>> = (0..tasks)
            .map(|task| known.contains(&task).then(|| losses[task]))
            .collect();
        if self.weighting == TaskWeighting::Uncertainty {
            self.learn_log_variances(&task_losses, rate);
        }
        StepReport {
            task_losses,
            gradient_norm: merged.norm as f32,
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
    fn gradients(
        &mut self,
        batch: &Batch,
        targets: &Targets,
        known: &[usize],
        seed: u64,
    ) -> (Vec<f32>, Vec<Vector>) {
        let weights = self.task_weights();
        let alone = |set: &[usize]| -> Vec<f32> {
            let tasks = weights.iter().enumerate();
            let chosen = tasks.map(|(task, &weight)| (set.contains(&task), weight));
            chosen
                .map(|(is, weight)| if is { weight } else { 0.0 })
                .collect()
        };
        let sets: Vec<Vec<f32>> = match self.surgery {
            GradientSurgery::Off => vec![alone(known)],
            _ => known.iter().map(|&task| alone(&[task])).collect(),
        };
        let (leads, samples) = batch.shape;
        let windows = Windows {
            values: &batch.windows,
            shape: [batch.labels.len(), leads, samples],
        };
        let dropping = Dropping {
            probability: self.dropout,
            seed,
        };
        let mut losses = Vec::new();
        let gradients = self.network.gradients(windows, dropping, &mut |logits| {
            losses = targets.losses(logits);
            let derivative = |weights: &Vec<f32>| targets.derivative(logits, weights);
            sets.iter().map(derivative).collect()
        });
        (losses, gradients)
    }

    /// Steps every known task's `exp(−s) L + s` in `s`, with the loss held constant.
    fn learn_log_variances(&mut self, losses: &[Option<f32>], rate: f64) {
        let gradient: Vec<f32> = losses
            .iter()
            .zip(&self.log_variances)
            .map(|(loss, s)| loss.map_or(0.0, |loss| 1.0 - (-s).exp() * loss))
            .collect();
        let mut moved = Vector::Memory(std::mem::take(&mut self.log_variances));
        let gradient = [Vector::Memory(gradient)];
        self.log_variance_optimizer
            .step(rate, &mut moved, &gradient, &[1.0]);
        if let Vector::Memory(values) = moved {
            self.log_variances = values;
        }
    }

    /// Everything that a later step depends on.
    pub fn save(&self, to: &mut StateDict) {
        for (name, tensor) in self.state().tensors {
            to.tensors.insert(format!("network.{name}"), tensor);
        }
        self.optimizer.save("optimizer", to);
        self.log_variance_optimizer
            .save("log_variance_optimizer", to);
        let values = Values::F32(self.log_variances.clone().into());
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
        device: &Device,
    ) -> Result<(), String> {
        let network = section(from, "network.");
        if !network.coverage(architecture).is_complete() {
            return Err("network".to_owned());
        }
        let learns = learning(config.tuning, architecture.filter_list.len());
        let mut architecture = architecture.clone();
        architecture.norm = Some(self.network.uses_norm());
        self.network = Trainable::new(&architecture, &network, &learns, device);
        let parameters = self.network.parameters();
        self.optimizer.restore("optimizer", from, parameters)?;
        self.log_variances = match from.tensors.get("log_variances").map(|found| &found.values) {
            Some(Values::F32(values)) if values.len() == self.log_variances.len() => {
                values.to_vec()
            }
            _ => return Err("log_variances".to_owned()),
        };
        let example = Vector::Memory(Vec::new());
        self.log_variance_optimizer
            .restore("log_variance_optimizer", from, &example)
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
