//! Two models, or two scores, on the same records.

mod disagreement;

use std::collections::HashMap;

use crate::cluster::variance_of_sums;
use crate::config::EvaluationConfig;
use crate::decision::decision_curve;
use crate::discrimination::{
    Bootstrap, clustered_area, clustered_paired_difference, delong, paired_bootstrap,
    paired_difference, several_records,
};
use crate::distribution::normal_multiplier;
use crate::evaluate::{EvaluateError, endpoints, few_events, vessel_thresholds};
use crate::evaluation::{
    ModelComparison, NetBenefitComparison, ScoreComparison, Thresholds, VesselComparison,
};
use crate::operating::RiskStratum;
use crate::reclassification::{
    difference_moves, patient_integrated_discrimination, patient_net_reclassification,
};
use crate::score_table::ScoreTable;
use crate::statistic::{Estimate, Statistic};

/// Compares two models, vessel by vessel, on the records (by `record_id`) that both
/// tables score; patients are those of the first table.
///
/// Thresholds for the strata are those of the configuration where they are frozen, else each model's
/// own, chosen on these scores. A record whose tables disagree on its grade is left out of that vessel and
/// named; one whose tables disagree on its patient is named.
///
/// # Errors
///
/// The configuration is impossible for the first table, as in [`evaluate`](crate::evaluate).
pub fn compare(
    first: &ScoreTable,
    second: &ScoreTable,
    config: &EvaluationConfig,
) -> Result<ModelComparison, EvaluateError> {
    crate::evaluate::check(first, config)?;
    let (first, second) = (endpoints(first, config), endpoints(second, config));
    let (first, second) = (first.as_ref(), second.as_ref());
    let rows: HashMap<&str, usize> = second
        .record_ids
        .iter()
        .enumerate()
        .map(|(row, id)| (id.as_str(), row))
        .collect();
    let pairs: Vec<(usize, usize)> = first
        .record_ids
        .iter()
        .enumerate()
        .filter_map(|(row, id)| Some((row, *rows.get(id.as_str())?)))
        .collect();
    let both = |name: &&String| second.vessels.contains_key(*name);
    let one = first
        .vessels
        .keys()
        .filter(|name| !second.vessels.contains_key(*name))
        .chain(
            second
                .vessels
                .keys()
                .filter(|name| !first.vessels.contains_key(*name)),
        );
    Ok(ModelComparison {
        matched: pairs.len(),
        first_only: first.len() - pairs.len(),
        second_only: second.len() - pairs.len(),
        vessels_of_one: one.cloned().collect(),
        disagreements: disagreement::findings([first, second], &pairs),
        second_findings: second.findings.clone(),
        vessels: first
            .vessels
            .keys()
            .filter(both)
            .map(|name| (name.clone(), vessel([first, second], name, &pairs, config)))
            .collect(),
    })
}

fn vessel(
    tables: [&ScoreTable; 2],
    name: &str,
    pairs: &[(usize, usize)],
    config: &EvaluationConfig,
) -> VesselComparison {
    let (patients, _) = tables[0].patient_numbers();
    let least = config.label_rule.positive_from(name);
    let columns = tables.map(|table| &table.vessels[name]);
    let mut conflicting_grades = 0;
    let (mut scores, mut positive, mut units) = ([Vec::new(), Vec::new()], Vec::new(), Vec::new());
    for &(row, other) in pairs {
        let grades = (columns[0].grades[row], columns[1].grades[other]);
        if matches!(grades, (Some(first), Some(second)) if first != second) {
            conflicting_grades += 1;
            continue;
        }
        let probabilities = (
            columns[0].probabilities[row],
            columns[1].probabilities[other],
        );
        if let (Some(grade), (Some(first), Some(second))) = (grades.0.or(grades.1), probabilities) {
            scores[0].push(first);
            scores[1].push(second);
            positive.push(grade >= least);
            units.push(patients[row]);
        }
    }
    let thresholds = scores
        .each_ref()
        .map(|scores| vessel_thresholds(name, scores, &positive, config));
    VesselComparison {
        conflicting_grades,
        scores: compare_scores([&scores[0], &scores[1]], &positive, &units, config),
        strata_reclassification: strata_moves(&scores, &thresholds).and_then(|moves| {
            patient_net_reclassification(&moves, &positive, &units, config.confidence)
        }),
    }
}

fn strata_moves(scores: &[Vec<f64>; 2], thresholds: &[Thresholds; 2]) -> Statistic<Vec<i8>> {
    let of = |model: usize| -> Statistic<Vec<RiskStratum>> {
        let thresholds = &thresholds[model];
        thresholds.rule_out.clone().and_then(|rule_out| {
            thresholds.rule_in.clone().map(|rule_in| {
                let stratum = |p: &f64| RiskStratum::of(*p, rule_out, rule_in);
                scores[model].iter().map(stratum).collect()
            })
        })
    };
    of(0).and_then(|first| {
        of(1).map(|second| {
            let way = |(old, new): (&RiskStratum, &RiskStratum)| new.cmp(old) as i8;
            first.iter().zip(&second).map(way).collect()
        })
    })
}

