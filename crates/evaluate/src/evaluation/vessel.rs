//! What an evaluation says about one vessel.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::ONE_RECORD_EACH;
use super::centre::Centres;
use super::planning::SampleSize;
use super::recalibration::Recalibrations;
use super::threshold::{TargetRow, ThresholdRow};
use crate::statistic::{Estimate, Statistic, Test};

/// All results for one vessel, on the records that have both grade and probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VesselEvaluation {
    /// Records with a grade and a probability.
    pub n: usize,
    /// Records that are positive under the label rule.
    pub events: usize,
    /// The least grade that counts as positive for this vessel.
    pub positive_from_grade: u8,
    /// Area under the ROC curve with DeLong's interval, records taken as independent; see
    /// [`quoted_auc`](Self::quoted_auc).
    pub auc: Statistic<Estimate>,
    /// The same area with patients as the independent units; undefined where each has one record.
    pub auc_by_patient: Statistic<Estimate>,
    /// The same area with DeLong's interval on the logit scale, which suits few events better.
    pub auc_logit: Statistic<Estimate>,
    /// The same area with Hanley and McNeil's interval.
    pub auc_hanley_mcneil: Statistic<Estimate>,
    /// Mann and Whitney's test that the area is ½.
    pub mann_whitney: Statistic<Test>,
    /// The same area with the bootstrap's percentile interval.
    pub auc_bootstrap: Statistic<Estimate>,
    /// Average precision (step) with the bootstrap's percentile interval.
    pub average_precision: Statistic<Estimate>,
    /// How well probabilities agree with observed frequencies.
    pub calibration: Calibration,
    /// Thresholds of this vessel, chosen here or frozen elsewhere.
    pub thresholds: Thresholds,
    /// Confusion counts and proportions at named thresholds: `rule_out`, `rule_in`,
    /// `fixed_0.15`, …, `youden`.
    pub operating_points: IndexMap<String, Statistic<OperatingPoint>>,
    /// Counts and proportions at thresholds of 0.01 to 0.99.
    pub threshold_table: Vec<ThresholdRow>,
    /// Thresholds that reach the configured targets.
    pub target_table: Vec<TargetRow>,
    /// Calibration after recalibration, and maps to be frozen.
    pub recalibration: Recalibrations,
    /// Results centre by centre, and pooled.
    pub centres: Statistic<Centres>,
    /// What this number of events can show.
    pub sample_size: SampleSize,
    /// Observed rates in the strata `low`, `intermediate`, `high`.
    pub strata: Statistic<IndexMap<String, Stratum>>,
    /// How the limits of the decision curves were made, in words; undefined where there are none.
    pub decision_limits: Statistic<String>,
    /// Net benefit at the configured decision thresholds.
    pub decision_curve: Vec<DecisionPoint>,
    /// Net benefit on a fine grid, for plotting.
    pub decision_curve_fine: Vec<DecisionPoint>,
    /// ROC curve for plotting.
    pub roc: Statistic<RocCurve>,
    /// Precision–recall curve for plotting, from the highest score down.
    pub precision_recall: Statistic<Vec<PrecisionRecallPoint>>,
    /// Counts of predicted probability by class, for the strip below a calibration plot.
    pub score_histogram: ScoreHistogram,
    /// Do scores rise with the grade of stenosis?
    pub trend: Trend,
    /// Distribution of scores within each grade that occurs.
    pub grades: Vec<GradeSummary>,
    /// Discrimination in subgroups: `normal_ecg`, `sex=M`, `age<65`, …
    pub subgroups: IndexMap<String, Subgroup>,
    /// Differences in AUC between complementary subgroups.
    pub subgroup_comparisons: Vec<SubgroupComparison>,
    /// Caveats, e.g. few events.
    pub warnings: Vec<String>,
}

impl VesselEvaluation {
    /// The area with the interval to be quoted: by patient where one has several records, and then
    /// undefined where that is.
    pub fn quoted_auc(&self) -> &Statistic<Estimate> {
        match self.auc_by_patient.reason() {
            Some(ONE_RECORD_EACH) => &self.auc,
            _ => &self.auc_by_patient,
        }
    }
}

