//! Net reclassification where the event is known only to the end of follow-up.

use serde::{Deserialize, Serialize};

use crate::config::SurvivalInterval;
use crate::statistic::Statistic;
use crate::survival::{CensoringSurvival, kaplan_meier};

/// How censored records count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NriEstimator {
    /// Kaplan–Meier within the records that move up, down, and in all (Pencina,
    /// D'Agostino & Steyerberg, Statistics in Medicine 30 (2011) 11).
    #[default]
    KaplanMeier,
    /// Inverse probability of not being censored (Uno et al., Statistics in Medicine 32 (2013) 2430).
    InverseProbability,
}

/// Net reclassification by a horizon, in its components.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurvivalNetReclassification {
    /// Sum of the components.
    pub value: f64,
    /// P(up | event by the horizon) − P(down | event).
    pub events: f64,
    /// P(down | no event) − P(up | no event).
    pub nonevents: f64,
    /// P(up | event).
    pub up_events: f64,
    /// P(down | event).
    pub down_events: f64,
    /// P(up | no event).
    pub up_nonevents: f64,
    /// P(down | no event).
    pub down_nonevents: f64,
}

/// Net reclassification for the event by `horizon`; `moves` as in
/// [`net_reclassification`](super::net_reclassification).
///
/// Both estimators assume censoring independent of everything; with competing deaths code them as
/// censored and say so. No interval: resample for one. Undefined where nobody has the event by the
/// horizon or nobody is free of it, and where a curve ends before the horizon.
pub fn survival_net_reclassification(
    times: &[f64],
    events: &[bool],
    moves: &[i8],
    horizon: f64,
    estimator: NriEstimator,
) -> Statistic<SurvivalNetReclassification> {
    let parts = match estimator {
        NriEstimator::KaplanMeier => by_kaplan_meier(times, events, moves, horizon),
        NriEstimator::InverseProbability => by_weights(times, events, moves, horizon),
    };
    parts.and_then(|[up_events, down_events, up_nonevents, down_nonevents]| {
        let events = up_events - down_events;
        let nonevents = down_nonevents - up_nonevents;
        let result = SurvivalNetReclassification {
            value: events + nonevents,
            events,
            nonevents,
            up_events,
            down_events,
            up_nonevents,
            down_nonevents,
        };
        if result.value.is_finite() {
            Statistic::Defined(result)
        } else {
            Statistic::undefined("no event by the horizon, or nobody free of it")
        }
    })
}

/// P(move | event) = P(event | move) P(move) / P(event), the risks by Kaplan–Meier.
fn by_kaplan_meier(
    times: &[f64],
    events: &[bool],
    moves: &[i8],
    horizon: f64,
) -> Statistic<[f64; 4]> {
    let risk = |way: Option<i8>| -> Statistic<(f64, f64)> {
        let members: Vec<usize> = (0..times.len())
            .filter(|&record| way.is_none_or(|way| moves[record].signum() == way))
            .collect();
        if members.is_empty() {
            return Statistic::Defined((0.0, 0.0));
        }
        let times_in: Vec<f64> = members.iter().map(|&record| times[record]).collect();
        let events_in: Vec<bool> = members.iter().map(|&record| events[record]).collect();
        let curve = kaplan_meier(&times_in, &events_in, SurvivalInterval::Plain, 0.95);
        let share = members.len() as f64 / times.len() as f64;
        curve
            .at(horizon)
            .map(|survival| (1.0 - survival.value, share))
    };
    risk(None).and_then(|(all, _)| {
        risk(Some(1)).and_then(|(up, up_share)| {
            risk(Some(-1)).map(|(down, down_share)| {
                [
                    up * up_share / all,
                    down * down_share / all,
                    (1.0 - up) * up_share / (1.0 - all),
                    (1.0 - down) * down_share / (1.0 - all),
                ]
            })
        })
    })
}

/// Weighted shares: events by the horizon weigh 1/G(time), records followed beyond it equally.
fn by_weights(times: &[f64], events: &[bool], moves: &[i8], horizon: f64) -> Statistic<[f64; 4]> {
    let censoring = CensoringSurvival::with_tied_events_at_risk(times, events);
    let mut sums = [[0.0; 3]; 2];
    for ((time, event), way) in times.iter().zip(events).zip(moves) {
        let (class, weight) = if *time <= horizon && *event {
            (0, 1.0 / censoring.at(*time))
        } else if *time > horizon {
            (1, 1.0)
        } else {
            continue;
        };
        sums[class][2] += weight;
        match way.signum() {
            1 => sums[class][0] += weight,
            -1 => sums[class][1] += weight,
            _ => {}
        }
    }
    let share = |class: usize, way: usize| sums[class][way] / sums[class][2];
    let parts = [share(0, 0), share(0, 1), share(1, 0), share(1, 1)];
    if parts.iter().all(|part| part.is_finite()) {
        Statistic::Defined(parts)
    } else {
        Statistic::undefined("no event by the horizon, or nobody free of it")
    }
}
