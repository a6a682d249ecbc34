//! Cumulative incidence where events compete.

use crate::quantile::runs;
use crate::statistic::Statistic;

use super::by_time;

/// Cumulative incidence of two competing events (Aalen & Johansen, Scand. J. Statist. 5
/// (1978) 141). 1 − Kaplan–Meier with the other event censored would be too high.
#[derive(Clone, Debug, PartialEq)]
pub struct AalenJohansen {
    /// Distinct times with an event, ascending, with the incidence of events 1 and 2 from then on.
    pub steps: Vec<(f64, f64, f64)>,
    /// The last time observed.
    pub last: f64,
    /// Share still without any event after the last step.
    pub free: f64,
}

/// Estimates both incidences; codes are 0 censored, 1 and 2 the events.
pub fn aalen_johansen(times: &[f64], codes: &[u8]) -> AalenJohansen {
    let order = by_time(times);
    let (mut free, mut first, mut second) = (1.0, 0.0, 0.0);
    let mut steps = Vec::new();
    for run in runs(&order, times) {
        let at_risk = (times.len() - run.start) as f64;
        let members = &order[run];
        let count = |code: u8| {
            members
                .iter()
                .filter(|&&record| codes[record as usize] == code)
                .count() as f64
        };
        let (ones, twos) = (count(1), count(2));
        if ones + twos > 0.0 {
            first += free * ones / at_risk;
            second += free * twos / at_risk;
            free *= 1.0 - (ones + twos) / at_risk;
            steps.push((times[members[0] as usize], first, second));
        }
    }
    let last = order.last().map_or(0.0, |&record| times[record as usize]);
    AalenJohansen { steps, last, free }
}

impl AalenJohansen {
    /// Incidence of events 1 and 2 at a time; undefined after the last time observed,
    /// unless nobody is free of events by then.
    pub fn at(&self, time: f64) -> Statistic<(f64, f64)> {
        if time > self.last && self.free > 1e-12 {
            return Statistic::undefined(format!("no record is followed beyond {}", self.last));
        }
        let passed = self.steps.partition_point(|step| step.0 <= time);
        Statistic::Defined(if passed == 0 {
            (0.0, 0.0)
        } else {
            (self.steps[passed - 1].1, self.steps[passed - 1].2)
        })
    }
}
