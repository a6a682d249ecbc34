//! Indices of concordance.

use crate::distribution::normal_multiplier;
use crate::quantile::{RankCounter, distinct_places, runs};
use crate::statistic::{Estimate, Statistic};

use super::{CensoringSurvival, by_time};

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
    let one = |_: f64| 1.0;
    let pairs = Pairs::count(times, events, risks, &one, f64::INFINITY);
    Concordance {
        concordant: pairs.concordant as u64,
        discordant: pairs.discordant as u64,
        tied: pairs.tied as u64,
    }
}

/// Harrell's C with the interval of its infinitesimal jackknife (Therneau & Atkinson, The concordance
/// statistic, vignette of R's survival), clipped to [0, 1]. Undefined without a comparable pair and with only one event.
pub fn harrell_c(
    times: &[f64],
    events: &[bool],
    risks: &[f64],
    confidence: f64,
) -> Statistic<Estimate> {
    let pairs = Pairs::count(times, events, risks, &|_| 1.0, f64::INFINITY);
    if has_one(times, events, f64::INFINITY) {
        return Statistic::undefined("only one event");
    }
    pairs.estimate("Harrell's C, infinitesimal jackknife", confidence)
}

/// Uno's C (Uno et al., Statistics in Medicine 30 (2011) 1105): pairs whose earlier time lies before `horizon`
/// weigh 1/G(t−)², G the Kaplan–Meier estimate of staying uncensored, so that it does not
/// depend on the censoring (which must be independent).
///
/// The interval is that of the infinitesimal jackknife with G taken as known. Undefined without a
/// comparable pair and with only one event before `horizon`.
pub fn uno_c(
    times: &[f64],
    events: &[bool],
    risks: &[f64],
    horizon: f64,
    confidence: f64,
) -> Statistic<Estimate> {
    let censoring = CensoringSurvival::new(times, events);
    let weight = |time: f64| censoring.before(time).powi(-2);
    if has_one(times, events, horizon) {
        return Statistic::undefined(format!("only one event before {horizon}"));
    }
    let pairs = Pairs::count(times, events, risks, &weight, horizon);
    pairs.estimate("Uno's C, infinitesimal jackknife", confidence)
}

/// Is there just one event before the horizon? Then nothing is known of the spread between events.
fn has_one(times: &[f64], events: &[bool], horizon: f64) -> bool {
    let early = times.iter().zip(events);
    early
        .filter(|(time, event)| **event && **time < horizon)
        .count()
        == 1
}

/// Weighted pairs, in all and by record.
struct Pairs {
    concordant: f64,
    discordant: f64,
    tied: f64,
    /// Per record: weight of its pairs, and concordant + ½ tied among them.
    of_record: Vec<(f64, f64)>,
}

impl Pairs {
    fn count(
        times: &[f64],
        events: &[bool],
        risks: &[f64],
        weight: &dyn Fn(f64) -> f64,
        horizon: f64,
    ) -> Self {
        let places = distinct_places(risks);
        let size = places.iter().max().map_or(0, |most| most + 1);
        let order = by_time(times);
        let groups: Vec<_> = runs(&order, times).collect();
        let members = |run: &std::ops::Range<usize>, event: bool| {
            let records = order[run.clone()].iter().map(|&record| record as usize);
            records
                .filter(move |&record| events[record] == event)
                .collect::<Vec<_>>()
        };
        let mut pairs = Self {
            concordant: 0.0,
            discordant: 0.0,
            tied: 0.0,
            of_record: vec![(0.0, 0.0); times.len()],
        };
        // Each event against the records after it.
        let mut later = RankCounter::new(size);
        for run in groups.iter().rev() {
            members(run, false)
                .iter()
                .for_each(|&record| later.add(places[record], 1.0));
            let died = members(run, true);
            let time = times[order[run.start] as usize];
            if time < horizon {
                for &record in &died {
                    pairs.add(record, &later, places[record], weight(time));
                }
            }
            died.iter()
                .for_each(|&record| later.add(places[record], 1.0));
        }
        // Each record against the events before it.
        let mut earlier = RankCounter::new(size);
        for run in &groups {
            let (died, censored) = (members(run, true), members(run, false));
            let time = times[order[run.start] as usize];
            died.iter()
                .for_each(|&record| pairs.add_later(record, &earlier, places[record]));
            if time < horizon {
                died.iter()
                    .for_each(|&record| earlier.add(places[record], weight(time)));
            }
            censored
                .iter()
                .for_each(|&record| pairs.add_later(record, &earlier, places[record]));
        }
        pairs
    }

    fn add(&mut self, record: usize, later: &RankCounter, place: usize, weight: f64) {
        let (below, equal) = (later.below(place), later.at(place));
        self.concordant += weight * below;
        self.tied += weight * equal;
        self.discordant += weight * (later.total() - below - equal);
        self.of_record[record].0 += weight * later.total();
        self.of_record[record].1 += weight * (below + 0.5 * equal);
    }

    /// The pairs in which the record is the later one: right where the earlier has the higher risk.
    fn add_later(&mut self, record: usize, earlier: &RankCounter, place: usize) {
        let (below, equal) = (earlier.below(place), earlier.at(place));
        self.of_record[record].0 += earlier.total();
        self.of_record[record].1 += earlier.total() - below - 0.5 * equal;
    }

    fn estimate(&self, method: &str, confidence: f64) -> Statistic<Estimate> {
        let comparable = self.concordant + self.discordant + self.tied;
        if comparable <= 0.0 {
            return Statistic::undefined("no pair of records can be compared");
        }
        let index = (self.concordant + 0.5 * self.tied) / comparable;
        let part = |(weight, right): &(f64, f64)| ((right - index * weight) / comparable).powi(2);
        let variance: f64 = self.of_record.iter().map(part).sum();
        let half = normal_multiplier(confidence) * variance.sqrt();
        let limits = (
            (index - half).clamp(0.0, 1.0),
            (index + half).clamp(0.0, 1.0),
        );
        Statistic::Defined(Estimate {
            variance: Some(variance),
            ..Estimate::interval(index, limits, method, self.of_record.len())
        })
    }
}
