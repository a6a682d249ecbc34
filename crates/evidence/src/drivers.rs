//! What sets the logits of patients apart, by lead and wave.
//!
//! Attributions that add up to the logit split it into parts. Over patients, the variance of the
//! logit is the sum of the parts' covariances with it, so that
//!
//! share of a part = Cov(part, logit) / Var(logit)
//!
//! adds up to 1: Pratt's measure of relative importance (Pratt 1987; Thomas, Hughes and Zumbo
//! 1998), with the product of coefficient and value replaced by the part. It answers another
//! question than the mean magnitude of the parts. What is large in everybody and says nothing of
//! the differences between them (a tall QRS complex) counts nothing; so does a part that the
//! network uses to cancel noise of another and that does not itself go with the answer (a
//! suppressor: Haufe et al. 2014). A share is below 0 where the part pulls against the differences.
//!
//! Parts of different networks have different scales: covariances are taken within networks and
//! then pooled.

use crate::patients::{ShapeError, Waveforms, check};
use crate::resampling::{Purpose, Resampling, below, stream};
use crate::shares::{ShareTable, Wave};
use coronet_evaluate::quantile::{quantile, sorted};
use coronet_evaluate::{Estimate, Statistic};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

/// Patients below which a warning stands beside every interval.
const FEW: usize = 20;

/// The share of one lead and wave in the differences between patients' logits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeadWaveDriver {
    /// Index of the lead.
    pub lead: usize,
    /// Part of the beat.
    pub wave: Wave,
    /// Its share of the variance of the logit.
    pub share: Estimate,
    /// Mean share of the samples over patients.
    pub area: f64,
}

/// The shares of all leads and waves; they add up to 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drivers {
    /// Cells in order of lead and wave.
    pub cells: Vec<LeadWaveDriver>,
    /// Standard deviation of the logit over patients, within networks.
    pub deviation: f64,
    /// Patients.
    pub n: usize,
    #[serde(skip)]
    replicates: Vec<Vec<f64>>,
    #[serde(skip)]
    tails: (f64, f64),
}

const METHOD: &str = "covariance of the part with the logit over its variance, within networks; \
                      percentile bootstrap by patient";

/// Shares of the variance of the logit by lead and wave.
///
/// `patient` and `network` say for each record whose it is and which network explained it; a
/// patient with several records counts once, with their mean. Undefined with fewer than three
/// patients, without replicates, or when the logits do not vary.
///
/// # Errors
///
/// When there is not one patient and one network for each record.
pub fn drivers(
    records: ShareTable<'_>,
    patient: &[u32],
    network: &[u32],
    settings: &Resampling,
) -> Result<Statistic<Drivers>, ShapeError> {
    check("patients", records.len(), patient.len())?;
    check("networks", records.len(), network.len())?;
    let leads = records.leads();
    let totals: Vec<f64> = (0..records.len())
        .map(|record| records.signed(record).iter().sum())
        .collect();
    let units = units(&totals, patient, network, |_| true);
    let parts = Parts {
        cells: 6 * leads,
        of: |record: usize, parts: &mut [f64]| parts.copy_from_slice(records.signed(record)),
    };
    let patients = patients(&units);
    if patients < 3 {
        let reason = format!("{patients} patients, expected at least 3");
        return Ok(Statistic::undefined(reason));
    }
    if settings.replicates == 0 {
        return Ok(Statistic::undefined("no bootstrap was asked for"));
    }
    let once = vec![1.0; units.len()];
    let Some((observed, deviation)) = parts.split(&units, &once) else {
        let reason = "the logit does not vary between the patients of a network";
        return Ok(Statistic::undefined(reason));
    };
    let replicates: Vec<Vec<f64>> = (0..settings.replicates as u64)
        .into_par_iter()
        .filter_map(|number| {
            Some(
                parts
                    .split(&units, &drawn(&units, patients, settings, number))?
                    .0,
            )
        })
        .collect();
    if 10 * replicates.len() < 9 * settings.replicates {
        return Ok(Statistic::undefined(format!(
            "the logit varies between patients in {} of {} bootstrap replicates, expected nine tenths",
            replicates.len(),
            settings.replicates
        )));
    }
    let area = mean_area(records, patient);
    let tails = settings.tails();
    let cells = (0..6 * leads).map(|cell| LeadWaveDriver {
        lead: cell / 6,
        wave: Wave::ALL[cell % 6],
        share: estimate(
            observed[cell],
            replicates.iter().map(|one| one[cell]),
            tails,
            patients,
        ),
        area: area[cell],
    });
    Ok(Statistic::Defined(Drivers {
        cells: cells.collect(),
        deviation,
        n: patients,
        replicates,
        tails,
    }))
}

