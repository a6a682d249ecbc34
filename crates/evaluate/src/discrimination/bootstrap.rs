//! Bootstrap intervals of everything that follows from a ranking: area, average
//! precision, ROC curve and net benefit, from one set of replicates.
//!
//! Efron & Tibshirani, An Introduction to the Bootstrap (1993), percentile method.
//! Scores are sorted once; a replicate only counts how often each record was
//! drawn, so it costs O(n). Replicate i draws from its own random stream, so the
//! number of threads changes nothing.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::evaluation::RocBandPoint;
use crate::quantile::quantile;
use crate::statistic::Statistic;

use super::{class_problem, steps};

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
    /// Of the average precision.
    pub average_precision: (f64, f64),
    /// Of the sensitivity at each 1 − specificity, pointwise.
    pub band: Vec<RocBandPoint>,
    /// Of the net benefit at each asked threshold, pointwise.
    pub net_benefit: Vec<(f64, f64)>,
    /// Replicates that had both classes.
    pub used: usize,
    /// What was drawn, in words.
    pub method: String,
}

/// Draws replicates and takes percentiles.
///
/// Drawing is stratified: as many positives and negatives as there are. Where a
/// patient has several records, patients are drawn with all their records instead,
/// stratified by whether any of their records is positive; `patients` numbers them
/// from 0. `thresholds` are those of the net benefit. Undefined with fewer than two
/// in a class, or without replicates.
pub fn bootstrap(
    scores: &[f64],
    positive: &[bool],
    patients: &[u32],
    thresholds: &[f64],
    settings: &Bootstrap,
) -> Statistic<BootstrapIntervals> {
    if let Some(problem) = class_problem(positive) {
        return Statistic::undefined(problem);
    }
    if settings.replicates == 0 {
        return Statistic::undefined("no bootstrap was asked for");
    }
    let ranking = Ranking::new(scores, positive, thresholds);
    let units = Units::new(&ranking, positive, patients);
    let replicates: Vec<Replicate> = (0..settings.replicates as u64)
        .into_par_iter()
        .map_init(Vec::new, |counts, number| {
            let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
            random.set_stream(number);
            units.draw(&mut random, ranking.steps, counts);
            ranking.replicate(counts)
        })
        .flatten()
        .collect();
    if replicates.is_empty() {
        return Statistic::undefined("no bootstrap replicate had both classes");
    }
    Statistic::Defined(intervals(&replicates, settings, &units))
}

/// Records as places in the ranking, and what is asked of it.
struct Ranking {
    /// Twice the place of the record's score from the top, plus 1 if positive.
    cells: Vec<u32>,
    /// Distinct scores.
    steps: usize,
    /// Per threshold from the highest down: scores at or above it, odds, position in the input.
    cuts: Vec<(usize, f64, usize)>,
}

/// The statistics of one replicate.
struct Replicate {
    auc: f64,
    average_precision: f64,
    sensitivities: Vec<f64>,
    net_benefits: Vec<f64>,
}

impl Ranking {
    fn new(scores: &[f64], positive: &[bool], thresholds: &[f64]) -> Self {
        let steps = steps(scores, positive);
        let place = |score: f64| steps.partition_point(|step| step.score > score);
        let cells = scores
            .iter()
            .zip(positive)
            .map(|(score, class)| 2 * place(*score) as u32 + u32::from(*class));
        let cut = |(position, t): (usize, &f64)| {
            (
                steps.partition_point(|step| step.score >= *t),
                t / (1.0 - t),
                position,
            )
        };
        let mut cuts: Vec<_> = thresholds.iter().enumerate().map(cut).collect();
        cuts.sort_by_key(|(above, _, _)| *above);
        Self {
            cells: cells.collect(),
            steps: steps.len(),
            cuts,
        }
    }

