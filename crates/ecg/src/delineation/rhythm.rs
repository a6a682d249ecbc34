//! What of the rhythm decides which measurements mean something.

use crate::beats::{Tracks, samples};
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

/// Repetition below which waves of single beats are not one wave.
pub(super) const REPEATS: f64 = 0.3;

/// The same for P waves where the intervals are irregular: fibrillatory waves that happen to fall
/// alike repeat less than P waves do.
pub(super) const REPEATS_IRREGULAR: f64 = 0.58;

/// The repetition that is asked of the P waves of a rhythm.
pub(super) fn least_p_repetition(irregularity: Option<f64>) -> f64 {
    if irregularity.is_some_and(|value| value > IRREGULAR) {
        REPEATS_IRREGULAR
    } else {
        REPEATS
    }
}

/// Whether intervals and missing P waves together mean atrial fibrillation (or flutter with
/// varying conduction).
pub(super) fn fibrillates(irregularity: Option<f64>, p_repetition: Option<f64>) -> bool {
    irregularity.is_some_and(|value| value > IRREGULAR)
        && p_repetition.is_some_and(|value| value < REPEATS_IRREGULAR)
}

/// Root mean square of successive differences over the mean interval.
pub(super) fn irregularity(beats: &[usize]) -> Option<f64> {
    if beats.len() < 5 {
        return None;
    }
    let intervals: Vec<f64> = beats
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) as f64)
        .collect();
    let mean = intervals.iter().sum::<f64>() / intervals.len() as f64;
    let squares = intervals.windows(2).map(|pair| (pair[1] - pair[0]).powi(2));
    let mean_square = squares.sum::<f64>() / (intervals.len() - 1) as f64;
    (mean > 0.0).then(|| mean_square.sqrt() / mean)
}

/// Leads that must show a spike, and share of the beats.
const SPIKE_LEADS: usize = 3;
const SPIKE_BEATS: f64 = 0.6;

/// Whether spikes come within 80 ms before most complexes; `onsets` at the internal rate.
pub(super) fn paced(tracks: &Tracks, onsets: &[usize]) -> bool {
    let with_spike = onsets
        .iter()
        .filter(|&&onset| spike_before(tracks, onset))
        .count();
    !onsets.is_empty() && with_spike as f64 >= SPIKE_BEATS * onsets.len() as f64
}

fn spike_before(tracks: &Tracks, onset: usize) -> bool {
    let near = onset.saturating_sub(samples(0.08))..onset + samples(0.024);
    let showing = tracks
        .tracks
        .iter()
        .filter(|track| track.spikes.iter().any(|at| near.contains(at)))
        .count();
    showing >= SPIKE_LEADS.min(tracks.tracks.len())
}
