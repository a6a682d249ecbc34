//! What an evaluation says about recalibrated probabilities.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::calibration::Recalibration;
use crate::statistic::{Estimate, Statistic};

/// Recalibration of one vessel: maps to be frozen, and how well such maps do on records
/// they were not fitted on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recalibrations {
    /// Fitted on all records here, for use on other data: `intercept`, `platt`, `temperature`,
    /// `isotonic`. Nothing here is judged after them.
    pub fitted: IndexMap<String, Statistic<Recalibration>>,
    /// Calibration after each of the same methods, every part of the records recalibrated by a map fitted on
    /// the other parts.
    pub cross_fitted: IndexMap<String, Statistic<CalibrationSummary>>,
    /// What the parts are: `folds of the table` or `five parts by patient`.
    pub parts: String,
    /// Calibration after the map frozen elsewhere, unchanged.
    pub frozen: Statistic<FrozenRecalibration>,
}

/// A map that came with the configuration, and the calibration after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrozenRecalibration {
    /// The map.
    pub map: Recalibration,
    /// Calibration of the mapped probabilities.
    pub calibration: CalibrationSummary,
}

/// Calibration in few numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationSummary {
    /// Records.
    pub n: usize,
    /// Positive records.
    pub events: usize,
    /// Mean squared difference of probability and outcome.
    pub brier: Statistic<f64>,
    /// Logistic slope; 1 is ideal.
    pub slope: Statistic<Estimate>,
    /// Calibration-in-the-large on the logit scale; 0 is ideal.
    pub in_the_large: Statistic<Estimate>,
    /// Observed over expected events; 1 is ideal.
    pub observed_expected: Statistic<Estimate>,
    /// Integrated calibration index by LOESS (degree 2, span 0.75).
    pub ici: Statistic<f64>,
}
