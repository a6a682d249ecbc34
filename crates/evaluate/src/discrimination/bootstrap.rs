//! Bootstrap intervals of everything that follows from a ranking: area, average
//! precision, ROC curve and net benefit, from one set of replicates.
//!
//! Efron & Tibshirani, An Introduction to the Bootstrap (1993), percentile method. Area and ROC curve do
//! not depend on the share of positives, so their draw is stratified by class. Net benefit and average
//! precision do, so theirs is not: the share then varies between replicates as it would between
//! cohorts. Scores are sorted once; a replicate counts how often each record or patient was drawn and
//! walks down the ranking, so it costs O(n). Replicate i draws from its own random streams, so the
//! number of threads changes nothing.

mod binomial;
mod ranking;
mod units;

use rayon::prelude::*;

use crate::evaluation::RocBandPoint;
use crate::quantile::quantile;
use crate::statistic::Statistic;

use super::unit_problem;
use ranking::{Ranking, Replicate};
use units::{Times, Units};

/// Points of the ROC band, from 0 to 1 in 1 − specificity.
const BAND_POINTS: usize = 101;

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// Replicates.
    pub replicates: usize,
    /// Seed; equal seeds give equal intervals.
    pub seed: u64,
    /// Level of the intervals.
    pub confidence: f64,
}

/// Percentile intervals.
#[derive(Clone, Debug, PartialEq)]
pub struct BootstrapIntervals {
    /// Of the area under the ROC curve.
    pub auc: (f64, f64),
    /// Of the average precision; none where no replicate had both classes.
    pub average_precision: Option<(f64, f64)>,
    /// Of the sensitivity at each 1 − specificity, pointwise.
    pub band: Vec<RocBandPoint>,
    /// Of the net benefit at each asked threshold, pointwise.
    pub net_benefit: Vec<(f64, f64)>,
    /// Of the net benefit less that of treating everybody or nobody, whichever is better.
    pub advantage: Vec<(f64, f64)>,
    /// Of the interventions avoided per record against treating everybody.
    pub interventions_avoided: Vec<(f64, f64)>,
    /// Replicates whose stratified draw had both classes.
    pub used: usize,
    /// What was drawn for the area and the ROC curve, in words.
    pub method: String,
    /// What was drawn for everything that depends on the share of positives, in words.
    pub free_method: String,
}

/// Draws replicates and takes percentiles.
///
/// For the area and the ROC curve as many positives and negatives are drawn as there are; for average
/// precision, net benefit and what follows from it the classes are drawn as they come. Where a
/// patient has several records, patients are drawn with all their records instead, in the stratified
/// draw by whether any of their records is positive; `patients` numbers them
/// from 0. `thresholds` are those of the net benefit. Undefined with fewer than two records or
/// patients in a class, or without replicates.
pub fn bootstrap(
    scores: &[f64],
    positive: &[bool],
    patients: &[u32],
    thresholds: &[f64],
    settings: &Bootstrap,
) -> Statistic<BootstrapIntervals> {
    if let Some(problem) = unit_problem(positive, patients) {
        return Statistic::undefined(problem);
    }
    if settings.replicates == 0 {
        return Statistic::undefined("no bootstrap was asked for");
    }
    let units = Units::new(positive, patients);
    let ranking = Ranking::new(scores, positive, thresholds, &units);
    let replicates: Vec<Replicate> = (0..settings.replicates as u64)
        .into_par_iter()
        .map_init(Vec::new, |drawn, number| {
            units.draw(settings.seed, number, drawn);
            ranking.replicate(drawn, &units)
        })
        .collect();
    if replicates
        .iter()
        .all(|replicate| replicate.ranked.is_none())
    {
        return Statistic::undefined("no bootstrap replicate had both classes");
    }
    Statistic::Defined(intervals(&replicates, thresholds, settings, &units))
}

fn intervals(
    replicates: &[Replicate],
    thresholds: &[f64],
    settings: &Bootstrap,
    units: &Units,
) -> BootstrapIntervals {
    let ranked: Vec<_> = replicates
        .iter()
        .filter_map(|r| r.ranked.as_ref())
        .collect();
    let limits = |values: Vec<f64>| percentiles(values, settings.confidence);
    let band = (0..BAND_POINTS).into_par_iter().map(|place| {
        let (low, high) = limits(ranked.iter().map(|r| r.sensitivities[place]).collect());
        RocBandPoint {
            false_positive_rate: place as f64 / (BAND_POINTS - 1) as f64,
            low,
            high,
        }
    });
    let at_thresholds = |of: &(dyn Fn(&Replicate, usize, f64) -> f64 + Sync)| {
        let at = |(place, threshold): (usize, &f64)| {
            limits(
                replicates
                    .iter()
                    .map(|r| of(r, place, *threshold))
                    .collect(),
            )
        };
        thresholds.par_iter().enumerate().map(at).collect()
    };
    let precisions: Vec<f64> = replicates
        .iter()
        .filter_map(|replicate| replicate.average_precision)
        .collect();
    BootstrapIntervals {
        auc: limits(ranked.iter().map(|replicate| replicate.auc).collect()),
        average_precision: (!precisions.is_empty()).then(|| limits(precisions)),
        band: band.collect(),
        net_benefit: at_thresholds(&|replicate, place, _| replicate.net_benefits[place]),
        advantage: at_thresholds(&|replicate, place, t| {
            replicate.net_benefits[place] - replicate.treat_all(t).max(0.0)
        }),
        interventions_avoided: at_thresholds(&|replicate, place, t| {
            (replicate.net_benefits[place] - replicate.treat_all(t)) * (1.0 - t) / t
        }),
        used: ranked.len(),
        method: units.stratified_method(ranked.len(), settings),
        free_method: units.free_method(settings),
    }
}

