//! `Evaluation` to a self-contained page, figures, tables and a model card; ECG paper.
//!
//! Computes no statistics: every number shown was computed by `coronet-evaluate`.

pub mod ecg_paper;
mod palette;
mod svg;
