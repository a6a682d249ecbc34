//! Tables over many thresholds, and what the number of events can show.

use super::records::VesselRecords;
use crate::config::EvaluationConfig;
use crate::discrimination::steps;
use crate::evaluation::{Proportion, SampleSize, TargetGoal, TargetRow, ThresholdRow};
use crate::operating::{operating_point, rule_in_threshold, rule_out_threshold};
use crate::proportion::wilson;
use crate::sample_size::{
    auc_half_width, records_for_auc, records_for_observed_expected, records_for_slope,
};
use crate::statistic::{Estimate, Statistic};

const STEPS: u32 = 99;
const AUC_HALF_WIDTH: f64 = 0.05;
const OBSERVED_EXPECTED_FACTOR: f64 = 1.1;
const SLOPE_HALF_WIDTH: f64 = 0.2;

/// Rows at 0.01, 0.02, … 0.99; none without records.
pub(super) fn table(records: &VesselRecords, config: &EvaluationConfig) -> Vec<ThresholdRow> {
    if records.rows.is_empty() {
        return Vec::new();
    }
    let steps = steps(&records.scores, &records.positive);
    let mut counts = vec![(0, 0)];
    for step in &steps {
        let (tp, fp) = counts[counts.len() - 1];
        counts.push((tp + step.positives, fp + step.negatives));
    }
    let row = |step: u32| {
        let threshold = f64::from(step) / 100.0;
        let above = steps.partition_point(|step| step.score >= threshold);
        row(threshold, counts[above], records, config.confidence)
    };
    (1..=STEPS).map(row).collect()
}

fn row(
    threshold: f64,
    (tp, fp): (usize, usize),
    records: &VesselRecords,
    level: f64,
) -> ThresholdRow {
    let (positives, n) = (records.events, records.rows.len());
    let (missed, tn) = (positives - tp, n - positives - fp);
    let share = |of: usize, all: usize| proportion(&wilson(of, all, level));
    ThresholdRow {
        threshold,
        tp,
        fp,
        tn,
        false_negative: missed,
        sensitivity: share(tp, positives),
        specificity: share(tn, n - positives),
        ppv: share(tp, tp + fp),
        npv: share(tn, tn + missed),
        called: share(tp + fp, n),
    }
}

/// An estimate without its words; an absent limit is the value.
pub(super) fn proportion(estimate: &Statistic<Estimate>) -> Statistic<Proportion> {
    estimate.clone().map(|estimate| Proportion {
        value: estimate.value,
        low: estimate.low.unwrap_or(estimate.value),
        high: estimate.high.unwrap_or(estimate.value),
    })
}

/// One row for each configured target.
pub(super) fn targets(records: &VesselRecords, config: &EvaluationConfig) -> Vec<TargetRow> {
    let (p, y) = (&records.scores, &records.positive);
    let row = |goal, target: f64, threshold: Statistic<f64>| TargetRow {
        goal,
        target,
        point: records
            .explain(threshold)
            .map(|threshold| operating_point(p, y, threshold, config.confidence)),
    };
    let sensitivity = config
        .sensitivity_targets
        .iter()
        .map(|&t| row(TargetGoal::Sensitivity, t, rule_out_threshold(p, y, t)));
    let specificity = config
        .specificity_targets
        .iter()
        .map(|&t| row(TargetGoal::Specificity, t, rule_in_threshold(p, y, t)));
    sensitivity.chain(specificity).collect()
}

/// Sample-size notes at the observed rate and area.
pub(super) fn sample_size(
    records: &VesselRecords,
    auc: &Statistic<Estimate>,
    config: &EvaluationConfig,
) -> SampleSize {
    let level = config.confidence;
    let (events, n) = (records.events, records.rows.len());
    let rate = events as f64 / n as f64;
    let area = || auc.clone().map(|auc| auc.value);
    SampleSize {
        events,
        nonevents: n - events,
        auc_half_width: area().map(|auc| auc_half_width(auc, events, n - events, level)),
        records_for_auc: area().and_then(|auc| records_for_auc(auc, rate, AUC_HALF_WIDTH, level)),
        auc_half_width_target: AUC_HALF_WIDTH,
        records_for_observed_expected: records.explain(records_for_observed_expected(
            rate,
            OBSERVED_EXPECTED_FACTOR,
            level,
        )),
        observed_expected_factor: OBSERVED_EXPECTED_FACTOR,
        records_for_slope: records.explain(records_for_slope(
            &records.scores,
            SLOPE_HALF_WIDTH,
            level,
        )),
        slope_half_width_target: SLOPE_HALF_WIDTH,
    }
}
