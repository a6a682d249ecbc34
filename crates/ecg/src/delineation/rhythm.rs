//! What of the rhythm decides which measurements mean something.

use crate::beats::{Track, Tracks, samples};
use serde::Serialize;

/// Facts on the rhythm; not a diagnosis of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rhythm {
    /// Pacing spikes are seen before most complexes. Recorders that filter or remove the spikes
    /// hide them, so `false` does not exclude a pacemaker.
    pub paced: bool,
    /// Intervals are irregular and no P wave repeats before the complexes.
    pub atrial_fibrillation: bool,
    /// Root mean square of successive differences of the RR intervals over their mean; absent
    /// with fewer than five beats.
    pub irregularity: Option<f64>,
    /// Mean correlation of the single P waves with those of the other beats, all leads together;
    /// absent with fewer than three beats of the commonest shape.
    pub p_repetition: Option<f64>,
}

/// Irregularity from which a rhythm without P waves is called fibrillation.
const IRREGULAR: f64 = 0.1;

/// The same for the median change from one interval to the next, over the mean interval: ectopic
/// beats change few intervals, and not the median.
const IRREGULAR_THROUGHOUT: f64 = 0.07;

/// Repetition below which T waves of single beats are not one wave.
pub(super) const T_REPEATS: f64 = 0.3;

/// The same for P waves.
const P_REPEATS: f64 = 0.4;

/// The same for P waves where the intervals are irregular: fibrillatory waves that happen to fall
/// alike repeat less than P waves do.
const P_REPEATS_IRREGULAR: f64 = 0.58;

/// The repetition that is asked of the P waves of a rhythm.
pub(super) fn least_p_repetition(beats: &[usize]) -> f64 {
    if is_irregular(beats) {
        P_REPEATS_IRREGULAR
    } else {
        P_REPEATS
    }
}

/// Whether intervals and missing P waves together mean atrial fibrillation (or flutter with
/// varying conduction).
pub(super) fn fibrillates(beats: &[usize], p_repetition: Option<f64>) -> bool {
    is_irregular(beats) && p_repetition.is_some_and(|value| value < P_REPEATS_IRREGULAR)
}

/// Whether the intervals change from beat to beat throughout.
fn is_irregular(beats: &[usize]) -> bool {
    let Some((intervals, mean)) = intervals(beats) else {
        return false;
    };
    let mut changes: Vec<f64> = changes(&intervals).map(f64::abs).collect();
    changes.sort_by(f64::total_cmp);
    changes[changes.len() / 2] > IRREGULAR_THROUGHOUT * mean
        && irregularity(beats).is_some_and(|value| value > IRREGULAR)
}

/// Root mean square of successive differences over the mean interval.
pub(super) fn irregularity(beats: &[usize]) -> Option<f64> {
    let (intervals, mean) = intervals(beats)?;
    let squares = changes(&intervals).map(|change| change.powi(2));
    let mean_square = squares.sum::<f64>() / (intervals.len() - 1) as f64;
    Some(mean_square.sqrt() / mean)
}

/// Intervals and their mean, of at least five beats.
fn intervals(beats: &[usize]) -> Option<(Vec<f64>, f64)> {
    let pairs = beats.windows(2);
    let intervals: Vec<f64> = pairs.map(|pair| (pair[1] - pair[0]) as f64).collect();
    let mean = intervals.iter().sum::<f64>() / intervals.len() as f64;
    (intervals.len() >= 4 && mean > 0.0).then_some((intervals, mean))
}

/// From each interval to the next.
fn changes(intervals: &[f64]) -> impl Iterator<Item = f64> {
    intervals.windows(2).map(|pair| pair[1] - pair[0])
}

/// Leads that must show a spike, and share of the beats.
const SPIKE_LEADS: usize = 3;
const SPIKE_BEATS: f64 = 0.6;

/// Whether spikes come within 80 ms before most complexes; `onsets` at the internal rate.
pub(super) fn paced(tracks: &Tracks, onsets: &[usize]) -> bool {
    spike_before_most(tracks, onsets).is_some()
}

/// How many samples before the onsets, in the median, the spikes come if they come before most;
/// negative for spikes after them.
pub(super) fn spike_before_most(tracks: &Tracks, onsets: &[usize]) -> Option<isize> {
    let spikes = onsets.iter().filter_map(|&onset| spike(tracks, onset));
    let mut before: Vec<isize> = spikes.collect();
    before.sort_unstable();
    let most = !before.is_empty() && before.len() as f64 >= SPIKE_BEATS * onsets.len() as f64;
    most.then(|| before[before.len() / 2])
}

/// How many samples before `onset` the first spike of enough leads comes.
fn spike(tracks: &Tracks, onset: usize) -> Option<isize> {
    let near = onset.saturating_sub(samples(0.08))..onset + samples(0.024);
    let first = |track: &Track| track.spikes.iter().copied().find(|at| near.contains(at));
    let mut places: Vec<usize> = tracks.tracks.iter().filter_map(first).collect();
    places.sort_unstable();
    let enough = places.len() >= SPIKE_LEADS.min(tracks.tracks.len());
    let first = *places.first().filter(|_| enough)?;
    Some(onset as isize - first as isize)
}
