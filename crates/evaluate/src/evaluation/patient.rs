//! What an evaluation says about "any vessel positive", beside a pre-test probability.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::comparison::ScoreComparison;
use super::vessel::Stratum;
use crate::statistic::{Estimate, Statistic};

/// Results for "at least one vessel positive", on records with every grade and every probability.
///
/// Combined means: the pre-test probability decides outside its gray zone, the
/// ECG stratum (the highest of the vessels) inside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnyVessel {
    /// Records with every grade and every probability.
    pub n: usize,
    /// Records with at least one positive vessel.
    pub events: usize,
    /// Discrimination of the highest of the vessels' probabilities.
    pub auc: Statistic<Estimate>,
    /// Discrimination of the pre-test probability.
    pub auc_pretest: Statistic<Estimate>,
    /// Observed rates by the highest stratum of the vessels.
    pub strata: Statistic<IndexMap<String, Stratum>>,
    /// Share of records that stay undecided.
    pub gray_zone: Statistic<GrayZone>,
    /// Net reclassification from pre-test to combined categories.
    pub nri: Statistic<NetReclassification>,
    /// Reclassification tables behind it.
    pub reclassification: Statistic<Reclassification>,
    /// Records ruled out and how safely.
    pub rule_out: Statistic<RuleOuts>,
    /// What the ECG adds to the pre-test probability, as probabilities.
    pub added_value: Statistic<AddedValue>,
    /// Caveats.
    pub warnings: Vec<String>,
}

/// The pre-test probability (first) against scores with the ECG (second), for "any vessel positive".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddedValue {
    /// Against the highest probability of the vessels alone. That is no calibrated probability of
    /// "any vessel", so only its areas are like with like.
    pub ecg: ScoreComparison,
    /// Against a logistic model of both, cross-fitted in five parts by patient.
    pub combined: Statistic<ScoreComparison>,
    /// Net reclassification from pre-test to that model's categories, the pre-test limits
    /// (right-closed) for both.
    pub combined_nri: Statistic<NetReclassification>,
}

/// Share of records in the gray zone, with Wilson's interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrayZone {
    /// By pre-test probability alone.
    pub ptp: Estimate,
    /// After the ECG has decided what it can.
    pub combined: Estimate,
    /// The first share less the second (Newcombe's interval of paired proportions).
    pub difference: Statistic<Estimate>,
    /// McNemar's test of the two shares: without continuity correction, exact below 25 discordant pairs. The
    /// combined rule takes records out of the gray zone and puts none in, so the test only counts those.
    pub mcnemar: Statistic<crate::statistic::Test>,
}

/// Net reclassification improvement in its components.
///
/// Its p-value is known to be too small where the model was fitted on the same
/// data; report the components, not the p-value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetReclassification {
    /// Sum of the components; not a percentage of patients.
    pub value: f64,
    /// P(up | event) − P(down | event).
    pub events: f64,
    /// P(down | no event) − P(up | no event).
    pub nonevents: f64,
    /// Standard error (not under the null hypothesis).
    pub se: f64,
    /// value / se.
    pub z: Statistic<f64>,
    /// Two-sided p-value of z.
    pub p: Statistic<f64>,
    /// Lower limit, value − z·se.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

/// Counts from pre-test category (rows) to combined category (columns): low, gray, high.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reclassification {
    /// Records with an event.
    pub events: [[usize; 3]; 3],
    /// Records without one.
    pub nonevents: [[usize; 3]; 3],
}

/// Rule-out by pre-test probability and by the combined rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleOuts {
    /// Pre-test probability alone.
    pub ptp: RuleOut,
    /// The combined rule.
    pub combined: RuleOut,
}

/// Records ruled out by one rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleOut {
    /// Records ruled out.
    pub n: usize,
    /// Share of them without an event.
    pub npv: Statistic<Estimate>,
    /// Share of the events not ruled out.
    pub sensitivity: Statistic<Estimate>,
}
