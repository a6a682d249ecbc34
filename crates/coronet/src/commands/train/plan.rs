//! Which windows are for what, fold by fold.

use super::dataset::Dataset;
use super::random::{self, Purpose};
use anyhow::{Result, bail};
use coronet_cohort::FileFact;
use coronet_cohort::folds::{vessel_folds, vessel_inner_split};
use coronet_cohort::leakage::{self, LeakageReport};
use coronet_cohort::store::Store;
use coronet_train::{FoldPlan, Selection, TrainConfig};
use rand::Rng;

/// The parts of every fold, and the audit of them.
#[derive(Debug)]
pub(super) struct Plans {
    /// One plan a fold.
    pub(super) folds: Vec<FoldPlan>,
    /// Patients and signals across folds.
    pub(super) leakage: LeakageReport,
}

/// Divides a store's windows: neither a patient nor an equal signal is in two folds.
///
/// # Errors
///
/// If there are too few patients, or the audit finds a leak.
pub(super) fn plans(store: &Store, dataset: &Dataset<'_>, config: &TrainConfig) -> Result<Plans> {
    let patients: Vec<&str> = store
        .rows()
        .iter()
        .map(|row| &*row.facts.patient_id)
        .collect();
    let signals: Vec<&str> = store.rows().iter().map(|row| &*row.fingerprint).collect();
    let groups = coronet_cohort::groups(&patients, &signals);
    let labels = dataset.all_labels();
    let assigned = vessel_folds(labels, &groups, config.folds, config.seed)?;
    let mut leakage = leakage::audit(&assigned, &patients, &signals);
    leakage.patients_contradicted = contradicted(store);
    if !leakage.is_clean() {
        bail!("the folds share patients or signals: {leakage:?}");
    }
    let mut folds = Vec::new();
    for fold in 0..config.folds {
        let part = |inside: bool| -> Vec<usize> {
            (0..assigned.len())
                .filter(|&index| (assigned[index] == fold) == inside)
                .collect()
        };
        let (rest, test) = (part(false), part(true));
        let (train, inner) = match config.selection {
            Selection::TestFold | Selection::LastEpoch => (rest, Vec::new()),
            Selection::Inner => {
                let fraction = config.inner_fraction;
                let seed = inner_seed(config.seed, fold);
                let split = vessel_inner_split(labels, &groups, &rest, fraction, seed)?;
                (split.train, split.validation)
            }
        };
        folds.push(FoldPlan {
            fold,
            train,
            inner,
            test,
        });
    }
    Ok(Plans { folds, leakage })
}

/// Windows whose file names another patient than the manifest.
fn contradicted(store: &Store) -> Vec<usize> {
    let code = FileFact::Patient.contradicted();
    let rows = store.rows().iter().enumerate();
    rows.filter(|(_, row)| row.findings.split(';').any(|found| found == code))
        .map(|(at, _)| at)
        .collect()
}

/// Seed of the inner part of a fold, drawn so that it is the seed of nothing else.
fn inner_seed(seed: u64, fold: usize) -> u64 {
    random::stream(seed, Purpose::InnerParts, fold as u64).next_u64()
}
