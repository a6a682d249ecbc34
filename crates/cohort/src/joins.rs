//! `clinical.csv` and `followup.csv`: one row a patient, joined by patient id.

use crate::clinical::{RiskFactors, Symptom};
use crate::table::{self, Others, Problem, Schema, TableError, cell};
use crate::{Event, ManifestRow};
use std::collections::BTreeMap;

/// What `clinical.csv` says of a patient.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clinical {
    /// Pre-test probability, 0–1.
    pub ptp: Option<f64>,
    /// Symptom.
    pub symptom: Option<Symptom>,
    /// Risk factors, where all five columns are there and filled.
    pub risk_factors: Option<RiskFactors>,
    /// Whether the patient had a stent or a bypass before.
    pub prior_revascularisation: Option<bool>,
}

/// What `followup.csv` says of a patient.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FollowUp {
    /// Days of follow-up.
    pub days: Option<f64>,
    /// How it ended.
    pub event: Option<Event>,
}

/// A table of patients as read.
#[derive(Clone, Debug, PartialEq)]
pub struct PatientTable<T> {
    /// What is known, by patient id.
    pub patients: BTreeMap<String, T>,
    /// One problem for each row that was left out.
    pub problems: Vec<Problem>,
    /// Columns that say nothing here and were passed over.
    pub passed_over: Vec<String>,
}

const CLINICAL: [&str; 10] = [
    "patient_id",
    "ptp",
    "symptom",
    "family_history",
    "smoking",
    "dyslipidaemia",
    "hypertension",
    "diabetes",
    "cacs",
    "prior_revascularisation",
];

/// Reads `clinical.csv`: `patient_id`, and any of `ptp`, `symptom`, the five risk factors (0/1),
/// `prior_revascularisation` (0/1), and `cacs`, which is passed over. Symptoms are those of [`Symptom`], and `none` and
/// `non-anginal-dyspnoea`, which the models here count as non-anginal and as dyspnoea.
///
/// # Errors
/// Misspelt, repeated or missing columns and repeated patients refuse the whole table.
pub fn parse_clinical(file: &str, bytes: &[u8]) -> Result<PatientTable<Clinical>, TableError> {
    parse(file, bytes, &CLINICAL, &|row| {
        Ok(Clinical {
            ptp: cell::ptp(row)?,
            symptom: symptom(row)?,
            risk_factors: risk_factors(row)?,
            prior_revascularisation: cell::flag(row, "prior_revascularisation")?,
        })
    })
}

/// Reads `followup.csv`: `patient_id, follow_up_days, event`.
///
/// # Errors
/// Misspelt, repeated or missing columns and repeated patients refuse the whole table.
pub fn parse_follow_up(file: &str, bytes: &[u8]) -> Result<PatientTable<FollowUp>, TableError> {
    let columns = ["patient_id", "follow_up_days", "event"];
    parse(file, bytes, &columns, &|row| {
        Ok(FollowUp {
            days: cell::follow_up_days(row)?,
            event: cell::event(row)?,
        })
    })
}

/// Puts pre-test probabilities into the rows of the patients that have one; returns how many rows
/// are of a patient in the table.
pub fn join_clinical(rows: &mut [ManifestRow], table: &PatientTable<Clinical>) -> usize {
    let mut joined = 0;
    for row in rows {
        let Some(clinical) = table.patients.get(&row.facts.patient_id) else {
            continue;
        };
        row.facts.ptp = clinical.ptp.or(row.facts.ptp);
        // What either says counts, since a report need not speak of it.
        row.prior_revascularisation = match (
            row.prior_revascularisation,
            clinical.prior_revascularisation,
        ) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (ccta, clinical) => ccta.or(clinical),
        };
        joined += 1;
    }
    joined
}

/// Puts follow-up into the rows of the patients that have it; returns how many rows.
pub fn join_follow_up(rows: &mut [ManifestRow], table: &PatientTable<FollowUp>) -> usize {
    let mut joined = 0;
    for row in rows {
        if let Some(follow_up) = table.patients.get(&row.facts.patient_id) {
            row.facts.follow_up_days = follow_up.days;
            row.facts.event = follow_up.event;
            joined += 1;
        }
    }
    joined
}

type ReadRow<'a, T> = &'a dyn Fn(&table::Row) -> Result<T, Box<Problem>>;

fn parse<T>(
    file: &str,
    bytes: &[u8],
    known: &[&str],
    read: ReadRow<'_, T>,
) -> Result<PatientTable<T>, TableError> {
    let schema = Schema {
        file,
        known,
        required: &["patient_id"],
        id: "patient_id",
        others: Others::RefusedIfNear,
    };
    let table = table::read(&schema, bytes)?;
    table::check_unique(&table, file, "patient_id")?;
    let mut patients = BTreeMap::new();
    let mut problems = table.problems;
    for row in &table.rows {
        match cell::text(row, "patient_id").and_then(|id| Ok((id, read(row)?))) {
            Ok((id, value)) => {
                patients.insert(id, value);
            }
            Err(problem) => problems.push(*problem),
        }
    }
    problems.sort_by_key(|problem| problem.line);
    Ok(PatientTable {
        patients,
        problems,
        passed_over: table.passed_over,
    })
}

fn symptom(row: &table::Row) -> Result<Option<Symptom>, Box<Problem>> {
    let also = |cell: &str| match cell.to_ascii_lowercase().as_str() {
        "none" => Some(Symptom::NonAnginal),
        "non-anginal-dyspnoea" => Some(Symptom::Dyspnoea),
        _ => None,
    };
    let Some(cell) = row.get("symptom") else {
        return Ok(None);
    };
    let found = Symptom::ALL
        .into_iter()
        .find(|symptom| symptom.name().eq_ignore_ascii_case(cell))
        .or_else(|| also(cell));
    let expected = "typical, atypical, non-anginal, dyspnoea or empty";
    found
        .map(Some)
        .ok_or_else(|| row.problem("symptom", expected, cell))
}

fn risk_factors(row: &table::Row) -> Result<Option<RiskFactors>, Box<Problem>> {
    let mut present = [None; 5];
    for (value, column) in present.iter_mut().zip(&CLINICAL[3..8]) {
        *value = cell::flag(row, column)?;
    }
    let [
        Some(family_history),
        Some(smoking),
        Some(dyslipidaemia),
        Some(hypertension),
        Some(diabetes),
    ] = present
    else {
        return Ok(None);
    };
    Ok(Some(RiskFactors {
        family_history,
        smoking,
        dyslipidaemia,
        hypertension,
        diabetes,
    }))
}
