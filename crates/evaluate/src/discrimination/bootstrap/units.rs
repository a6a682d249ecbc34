//! What a bootstrap draws, and how often each was drawn.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Bootstrap;
use super::binomial::Binomial;

/// How often a unit was drawn in a replicate, in two draws that share most of their draws.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    /// With as many units of each stratum as there are.
    pub(super) stratified: u16,
    /// With all units drawn alike, so that the number of each stratum varies as in new data.
    pub(super) free: u16,
}

impl Times {
    fn add(&mut self, stratified: bool, free: bool) {
        self.stratified = self.stratified.saturating_add(u16::from(stratified));
        self.free = self.free.saturating_add(u16::from(free));
    }
}

/// What is drawn: records or patients, numbered from 0, those of the negative stratum first.
pub(super) struct Units {
    /// The unit of each record, in input order.
    pub(super) of_record: Vec<u32>,
    /// Positive records of each unit.
    pub(super) positives: Vec<u32>,
    /// Negative records of each unit.
    pub(super) negatives: Vec<u32>,
    /// Units in the negative stratum: those without a positive record.
    negative: usize,
    /// Units of the positive stratum in a free draw.
    positive_units: Binomial,
    /// Has any unit more than one record?
    clustered: bool,
}

impl Units {
    pub(super) fn new(positive: &[bool], patients: &[u32]) -> Self {
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
        let negative = order.partition_point(|&patient| counts[patient][1] == 0);
        Self {
            of_record: patients
                .iter()
                .map(|patient| unit[*patient as usize])
                .collect(),
            positives: order.iter().map(|&patient| counts[patient][1]).collect(),
            negatives: order.iter().map(|&patient| counts[patient][0]).collect(),
            negative,
            positive_units: Binomial::new(order.len(), order.len() - negative),
            clustered: counts
                .iter()
                .any(|[negatives, positives]| negatives + positives > 1),
        }
    }

    /// Counts how often each unit is drawn in replicate `number`.
    ///
    /// Given the number of units of each stratum, both kinds of draw draw alike within the strata; the free
    /// draw therefore takes the first of the stratified draws, and more where it needs more. A count
    /// stops at 65,535, which no unit among so many ever reaches.
    pub(super) fn draw(&self, seed: u64, number: u64, drawn: &mut Vec<Times>) {
        let free_positive = self
            .positive_units
            .draw(&mut stream(seed, number | 1 << 63));
        // Extra draws have a stream of their own, so that the stratified draw is what it is alone.
        let (mut random, mut extra) = (stream(seed, number), stream(seed, number | 1 << 62));
        drawn.clear();
        drawn.resize(self.positives.len(), Times::default());
        let free_negative = drawn.len() - free_positive;
        let (negative, positive) = drawn.split_at_mut(self.negative);
        let strata = [(negative, free_negative), (positive, free_positive)];
        for (stratum, free) in strata {
            let both = free.min(stratum.len());
            add(&mut random, stratum, both, (true, true));
            let more = stratum.len() - both;
            add(&mut random, stratum, more, (true, false));
            add(&mut extra, stratum, free - both, (false, true));
        }
    }

    /// The stratified draw, in words.
    pub(super) fn stratified_method(&self, used: usize, settings: &Bootstrap) -> String {
        let unit = if self.clustered {
            "patients, stratified by whether any record is positive"
        } else {
            "records, stratified by class"
        };
        method(unit, used, settings)
    }

    /// The free draw, in words.
    pub(super) fn free_method(&self, settings: &Bootstrap) -> String {
        let unit = if self.clustered {
            "patients, not stratified"
        } else {
            "records, not stratified"
        };
        method(unit, settings.replicates, settings)
    }
}

fn stream(seed: u64, number: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(number);
    random
}

fn method(unit: &str, used: usize, settings: &Bootstrap) -> String {
    format!(
        "percentile bootstrap of {unit}, {used} replicates, seed {}",
        settings.seed
    )
}

/// Draws `count` units of a stratum with replacement, for the stratified draw, the free one or both.
fn add(
    random: &mut ChaCha8Rng,
    stratum: &mut [Times],
    count: usize,
    (stratified, free): (bool, bool),
) {
    for _ in 0..count {
        stratum[below(random, stratum.len() as u32) as usize].add(stratified, free);
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
