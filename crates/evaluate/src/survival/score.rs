//! Scores of predicted risks at a horizon, censoring made up for by inverse probabilities.
//!
//! Uno et al., JASA 102 (2007) 527; Gerds & Schumacher, Biometrical Journal 48 (2006) 1029;
//! Blanche, Dartigues & Jacqmin-Gadda, Statistics in Medicine 32 (2013) 5381. Censoring must be
//! independent of everything. Codes are 0 censored, 1 the event, 2 a competing event, which counts
//! as "no event by the horizon".

use crate::distribution::{normal_multiplier, normal_two_sided};
use crate::quantile::{RankCounter, distinct_places, runs};
use crate::statistic::{Estimate, Statistic, Test};

use super::{CensoringSurvival, by_time};

/// A statistic with each record's influence on it, so that two of them can be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The estimate.
    pub value: f64,
    /// Influence of each record, mean 0; the variance is Σ influence² / n².
    pub influence: Vec<f64>,
}

impl Scored {
    /// Standard error.
    pub fn standard_error(&self) -> f64 {
        self.influence
            .iter()
            .map(|part| part * part)
            .sum::<f64>()
            .sqrt()
            / self.influence.len() as f64
    }

    /// The estimate with a normal interval clipped to [0, 1].
    pub fn estimate(&self, confidence: f64, method: &str) -> Estimate {
        let se = self.standard_error();
        let half = normal_multiplier(confidence) * se;
        let limits = (
            (self.value - half).clamp(0.0, 1.0),
            (self.value + half).clamp(0.0, 1.0),
        );
        Estimate {
            variance: Some(se * se),
            ..Estimate::interval(self.value, limits, method, self.influence.len())
        }
    }

    /// This less another of the same records, with its Wald test.
    pub fn difference(&self, other: &Self, confidence: f64) -> Statistic<(Estimate, Test)> {
        if self.influence.len() != other.influence.len() {
            return Statistic::undefined("the two scores are not of the same records");
        }
        let influence = self
            .influence
            .iter()
            .zip(&other.influence)
            .map(|(a, b)| a - b);
        let gap = Self {
            value: self.value - other.value,
            influence: influence.collect(),
        };
        let se = gap.standard_error();
        let half = normal_multiplier(confidence) * se;
        let z = if gap.value == 0.0 {
            0.0
        } else {
            gap.value / se
        };
        if z.is_infinite() {
            return Statistic::undefined("the difference has no variance");
        }
        let method = "difference by influence functions, normal interval";
        let limits = (gap.value - half, gap.value + half);
        let estimate = Estimate::interval(gap.value, limits, method, gap.influence.len());
        Statistic::Defined((
            Estimate {
                variance: Some(se * se),
                ..estimate
            },
            Test {
                statistic: z,
                df: None,
                z: Some(z),
                p: normal_two_sided(z),
                method: "Wald test of the difference".to_owned(),
            },
        ))
    }
}

/// What is known of each record at a horizon, with its inverse-probability weight.
#[derive(Clone, Debug)]
pub struct AtHorizon {
    times: Vec<f64>,
    censored: Vec<bool>,
    horizon: f64,
    /// Had event 1 by the horizon.
    events: Vec<bool>,
    /// 1/G where it is known whether the event came by the horizon, else 0.
    weights: Vec<f64>,
}

impl AtHorizon {
    /// Weighs the records: 1/G(T−) for those whose observation ended in an event by the horizon,
    /// 1/G(horizon) for those still followed, 0 for those censored before.
    ///
    /// Undefined where nobody is followed to the horizon.
    pub fn new(times: &[f64], codes: &[u8], horizon: f64) -> Statistic<Self> {
        let ended: Vec<bool> = codes.iter().map(|code| *code != 0).collect();
        let censoring = CensoringSurvival::new(times, &ended);
        if !times.iter().any(|time| *time > horizon) {
            return Statistic::undefined(format!("no record is followed beyond {horizon}"));
        }
        let weight = |(time, code): (&f64, &u8)| {
            if *time > horizon {
                1.0 / censoring.at(horizon)
            } else if *code != 0 {
                1.0 / censoring.before(*time)
            } else {
                0.0
            }
        };
        Statistic::Defined(Self {
            weights: times.iter().zip(codes).map(weight).collect(),
            events: times
                .iter()
                .zip(codes)
                .map(|(time, code)| *time <= horizon && *code == 1)
                .collect(),
            censored: codes.iter().map(|code| *code == 0).collect(),
            times: times.to_vec(),
            horizon,
        })
    }

