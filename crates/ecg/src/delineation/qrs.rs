//! Onset, R peak and offset of the QRS complex on a median beat.

use super::span::{Span, median};
use crate::beats::{RATE, Template, samples, slope};

/// Standard deviation of the Gaussian slope, in seconds.
const SLOPE_SECONDS: f64 = 0.008;

/// Share of a lead's steepest slope below which the complex has not begun, or is over.
const QUIET_SHARE: (f64, f64) = (0.05, 0.07);

/// Slope in millivolts a second below which the same holds whatever the steepest slope.
const QUIET_SLOPE: (f64, f64) = (1.5, 2.5);

/// How long the slope must stay quiet, in seconds.
const QUIET_SECONDS: f64 = 0.016;

/// How much the leads together correct each lead.
const FUSION: f64 = 0.5;

/// Slope in 1/s that counts as noise for each millivolt of white noise: five standard deviations.
const NOISE_GAIN: f64 = 120.0;

/// The complex of every lead, and of all leads together.
pub(super) fn complexes(beat: &Template) -> (Vec<Span>, Span) {
    let slopes: Vec<Vec<f64>> = beat.leads.iter().map(|lead| steepness(lead)).collect();
    let count = beat.noise.len().max(1) as f64;
    let mean_square = beat.noise.iter().map(|noise| noise * noise).sum::<f64>() / count;
    let whole = (
        0,
        beat.leads
            .first()
            .map_or(0, |lead| lead.len().saturating_sub(1)),
    );
    let all = extent(
        &together(&slopes),
        beat.zero,
        NOISE_GAIN * mean_square.sqrt(),
    );
    let all = all.unwrap_or(whole);
    let own: Vec<Span> = slopes
        .iter()
        .zip(&beat.noise)
        .map(|(slope, noise)| {
            let own = extent(slope, beat.zero, NOISE_GAIN * noise);
            let (onset, offset) = own.map_or(all, |own| limited(own, all));
            Span {
                onset,
                peak: beat.zero,
                offset,
            }
        })
        .collect();
    let leads = with_peaks(&own, beat);
    let peak = median(&leads).map_or(beat.zero, |middle| middle.peak);
    let all = Span {
        onset: all.0,
        peak: peak.clamp(all.0, all.1),
        offset: all.1,
    };
    (leads, all)
}

/// The leads' ends moved towards each other, and the R peak between them.
fn with_peaks(own: &[Span], beat: &Template) -> Vec<Span> {
    let Some(middle) = median(own) else {
        return Vec::new();
    };
    own.iter()
        .zip(&beat.leads)
        .map(|(span, lead)| {
            let span = span.towards(middle, (FUSION, FUSION), 0.0);
            Span {
                peak: r_peak(lead, span.onset, span.offset),
                ..span
            }
        })
        .collect()
}

/// Magnitude of the slope in millivolts a second.
fn steepness(lead: &[f64]) -> Vec<f64> {
    slope(lead, SLOPE_SECONDS * RATE)
        .into_iter()
        .map(|slope| (slope * RATE).abs())
        .collect()
}

/// Root mean square of the leads' slopes.
fn together(slopes: &[Vec<f64>]) -> Vec<f64> {
    let length = slopes.first().map_or(0, Vec::len);
    (0..length)
        .map(|at| {
            let sum: f64 = slopes.iter().map(|slope| slope[at] * slope[at]).sum();
            (sum / slopes.len() as f64).sqrt()
        })
        .collect()
}

/// First and last place of the complex around `zero`: walking outwards from the steepest
/// place until the slope stays quiet.
fn extent(slope: &[f64], zero: usize, noise: f64) -> Option<(usize, usize)> {
    let start = zero.saturating_sub(samples(0.1));
    let end = (zero + samples(0.12)).min(slope.len());
    let steepest = (start..end).max_by(|&a, &b| slope[a].total_cmp(&slope[b]))?;
    let most = slope[steepest];
    let quiet = samples(QUIET_SECONDS);
    let limit = |share: f64, least: f64| {
        let limit = (share * most).max(least.min(0.25 * most));
        limit.max(noise.min(0.3 * most))
    };
    let (before, after) = (
        limit(QUIET_SHARE.0, QUIET_SLOPE.0),
        limit(QUIET_SHARE.1, QUIET_SLOPE.1),
    );
    let calm =
        |from: usize, to: usize, limit: f64| slope[from..to].iter().all(|&value| value < limit);
    let onset = (quiet..=steepest)
        .rev()
        .find(|&at| calm(at - quiet, at, before))
        .unwrap_or(0);
    let offset = (steepest..slope.len().saturating_sub(quiet))
        .find(|&at| calm(at + 1, at + 1 + quiet, after))
        .unwrap_or(slope.len() - 1);
    Some((onset, offset))
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

/// The R peak: the highest positive deflection from the line between onset and offset; in a
/// complex without one (QS) the nadir.
fn r_peak(lead: &[f64], onset: usize, offset: usize) -> usize {
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
    if visible { highest } else { lowest }
}
