//! The statistics of one replicate, from one walk down the ranking.

use crate::quantile::ascending;

use super::BAND_POINTS;
use super::units::{Times, Units};
use crate::discrimination::steps;

/// The records from the highest score down, and what is asked of them.
pub(super) struct Ranking {
    /// Twice the number of the record's unit, plus 1 if the record is positive.
    records: Vec<u32>,
    /// Where the records of each distinct score start, and the end.
    starts: Vec<u32>,
    /// Per threshold from the highest down: scores at or above it, odds, position in the input.
    cuts: Vec<(usize, f64, usize)>,
}

/// The statistics of one replicate.
pub(super) struct Replicate {
    /// Area and ROC curve of the stratified draw; none where it lacks a class.
    pub(super) ranked: Option<Ranked>,
    /// Of the free draw; none where it lacks a class.
    pub(super) average_precision: Option<f64>,
    /// Of the free draw.
    pub(super) net_benefits: Vec<f64>,
    /// Share of positives in the free draw.
    pub(super) rate: f64,
}

/// What does not depend on the share of positives.
pub(super) struct Ranked {
    pub(super) auc: f64,
    /// Sensitivity at each point of the band's grid.
    pub(super) sensitivities: Vec<f64>,
}

impl Replicate {
    /// Net benefit of treating everybody.
    pub(super) fn treat_all(&self, threshold: f64) -> f64 {
        self.rate - (1.0 - self.rate) * threshold / (1.0 - threshold)
    }

    pub(super) fn auc(&self) -> Option<f64> {
        self.ranked.as_ref().map(|ranked| ranked.auc)
    }
}

impl Ranking {
    pub(super) fn new(
        scores: &[f64],
        positive: &[bool],
        thresholds: &[f64],
        units: &Units,
    ) -> Self {
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

    /// Walks down the ranking once.
    pub(super) fn replicate(&self, drawn: &[Times], units: &Units) -> Replicate {
        let total = |per_unit: &[u32]| {
            let mut sum = Drawn::default();
            for (records, times) in per_unit.iter().zip(drawn) {
                sum.stratified += u64::from(*records) * u64::from(times.stratified);
                sum.free += u64::from(*records) * u64::from(times.free);
            }
            sum
        };
        let mut walk = Walk::new(self, total(&units.positives), total(&units.negatives));
        for (place, bounds) in self.starts.windows(2).enumerate() {
            walk.pass_cuts(place);
            let (mut negatives, mut positives) = (Drawn::default(), Drawn::default());
            for record in &self.records[bounds[0] as usize..bounds[1] as usize] {
                let times = drawn[(record >> 1) as usize];
                let class = u64::from(record & 1);
                positives.add(times, class);
                negatives.add(times, 1 - class);
            }
            walk.step(negatives, positives);
        }
        walk.pass_cuts(usize::MAX);
        walk.finish()
    }
}

/// Records drawn, by kind of draw.
#[derive(Clone, Copy, Debug, Default)]
struct Drawn {
    stratified: u64,
    free: u64,
}

impl Drawn {
    #[inline]
    fn add(&mut self, times: Times, count: u64) {
        self.stratified += u64::from(times.stratified) * count;
        self.free += u64::from(times.free) * count;
    }
}

/// The state of one walk down the ranking.
struct Walk<'a> {
    cuts: std::iter::Peekable<std::slice::Iter<'a, (usize, f64, usize)>>,
    positives: Drawn,
    negatives: Drawn,
    true_positives: Drawn,
    false_positives: Drawn,
    twice_concordant: u64,
    precision_sum: f64,
    sensitivities: Vec<f64>,
    next_band: f64,
    net_benefits: Vec<f64>,
}

impl<'a> Walk<'a> {
    fn new(ranking: &'a Ranking, positives: Drawn, negatives: Drawn) -> Self {
        Self {
            cuts: ranking.cuts.iter().peekable(),
            positives,
            negatives,
            true_positives: Drawn::default(),
            false_positives: Drawn::default(),
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
            let n = (self.positives.free + self.negatives.free) as f64;
            self.net_benefits[*position] =
                self.true_positives.free as f64 / n - self.false_positives.free as f64 / n * odds;
        }
    }

    #[inline]
    fn step(&mut self, negatives: Drawn, positives: Drawn) {
        self.twice_concordant +=
            negatives.stratified * (2 * self.true_positives.stratified + positives.stratified);
        let reached = (self.false_positives.stratified + negatives.stratified) as f64;
        while self.next_band < reached {
            self.band_point(negatives.stratified as f64, positives.stratified as f64);
        }
        self.false_positives.stratified += negatives.stratified;
        self.true_positives.stratified += positives.stratified;
        self.false_positives.free += negatives.free;
        if positives.free > 0 {
            self.true_positives.free += positives.free;
            let called = (self.true_positives.free + self.false_positives.free) as f64;
            self.precision_sum +=
                positives.free as f64 * (self.true_positives.free as f64 / called);
        }
    }

    /// Sensitivity where the curve crosses the next point of the band's grid.
    fn band_point(&mut self, negatives: f64, positives: f64) {
        let part = (self.next_band - self.false_positives.stratified as f64) / negatives;
        let found = self.true_positives.stratified as f64 + part * positives;
        self.sensitivities
            .push(found / self.positives.stratified as f64);
        let place = self.sensitivities.len() as f64 / (BAND_POINTS - 1) as f64;
        self.next_band = if self.sensitivities.len() + 1 < BAND_POINTS {
            place * self.negatives.stratified as f64
        } else {
            f64::INFINITY
        };
    }

    fn finish(mut self) -> Replicate {
        let (positives, negatives) = (self.positives, self.negatives);
        self.sensitivities.resize(BAND_POINTS, 1.0);
        let pairs = positives.stratified as f64 * negatives.stratified as f64;
        Replicate {
            ranked: (pairs > 0.0).then(|| Ranked {
                auc: self.twice_concordant as f64 / (2.0 * pairs),
                sensitivities: self.sensitivities,
            }),
            average_precision: (positives.free > 0 && negatives.free > 0)
                .then(|| self.precision_sum / positives.free as f64),
            net_benefits: self.net_benefits,
            rate: positives.free as f64 / (positives.free + negatives.free) as f64,
        }
    }
}
