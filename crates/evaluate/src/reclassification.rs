//! Net reclassification between two sets of ordered categories, and its continuous relatives.

mod categories;
mod clustered;
mod survival;

pub use categories::{Closed, category, category_moves, difference_moves};
pub use clustered::{patient_integrated_discrimination, patient_net_reclassification};
pub use survival::{NriEstimator, SurvivalNetReclassification, survival_net_reclassification};

use crate::distribution::{normal_multiplier, normal_two_sided};
use crate::evaluation::NetReclassification;
use crate::statistic::{Estimate, Statistic};

/// Net reclassification improvement from one ordering to another (Pencina et al.,
/// Statistics in Medicine 27 (2008) 157): [P(up|event) − P(down|event)] +
/// [P(down|no event) − P(up|no event)].
///
/// `moves` tells for each record whether it went up (> 0), down (< 0) or stayed.
/// The standard error is that of the estimate, not of the null hypothesis. The
/// p-value is too small where a model was fitted on the same data. Undefined
/// with fewer than two in a class.
pub fn net_reclassification(
    moves: &[i8],
    positive: &[bool],
    confidence: f64,
) -> Statistic<NetReclassification> {
    let count = |class: bool, direction: i8| {
        moves
            .iter()
            .zip(positive)
            .filter(|(way, c)| **c == class && way.signum() == direction)
            .count() as f64
    };
    let events = positive.iter().filter(|class| **class).count() as f64;
    let others = positive.len() as f64 - events;
    if let Some(problem) = crate::discrimination::class_problem(positive) {
        return Statistic::undefined(problem);
    }
    let part = |up: f64, down: f64, n: f64| {
        (
            (up - down) / n,
            (up + down) / n.powi(2) - (up - down).powi(2) / n.powi(3),
        )
    };
    let (gain, variance_events) = part(count(true, 1), count(true, -1), events);
    let (loss, variance_others) = part(count(false, 1), count(false, -1), others);
    let value = gain - loss;
    let se = (variance_events + variance_others).max(0.0).sqrt();
    let z = Statistic::finite(
        value / se,
        "no record changes category, or all change alike",
    );
    let half = normal_multiplier(confidence) * se;
    Statistic::Defined(NetReclassification {
        value,
        events: gain,
        nonevents: -loss,
        se,
        p: z.clone().map(normal_two_sided),
        z,
        low: value - half,
        high: value + half,
    })
}

/// Integrated discrimination improvement: mean gain of probability in records with an
/// event minus that in the others (Pencina 2008); SE √(s²₁/n₁ + s²₀/n₀).
///
/// Undefined with fewer than two in a class.
pub fn integrated_discrimination(
    old: &[f64],
    new: &[f64],
    positive: &[bool],
    confidence: f64,
) -> Statistic<Estimate> {
    if let Some(problem) = crate::discrimination::class_problem(positive) {
        return Statistic::undefined(problem);
    }
    let part = |class: bool| {
        let gains: Vec<f64> = old
            .iter()
            .zip(new)
            .zip(positive)
            .filter(|(_, c)| **c == class)
            .map(|((old, new), _)| new - old)
            .collect();
        let n = gains.len() as f64;
        let mean = gains.iter().sum::<f64>() / n;
        (
            mean,
            gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / (n - 1.0) / n,
        )
    };
    let ((events, v_events), (others, v_others)) = (part(true), part(false));
    let (value, variance) = (events - others, v_events + v_others);
    let half = normal_multiplier(confidence) * variance.sqrt();
    let estimate = Estimate::interval(
        value,
        (value - half, value + half),
        "IDI, Wald interval",
        positive.len(),
    );
    Statistic::Defined(Estimate {
        variance: Some(variance),
        ..estimate
    })
}
