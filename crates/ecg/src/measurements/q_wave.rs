//! Pathological Q waves by contiguous leads.

use super::{LeadMeasurements, Measured};
use crate::Lead;
use crate::beats::Unmeasured;

/// Neighbours in which a Q wave must be seen together.
const CONTIGUOUS: [(Lead, Lead); 7] = [
    (Lead::I, Lead::AVL),
    (Lead::II, Lead::AVF),
    (Lead::III, Lead::AVF),
    (Lead::II, Lead::III),
    (Lead::V3, Lead::V4),
    (Lead::V4, Lead::V5),
    (Lead::V5, Lead::V6),
];

/// Whether V2 or V3, or two contiguous leads, meet the criterion; undefined where no pair shows
/// it and a lead is not judged.
pub(super) fn pathological(leads: &[LeadMeasurements]) -> Measured<bool> {
    let meets = |lead: Lead| leads[lead.index()].q_criterion;
    let alone = [Lead::V2, Lead::V3].into_iter().map(meets);
    let pairs = CONTIGUOUS
        .into_iter()
        .map(|(one, two)| both(meets(one), meets(two)));
    let judged: Vec<Measured<bool>> = alone.chain(pairs).collect();
    if judged.contains(&Ok(true)) {
        return Ok(true);
    }
    judged.into_iter().find(Result::is_err).unwrap_or(Ok(false))
}

/// A lead that does not meet it settles a pair even where the other is not judged.
fn both(one: Measured<bool>, two: Measured<bool>) -> Measured<bool> {
    match (one, two) {
        (Ok(false), _) | (_, Ok(false)) => Ok(false),
        (Ok(true), Ok(true)) => Ok(true),
        (Err(reason), _) | (_, Err(reason)) => Err::<bool, Unmeasured>(reason),
    }
}
