//! The median beat of a class: all leads, sample by sample, over the aligned beats.

use super::align::Class;
use super::tracks::{RATE, Tracks, samples};

/// The median beat of every usable lead.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    /// Samples before the alignment point.
    pub(crate) zero: usize,
    /// One median beat per track, in millivolts.
    pub(crate) leads: Vec<Vec<f64>>,
    /// Robust standard deviation of the noise of each median beat.
    pub(crate) noise: Vec<f64>,
    /// Typical interval to the next beat, in samples.
    pub(crate) interval: usize,
}

/// Longest stretch before and after the alignment point, in seconds.
const REACH: (f64, f64) = (0.46, 0.75);

/// Median of the members of a class.
///
/// A beat gives no samples before 55 % of the way from the beat before it, nor beyond 90 ms
/// before the beat after it; `beats` are the places of all beats.
pub(crate) fn template(tracks: &Tracks, beats: &[usize], class: &Class) -> Template {
    let interval = typical_interval(beats, class);
    let before = samples(REACH.0).min(interval * 11 / 20).max(samples(0.2));
    let after = samples(REACH.1).min(interval * 9 / 10).max(samples(0.3));
    let mut leads = Vec::new();
    let mut noise = Vec::new();
    for track in &tracks.tracks {
        let cuts: Vec<Vec<f64>> = class
            .members
            .iter()
            .map(|&(beat, place)| {
                let mut cut = own(&track.samples, beats, beat, place, before, after);
                let level = level(&track.samples, place);
                cut.iter_mut().for_each(|sample| *sample -= level);
                cut
            })
            .collect();
        let (median, spread) = median_and_spread(&cuts);
        leads.push(median);
        noise.push(spread);
    }
    Template {
        zero: before,
        leads,
        noise,
        interval,
    }
}

fn typical_interval(beats: &[usize], class: &Class) -> usize {
    let next =
        |&(beat, place): &(usize, usize)| beats.get(beat + 1).map(|&next| next - place.min(next));
    let mut intervals: Vec<usize> = class.members.iter().filter_map(next).collect();
    if intervals.is_empty() {
        intervals = beats.windows(2).map(|pair| pair[1] - pair[0]).collect();
    }
    intervals.sort_unstable();
    intervals
        .get(intervals.len() / 2)
        .copied()
        .unwrap_or(RATE as usize)
}

/// Samples of one beat; NaN where it is not its own or not recorded.
fn own(
    signal: &[f64],
    beats: &[usize],
    beat: usize,
    place: usize,
    before: usize,
    after: usize,
) -> Vec<f64> {
    let earliest = match beat.checked_sub(1).map(|previous| beats[previous]) {
        Some(previous) => place.saturating_sub((place.saturating_sub(previous)) * 9 / 20),
        None => 0,
    };
    let latest = match beats.get(beat + 1) {
        Some(&next) => next.saturating_sub(samples(0.09)).max(place),
        None => signal.len(),
    };
    (0..before + after)
        .map(|step| match (place + step).checked_sub(before) {
            Some(at) if at >= earliest && at < latest && at < signal.len() => signal[at],
            _ => f64::NAN,
        })
        .collect()
}

/// Level of a beat: the median over 0.4 s around it, so that the baseline does not widen the
/// spread between beats.
fn level(signal: &[f64], place: usize) -> f64 {
    let start = place.saturating_sub(samples(0.25));
    let end = (place + samples(0.15)).min(signal.len());
    let mut values = signal[start..end].to_vec();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

fn median_and_spread(cuts: &[Vec<f64>]) -> (Vec<f64>, f64) {
    let length = cuts.first().map_or(0, Vec::len);
    let mut medians = Vec::with_capacity(length);
    let mut spreads = Vec::new();
    let mut column = Vec::with_capacity(cuts.len());
    for at in 0..length {
        column.clear();
        column.extend(
            cuts.iter()
                .map(|cut| cut[at])
                .filter(|sample| sample.is_finite()),
        );
        let Some(middle) = median(&mut column) else {
            medians.push(f64::NAN);
            continue;
        };
        medians.push(middle);
        if column.len() > 2 {
            let count = column.len() as f64;
            for sample in &mut column {
                *sample = (*sample - middle).abs();
            }
            spreads.extend(median(&mut column).map(|mad| 1.4826 * 1.2533 * mad / count.sqrt()));
        }
    }
    crate::missing::bridge(&mut medians);
    (medians, median(&mut spreads).unwrap_or(0.0))
}

/// Median; even counts give the mean of the middle two. `None` of no values.
pub(crate) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

/// Median beats of the plain signals, for levels: the baseline of each beat is the straight line
/// through the levels before its own complex and before the next one.
///
/// `levels` are the places of the baseline, one for each of all beats (20 ms around each are
/// averaged), `members` the beats that count, with their alignment points. Stretches where no beat
/// has a sample are bridged by straight lines.
pub(crate) fn levelled_medians(
    tracks: &Tracks,
    beats: &[usize],
    levels: &[usize],
    members: &[(usize, usize)],
    reach: (usize, usize),
) -> Vec<Vec<f64>> {
    let (before, after) = reach;
    tracks
        .tracks
        .iter()
        .map(|track| {
            let baseline = baseline(&track.plain, levels);
            let levelled: Vec<f64> = track
                .plain
                .iter()
                .zip(baseline)
                .map(|(sample, level)| sample - level)
                .collect();
            let cuts: Vec<Vec<f64>> = members
                .iter()
                .map(|&(beat, place)| own(&levelled, beats, beat, place, before, after))
                .collect();
            median_and_spread(&cuts).0
        })
        .collect()
}

/// Straight lines through the mean of 20 ms around each place; level beyond the first and last.
fn baseline(signal: &[f64], places: &[usize]) -> Vec<f64> {
    let half = samples(0.01);
    let level = |place: usize| {
        let part = &signal[place.saturating_sub(half).min(signal.len() - 1)
            ..(place + half + 1).min(signal.len())];
        part.iter().sum::<f64>() / part.len().max(1) as f64
    };
    let knots: Vec<(usize, f64)> = places.iter().map(|&place| (place, level(place))).collect();
    let mut next = 0;
    (0..signal.len())
        .map(|at| {
            while next < knots.len() && knots[next].0 <= at {
                next += 1;
            }
            match (next.checked_sub(1).map(|left| knots[left]), knots.get(next)) {
                (Some((left, low)), Some(&(right, high))) => {
                    low + (high - low) * (at - left) as f64 / (right - left) as f64
                }
                (Some((_, level)), None) | (None, Some(&(_, level))) => level,
                (None, None) => 0.0,
            }
        })
        .collect()
}