/// Agreement of probabilities with observed frequencies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Mean squared difference of probability and outcome.
    pub brier: Statistic<f64>,
    /// 1 − Brier / (π (1 − π)), π the observed rate.
    pub scaled_brier: Statistic<f64>,
    /// b of the logistic model y ~ a + b · logit p; 1 is ideal.
    pub slope: Statistic<f64>,
    /// a of the same model; 0 is ideal when b is 1.
    pub intercept: Statistic<f64>,
    /// a of the logistic model y ~ a + offset(logit p); 0 is ideal.
    pub in_the_large: Statistic<f64>,
    /// Slope with its Wald interval.
    pub slope_interval: Statistic<Estimate>,
    /// Intercept with its Wald interval.
    pub intercept_interval: Statistic<Estimate>,
    /// Calibration-in-the-large with its Wald interval.
    pub in_the_large_interval: Statistic<Estimate>,
    /// Integrated calibration index: mean |smoothed observed − predicted|.
    pub ici: Statistic<f64>,
    /// Median of the same differences.
    pub e50: Statistic<f64>,
    /// Ninetieth percentile of the same differences.
    pub e90: Statistic<f64>,
    /// Greatest of the same differences.
    pub e_max: Statistic<f64>,
    /// Which smoother was used, in words.
    pub smoother: String,
    /// The same four errors by LOESS of degree 2, the smoother of the index's paper.
    pub loess: Statistic<SmoothErrors>,
    /// Expected calibration error over ten equal-count bins.
    pub ece: Statistic<f64>,
    /// Expected calibration error over ten bins of equal width, right-closed.
    pub ece_equal_width: Statistic<f64>,
    /// Greatest gap among those bins.
    pub mce_equal_width: Statistic<f64>,
    /// Observed over expected events.
    pub observed_expected: Statistic<f64>,
    /// Observed over expected events with the interval of its logarithm.
    pub observed_expected_interval: Statistic<Estimate>,
    /// Spiegelhalter's test of calibration.
    pub spiegelhalter: Statistic<Test>,
    /// Hosmer and Lemeshow's test (ten groups); unstable, not for headlines.
    pub hosmer_lemeshow: Statistic<HosmerLemeshow>,
    /// The ten equal-count bins, in order of predicted probability.
    pub bins: Vec<CalibrationBin>,
    /// The smoothed curve for plotting with its pointwise band, in order of predicted probability.
    pub curve: Vec<CalibrationPoint>,
}

/// Differences between a smoothed curve and the predictions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmoothErrors {
    /// Mean |smoothed − predicted|.
    pub ici: f64,
    /// Median of the same.
    pub e50: f64,
    /// Ninetieth percentile of the same.
    pub e90: f64,
    /// Greatest of the same.
    pub e_max: f64,
    /// The smoother, in words.
    pub smoother: String,
    /// The smoothed curve for plotting, clipped to [0, 1].
    pub curve: Vec<CalibrationPoint>,
}

/// One point of a smoothed calibration curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationPoint {
    /// Predicted probability.
    pub predicted: f64,
    /// Smoothed observed frequency.
    pub observed: f64,
    /// Pointwise lower limit of it, where it was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

/// One bin of predicted probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Records in the bin.
    pub n: usize,
    /// Events in the bin; a run of tied scores cut by a bin's edge is shared out, so this may be a fraction.
    pub events: f64,
    /// Mean predicted probability.
    pub predicted: f64,
    /// Observed frequency with its Wilson interval.
    pub observed: Estimate,
}

/// Hosmer and Lemeshow's test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HosmerLemeshow {
    /// The test; `df` is the number of groups, since the probabilities were not fitted on these records.
    pub test: Test,
    /// Groups that were formed; ties can make them fewer than ten.
    pub groups: usize,
}

/// Thresholds on the probability, used as p ≥ threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Below it the vessel is called low.
    pub rule_out: Statistic<f64>,
    /// From it on the vessel is called high.
    pub rule_in: Statistic<f64>,
    /// Greatest sensitivity + specificity − 1.
    pub youden: Statistic<f64>,
    /// `chosen on these scores` or `frozen`.
    pub source: String,
}

/// Confusion counts and proportions at one threshold; positive means p ≥ threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// The threshold.
    pub threshold: f64,
    /// True positives.
    pub tp: usize,
    /// False positives.
    pub fp: usize,
    /// True negatives.
    pub tn: usize,
    /// False negatives.
    #[serde(rename = "fn")]
    pub false_negative: usize,
    /// TP / (TP + FN) with Wilson's interval.
    pub sensitivity: Statistic<Estimate>,
    /// TN / (TN + FP) with Wilson's interval.
    pub specificity: Statistic<Estimate>,
    /// TP / (TP + FP) with Wilson's interval.
    pub ppv: Statistic<Estimate>,
    /// TN / (TN + FN) with Wilson's interval.
    pub npv: Statistic<Estimate>,
    /// (TP + TN) / n with Wilson's interval.
    pub accuracy: Statistic<Estimate>,
    /// Harmonic mean of positive predictive value and sensitivity.
    pub f1: Statistic<f64>,
    /// Sensitivity + specificity − 1.
    pub youden: Statistic<f64>,
}

/// A risk stratum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stratum {
    /// Records in it.
    pub n: usize,
    /// Positive records in it.
    pub events: usize,
    /// Observed rate with Wilson's interval.
    pub rate: Statistic<Estimate>,
}

/// Net benefit at one threshold probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionPoint {
    /// Threshold probability t in (0, 1).
    pub threshold: f64,
    /// Net benefit of treating those with p ≥ t.
    pub model: f64,
    /// Net benefit of treating everybody.
    pub treat_all: f64,
    /// Net benefit over the observed rate.
    pub standardized: Statistic<f64>,
    /// Interventions avoided per patient, at equal true positives, against treating everybody.
    pub interventions_avoided: f64,
    /// Pointwise bootstrap limits of `model`, where they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// `model` less the better of treating everybody and nobody, with the same limits.
    pub advantage: Band,
    /// `interventions_avoided` with the same limits.
    pub interventions_avoided_band: Band,
}

