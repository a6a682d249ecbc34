//! Faults of leads and electrodes.

use super::random::{chance, normal};
use coronet_ecg::Lead;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// What is wrong with a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeadFault {
    /// A chest lead that shows nothing.
    Flat(Lead),
    /// A chest lead whose electrode has come loose: large slow drift and noise.
    Loose(Lead),
    /// A chest lead cut off at ±0.5 mV.
    Clipped(Lead),
    /// The electrodes of the two arms exchanged: I inverted, II and III exchanged, aVR and aVL exchanged.
    ArmsSwapped,
}

pub(super) fn draw(random: &mut impl Rng, share: f64) -> Option<LeadFault> {
    if !chance(random, share) {
        return None;
    }
    let lead = Lead::ALL[random.random_range(6..12usize)];
    Some(match random.random_range(0..4u8) {
        0 => LeadFault::Flat(lead),
        1 => LeadFault::Loose(lead),
        2 => LeadFault::Clipped(lead),
        _ => LeadFault::ArmsSwapped,
    })
}

/// Applies a fault to the twelve leads in the order of [`Lead::ALL`].
pub(super) fn apply(random: &mut impl Rng, leads: &mut [Vec<f64>], fault: LeadFault) {
    match fault {
        LeadFault::Flat(lead) => leads[lead as usize].fill(0.0),
        LeadFault::Clipped(lead) => {
            for value in &mut leads[lead as usize] {
                *value = value.clamp(-0.5, 0.5);
            }
        }
        LeadFault::Loose(lead) => {
            let mut drift = 0.0;
            for value in &mut leads[lead as usize] {
                drift = 0.998 * drift + 0.05 * normal(random);
                *value = 0.2 * *value + drift + 0.08 * normal(random);
            }
        }
        LeadFault::ArmsSwapped => {
            for value in &mut leads[Lead::I as usize] {
                *value = -*value;
            }
            leads.swap(Lead::II as usize, Lead::III as usize);
            leads.swap(Lead::AVR as usize, Lead::AVL as usize);
        }
    }
}
