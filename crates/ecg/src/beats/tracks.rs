//! The leads of a recording made ready for beats and waves: gaps bridged, one internal rate, no
//! slow baseline, no mains hum.

use super::Unmeasured;
use super::spikes::spikes;
use crate::filter::{butterworth_band_pass, filtfilt, notch};
use crate::quality::{Fault, LeadQuality, assess_lead};
use crate::{Ecg, Lead, missing, resample};

/// The rate at which beats and waves are looked for, in hertz.
pub(crate) const RATE: f64 = 500.0;

/// Largest magnitude that is believed to be an ECG, in millivolts.
const MAGNITUDE_LIMIT: f64 = 1000.0;

/// Mains hum that is taken out, root mean square in millivolts.
const HUM: f64 = 0.02;

/// A lead that can be worked on.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    pub(crate) lead: Lead,
    /// Samples at [`RATE`] in millivolts, 0.5–100 Hz: to find beats and waves.
    pub(crate) samples: Vec<f64>,
    /// The same without the band: to measure levels.
    pub(crate) plain: Vec<f64>,
    /// Places of pacing spikes at [`RATE`].
    pub(crate) spikes: Vec<usize>,
}

/// All leads that can be worked on, and those that cannot with the reason.
#[derive(Clone, Debug)]
pub(crate) struct Tracks {
    pub(crate) tracks: Vec<Track>,
    pub(crate) unusable: Vec<(Lead, Unmeasured)>,
    /// Recorded samples a second.
    pub(crate) recorded_rate: f64,
    /// Number of recorded samples.
    pub(crate) recorded_samples: usize,
}

impl Tracks {
    /// Number of samples at [`RATE`].
    pub(crate) fn len(&self) -> usize {
        self.tracks.first().map_or(0, |track| track.samples.len())
    }

    /// The recorded sample nearest to a place at [`RATE`].
    pub(crate) fn recorded(&self, at: usize) -> usize {
        let sample = (at as f64 * self.recorded_rate / RATE).round() as usize;
        sample.min(self.recorded_samples.saturating_sub(1))
    }
}

/// Samples at [`RATE`] in `seconds`, rounded.
pub(crate) fn samples(seconds: f64) -> usize {
    (seconds * RATE).round() as usize
}

/// Prepares every standard lead that is stored.
pub(crate) fn prepare(ecg: &Ecg) -> Result<Tracks, Unmeasured> {
    let rate = ecg.rate.get();
    if !(80.0..=20_000.0).contains(&rate) {
        return Err(Unmeasured::Rate { hertz: rate });
    }
    let expected = ecg.len();
    if ecg.seconds() < 1.5 {
        return Err(Unmeasured::TooShort {
            seconds: ecg.seconds(),
            least: 1.5,
        });
    }
    let mut tracks = Tracks {
        tracks: Vec::new(),
        unusable: Vec::new(),
        recorded_rate: rate,
        recorded_samples: expected,
    };
    for lead in Lead::ALL {
        let Some(millivolts) = ecg.lead(lead).filter(|samples| samples.len() == expected) else {
            tracks.unusable.push((lead, Unmeasured::LeadAbsent));
            continue;
        };
        match usable(lead, millivolts, rate) {
            Ok(quality) => tracks.tracks.push(track(&quality, millivolts, rate)),
            Err(reason) => tracks.unusable.push((lead, reason)),
        }
    }
    if tracks.tracks.is_empty() {
        let stored = |(_, reason): &&(Lead, Unmeasured)| *reason != Unmeasured::LeadAbsent;
        let reason = tracks.unusable.iter().find(stored);
        return Err(reason.map_or(Unmeasured::LeadAbsent, |(_, reason)| *reason));
    }
    Ok(tracks)
}

/// The quality of a lead, or why it cannot be used.
fn usable(lead: Lead, millivolts: &[f64], rate: f64) -> Result<LeadQuality, Unmeasured> {
    let quality = assess_lead(lead, millivolts, rate);
    let beyond = |sample: &f64| sample.is_finite() && sample.abs() > MAGNITUDE_LIMIT;
    if millivolts.iter().any(beyond) {
        Err(Unmeasured::Magnitude)
    } else if quality.missing > 0.1 {
        Err(Unmeasured::MissingSamples)
    } else if quality.has(Fault::Flat) {
        Err(Unmeasured::FlatLead)
    } else {
        Ok(quality)
    }
}

fn track(quality: &LeadQuality, millivolts: &[f64], rate: f64) -> Track {
    let mut samples = millivolts.to_vec();
    missing::bridge(&mut samples);
    let mean = samples.iter().sum::<f64>() / samples.len().max(1) as f64;
    for sample in &mut samples {
        *sample -= mean;
    }
    let unfiltered = at_internal_rate(&samples, rate);
    let spikes = spikes(&unfiltered, rate, quality.noise);
    let plain = if quality.mains > HUM {
        let filtered = without_hum(without_hum(samples, 50.0, rate), 60.0, rate);
        at_internal_rate(&filtered, rate)
    } else {
        unfiltered
    };
    Track {
        lead: quality.lead,
        samples: without_baseline(&plain),
        plain,
        spikes,
    }
}

fn without_hum(samples: Vec<f64>, frequency: f64, rate: f64) -> Vec<f64> {
    if 2.2 * frequency >= rate {
        return samples;
    }
    let filtered = notch(frequency, 10.0, rate)
        .ok()
        .and_then(|filter| filtfilt(&filter, &samples).ok());
    filtered.unwrap_or(samples)
}

fn at_internal_rate(samples: &[f64], rate: f64) -> Vec<f64> {
    if rate == RATE {
        return samples.to_vec();
    }
    match resample::ratio(rate, RATE) {
        Some((up, down)) if up.max(down) <= resample::LARGEST_TERM => {
            resample::polyphase(samples, up, down)
        }
        _ => straight_lines(samples, rate),
    }
}

/// Linear interpolation that keeps the time axis exact.
fn straight_lines(samples: &[f64], rate: f64) -> Vec<f64> {
    let last = samples.len().saturating_sub(1);
    let length = (samples.len() as f64 * RATE / rate) as usize;
    (0..length)
        .map(|at| {
            let place = (at as f64 * rate / RATE).min(last as f64);
            let left = place as usize;
            let right = (left + 1).min(last);
            samples[left] + (samples[right] - samples[left]) * (place - left as f64)
        })
        .collect()
}

/// A zero-phase band of 0.5–100 Hz; a record too short for it keeps its baseline.
fn without_baseline(samples: &[f64]) -> Vec<f64> {
    let filtered = butterworth_band_pass(1, 0.5, 100.0, RATE)
        .ok()
        .and_then(|filter| filtfilt(&filter, samples).ok());
    filtered.unwrap_or_else(|| samples.to_vec())
}
