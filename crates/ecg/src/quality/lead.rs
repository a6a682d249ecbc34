//! Quality of one lead.

use super::beats::quantile;
use crate::filter::{filtfilt_samples, notch};
use crate::missing;
use crate::vector::{Instructions, Sum, Vectorised, vectorised};
use crate::{Finding, Lead};
use serde::Serialize;
use std::borrow::Cow;

/// What can be wrong with a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Peak-to-peak below 0.02 mV over the whole record.
    Flat,
    /// More than 2 % of the samples are invalid.
    Missing,
    /// A run of at least one second without any change inside a lead that otherwise varies.
    LostContact,
    /// At least 0.5 % of the samples stand in three or more runs (≥ 8 ms and four samples) at the
    /// lead's extremes.
    Clipped,
    /// Sample-to-sample noise (above about a quarter of the rate) over 0.05 mV root mean square.
    Noise,
    /// Mains hum (50 or 60 Hz) over 0.1 mV root mean square.
    Mains,
    /// The half-second means wander over more than 2 mV.
    BaselineWander,
    /// The baseline jumps: medians of neighbouring 0.4 s differ by more than 1.5 mV.
    Motion,
}

impl Fault {
    /// Code of the finding.
    pub fn code(self) -> &'static str {
        match self {
            Fault::Flat => "flat-lead",
            Fault::Missing => "missing-samples",
            Fault::LostContact => "lost-contact",
            Fault::Clipped => "clipped-lead",
            Fault::Noise => "noisy-lead",
            Fault::Mains => "mains-hum",
            Fault::BaselineWander => "baseline-wander",
            Fault::Motion => "motion-artefact",
        }
    }
}

/// Measurements of one lead and what they mean.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeadQuality {
    /// Which lead.
    pub lead: Lead,
    /// Share of invalid samples, 0 to 1.
    pub missing: f64,
    /// Whether every valid sample is exactly zero.
    pub is_zero: bool,
    /// Greatest minus least valid sample in millivolts.
    pub peak_to_peak: f64,
    /// Longest run of equal samples in seconds.
    pub longest_constant_seconds: f64,
    /// Share of samples in runs at the extreme values, 0 to 1.
    pub clipped: f64,
    /// Root mean square of the high-frequency part in millivolts.
    pub noise: f64,
    /// Root mean square of the stronger of 50 and 60 Hz in millivolts.
    pub mains: f64,
    /// Span of the half-second means in millivolts.
    pub wander: f64,
    /// Greatest difference between the medians of neighbouring 0.4 s in millivolts.
    pub jump: f64,
    /// Faults by the thresholds of [`Fault`].
    pub faults: Vec<Fault>,
}

impl LeadQuality {
    /// Whether the lead has a fault.
    pub fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let name = self.lead.name();
        self.faults
            .iter()
            .map(|&fault| Finding {
                code: fault.code().to_string(),
                message: match fault {
                    Fault::Flat => format!("{name}: peak-to-peak {:.4} mV", self.peak_to_peak),
                    Fault::Missing => {
                        format!(
                            "{name}: {:.1} % of the samples invalid",
                            100.0 * self.missing
                        )
                    }
                    Fault::LostContact => {
                        format!(
                            "{name}: no change for {:.1} s",
                            self.longest_constant_seconds
                        )
                    }
                    Fault::Clipped => {
                        format!("{name}: {:.1} % at the limit", 100.0 * self.clipped)
                    }
                    Fault::Noise => format!("{name}: noise {:.3} mV rms", self.noise),
                    Fault::Mains => format!("{name}: mains hum {:.3} mV rms", self.mains),
                    Fault::BaselineWander => {
                        format!("{name}: baseline wanders over {:.1} mV", self.wander)
                    }
                    Fault::Motion => format!("{name}: baseline jumps by {:.1} mV", self.jump),
                },
            })
            .collect()
    }
}