    /// Walks down the ranking once; none where a class was not drawn.
    fn replicate(&self, counts: &[u32]) -> Option<Replicate> {
        let positives: u64 = counts
            .iter()
            .skip(1)
            .step_by(2)
            .map(|count| u64::from(*count))
            .sum();
        let negatives: u64 = counts
            .iter()
            .step_by(2)
            .map(|count| u64::from(*count))
            .sum();
        if positives == 0 || negatives == 0 {
            return None;
        }
        let mut walk = Walk::new(self, positives as f64, negatives as f64);
        for (place, cell) in counts.chunks_exact(2).enumerate() {
            walk.pass_cuts(place);
            walk.step(u64::from(cell[0]), u64::from(cell[1]));
        }
        walk.pass_cuts(usize::MAX);
        Some(walk.finish())
    }
}

/// The state of one walk down the ranking.
struct Walk<'a> {
    cuts: std::iter::Peekable<std::slice::Iter<'a, (usize, f64, usize)>>,
    positives: f64,
    negatives: f64,
    true_positives: u64,
    false_positives: u64,
    twice_concordant: u64,
    precision_sum: f64,
    sensitivities: Vec<f64>,
    next_band: f64,
    net_benefits: Vec<f64>,
}

impl<'a> Walk<'a> {
    fn new(ranking: &'a Ranking, positives: f64, negatives: f64) -> Self {
        Self {
            cuts: ranking.cuts.iter().peekable(),
            positives,
            negatives,
            true_positives: 0,
            false_positives: 0,
            twice_concordant: 0,
            precision_sum: 0.0,
            sensitivities: Vec::with_capacity(BAND_POINTS),
            next_band: 0.0,
            net_benefits: vec![0.0; ranking.cuts.len()],
        }
    }

    /// Notes the net benefit of every threshold that lies above this place.
    fn pass_cuts(&mut self, place: usize) {
        while let Some((_, odds, position)) = self.cuts.next_if(|(above, _, _)| *above <= place) {
            let n = self.positives + self.negatives;
            self.net_benefits[*position] =
                self.true_positives as f64 / n - self.false_positives as f64 / n * odds;
        }
    }

    #[inline]
    fn step(&mut self, negatives: u64, positives: u64) {
        if negatives > 0 {
            self.twice_concordant += negatives * (2 * self.true_positives + positives);
            let reached = (self.false_positives + negatives) as f64;
            while self.next_band < reached {
                self.band_point(negatives as f64, positives as f64);
            }
            self.false_positives += negatives;
        }
        if positives > 0 {
            self.true_positives += positives;
            let called = (self.true_positives + self.false_positives) as f64;
            self.precision_sum += positives as f64 * (self.true_positives as f64 / called);
        }
    }

    /// Sensitivity where the curve crosses the next point of the band's grid.
    fn band_point(&mut self, negatives: f64, positives: f64) {
        let part = (self.next_band - self.false_positives as f64) / negatives;
        self.sensitivities
            .push((self.true_positives as f64 + part * positives) / self.positives);
        let place = self.sensitivities.len() as f64 / (BAND_POINTS - 1) as f64;
        self.next_band = if self.sensitivities.len() + 1 < BAND_POINTS {
            place * self.negatives
        } else {
            f64::INFINITY
        };
    }

    fn finish(mut self) -> Replicate {
        self.sensitivities.resize(BAND_POINTS, 1.0);
        Replicate {
            auc: self.twice_concordant as f64 / (2.0 * self.positives * self.negatives),
            average_precision: self.precision_sum / self.positives,
            sensitivities: self.sensitivities,
            net_benefits: self.net_benefits,
        }
    }
}

/// What is drawn: records or patients, in two strata.
struct Units {
    /// Cells of the units' records, units of the negative stratum first.
    cells: Vec<u32>,
    /// Where each unit's records start in `cells`; empty where each unit is one record.
    starts: Vec<u32>,
    /// Units in the negative stratum.
    negative: usize,
    /// Units in all.
    count: usize,
}

