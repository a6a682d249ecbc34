//! The table of scores an evaluation starts from: `scores.csv` as columns.

mod clinical;
mod column;
mod error;
mod rows;

use indexmap::IndexMap;

pub use clinical::{ClinicalColumns, ClinicalJoin};
pub use error::ScoreTableError;

use crate::evaluation::Finding;

/// Recorded sex of a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sex {
    /// Written `F`.
    Female,
    /// Written `M`.
    Male,
}

/// Scores and outcomes as columns of equal length, rows in order of `record_id`.
///
/// A column the file does not have is `None`; a cell that is empty or was refused
/// is `None` inside it. What was refused is in `findings`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreTable {
    /// Distinct record identifiers.
    pub record_ids: Vec<String>,
    /// Patient identifiers; a record without one is a patient of its own.
    pub patient_ids: Option<Vec<Option<String>>>,
    /// Fold in which the record was scored.
    pub folds: Option<Vec<Option<String>>>,
    /// Site.
    pub sites: Option<Vec<Option<String>>>,
    /// Age in years, 0 to 120.
    pub ages: Option<Vec<Option<f64>>>,
    /// Sex.
    pub sexes: Option<Vec<Option<Sex>>>,
    /// Was the ECG read as normal?
    pub normal_ecgs: Option<Vec<Option<bool>>>,
    /// Days between ECG and CCTA.
    pub interval_days: Option<Vec<Option<f64>>>,
    /// Pre-test probability in [0, 1].
    pub pretest_probabilities: Option<Vec<Option<f64>>>,
    /// Follow-up in days, ≥ 0.
    pub follow_up_days: Option<Vec<Option<f64>>>,
    /// Event code: 0 none, 1 MACE, 2 competing death.
    pub events: Option<Vec<Option<u8>>>,
    /// Predicted probability of event 1 by the last horizon, from any model.
    pub event_risks: Option<Vec<Option<f64>>>,
    /// Symptoms, risk factors and calcium score, for the pre-test models.
    pub clinical: ClinicalColumns,
    /// Vessels in report order: RCA, LM, LAD, LCX, then others as in the file.
    pub vessels: IndexMap<String, VesselColumns>,
    /// What was imperfect in the file.
    pub findings: Vec<Finding>,
}

/// Grade and probability of one vessel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VesselColumns {
    /// Stenosis grade 0 to 4; `None` is missing, never negative.
    pub grades: Vec<Option<u8>>,
    /// Predicted probability in [0, 1].
    pub probabilities: Vec<Option<f64>>,
}

impl ScoreTable {
    /// Reads the bytes of a `scores.csv`.
    ///
    /// Cells that cannot be used become missing and are named in `findings`; so
    /// are unknown columns, ragged rows and repeated records.
    ///
    /// # Errors
    ///
    /// The structure is broken: no header, a column twice, no `record_id`, no
    /// pair of `<NAME>_grade` and `<NAME>_prob`, text that is not UTF-8 or not CSV.
    pub fn from_csv(bytes: &[u8]) -> Result<Self, ScoreTableError> {
        let rows = rows::Rows::read(bytes, "record_id")?;
        column::build(&rows)
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.record_ids.len()
    }

    /// True where there is no record.
    pub fn is_empty(&self) -> bool {
        self.record_ids.is_empty()
    }

    /// A number per record that is equal for records of one patient, counted from 0
    /// in the order of the records, and the number of patients.
    pub fn patient_numbers(&self) -> (Vec<u32>, usize) {
        let Some(ids) = &self.patient_ids else {
            return ((0..).take(self.len()).collect(), self.len());
        };
        let mut known: IndexMap<&str, u32> = IndexMap::new();
        let mut next = 0;
        let numbers = ids
            .iter()
            .map(|id| {
                let number = id
                    .as_deref()
                    .map_or(next, |id| *known.entry(id).or_insert(next));
                next = next.max(number + 1);
                number
            })
            .collect();
        (numbers, next as usize)
    }
}
