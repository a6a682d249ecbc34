//! What restrains every number of an evaluation, from wherever it is known: the run the scores lie
//! in, the run or evaluation whose thresholds are frozen, the store of the labels.

use crate::printer::Printer;
use crate::settings::{LabelSource, RunConfig};
use coronet_train::Selection;
use serde::Deserialize;

/// What restrains numbers; each is false where nobody says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Caveats {
    /// Patients, ECGs and outcomes are simulated.
    pub(super) simulated: bool,
    /// Labels are a surrogate.
    pub(super) surrogate: bool,
    /// The network was trained on labels of other patients.
    pub(super) shuffled_labels: bool,
    /// Epochs were chosen on the data that are scored.
    pub(super) selection_on_test_data: bool,
}

impl Caveats {
    /// Those of a run's own scores.
    pub(super) fn of_run(config: &RunConfig) -> Caveats {
        Caveats {
            simulated: config.label_source == Some(LabelSource::Simulated),
            surrogate: config.label_source == Some(LabelSource::Surrogate),
            shuffled_labels: config.shuffle_labels.is_some(),
            selection_on_test_data: config.training.selection == Selection::TestFold,
        }
    }

    /// Those of other scores with thresholds of the same network: what holds of the network holds
    /// of them, what holds of its patients does not.
    pub(super) fn of_other_scores(self) -> Caveats {
        Caveats {
            simulated: false,
            selection_on_test_data: false,
            ..self
        }
    }

    /// Those of either.
    pub(super) fn or(self, other: Caveats) -> Caveats {
        Caveats {
            simulated: self.simulated || other.simulated,
            surrogate: self.surrogate || other.surrogate,
            shuffled_labels: self.shuffled_labels || other.shuffled_labels,
            selection_on_test_data: self.selection_on_test_data || other.selection_on_test_data,
        }
    }

    /// What is to be said of thresholds that come from scores with these.
    pub(super) fn of_thresholds(self) -> Vec<String> {
        self.told([
            "the frozen thresholds were chosen on simulated patients",
            "the frozen thresholds were chosen on surrogate labels, not on angiography",
            "the frozen thresholds are those of a control that was trained on shuffled labels",
            "the frozen thresholds were chosen on scores whose epochs were chosen on the same records",
        ])
        .map(str::to_owned)
        .collect()
    }

    /// Says them on the terminal.
    pub(super) fn tell(self, printer: &Printer) {
        self.told([
            "simulated data: no number says anything about real patients",
            "surrogate labels: vessel names stand for territories, not for findings on coronary CT",
            "shuffled labels: the network is a control and has learnt nothing of the vessels",
            "epochs were chosen on the records reported here: the numbers are too favourable",
        ])
        .for_each(|text| printer.warn(text));
    }

    /// Those texts whose caveat holds, in the order of the fields.
    fn told(self, texts: [&'static str; 4]) -> impl Iterator<Item = &'static str> {
        let hold = [
            self.simulated,
            self.surrogate,
            self.shuffled_labels,
            self.selection_on_test_data,
        ];
        let pairs = hold.into_iter().zip(texts);
        pairs.filter_map(|(holds, text)| holds.then_some(text))
    }
}
