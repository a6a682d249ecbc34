//! The facade of coronet and its command.
//!
//! The only crate that knows all stages: arguments become settings, and one file per
//! subcommand composes the stages by the values and files they emit.

pub mod cli;
pub mod commands;
pub mod interrupt;
pub mod key;
pub mod model_choice;
pub mod output;
mod place;
pub mod printer;
pub mod progress;
pub mod run_directory;
pub mod settings;

pub use coronet_cohort as cohort;
pub use coronet_ecg as ecg;
pub use coronet_evaluate as evaluate;
pub use coronet_evidence as evidence;
pub use coronet_explain as explain;
pub use coronet_formats as formats;
pub use coronet_kernels as kernels;
pub use coronet_model as model;
pub use coronet_report as report;
pub use coronet_train as train;
