//! The waves of each shape of beat, read off its median beat.

use super::hump::Hump;
use super::likeness::Cuts;
use super::qrs::{self, Paced};
use super::rhythm::{T_REPEATS, least_p_repetition, spike_before_most};
use super::span::Span;
use super::{Reasons, Spans, p_wave, t_wave};
use crate::beats::{Class, RATE, Template, Tracks, Unmeasured, samples, smooth, template};

/// Waves of one shape of beat, in samples of its median beat.
#[derive(Clone, Debug)]
pub(super) struct ShapeWaves {
    /// Samples before the alignment point.
    pub(super) zero: usize,
    /// Samples after it.
    pub(super) after: usize,
    /// The complex in all leads together.
    pub(super) qrs: Span,
    /// Onset of the complex as pacing spikes are looked for around it.
    pub(super) sharp_onset: usize,
    complexes: Vec<Span>,
    p: Option<Hump>,
    t: Option<Hump>,
    /// Whether the T wave repeats, lead by lead.
    t_repeats: Vec<bool>,
    /// Mean correlation of single P waves with each other.
    pub(super) p_repetition: Option<f64>,
}

impl ShapeWaves {
    /// Waves of a lead by its index.
    pub(super) fn of_lead(&self, lead: usize, reasons: Reasons) -> Spans {
        let own = |hump: &Option<Hump>| hump.as_ref().map(|hump| hump.leads[lead]);
        Spans {
            zero: self.zero,
            p: own(&self.p).ok_or(reasons.p),
            qrs: Ok(self.complexes[lead]),
            t: own(&self.t)
                .filter(|_| self.t_repeats[lead])
                .ok_or(Unmeasured::NoWave),
        }
    }

    /// Waves of all leads together.
    pub(super) fn of_all(&self, reasons: Reasons) -> Spans {
        let all = |hump: &Option<Hump>| hump.as_ref().map(|hump| hump.all);
        Spans {
            zero: self.zero,
            p: all(&self.p).ok_or(reasons.p),
            qrs: Ok(self.qrs),
            t: all(&self.t).ok_or(Unmeasured::NoWave),
        }
    }
}

/// Least correlation of a P wave of a rare shape with that of the commonest.
const SAME_P: f64 = 0.6;

/// Standard deviation of the smoothing under which single beats are compared, in seconds.
const SMOOTHING_SECONDS: f64 = 0.012;

/// The waves of every class of beats, in their order.
pub(super) fn waves(tracks: &Tracks, places: &[usize], classes: &[Class]) -> Vec<ShapeWaves> {
    let mut shapes: Vec<ShapeWaves> = Vec::new();
    let mut commonest: Option<Vec<Vec<f64>>> = None;
    let least_p = least_p_repetition(places);
    let smoothed: Vec<Vec<f64>> = tracks
        .tracks
        .iter()
        .map(|track| smooth(&track.samples, SMOOTHING_SECONDS * RATE))
        .collect();
    for class in classes {
        let beat = template(tracks, places, class);
        let mut shape = of_class(tracks, &smoothed, places, class, &beat);
        let known = match (&commonest, shapes.first()) {
            (Some(leads), Some(first)) => likeness_of_p(first, leads, &shape, &beat.leads),
            _ => None,
        };
        let repeats = match shape.p_repetition {
            Some(repetition) => repetition >= least_p,
            None => shapes.is_empty() || known.is_some_and(|likeness| likeness >= SAME_P),
        };
        if !repeats {
            shape.p = None;
        }
        if shapes.is_empty() {
            commonest = Some(beat.leads);
        }
        shapes.push(shape);
    }
    shapes
}

fn of_class(
    tracks: &Tracks,
    smoothed: &[Vec<f64>],
    places: &[usize],
    class: &Class,
    beat: &Template,
) -> ShapeWaves {
    let members: Vec<usize> = class
        .members
        .iter()
        .map(|member| places[member.0])
        .collect();
    let extents = qrs::extents(beat);
    let spike = spike(tracks, &members, beat, extents.sharp_onset());
    let paced = spike.map_or(Paced::No, |_| Paced::Yes);
    let (complexes, qrs) = extents.with_peaks(beat, paced);
    let t = t_wave::waves(beat, qrs, beat.zero + beat.interval * 17 / 20);
    let start = earliest_p(beat, qrs, t.as_ref());
    let unspiked = spike.map_or(qrs.onset, |spike| {
        spike.saturating_sub(samples(SPIKE_SECONDS))
    });
    let before = Span {
        onset: qrs.onset.min(unspiked),
        ..qrs
    };
    let p = p_wave::waves(beat, before, start);
    let cuts = |wave: &Hump| Cuts::new(smoothed, &members, beat.zero, wave.all);
    let p_repetition = p.as_ref().and_then(|wave| cuts(wave).of_all_leads());
    let t_cuts = t.as_ref().map(cuts);
    let repeats = |lead: usize| match &t_cuts {
        Some(cuts) => cuts.of_lead(lead).is_none_or(|value| value >= T_REPEATS),
        None => false,
    };
    ShapeWaves {
        zero: beat.zero,
        after: beat.leads.first().map_or(0, |lead| lead.len() - beat.zero),
        qrs,
        sharp_onset: extents.sharp_onset(),
        t_repeats: (0..complexes.len()).map(repeats).collect(),
        complexes,
        p,
        t,
        p_repetition,
    }
}

/// What a pacing spike bends of the filtered signal before it, in seconds.
const SPIKE_SECONDS: f64 = 0.016;

/// Where the pacing spike of a shape is, if its beats are paced.
fn spike(tracks: &Tracks, members: &[usize], beat: &Template, onset: usize) -> Option<usize> {
    let onsets: Vec<usize> = members
        .iter()
        .map(|place| (place + onset).saturating_sub(beat.zero))
        .collect();
    let before = spike_before_most(tracks, &onsets)?;
    Some(onset.saturating_add_signed(-before))
}

/// Where a P wave may begin: after the T wave of the beat before, at most 0.36 s and at least
/// 0.14 s before the complex.
fn earliest_p(beat: &Template, qrs: Span, t: Option<&Hump>) -> usize {
    let previous = t.map_or(0, |wave| wave.all.offset.saturating_sub(beat.interval));
    previous
        .max(qrs.onset.saturating_sub(samples(0.36)))
        .min(qrs.onset.saturating_sub(samples(0.14)))
}

/// Correlation of the P waves of two shapes, over all leads, where both have one.
fn likeness_of_p(
    first: &ShapeWaves,
    first_leads: &[Vec<f64>],
    other: &ShapeWaves,
    other_leads: &[Vec<f64>],
) -> Option<f64> {
    let (one, two) = (first.p.as_ref()?.all, other.p.as_ref()?.all);
    let before = (one.peak - one.onset).min(two.peak);
    let after = one.offset - one.peak;
    Some(super::likeness::of_places(
        (first_leads, one.peak),
        (other_leads, two.peak),
        (before, after),
    ))
}
