//! The leakage audit: is any patient, or any signal, in two folds?

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A patient or a signal that is in several folds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leak {
    /// The patient id or the fingerprint.
    pub key: String,
    /// The folds it is in.
    pub folds: Vec<usize>,
    /// Its positions in the cohort.
    pub samples: Vec<usize>,
}

/// Equal signals under different patient ids: one of the ids is wrong, or one ECG was filed twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedSignal {
    /// The fingerprint.
    pub fingerprint: String,
    /// The patients it is filed under.
    pub patient_ids: Vec<String>,
    /// Its positions in the cohort.
    pub samples: Vec<usize>,
}

/// What the audit found; positions are those of the columns given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeakageReport {
    /// Samples looked at.
    pub samples: usize,
    /// Distinct patients.
    pub patients: usize,
    /// Distinct signals among the samples with a fingerprint.
    pub signals: usize,
    /// Patients that are in several folds.
    pub patients_in_several_folds: Vec<Leak>,
    /// Signals that are in several folds.
    pub signals_in_several_folds: Vec<Leak>,
    /// Signals that several patients share, whether or not they are in one fold.
    pub signals_of_several_patients: Vec<SharedSignal>,
    /// Positions of samples whose ECG file names another patient than the manifest, by whose
    /// patients folds are made.
    #[serde(default)]
    pub patients_contradicted: Vec<usize>,
}

impl LeakageReport {
    /// Whether no patient and no signal is in two folds.
    pub fn is_clean(&self) -> bool {
        self.patients_in_several_folds.is_empty() && self.signals_in_several_folds.is_empty()
    }
}

/// Audits folds; an empty patient id or fingerprint is not known and not compared.
///
/// Looks at as many samples as the shortest of the three columns holds.
pub fn audit(folds: &[usize], patient_ids: &[&str], fingerprints: &[&str]) -> LeakageReport {
    let samples = folds.len().min(patient_ids.len()).min(fingerprints.len());
    let patients = positions(&patient_ids[..samples]);
    let signals = positions(&fingerprints[..samples]);
    LeakageReport {
        samples,
        patients: patients.len(),
        signals: signals.len(),
        patients_in_several_folds: leaks(&patients, folds),
        signals_in_several_folds: leaks(&signals, folds),
        signals_of_several_patients: shared(&signals, patient_ids),
        patients_contradicted: Vec::new(),
    }
}

fn positions<'a>(keys: &[&'a str]) -> BTreeMap<&'a str, Vec<usize>> {
    let mut positions: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (sample, &key) in keys.iter().enumerate().filter(|(_, key)| !key.is_empty()) {
        positions.entry(key).or_default().push(sample);
    }
    positions
}

fn leaks(positions: &BTreeMap<&str, Vec<usize>>, folds: &[usize]) -> Vec<Leak> {
    positions
        .iter()
        .filter_map(|(key, samples)| {
            let folds: BTreeSet<usize> = samples.iter().map(|&sample| folds[sample]).collect();
            (folds.len() > 1).then(|| Leak {
                key: (*key).to_owned(),
                folds: folds.into_iter().collect(),
                samples: samples.clone(),
            })
        })
        .collect()
}

fn shared(signals: &BTreeMap<&str, Vec<usize>>, patient_ids: &[&str]) -> Vec<SharedSignal> {
    signals
        .iter()
        .filter_map(|(fingerprint, samples)| {
            let patients: BTreeSet<&str> = samples.iter().map(|&s| patient_ids[s]).collect();
            (patients.len() > 1).then(|| SharedSignal {
                fingerprint: (*fingerprint).to_owned(),
                patient_ids: patients.into_iter().map(str::to_owned).collect(),
                samples: samples.clone(),
            })
        })
        .collect()
}
