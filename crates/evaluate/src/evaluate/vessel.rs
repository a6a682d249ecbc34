//! All analyses of one vessel.

use indexmap::IndexMap;

use super::records::VesselRecords;
use super::{centres, recalibrate, subgroups, thresholds as threshold_tables};
use crate::calibration as calibrate;
use crate::config::{EvaluationConfig, FrozenThresholds};
use crate::decision::decision_curve;
use crate::discrimination::{self, Bootstrap, BootstrapIntervals};
use crate::evaluation::{
    Calibration, DecisionPoint, Finding, FindingExample, FindingKind, GradeSummary,
    ONE_RECORD_EACH, OperatingPoint, RocCurve, ScoreHistogram, SmoothErrors, Stratum, Thresholds,
    Trend, VesselEvaluation,
};
use crate::operating::{
    RiskStratum, operating_point, stratum_rates, target_thresholds, youden_threshold,
};
use crate::quantile::{quantile, sorted};
use crate::score_table::ScoreTable;
use crate::statistic::{Estimate, Statistic};
use crate::trend;

const HISTOGRAM_BINS: usize = 50;
const CALIBRATION_BINS: usize = 10;
const DECISION_STEP: f64 = 0.01;

/// Evaluates one vessel.
pub(super) fn evaluate(
    table: &ScoreTable,
    records: &VesselRecords,
    config: &EvaluationConfig,
) -> VesselEvaluation {
    let grid = decision_grid(config);
    let bootstrap = bootstrap(records, &grid, config);
    let thresholds = thresholds(records, config);
    let strata = strata(records, &thresholds, config);
    let (subgroups, subgroup_comparisons) =
        subgroups::evaluate(table, records, &thresholds, config);
    let area = auc_of_records(records, config);
    let delong = records.explain(discrimination::delong(&records.scores, &records.positive));
    let curve = |of: &[f64], offset| {
        with_limits(
            decision_curve(&records.scores, &records.positive, of),
            &bootstrap,
            offset,
        )
    };
    VesselEvaluation {
        n: records.rows.len(),
        events: records.events,
        positive_from_grade: config.label_rule.positive_from(&records.name),
        auc_logit: delong
            .clone()
            .and_then(|delong| delong.logit_estimate(config.confidence)),
        auc_hanley_mcneil: delong.map(|delong| delong.hanley_mcneil_estimate(config.confidence)),
        mann_whitney: records.explain(trend::mann_whitney(&records.scores, &records.positive)),
        threshold_table: threshold_tables::table(records, config),
        target_table: threshold_tables::targets(records, config),
        recalibration: recalibrate::evaluate(table, records, config),
        centres: centres::evaluate(table, records, &thresholds, config),
        sample_size: threshold_tables::sample_size(records, &area, config),
        auc: area,
        auc_by_patient: auc_by_patient(records, config),
        auc_bootstrap: auc_bootstrap(records, &bootstrap),
        average_precision: average_precision(records, &bootstrap),
        calibration: calibration(records, config),
        operating_points: operating_points(records, &thresholds, config),
        thresholds,
        decision_limits: bootstrap.clone().map(|intervals| intervals.free_method),
        decision_curve: curve(&config.decision_thresholds, 0),
        decision_curve_fine: curve(
            &grid[config.decision_thresholds.len()..],
            config.decision_thresholds.len(),
        ),
        roc: roc(records, &bootstrap),
        precision_recall: match &records.problem {
            Some(problem) => Statistic::undefined(problem.clone()),
            None => Statistic::Defined(discrimination::precision_recall_curve(
                &records.scores,
                &records.positive,
            )),
        },
        score_histogram: histogram(records),
        trend: grade_trend(records, &strata),
        strata,
        grades: grade_summaries(records),
        subgroups,
        subgroup_comparisons,
        warnings: records.few_events.iter().cloned().collect(),
    }
}

/// A finding where probabilities have no logit.
pub(super) fn certain_probabilities(records: &VesselRecords) -> Option<Finding> {
    let count = records
        .scores
        .iter()
        .filter(|p| **p <= 0.0 || **p >= 1.0)
        .count();
    (count > 0).then(|| Finding {
        kind: FindingKind::CertainProbability,
        column: format!("{}_prob", records.name),
        count,
        examples: Vec::<FindingExample>::new(),
        expected: "a probability in (0, 1)".to_owned(),
        consequence:
            "row left out of calibration slope, intercept and in-the-large, which need a logit"
                .to_owned(),
    })
}

