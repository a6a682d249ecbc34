//! Who is studied: grades, pairing, inclusion, folds, leakage, the packed store, and the simulator.
//!
//! Knows neither ECG file formats nor networks. Tables come in as bytes; only [`store`] touches files.

mod clinical;
mod facts;
mod flow;
pub mod folds;
mod grade;
mod groups;
pub mod leakage;
mod manifest;
pub mod simulate;
pub mod store;
mod table;
mod vessel;

pub use clinical::{RiskFactors, Symptom, risk_factor_clinical_likelihood};
pub use facts::{Event, Facts};
pub use flow::{Flow, FlowStep};
pub use grade::{Grade, Grades, LabelRule, UnknownLabelRule, label};
pub use groups::groups;
pub use manifest::{Manifest, ManifestRow, parse_manifest};
pub use table::{DuplicateId, Problem, TableError, UnknownColumn};
pub use vessel::{UnknownVessel, Vessel};