/// Measures one lead at `rate` hertz.
pub(crate) fn assess(lead: Lead, millivolts: &[f64], rate: f64) -> LeadQuality {
    let samples = valid(millivolts);
    let mains = mains(&[&samples], rate);
    measure(lead, millivolts, &samples, rate, mains[0])
}

/// Measures leads as [`assess`] does, filtering them side by side.
pub(super) fn assess_each(leads: &[(Lead, &[f64])], rate: f64) -> Vec<LeadQuality> {
    let samples: Vec<Cow<'_, [f64]>> = leads.iter().map(|lead| valid(lead.1)).collect();
    let mains = mains(&samples.iter().map(|one| &**one).collect::<Vec<_>>(), rate);
    let measured = leads.iter().zip(&samples).zip(mains);
    measured
        .map(|((&(lead, millivolts), samples), mains)| {
            measure(lead, millivolts, samples, rate, mains)
        })
        .collect()
}

/// The samples with gaps bridged; none where none is valid.
fn valid(millivolts: &[f64]) -> Cow<'_, [f64]> {
    if missing::survey(millivolts).1 {
        return Cow::Borrowed(millivolts);
    }
    let mut samples = millivolts.to_vec();
    missing::bridge(&mut samples);
    samples.retain(|sample| sample.is_finite());
    Cow::Owned(samples)
}

fn measure(lead: Lead, millivolts: &[f64], samples: &[f64], rate: f64, mains: f64) -> LeadQuality {
    let missing = missing::count(millivolts).samples as f64 / millivolts.len().max(1) as f64;
    let (low, high) = vectorised(Extremes(samples));
    let span = if samples.is_empty() { 0.0 } else { high - low };
    let runs = Runs::of(samples, low, high, rate);
    let mut quality = LeadQuality {
        lead,
        missing,
        is_zero: samples.iter().all(|&sample| sample == 0.0),
        peak_to_peak: span,
        longest_constant_seconds: runs.longest as f64 / rate,
        clipped: runs.clipped,
        noise: noise(samples),
        mains,
        wander: wander(samples, rate),
        jump: jump(samples, rate),
        faults: Vec::new(),
    };
    quality.faults = faults(&quality);
    quality
}

fn faults(quality: &LeadQuality) -> Vec<Fault> {
    let mut faults = Vec::new();
    if quality.missing > 0.02 {
        faults.push(Fault::Missing);
    }
    if quality.peak_to_peak < 0.02 {
        faults.push(Fault::Flat);
        return faults;
    }
    let limits = [
        (Fault::LostContact, quality.longest_constant_seconds >= 1.0),
        (Fault::Clipped, quality.clipped >= 0.005),
        (Fault::Noise, quality.noise > 0.05),
        (Fault::Mains, quality.mains > 0.1),
        (Fault::BaselineWander, quality.wander > 2.0),
        (Fault::Motion, quality.jump > 1.5),
    ];
    faults.extend(
        limits
            .iter()
            .filter(|(_, over)| *over)
            .map(|(fault, _)| fault),
    );
    faults
}

/// The least and the greatest sample.
struct Extremes<'a>(&'a [f64]);

impl Vectorised for Extremes<'_> {
    type Output = (f64, f64);

    #[inline(always)]
    fn run<I: Instructions>(self) -> (f64, f64) {
        let (mut low, mut high) = ([f64::INFINITY; 8], [f64::NEG_INFINITY; 8]);
        let (eights, rest) = self.0.as_chunks::<8>();
        for eight in eights {
            for lane in 0..8 {
                low[lane] = low[lane].min(eight[lane]);
                high[lane] = high[lane].max(eight[lane]);
            }
        }
        let low = low.iter().chain(rest).copied();
        let high = high.iter().chain(rest).copied();
        (
            low.fold(f64::INFINITY, f64::min),
            high.fold(f64::NEG_INFINITY, f64::max),
        )
    }
}

