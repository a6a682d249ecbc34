//! Fine-tuning: losses, task weighting, gradient surgery, schedule, loop, checkpoints.
//!
//! Knows windows and labels by index ([`Examples`]), not patients or files of a clinic;
//! which of them are for what comes in as a [`FoldPlan`]. Clocks and progress bars are the
//! observer's business (see [`Event`]).

mod config;
mod event;
mod examples;
mod fold;
mod learner;
mod loss;
mod optimizer;
mod progress;
mod schedule;
mod surgery;

pub use config::{ConfigError, GradientSurgery, Selection, TaskWeighting, TrainConfig, Tuning};
pub use event::{EpochReport, Event};
pub use examples::{Augmentation, Batch, Examples};
pub use fold::{FoldInputs, FoldPlan, FoldResult, TrainError, clear_checkpoint, train_fold};
pub use learner::{Learner, StepReport};
pub use loss::Targets;
pub use optimizer::FlatAdamW;
pub use progress::ProgressError;
pub use schedule::Schedule;
pub use surgery::{Combination, combine, inner_products};
