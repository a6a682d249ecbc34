//! Cumulative incidence where events compete.

use crate::distribution::normal_multiplier;
use crate::quantile::runs;
use crate::statistic::{Estimate, Statistic};

use super::by_time;

/// A time, and the incidences of events 1 and 2 from then on.
type Step = (f64, f64, f64);
/// At risk, events 1 and 2, share free of both just before.
type Counts = (f64, f64, f64, f64);

/// Cumulative incidence of two competing events (Aalen & Johansen, Scand. J. Statist. 5
/// (1978) 141). 1 − Kaplan–Meier with the other event censored would be too high.
#[derive(Clone, Debug, PartialEq)]
pub struct AalenJohansen {
    /// Distinct times with an event, ascending, with the incidence of events 1 and 2 from then on.
    pub steps: Vec<Step>,
    /// The last time observed.
    pub last: f64,
    /// Share still without any event after the last step.
    pub free: f64,
    /// At each step: at risk, events 1 and 2, share free just before.
    counts: Vec<Counts>,
}

/// Estimates both incidences; codes are 0 censored, 1 and 2 the events.
pub fn aalen_johansen(times: &[f64], codes: &[u8]) -> AalenJohansen {
    let order = by_time(times);
    let (mut free, mut first, mut second) = (1.0, 0.0, 0.0);
    let (mut steps, mut counts) = (Vec::new(), Vec::new());
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
            counts.push((at_risk, ones, twos, free));
            first += free * ones / at_risk;
            second += free * twos / at_risk;
            free *= 1.0 - (ones + twos) / at_risk;
            steps.push((times[members[0] as usize], first, second));
        }
    }
    let last = order.last().map_or(0.0, |&record| times[record as usize]);
    AalenJohansen {
        steps,
        last,
        free,
        counts,
    }
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

    /// Variances of both incidences at a time by the delta method (Marubini & Valsecchi, Analysing
    /// Survival Data (1995), 10.2), which reduces to Greenwood's where nothing competes:
    /// Σ (F(t) − F(tⱼ))² d/(n (n − d)) + Σ S² d₁ (n − d₁)/n³ − 2 Σ (F(t) − F(tⱼ)) S d₁/n².
    pub fn variances_at(&self, time: f64) -> (f64, f64) {
        let passed = self.steps.partition_point(|step| step.0 <= time);
        let of = |incidence: fn(&Step) -> f64, cause: fn(&Counts) -> f64| {
            let Some(end) = passed
                .checked_sub(1)
                .map(|last| incidence(&self.steps[last]))
            else {
                return 0.0;
            };
            let terms = self.steps[..passed].iter().zip(&self.counts);
            let term = |(step, count): (&Step, &Counts)| {
                let (n, free, own) = (count.0, count.3, cause(count));
                let (gap, all) = (end - incidence(step), count.1 + count.2);
                let greenwood = if n > all {
                    gap * gap * all / (n * (n - all))
                } else {
                    0.0
                };
                greenwood + free * free * own * (n - own) / n.powi(3)
                    - 2.0 * gap * free * own / (n * n)
            };
            terms.map(term).sum::<f64>().max(0.0)
        };
        (
            of(|step| step.1, |count| count.1),
            of(|step| step.2, |count| count.2),
        )
    }

    /// Incidence of event 1 or 2 at a time with the interval of log(−log(1 − F)), which stays in [0, 1].
    pub fn estimate(&self, time: f64, event: u8, n: usize, confidence: f64) -> Statistic<Estimate> {
        let variances = self.variances_at(time);
        self.at(time).map(|(first, second)| {
            let (value, variance) = match event {
                1 => (first, variances.0),
                _ => (second, variances.1),
            };
            let method = "Aalen-Johansen, delta-method log-log interval";
            let limits = if value <= 0.0 || value >= 1.0 {
                (value, value)
            } else {
                let spread = (1.0 - value).ln() * (1.0 - value);
                let half = normal_multiplier(confidence) * variance.sqrt() / spread.abs();
                let limit = |half: f64| 1.0 - (1.0 - value).powf(half.exp());
                (limit(-half), limit(half))
            };
            let warning = (value <= 0.0)
                .then(|| "no event yet: the interval is no statement of certainty".to_owned());
            Estimate {
                variance: Some(variance),
                warning,
                ..Estimate::interval(value, limits, method, n)
            }
        })
    }
}
