//! Harrell's index of concordance.

use crate::quantile::{ascending, runs};
use crate::statistic::Statistic;

use super::by_time;

/// Pairs of records by how their risks order them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concordance {
    /// The earlier event has the higher risk.
    pub concordant: u64,
    /// The earlier event has the lower risk.
    pub discordant: u64,
    /// Equal risks.
    pub tied: u64,
}

impl Concordance {
    /// Harrell's C (JAMA 247 (1982) 2543): (concordant + ½ tied) / comparable pairs.
    ///
    /// Depends on the censoring; compare only within one cohort. Undefined without a comparable pair.
    pub fn index(&self) -> Statistic<f64> {
        let comparable = (self.concordant + self.discordant + self.tied) as f64;
        let value = (self.concordant as f64 + 0.5 * self.tied as f64) / comparable;
        Statistic::finite(value, "no pair of records can be compared")
    }
}

/// Counts pairs in O(n log n). A pair is comparable where one record has the event and
/// the other's time is later, or equal and censored; two events at one time are not.
pub fn concordance(times: &[f64], events: &[bool], risks: &[f64]) -> Concordance {
    let places = places(risks);
    let mut later = Counter::new(places.iter().max().map_or(0, |most| most + 1));
    let mut pairs = Concordance {
        concordant: 0,
        discordant: 0,
        tied: 0,
    };
    let order = by_time(times);
    let groups: Vec<_> = runs(&order, times).collect();
    for run in groups.into_iter().rev() {
        let members = |event: bool| {
            order[run.clone()]
                .iter()
                .map(|&record| record as usize)
                .filter(move |&record| events[record] == event)
        };
        members(false).for_each(|record| later.add(places[record]));
        for record in members(true) {
            let (below, equal) = (later.below(places[record]), later.count(places[record]));
            pairs.concordant += below;
            pairs.tied += equal;
            pairs.discordant += later.total - below - equal;
        }
        members(true).for_each(|record| later.add(places[record]));
    }
    pairs
}

/// For each value its place among the distinct values.
fn places(values: &[f64]) -> Vec<usize> {
    let order = ascending(values);
    let mut places = vec![0; values.len()];
    for (place, run) in runs(&order, values).enumerate() {
        order[run]
            .iter()
            .for_each(|&record| places[record as usize] = place);
    }
    places
}

/// Counts of places with fast sums below a place (Fenwick, Softw. Pract. Exper. 24 (1994) 327).
struct Counter {
    tree: Vec<u64>,
    counts: Vec<u64>,
    total: u64,
}

impl Counter {
    fn new(places: usize) -> Self {
        Self {
            tree: vec![0; places + 1],
            counts: vec![0; places],
            total: 0,
        }
    }

    fn add(&mut self, place: usize) {
        self.counts[place] += 1;
        self.total += 1;
        let mut node = place + 1;
        while node < self.tree.len() {
            self.tree[node] += 1;
            node += node & node.wrapping_neg();
        }
    }

    fn below(&self, place: usize) -> u64 {
        let (mut node, mut sum) = (place, 0);
        while node > 0 {
            sum += self.tree[node];
            node -= node & node.wrapping_neg();
        }
        sum
    }

    fn count(&self, place: usize) -> u64 {
        self.counts[place]
    }
}
