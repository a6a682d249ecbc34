//! A store seen as windows with labels.

use super::random::{self, Purpose};
use anyhow::{Result, bail};
use coronet_cohort::store::Store;
use coronet_cohort::{LabelRule, Vessel};
use coronet_train::Examples;
use rand::seq::SliceRandom;
use std::collections::BTreeMap;

/// Windows and labels of a store under one rule.
#[derive(Debug)]
pub(super) struct Dataset<'a> {
    store: &'a Store,
    labels: Vec<[Option<bool>; 4]>,
}

impl<'a> Dataset<'a> {
    /// Labels every window of `store`.
    ///
    /// # Errors
    ///
    /// If the network has not one output a vessel, or no grade is known.
    pub(super) fn new(store: &'a Store, rule: LabelRule, classes: usize) -> Result<Dataset<'a>> {
        if classes != Vessel::ALL.len() {
            bail!(
                "n_classes: expected {} (one a vessel), got {classes}",
                Vessel::ALL.len()
            );
        }
        let labels: Vec<_> = store
            .rows()
            .iter()
            .map(|row| row.facts.grades.labels(rule))
            .collect();
        if labels.iter().flatten().all(Option::is_none) {
            bail!(
                "{}: no record has a grade, so there is nothing to learn",
                store.directory().display()
            );
        }
        Ok(Dataset { store, labels })
    }

    /// Gives the labels of every patient to another one, drawn by `seed`.
    ///
    /// The labels of a patient stay together, so that vessels go together as often as they did;
    /// where two patients have different numbers of windows, labels are repeated or left out.
    pub(super) fn shuffle(&mut self, seed: u64) {
        let mut of_patient: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (window, row) in self.store.rows().iter().enumerate() {
            let patient = row.facts.patient_id.as_str();
            of_patient.entry(patient).or_default().push(window);
        }
        let own: Vec<Vec<usize>> = of_patient.into_values().collect();
        let mut others: Vec<&Vec<usize>> = own.iter().collect();
        others.shuffle(&mut random::stream(seed, Purpose::ShuffledLabels, 0));
        let before = self.labels.clone();
        for (own, other) in own.iter().zip(others) {
            for (&window, &from) in own.iter().zip(other.iter().cycle()) {
                self.labels[window] = before[from];
            }
        }
    }

    /// Windows.
    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }

    /// Labels of every window.
    pub(super) fn all_labels(&self) -> &[[Option<bool>; 4]] {
        &self.labels
    }

    /// Positive and known labels per vessel.
    pub(super) fn counts(&self) -> [(usize, usize); 4] {
        std::array::from_fn(|task| {
            let known = self.labels.iter().filter_map(|labels| labels[task]);
            known.fold((0, 0), |(positive, all), label| {
                (positive + usize::from(label), all + 1)
            })
        })
    }
}

impl Examples for Dataset<'_> {
    fn shape(&self) -> (usize, usize) {
        self.store.shape()
    }

    fn window(&self, index: usize) -> &[f32] {
        self.store.window(index)
    }

    fn labels(&self, index: usize) -> &[Option<bool>] {
        &self.labels[index]
    }
}
