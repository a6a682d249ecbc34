//! Onset, R peak and offset of the QRS complex on a median beat.

use super::span::{Span, median};
use super::together::root_mean_square;
use crate::beats::{RATE, Template, samples, slope};

/// Standard deviation of the Gaussian slope in which onset and offset are read, in seconds. The
/// wider it is the earlier a slope that sets in slowly is seen, as an eye sees it.
const SLOPE_SECONDS: (f64, f64) = (0.014, 0.012);

/// Share of a lead's steepest slope below which the complex has not begun, or is over.
const QUIET_SHARE: (f64, f64) = (0.05, 0.07);

/// Slope in millivolts a second below which the same holds whatever the steepest slope.
const QUIET_SLOPE: (f64, f64) = (1.4, 2.5);

/// How long the slope must stay quiet, in seconds.
const QUIET_SECONDS: f64 = 0.012;

/// How much the leads together correct each lead.
const FUSION: f64 = 0.5;

/// Slope in 1/s that counts as noise for each millivolt of white noise: five standard deviations
/// of a slope read over 8 ms.
const NOISE_GAIN: f64 = 120.0;

/// Standard deviation of the Gaussian curvature that finds the bend of a complex without R, in
/// seconds.
const BEND_SECONDS: f64 = 0.006;

/// Standard deviation of the Gaussian slope that the wider ones may not leave far, in seconds.
const SHARP_SECONDS: f64 = 0.008;

/// How far onset and offset may lie outside of those of the sharp slope, in seconds: where the
/// complex runs into a steep ST segment or out of a flutter wave, only the sharp slope shows where.
const BEYOND_SHARP: f64 = 0.012;

/// Slopes of a signal, in millivolts a second.
#[derive(Clone, Debug)]
struct Slopes {
    /// For the bounds of both.
    sharp: Vec<f64>,
    /// For the onset.
    rising: Vec<f64>,
    /// For the offset.
    falling: Vec<f64>,
}

/// Where the complex lies in each lead, and in all leads together.
#[derive(Clone, Debug)]
pub(super) struct Extents {
    own: Vec<Span>,
    all: (usize, usize),
    sharp_onset: usize,
}

impl Extents {
    /// Onset of all leads together under the sharp slope: a pacing spike is not far from it, while
    /// the wide slope smears the spike into an earlier onset.
    pub(super) fn sharp_onset(&self) -> usize {
        self.sharp_onset
    }

    /// The complex of every lead, and of all leads together, with its R peak.
    pub(super) fn with_peaks(&self, beat: &Template, rhythm: Paced) -> (Vec<Span>, Span) {
        let leads = with_peaks(&self.own, beat, rhythm);
        let peak = median(&leads).map_or(beat.zero, |middle| middle.peak);
        let all = Span {
            onset: self.all.0,
            peak: peak.clamp(self.all.0, self.all.1),
            offset: self.all.1,
        };
        (leads, all)
    }
}

/// Whether the complex follows a pacing spike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paced {
    Yes,
    No,
}

/// Onset and offset of the complex.
pub(super) fn extents(beat: &Template) -> Extents {
    let slopes: Vec<Slopes> = beat.leads.iter().map(|lead| Slopes::of(lead)).collect();
    let count = beat.noise.len().max(1) as f64;
    let mean_square = beat.noise.iter().map(|noise| noise * noise).sum::<f64>() / count;
    let whole = (
        0,
        beat.leads
            .first()
            .map_or(0, |lead| lead.len().saturating_sub(1)),
    );
    let noise = NOISE_GAIN * mean_square.sqrt();
    let together = Slopes::together(&slopes);
    let all = extent(&together, beat.zero, noise).unwrap_or(whole);
    let sharp = walk(&together.sharp, &together.sharp, beat.zero, noise);
    let own = slopes
        .iter()
        .zip(&beat.noise)
        .map(|(slopes, noise)| {
            let own = extent(slopes, beat.zero, NOISE_GAIN * noise);
            let (onset, offset) = own.map_or(all, |own| limited(own, all));
            Span {
                onset,
                peak: beat.zero,
                offset,
            }
        })
        .collect();
    Extents {
        own,
        all,
        sharp_onset: sharp.unwrap_or(whole).0,
    }
}

/// The leads' ends moved towards each other, and the R peak between them.
fn with_peaks(own: &[Span], beat: &Template, rhythm: Paced) -> Vec<Span> {
    let Some(middle) = median(own) else {
        return Vec::new();
    };
    own.iter()
        .zip(&beat.leads)
        .map(|(span, lead)| {
            let span = span.towards(middle, (FUSION, FUSION), 0.0);
            Span {
                peak: r_peak(lead, span.onset, span.offset, rhythm),
                ..span
            }
        })
        .collect()
}

impl Slopes {
    fn of(lead: &[f64]) -> Slopes {
        Slopes {
            sharp: steepness(lead, SHARP_SECONDS),
            rising: steepness(lead, SLOPE_SECONDS.0),
            falling: steepness(lead, SLOPE_SECONDS.1),
        }
    }

