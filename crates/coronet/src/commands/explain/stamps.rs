//! What every number of an explanation is subject to.

use crate::model_choice::Model;
use coronet_report::Context;
use serde::Serialize;

/// What model and data are, beside what is asked of them.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Limits {
    /// Patients, ECGs or labels were made by the simulator.
    pub(super) simulated: bool,
    /// The labels are a surrogate of coronary disease.
    pub(super) surrogate: bool,
    /// The network was trained on shuffled labels: a control.
    pub(super) shuffled_labels: bool,
}

impl Limits {
    /// Those of a model, asked about data that the simulator made or not.
    pub(super) fn of(model: &Model, simulated: bool) -> Limits {
        Limits {
            simulated: simulated || model.simulated,
            surrogate: model.surrogate,
            shuffled_labels: model.shuffled_labels,
        }
    }

    /// What figures and tables that leave the page are stamped by.
    pub(super) fn context(self) -> Context {
        Context {
            simulated: self.simulated,
            surrogate: self.surrogate,
            shuffled_labels: self.shuffled_labels,
            ..Context::default()
        }
    }

    /// Name and meaning of each limit that holds.
    pub(super) fn stamps(self) -> Vec<(String, String)> {
        let all = [
            (
                self.simulated,
                "Simulated data",
                "Patients, ECGs and findings were made by a program. No number on this page says anything about real patients.",
            ),
            (
                self.surrogate,
                "Surrogate labels",
                "Vessel names stand for territories read off ECG reports, not for findings on coronary CT.",
            ),
            (
                self.shuffled_labels,
                "Shuffled labels",
                "The network was trained on labels of other patients, as a control. It has learnt nothing of the vessels.",
            ),
        ];
        all.into_iter()
            .filter(|(holds, _, _)| *holds)
            .map(|(_, name, text)| (name.to_owned(), text.to_owned()))
            .collect()
    }

    /// The limits in a few words; empty where there are none.
    pub(super) fn words(self) -> String {
        let all = [
            (self.shuffled_labels, "shuffled labels"),
            (self.simulated, "simulated"),
            (self.surrogate, "surrogate labels"),
        ];
        let holding: Vec<&str> = all
            .into_iter()
            .filter(|(holds, _)| *holds)
            .map(|(_, words)| words)
            .collect();
        holding.join(", ")
    }
}