    /// Area under the ROC curve for the event by the horizon: cases against everybody known not to have it
    /// by then (ties ½).
    ///
    /// Undefined without a case or without a control.
    pub fn auc(&self, risks: &[f64]) -> Statistic<Scored> {
        let places = distinct_places(risks);
        let size = places.iter().max().map_or(0, |most| most + 1);
        let (mut cases, mut controls) = (RankCounter::new(size), RankCounter::new(size));
        for (record, place) in places.iter().enumerate() {
            let counter = if self.events[record] {
                &mut cases
            } else {
                &mut controls
            };
            counter.add(*place, self.weights[record]);
        }
        let (case_weight, control_weight) = (cases.total(), controls.total());
        if case_weight <= 0.0 || control_weight <= 0.0 {
            return Statistic::undefined("no event by the horizon, or nobody free of it");
        }
        let known = |event: bool| {
            let weighty = self.weights.iter().zip(&self.events);
            weighty
                .filter(|(weight, of)| **weight > 0.0 && **of == event)
                .count()
        };
        if known(true) < 2 {
            return Statistic::undefined("only one event by the horizon");
        }
        if known(false) < 2 {
            return Statistic::undefined(
                "only one record known to be free of the event at the horizon",
            );
        }
        // The share of the other class that the record is rightly ordered against.
        let right = |record: usize| {
            let place = places[record];
            if self.events[record] {
                (controls.below(place) + 0.5 * controls.at(place)) / control_weight
            } else {
                let below = cases.below(place) + 0.5 * cases.at(place);
                1.0 - below / case_weight
            }
        };
        let shares: Vec<f64> = (0..places.len()).map(right).collect();
        let sum: f64 = (0..places.len())
            .filter(|&record| self.events[record])
            .map(|record| self.weights[record] * shares[record])
            .sum();
        let value = sum / case_weight;
        let n = places.len() as f64;
        let part = |record: usize| {
            let total = if self.events[record] {
                case_weight
            } else {
                control_weight
            };
            n * self.weights[record] * (shares[record] - value) / total
        };
        let parts: Vec<f64> = (0..places.len()).map(part).collect();
        Statistic::Defined(Scored {
            value,
            influence: self.with_censoring(parts),
        })
    }

    /// Brier's score of the predicted risks of the event by the horizon: mean weighted squared error.
    pub fn brier(&self, risks: &[f64]) -> Scored {
        let n = risks.len() as f64;
        let error = |(record, risk): (usize, &f64)| {
            let gap = f64::from(u8::from(self.events[record])) - risk;
            self.weights[record] * gap * gap
        };
        let errors: Vec<f64> = risks.iter().enumerate().map(error).collect();
        let value = errors.iter().sum::<f64>() / n;
        let influence = self.with_censoring(errors);
        Scored {
            value,
            influence: influence.iter().map(|part| part - value).collect(),
        }
    }

    /// Adds to each record's part its share in estimating G: ∫ h(u)/π(u) dMᶜ(u), h(u) the mean of
    /// the parts whose weight depends on censoring at u.
    fn with_censoring(&self, mut parts: Vec<f64>) -> Vec<f64> {
        let n = parts.len() as f64;
        let order = by_time(&self.times);
        let mut rest: f64 = parts.iter().sum();
        let (mut sum, mut additions) = (0.0, vec![0.0; parts.len()]);
        let groups: Vec<_> = runs(&order, &self.times).collect();
        for run in groups {
            let members = || order[run.clone()].iter().map(|&record| record as usize);
            let time = self.times[order[run.start] as usize];
            if time <= self.horizon {
                rest -= members().map(|record| parts[record]).sum::<f64>();
                let ended = members().filter(|&record| !self.censored[record]).count();
                let at_risk = n - run.start as f64 - ended as f64;
                let left = members().filter(|&record| self.censored[record]).count() as f64;
                if left > 0.0 {
                    let effect = rest / at_risk;
                    let gain = effect * left / at_risk;
                    for record in members() {
                        additions[record] = if self.censored[record] {
                            effect - sum - gain
                        } else {
                            -sum
                        };
                    }
                    sum += gain;
                    continue;
                }
            }
            members().for_each(|record| additions[record] = -sum);
        }
        parts
            .iter_mut()
            .zip(&additions)
            .for_each(|(part, more)| *part += more);
        parts
    }
}
