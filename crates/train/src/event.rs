//! What a training run tells while it goes on.

use serde::{Deserialize, Serialize};

/// Something that happened; times are the observer's business.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A fold begins, or goes on from a checkpoint after `from_epoch` epochs.
    FoldStarted {
        /// Number of the fold, from 0.
        fold: usize,
        /// Epochs that a checkpoint already holds.
        from_epoch: usize,
        /// Epochs, at most.
        epochs: usize,
        /// Steps of an epoch.
        steps: usize,
    },
    /// One step has been taken.
    StepFinished {
        /// Number of the fold, from 0.
        fold: usize,
        /// Epoch, from 0.
        epoch: usize,
        /// Step in the epoch, from 0.
        step: usize,
        /// ECGs of the step, copies included.
        ecgs: usize,
        /// Mean loss per task; `None` where no label was known.
        task_losses: Vec<Option<f32>>,
        /// Learning rate of the step.
        rate: f64,
    },
    /// An epoch is complete and its checkpoint is written.
    EpochFinished(EpochReport),
    /// A fold is complete.
    FoldFinished {
        /// Number of the fold, from 0.
        fold: usize,
        /// Epoch whose weights were kept, from 0.
        best_epoch: usize,
    },
}

/// Figures of one epoch; a line of `metrics.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// Number of the fold, from 0.
    pub fold: usize,
    /// Epoch, from 0.
    pub epoch: usize,
    /// Mean training loss per task.
    pub task_losses: Vec<Option<f64>>,
    /// Mean loss per task on the part the epoch is chosen on.
    pub inner_losses: Vec<Option<f64>>,
    /// AUC per task on that part; `None` where a class is missing.
    pub inner_auc: Vec<Option<f64>>,
    /// Mean of the defined AUCs.
    pub inner_macro_auc: Option<f64>,
    /// Learning rate of the last step.
    pub rate: f64,
    /// Mean norm of the merged gradients.
    pub gradient_norm: f64,
    /// Projections between tasks' gradients.
    pub conflicts: usize,
    /// Learnt log-variance per task.
    pub log_variances: Vec<f32>,
    /// Whether this epoch is the best so far.
    pub best: bool,
}
