//! Amplitudes of one lead on its median beat.

use super::Measured;
use crate::Lead;
use crate::beats::Unmeasured;
use crate::delineation::{Delineation, Wave, Waves};
use serde::Serialize;

/// Amplitudes of one lead, in millivolts from the level before the complex, and durations in
/// milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LeadMeasurements {
    /// Which lead.
    pub lead: Lead,
    /// Height of the P wave over the line between its ends, with its sign.
    pub p_amplitude: Measured<f64>,
    /// Depth of the Q wave, at or below 0; 0 where the complex does not begin downwards.
    pub q_amplitude: Measured<f64>,
    /// Width of the Q wave, 0 without one.
    pub q_duration: Measured<f64>,
    /// Whether the lead meets the criterion for Q waves of the fourth universal definition of
    /// myocardial infarction (2018): I, II, III, aVL, aVF, V4–V6 at least 30 ms wide and 0.1 mV
    /// deep, V2 and V3 at least 20 ms wide, or a complex that is a QS. Two contiguous leads make
    /// it pathological, see [`super::Measurements::q_pathological`]. Not judged in aVR and V1,
    /// nor in a paced rhythm.
    pub q_criterion: Measured<bool>,
    /// Height of the R wave; 0 where the complex has none (QS).
    pub r_amplitude: Measured<f64>,
    /// Depth of the S wave, at or below 0: the lowest level once the complex has gone upwards.
    pub s_amplitude: Measured<f64>,
    /// Level at the J point, the end of the complex of all leads.
    pub j_level: Measured<f64>,
    /// Level 60 ms after the J point; undefined in a paced rhythm, as are the next four.
    pub st_60: Measured<f64>,
    /// Level 80 ms after the J point.
    pub st_80: Measured<f64>,
    /// Slope from the J point to 60 ms after it, in millivolts a second.
    pub st_slope_60: Measured<f64>,
    /// Slope from the J point to 80 ms after it, in millivolts a second.
    pub st_slope_80: Measured<f64>,
    /// Height of the T wave at its peak, with its sign.
    pub t_amplitude: Measured<f64>,
}

/// Deflection that counts as a wave, in millivolts.
const VISIBLE: f64 = 0.02;

/// Averaged on each side of a level, in seconds.
const HALF_SECONDS: f64 = 0.004;

impl LeadMeasurements {
    fn undefined(lead: Lead, reason: Unmeasured) -> LeadMeasurements {
        LeadMeasurements {
            lead,
            p_amplitude: Err(reason),
            q_amplitude: Err(reason),
            q_duration: Err(reason),
            q_criterion: Err(reason),
            r_amplitude: Err(reason),
            s_amplitude: Err(reason),
            j_level: Err(reason),
            st_60: Err(reason),
            st_80: Err(reason),
            st_slope_60: Err(reason),
            st_slope_80: Err(reason),
            t_amplitude: Err(reason),
        }
    }
}

pub(super) fn measure(found: &Delineation, lead: Lead) -> LeadMeasurements {
    let Some((beat, waves)) = found.median.lead(lead) else {
        let unusable = found.unusable.iter().find(|(name, _)| *name == lead);
        let reason = unusable.map_or(Unmeasured::LeadAbsent, |(_, reason)| *reason);
        return LeadMeasurements::undefined(lead, reason);
    };
    let beat = Beat {
        samples: beat,
        rate: found.median.rate,
    };
    let mut measured = LeadMeasurements::undefined(lead, Unmeasured::NoWave);
    complex(&beat, waves, &mut measured);
    measured.q_criterion = q_criterion(found, &measured);
    if found.rhythm.paced {
        let paced = Err(Unmeasured::PacedRhythm);
        measured.st_60 = paced;
        measured.st_80 = paced;
        measured.st_slope_60 = paced;
        measured.st_slope_80 = paced;
        measured.t_amplitude = paced;
    } else {
        recovery(&beat, waves, found.median.all.qrs, &mut measured);
    }
    measured.p_amplitude = waves.p.and_then(|wave| beat.over_ends(wave));
    measured
}

/// Samples of a median beat at a rate.
struct Beat<'a> {
    samples: &'a [f64],
    rate: f64,
}

