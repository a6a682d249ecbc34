//! The inclusion flow: how many records each step left, and why the others went.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One step of the flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowStep {
    /// What the step did, such as `read the ECG`.
    pub name: String,
    /// Records that remain after it.
    pub remaining: usize,
    /// Records it excluded, by reason.
    pub excluded: BTreeMap<String, usize>,
    /// Records it kept with a reservation, by what that is; they are among those that remain.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<String, usize>,
}

/// Ordered steps of inclusion with counts and reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// What is counted, such as `ECGs`.
    pub unit: String,
    /// How many there were before the first step.
    pub start: usize,
    /// The steps in order.
    pub steps: Vec<FlowStep>,
}

impl Flow {
    /// A flow of `start` things called `unit`.
    pub fn new(unit: &str, start: usize) -> Flow {
        Flow {
            unit: unit.to_owned(),
            start,
            steps: Vec::new(),
        }
    }

    /// Opens a step that has excluded nothing so far.
    pub fn step(&mut self, name: &str) {
        self.steps.push(FlowStep {
            name: name.to_owned(),
            remaining: self.remaining(),
            excluded: BTreeMap::new(),
            kept: BTreeMap::new(),
        });
    }

    /// Notes a reservation about one record that the step opened last has kept.
    pub fn keep(&mut self, reservation: &str) {
        if let Some(step) = self.steps.last_mut() {
            *step.kept.entry(reservation.to_owned()).or_insert(0) += 1;
        }
    }

    /// Excludes one record from the step opened last (one called `inclusion` where none was).
    ///
    /// Counts stop at zero: excluding more than there are leaves zero.
    pub fn exclude(&mut self, reason: &str) {
        if self.steps.is_empty() {
            self.step("inclusion");
        }
        if let Some(step) = self.steps.last_mut() {
            step.remaining = step.remaining.saturating_sub(1);
            *step.excluded.entry(reason.to_owned()).or_insert(0) += 1;
        }
    }

    /// How many remain after the last step.
    pub fn remaining(&self) -> usize {
        self.steps.last().map_or(self.start, |step| step.remaining)
    }
}
