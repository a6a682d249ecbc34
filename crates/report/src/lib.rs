//! `Evaluation` to a self-contained page, figures, tables and a model card; ECG paper.
//!
//! Computes no statistics: every number shown was computed by `coronet-evaluate`, and here is only
//! placed, rounded and put into words. Reads and writes no files: everything comes back as text.

mod checklist;
mod context;
pub mod ecg_paper;
mod explanation;
mod figure;
mod model_card;
pub mod number;
mod page;
mod palette;
mod raster;
mod stamp;
mod statement;
mod svg;
mod table;
mod wording;

pub use context::{Comparison, Context, Exclusion, FlowStep, FoldTraining, RunFact};
pub use explanation::{
    CohortExplanation, Curve, Difference, Explanation, GroupBeats, LeadWave, VesselCohort,
    VesselExplanation, explanation_page,
};
pub use figure::{Figure, explanation_figures, figures};
pub use model_card::model_card;
pub use page::render_html;
pub use raster::png;
pub use table::{Cell, Column, Kind, Rows, Table, explanation_tables, tables};