/// The area with DeLong's interval, records as units, and the records' caveat.
fn auc_of_records(records: &VesselRecords, config: &EvaluationConfig) -> Statistic<Estimate> {
    let auc = discrimination::auc_of(&records.scores, &records.positive, config.confidence);
    records.explain(auc).map(|auc| with_caveat(auc, records))
}

/// The same with patients as units; undefined where each has one record.
fn auc_by_patient(records: &VesselRecords, config: &EvaluationConfig) -> Statistic<Estimate> {
    if !records.clustered() {
        return Statistic::undefined(ONE_RECORD_EACH);
    }
    let (p, y) = (&records.scores, &records.positive);
    let auc = discrimination::clustered_area(p, y, &records.patients);
    let auc = records.explain(auc.map(|auc| auc.estimate(config.confidence)));
    auc.map(|auc| with_caveat(auc, records))
}

/// The area with the interval that fits: patients as units where one has several records.
pub(super) fn auc(records: &VesselRecords, config: &EvaluationConfig) -> Statistic<Estimate> {
    match records.clustered() {
        true => auc_by_patient(records, config),
        false => auc_of_records(records, config),
    }
}

fn with_caveat(estimate: Estimate, records: &VesselRecords) -> Estimate {
    Estimate {
        warning: estimate.warning.or_else(|| records.few_events.clone()),
        ..estimate
    }
}

/// The configured thresholds, then the fine grid.
fn decision_grid(config: &EvaluationConfig) -> Vec<f64> {
    let steps = (config.decision_grid_end / DECISION_STEP + 1e-9) as u32;
    let fine = (1..=steps).map(|step| f64::from(step) / 100.0);
    config
        .decision_thresholds
        .iter()
        .copied()
        .chain(fine)
        .collect()
}

fn bootstrap(
    records: &VesselRecords,
    thresholds: &[f64],
    config: &EvaluationConfig,
) -> Statistic<BootstrapIntervals> {
    let settings = Bootstrap {
        replicates: config.bootstrap_replicates,
        seed: config.seed,
        confidence: config.confidence,
    };
    records.explain(discrimination::bootstrap(
        &records.scores,
        &records.positive,
        &records.patients,
        thresholds,
        &settings,
    ))
}

fn auc_bootstrap(
    records: &VesselRecords,
    bootstrap: &Statistic<BootstrapIntervals>,
) -> Statistic<Estimate> {
    let delong = discrimination::delong(&records.scores, &records.positive);
    bootstrap.clone().and_then(|intervals| {
        delong.map(|delong| {
            with_caveat(
                Estimate::interval(
                    delong.auc,
                    intervals.auc,
                    &intervals.method,
                    records.rows.len(),
                ),
                records,
            )
        })
    })
}

fn average_precision(
    records: &VesselRecords,
    bootstrap: &Statistic<BootstrapIntervals>,
) -> Statistic<Estimate> {
    let value = discrimination::average_precision(&records.scores, &records.positive);
    records.explain(value).map(|value| {
        let point = Estimate::point(value, "step", records.rows.len());
        let limits = bootstrap.defined().and_then(|intervals| {
            let (low, high) = intervals.average_precision?;
            Some((low, high, &intervals.free_method))
        });
        let estimate = match limits {
            Some((low, high, method)) => Estimate {
                low: Some(low),
                high: Some(high),
                method: format!("step, {method}"),
                ..point
            },
            None => point,
        };
        with_caveat(estimate, records)
    })
}

fn with_limits(
    mut curve: Vec<DecisionPoint>,
    bootstrap: &Statistic<BootstrapIntervals>,
    offset: usize,
) -> Vec<DecisionPoint> {
    if let Some(intervals) = bootstrap.defined() {
        for (place, point) in curve.iter_mut().enumerate() {
            let (low, high) = intervals.net_benefit[offset + place];
            (point.low, point.high) = (Some(low), Some(high));
            point.advantage = point.advantage.within(intervals.advantage[offset + place]);
            point.interventions_avoided_band = point
                .interventions_avoided_band
                .within(intervals.interventions_avoided[offset + place]);
        }
    }
    curve
}

fn roc(records: &VesselRecords, bootstrap: &Statistic<BootstrapIntervals>) -> Statistic<RocCurve> {
    if let Some(problem) = &records.problem {
        return Statistic::undefined(problem.clone());
    }
    Statistic::Defined(RocCurve {
        points: discrimination::roc_curve(&records.scores, &records.positive),
        band: bootstrap
            .defined()
            .map(|intervals| intervals.band.clone())
            .unwrap_or_default(),
    })
}

