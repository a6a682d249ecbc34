//! Attribution by lead and wave.

use crate::patients::{ShapeError, check};
use crate::resampling::{Purpose, Resampling, below, stream};
use coronet_evaluate::quantile::{quantile, sorted};
use coronet_evaluate::{Estimate, Statistic};
use serde::Serialize;
use std::collections::BTreeMap;

/// Parts of the beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wave {
    /// P wave.
    P,
    /// Between P and QRS.
    PrSegment,
    /// QRS complex.
    Qrs,
    /// Between QRS and T.
    StSegment,
    /// T wave.
    T,
    /// Everything else.
    Rest,
}

impl Wave {
    /// All parts in order of time.
    pub const ALL: [Wave; 6] = [
        Wave::P,
        Wave::PrSegment,
        Wave::Qrs,
        Wave::StSegment,
        Wave::T,
        Wave::Rest,
    ];
}

/// Samples `first..end` of a lead that belong to a part of the beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaveSpan {
    /// Which part.
    pub wave: Wave,
    /// First sample.
    pub first: usize,
    /// One after the last sample.
    pub end: usize,
}

/// One record by `[lead][wave]`, in the order of [`Wave::ALL`].
#[derive(Clone, Debug, PartialEq)]
pub struct RecordShares {
    /// Share of the magnitude of the attribution; sums to 1.
    pub attribution: Vec<[f64; 6]>,
    /// Share of the samples; sums to 1.
    pub area: Vec<[f64; 6]>,
    /// Sum of the attribution with its sign, in its own unit.
    pub signed: Vec<[f64; 6]>,
}

/// Shares of one record from `[lead][sample]`, one list of spans for each lead.
///
/// Samples in no span are [`Wave::Rest`]; where spans overlap the later in the list counts; spans
/// are cut to the record. Undefined without attribution (all zero), or with a value that is not
/// finite.
///
/// # Errors
///
/// When the leads are not of one length or the spans not of as many leads.
pub fn record_shares(
    attribution: &[f32],
    leads: usize,
    spans: &[Vec<WaveSpan>],
) -> Result<Statistic<RecordShares>, ShapeError> {
    check("spans", leads, spans.len())?;
    let samples = attribution.len() / leads.max(1);
    check("attribution", leads * samples, attribution.len())?;
    let total: f64 = attribution.iter().map(|value| f64::from(value.abs())).sum();
    if !total.is_finite() {
        return Ok(Statistic::undefined("an attribution is not finite"));
    }
    if total == 0.0 {
        return Ok(Statistic::undefined("no sample has any attribution"));
    }
    let mut shares = RecordShares {
        attribution: vec![[0.0; 6]; leads],
        area: vec![[0.0; 6]; leads],
        signed: vec![[0.0; 6]; leads],
    };
    let each = 1.0 / attribution.len() as f64;
    for (lead, spans) in spans.iter().enumerate() {
        let values = &attribution[lead * samples..(lead + 1) * samples];
        for (value, wave) in values.iter().zip(parts(spans, samples)) {
            shares.attribution[lead][wave as usize] += f64::from(value.abs()) / total;
            shares.area[lead][wave as usize] += each;
            shares.signed[lead][wave as usize] += f64::from(*value);
        }
    }
    Ok(Statistic::Defined(shares))
}

fn parts(spans: &[WaveSpan], samples: usize) -> Vec<Wave> {
    let mut parts = vec![Wave::Rest; samples];
    for span in spans {
        let end = span.end.min(samples);
        parts[span.first.min(end)..end].fill(span.wave);
    }
    parts
}

/// One cell of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeadWaveShare {
    /// Index of the lead.
    pub lead: usize,
    /// Part of the beat.
    pub wave: Wave,
    /// Mean share of the attribution.
    pub attribution: Estimate,
    /// Mean share of the samples.
    pub area: f64,
    /// Mean share of the attribution over mean share of the samples: 1 where attribution lies as
    /// if strewn evenly.
    pub ratio: Statistic<Estimate>,
}

