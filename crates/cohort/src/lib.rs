//! Who is studied: grades, pairing, inclusion, folds, leakage, the packed store, and the simulator.
//!
//! Knows neither ECG file formats nor networks. Tables come in as bytes; only [`store`] touches files.

mod beside;
mod ccta;
mod clinical;
mod deidentify;
mod facts;
mod flow;
pub mod folds;
mod grade;
mod grade_text;
mod groups;
mod joins;
pub mod leakage;
mod manifest;
mod pairing;
mod report_text;
mod revascularisation;
pub mod simulate;
pub mod store;
mod table;
mod vessel;

pub use beside::{Contradiction, FileFact, Said, columns as file_columns, contradictions, fill};
pub use ccta::{Ccta, CctaTable, parse_ccta};
pub use clinical::{RiskFactors, Symptom, risk_factor_clinical_likelihood};
pub use deidentify::{Key, ShortKey, deidentify_ecg, deidentify_row, tells};
pub use facts::{Event, Facts};
pub use flow::{Flow, FlowStep};
pub use grade::{Grade, Grades, LabelRule, UnknownLabelRule, label};
pub use grade_text::{GradeReading, GradeTally, Understanding, read_grade, read_grade_of};
pub use groups::groups;
pub use joins::{
    Clinical, FollowUp, PatientTable, join_clinical, join_follow_up, parse_clinical,
    parse_follow_up,
};
pub use manifest::{Manifest, ManifestRow, parse_manifest, parse_open_manifest};
pub use pairing::{
    Direction, Joined, Pair, Pairing, PairingRule, PairsOfCcta, Unpaired, join_ccta, pair,
};
pub use report_text::{VesselReading, read_report};
pub use revascularisation::is_revascularised;
pub use table::{DuplicateId, Problem, TableError, UnknownColumn, delimiter};
pub use vessel::{UnknownVessel, Vessel};
