//! Intervals and amplitudes of a delineated recording, each with the reason where it is undefined.
//!
//! Rate comes from the beats, the rest from the median beat of the commonest shape: intervals of
//! all leads together, amplitudes lead by lead against the level just before the complex.

mod intervals;
mod lead;
mod progression;
mod q_wave;

use crate::Lead;
use crate::beats::Unmeasured;
use crate::delineation::Delineation;
use serde::Serialize;

pub use intervals::Intervals;
pub use lead::LeadMeasurements;
pub use progression::{RProgression, Transition};

/// A measurement, or why there is none.
pub type Measured<T> = Result<T, Unmeasured>;

/// Everything measured on one recording.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measurements {
    /// Rate and intervals of all leads together.
    pub intervals: Intervals,
    /// Amplitudes of each of the twelve leads in tensor order.
    pub leads: Vec<LeadMeasurements>,
    /// Whether V2 or V3, or two contiguous leads, meet the criterion for Q waves of
    /// [`LeadMeasurements::q_criterion`]. A measurement, not a diagnosis.
    pub q_pathological: Measured<bool>,
    /// R waves from V1 to V6.
    pub r_progression: Measured<RProgression>,
    /// Beats in the median beat.
    pub beats: usize,
}

impl Measurements {
    /// The measurements of a lead.
    pub fn lead(&self, lead: Lead) -> &LeadMeasurements {
        &self.leads[lead.index()]
    }
}

/// Measures a delineated recording.
pub fn measure(found: &Delineation) -> Measurements {
    let leads: Vec<LeadMeasurements> = Lead::ALL
        .into_iter()
        .map(|lead| lead::measure(found, lead))
        .collect();
    Measurements {
        intervals: intervals::measure(found),
        q_pathological: q_wave::pathological(&leads),
        r_progression: progression::measure(found, &leads),
        leads,
        beats: found.median.beats,
    }
}
