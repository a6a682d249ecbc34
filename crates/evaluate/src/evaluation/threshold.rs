//! What happens at many thresholds, in a compact form.

use serde::{Deserialize, Serialize};

use super::vessel::OperatingPoint;
use crate::statistic::Statistic;

/// A proportion with Wilson's interval, at the evaluation's level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proportion {
    /// The proportion.
    pub value: f64,
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

/// Counts and proportions at one threshold, positive meaning p ≥ threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThresholdRow {
    /// The threshold.
    pub threshold: f64,
    /// Positive records at or above it.
    pub tp: usize,
    /// Negative records at or above it.
    pub fp: usize,
    /// Negative records below it.
    pub tn: usize,
    /// Positive records below it.
    #[serde(rename = "fn")]
    pub false_negative: usize,
    /// Share of the positive records at or above it.
    pub sensitivity: Statistic<Proportion>,
    /// Share of the negative records below it.
    pub specificity: Statistic<Proportion>,
    /// Share of positives among those at or above it.
    pub ppv: Statistic<Proportion>,
    /// Share of negatives among those below it.
    pub npv: Statistic<Proportion>,
    /// Share of all records at or above it.
    pub called: Statistic<Proportion>,
}

/// The threshold that reaches a target, and what happens at it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetRow {
    /// What is to be reached.
    pub goal: TargetGoal,
    /// How much of it, in (0, 1].
    pub target: f64,
    /// The point at the threshold chosen on these scores; optimistic on them.
    pub point: Statistic<OperatingPoint>,
}

/// What a threshold is to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetGoal {
    /// The greatest observed score with at least this sensitivity.
    Sensitivity,
    /// The least observed score with at least this specificity.
    Specificity,
}
