//! Reclassification where patients have several records: intervals with patients as the independent units.

use crate::cluster::variance_of_sums;
use crate::discrimination::several_records;
use crate::distribution::{normal_multiplier, normal_two_sided};
use crate::evaluation::NetReclassification;
use crate::statistic::{Estimate, Statistic};

use super::{integrated_discrimination, net_reclassification};

/// [`net_reclassification`]; the standard error adds up the moves of each patient first where one has several records.
pub fn patient_net_reclassification(
    moves: &[i8],
    positive: &[bool],
    patients: &[u32],
    confidence: f64,
) -> Statistic<NetReclassification> {
    let plain = net_reclassification(moves, positive, confidence);
    if !several_records(patients) {
        return plain;
    }
    let ways: Vec<f64> = moves.iter().map(|way| f64::from(way.signum())).collect();
    plain.and_then(|plain| {
        let Some(variance) = gap_variance(&ways, positive, patients) else {
            return Statistic::undefined("all records are of one patient");
        };
        let se = variance.sqrt();
        let z = Statistic::finite(
            plain.value / se,
            "no record changes category, or all change alike",
        );
        let half = normal_multiplier(confidence) * se;
        Statistic::Defined(NetReclassification {
            se,
            p: z.clone().map(normal_two_sided),
            z,
            low: plain.value - half,
            high: plain.value + half,
            ..plain
        })
    })
}

/// [`integrated_discrimination`] from the first score to the second, likewise.
pub fn patient_integrated_discrimination(
    scores: [&[f64]; 2],
    positive: &[bool],
    patients: &[u32],
    confidence: f64,
) -> Statistic<Estimate> {
    let plain = integrated_discrimination(scores[0], scores[1], positive, confidence);
    if !several_records(patients) {
        return plain;
    }
    let gains = scores[0].iter().zip(scores[1]).map(|(old, new)| new - old);
    let gains: Vec<f64> = gains.collect();
    plain.and_then(|plain| {
        let Some(variance) = gap_variance(&gains, positive, patients) else {
            return Statistic::undefined("all records are of one patient");
        };
        let half = normal_multiplier(confidence) * variance.sqrt();
        let limits = (plain.value - half, plain.value + half);
        Statistic::Defined(Estimate {
            variance: Some(variance),
            ..Estimate::interval(
                plain.value,
                limits,
                "IDI, Wald interval, patients as units",
                plain.n,
            )
        })
    })
}

/// Variance of the mean among positives less that among negatives.
fn gap_variance(values: &[f64], positive: &[bool], patients: &[u32]) -> Option<f64> {
    let mean = |class: bool| {
        let own = values.iter().zip(positive).filter(|(_, of)| **of == class);
        let (sum, count) = own.fold((0.0, 0.0), |(sum, n), (value, _)| (sum + value, n + 1.0));
        (sum / count, count)
    };
    let (events, others) = (mean(true), mean(false));
    let part = |(value, class): (&f64, &bool)| match class {
        true => (value - events.0) / events.1,
        false => -(value - others.0) / others.1,
    };
    let parts: Vec<f64> = values.iter().zip(positive).map(part).collect();
    variance_of_sums(&parts, patients)
}
