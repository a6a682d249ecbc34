//! The rhythm of all leads from sections 2 to 6.

use super::beats::Beats;
use super::huffman::Tables;
use super::leads::{Leads, StoredLead};
use super::record::Record;
use super::samples::Encoded;
use crate::bytes::at;
use crate::finding::{finding, name};
use crate::{Leniency, ReadErrorKind};
use coronet_ecg::{Finding, Signal};

/// Decoded leads of one length.
pub(super) struct Rhythm {
    /// Microseconds from sample to sample.
    pub(super) interval: f64,
    pub(super) signals: Vec<Signal>,
}

/// Leads in groups, one after the other, last at most so many times the longest of them.
const MOST_APART: u64 = 16;

/// Most samples of all leads together.
const MOST_SAMPLES: u64 = 1 << 26;

/// Largest decimation that is read.
const MOST_DECIMATION: u64 = 64;

/// Decodes section 6, adds the reference beat where it was subtracted, and restores the rate of
/// what bimodal compression decimated.
pub(super) fn decode(
    record: &Record<'_>,
    leniency: Leniency,
    findings: &mut Vec<Finding>,
) -> Result<Rhythm, ReadErrorKind> {
    let leads = Leads::parse(&record.needed(3)?)?;
    let section = record.needed(6)?;
    let tables = record
        .section(2)
        .map(|two| Tables::parse(&two))
        .transpose()?;
    let rhythm = Encoded::parse(&section, leads.leads.len())?;
    let plan = Plan::of(record, &leads, &rhythm)?;
    for (index, lead) in leads.leads.iter().enumerate() {
        let expected = stored(&plan.runs(lead));
        let most = rhythm.most(index, tables.as_ref());
        if expected > most {
            return Err(too_few(&rhythm, index, lead, expected, most));
        }
    }
    let (first, length) = extent(&leads, section.offset)?;
    let mut signals = Vec::with_capacity(leads.leads.len());
    for (index, lead) in leads.leads.iter().enumerate() {
        let runs = plan.runs(lead);
        let expected = stored(&runs);
        let units = rhythm.decode(index, tables.as_ref(), expected as usize);
        if (units.len() as u64) < expected {
            let error = too_few(&rhythm, index, lead, expected, units.len() as u64);
            if leniency == Leniency::Strict {
                return Err(error);
            }
            findings.push(finding("truncated", error.to_string()));
        }
        let mut nanovolts = restore(&runs, &units, rhythm.nanovolts);
        if let Some(reference) = &plan.reference {
            let beat = reference.encoded.most(index, tables.as_ref()).min(1 << 16);
            let beat = reference
                .encoded
                .decode(index, tables.as_ref(), beat as usize);
            add_reference(&mut nanovolts, &beat, reference, lead);
        }
        let mut millivolts = vec![f64::NAN; length];
        let start = (lead.first - first) as usize;
        for (slot, value) in millivolts[start..].iter_mut().zip(nanovolts) {
            *slot = value / 1e6;
        }
        signals.push(Signal {
            channel: lead.channel.clone(),
            millivolts,
        });
    }
    if plan.decimation > 1 {
        let message = format!(
            "outside the QRS complexes the record holds one of {} samples; the others lie on straight lines between them",
            plan.decimation
        );
        findings.push(finding("bimodal-compression", message));
    }
    Ok(Rhythm {
        interval: plan.interval as f64,
        signals,
    })
}

/// First sample of all leads and how many there are to the last.
fn extent(leads: &Leads, offset: usize) -> Result<(u64, usize), ReadErrorKind> {
    let first = leads.leads.iter().map(|lead| lead.first).min().unwrap_or(1);
    let last = leads.leads.iter().map(|lead| lead.last).max().unwrap_or(0);
    let longest = leads.leads.iter().map(StoredLead::length).max();
    let length = last + 1 - first;
    let samples = length.saturating_mul(leads.leads.len() as u64);
    if length > MOST_APART * longest.unwrap_or(0) || samples > MOST_SAMPLES {
        let got = format!("samples {first} to {last}");
        let expected = "leads that were recorded together";
        return Err(at(
            offset as u64,
            "first and last sample of a lead",
            expected,
            got,
        ));
    }
    Ok((first, length as usize))
}

fn too_few(
    rhythm: &Encoded<'_>,
    index: usize,
    lead: &StoredLead,
    expected: u64,
    got: u64,
) -> ReadErrorKind {
    let expected = format!("{expected} samples of {}", name(&lead.channel));
    let got = format!("at most {got} in {} bytes", rhythm.leads[index].len());
    at(rhythm.offsets[index], "samples of a lead", expected, got)
}

/// What there is to do after decoding.
struct Plan<'b> {
    /// Microseconds from sample to sample of the result.
    interval: u64,
    /// Samples for one outside the protected zones.
    decimation: u64,
    zones: Vec<(u64, u64)>,
    reference: Option<Reference<'b>>,
}

/// The reference beat and where to add it.
struct Reference<'b> {
    encoded: Encoded<'b>,
    beats: Beats,
}

