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

/// The same for a broad complex between two others, as of a ventricular extrasystole: of all leads
/// together, and of the lead in the middle, so that neither an artefact of one lead nor a T wave
/// counts.
const BROAD_THRESHOLD: (f64, f64) = (0.2, 0.25);

/// How far the steepest place of a lead may lie from that of all leads, in seconds.
const LEAD_REACH: f64 = 0.05;

/// Centres of the QRS complexes at the internal rate, in order.
///
/// The idea is that of Pan and Tompkins (1985): squared slope, integrated, against a threshold
/// that follows the neighbouring complexes, with search back. The slope is Gaussian, and the
/// leads are put together before anything is decided.
pub(crate) fn detect(tracks: &Tracks) -> Vec<usize> {
    let leads = steepness_of_leads(tracks);
    let curve = together(&leads, tracks.len());
    let candidates = maxima(&curve, samples(REFRACTORY));
    let mut found: Vec<usize> = candidates
        .iter()
        .copied()
        .filter(|&at| curve[at] >= THRESHOLD * level(&curve, at))
        .collect();
    add_broad(&curve, &leads, &candidates, &mut found);
    search_back(&curve, &candidates, &mut found);
    found
}

/// Squared slope of every lead, relative to its own steep parts.
fn steepness_of_leads(tracks: &Tracks) -> Vec<Vec<f64>> {
    let of_lead = |samples: &[f64]| {
        let mut energy = slope(samples, SLOPE_SECONDS * RATE);
        for value in &mut energy {
            *value *= *value;
        }
        let greatest = quantile(&energy, 0.985);
        let rest = quantile(&energy, 0.5);
        let relative = |value: f64| ((value - rest).max(0.0) / greatest).min(2.0);
        (greatest > 0.0).then(|| energy.into_iter().map(relative).collect())
    };
    let tracks = tracks.tracks.iter();
    tracks.filter_map(|track| of_lead(&track.samples)).collect()
}

/// The leads added up and smoothed.
fn together(leads: &[Vec<f64>], len: usize) -> Vec<f64> {
    let mut total = vec![0.0; len];
    for lead in leads {
        for (sum, value) in total.iter_mut().zip(lead) {
            *sum += value;
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

/// Adds broad complexes that lie beyond the T wave of the complex before and well before the next.
fn add_broad(curve: &[f64], leads: &[Vec<f64>], candidates: &[usize], found: &mut Vec<usize>) {
    let apart = samples(SEARCH_BACK_REFRACTORY);
    let between = |at: usize| {
        let next = found.partition_point(|other| *other < at);
        let before = next.checked_sub(1).map(|before| found[before]);
        let free = |other: usize| at.abs_diff(other) >= apart;
        before.is_some_and(free) && found.get(next).copied().is_some_and(free)
    };
    let high = |at: usize| curve[at] >= BROAD_THRESHOLD.0 * level(curve, at);
    let mut broad: Vec<usize> = candidates.to_vec();
    broad.retain(|&at| between(at) && high(at));
    if broad.is_empty() {
        return;
    }
    let smoothed: Vec<Vec<f64>> = leads
        .iter()
        .map(|lead| smooth(lead, SMOOTHING_SECONDS * RATE))
        .collect();
    broad.retain(|&at| {
        let heights: Vec<f64> = smoothed.iter().map(|lead| height(lead, at)).collect();
        quantile(&heights, 0.5) >= BROAD_THRESHOLD.1
    });
    found.extend(broad);
    found.sort_unstable();
}

/// Greatest value of a lead near a place, by the level of its neighbouring complexes.
fn height(lead: &[f64], at: usize) -> f64 {
    let reach = samples(LEAD_REACH);
    let near = at.saturating_sub(reach)..(at + reach + 1).min(lead.len());
    lead[near].iter().copied().fold(0.0, f64::max) / level(lead, at)
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
