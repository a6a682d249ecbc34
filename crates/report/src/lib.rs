//! `Evaluation` to a self-contained page, figures, tables and a model card; ECG paper.
//!
//! Computes no statistics: every number shown was computed by `coronet-evaluate`.

mod context;
pub mod ecg_paper;
mod figure;
mod number;
mod palette;
mod svg;
mod wording;

pub use context::{Context, Exclusion, FlowStep, FoldTraining, RunFact};
pub use figure::{Figure, figures};
