//! What the page should say beside the numbers: who asked what, of whom, with which run.

use crate::explanation::CohortExplanation;
use coronet_evaluate::ModelComparison;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Facts of a run that an [`Evaluation`](coronet_evaluate::Evaluation) cannot know.
///
/// Every field may be left at its default; what is not given is not claimed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Context {
    /// Title of the page.
    pub title: String,
    /// The question in one sentence, such as "How well does …?".
    pub question: String,
    /// Who was studied and where the labels come from, in one or two sentences.
    pub cohort: String,
    /// Patients, ECGs and outcomes come from the simulator; the page is stamped accordingly.
    pub simulated: bool,
    /// Labels are a surrogate (a territory read off the ECG report), not a CCTA finding; stamped.
    pub surrogate: bool,
    /// The model was trained on labels of other patients, as a control; stamped.
    pub shuffled_labels: bool,
    /// Epochs were chosen on the data that is reported; stamped.
    pub selection_on_test_data: bool,
    /// The same data served to fit the model and to judge it (apparent performance); stamped.
    pub apparent_performance: bool,
    /// Best achievable AUC by vessel, where a simulation knows it.
    pub best_achievable_auc: BTreeMap<String, f64>,
    /// Facts of the run in reading order: versions, seeds, hashes, profile, label rule, selection.
    pub run_facts: Vec<RunFact>,
    /// Patient flow from all records to those analysed; empty where it is not known.
    pub flow: Vec<FlowStep>,
    /// Training course by fold; empty where the run is not known.
    pub training: Vec<FoldTraining>,
    /// The configuration that was used, as the text of a file for `--config`.
    pub configuration: String,
    /// Another model on the same records.
    pub comparison: Option<Comparison>,
    /// What drives the predictions, where it was asked for.
    pub explanation: Option<CohortExplanation>,
    /// Where frozen thresholds and recalibration come from; empty where nothing is frozen.
    pub frozen_from: String,
    /// Commands worth running next.
    pub next_commands: Vec<String>,
}

/// Two models on the same records; `first` is the one evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// What the first is called.
    pub first: String,
    /// What the second is called.
    pub second: String,
    /// What was found.
    pub result: ModelComparison,
}

/// One fact of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFact {
    /// What it is, such as "Preprocessing profile".
    pub name: String,
    /// Its value as text, with its unit.
    pub value: String,
}

/// A station of the patient flow, with those who left before the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowStep {
    /// Who is counted here, such as "CCTA examinations with an ECG within 90 days".
    pub label: String,
    /// How many reached this station.
    pub n: usize,
    /// Who left after it, by reason.
    pub excluded: Vec<Exclusion>,
}

/// Those who left the study for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// Why, such as "no ECG in the window".
    pub reason: String,
    /// How many.
    pub n: usize,
}

/// How the training of one fold went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FoldTraining {
    /// Number of the fold, as in the scores.
    pub fold: usize,
    /// Macro-averaged AUC on the inner validation set after each epoch; absent where undefined.
    pub inner_auc: Vec<Option<f64>>,
    /// The epoch that was kept, counted from 1.
    pub chosen_epoch: Option<usize>,
}