/// Compares two probabilities of the same records; differences are second minus first.
///
/// `patients` numbers the records' patients from 0, for the paired bootstrap. Net
/// reclassification and IDI reward miscalibrated models too (Hilden & Gerds, Statistics in Medicine
/// 33 (2014) 3405): read them beside the calibration of both, never alone.
pub fn compare_scores(
    scores: [&[f64]; 2],
    positive: &[bool],
    patients: &[u32],
    config: &EvaluationConfig,
) -> ScoreComparison {
    let level = config.confidence;
    let curves = scores.map(|scores| delong(scores, positive));
    let clustered = several_records(patients);
    let areas = scores.map(|scores| clustered_area(scores, positive, patients));
    let difference = match clustered {
        true => both(&areas)
            .and_then(|[first, second]| clustered_paired_difference(second, first, level)),
        false => both(&curves).and_then(|[first, second]| paired_difference(second, first, level)),
    };
    let settings = Bootstrap {
        replicates: config.bootstrap_replicates,
        seed: config.seed,
        confidence: level,
    };
    let thresholds = &config.decision_thresholds;
    let intervals = paired_bootstrap(scores, positive, patients, thresholds, &settings);
    let bootstrapped = both(&curves).and_then(|[first, second]| {
        intervals.clone().map(|intervals| {
            let gap = second.auc - first.auc;
            Estimate::interval(gap, intervals.auc, &intervals.method, positive.len())
        })
    });
    let area = |of: usize| match clustered {
        true => areas[of].clone().map(|area| area.estimate(level)),
        false => curves[of].clone().map(|curve| curve.estimate(level)),
    };
    ScoreComparison {
        n: positive.len(),
        events: positive.iter().filter(|class| **class).count(),
        auc_first: area(0),
        auc_second: area(1),
        auc_difference: difference.clone().map(|difference| difference.difference),
        auc_test: difference.map(|difference| difference.test),
        auc_difference_bootstrap: bootstrapped,
        brier_difference: brier_difference(scores, positive, patients, level),
        nri_continuous: patient_net_reclassification(
            &difference_moves(scores[0], scores[1], 0.0),
            positive,
            patients,
            level,
        ),
        idi: patient_integrated_discrimination(scores, positive, patients, level),
        net_benefit_limits: intervals.clone().map(|intervals| intervals.free_method),
        net_benefit: net_benefit(
            scores,
            positive,
            thresholds,
            intervals.defined().map(|i| &i.net_benefit),
        ),
        warnings: few_events(positive, config.few_events)
            .into_iter()
            .collect(),
    }
}

fn both<T>(curves: &[Statistic<T>; 2]) -> Statistic<[&T; 2]> {
    match curves {
        [Statistic::Defined(first), Statistic::Defined(second)] => {
            Statistic::Defined([first, second])
        }
        [Statistic::Undefined(undefined), _] | [_, Statistic::Undefined(undefined)] => {
            Statistic::Undefined(undefined.clone())
        }
    }
}

/// Mean difference of squared errors with the normal interval of paired differences.
///
/// Differences are summed within patients, so that a patient's records need not be independent.
fn brier_difference(
    scores: [&[f64]; 2],
    positive: &[bool],
    patients: &[u32],
    level: f64,
) -> Statistic<Estimate> {
    let n = positive.len();
    if n < 2 {
        return Statistic::undefined("fewer than two records");
    }
    let error = |p: f64, class: bool| (p - f64::from(u8::from(class))).powi(2);
    let gaps: Vec<f64> = (0..n)
        .map(|row| error(scores[1][row], positive[row]) - error(scores[0][row], positive[row]))
        .collect();
    let mean = gaps.iter().sum::<f64>() / n as f64;
    let parts: Vec<f64> = gaps.iter().map(|gap| (gap - mean) / n as f64).collect();
    let Some(variance) = variance_of_sums(&parts, patients) else {
        return Statistic::undefined("all records are of one patient");
    };
    let half = normal_multiplier(level) * variance.sqrt();
    Statistic::Defined(Estimate {
        variance: Some(variance),
        ..Estimate::interval(
            mean,
            (mean - half, mean + half),
            "difference of Brier scores, normal interval of paired differences",
            n,
        )
    })
}

fn net_benefit(
    scores: [&[f64]; 2],
    positive: &[bool],
    thresholds: &[f64],
    limits: Option<&Vec<(f64, f64)>>,
) -> Vec<NetBenefitComparison> {
    let [first, second] = scores.map(|scores| decision_curve(scores, positive, thresholds));
    let pairs = first.iter().zip(&second).enumerate();
    pairs
        .map(|(place, (first, second))| {
            let limits = limits.map(|limits| limits[place]);
            NetBenefitComparison {
                threshold: first.threshold,
                first: first.model,
                second: second.model,
                difference: second.model - first.model,
                low: limits.map(|limits| limits.0),
                high: limits.map(|limits| limits.1),
            }
        })
        .collect()
}
