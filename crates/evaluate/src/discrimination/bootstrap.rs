//! Bootstrap intervals of everything that follows from a ranking: area, average
//! precision, ROC curve and net benefit, from one set of replicates.
//!
//! Efron & Tibshirani, An Introduction to the Bootstrap (1993), percentile method.
//! Scores are sorted once; a replicate counts how often each record or patient was
//! drawn and walks down the ranking, so it costs O(n). Replicate i draws from its own random stream, so the
//! number of threads changes nothing.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::evaluation::RocBandPoint;
use crate::quantile::{ascending, quantile};
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
    /// Of the net benefit less that of treating everybody or nobody, whichever is better.
    pub advantage: Vec<(f64, f64)>,
    /// Of the interventions avoided per record against treating everybody.
    pub interventions_avoided: Vec<(f64, f64)>,
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
    let units = Units::new(positive, patients);
    let ranking = Ranking::new(scores, positive, thresholds, &units);
    let replicates: Vec<Replicate> = (0..settings.replicates as u64)
        .into_par_iter()
        .map_init(Vec::new, |drawn, number| {
            let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
            random.set_stream(number);
            units.draw(&mut random, drawn);
            ranking.replicate(drawn, &units)
        })
        .flatten()
        .collect();
    if replicates.is_empty() {
        return Statistic::undefined("no bootstrap replicate had both classes");
    }
    Statistic::Defined(intervals(&replicates, thresholds, settings, &units))
}

/// The records from the highest score down, and what is asked of them.
struct Ranking {
    /// Twice the number of the record's unit, plus 1 if the record is positive.
    records: Vec<u32>,
    /// Where the records of each distinct score start, and the end.
    starts: Vec<u32>,
    /// Per threshold from the highest down: scores at or above it, odds, position in the input.
    cuts: Vec<(usize, f64, usize)>,
}

/// The statistics of one replicate.
struct Replicate {
    auc: f64,
    average_precision: f64,
    sensitivities: Vec<f64>,
    net_benefits: Vec<f64>,
    /// Share of positives drawn.
    rate: f64,
}

impl Replicate {
    /// Net benefit of treating everybody.
    fn treat_all(&self, threshold: f64) -> f64 {
        self.rate - (1.0 - self.rate) * threshold / (1.0 - threshold)
    }
}

impl Ranking {
    fn new(scores: &[f64], positive: &[bool], thresholds: &[f64], units: &Units) -> Self {
        let mut order = ascending(scores);
        order.reverse();
        let record = |&record: &u32| {
            2 * units.of_record[record as usize] + u32::from(positive[record as usize])
        };
        let steps = steps(scores, positive);
        let mut starts = vec![0];
        for step in &steps {
            starts.push(starts[starts.len() - 1] + (step.positives + step.negatives) as u32);
        }
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
            records: order.iter().map(record).collect(),
            starts,
            cuts,
        }
    }

    /// Walks down the ranking once; none where a class was not drawn.
    fn replicate(&self, drawn: &[u16], units: &Units) -> Option<Replicate> {
        let total = |per_unit: &[u32]| -> u64 {
            per_unit
                .iter()
                .zip(drawn)
                .map(|(records, times)| u64::from(*records) * u64::from(*times))
                .sum()
        };
        let (positives, negatives) = (total(&units.positives), total(&units.negatives));
        if positives == 0 || negatives == 0 {
            return None;
        }
        let mut walk = Walk::new(self, positives as f64, negatives as f64);
        for (place, bounds) in self.starts.windows(2).enumerate() {
            walk.pass_cuts(place);
            let (mut negatives, mut positives) = (0, 0);
            for record in &self.records[bounds[0] as usize..bounds[1] as usize] {
                let (times, class) = (
                    u64::from(drawn[(record >> 1) as usize]),
                    u64::from(record & 1),
                );
                positives += times * class;
                negatives += times * (1 - class);
            }
            walk.step(negatives, positives);
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
        self.twice_concordant += negatives * (2 * self.true_positives + positives);
        let reached = (self.false_positives + negatives) as f64;
        while self.next_band < reached {
            self.band_point(negatives as f64, positives as f64);
        }
        self.false_positives += negatives;
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
            rate: self.positives / (self.positives + self.negatives),
        }
    }
}

/// What is drawn: records or patients, numbered from 0, those of the negative stratum first.
struct Units {
    /// The unit of each record, in input order.
    of_record: Vec<u32>,
    /// Positive records of each unit.
    positives: Vec<u32>,
    /// Negative records of each unit.
    negatives: Vec<u32>,
    /// Units in the negative stratum: those without a positive record.
    negative: usize,
    /// Has any unit more than one record?
    clustered: bool,
}

