//! Heart rate from R peaks, enough to tell a plausible recording from an implausible one.

use crate::{Ecg, Lead};

/// Least time between two R peaks in seconds.
const REFRACTORY: f64 = 0.22;

/// Median heart rate in beats a minute, or `None` with fewer than three beats.
///
/// Steepness of all standard leads together, smoothed over 0.1 s, after the idea of Pan and
/// Tompkins (1985); peaks above 40 % of the typical maximum per 1.5 s, 0.22 s apart. Not a
/// rhythm analysis.
pub fn heart_rate(ecg: &Ecg) -> Option<f64> {
    let rate = ecg.rate.get();
    if !(50.0..=20_000.0).contains(&rate) || ecg.seconds() < 2.0 {
        return None;
    }
    let peaks = peaks(&steepness(ecg), rate);
    let mut intervals: Vec<f64> = peaks
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) as f64 / rate)
        .collect();
    if intervals.len() < 2 {
        return None;
    }
    intervals.sort_by(f64::total_cmp);
    let middle = intervals.len() / 2;
    let median = if intervals.len() % 2 == 1 {
        intervals[middle]
    } else {
        (intervals[middle - 1] + intervals[middle]) / 2.0
    };
    Some(60.0 / median)
}

/// Smoothed size of the change over 20 ms, leads weighted by their own typical size.
fn steepness(ecg: &Ecg) -> Vec<f64> {
    let rate = ecg.rate.get();
    let step = ((0.02 * rate).round() as usize).max(1);
    let mut total = vec![0.0; ecg.len()];
    for samples in Lead::ALL.iter().filter_map(|&lead| ecg.lead(lead)) {
        let mut changes: Vec<f64> = samples
            .windows(step + 1)
            .map(|pair| (pair[step] - pair[0]).abs())
            .map(|change| if change.is_finite() { change } else { 0.0 })
            .collect();
        let greatest = quantile(&changes, 0.99);
        if greatest < 0.02 {
            continue;
        }
        for change in &mut changes {
            *change = (*change / greatest).min(1.5);
        }
        for (sum, change) in total.iter_mut().zip(&changes) {
            *sum += change * change;
        }
    }
    smooth(&total, ((0.1 * rate).round() as usize).max(1))
}

fn peaks(curve: &[f64], rate: f64) -> Vec<usize> {
    let block = ((1.5 * rate) as usize).max(1);
    let maxima: Vec<f64> = curve
        .chunks(block)
        .filter(|chunk| 2 * chunk.len() >= block)
        .map(|chunk| chunk.iter().copied().fold(0.0, f64::max))
        .collect();
    let threshold = 0.4 * quantile(&maxima, 0.5);
    if threshold <= 0.0 {
        return Vec::new();
    }
    let apart = (REFRACTORY * rate) as usize;
    let mut peaks: Vec<usize> = Vec::new();
    for index in 1..curve.len().saturating_sub(1) {
        let here = curve[index];
        if here < threshold || here < curve[index - 1] || here <= curve[index + 1] {
            continue;
        }
        match peaks.last_mut() {
            Some(last) if index - *last < apart => {
                if here > curve[*last] {
                    *last = index;
                }
            }
            _ => peaks.push(index),
        }
    }
    peaks
}

/// Centred moving average; at the ends over what there is.
fn smooth(curve: &[f64], width: usize) -> Vec<f64> {
    let mut sums = Vec::with_capacity(curve.len() + 1);
    sums.push(0.0);
    for value in curve {
        sums.push(sums[sums.len() - 1] + value);
    }
    let half = width / 2;
    (0..curve.len())
        .map(|index| {
            let start = index.saturating_sub(half);
            let end = (index + half + 1).min(curve.len());
            (sums[end] - sums[start]) / (end - start) as f64
        })
        .collect()
}

/// The value below which a share `level` of the values lies; 0 for none.
pub(crate) fn quantile(values: &[f64], level: f64) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let mut sorted = values.to_vec();
    let index = ((sorted.len() - 1) as f64 * level).round() as usize;
    *sorted.select_nth_unstable_by(index, f64::total_cmp).1
}
