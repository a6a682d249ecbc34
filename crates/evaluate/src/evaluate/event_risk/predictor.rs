//! Predicted risks of event 1 by a day.

use rayon::prelude::*;

use crate::evaluate::follow_up::{COMPETING_DEATH, Followed, MACE, times};
use crate::statistic::Statistic;
use crate::survival::{Ties, baseline_hazard, cox};

const PARTS: usize = 5;
/// Intervals of time in which the ratio of the two hazards counts as constant.
const INTERVALS: usize = 200;

/// Which risk is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Risk {
    /// If nobody died of anything else: what 1 − Kaplan–Meier estimates.
    WithoutDeaths,
    /// As patients experience it, deaths competing: what Aalen and Johansen estimate.
    Incidence,
}

/// Where the predicted risks come from.
pub(super) enum Predictor {
    /// Column `event_risk`: one horizon, the last.
    Given(Vec<f64>),
    /// Models by part, and each record's part and logit.
    Models(Vec<PartModel>, Vec<(usize, f64)>),
    /// Why there is none.
    None(String),
}

/// Models fitted without one part of the records.
pub(super) struct PartModel {
    event: Hazard,
    death: Option<Hazard>,
}

/// A Cox model of one cause, the other censored.
#[derive(Clone)]
struct Hazard {
    coefficient: f64,
    mean: f64,
    /// (time, cumulative hazard at the mean covariate), ascending.
    cumulative: Vec<(f64, f64)>,
}

impl Predictor {
    /// One pair of models a part, fitted on the others.
    pub(super) fn fit(records: &[Followed], patients: &[u32]) -> Self {
        let part = |record: &Followed| {
            (patients[record.row].wrapping_mul(0x9e37_79b1) >> 16) as usize % PARTS
        };
        let logit = |record: &Followed| {
            let p = record.risk.clamp(1e-6, 1.0 - 1e-6);
            (p / (1.0 - p)).ln()
        };
        let of_record: Vec<(usize, f64)> = records.iter().map(|r| (part(r), logit(r))).collect();
        let mut models = Vec::new();
        for held_out in 0..PARTS {
            let others = || {
                let pairs = records.iter().zip(&of_record);
                pairs.filter(move |(_, (part, _))| *part != held_out)
            };
            let own: Vec<Followed> = others().map(|(record, _)| *record).collect();
            let logits: Vec<f64> = others().map(|(_, (_, logit))| *logit).collect();
            match Hazard::fit(&own, &logits, MACE) {
                Statistic::Defined(event) => models.push(PartModel {
                    event,
                    death: Hazard::of_deaths(&own, &logits),
                }),
                Statistic::Undefined(undefined) => return Self::None(undefined.reason),
            }
        }
        Self::Models(models, of_record)
    }

    /// Each record's risk by a day.
    pub(super) fn by(&self, days: f64, risk: Risk) -> Statistic<Vec<f64>> {
        match self {
            Self::Given(risks) => Statistic::Defined(risks.clone()),
            Self::None(reason) => Statistic::undefined(reason.clone()),
            Self::Models(models, of_record) => {
                let steps: Vec<_> = models.iter().map(|model| model.steps(days, risk)).collect();
                let of = |(part, logit): &(usize, f64)| models[*part].risk(&steps[*part], *logit);
                Statistic::Defined(of_record.par_iter().map(of).collect())
            }
        }
    }
}

impl PartModel {
    /// Increments of both cumulative hazards at the mean covariate, over intervals up to a day; in one
    /// piece where nothing competes.
    fn steps(&self, days: f64, risk: Risk) -> Vec<(f64, f64)> {
        let competing = self.death.as_ref().filter(|_| risk == Risk::Incidence);
        let Some(death) = competing else {
            return vec![(self.event.at(days), 0.0)];
        };
        let both = [&self.event, death];
        let mut ends: Vec<f64> = both
            .iter()
            .flat_map(|hazard| hazard.cumulative.iter().map(|step| step.0))
            .filter(|time| *time <= days)
            .collect();
        ends.sort_unstable_by(f64::total_cmp);
        ends.dedup();
        let stride = ends.len().div_ceil(INTERVALS).max(1);
        let last = ends.len();
        let ends = ends.into_iter().enumerate();
        let ends = ends.filter(|(place, _)| (place + 1) % stride == 0 || place + 1 == last);
        let mut before = (0.0, 0.0);
        ends.map(|(_, end)| {
            let now = (self.event.at(end), death.at(end));
            let step = (now.0 - before.0, now.1 - before.1);
            before = now;
            step
        })
        .collect()
    }

    /// Σ S(t−) (1 − e^(−dH)) dH₁/dH, H = H₁ + H₂ (Benichou & Gail, Biometrics 46 (1990) 813).
    fn risk(&self, steps: &[(f64, f64)], logit: f64) -> f64 {
        let event = self.event.relative(logit);
        let death = self
            .death
            .as_ref()
            .map_or(0.0, |death| death.relative(logit));
        let (mut free, mut risk) = (1.0, 0.0);
        for (first, second) in steps {
            let (own, other) = (first * event, second * death);
            let all = own + other;
            if all > 0.0 {
                risk -= free * own / all * (-all).exp_m1();
                free *= (-all).exp();
            }
        }
        risk
    }
}

impl Hazard {
    fn fit(records: &[Followed], logits: &[f64], code: u8) -> Statistic<Self> {
        let times = times(records);
        let events: Vec<bool> = records.iter().map(|record| record.code == code).collect();
        let column = logits.to_vec();
        let fit = cox(&times, &events, std::slice::from_ref(&column), Ties::Efron);
        fit.map(|fit| Self {
            coefficient: fit.coefficients[0],
            mean: logits.iter().sum::<f64>() / logits.len() as f64,
            cumulative: baseline_hazard(&times, &events, &fit.linear_predictor),
        })
    }

    /// Of competing death, where it occurs; one hazard for all where no model can be fitted.
    fn of_deaths(records: &[Followed], logits: &[f64]) -> Option<Self> {
        let events: Vec<bool> = records
            .iter()
            .map(|record| record.code == COMPETING_DEATH)
            .collect();
        if !events.contains(&true) {
            return None;
        }
        let alike = || Self {
            coefficient: 0.0,
            mean: 0.0,
            cumulative: baseline_hazard(&times(records), &events, &vec![0.0; events.len()]),
        };
        let fitted = Self::fit(records, logits, COMPETING_DEATH);
        Some(fitted.defined().cloned().unwrap_or_else(alike))
    }

    fn relative(&self, logit: f64) -> f64 {
        (self.coefficient * (logit - self.mean)).exp()
    }

    fn at(&self, days: f64) -> f64 {
        let passed = self.cumulative.partition_point(|step| step.0 <= days);
        passed
            .checked_sub(1)
            .map_or(0.0, |last| self.cumulative[last].1)
    }
}
