//! Attribution on the beat: from delineated waves to shares of lead and wave.

use anyhow::Result;
use coronet_ecg::Lead;
use coronet_ecg::delineation::{Delineation, Wave as Place, Waves};
use coronet_evaluate::Statistic;
use coronet_evidence::{RecordShares, Wave, WaveSpan, record_shares};
use serde::Serialize;

/// What falls on some leads and waves together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Share {
    /// Share of the summed magnitudes of the attribution, 0 to 1.
    pub(super) attribution: f64,
    /// Share of the window's samples, 0 to 1.
    pub(super) area: f64,
    /// Signed sum over the summed magnitudes; positive raises the answer, where the values add up to it.
    pub(super) net: f64,
}

impl Share {
    /// Both together.
    pub(super) fn plus(self, other: Share) -> Share {
        Share {
            attribution: self.attribution + other.attribution,
            area: self.area + other.area,
            net: self.net + other.net,
        }
    }

    /// How much denser the attribution is here than on the whole; `None` without area.
    pub(super) fn density(&self) -> Option<f64> {
        (self.area > 0.0).then(|| self.attribution / self.area)
    }
}

/// Shares of one window by lead in tensor order and wave in the order of [`Wave::ALL`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Shares(Vec<[Share; 6]>);

impl Shares {
    /// Shares of `values`, `[12, samples]`.
    ///
    /// # Errors
    ///
    /// If the values are not those of twelve leads.
    pub(super) fn of(values: &[f32], spans: &[Vec<WaveSpan>]) -> Result<Statistic<Shares>> {
        let leads = Lead::ALL.len();
        let found = record_shares(values, leads, spans)?;
        Ok(found.map(|found| Shares::joined(&found, values)))
    }

    fn joined(found: &RecordShares, values: &[f32]) -> Shares {
        let total: f64 = values.iter().map(|value| f64::from(value.abs())).sum();
        let cell = |lead: usize, wave: usize| Share {
            attribution: found.attribution[lead][wave],
            area: found.area[lead][wave],
            net: found.signed[lead][wave] / total,
        };
        let leads = 0..found.area.len();
        Shares(
            leads
                .map(|lead| std::array::from_fn(|wave| cell(lead, wave)))
                .collect(),
        )
    }

    /// What falls on one wave of one lead.
    pub(super) fn at(&self, lead: Lead, wave: Wave) -> Share {
        self.0[lead.index()][wave as usize]
    }

    /// What falls on some leads and waves together.
    pub(super) fn sum(&self, leads: &[Lead], waves: &[Wave]) -> Share {
        let mut sum = Share::default();
        for (&lead, &wave) in leads
            .iter()
            .flat_map(|lead| waves.iter().map(move |wave| (lead, wave)))
        {
            sum = sum.plus(self.at(lead, wave));
        }
        sum
    }
}

/// The waves of every lead as spans of a window that begins `start` seconds into the recording
/// and has `rate` samples a second; a lead that was not delineated takes the waves of all leads.
pub(super) fn spans(found: &Delineation, start: f64, rate: f64) -> Vec<Vec<WaveSpan>> {
    let together: Vec<Waves> = found.beats.iter().map(|beat| beat.waves).collect();
    let recorded = found.rate.get();
    let sample =
        |place: usize| ((place as f64 / recorded - start) * rate).round().max(0.0) as usize;
    Lead::ALL
        .into_iter()
        .map(|lead| {
            let own = found.leads.iter().find(|waves| waves.lead == lead);
            let beats = own.map_or(&together, |waves| &waves.beats);
            beats
                .iter()
                .flat_map(|beat| of_beat(beat, sample))
                .collect()
        })
        .collect()
}

fn of_beat(beat: &Waves, sample: impl Fn(usize) -> usize) -> Vec<WaveSpan> {
    let span = |wave, first: usize, end: usize| WaveSpan {
        wave,
        first: sample(first),
        end: sample(end),
    };
    let whole = |wave, place: Place| span(wave, place.onset, place.offset + 1);
    let mut spans = Vec::new();
    spans.extend(beat.p.ok().map(|p| whole(Wave::P, p)));
    if let (Ok(p), Ok(qrs)) = (beat.p, beat.qrs) {
        spans.push(span(Wave::PrSegment, p.offset + 1, qrs.onset));
    }
    spans.extend(beat.qrs.ok().map(|qrs| whole(Wave::Qrs, qrs)));
    if let (Ok(qrs), Ok(t)) = (beat.qrs, beat.t) {
        spans.push(span(Wave::StSegment, qrs.offset + 1, t.onset));
    }
    spans.extend(beat.t.ok().map(|t| whole(Wave::T, t)));
    spans.retain(|span| span.first < span.end);
    spans
}

/// The usual short name of a part of the beat.
pub(super) fn short_name(wave: Wave) -> &'static str {
    match wave {
        Wave::P => "P",
        Wave::PrSegment => "PR",
        Wave::Qrs => "QRS",
        Wave::StSegment => "ST",
        Wave::T => "T",
        Wave::Rest => "rest",
    }
}