/// Mean share of the samples of each lead and wave, patients counting once.
fn mean_area(records: ShareTable<'_>, patient: &[u32]) -> Vec<f64> {
    let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
    for number in patient {
        *counts.entry(*number).or_default() += 1.0;
    }
    let mut area = vec![0.0; 6 * records.leads()];
    for (record, number) in patient.iter().enumerate() {
        let weight = 1.0 / (counts[number] * counts.len() as f64);
        for (area, own) in area.iter_mut().zip(records.area(record)) {
            *area += weight * own;
        }
    }
    area
}

impl Drivers {
    /// The share of some leads and waves together, with its own interval.
    pub fn of(&self, cells: &[(usize, Wave)]) -> Estimate {
        let places: Vec<usize> = cells
            .iter()
            .map(|&(lead, wave)| 6 * lead + wave as usize)
            .collect();
        let sum = |shares: &[f64]| places.iter().map(|&place| shares[place]).sum::<f64>();
        let observed: Vec<f64> = self.cells.iter().map(|cell| cell.share.value).collect();
        estimate(
            sum(&observed),
            self.replicates.iter().map(|one| sum(one)),
            self.tails,
            self.n,
        )
    }

    /// Share of the samples of some leads and waves together.
    pub fn area(&self, cells: &[(usize, Wave)]) -> f64 {
        let place = |&(lead, wave): &(usize, Wave)| self.cells[6 * lead + wave as usize].area;
        cells.iter().map(place).sum()
    }
}

/// Shares of the variance of the logit at every `[lead][step]` of aligned beats.
///
/// `parts` holds for each record what the attribution adds up to over the beats at each step;
/// `totals` what it adds up to over the whole record, so that the shares leave out what lies
/// between the beats. Undefined as [`drivers`] are; records with a part that is not finite do not
/// count.
///
/// # Errors
///
/// When the slices do not have one entry for each record.
pub fn drivers_over_time(
    parts: Waveforms<'_>,
    totals: &[f64],
    patient: &[u32],
    network: &[u32],
) -> Result<Statistic<Vec<f64>>, ShapeError> {
    check("patients", totals.len(), patient.len())?;
    check("networks", totals.len(), network.len())?;
    check("parts", totals.len(), parts.len())?;
    let whole = |record: usize| parts.record(record).iter().all(|value| value.is_finite());
    let units = units(totals, patient, network, whole);
    let count = patients(&units);
    if count < 3 {
        let reason = format!("{count} patients, expected at least 3");
        return Ok(Statistic::undefined(reason));
    }
    let cells = parts.size();
    let of = |record: usize, own: &mut [f64]| {
        for (own, &value) in own.iter_mut().zip(parts.record(record)) {
            *own = f64::from(value);
        }
    };
    let found = Parts { cells, of }.split(&units, &vec![1.0; units.len()]);
    Ok(match found {
        Some((shares, _)) => Statistic::Defined(shares),
        None => Statistic::undefined("the logit does not vary between the patients of a network"),
    })
}

/// The records of one patient that one network explained; they count as their mean.
struct Unit {
    /// Number of the patient, from 0 without gaps.
    patient: usize,
    network: u32,
    records: Vec<usize>,
    total: f64,
}