impl Units {
    fn new(positive: &[bool], patients: &[u32]) -> Self {
        let patient_count = patients.iter().max().map_or(0, |most| *most as usize + 1);
        let mut counts = vec![[0_u32; 2]; patient_count];
        for (patient, class) in patients.iter().zip(positive) {
            counts[*patient as usize][usize::from(*class)] += 1;
        }
        let mut order: Vec<usize> = (0..patient_count)
            .filter(|&patient| counts[patient] != [0, 0])
            .collect();
        order.sort_by_key(|&patient| counts[patient][1] > 0);
        let mut unit = vec![0; patient_count];
        (0..)
            .zip(&order)
            .for_each(|(number, &patient)| unit[patient] = number);
        Self {
            of_record: patients
                .iter()
                .map(|patient| unit[*patient as usize])
                .collect(),
            positives: order.iter().map(|&patient| counts[patient][1]).collect(),
            negatives: order.iter().map(|&patient| counts[patient][0]).collect(),
            negative: order.partition_point(|&patient| counts[patient][1] == 0),
            clustered: counts
                .iter()
                .any(|[negatives, positives]| negatives + positives > 1),
        }
    }

    /// Counts how often each unit is drawn in one replicate.
    ///
    /// A count stops at 65,535, which no unit among so many ever reaches.
    fn draw(&self, random: &mut ChaCha8Rng, drawn: &mut Vec<u16>) {
        drawn.clear();
        drawn.resize(self.positives.len(), 0);
        let (negative, positive) = drawn.split_at_mut(self.negative);
        for stratum in [negative, positive] {
            for _ in 0..stratum.len() {
                let times = &mut stratum[below(random, stratum.len() as u32) as usize];
                *times = times.saturating_add(1);
            }
        }
    }
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

fn intervals(
    replicates: &[Replicate],
    thresholds: &[f64],
    settings: &Bootstrap,
    units: &Units,
) -> BootstrapIntervals {
    let limits = |of: &(dyn Fn(&Replicate) -> f64 + Sync)| {
        percentiles(replicates.iter().map(of).collect(), settings.confidence)
    };
    let band = (0..BAND_POINTS).into_par_iter().map(|place| {
        let (low, high) = limits(&|replicate| replicate.sensitivities[place]);
        RocBandPoint {
            false_positive_rate: place as f64 / (BAND_POINTS - 1) as f64,
            low,
            high,
        }
    });
    let at_thresholds = |of: &(dyn Fn(&Replicate, usize, f64) -> f64 + Sync)| {
        let at = |(place, threshold): (usize, &f64)| {
            limits(&|replicate| of(replicate, place, *threshold))
        };
        thresholds.par_iter().enumerate().map(at).collect()
    };
    BootstrapIntervals {
        auc: limits(&|replicate| replicate.auc),
        average_precision: limits(&|replicate| replicate.average_precision),
        band: band.collect(),
        net_benefit: at_thresholds(&|replicate, place, _| replicate.net_benefits[place]),
        advantage: at_thresholds(&|replicate, place, t| {
            replicate.net_benefits[place] - replicate.treat_all(t).max(0.0)
        }),
        interventions_avoided: at_thresholds(&|replicate, place, t| {
            (replicate.net_benefits[place] - replicate.treat_all(t)) * (1.0 - t) / t
        }),
        used: replicates.len(),
        method: method(replicates.len(), settings, units),
    }
}

fn method(used: usize, settings: &Bootstrap, units: &Units) -> String {
    let unit = if units.clustered {
        "patients, stratified by whether any record is positive"
    } else {
        "records, stratified by class"
    };
    format!(
        "percentile bootstrap of {unit}, {used} replicates, seed {}",
        settings.seed
    )
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
    /// Of the difference of the average precisions.
    pub average_precision: (f64, f64),
    /// Of the difference of the net benefits at each asked threshold, pointwise.
    pub net_benefit: Vec<(f64, f64)>,
    /// What was drawn, in words.
    pub method: String,
}

/// Draws as [`bootstrap`] does, the same records for both scores.
pub fn paired_bootstrap(
    scores: [&[f64]; 2],
    positive: &[bool],
    patients: &[u32],
    thresholds: &[f64],
    settings: &Bootstrap,
) -> Statistic<PairedIntervals> {
    if let Some(problem) = class_problem(positive) {
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
            let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
            random.set_stream(number);
            units.draw(&mut random, drawn);
            let [first, second] = &rankings;
            Some([
                first.replicate(drawn, &units)?,
                second.replicate(drawn, &units)?,
            ])
        })
        .flatten()
        .collect();
    if replicates.is_empty() {
        return Statistic::undefined("no bootstrap replicate had both classes");
    }
    let gaps = |of: &dyn Fn(&Replicate) -> f64| {
        let gap = |[first, second]: &[Replicate; 2]| of(second) - of(first);
        percentiles(replicates.iter().map(gap).collect(), settings.confidence)
    };
    Statistic::Defined(PairedIntervals {
        auc: gaps(&|replicate| replicate.auc),
        average_precision: gaps(&|replicate| replicate.average_precision),
        net_benefit: (0..thresholds.len())
            .map(|place| gaps(&|replicate| replicate.net_benefits[place]))
            .collect(),
        method: format!("paired {}", method(replicates.len(), settings, &units)),
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
    let mut drawn = vec![0; scores.len()];
    for (unit, weight) in units.of_record.iter().zip(weights) {
        drawn[*unit as usize] = *weight;
    }
    match ranking.replicate(&drawn, &units) {
        Some(replicate) => Statistic::Defined(Weighted {
            auc: replicate.auc,
            average_precision: replicate.average_precision,
            net_benefit: replicate.net_benefits,
        }),
        None => Statistic::undefined("a class has no weight"),
    }
}
