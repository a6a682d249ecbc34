//! How a network is trained, as configured.

use serde::{Deserialize, Serialize};

/// Training of one run. Every field has the published value as its default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainConfig {
    /// Passes over the training part, at most.
    pub epochs: usize,
    /// ECGs of a step, before their augmented copies.
    pub batch_size: usize,
    /// Augmented copies of each ECG in a step.
    pub augmented_copies: usize,
    /// Highest learning rate.
    pub learning_rate: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Share of steps over which the rate rises from 0.
    pub warm_up: f64,
    /// Last learning rate as a share of the highest.
    pub final_rate: f64,
    /// Factor of the rate from one stage to the one before it; 1 for none.
    pub layer_decay: f64,
    /// Epochs without a better inner AUC before training stops.
    pub patience: usize,
    /// Which parameters learn.
    pub tuning: Tuning,
    /// How the tasks' losses are weighted.
    pub task_weighting: TaskWeighting,
    /// What is done about gradients that oppose each other.
    pub gradient_surgery: GradientSurgery,
    /// What the epoch is chosen on.
    pub selection: Selection,
    /// Share of the training part set apart to choose the epoch.
    pub inner_fraction: f64,
    /// Folds of the cross-validation.
    pub folds: usize,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        TrainConfig {
            epochs: 100,
            batch_size: 64,
            augmented_copies: 1,
            learning_rate: 3e-5,
            weight_decay: 5e-4,
            warm_up: 0.1,
            final_rate: 0.01,
            layer_decay: 1.0,
            patience: 10,
            tuning: Tuning::Full,
            task_weighting: TaskWeighting::Uncertainty,
            gradient_surgery: GradientSurgery::Published,
            selection: Selection::Inner,
            inner_fraction: 0.2,
            folds: 5,
            seed: 0,
        }
    }
}

/// Which parameters learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tuning {
    /// All.
    Full,
    /// The last linear layer alone.
    Head,
    /// The last linear layer and so many stages before it.
    Stages(usize),
}

/// How the losses of the tasks are weighted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskWeighting {
    /// `exp(−s)` with a learnt log-variance `s` per task (Kendall et al. 2018).
    Uncertainty,
    /// 1 for every task.
    Equal,
    /// Inversely to the share of positives in the training part, mean 1.
    InversePrevalence,
}

/// What is done about gradients of tasks that oppose each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GradientSurgery {
    /// Projection in order onto later tasks' gradients, then the mean (AnyECG-CCTA).
    Published,
    /// PCGrad: random order, original gradients, then the sum (Yu et al. 2020).
    Canonical,
    /// None: the sum of the weighted losses.
    Off,
}

/// What the epoch is chosen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selection {
    /// An inner part of the training data.
    Inner,
    /// Nothing is chosen: the last epoch is kept, and no part is set apart. For cohorts with
    /// so few positives that an inner AUC would be noise.
    LastEpoch,
    /// The test fold itself, as the published code does; stamped on every report.
    TestFold,
}

/// Why a configuration is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The text is not a TOML table of the known keys.
    #[error("not a training configuration: {0}")]
    Syntax(String),
    /// A value out of its range.
    #[error("field `{field}`: expected {expected}, got {got}")]
    Value {
        /// Name of the field.
        field: &'static str,
        /// What is accepted.
        expected: &'static str,
        /// What was found.
        got: f64,
    },
}

impl TrainConfig {
    /// Whether every value is in its range.
    ///
    /// # Errors
    ///
    /// Names the first field that is not.
    pub fn check(&self) -> Result<(), ConfigError> {
        let ensure = |field, holds: bool, expected, got: f64| {
            if holds {
                Ok(())
            } else {
                Err(ConfigError::Value {
                    field,
                    expected,
                    got,
                })
            }
        };
        let whole = [
            ("epochs", self.epochs, 1..=1_000_000, "1 to 1000000"),
            ("batch_size", self.batch_size, 1..=65_536, "1 to 65536"),
            ("augmented_copies", self.augmented_copies, 0..=64, "0 to 64"),
            ("patience", self.patience, 1..=1_000_000, "1 to 1000000"),
            ("folds", self.folds, 2..=100, "2 to 100"),
        ];
        for (field, value, range, expected) in whole {
            ensure(field, range.contains(&value), expected, value as f64)?;
        }
        let real = [
            ("learning_rate", self.learning_rate, 0.0..=10.0, "0 to 10"),
            ("weight_decay", self.weight_decay, 0.0..=1.0, "0 to 1"),
            ("warm_up", self.warm_up, 0.0..=1.0, "0 to 1"),
            ("final_rate", self.final_rate, 0.0..=1.0, "0 to 1"),
            ("layer_decay", self.layer_decay, 1e-6..=1.0, "above 0 to 1"),
            (
                "inner_fraction",
                self.inner_fraction,
                0.01..=0.9,
                "0.01 to 0.9",
            ),
        ];
        for (field, value, range, expected) in real {
            ensure(field, range.contains(&value), expected, value)?;
        }
        Ok(())
    }
}
