//! What the number of records and events can show.

use serde::{Deserialize, Serialize};

use crate::statistic::Statistic;

/// Sample-size notes of one vessel (Riley et al., Statistics in Medicine 40 (2021) 4230).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleSize {
    /// Positive records.
    pub events: usize,
    /// Negative records.
    pub nonevents: usize,
    /// Half width of the area's interval to be expected with these counts (Hanley & McNeil).
    pub auc_half_width: Statistic<f64>,
    /// Records for an area's interval of ± `auc_half_width_target`, at this rate and area.
    pub records_for_auc: Statistic<usize>,
    /// The target: 0.05.
    pub auc_half_width_target: f64,
    /// Records for an interval of observed/expected from 1/`observed_expected_factor` to it.
    pub records_for_observed_expected: Statistic<usize>,
    /// The target: 1.1.
    pub observed_expected_factor: f64,
    /// Records for an interval of the calibration slope of ± `slope_half_width_target`.
    pub records_for_slope: Statistic<usize>,
    /// The target: 0.2.
    pub slope_half_width_target: f64,
}