fn calibration(records: &VesselRecords, config: &EvaluationConfig) -> Calibration {
    let (p, y, level) = (&records.scores, &records.positive, config.confidence);
    let line = records.explain(calibrate::logistic_calibration(p, y, level));
    let level_shift = records.explain(calibrate::calibration_in_the_large(p, y, level));
    let smooth = records.explain(calibrate::smooth_calibration(
        p,
        y,
        config.lowess_exact_records,
    ));
    let width = calibrate::equal_width_errors(p, y, CALIBRATION_BINS);
    let bins = calibrate::equal_count_bins(p, y, CALIBRATION_BINS, level);
    let value = |estimate: &Statistic<Estimate>| estimate.clone().map(|estimate| estimate.value);
    let (slope, intercept) = (
        line.clone().map(|line| line.slope),
        line.map(|line| line.intercept),
    );
    let part =
        |of: fn(&calibrate::SmoothCalibration) -> f64| smooth.clone().map(|smooth| of(&smooth));
    Calibration {
        brier: records.explain(calibrate::brier(p, y)),
        scaled_brier: records.explain(calibrate::scaled_brier(p, y)),
        slope: value(&slope),
        intercept: value(&intercept),
        in_the_large: value(&level_shift),
        slope_interval: slope,
        intercept_interval: intercept,
        in_the_large_interval: level_shift,
        ici: part(|smooth| smooth.ici),
        e50: part(|smooth| smooth.e50),
        e90: part(|smooth| smooth.e90),
        e_max: part(|smooth| smooth.e_max),
        ece: records.explain(calibrate::expected_calibration_error(&bins)),
        ece_equal_width: records.explain(width.clone().map(|errors| errors.expected)),
        mce_equal_width: records.explain(width.map(|errors| errors.greatest)),
        observed_expected: records.explain(calibrate::observed_expected(p, y)),
        observed_expected_interval: records
            .explain(calibrate::observed_expected_interval(p, y, level)),
        loess: records
            .explain(calibrate::loess_calibration(p, y))
            .map(smooth_errors),
        spiegelhalter: calibrate::spiegelhalter(p, y),
        hosmer_lemeshow: calibrate::hosmer_lemeshow(
            p,
            y,
            CALIBRATION_BINS,
            calibrate::Fitted::Elsewhere,
        ),
        bins,
        smoother: smooth
            .defined()
            .map_or_else(|| "none".to_owned(), |smooth| smooth.method.clone()),
        curve: smooth.defined().map_or_else(Vec::new, |smooth| {
            calibrate::with_band(&smooth.curve, p, y, &records.patients, level)
        }),
    }
}

fn smooth_errors(smooth: calibrate::SmoothCalibration) -> SmoothErrors {
    SmoothErrors {
        ici: smooth.ici,
        e50: smooth.e50,
        e90: smooth.e90,
        e_max: smooth.e_max,
        smoother: smooth.method,
        curve: smooth.curve,
    }
}

fn thresholds(records: &VesselRecords, config: &EvaluationConfig) -> Thresholds {
    let thresholds = vessel_thresholds(&records.name, &records.scores, &records.positive, config);
    if config.frozen_thresholds.is_some() {
        return thresholds;
    }
    Thresholds {
        rule_out: records.explain(thresholds.rule_out),
        rule_in: records.explain(thresholds.rule_in),
        youden: records.explain(thresholds.youden),
        source: thresholds.source,
    }
}

/// The frozen thresholds of a vessel, or those its scores reach the targets with.
pub(crate) fn vessel_thresholds(
    vessel: &str,
    scores: &[f64],
    positive: &[bool],
    config: &EvaluationConfig,
) -> Thresholds {
    match &config.frozen_thresholds {
        Some(frozen) => frozen_thresholds(vessel, frozen),
        None => {
            let targets = config.vessel_targets.get(vessel).unwrap_or(&config.targets);
            let (rule_out, rule_in) = target_thresholds(scores, positive, targets);
            Thresholds {
                rule_out,
                rule_in,
                youden: youden_threshold(scores, positive),
                source: "chosen on these scores".to_owned(),
            }
        }
    }
}

