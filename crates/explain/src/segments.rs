//! Where on the beat an attribution falls: lead × segment.

use coronet_ecg::Lead;
use coronet_ecg::delineation::{Delineation, Wave, Waves};
use serde::Serialize;
use std::ops::Range;

/// A part of the beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Segment {
    /// P wave.
    P,
    /// End of P to start of QRS.
    #[serde(rename = "PR")]
    Pr,
    /// QRS complex.
    #[serde(rename = "QRS")]
    Qrs,
    /// End of QRS to start of T.
    #[serde(rename = "ST")]
    St,
    /// T wave.
    T,
    /// Everything else: between beats, and waves that could not be delineated.
    #[serde(rename = "rest")]
    Rest,
}

impl Segment {
    /// All segments in the order of the beat.
    pub const ALL: [Segment; 6] = [
        Segment::P,
        Segment::Pr,
        Segment::Qrs,
        Segment::St,
        Segment::T,
        Segment::Rest,
    ];

    /// The usual name.
    pub fn name(self) -> &'static str {
        match self {
            Segment::P => "P",
            Segment::Pr => "PR",
            Segment::Qrs => "QRS",
            Segment::St => "ST",
            Segment::T => "T",
            Segment::Rest => "rest",
        }
    }

    fn index(self) -> usize {
        self as usize
    }
}

/// The segments of one lead in seconds from the start of the recording; what no span covers is
/// [`Segment::Rest`].
#[derive(Clone, Debug, PartialEq)]
pub struct LeadSegments {
    /// Which lead.
    pub lead: Lead,
    /// Spans in the order of beats.
    pub spans: Vec<(Segment, Range<f64>)>,
}

/// The segments of the twelve leads in tensor order; a lead that was not delineated takes those
/// of all leads together.
pub fn segments(found: &Delineation) -> Vec<LeadSegments> {
    let rate = found.rate.get();
    let together: Vec<Waves> = found.beats.iter().map(|beat| beat.waves).collect();
    Lead::ALL
        .into_iter()
        .map(|lead| {
            let own = found.leads.iter().find(|waves| waves.lead == lead);
            let beats = own.map_or(&together, |waves| &waves.beats);
            LeadSegments {
                lead,
                spans: beats.iter().flat_map(|beat| of_beat(beat, rate)).collect(),
            }
        })
        .collect()
}

fn of_beat(beat: &Waves, rate: f64) -> Vec<(Segment, Range<f64>)> {
    let seconds = |from: usize, to: usize| from as f64 / rate..to as f64 / rate;
    let whole = |wave: Wave| seconds(wave.onset, wave.offset + 1);
    let mut spans = Vec::new();
    if let Ok(p) = beat.p {
        spans.push((Segment::P, whole(p)));
    }
    if let (Ok(p), Ok(qrs)) = (beat.p, beat.qrs) {
        spans.push((Segment::Pr, seconds(p.offset + 1, qrs.onset)));
    }
    if let Ok(qrs) = beat.qrs {
        spans.push((Segment::Qrs, whole(qrs)));
    }
    if let (Ok(qrs), Ok(t)) = (beat.qrs, beat.t) {
        spans.push((Segment::St, seconds(qrs.offset + 1, t.onset)));
    }
    if let Ok(t) = beat.t {
        spans.push((Segment::T, whole(t)));
    }
    spans.retain(|(_, span)| span.start < span.end);
    spans
}

/// What falls on one segment of one lead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Share {
    /// Share of the summed magnitudes of the attribution, 0 to 1.
    pub attribution: f64,
    /// Share of the window's samples, 0 to 1.
    pub area: f64,
    /// Signed sum over the summed magnitudes; positive speaks for the class.
    pub net: f64,
}

impl Share {
    /// How much denser the attribution is here than on the whole; `None` where there is no area.
    pub fn density(&self) -> Option<f64> {
        (self.area > 0.0).then(|| self.attribution / self.area)
    }

    /// Both shares together.
    pub fn plus(self, other: Share) -> Share {
        Share {
            attribution: self.attribution + other.attribution,
            area: self.area + other.area,
            net: self.net + other.net,
        }
    }
}

/// Shares of an attribution by lead and segment, `[lead][segment]` in the orders of
/// [`Lead::ALL`] and [`Segment::ALL`]; all attribution shares add up to 1, and all areas.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shares(pub Vec<[Share; 6]>);

impl Shares {
    /// Shares of `values`, `[leads, samples]`, whose first sample lies `start` seconds into the
    /// recording; `None` where every value is zero.
    ///
    /// # Panics
    ///
    /// If `values` cannot be cut into the twelve leads of `segments`.
    pub fn of(values: &[f32], rate: f64, start: f64, segments: &[LeadSegments]) -> Option<Shares> {
        assert!(
            !segments.is_empty() && values.len().is_multiple_of(segments.len()),
            "values of {} leads, got {}",
            segments.len(),
            values.len()
        );
        let samples = values.len() / segments.len();
        let total: f64 = values.iter().map(|value| f64::from(value.abs())).sum();
        if !(total > 0.0 && total.is_finite()) {
            return None;
        }
        let leads = values
            .chunks(samples)
            .zip(segments)
            .map(|(lead, segments)| {
                let mut shares = [Share::default(); 6];
                let places = places(segments, samples, rate, start);
                for (value, segment) in lead.iter().zip(places) {
                    let share = &mut shares[segment.index()];
                    share.attribution += f64::from(value.abs()) / total;
                    share.net += f64::from(*value) / total;
                    share.area += 1.0 / values.len() as f64;
                }
                shares
            });
        Some(Shares(leads.collect()))
    }

    /// The share of one segment of one lead.
    pub fn at(&self, lead: Lead, segment: Segment) -> Share {
        self.0[lead.index()][segment.index()]
    }

    /// The shares of some leads and segments together.
    pub fn sum(&self, leads: &[Lead], segments: &[Segment]) -> Share {
        let cells = leads
            .iter()
            .flat_map(|&lead| segments.iter().map(move |&segment| (lead, segment)));
        cells.fold(Share::default(), |sum, (lead, segment)| {
            sum.plus(self.at(lead, segment))
        })
    }
}

/// The segment of every sample of a lead.
fn places(segments: &LeadSegments, samples: usize, rate: f64, start: f64) -> Vec<Segment> {
    let mut places = vec![Segment::Rest; samples];
    let sample = |seconds: f64| (((seconds - start) * rate).round().max(0.0) as usize).min(samples);
    for (segment, span) in &segments.spans {
        places[sample(span.start)..sample(span.end)].fill(*segment);
    }
    places
}
