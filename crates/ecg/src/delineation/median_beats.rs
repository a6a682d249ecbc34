//! The median beat of the commonest shape, for measuring and for comparing patients.

use super::shape::ShapeWaves;
use super::span::Span;
use super::{Reasons, Spans, Wave, Waves};
use crate::Lead;
use crate::beats::{Class, RATE, Tracks, Unmeasured, levelled_medians, median, samples};
use serde::Serialize;

/// Why a beat does not enter the median beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Exclusion {
    /// Its complex looks different from the commonest.
    #[error("complex of another shape")]
    OtherShape,
    /// It comes more than 20 % earlier than the typical interval, in a regular rhythm.
    #[error("premature")]
    Premature,
}

/// Median beats of all usable leads, aligned by correlation, at 500 Hz.
///
/// The level just before the complex is zero, beat by beat: the baseline of each beat is the line
/// from there to the same place of the next beat. No filter but the removal of mains hum.
/// Stretches where no beat has a sample of its own continue level or in straight lines.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MedianBeats {
    /// Samples a second.
    pub rate: f64,
    /// Index of the alignment point, equal in all leads.
    pub zero: usize,
    /// One median beat for each usable lead, in millivolts, of one length.
    pub leads: Vec<(Lead, Vec<f64>)>,
    /// The waves of each of them, in samples of the median beat.
    pub waves: Vec<Waves>,
    /// The waves of all leads together.
    pub all: Waves,
    /// Number of beats in the median.
    pub beats: usize,
    /// Beats left out, by their index, with the reason.
    pub excluded: Vec<(usize, Exclusion)>,
}

impl MedianBeats {
    /// The median beat of a lead and its waves.
    pub fn lead(&self, lead: Lead) -> Option<(&[f64], &Waves)> {
        let index = self.leads.iter().position(|(name, _)| *name == lead)?;
        Some((&self.leads[index].1, &self.waves[index]))
    }
}

/// Share of the typical interval below which a beat is premature.
const PREMATURE: f64 = 0.8;

pub(super) fn median_beats(
    tracks: &Tracks,
    places: &[usize],
    classes: &[Class],
    shapes: &[ShapeWaves],
    reasons: Reasons,
) -> MedianBeats {
    let shape = &shapes[0];
    let excluded = excluded(places, classes);
    let mut left_out = vec![false; places.len()];
    for (beat, _) in &excluded {
        left_out[*beat] = true;
    }
    let members: Vec<(usize, usize)> = classes[0]
        .members
        .iter()
        .map(|&(beat, _)| (beat, places[beat]))
        .filter(|&(beat, _)| !left_out[beat])
        .collect();
    let lead_in = (shape.zero + samples(0.016)).saturating_sub(shape.qrs.onset);
    let levels: Vec<usize> = places
        .iter()
        .map(|place| place.saturating_sub(lead_in))
        .collect();
    let medians = levelled_medians(tracks, places, &levels, &members, (shape.zero, shape.after));
    let names = tracks.tracks.iter().map(|track| track.lead);
    MedianBeats {
        rate: RATE,
        zero: shape.zero,
        leads: names.zip(medians).collect(),
        waves: (0..tracks.tracks.len())
            .map(|lead| on_median(shape.of_lead(lead, reasons)))
            .collect(),
        all: on_median(shape.of_all(reasons)),
        beats: members.len(),
        excluded,
    }
}

/// Beats of other shapes, and early beats of a rhythm that is otherwise regular; at least one
/// beat always stays.
fn excluded(places: &[usize], classes: &[Class]) -> Vec<(usize, Exclusion)> {
    let mut excluded: Vec<(usize, Exclusion)> = classes[1..]
        .iter()
        .flat_map(|class| &class.members)
        .map(|&(beat, _)| (beat, Exclusion::OtherShape))
        .collect();
    let mut intervals: Vec<f64> = places
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) as f64)
        .collect();
    if let Some(typical) = median(&mut intervals) {
        let early = |beat: usize| {
            beat > 0 && ((places[beat] - places[beat - 1]) as f64) < PREMATURE * typical
        };
        let members = &classes[0].members;
        let premature: Vec<usize> = members
            .iter()
            .map(|member| member.0)
            .filter(|&beat| early(beat))
            .collect();
        if 4 * premature.len() < members.len() {
            excluded.extend(premature.iter().map(|&beat| (beat, Exclusion::Premature)));
        }
    }
    excluded.sort_unstable_by_key(|(beat, _)| *beat);
    excluded
}

fn on_median(spans: Spans) -> Waves {
    let wave = |span: Result<Span, Unmeasured>| {
        span.map(|span| Wave {
            onset: span.onset,
            peak: span.peak,
            offset: span.offset,
        })
    };
    Waves {
        p: wave(spans.p),
        qrs: wave(spans.qrs),
        t: wave(spans.t),
    }
}
