//! Growth of the R wave over the chest leads.

use super::{LeadMeasurements, Measured};
use crate::Lead;
use crate::beats::Unmeasured;
use crate::delineation::Delineation;
use serde::Serialize;

/// R waves from V1 to V6.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RProgression {
    /// Heights of R in V1–V6 in millivolts.
    pub r: [f64; 6],
    /// Where R outgrows S.
    pub transition: Transition,
    /// R in V3 at most 0.3 mV, a usual criterion of poor progression.
    pub poor: bool,
}

/// First chest lead whose R is at least as high as its S is deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Transition {
    /// In this lead.
    At(Lead),
    /// In none up to V6.
    Absent,
}

const CHEST: [Lead; 6] = [Lead::V1, Lead::V2, Lead::V3, Lead::V4, Lead::V5, Lead::V6];

/// Height of R in V3 up to which progression is poor, in millivolts.
const POOR: f64 = 0.3;

/// Undefined in a paced rhythm and where a chest lead is not measured.
pub(super) fn measure(found: &Delineation, leads: &[LeadMeasurements]) -> Measured<RProgression> {
    if found.rhythm.paced {
        return Err(Unmeasured::PacedRhythm);
    }
    let mut r = [0.0; 6];
    let mut transition = Transition::Absent;
    for (height, lead) in r.iter_mut().zip(CHEST) {
        let measured = &leads[lead.index()];
        *height = measured.r_amplitude?;
        let depth = -(measured.s_amplitude?.min(measured.q_amplitude?));
        if transition == Transition::Absent && *height >= depth && *height > 0.0 {
            transition = Transition::At(lead);
        }
    }
    Ok(RProgression {
        r,
        transition,
        poor: r[2] <= POOR,
    })
}
