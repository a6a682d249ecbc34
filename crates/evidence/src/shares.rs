//! Attribution by lead and wave.

use crate::patients::{ShapeError, check};
use crate::resampling::{Purpose, Resampling, below, stream};
use coronet_evaluate::quantile::{quantile, sorted};
use coronet_evaluate::{Estimate, Statistic};
use rayon::prelude::*;
use serde::Serialize;
use std::borrow::Cow;
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

impl RecordShares {
    /// The numbers of a record of so many leads in a [`ShareTable`].
    pub fn size(leads: usize) -> usize {
        3 * 6 * leads
    }

    /// The record as a row of a [`ShareTable`]: attribution, area, signed.
    pub fn row(&self) -> Vec<f64> {
        [&self.attribution, &self.area, &self.signed]
            .into_iter()
            .flatten()
            .flatten()
            .copied()
            .collect()
    }
}

/// Shares of many records in one slice, a [`row`](RecordShares::row) each.
#[derive(Clone, Copy, Debug)]
pub struct ShareTable<'a> {
    values: &'a [f64],
    records: usize,
    leads: usize,
}

impl<'a> ShareTable<'a> {
    /// A view of so many records of so many leads.
    ///
    /// # Errors
    ///
    /// When the slice has another length.
    pub fn new(
        values: &'a [f64],
        records: usize,
        leads: usize,
    ) -> Result<ShareTable<'a>, ShapeError> {
        let size = RecordShares::size(leads);
        check("shares of records", records * size, values.len())?;
        Ok(ShareTable {
            values,
            records,
            leads,
        })
    }

    /// Records.
    pub fn len(&self) -> usize {
        self.records
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Leads of each record.
    pub fn leads(&self) -> usize {
        self.leads
    }

    /// One after the other, the mean of each patient's records, in order of the patients.
    ///
    /// # Errors
    ///
    /// When there is not one patient for each record.
    pub fn by_patient(
        self,
        patient: &[u32],
    ) -> Result<impl Iterator<Item = RecordShares> + use<'a>, ShapeError> {
        let records = self.of_patients(patient)?;
        Ok(records.into_iter().map(move |records| {
            let mean = self.mean(&records);
            let part = |part: usize| -> Vec<[f64; 6]> {
                let cells = &mean[part * self.cells()..(part + 1) * self.cells()];
                let waves = |lead: &[f64]| std::array::from_fn(|wave| lead[wave]);
                cells.chunks_exact(6).map(waves).collect()
            };
            RecordShares {
                attribution: part(0),
                area: part(1),
                signed: part(2),
            }
        }))
    }

    /// The records of each patient, in order of the patients.
    fn of_patients(&self, patient: &[u32]) -> Result<Vec<Vec<usize>>, ShapeError> {
        check("patients", self.records, patient.len())?;
        let mut of: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (record, &patient) in patient.iter().enumerate() {
            of.entry(patient).or_default().push(record);
        }
        Ok(of.into_values().collect())
    }

    fn cells(&self) -> usize {
        6 * self.leads
    }

    fn record(&self, record: usize) -> &'a [f64] {
        let size = RecordShares::size(self.leads);
        &self.values[record * size..(record + 1) * size]
    }

    /// Share of the samples of a record, by cell.
    pub(crate) fn area(&self, record: usize) -> &'a [f64] {
        &self.record(record)[self.cells()..2 * self.cells()]
    }

    /// Signed sums of a record, by cell.
    pub(crate) fn signed(&self, record: usize) -> &'a [f64] {
        &self.record(record)[2 * self.cells()..]
    }

    /// Mean row of some records.
    fn mean(&self, records: &[usize]) -> Cow<'a, [f64]> {
        if let [only] = records {
            return Cow::Borrowed(self.record(*only));
        }
        let mut mean = vec![0.0; RecordShares::size(self.leads)];
        for &record in records {
            for (mean, value) in mean.iter_mut().zip(self.record(record)) {
                *mean += value / records.len() as f64;
            }
        }
        Cow::Owned(mean)
    }
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
/// When there is not one patient for each record.
pub fn shares(
    records: ShareTable<'_>,
    patient: &[u32],
    settings: &Resampling,
) -> Result<Statistic<Vec<LeadWaveShare>>, ShapeError> {
    let patients = records.of_patients(patient)?;
    if patients.len() < 2 {
        let reason = format!("{} patients, expected at least 2", patients.len());
        return Ok(Statistic::undefined(reason));
    }
    if settings.replicates == 0 {
        return Ok(Statistic::undefined("no bootstrap was asked for"));
    }
    let replicates: Vec<(Vec<f64>, Vec<f64>)> = (0..settings.replicates as u64)
        .into_par_iter()
        .map(|number| {
            let mut random = stream(settings.seed, Purpose::Shares, number);
            let mut drawn = vec![0.0; patients.len()];
            for _ in 0..patients.len() {
                drawn[below(&mut random, patients.len())] += 1.0;
            }
            means(records, &patients, &drawn)
        })
        .collect();
    let observed = means(records, &patients, &vec![1.0; patients.len()]);
    let cells = (0..records.cells())
        .map(|cell| one_cell(cell, &observed, &replicates, patients.len(), settings));
    Ok(Statistic::Defined(cells.collect()))
}

/// Mean attribution and area of the patients, each as often as he is drawn; cells in order.
fn means(records: ShareTable<'_>, patients: &[Vec<usize>], drawn: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let cells = records.cells();
    let count: f64 = drawn.iter().sum();
    let mut means = (vec![0.0; cells], vec![0.0; cells]);
    for (own, &times) in patients.iter().zip(drawn) {
        if times == 0.0 {
            continue;
        }
        let row = records.mean(own);
        let (attribution, area) = (&row[..cells], &row[cells..2 * cells]);
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
