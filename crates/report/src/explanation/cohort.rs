//! The evidence of a cohort as plain values to be placed on a page.

use coronet_evaluate::{Estimate, Statistic};
use serde::{Deserialize, Serialize};

/// What drives the predictions in a cohort.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CohortExplanation {
    /// ECGs explained.
    pub records: usize,
    /// What every number is subject to, in two or three words, such as `surrogate labels`; empty
    /// where there is nothing.
    #[serde(default)]
    pub limit: String,
    /// Fingerprint of the weights of each network, in the order of the folds.
    #[serde(default)]
    pub weights: Vec<String>,
    /// Hash of the preprocessing profile.
    #[serde(default)]
    pub profile: String,
    /// Hash of the store; empty where ECGs were read from files.
    #[serde(default)]
    pub store: String,
    /// Name and value of what was done.
    pub facts: Vec<(String, String)>,
    /// What limits it, one sentence each.
    pub findings: Vec<String>,
    /// Names of the parts of a beat, in the order of the inner lists of shares.
    pub waves: Vec<String>,
    /// One part a vessel.
    pub vessels: Vec<VesselCohort>,
}

/// The part of one vessel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VesselCohort {
    /// Name of the vessel.
    pub vessel: String,
    /// What was found, in sentences.
    pub reading: String,
    /// Share of each lead (in tensor order) and part of the beat in the differences between the
    /// logits of patients.
    pub drivers: Statistic<Vec<Vec<LeadWave>>>,
    /// The same of networks whose every weight is shuffled.
    pub shuffled: Statistic<Vec<Vec<f64>>>,
    /// Mean beats of the high and of the low stratum.
    pub beats: Statistic<GroupBeats>,
    /// Trust checks: name and value.
    pub trust: Vec<(String, Statistic<Estimate>)>,
}

/// One lead and part of the beat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeadWave {
    /// Share of the differences between logits.
    pub share: Estimate,
    /// Share of the samples.
    pub area: f64,
}

/// Mean beats of two groups over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupBeats {
    /// Milliseconds from the alignment point, inside the QRS complex, of every sample.
    pub milliseconds: Vec<f64>,
    /// Unit of the values.
    pub unit: String,
    /// Who was compared, such as all patients of both strata.
    pub design: String,
    /// The high stratum, by lead.
    pub high: Vec<Curve>,
    /// The low stratum, by lead.
    pub low: Vec<Curve>,
    /// Patients of the high and of the low stratum.
    pub n: (usize, usize),
    /// Where a cluster permutation test saw them differ.
    pub differences: Vec<Difference>,
    /// Edges in milliseconds of the steps of `drivers`.
    pub edges: Vec<f64>,
    /// Share of the differences between logits by lead and step; absent where it is not defined.
    pub drivers: Option<Vec<Vec<f64>>>,
}

/// A mean with its band.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Mean of every sample.
    pub mean: Vec<f64>,
    /// Lower limit.
    pub low: Vec<f64>,
    /// Upper limit.
    pub high: Vec<f64>,
}

/// A stretch of one lead that belongs to a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Index of the lead in tensor order.
    pub lead: usize,
    /// First and last millisecond.
    pub milliseconds: (f64, f64),
    /// p-value of its cluster, corrected over the vessels.
    pub p: f64,
}