/// The units of all records that `counts` lets in.
fn units(
    totals: &[f64],
    patient: &[u32],
    network: &[u32],
    counts: impl Fn(usize) -> bool,
) -> Vec<Unit> {
    let mut of: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
    for record in (0..totals.len()).filter(|&record| counts(record)) {
        let key = (patient[record], network[record]);
        of.entry(key).or_default().push(record);
    }
    let mut numbers: BTreeMap<u32, usize> = BTreeMap::new();
    let unit = |((patient, network), records): ((u32, u32), Vec<usize>)| {
        let next = numbers.len();
        let total = records.iter().map(|&record| totals[record]).sum::<f64>();
        Unit {
            patient: *numbers.entry(patient).or_insert(next),
            network,
            total: total / records.len() as f64,
            records,
        }
    };
    of.into_iter().map(unit).collect()
}

fn patients(units: &[Unit]) -> usize {
    units.iter().map(|unit| unit.patient + 1).max().unwrap_or(0)
}

/// How often each unit is drawn when patients are.
fn drawn(units: &[Unit], patients: usize, settings: &Resampling, number: u64) -> Vec<f64> {
    let mut random = stream(settings.seed, Purpose::Drivers, number);
    let mut times = vec![0.0; patients];
    for _ in 0..patients {
        times[below(&mut random, patients)] += 1.0;
    }
    units.iter().map(|unit| times[unit.patient]).collect()
}

/// The parts that the total of a record is made of, read where they lie.
struct Parts<F> {
    cells: usize,
    /// Fills in the parts of a record.
    of: F,
}

impl<F: Fn(usize, &mut [f64])> Parts<F> {
    /// The mean parts of the records of a unit; `one` is room for those of a record.
    fn mean(&self, unit: &Unit, one: &mut [f64], mean: &mut [f64]) {
        mean.fill(0.0);
        for &record in &unit.records {
            (self.of)(record, one);
            for (mean, part) in mean.iter_mut().zip(&*one) {
                *mean += part;
            }
        }
        let count = unit.records.len() as f64;
        mean.iter_mut().for_each(|mean| *mean /= count);
    }

    /// Shares of the parts in the variance of the total, and its standard deviation; `None` where
    /// the total does not vary within any network.
    fn split(&self, units: &[Unit], weights: &[f64]) -> Option<(Vec<f64>, f64)> {
        let means = means_by_network(units, weights);
        let (mut one, mut parts) = (vec![0.0; self.cells], vec![0.0; self.cells]);
        let mut shares = vec![0.0; self.cells];
        let (mut squares, mut size) = (0.0, 0.0);
        for (unit, weight) in units
            .iter()
            .zip(weights)
            .filter(|(_, weight)| **weight > 0.0)
        {
            let (count, sum) = means[&unit.network];
            // A sum over centred totals is the covariance, whether or not the parts are centred.
            let away = weight * (unit.total - sum / count);
            squares += away * (unit.total - sum / count);
            size += weight * unit.total * unit.total;
            self.mean(unit, &mut one, &mut parts);
            for (share, part) in shares.iter_mut().zip(&parts) {
                *share += away * part;
            }
        }
        if squares <= 1e-12 * size || squares <= 0.0 {
            return None;
        }
        shares.iter_mut().for_each(|share| *share /= squares);
        let freedom = weights.iter().sum::<f64>() - means.len() as f64;
        Some((shares, (squares / freedom.max(1.0)).sqrt()))
    }
}

/// Summed weights and weighted totals of each network.
fn means_by_network(units: &[Unit], weights: &[f64]) -> BTreeMap<u32, (f64, f64)> {
    let mut means: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for (unit, weight) in units.iter().zip(weights) {
        let mean = means.entry(unit.network).or_default();
        mean.0 += weight;
        mean.1 += weight * unit.total;
    }
    means
}

fn estimate(
    value: f64,
    replicates: impl Iterator<Item = f64>,
    (tail, head): (f64, f64),
    n: usize,
) -> Estimate {
    let replicates = sorted(&replicates.collect::<Vec<f64>>());
    let low = quantile(&replicates, tail).unwrap_or(value);
    let high = quantile(&replicates, head).unwrap_or(value);
    Estimate {
        warning: (n < FEW).then(|| format!("{n} patients: the interval is too narrow")),
        ..Estimate::interval(value, (low, high), METHOD, n)
    }
}
