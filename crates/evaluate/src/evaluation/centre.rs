//! What an evaluation says about single centres, and about all of them together.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::recalibration::CalibrationSummary;
use super::vessel::{DecisionPoint, OperatingPoint};
use crate::pooling::Pooled;
use crate::statistic::{Estimate, Statistic};

/// One vessel, centre by centre (column `site`) and pooled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Centres {
    /// Results by site.
    pub centres: IndexMap<String, CentreEvaluation>,
    /// Pooled results: `auc` and `sensitivity_rule_out`, `specificity_rule_in` (logit scale),
    /// `observed_expected` (log scale), `in_the_large`, `slope`.
    pub pooled: IndexMap<String, Statistic<Pooled>>,
}

/// One vessel at one centre, at the same thresholds as everywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CentreEvaluation {
    /// Records with grade and probability.
    pub n: usize,
    /// Positive records.
    pub events: usize,
    /// Observed rate with Wilson's interval.
    pub rate: Statistic<Estimate>,
    /// Area under the ROC curve with DeLong's interval, patients as units where one has several records.
    pub auc: Statistic<Estimate>,
    /// Calibration of the probabilities as given.
    pub calibration: CalibrationSummary,
    /// Calibration after the map frozen elsewhere.
    pub after_frozen: Statistic<CalibrationSummary>,
    /// Calibration after an update of the intercept on this centre's own records, cross-fitted.
    pub after_intercept: Statistic<CalibrationSummary>,
    /// The same after intercept and slope.
    pub after_platt: Statistic<CalibrationSummary>,
    /// At `rule_out`, `rule_in` and the fixed thresholds.
    pub operating_points: IndexMap<String, Statistic<OperatingPoint>>,
    /// Net benefit at the configured decision thresholds.
    pub decision_curve: Vec<DecisionPoint>,
    /// Caveats.
    pub warnings: Vec<String>,
}
