//! What an evaluation says about pre-test probabilities.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::statistic::{Estimate, Statistic};

/// Where the pre-test probability comes from, and how the models that can be computed do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pretest {
    /// `column ptp`, `model rf-cl`, … or why there is none.
    pub source: String,
    /// Every model that answers for some record, and `ptp` for the column, for "any vessel positive".
    pub models: IndexMap<String, PretestEvaluation>,
}

/// One pre-test model on records with every grade.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PretestEvaluation {
    /// Records it answers for.
    pub n: usize,
    /// Records with at least one positive vessel among them.
    pub events: usize,
    /// Reasons why it does not answer for the others, with counts.
    pub unanswered: IndexMap<String, usize>,
    /// Area under the ROC curve (DeLong).
    pub auc: Statistic<Estimate>,
    /// Observed over expected events.
    pub observed_expected: Statistic<Estimate>,
    /// Mean squared difference of probability and outcome.
    pub brier: Statistic<f64>,
    /// Observed rate in the categories `low`, `gray`, `high` of the configuration.
    pub categories: IndexMap<String, super::vessel::Stratum>,
}