impl Beat<'_> {
    /// Mean level over 8 ms around a place.
    fn level(&self, at: usize) -> Measured<f64> {
        let half = (HALF_SECONDS * self.rate).round() as usize;
        let start = at.checked_sub(half).ok_or(Unmeasured::NotVisible)?;
        let part = self
            .samples
            .get(start..=at + half)
            .ok_or(Unmeasured::NotVisible)?;
        let mean = part.iter().sum::<f64>() / part.len() as f64;
        if mean.is_finite() {
            Ok(mean)
        } else {
            Err(Unmeasured::NotVisible)
        }
    }

    /// Height of the peak over the line between onset and offset.
    fn over_ends(&self, wave: Wave) -> Measured<f64> {
        let (from, to) = (self.level(wave.onset)?, self.level(wave.offset)?);
        let length = (wave.offset - wave.onset).max(1) as f64;
        let line = from + (to - from) * (wave.peak - wave.onset) as f64 / length;
        Ok(self.level(wave.peak)? - line)
    }

    fn seconds(&self, seconds: f64) -> usize {
        (seconds * self.rate).round() as usize
    }
}

/// Q, R and S of the complex.
fn complex(beat: &Beat<'_>, waves: &Waves, measured: &mut LeadMeasurements) {
    let Ok(qrs) = waves.qrs else { return };
    let Some(part) = beat.samples.get(qrs.onset..=qrs.offset) else {
        return;
    };
    let peak = qrs.peak - qrs.onset;
    let has_r = part[peak] >= VISIBLE;
    let lowest = |part: &[f64]| part.iter().copied().fold(0.0, f64::min);
    // A complex such as rSr′ begins upwards though its highest deflection comes late.
    let begins_up = part.iter().position(|&sample| sample >= VISIBLE);
    let up = begins_up.filter(|_| has_r).unwrap_or(part.len());
    let (before, rest) = part.split_at(up);
    let depth = lowest(before);
    let q = if depth <= -VISIBLE { depth } else { 0.0 };
    measured.q_amplitude = Ok(q);
    measured.q_duration = Ok(q_duration(before, q, beat.rate));
    measured.r_amplitude = Ok(if has_r { part[peak] } else { 0.0 });
    measured.s_amplitude = Ok(if has_r { lowest(rest) } else { 0.0 });
}

/// Width of the part deeper than a tenth of the Q wave, in milliseconds, so that what lies a few
/// microvolts below the level before the complex is not its width.
fn q_duration(before: &[f64], q: f64, rate: f64) -> f64 {
    if q == 0.0 {
        return 0.0;
    }
    1000.0 * before.iter().filter(|&&sample| sample < 0.1 * q).count() as f64 / rate
}

fn q_criterion(found: &Delineation, measured: &LeadMeasurements) -> Measured<bool> {
    if found.rhythm.paced {
        return Err(Unmeasured::PacedRhythm);
    }
    let (depth, duration) = match measured.lead {
        Lead::V1 | Lead::AVR => return Err(Unmeasured::NotJudged),
        Lead::V2 | Lead::V3 => (0.0, 20.0),
        _ => (-0.1, 30.0),
    };
    let q = measured.q_amplitude?;
    let only_q = measured.r_amplitude? == 0.0;
    let wide_and_deep = q <= depth && measured.q_duration? >= duration;
    Ok(q < 0.0 && (only_q || wide_and_deep))
}

/// ST segment and T wave; J is that of all leads, so that leads are compared at one time.
fn recovery(
    beat: &Beat<'_>,
    waves: &Waves,
    complex: Measured<Wave>,
    measured: &mut LeadMeasurements,
) {
    let level = |after: f64| -> Measured<f64> {
        let at = complex?.offset + beat.seconds(after);
        let begins = waves.t.map_or(usize::MAX, |wave| wave.peak);
        if at < begins {
            beat.level(at)
        } else {
            Err(Unmeasured::SegmentTooShort)
        }
    };
    let j = level(0.0);
    measured.j_level = j;
    measured.st_60 = level(0.06);
    measured.st_80 = level(0.08);
    let slope = |to: Measured<f64>, seconds: f64| Ok((to? - j?) / seconds);
    measured.st_slope_60 = slope(measured.st_60, 0.06);
    measured.st_slope_80 = slope(measured.st_80, 0.08);
    measured.t_amplitude = waves.t.and_then(|wave| beat.level(wave.peak));
}