/// Runs of equal samples.
struct Runs {
    /// Samples of the longest.
    longest: usize,
    /// Share of samples in runs of at least 8 ms and four samples at the least or greatest value.
    ///
    /// Fewer than three runs, or one that touches an end of the record, are not clipping: the
    /// amplifier settles there, and a limit of the recorder is met beat after beat.
    clipped: f64,
}

impl Runs {
    fn of(samples: &[f64], low: f64, high: f64, rate: f64) -> Runs {
        let least = ((0.008 * rate) as usize).max(4);
        let (mut longest, mut count, mut clipped) = (0, 0, 0);
        let mut start = 0;
        while start < samples.len() {
            let value = samples[start];
            let mut end = start + 1;
            while end < samples.len() && samples[end] == value {
                end += 1;
            }
            let length = end - start;
            longest = longest.max(length);
            let inside = start > 0 && end < samples.len();
            if length >= least && inside && (value == low || value == high) {
                count += 1;
                clipped += length;
            }
            start = end;
        }
        let clipped = if count < 3 { 0 } else { clipped };
        Runs {
            longest,
            clipped: clipped as f64 / samples.len().max(1) as f64,
        }
    }
}

/// Robust root mean square of the third difference, scaled so that white noise of standard
/// deviation s gives s; the median keeps the QRS complexes out.
fn noise(samples: &[f64]) -> f64 {
    let differences: Vec<f64> = samples
        .windows(4)
        .map(|four| (four[3] - 3.0 * four[2] + 3.0 * four[1] - four[0]).abs())
        .collect();
    quantile(&differences, 0.5) / (0.6745 * 20.0_f64.sqrt())
}

/// Robust root mean square of what a notch takes out of each lead, at the stronger of 50 and
/// 60 Hz; zero for a lead too short to filter.
fn mains(leads: &[&[f64]], rate: f64) -> Vec<f64> {
    let mut strongest = vec![0.0; leads.len()];
    for frequency in [50.0, 60.0] {
        let Ok(filter) = notch(frequency, 30.0, rate) else {
            continue;
        };
        if 2.2 * frequency >= rate {
            continue;
        }
        let places: Vec<usize> = (0..leads.len()).filter(|&at| leads[at].len() > 9).collect();
        let mut kept: Vec<_> = places.iter().map(|&at| Cow::Borrowed(leads[at])).collect();
        if filtfilt_samples(&[filter], &mut kept).is_err() {
            continue;
        }
        for (at, kept) in places.into_iter().zip(kept) {
            let removed = leads[at].iter().zip(&*kept);
            let removed: Vec<f64> = removed
                .map(|(sample, kept)| (sample - kept).abs())
                .collect();
            strongest[at] = at_least(&removed, strongest[at]);
        }
    }
    strongest
}

/// The median, or `least` where that is greater; without a selection where it is.
fn at_least(sizes: &[f64], least: f64) -> f64 {
    let greater = sizes
        .iter()
        .map(|&size| usize::from(size > least))
        .sum::<usize>();
    if 2 * greater < sizes.len() {
        return least;
    }
    quantile(sizes, 0.5).max(least)
}

fn wander(samples: &[f64], rate: f64) -> f64 {
    let block = ((0.5 * rate) as usize).max(1);
    let means: Vec<f64> = samples
        .chunks_exact(block)
        .map(|chunk| vectorised(Sum(&[chunk], |sample| sample)) / block as f64)
        .collect();
    let low = means.iter().copied().fold(f64::INFINITY, f64::min);
    let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if means.is_empty() { 0.0 } else { high - low }
}

/// Medians leave out the QRS complex, which is shorter than half of 0.4 s.
fn jump(samples: &[f64], rate: f64) -> f64 {
    let block = ((0.4 * rate) as usize).max(1);
    let blocks = samples.chunks_exact(block);
    let medians: Vec<f64> = blocks.map(|block| quantile(block, 0.5)).collect();
    let jumps = medians.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    jumps.fold(0.0, f64::max)
}