fn frozen_thresholds(vessel: &str, frozen: &IndexMap<String, FrozenThresholds>) -> Thresholds {
    let missing = || Statistic::undefined(format!("no frozen threshold for {vessel}"));
    let known = frozen.get(vessel);
    let value = |of: fn(&FrozenThresholds) -> Option<f64>| {
        known.and_then(of).map_or_else(missing, Statistic::Defined)
    };
    Thresholds {
        rule_out: value(|thresholds| Some(thresholds.rule_out)),
        rule_in: value(|thresholds| Some(thresholds.rule_in)),
        youden: value(|thresholds| thresholds.youden),
        source: "frozen".to_owned(),
    }
}

/// Counts and proportions at the named thresholds.
pub(super) fn operating_points(
    records: &VesselRecords,
    thresholds: &Thresholds,
    config: &EvaluationConfig,
) -> IndexMap<String, Statistic<OperatingPoint>> {
    let fixed = config
        .fixed_thresholds
        .iter()
        .map(|t| (format!("fixed_{t}"), Statistic::Defined(*t)));
    let named = [
        ("rule_out", &thresholds.rule_out),
        ("rule_in", &thresholds.rule_in),
    ];
    let youden = ("youden".to_owned(), thresholds.youden.clone());
    let all = named
        .into_iter()
        .map(|(name, threshold)| (name.to_owned(), threshold.clone()));
    all.chain(fixed)
        .chain([youden])
        .map(|(name, threshold)| {
            let point = threshold.and_then(|threshold| match records.rows.is_empty() {
                true => Statistic::undefined("no records with grade and probability"),
                false => Statistic::Defined(operating_point(
                    &records.scores,
                    &records.positive,
                    threshold,
                    config.confidence,
                )),
            });
            (name, point)
        })
        .collect()
}

fn strata(
    records: &VesselRecords,
    thresholds: &Thresholds,
    config: &EvaluationConfig,
) -> Statistic<IndexMap<String, Stratum>> {
    thresholds.rule_out.clone().and_then(|rule_out| {
        thresholds.rule_in.clone().map(|rule_in| {
            let of = |p: &f64| RiskStratum::of(*p, rule_out, rule_in);
            let strata: Vec<RiskStratum> = records.scores.iter().map(of).collect();
            stratum_rates(&strata, &records.positive, config.confidence)
        })
    })
}

fn grade_trend(records: &VesselRecords, strata: &Statistic<IndexMap<String, Stratum>>) -> Trend {
    let grades: Vec<f64> = records
        .grades
        .iter()
        .map(|grade| f64::from(*grade))
        .collect();
    let counts = |strata: IndexMap<String, Stratum>| -> Vec<(usize, usize)> {
        strata
            .values()
            .map(|stratum| (stratum.events, stratum.n))
            .collect()
    };
    Trend {
        spearman: trend::spearman(&grades, &records.scores),
        kendall: trend::kendall(&grades, &records.scores),
        jonckheere: trend::jonckheere_terpstra(&records.grades, &records.scores),
        kruskal_wallis: trend::kruskal_wallis(&records.grades, &records.scores),
        cochran_armitage: strata
            .clone()
            .map(counts)
            .and_then(|counts| trend::cochran_armitage(&counts)),
    }
}

fn grade_summaries(records: &VesselRecords) -> Vec<GradeSummary> {
    let summary = |grade: u8| {
        let of_grade = records
            .grades
            .iter()
            .zip(&records.scores)
            .filter(|(g, _)| **g == grade);
        let scores = sorted(&of_grade.map(|(_, score)| *score).collect::<Vec<f64>>());
        let at = |probability| quantile(&scores, probability);
        Some(GradeSummary {
            grade,
            n: scores.len(),
            minimum: at(0.0)?,
            low: at(0.05)?,
            first_quartile: at(0.25)?,
            median: at(0.5)?,
            third_quartile: at(0.75)?,
            high: at(0.95)?,
            maximum: at(1.0)?,
        })
    };
    (0..=4).filter_map(summary).collect()
}

fn histogram(records: &VesselRecords) -> ScoreHistogram {
    let mut histogram = ScoreHistogram {
        bins: HISTOGRAM_BINS,
        negatives: vec![0; HISTOGRAM_BINS],
        positives: vec![0; HISTOGRAM_BINS],
    };
    for (p, class) in records.scores.iter().zip(&records.positive) {
        let bin = ((p * HISTOGRAM_BINS as f64) as usize).min(HISTOGRAM_BINS - 1);
        let counts = if *class {
            &mut histogram.positives
        } else {
            &mut histogram.negatives
        };
        counts[bin] += 1;
    }
    histogram
}
