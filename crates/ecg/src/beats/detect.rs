//! QRS complexes from the steepness of all leads together.

use super::kernel::{slope, smooth};
use super::tracks::{RATE, Tracks, samples};
use crate::quality::quantile;

/// Standard deviation of the Gaussian slope that answers to a QRS complex, in seconds.
const SLOPE_SECONDS: f64 = 0.008;

/// Standard deviation of the smoothing of the steepness, in seconds.
const SMOOTHING_SECONDS: f64 = 0.03;

/// Least time between two complexes in seconds.
const REFRACTORY: f64 = 0.22;

/// Share of the level of the neighbouring complexes that a peak must reach.
const THRESHOLD: f64 = 0.3;

/// The same for a peak in a gap that is too long for the rhythm.
const SEARCH_BACK_THRESHOLD: f64 = 0.12;

/// Least time from a complex to one found by search back, in seconds: beyond its T wave.
const SEARCH_BACK_REFRACTORY: f64 = 0.4;

/// Centres of the QRS complexes at the internal rate, in order.
///
/// The idea is that of Pan and Tompkins (1985): squared slope, integrated, against a threshold
/// that follows the neighbouring complexes, with search back. The slope is Gaussian, and the
/// leads are put together before anything is decided.
pub(crate) fn detect(tracks: &Tracks) -> Vec<usize> {
    let curve = steepness(tracks);
    let candidates = maxima(&curve, samples(REFRACTORY));
    let mut found: Vec<usize> = candidates
        .iter()
        .copied()
        .filter(|&at| curve[at] >= THRESHOLD * level(&curve, at))
        .collect();
    search_back(&curve, &candidates, &mut found);
    found
}

/// Squared slope of every lead, relative to its own steep parts, summed and smoothed.
fn steepness(tracks: &Tracks) -> Vec<f64> {
    let mut total = vec![0.0; tracks.len()];
    for track in &tracks.tracks {
        let mut energy = slope(&track.samples, SLOPE_SECONDS * RATE);
        for value in &mut energy {
            *value *= *value;
        }
        let greatest = quantile(&energy, 0.985);
        if greatest <= 0.0 {
            continue;
        }
        let rest = quantile(&energy, 0.5);
        for (sum, value) in total.iter_mut().zip(&energy) {
            *sum += ((value - rest).max(0.0) / greatest).min(2.0);
        }
    }
    smooth(&total, SMOOTHING_SECONDS * RATE)
}

/// Local maxima at least `apart` samples from any greater one, in order.
fn maxima(curve: &[f64], apart: usize) -> Vec<usize> {
    let peak = |at: &usize| curve[*at] > curve[*at - 1] && curve[*at] >= curve[*at + 1];
    let mut peaks: Vec<usize> = Vec::new();
    for at in (1..curve.len().saturating_sub(1)).filter(peak) {
        match peaks.last_mut() {
            Some(last) if at - *last < apart => {
                if curve[at] > curve[*last] {
                    *last = at;
                }
            }
            _ => peaks.push(at),
        }
    }
    peaks
}

/// Height of the complexes near a place: the median of the greatest value in each of the
/// blocks of 1.5 s that lie within 5 s.
fn level(curve: &[f64], at: usize) -> f64 {
    let (block, reach) = (samples(1.5), samples(5.0));
    let start = at.saturating_sub(reach);
    let end = (at + reach).min(curve.len());
    let greatest: Vec<f64> = curve[start..end]
        .chunks(block)
        .filter(|chunk| 2 * chunk.len() >= block)
        .map(|chunk| chunk.iter().copied().fold(0.0, f64::max))
        .collect();
    quantile(&greatest, 0.5).max(f64::MIN_POSITIVE)
}

/// Adds the highest candidate in each gap longer than 1.66 typical intervals.
fn search_back(curve: &[f64], candidates: &[usize], found: &mut Vec<usize>) {
    let intervals: Vec<f64> = found
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) as f64)
        .collect();
    if intervals.is_empty() {
        return;
    }
    let longest = 1.66 * quantile(&intervals, 0.5);
    let apart = samples(SEARCH_BACK_REFRACTORY);
    let mut added: Vec<usize> = Vec::new();
    for pair in found.windows(2) {
        if ((pair[1] - pair[0]) as f64) < longest {
            continue;
        }
        let between = |at: &&usize| **at >= pair[0] + apart && **at + apart <= pair[1];
        let best = candidates
            .iter()
            .filter(between)
            .max_by(|a, b| curve[**a].total_cmp(&curve[**b]));
        added.extend(best.filter(|at| curve[**at] >= SEARCH_BACK_THRESHOLD * level(curve, **at)));
    }
    found.extend(added);
    found.sort_unstable();
}