impl<'b> Plan<'b> {
    fn of(
        record: &Record<'b>,
        leads: &Leads,
        rhythm: &Encoded<'_>,
    ) -> Result<Plan<'b>, ReadErrorKind> {
        let mut plan = Plan {
            interval: rhythm.interval,
            decimation: 1,
            zones: Vec::new(),
            reference: None,
        };
        if !rhythm.bimodal && !leads.subtracted {
            return Ok(plan);
        }
        let reference = record.needed(5)?;
        let encoded = Encoded::parse(&reference, leads.leads.len())?;
        let beats = Beats::parse(&record.needed(4)?)?;
        if rhythm.bimodal {
            plan.decimation = decimation(rhythm, &encoded, reference.offset)?;
            plan.interval = encoded.interval;
            plan.zones = zones(&beats, record)?;
        } else if encoded.interval != rhythm.interval {
            let expected = format!("{} µs, as of the rhythm", rhythm.interval);
            let offset = reference.offset as u64 + 2;
            let got = encoded.interval;
            return Err(at(offset, "sample time interval", expected, got));
        }
        if leads.subtracted {
            rising(&beats, record)?;
            plan.reference = Some(Reference { encoded, beats });
        }
        Ok(plan)
    }

    /// The lead in runs of one decimation each, from its first to its last sample.
    fn runs(&self, lead: &StoredLead) -> Vec<Run> {
        let mut runs = Vec::new();
        let mut next = lead.first;
        let mut push = |from: u64, to: u64, decimation: u64| {
            if to > from {
                runs.push(Run {
                    samples: to - from,
                    decimation,
                });
            }
        };
        for &(first, last) in &self.zones {
            let first = first.clamp(next, lead.last + 1);
            let end = (last + 1).clamp(first, lead.last + 1);
            push(next, first, self.decimation);
            push(first, end, 1);
            next = end;
        }
        push(next, lead.last + 1, self.decimation);
        runs
    }
}

fn decimation(
    rhythm: &Encoded<'_>,
    reference: &Encoded<'_>,
    offset: usize,
) -> Result<u64, ReadErrorKind> {
    let whole = rhythm.interval.is_multiple_of(reference.interval);
    let decimation = rhythm.interval / reference.interval;
    if whole && (1..=MOST_DECIMATION).contains(&decimation) {
        return Ok(decimation);
    }
    let expected = format!("a part of {} µs", rhythm.interval);
    let got = reference.interval;
    Err(at(offset as u64 + 2, "sample time interval", expected, got))
}

/// Protected zones in rising order.
fn zones(beats: &Beats, record: &Record<'_>) -> Result<Vec<(u64, u64)>, ReadErrorKind> {
    let mut last = 0;
    for &(begin, end) in &beats.zones {
        if begin <= last || end < begin {
            let offset = record.needed(4)?.offset as u64;
            let got = format!("{begin} to {end} after {last}");
            return Err(at(offset, "protected zone", "zones in rising order", got));
        }
        last = end;
    }
    Ok(beats.zones.clone())
}

/// Subtractions do not overlap.
fn rising(beats: &Beats, record: &Record<'_>) -> Result<(), ReadErrorKind> {
    let mut last = 0;
    for beat in beats.beats.iter().filter(|beat| beat.kind == 0) {
        if beat.first <= last || beat.last < beat.first {
            let offset = record.needed(4)?.offset as u64;
            let got = format!("{} to {} after {last}", beat.first, beat.last);
            let expected = "beats in rising order that do not overlap";
            return Err(at(offset, "samples of a subtraction", expected, got));
        }
        last = beat.last;
    }
    Ok(())
}

/// Samples in a row that share one decimation.
#[derive(Clone, Copy, Debug)]
struct Run {
    samples: u64,
    decimation: u64,
}

/// Samples stored for these runs.
fn stored(runs: &[Run]) -> u64 {
    let stored = runs.iter().map(|run| run.samples.div_ceil(run.decimation));
    stored.sum()
}

/// Samples at the original rate, in nanovolts. A stored sample of a decimated run is the mean of
/// the samples it stands for; between the middles of these the signal is a straight line. Where
/// units are missing the signal ends with the samples of the last one.
fn restore(runs: &[Run], units: &[i64], nanovolts: f64) -> Vec<f64> {
    let mut restored = Vec::new();
    let mut rest = units;
    for run in runs {
        let count = run.samples.div_ceil(run.decimation) as usize;
        let (these, after) = rest.split_at(count.min(rest.len()));
        rest = after;
        if run.decimation == 1 {
            restored.extend(these.iter().map(|&unit| unit as f64 * nanovolts));
        } else if !these.is_empty() {
            let step = run.decimation as f64;
            let covered = run.samples.min(these.len() as u64 * run.decimation);
            restored.extend((0..covered).map(|at| {
                let place = (at as f64 - (step - 1.0) / 2.0) / step;
                let place = place.clamp(0.0, (these.len() - 1) as f64);
                let (before, part) = (place as usize, place.fract());
                let next = these[(before + 1).min(these.len() - 1)] as f64;
                (these[before] as f64 * (1.0 - part) + next * part) * nanovolts
            }));
        }
    }
    restored
}

/// Adds the reference beat, its fiducial point over that of each beat of its type.
fn add_reference(
    nanovolts: &mut [f64],
    reference: &[i64],
    plan: &Reference<'_>,
    lead: &StoredLead,
) {
    let scale = plan.encoded.nanovolts;
    for beat in plan.beats.beats.iter().filter(|beat| beat.kind == 0) {
        let first = beat.first.max(lead.first);
        let last = beat.last.min(lead.last);
        for at in first..=last {
            let place = (plan.beats.fiducial + at).checked_sub(beat.fiducial + 1);
            let value = place
                .and_then(|place| reference.get(usize::try_from(place).ok()?))
                .copied();
            let slot = nanovolts.get_mut((at - lead.first) as usize);
            if let (Some(slot), Some(value)) = (slot, value) {
                *slot += value as f64 * scale;
            }
        }
    }
}
