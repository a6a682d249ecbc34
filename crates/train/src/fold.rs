//! One fold from first step to scored test part.

use crate::config::{Selection, TrainConfig};
use crate::event::{EpochReport, Event};
use crate::examples::{Augmentation, Batch, Examples};
use crate::learner::{Learner, StepReport};
use crate::progress::{self, Best, Identity, ProgressError, Standing};
use crate::schedule::Schedule;
use burn::tensor::Device;
use coronet_ecg::augment;
use coronet_evaluate::discrimination::delong;
use coronet_model::{Architecture, Inference, StateDict};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};
use std::ops::ControlFlow;
use std::path::Path;

/// What is not finite where the network's answers are.
const ANSWERS: &str = "the network's answers are";

/// The parts of a fold, as indices of examples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoldPlan {
    /// Number of the fold, from 0.
    pub fold: usize,
    /// What the network learns from.
    pub train: Vec<usize>,
    /// What the epoch is chosen on.
    pub inner: Vec<usize>,
    /// What is scored at the end, and not looked at before.
    pub test: Vec<usize>,
}

/// A trained fold.
#[derive(Clone, Debug)]
pub struct FoldResult {
    /// Tensors of the chosen epoch.
    pub state: StateDict,
    /// The chosen epoch, from 0.
    pub best_epoch: usize,
    /// Figures of every epoch.
    pub history: Vec<EpochReport>,
    /// Logits of the test part, `[test][task]`.
    pub test_logits: Vec<Vec<f32>>,
}

/// Why a fold was not trained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The observer asked to stop; the last checkpoint holds what was done.
    #[error("interrupted in fold {fold}")]
    Interrupted {
        /// Number of the fold, from 0.
        fold: usize,
    },
    /// There is nothing to learn from.
    #[error("fold {fold}: the training part has no record with a known label")]
    NoLabels {
        /// Number of the fold, from 0.
        fold: usize,
    },
    /// The loss, the weights or the network's answers are no longer numbers.
    #[error(
        "fold {fold}, epoch {}: {what} not finite; expected a smaller learning rate, got {rate}",
        .epoch + 1
    )]
    Diverged {
        /// Number of the fold, from 0.
        fold: usize,
        /// Epoch, from 0.
        epoch: usize,
        /// What is not finite, with its verb.
        what: &'static str,
        /// Learning rate of the last step.
        rate: f64,
    },
    /// A file of the fold.
    #[error(transparent)]
    Progress(#[from] ProgressError),
}

/// What a fold is trained with.
#[derive(Clone, Copy)]
pub struct FoldInputs<'a> {
    /// How to train.
    pub config: &'a TrainConfig,
    /// Shape of the network.
    pub architecture: &'a Architecture,
    /// Tensors to start from.
    pub initial: &'a StateDict,
    /// Windows and labels.
    pub examples: &'a dyn Examples,
    /// Identity of these data: what was begun on others is not gone on with.
    pub data: &'a str,
    /// Which of them are for what.
    pub plan: &'a FoldPlan,
    /// Where to compute.
    pub device: &'a Device,
    /// Folder of the fold's files; it exists.
    pub folder: &'a Path,
}

impl std::fmt::Debug for FoldInputs<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FoldInputs")
            .field("config", self.config)
            .finish_non_exhaustive()
    }
}

/// Trains one fold, going on from its last checkpoint if there is one.
///
/// Every random number depends on seed, fold, epoch and step alone, so that a fold that was
/// interrupted ends with the same weights as one that was not.
///
/// # Errors
///
/// If the observer breaks off, nothing can be learnt, the loss diverges, or a file fails.
pub fn train_fold(
    inputs: FoldInputs<'_>,
    observe: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<FoldResult, TrainError> {
    let mut run = FoldRun::new(inputs)?;
    let fold = inputs.plan.fold;
    let mut tell = |event| match observe(event) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(TrainError::Interrupted { fold }),
    };
    tell(Event::FoldStarted {
        fold,
        from_epoch: run.standing.epochs_done,
        epochs: inputs.config.epochs,
        steps: run.steps_per_epoch(),
    })?;
    while !run.is_finished() {
        let report = run.epoch(&mut tell)?;
        tell(Event::EpochFinished(report))?;
    }
    let result = run.finish()?;
    tell(Event::FoldFinished {
        fold,
        best_epoch: result.best_epoch,
    })?;
    Ok(result)
}