/// A value with pointwise limits, where these were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// The value.
    pub value: f64,
    /// Lower limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

impl Band {
    /// A value without limits.
    pub(crate) fn point(value: f64) -> Self {
        Self {
            value,
            low: None,
            high: None,
        }
    }

    /// The same value with limits.
    pub(crate) fn within(self, (low, high): (f64, f64)) -> Self {
        Self {
            low: Some(low),
            high: Some(high),
            ..self
        }
    }
}

/// An ROC curve for plotting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RocCurve {
    /// The empirical curve from (0, 0) to (1, 1); thinned where there are very many scores.
    pub points: Vec<RocPoint>,
    /// Pointwise bootstrap band of the sensitivity on a grid of 1 − specificity; empty without a bootstrap.
    pub band: Vec<RocBandPoint>,
}

/// A point of an ROC curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RocPoint {
    /// 1 − specificity.
    pub false_positive_rate: f64,
    /// Sensitivity.
    pub sensitivity: f64,
}

/// A point of the band around an ROC curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RocBandPoint {
    /// 1 − specificity.
    pub false_positive_rate: f64,
    /// Lower limit of the sensitivity.
    pub low: f64,
    /// Upper limit of the sensitivity.
    pub high: f64,
}

/// A point of a precision–recall curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrecisionRecallPoint {
    /// Recall (sensitivity).
    pub recall: f64,
    /// Precision (positive predictive value).
    pub precision: f64,
}

/// Counts of predicted probability by class in bins of equal width over [0, 1].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreHistogram {
    /// Number of bins; bin i holds i/bins ≤ p < (i + 1)/bins, the last one also p = 1.
    pub bins: usize,
    /// Negative records per bin.
    pub negatives: Vec<usize>,
    /// Positive records per bin.
    pub positives: Vec<usize>,
}

/// Tests of a rise of the score with the grade of stenosis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// Spearman's rank correlation of grade and score.
    pub spearman: Statistic<Correlation>,
    /// Kendall's τ_b of grade and score.
    pub kendall: Statistic<Correlation>,
    /// Jonckheere and Terpstra's test, variance corrected for ties.
    pub jonckheere: Statistic<Test>,
    /// Kruskal and Wallis' test, corrected for ties.
    pub kruskal_wallis: Statistic<Test>,
    /// Cochran and Armitage's test of the positive rate over the strata low, intermediate, high.
    pub cochran_armitage: Statistic<Test>,
}

/// A correlation and its test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correlation {
    /// The coefficient.
    pub value: f64,
    /// Two-sided p-value: t with n − 2 degrees of freedom (Spearman), normal (Kendall).
    pub p: f64,
    /// Pairs.
    pub n: usize,
}

/// Scores of the records of one grade; quantiles are of type 7.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GradeSummary {
    /// Stenosis grade, 0 to 4.
    pub grade: u8,
    /// Records of that grade.
    pub n: usize,
    /// Least score.
    pub minimum: f64,
    /// Fifth percentile.
    pub low: f64,
    /// First quartile.
    pub first_quartile: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    pub third_quartile: f64,
    /// Ninety-fifth percentile.
    pub high: f64,
    /// Greatest score.
    pub maximum: f64,
}

/// Discrimination and calibration in a subgroup, at the thresholds of the whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subgroup {
    /// Records in it.
    pub n: usize,
    /// Positive records in it.
    pub events: usize,
    /// Area under the ROC curve with DeLong's interval, patients as units where one has several records.
    pub auc: Statistic<Estimate>,
    /// Observed rate with Wilson's interval.
    pub rate: Statistic<Estimate>,
    /// Observed over expected events.
    pub observed_expected: Statistic<Estimate>,
    /// Calibration slope.
    pub slope: Statistic<Estimate>,
    /// Sensitivity at the rule-out threshold.
    pub sensitivity_rule_out: Statistic<Estimate>,
    /// Specificity at the rule-in threshold.
    pub specificity_rule_in: Statistic<Estimate>,
}

/// The difference in AUC between two complementary subgroups (unpaired DeLong, patients as units where one
/// has several records).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubgroupComparison {
    /// What divides them, e.g. `sex`.
    pub factor: String,
    /// Name of the first subgroup.
    pub first: String,
    /// Name of the second subgroup.
    pub second: String,
    /// AUC of the first minus AUC of the second.
    pub difference: Statistic<Estimate>,
    /// The test, with Satterthwaite's degrees of freedom.
    pub test: Statistic<Test>,
    /// p-value after Holm's correction over this vessel's comparisons.
    pub p_holm: Statistic<f64>,
    /// p-value after Benjamini and Hochberg's correction over the same (false discovery rate).
    pub p_benjamini_hochberg: Statistic<f64>,
    /// Does calibration differ? Likelihood ratio of y ~ logit p · subgroup against y ~ logit p.
    pub calibration_interaction: Statistic<Test>,
}
