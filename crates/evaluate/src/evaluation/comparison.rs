//! What an evaluation says about two scores of the same records.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::finding::Finding;
use super::patient::NetReclassification;
use crate::statistic::{Estimate, Statistic, Test};

/// Two models on the records that both scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelComparison {
    /// Records in both tables.
    pub matched: usize,
    /// Records of the first table alone.
    pub first_only: usize,
    /// Records of the second table alone.
    pub second_only: usize,
    /// Vessels of one table alone; not compared.
    pub vessels_of_one: Vec<String>,
    /// What the tables say differently of the records of both, and what was done about it.
    #[serde(default)]
    pub disagreements: Vec<Finding>,
    /// What was imperfect in the second table.
    #[serde(default)]
    pub second_findings: Vec<Finding>,
    /// Results for the vessels of both tables. Differences are second minus first.
    pub vessels: IndexMap<String, VesselComparison>,
}

/// Two models on one vessel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VesselComparison {
    /// Matched records left out because the tables give them different grades.
    pub conflicting_grades: usize,
    /// The comparison.
    pub scores: ScoreComparison,
    /// Net reclassification between risk strata, each model with its own thresholds.
    pub strata_reclassification: Statistic<NetReclassification>,
}

/// Two scores of the same records. Differences are second minus first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreComparison {
    /// Records.
    pub n: usize,
    /// Positive records.
    pub events: usize,
    /// Area of the first score (DeLong).
    pub auc_first: Statistic<Estimate>,
    /// Area of the second score (DeLong).
    pub auc_second: Statistic<Estimate>,
    /// Difference of the areas (paired DeLong).
    pub auc_difference: Statistic<Estimate>,
    /// Test that the areas are equal (paired DeLong).
    pub auc_test: Statistic<Test>,
    /// Difference of the areas with the paired bootstrap's percentile interval.
    pub auc_difference_bootstrap: Statistic<Estimate>,
    /// Difference of the Brier scores with the interval of paired differences; below 0 the second is better.
    pub brier_difference: Statistic<Estimate>,
    /// Continuous net reclassification from first to second.
    pub nri_continuous: Statistic<NetReclassification>,
    /// Integrated discrimination improvement.
    pub idi: Statistic<Estimate>,
    /// How the limits of the net benefit were made, in words; undefined where there are none.
    pub net_benefit_limits: Statistic<String>,
    /// Net benefit of both at the decision thresholds.
    pub net_benefit: Vec<NetBenefitComparison>,
    /// Caveats.
    pub warnings: Vec<String>,
}

/// Net benefit of two scores at one threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetBenefitComparison {
    /// Threshold probability.
    pub threshold: f64,
    /// Net benefit of the first.
    pub first: f64,
    /// Net benefit of the second.
    pub second: f64,
    /// Second minus first.
    pub difference: f64,
    /// Pointwise paired bootstrap limits of the difference, where they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}