impl Units {
    fn new(ranking: &Ranking, positive: &[bool], patients: &[u32]) -> Self {
        let patient_count = patients.iter().max().map_or(0, |most| *most as usize + 1);
        let mut records = vec![0_u32; patient_count];
        let mut diseased = vec![false; patient_count];
        for (patient, class) in patients.iter().zip(positive) {
            records[*patient as usize] += 1;
            diseased[*patient as usize] |= *class;
        }
        let mut order: Vec<u32> = (0..).take(patients.len()).collect();
        order.sort_by_key(|&record| {
            let patient = patients[record as usize];
            (diseased[patient as usize], patient)
        });
        let cells: Vec<u32> = order
            .iter()
            .map(|&record| ranking.cells[record as usize])
            .collect();
        let drawn = |stratum: bool| {
            records
                .iter()
                .zip(&diseased)
                .filter(|(n, d)| **n > 0 && **d == stratum)
                .count()
        };
        let (negative, count) = (drawn(false), drawn(false) + drawn(true));
        let clustered = records.iter().any(|n| *n > 1);
        let starts = if clustered {
            starts(&order, patients)
        } else {
            Vec::new()
        };
        Self {
            cells,
            starts,
            negative,
            count,
        }
    }

    /// Counts how often each cell is drawn in one replicate.
    fn draw(&self, random: &mut ChaCha8Rng, steps: usize, counts: &mut Vec<u32>) {
        counts.clear();
        counts.resize(2 * steps, 0);
        for (first, size) in [
            (0, self.negative),
            (self.negative, self.count - self.negative),
        ] {
            for _ in 0..size {
                let unit = first + below(random, size as u32) as usize;
                if self.starts.is_empty() {
                    counts[self.cells[unit] as usize] += 1;
                } else {
                    let records = self.starts[unit] as usize..self.starts[unit + 1] as usize;
                    self.cells[records]
                        .iter()
                        .for_each(|cell| counts[*cell as usize] += 1);
                }
            }
        }
    }
}

fn starts(order: &[u32], patients: &[u32]) -> Vec<u32> {
    let patient = |place: usize| patients[order[place] as usize];
    let first = |place: &usize| *place == 0 || patient(*place) != patient(*place - 1);
    let mut starts: Vec<u32> = (0..order.len())
        .filter(first)
        .map(|place| place as u32)
        .collect();
    starts.push(order.len() as u32);
    starts
}

/// A number below `bound`, each equally likely (Lemire, ACM TOMACS 29 (2019) 3).
#[inline]
fn below(random: &mut ChaCha8Rng, bound: u32) -> u32 {
    let mut product = u64::from(random.next_u32()) * u64::from(bound);
    if (product as u32) < bound {
        let least = bound.wrapping_neg() % bound;
        while (product as u32) < least {
            product = u64::from(random.next_u32()) * u64::from(bound);
        }
    }
    (product >> 32) as u32
}

fn intervals(replicates: &[Replicate], settings: &Bootstrap, units: &Units) -> BootstrapIntervals {
    let tail = (1.0 - settings.confidence) / 2.0;
    let limits = |of: &dyn Fn(&Replicate) -> f64| {
        let mut values: Vec<f64> = replicates.iter().map(of).collect();
        values.sort_unstable_by(f64::total_cmp);
        let at = |probability| {
            quantile(&values, probability).expect("there are replicates; this is a bug")
        };
        (at(tail), at(1.0 - tail))
    };
    let band = (0..BAND_POINTS).map(|place| {
        let (low, high) = limits(&|replicate| replicate.sensitivities[place]);
        RocBandPoint {
            false_positive_rate: place as f64 / (BAND_POINTS - 1) as f64,
            low,
            high,
        }
    });
    let unit = if units.starts.is_empty() {
        "records, stratified by class"
    } else {
        "patients, stratified by whether any record is positive"
    };
    BootstrapIntervals {
        auc: limits(&|replicate| replicate.auc),
        average_precision: limits(&|replicate| replicate.average_precision),
        band: band.collect(),
        net_benefit: (0..replicates[0].net_benefits.len())
            .map(|place| limits(&|replicate| replicate.net_benefits[place]))
            .collect(),
        used: replicates.len(),
        method: format!(
            "percentile bootstrap of {unit}, {} replicates, seed {}",
            replicates.len(),
            settings.seed
        ),
    }
}
