//! Onset, peak and offset of P, QRS and T: beat by beat, lead by lead and for all leads together.
//!
//! Complexes are found in all leads together, beats of one shape are aligned by correlation, and
//! the waves are read off the median beat of each shape, where noise is least; every beat then
//! has the waves of its shape at its own place. A wave that single beats do not repeat (P in
//! atrial fibrillation or in dissociation) is not reported.

mod flank;
mod hump;
mod likeness;
mod median_beats;
mod p_wave;
mod qrs;
mod rhythm;
mod shape;
mod span;
mod t_wave;
mod together;

use crate::beats::{Class, Tracks, Unmeasured, align, detect, prepare};
use crate::{Ecg, Hertz, Lead};
use serde::Serialize;
use shape::ShapeWaves;
use span::Span;

pub use median_beats::{Exclusion, MedianBeats};
pub use rhythm::Rhythm;

/// A wave: places in recorded samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Wave {
    /// First sample of the wave.
    pub onset: usize,
    /// P and T: the extreme. QRS: the R peak, which is the highest positive deflection; in a
    /// complex without one (QS) the bend that stands for it, or the nadir of a paced one.
    pub peak: usize,
    /// Last sample of the wave.
    pub offset: usize,
}

/// The waves of one beat, each with the reason where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Waves {
    /// Atrial wave before the complex.
    pub p: Result<Wave, Unmeasured>,
    /// Ventricular complex.
    pub qrs: Result<Wave, Unmeasured>,
    /// Ventricular recovery.
    pub t: Result<Wave, Unmeasured>,
}

/// One beat, in all leads together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Beat {
    /// The alignment point of the beat, inside its complex, in recorded samples.
    pub place: usize,
    /// Which shape it has: 0 is the commonest.
    pub shape: usize,
    /// Waves from the energy of all leads.
    pub waves: Waves,
}

/// The beats of one lead, in the order of [`Delineation::beats`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeadWaves {
    /// Which lead.
    pub lead: Lead,
    /// One set of waves for each beat.
    pub beats: Vec<Waves>,
}

/// All waves of a recording.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Delineation {
    /// Recorded samples a second; the unit of all places but those of `median`.
    pub rate: Hertz,
    /// The beats in order.
    pub beats: Vec<Beat>,
    /// Usable leads in tensor order.
    pub leads: Vec<LeadWaves>,
    /// Leads that could not be used, with the reason.
    pub unusable: Vec<(Lead, Unmeasured)>,
    /// What of the rhythm decides which measurements mean something.
    pub rhythm: Rhythm,
    /// The median beat of the commonest shape.
    pub median: MedianBeats,
}

/// Delineates a recording of 80–20000 Hz and at least 1.5 s.
///
/// Each usable standard lead that is stored takes part; flat leads and leads with more than 10 %
/// of invalid samples do not, and are named. Onsets and offsets of a lead are a mean of what the
/// lead shows and of what the leads show in the median.
///
/// # Errors
///
/// When no lead can be used, the record is too short, or no beat is found.
pub fn delineate(ecg: &Ecg) -> Result<Delineation, Unmeasured> {
    let tracks = prepare(ecg)?;
    let centres = detect(&tracks);
    if centres.is_empty() {
        return Err(Unmeasured::NoBeats);
    }
    let classes = align(&tracks, &centres);
    let places = places(&centres, &classes);
    let shapes = shape::waves(&tracks, &places, &classes);
    let rhythm = rhythm(&tracks, &places, &classes, &shapes);
    let reasons = Reasons::new(&rhythm);
    let mut leads: Vec<LeadWaves> = Vec::new();
    for (index, track) in tracks.tracks.iter().enumerate() {
        let beats = per_beat(&tracks, &places, &classes, |shape| {
            shapes[shape].of_lead(index, reasons)
        });
        leads.push(LeadWaves {
            lead: track.lead,
            beats: beats.into_iter().map(|(_, waves)| waves).collect(),
        });
    }
    let all = per_beat(&tracks, &places, &classes, |shape| {
        shapes[shape].of_all(reasons)
    });
    let beats = places.iter().zip(all).map(|(&place, (shape, waves))| Beat {
        place: tracks.recorded(place),
        shape,
        waves,
    });
    Ok(Delineation {
        rate: ecg.rate,
        beats: beats.collect(),
        leads,
        unusable: tracks.unusable.clone(),
        rhythm,
        median: median_beats::median_beats(&tracks, &places, &classes, &shapes, reasons),
    })
}