struct FoldRun<'a> {
    inputs: FoldInputs<'a>,
    learner: Learner,
    standing: Standing,
    history: Vec<EpochReport>,
    schedule: Schedule,
    identity: Identity,
}

impl<'a> FoldRun<'a> {
    fn new(inputs: FoldInputs<'a>) -> Result<FoldRun<'a>, TrainError> {
        let FoldInputs {
            config,
            architecture,
            initial,
            plan,
            device,
            folder,
            ..
        } = inputs;
        let prevalences = prevalences(inputs);
        if prevalences.iter().all(Option::is_none) {
            return Err(TrainError::NoLabels { fold: plan.fold });
        }
        let mut learner = Learner::new(config, architecture, initial, &prevalences, device);
        let steps = plan.train.len().div_ceil(config.batch_size) * config.epochs;
        let schedule = Schedule {
            peak: config.learning_rate,
            warm_up_steps: (config.warm_up * steps as f64).round() as usize,
            total_steps: steps,
            final_share: config.final_rate,
        };
        let identity = identity(inputs);
        let (mut standing, mut history) = (Standing::default(), Vec::new());
        if let Some((state, found, reports)) = progress::load(folder, &identity)? {
            learner
                .restore(config, architecture, &state, device)
                .map_err(|what| {
                    let path = folder.to_owned();
                    ProgressError::Damaged { path, what }
                })?;
            (standing, history) = (found, reports);
        }
        Ok(FoldRun {
            inputs,
            learner,
            standing,
            history,
            schedule,
            identity,
        })
    }

    fn steps_per_epoch(&self) -> usize {
        self.inputs
            .plan
            .train
            .len()
            .div_ceil(self.inputs.config.batch_size)
    }

    fn is_finished(&self) -> bool {
        let done = self.standing.epochs_done;
        let stale = self
            .standing
            .best
            .as_ref()
            .map_or(0, |best| done - 1 - best.epoch);
        done >= self.inputs.config.epochs || stale >= self.inputs.config.patience
    }

    fn epoch(
        &mut self,
        tell: &mut dyn FnMut(Event) -> Result<(), TrainError>,
    ) -> Result<EpochReport, TrainError> {
        let FoldInputs {
            config,
            plan,
            examples,
            folder,
            ..
        } = self.inputs;
        let epoch = self.standing.epochs_done;
        let mut random = stream(config.seed, plan.fold, epoch);
        let mut order = plan.train.clone();
        order.shuffle(&mut random);
        let augmentation = Augmentation {
            copies: config.augmented_copies,
            strength: augment::annealing_factor(epoch, config.epochs),
            seed: random.next_u64(),
        };
        let mut sums = EpochSums::default();
        for (step, indices) in order.chunks(config.batch_size).enumerate() {
            let batch = Batch::augmented(examples, indices, augmentation);
            let rate = self.schedule.rate(epoch * self.steps_per_epoch() + step);
            let ecgs = batch.labels.len();
            let report = self.learner.step(&batch, rate, random.next_u64());
            if report
                .task_losses
                .iter()
                .flatten()
                .any(|loss| !loss.is_finite())
            {
                return Err(self.diverged(epoch, "the loss is", rate));
            }
            sums.add(&report, rate);
            let task_losses = report.task_losses;
            tell(Event::StepFinished {
                fold: plan.fold,
                epoch,
                step,
                ecgs,
                task_losses,
                rate,
            })?;
        }
        let mut state = StateDict::default();
        self.learner.save(&mut state);
        // The last step may have driven away what no loss has seen.
        if !state.is_finite() {
            return Err(self.diverged(epoch, "weights or moments are", sums.rate));
        }
        let report = self.judge(epoch, sums)?;
        self.history.push(report.clone());
        self.standing.epochs_done = epoch + 1;
        progress::save(folder, state, &self.standing, &self.identity, &self.history)?;
        Ok(report)
    }

    fn diverged(&self, epoch: usize, what: &'static str, rate: f64) -> TrainError {
        let fold = self.inputs.plan.fold;
        TrainError::Diverged {
            fold,
            epoch,
            what,
            rate,
        }
    }

    /// Scores the part that the epoch is chosen on, and keeps the weights if they are best.
    ///
    /// # Errors
    ///
    /// If an answer is not finite.
    fn judge(&mut self, epoch: usize, sums: EpochSums) -> Result<EpochReport, TrainError> {
        let FoldInputs {
            examples,
            plan,
            architecture,
            config,
            ..
        } = self.inputs;
        let state = self.learner.state();
        let part = match config.selection {
            Selection::Inner | Selection::LastEpoch => &plan.inner,
            Selection::TestFold => &plan.test,
        };
        let logits = score(&self.inference(&state), examples, part);
        if !are_finite(&logits) {
            return Err(self.diverged(epoch, ANSWERS, sums.rate));
        }
        let tasks = architecture.n_classes;
        let (mut inner_losses, mut inner_auc) = (Vec::new(), Vec::new());
        for task in 0..tasks {
            let (scores, positive) = known(examples, part, &logits, task);
            inner_losses.push(mean_loss(&scores, &positive));
            inner_auc.push(
                delong(&scores, &positive)
                    .defined()
                    .map(|delong| delong.auc),
            );
        }
        let inner_macro_auc = mean(inner_auc.iter().flatten());
        let loss = mean(inner_losses.iter().flatten());
        let criterion = inner_macro_auc
            .or(loss.map(|loss| -loss))
            .unwrap_or(epoch as f64);
        let best = self
            .standing
            .best
            .as_ref()
            .is_none_or(|best| criterion > best.criterion);
        if best {
            self.standing.best = Some(Best {
                epoch,
                criterion,
                state,
            });
        }
        Ok(EpochReport {
            fold: plan.fold,
            epoch,
            task_losses: sums.losses(tasks),
            inner_losses,
            inner_auc,
            inner_macro_auc,
            rate: sums.rate,
            gradient_norm: sums.gradient_norm / sums.steps.max(1) as f64,
            conflicts: sums.conflicts,
            log_variances: self.learner.log_variances().to_vec(),
            best,
        })
    }

    fn inference(&self, state: &StateDict) -> Inference {
        let mut architecture = self.inputs.architecture.clone();
        architecture.norm = Some(self.learner.uses_norm());
        Inference::new(&architecture, state, self.inputs.device)
    }

    fn finish(self) -> Result<FoldResult, TrainError> {
        let FoldInputs { examples, plan, .. } = self.inputs;
        let best = self
            .standing
            .best
            .clone()
            .expect("an epoch has been judged, this is a bug");
        let test_logits = score(&self.inference(&best.state), examples, &plan.test);
        if !are_finite(&test_logits) {
            let rate = self.history.last().map_or(0.0, |report| report.rate);
            return Err(self.diverged(best.epoch, ANSWERS, rate));
        }
        Ok(FoldResult {
            state: best.state,
            best_epoch: best.epoch,
            history: self.history,
            test_logits,
        })
    }
}

/// Removes the checkpoint of a fold whose result has been kept.
///
/// # Errors
///
/// If the file is there and cannot be removed.
pub fn clear_checkpoint(folder: &Path) -> Result<(), TrainError> {
    Ok(progress::remove_checkpoint(folder)?)
}

/// Logits of windows `indices`, `[index][task]`.
fn score(network: &Inference, examples: &dyn Examples, indices: &[usize]) -> Vec<Vec<f32>> {
    let windows: Vec<&[f32]> = indices
        .iter()
        .map(|&index| examples.window(index))
        .collect();
    network.score(&windows, examples.shape())
}

fn are_finite(logits: &[Vec<f32>]) -> bool {
    logits.iter().flatten().all(|logit| logit.is_finite())
}

/// Logits and labels of one task, where the label is known.
fn known(
    examples: &dyn Examples,
    part: &[usize],
    logits: &[Vec<f32>],
    task: usize,
) -> (Vec<f64>, Vec<bool>) {
    part.iter()
        .zip(logits)
        .filter_map(|(&index, logits)| {
            Some((f64::from(logits[task]), examples.labels(index)[task]?))
        })
        .unzip()
}

fn mean_loss(logits: &[f64], positive: &[bool]) -> Option<f64> {
    let losses = logits.iter().zip(positive).map(|(&logit, &positive)| {
        logit.max(0.0) - if positive { logit } else { 0.0 } + (-logit.abs()).exp().ln_1p()
    });
    mean(losses.collect::<Vec<f64>>().iter())
}

fn mean<'a>(values: impl Iterator<Item = &'a f64>) -> Option<f64> {
    let (count, sum) = values.fold((0usize, 0.0), |(count, sum), value| {
        (count + 1, sum + value)
    });
    (count > 0).then(|| sum / count as f64)
}

