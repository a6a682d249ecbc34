//! What an evaluation is asked to do.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::calibration::Recalibration;
use crate::pretest::PretestModel;

/// Settings of an evaluation; copied into its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvaluationConfig {
    /// Vessels that are evaluated, by name; empty for every vessel of the table.
    pub endpoints: Vec<String>,
    /// Which grades are positive.
    pub label_rule: LabelRule,
    /// Where the scores come from; printed with every result.
    pub score_origin: String,
    /// Targets for vessels not named in `vessel_targets`.
    pub targets: Targets,
    /// Targets of single vessels.
    pub vessel_targets: IndexMap<String, Targets>,
    /// Thresholds chosen elsewhere, by vessel; used instead of choosing them here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frozen_thresholds: Option<IndexMap<String, FrozenThresholds>>,
    /// Recalibration maps fitted elsewhere, by vessel; judged beside the probabilities as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frozen_recalibration: Option<IndexMap<String, Recalibration>>,
    /// Sensitivities for which the target table gives thresholds, in (0, 1].
    pub sensitivity_targets: Vec<f64>,
    /// Specificities for which the target table gives thresholds, in (0, 1].
    pub specificity_targets: Vec<f64>,
    /// Further thresholds to report, as `fixed_<threshold>`.
    pub fixed_thresholds: Vec<f64>,
    /// Level of every interval, in (0, 1).
    pub confidence: f64,
    /// Bootstrap replicates, at most 100,000; 0 switches the bootstrap off.
    pub bootstrap_replicates: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Threshold probabilities of the decision curve, in (0, 1).
    pub decision_thresholds: Vec<f64>,
    /// Greatest threshold of the fine decision curve for plotting, whose step is 0.01.
    pub decision_grid_end: f64,
    /// Follow-up horizons in days.
    pub horizons: Vec<f64>,
    /// Landmark in days: follow-up is also shown from then on, for those without event by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub landmark_days: Option<f64>,
    /// Interval of Kaplan–Meier estimates.
    pub survival_interval: SurvivalInterval,
    /// The model that makes the pre-test probability; without it column `ptp` is used, or RF-CL where
    /// there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pretest_model: Option<PretestModel>,
    /// Pre-test probability up to which a patient is low (right-closed).
    pub pretest_low: f64,
    /// Pre-test probability up to which a patient is in the gray zone (right-closed).
    pub pretest_high: f64,
    /// Age in years that divides the age subgroups.
    pub age_cut: f64,
    /// Days between ECG and CCTA that divide the interval subgroups.
    pub interval_cut: f64,
    /// What divides the records into subgroups, as far as the table has its column.
    pub subgroups: Vec<SubgroupFactor>,
    /// Fewer events than this bring a warning.
    pub few_events: usize,
    /// Up to this many records LOWESS is fitted at every score; above, at steps of 0.001 of their range.
    pub lowess_exact_records: usize,
}

impl Default for EvaluationConfig {
    fn default() -> Self {
        Self {
            endpoints: Vec::new(),
            label_rule: LabelRule::Severe,
            score_origin: "not stated".to_owned(),
            targets: Targets::default(),
            vessel_targets: IndexMap::new(),
            frozen_thresholds: None,
            frozen_recalibration: None,
            sensitivity_targets: vec![0.8, 0.85, 0.9, 0.95, 0.99],
            specificity_targets: vec![0.8, 0.85, 0.9, 0.95, 0.99],
            fixed_thresholds: vec![0.15],
            confidence: 0.95,
            bootstrap_replicates: 2000,
            seed: 0,
            decision_thresholds: vec![0.02, 0.05, 0.1, 0.15, 0.25, 0.4],
            decision_grid_end: 0.6,
            horizons: vec![30.0, 180.0, 365.0, 700.0],
            landmark_days: None,
            survival_interval: SurvivalInterval::LogLog,
            pretest_model: None,
            pretest_low: 0.05,
            pretest_high: 0.15,
            age_cut: 65.0,
            interval_cut: 30.0,
            subgroups: SubgroupFactor::ALL.to_vec(),
            few_events: 10,
            lowess_exact_records: 20_000,
        }
    }
}

/// What divides records into subgroups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubgroupFactor {
    /// ECGs read as normal against the others.
    NormalEcg,
    /// Men against women.
    Sex,
    /// Below the age cut against the others.
    Age,
    /// ECG and CCTA close in time against the others.
    Interval,
    /// Each site against all others.
    Site,
}

impl SubgroupFactor {
    /// Every factor.
    pub const ALL: [Self; 5] = [
        Self::NormalEcg,
        Self::Sex,
        Self::Age,
        Self::Interval,
        Self::Site,
    ];
}

/// Which stenosis grades are positive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelRule {
    /// Grade ≥ 3 (70 % and more).
    #[default]
    Severe,
    /// Grade ≥ 2 (50 % and more).
    Obstructive,
    /// Grade ≥ 1.
    Any,
    /// LM from grade 2 (50 % and more), every other vessel from grade 3.
    #[serde(rename = "cad-rads-4b")]
    CadRads4b,
}

impl LabelRule {
    /// The least grade that is positive for a vessel.
    pub fn positive_from(self, vessel: &str) -> u8 {
        match self {
            Self::Severe => 3,
            Self::Obstructive => 2,
            Self::Any => 1,
            Self::CadRads4b => {
                if vessel == "LM" {
                    2
                } else {
                    3
                }
            }
        }
    }

    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Severe => "severe",
            Self::Obstructive => "obstructive",
            Self::Any => "any",
            Self::CadRads4b => "cad-rads-4b",
        }
    }
}

/// What thresholds must reach, in (0, 1].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Targets {
    /// Least sensitivity at the rule-out threshold.
    pub rule_out_sensitivity: f64,
    /// Least specificity at the rule-in threshold.
    pub rule_in_specificity: f64,
}

impl Default for Targets {
    fn default() -> Self {
        Self {
            rule_out_sensitivity: 0.9,
            rule_in_specificity: 0.9,
        }
    }
}

/// Thresholds of one vessel, chosen on other data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrozenThresholds {
    /// Below it the vessel is called low.
    pub rule_out: f64,
    /// From it on the vessel is called high.
    pub rule_in: f64,
    /// Youden's threshold, where it was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub youden: Option<f64>,
}

/// Transformation for the interval of a Kaplan–Meier estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SurvivalInterval {
    /// log(−log S): stays in [0, 1].
    #[default]
    LogLog,
    /// log S, R's default.
    Log,
    /// S itself.
    Plain,
}
