//! Beats of one shape: aligned by correlation over all leads, and told apart from others.

use super::tracks::{Tracks, samples};

/// Window of comparison before and after the centre of the complex, in seconds.
const WINDOW: (f64, f64) = (0.1, 0.14);

/// Largest shift that alignment may make, in seconds.
const LARGEST_SHIFT: f64 = 0.04;

/// Least correlation with the template to be of its class.
const SAME_SHAPE: f64 = 0.85;

/// Beats compared with each other to find the commonest shape.
const COMPARED: usize = 40;

/// Shapes that are told apart; beats that have none of them stand alone, unaligned, so that the
/// time stays proportional to the number of beats.
const SHAPES: usize = 8;

/// Beats of one shape, with the place to which each is aligned.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    /// Index of the beat among all, and its alignment point, in order.
    pub(crate) members: Vec<(usize, usize)>,
}

/// Sorts beats into classes, the largest first.
///
/// A class starts at the unsorted beat that is most like the other unsorted beats; its members
/// are aligned to the mean of them, three times over. Members are in order of the beats.
pub(crate) fn align(tracks: &Tracks, beats: &[usize]) -> Vec<Class> {
    let mut left: Vec<usize> = (0..beats.len()).collect();
    let mut classes = Vec::new();
    while classes.len() < SHAPES {
        let Some(first) = most_typical(tracks, beats, &left) else {
            break;
        };
        let mut shape = cut(tracks, beats[first]);
        let mut members = Vec::new();
        for _ in 0..3 {
            members = matching(tracks, beats, &left, &shape);
            if members.is_empty() {
                break;
            }
            shape = mean(tracks, &members);
        }
        if members.is_empty() {
            members = vec![(first, beats[first])];
        }
        let mut sorted = members.iter().map(|member| member.0).peekable();
        left.retain(|beat| sorted.next_if_eq(beat).is_none());
        classes.push(Class { members });
    }
    classes.extend(left.into_iter().map(|beat| Class {
        members: vec![(beat, beats[beat])],
    }));
    classes.sort_by_key(|class| std::cmp::Reverse(class.members.len()));
    classes
}

/// Samples of all leads around a place, each lead without its mean.
fn cut(tracks: &Tracks, at: usize) -> Vec<f64> {
    let (before, after) = (samples(WINDOW.0), samples(WINDOW.1));
    let mut shape = Vec::with_capacity(tracks.tracks.len() * (before + after));
    for track in &tracks.tracks {
        let last = track.samples.len() - 1;
        let start = shape.len();
        shape.extend((0..before + after).map(|step| {
            let place = (at + step).saturating_sub(before).min(last);
            track.samples[place]
        }));
        let mean = shape[start..].iter().sum::<f64>() / (before + after) as f64;
        for sample in &mut shape[start..] {
            *sample -= mean;
        }
    }
    shape
}

/// Cosine of two shapes; 0 where one of them is nothing.
pub(crate) fn correlation(one: &[f64], two: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let scale = (dot(one, one) * dot(two, two)).sqrt();
    if scale > 0.0 {
        dot(one, two) / scale
    } else {
        0.0
    }
}

/// Best shift within the limit and the correlation there.
fn best_shift(tracks: &Tracks, at: usize, shape: &[f64]) -> (usize, f64) {
    let reach = samples(LARGEST_SHIFT);
    let end = (at + reach).min(tracks.len() - 1);
    (at.saturating_sub(reach)..=end)
        .map(|place| (place, correlation(&cut(tracks, place), shape)))
        .max_by(|one, two| one.1.total_cmp(&two.1))
        .unwrap_or((at, 0.0))
}

fn most_typical(tracks: &Tracks, beats: &[usize], left: &[usize]) -> Option<usize> {
    if left.len() <= 2 {
        return left.first().copied();
    }
    let step = left.len().div_ceil(COMPARED);
    let compared: Vec<usize> = left.iter().copied().step_by(step).collect();
    let shapes: Vec<Vec<f64>> = compared
        .iter()
        .map(|&beat| cut(tracks, beats[beat]))
        .collect();
    let likeness = |one: usize| {
        let mut all: Vec<f64> = shapes
            .iter()
            .map(|other| correlation(&shapes[one], other))
            .collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let best = (0..compared.len()).max_by(|&a, &b| likeness(a).total_cmp(&likeness(b)))?;
    Some(compared[best])
}

fn matching(
    tracks: &Tracks,
    beats: &[usize],
    left: &[usize],
    shape: &[f64],
) -> Vec<(usize, usize)> {
    left.iter()
        .filter_map(|&beat| {
            let (place, likeness) = best_shift(tracks, beats[beat], shape);
            (likeness >= SAME_SHAPE).then_some((beat, place))
        })
        .collect()
}

fn mean(tracks: &Tracks, members: &[(usize, usize)]) -> Vec<f64> {
    let mut sum: Vec<f64> = Vec::new();
    for (_, place) in members {
        let shape = cut(tracks, *place);
        if sum.is_empty() {
            sum = shape;
        } else {
            for (sum, sample) in sum.iter_mut().zip(shape) {
                *sum += sample;
            }
        }
    }
    sum
}