/// Share of positives per task in the training part; `None` where no label is known.
fn prevalences(inputs: FoldInputs<'_>) -> Vec<Option<f64>> {
    (0..inputs.architecture.n_classes)
        .map(|task| {
            let labels: Vec<f64> = inputs
                .plan
                .train
                .iter()
                .filter_map(|&index| inputs.examples.labels(index)[task])
                .map(f64::from)
                .collect();
            mean(labels.iter())
        })
        .collect()
}

/// Random numbers of one epoch.
fn stream(seed: u64, fold: usize, epoch: usize) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(((fold as u64) << 32) | epoch as u64);
    random
}

/// What a checkpoint must have been made from to be gone on with.
fn identity(inputs: FoldInputs<'_>) -> Identity {
    let FoldInputs {
        config,
        architecture,
        initial,
        plan,
        data,
        ..
    } = inputs;
    let digest = |text: String| -> String {
        let bytes = Sha256::digest(text);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    Identity(vec![
        ("data", data.to_owned()),
        ("initial weights", initial.fingerprint()),
        ("configuration", digest(format!("{config:?}"))),
        ("architecture", digest(format!("{architecture:?}"))),
        ("division into parts", digest(format!("{plan:?}"))),
    ])
}

/// Sums over the steps of an epoch.
#[derive(Default)]
struct EpochSums {
    losses: Vec<(usize, f64)>,
    gradient_norm: f64,
    conflicts: usize,
    steps: usize,
    rate: f64,
}

impl EpochSums {
    fn add(&mut self, report: &StepReport, rate: f64) {
        self.losses.resize(report.task_losses.len(), (0, 0.0));
        for ((count, sum), loss) in self.losses.iter_mut().zip(&report.task_losses) {
            if let Some(loss) = loss {
                *count += 1;
                *sum += f64::from(*loss);
            }
        }
        self.gradient_norm += f64::from(report.gradient_norm);
        self.conflicts += report.conflicts;
        self.steps += 1;
        self.rate = rate;
    }

    fn losses(&self, tasks: usize) -> Vec<Option<f64>> {
        let mut losses: Vec<Option<f64>> = self
            .losses
            .iter()
            .map(|&(count, sum)| (count > 0).then(|| sum / count as f64))
            .collect();
        losses.resize(tasks, None);
        losses
    }
}