    /// Root mean square of the leads.
    fn together(leads: &[Slopes]) -> Slopes {
        Slopes {
            sharp: root_mean_square(leads, |lead| &lead.sharp),
            rising: root_mean_square(leads, |lead| &lead.rising),
            falling: root_mean_square(leads, |lead| &lead.falling),
        }
    }
}

/// Magnitude of the slope in millivolts a second.
fn steepness(lead: &[f64], sigma: f64) -> Vec<f64> {
    slope(lead, sigma * RATE)
        .into_iter()
        .map(|slope| (slope * RATE).abs())
        .collect()
}

/// First and last place of the complex around `zero`.
fn extent(slopes: &Slopes, zero: usize, noise: f64) -> Option<(usize, usize)> {
    let sharp = walk(&slopes.sharp, &slopes.sharp, zero, noise)?;
    let wide = walk(&slopes.rising, &slopes.falling, zero, noise)?;
    let reach = samples(BEYOND_SHARP);
    let onset = wide.0.max(sharp.0.saturating_sub(reach));
    let offset = wide.1.min(sharp.1 + reach);
    Some(if onset < offset {
        (onset, offset)
    } else {
        sharp
    })
}

/// Walks outwards from the steepest place until the slope stays quiet.
fn walk(rising: &[f64], falling: &[f64], zero: usize, noise: f64) -> Option<(usize, usize)> {
    let quiet = samples(QUIET_SECONDS);
    let calm = |part: &[f64], limit: f64| part.iter().all(|&value| value < limit);
    let first = steepest(rising, zero)?;
    let before = limit(rising[first], QUIET_SHARE.0, QUIET_SLOPE.0, noise);
    let onset = (quiet..=first)
        .rev()
        .find(|&at| calm(&rising[at - quiet..at], before))
        .unwrap_or(0);
    let last = steepest(falling, zero)?;
    let after = limit(falling[last], QUIET_SHARE.1, QUIET_SLOPE.1, noise);
    let offset = (last.max(first)..falling.len().saturating_sub(quiet))
        .find(|&at| calm(&falling[at + 1..at + 1 + quiet], after))
        .unwrap_or(falling.len() - 1);
    Some((onset, offset))
}

/// The steepest place of a complex around `zero`.
fn steepest(slope: &[f64], zero: usize) -> Option<usize> {
    let start = zero.saturating_sub(samples(0.1));
    let end = (zero + samples(0.12)).min(slope.len());
    (start..end).max_by(|&a, &b| slope[a].total_cmp(&slope[b]))
}

/// The slope below which it is quiet: a share of the steepest, but not below `least` nor `noise`
/// as far as the complex stands out from these.
fn limit(most: f64, share: f64, least: f64, noise: f64) -> f64 {
    let limit = (share * most).max(least.min(0.25 * most));
    limit.max(noise.min(0.3 * most))
}

/// A lead's extent held near that of all leads.
fn limited((onset, offset): (usize, usize), all: (usize, usize)) -> (usize, usize) {
    let near = |place: usize, centre: usize| {
        place.clamp(centre.saturating_sub(samples(0.03)), centre + samples(0.03))
    };
    let (onset, offset) = (near(onset, all.0), near(offset, all.1));
    if onset + samples(0.03) < offset {
        (onset, offset)
    } else {
        all
    }
}

/// The R peak: the highest positive deflection from the line between onset and offset.
///
/// In a complex without one (QS) it is where LUDB's cardiologists mark it, at the sharpest upward
/// bend before the nadir: the shoulder or notch that stands for the R wave. A paced one begins with
/// the artefact of its spike, whose bend means nothing, so there it is the nadir.
fn r_peak(lead: &[f64], onset: usize, offset: usize, rhythm: Paced) -> usize {
    let (from, to) = (lead[onset], lead[offset]);
    let length = (offset - onset).max(1) as f64;
    let deviation = |at: usize| lead[at] - from - (to - from) * (at - onset) as f64 / length;
    let by = |sign: f64| {
        (onset..=offset)
            .max_by(|&a, &b| (sign * deviation(a)).total_cmp(&(sign * deviation(b))))
            .unwrap_or(onset)
    };
    let (highest, lowest) = (by(1.0), by(-1.0));
    let visible = deviation(highest) >= 0.02_f64.max(0.02 * -deviation(lowest));
    match rhythm {
        _ if visible => highest,
        Paced::Yes => lowest,
        Paced::No => sharpest_bend(lead, onset, lowest),
    }
}

/// The place of the greatest downward curvature in `from..=to`.
fn sharpest_bend(lead: &[f64], from: usize, to: usize) -> usize {
    let sigma = BEND_SECONDS * RATE / std::f64::consts::SQRT_2;
    let bend = slope(&slope(lead, sigma), sigma);
    (from..=to)
        .min_by(|&a, &b| bend[a].total_cmp(&bend[b]))
        .unwrap_or(to)
}
