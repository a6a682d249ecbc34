//! Symptoms, risk factors and calcium: columns of the score table or of a clinical table.

use std::collections::HashMap;

use super::error::ScoreTableError;
use super::{ScoreTable, column, rows};
use crate::pretest::{PretestPatient, Symptom};

/// Columns for the pre-test models; a column that is not there is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClinicalColumns {
    /// Symptom.
    pub symptoms: Option<Vec<Option<Symptom>>>,
    /// Coronary disease in the family.
    pub family_history: Option<Vec<Option<bool>>>,
    /// Smoking, current or past.
    pub smoking: Option<Vec<Option<bool>>>,
    /// Dyslipidaemia.
    pub dyslipidaemia: Option<Vec<Option<bool>>>,
    /// Hypertension.
    pub hypertension: Option<Vec<Option<bool>>>,
    /// Diabetes.
    pub diabetes: Option<Vec<Option<bool>>>,
    /// Coronary artery calcium score, ≥ 0 (column `cacs`).
    pub calcium: Option<Vec<Option<f64>>>,
}

/// What came of joining a clinical table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClinicalJoin {
    /// Records whose patient the clinical table has.
    pub joined: usize,
    /// Records whose patient it has not.
    pub without: usize,
    /// Patients of the clinical table without a record.
    pub unused_patients: usize,
}

impl ClinicalColumns {
    /// The columns at these rows; a place without a row is missing.
    fn at(&self, rows: &[Option<usize>]) -> Self {
        Self {
            symptoms: pick(&self.symptoms, rows),
            family_history: pick(&self.family_history, rows),
            smoking: pick(&self.smoking, rows),
            dyslipidaemia: pick(&self.dyslipidaemia, rows),
            hypertension: pick(&self.hypertension, rows),
            diabetes: pick(&self.diabetes, rows),
            calcium: pick(&self.calcium, rows),
        }
    }

    /// These columns, those of `other` where they are absent here.
    fn or(self, other: Self) -> Self {
        Self {
            symptoms: self.symptoms.or(other.symptoms),
            family_history: self.family_history.or(other.family_history),
            smoking: self.smoking.or(other.smoking),
            dyslipidaemia: self.dyslipidaemia.or(other.dyslipidaemia),
            hypertension: self.hypertension.or(other.hypertension),
            diabetes: self.diabetes.or(other.diabetes),
            calcium: self.calcium.or(other.calcium),
        }
    }
}

fn pick<T: Copy>(
    column: &Option<Vec<Option<T>>>,
    rows: &[Option<usize>],
) -> Option<Vec<Option<T>>> {
    let column = column.as_ref()?;
    Some(
        rows.iter()
            .map(|row| row.and_then(|row| column[row]))
            .collect(),
    )
}

impl ScoreTable {
    /// What is known of a record's patient before any test.
    pub fn pretest_patient(&self, row: usize) -> PretestPatient {
        fn at<T: Copy>(column: &Option<Vec<Option<T>>>, row: usize) -> Option<T> {
            column.as_ref().and_then(|column| column[row])
        }
        let clinical = &self.clinical;
        PretestPatient {
            age: at(&self.ages, row),
            sex: at(&self.sexes, row),
            symptom: at(&clinical.symptoms, row),
            family_history: at(&clinical.family_history, row),
            smoking: at(&clinical.smoking, row),
            dyslipidaemia: at(&clinical.dyslipidaemia, row),
            hypertension: at(&clinical.hypertension, row),
            diabetes: at(&clinical.diabetes, row),
            calcium: at(&clinical.calcium, row),
        }
    }

    /// Adds the columns of a `clinical.csv` (one row a patient, by `patient_id`): symptom, risk factors,
    /// `cacs`, `ptp`. Columns the score table has already stay as they are.
    ///
    /// What is imperfect in the clinical table joins the findings.
    ///
    /// # Errors
    ///
    /// Its structure is broken, it has no `patient_id`, or the score table names no patients.
    pub fn join_clinical(&mut self, bytes: &[u8]) -> Result<ClinicalJoin, ScoreTableError> {
        let Some(ids) = &self.patient_ids else {
            return Err(ScoreTableError::NoPatients);
        };
        let clinical = column::patients(&rows::Rows::read(bytes, "patient_id")?);
        let places: HashMap<&str, usize> = clinical
            .patients
            .iter()
            .enumerate()
            .map(|(row, id)| (id.as_str(), row))
            .collect();
        let rows: Vec<Option<usize>> = ids
            .iter()
            .map(|id| places.get(id.as_deref()?).copied())
            .collect();
        let joined = rows.iter().flatten().count();
        let mut used: Vec<usize> = rows.iter().flatten().copied().collect();
        used.sort_unstable();
        used.dedup();
        let join = ClinicalJoin {
            joined,
            without: rows.len() - joined,
            unused_patients: places.len() - used.len(),
        };
        self.clinical = std::mem::take(&mut self.clinical).or(clinical.clinical.at(&rows));
        if self.pretest_probabilities.is_none() {
            self.pretest_probabilities = pick(&clinical.pretest_probabilities, &rows);
        }
        self.findings.extend(clinical.findings);
        Ok(join)
    }
}