/// Waves relative to the alignment point, each with the reason where there is none.
#[derive(Clone, Copy, Debug)]
struct Spans {
    zero: usize,
    p: Result<Span, Unmeasured>,
    qrs: Result<Span, Unmeasured>,
    t: Result<Span, Unmeasured>,
}

/// Why a wave that is not found is absent.
#[derive(Clone, Copy, Debug)]
struct Reasons {
    p: Unmeasured,
}

impl Reasons {
    fn new(rhythm: &Rhythm) -> Reasons {
        let p = if rhythm.atrial_fibrillation {
            Unmeasured::AtrialFibrillation
        } else {
            Unmeasured::NoWave
        };
        Reasons { p }
    }
}

/// Alignment points of all beats, made strictly increasing.
fn places(centres: &[usize], classes: &[Class]) -> Vec<usize> {
    let mut places = centres.to_vec();
    for &(beat, place) in classes.iter().flat_map(|class| &class.members) {
        places[beat] = place;
    }
    if places.windows(2).all(|pair| pair[0] < pair[1]) {
        places
    } else {
        centres.to_vec()
    }
}

fn rhythm(tracks: &Tracks, places: &[usize], classes: &[Class], shapes: &[ShapeWaves]) -> Rhythm {
    let commonest = &shapes[0];
    let onsets: Vec<usize> = classes
        .iter()
        .zip(shapes)
        .flat_map(|(class, shape)| {
            let onset = |&(beat, _): &(usize, usize)| {
                (places[beat] + shape.sharp_onset).saturating_sub(shape.zero)
            };
            class.members.iter().map(onset).collect::<Vec<usize>>()
        })
        .collect();
    let repeats = commonest.p_repetition;
    Rhythm {
        paced: rhythm::paced(tracks, &onsets),
        atrial_fibrillation: rhythm::fibrillates(places, repeats),
        irregularity: rhythm::irregularity(places),
        p_repetition: repeats,
    }
}

/// The shape and the waves of each beat, moved to its place and checked against the record.
fn per_beat(
    tracks: &Tracks,
    places: &[usize],
    classes: &[Class],
    spans: impl Fn(usize) -> Spans,
) -> Vec<(usize, Waves)> {
    let mut found = vec![None; places.len()];
    for (shape, class) in classes.iter().enumerate() {
        let spans = spans(shape);
        for &(beat, _) in &class.members {
            let moved = |span: Result<Span, Unmeasured>| {
                span.and_then(|span| moved(tracks, span, places[beat], spans.zero))
            };
            let waves = Waves {
                p: moved(spans.p),
                qrs: moved(spans.qrs),
                t: moved(spans.t),
            };
            found[beat] = Some((shape, waves));
        }
    }
    found.into_iter().flatten().collect()
}

fn moved(tracks: &Tracks, span: Span, place: usize, zero: usize) -> Result<Wave, Unmeasured> {
    let onset = (place + span.onset)
        .checked_sub(zero)
        .ok_or(Unmeasured::NotVisible)?;
    if place + span.offset >= zero + tracks.len() {
        return Err(Unmeasured::NotVisible);
    }
    Ok(Wave {
        onset: tracks.recorded(onset),
        peak: tracks.recorded(place + span.peak - zero),
        offset: tracks.recorded(place + span.offset - zero),
    })
}