/// The limits of the middle `confidence` of the values.
fn percentiles(mut values: Vec<f64>, confidence: f64) -> (f64, f64) {
    values.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    let at =
        |probability| quantile(&values, probability).expect("there are replicates; this is a bug");
    (at(tail), at(1.0 - tail))
}

/// Percentile intervals of differences between two scores of the same records, second minus first.
#[derive(Clone, Debug, PartialEq)]
pub struct PairedIntervals {
    /// Of the difference of the areas.
    pub auc: (f64, f64),
    /// Of the difference of the average precisions; none where no replicate had both classes.
    pub average_precision: Option<(f64, f64)>,
    /// Of the difference of the net benefits at each asked threshold, pointwise.
    pub net_benefit: Vec<(f64, f64)>,
    /// What was drawn for the areas, in words.
    pub method: String,
    /// What was drawn for average precision and net benefit, in words.
    pub free_method: String,
}

/// Draws as [`bootstrap`] does, the same records for both scores.
pub fn paired_bootstrap(
    scores: [&[f64]; 2],
    positive: &[bool],
    patients: &[u32],
    thresholds: &[f64],
    settings: &Bootstrap,
) -> Statistic<PairedIntervals> {
    if let Some(problem) = unit_problem(positive, patients) {
        return Statistic::undefined(problem);
    }
    if settings.replicates == 0 {
        return Statistic::undefined("no bootstrap was asked for");
    }
    let units = Units::new(positive, patients);
    let rankings = scores.map(|scores| Ranking::new(scores, positive, thresholds, &units));
    let replicates: Vec<[Replicate; 2]> = (0..settings.replicates as u64)
        .into_par_iter()
        .map_init(Vec::new, |drawn, number| {
            units.draw(settings.seed, number, drawn);
            rankings
                .each_ref()
                .map(|ranking| ranking.replicate(drawn, &units))
        })
        .collect();
    let gaps = |of: &dyn Fn(&Replicate) -> Option<f64>| -> Option<(f64, f64)> {
        let gap = |[first, second]: &[Replicate; 2]| Some(of(second)? - of(first)?);
        let gaps: Vec<f64> = replicates.iter().filter_map(gap).collect();
        (!gaps.is_empty()).then(|| percentiles(gaps, settings.confidence))
    };
    let Some(auc) = gaps(&Replicate::auc) else {
        return Statistic::undefined("no bootstrap replicate had both classes");
    };
    let ranked = |[first, _]: &&[Replicate; 2]| first.ranked.is_some();
    let used = replicates.iter().filter(ranked).count();
    Statistic::Defined(PairedIntervals {
        auc,
        average_precision: gaps(&|replicate| replicate.average_precision),
        net_benefit: (0..thresholds.len())
            .filter_map(|place| gaps(&|replicate| Some(replicate.net_benefits[place])))
            .collect(),
        method: format!("paired {}", units.stratified_method(used, settings)),
        free_method: format!("paired {}", units.free_method(settings)),
    })
}

/// Area, average precision and net benefit of records that count several times.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighted {
    /// Area under the ROC curve.
    pub auc: f64,
    /// Average precision (step).
    pub average_precision: f64,
    /// Net benefit at each asked threshold.
    pub net_benefit: Vec<f64>,
}

/// Statistics with whole weights, as the bootstrap uses them: a record of weight k counts as k equal records.
///
/// Undefined where a class has no weight.
pub fn weighted(
    scores: &[f64],
    positive: &[bool],
    weights: &[u16],
    thresholds: &[f64],
) -> Statistic<Weighted> {
    let units = Units::new(positive, &(0..).take(scores.len()).collect::<Vec<u32>>());
    let ranking = Ranking::new(scores, positive, thresholds, &units);
    let mut drawn = vec![Times::default(); scores.len()];
    for (unit, weight) in units.of_record.iter().zip(weights) {
        drawn[*unit as usize] = Times {
            stratified: *weight,
            free: *weight,
        };
    }
    let replicate = ranking.replicate(&drawn, &units);
    match (replicate.auc(), replicate.average_precision) {
        (Some(auc), Some(average_precision)) => Statistic::Defined(Weighted {
            auc,
            average_precision,
            net_benefit: replicate.net_benefits,
        }),
        _ => Statistic::undefined("a class has no weight"),
    }
}