/// Mean shares over patients, with percentile intervals by patient.
///
/// A patient with several records counts once, with the mean of them. Undefined with fewer than
/// two patients or without replicates.
///
/// # Errors
///
/// When there is not one patient for each record, or records differ in their leads.
pub fn shares(
    records: &[RecordShares],
    patient: &[u32],
    settings: &Resampling,
) -> Result<Statistic<Vec<LeadWaveShare>>, ShapeError> {
    check("patients", records.len(), patient.len())?;
    let leads = records.first().map_or(0, |record| record.area.len());
    for record in records {
        check("leads of a record", leads, record.area.len())?;
        check("leads of a record", leads, record.attribution.len())?;
    }
    let patients = by_patient(records, patient);
    if patients.len() < 2 {
        let reason = format!("{} patients, expected at least 2", patients.len());
        return Ok(Statistic::undefined(reason));
    }
    if settings.replicates == 0 {
        return Ok(Statistic::undefined("no bootstrap was asked for"));
    }
    let replicates: Vec<(Vec<f64>, Vec<f64>)> = (0..settings.replicates as u64)
        .map(|number| {
            let mut random = stream(settings.seed, Purpose::Shares, number);
            let mut drawn = vec![0.0; patients.len()];
            for _ in 0..patients.len() {
                drawn[below(&mut random, patients.len())] += 1.0;
            }
            means(&patients, &drawn)
        })
        .collect();
    let observed = means(&patients, &vec![1.0; patients.len()]);
    let cells =
        (0..6 * leads).map(|cell| one_cell(cell, &observed, &replicates, patients.len(), settings));
    Ok(Statistic::Defined(cells.collect()))
}

/// Mean shares of each patient: attribution and area, cells in order.
fn by_patient(records: &[RecordShares], patient: &[u32]) -> Vec<(Vec<f64>, Vec<f64>)> {
    let mut of: BTreeMap<u32, Vec<&RecordShares>> = BTreeMap::new();
    for (record, &patient) in records.iter().zip(patient) {
        of.entry(patient).or_default().push(record);
    }
    of.values()
        .map(|records| {
            let flat = |pick: fn(&RecordShares) -> &Vec<[f64; 6]>| {
                let mut sum = vec![0.0; 6 * pick(records[0]).len()];
                for record in records {
                    for (sum, share) in sum.iter_mut().zip(pick(record).iter().flatten()) {
                        *sum += share / records.len() as f64;
                    }
                }
                sum
            };
            (
                flat(|record| &record.attribution),
                flat(|record| &record.area),
            )
        })
        .collect()
}

fn means(patients: &[(Vec<f64>, Vec<f64>)], drawn: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let cells = patients[0].0.len();
    let count: f64 = drawn.iter().sum();
    let mut means = (vec![0.0; cells], vec![0.0; cells]);
    for ((attribution, area), &times) in patients.iter().zip(drawn) {
        if times == 0.0 {
            continue;
        }
        for cell in 0..cells {
            means.0[cell] += times * attribution[cell] / count;
            means.1[cell] += times * area[cell] / count;
        }
    }
    means
}

fn one_cell(
    cell: usize,
    observed: &(Vec<f64>, Vec<f64>),
    replicates: &[(Vec<f64>, Vec<f64>)],
    n: usize,
    settings: &Resampling,
) -> LeadWaveShare {
    let (tail, head) = settings.tails();
    let method = "mean over patients, percentile bootstrap by patient";
    let interval = |value: f64, values: Vec<f64>| {
        let values = sorted(&values);
        let low = quantile(&values, tail).unwrap_or(value);
        let high = quantile(&values, head).unwrap_or(value);
        Estimate::interval(value, (low, high), method, n)
    };
    let shares = replicates.iter().map(|one| one.0[cell]).collect();
    let (attribution, area) = (observed.0[cell], observed.1[cell]);
    let ratios: Vec<f64> = replicates
        .iter()
        .filter(|one| one.1[cell] > 0.0)
        .map(|one| one.0[cell] / one.1[cell])
        .collect();
    LeadWaveShare {
        lead: cell / 6,
        wave: Wave::ALL[cell % 6],
        attribution: interval(attribution, shares),
        area,
        ratio: if area > 0.0 {
            Statistic::Defined(interval(attribution / area, ratios))
        } else {
            Statistic::undefined("no sample of this lead and wave")
        },
    }
}
