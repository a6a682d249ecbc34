//! The variance of the logit is split as it was made.

use crate::made::{Numbers, rows};
use coronet_evaluate::{Estimate, Statistic};
use coronet_evidence::{
    Drivers, RecordShares, Resampling, ShapeError, ShareTable, Wave, Waveforms, drivers,
    drivers_over_time,
};

const SETTINGS: Resampling = Resampling {
    replicates: 400,
    seed: 5,
    confidence: 0.95,
};

/// A record of two leads whose signed parts are given, each lead and wave of equal area.
fn record(parts: &[(usize, Wave, f64)]) -> RecordShares {
    let mut signed = vec![[0.0; 6]; 2];
    for &(lead, wave, value) in parts {
        signed[lead][wave as usize] += value;
    }
    let even = vec![[1.0 / 12.0; 6]; 2];
    RecordShares {
        attribution: even.clone(),
        area: even,
        signed,
    }
}

/// A signal in T of lead 1, a QRS complex that is large in everybody, and a suppressor in P that
/// takes away the noise it shares with T.
fn cohort(seed: u64, count: usize) -> Vec<RecordShares> {
    let mut numbers = Numbers::new(seed);
    (0..count)
        .map(|_| {
            let (signal, noise) = (2.0 * numbers.normal(), numbers.normal());
            let qrs = 50.0 + 0.3 * numbers.normal();
            record(&[
                (1, Wave::T, signal + noise),
                (0, Wave::P, -noise),
                (0, Wave::Qrs, qrs),
            ])
        })
        .collect()
}

fn split(
    records: &[RecordShares],
    patient: &[u32],
    network: &[u32],
) -> Result<Statistic<Drivers>, ShapeError> {
    let values = rows(records);
    let table = ShareTable::new(&values, records.len(), 2).unwrap();
    drivers(table, patient, network, &SETTINGS)
}

fn ask(records: &[RecordShares], patient: &[u32], network: &[u32]) -> Drivers {
    let found = split(records, patient, network).unwrap();
    found.defined().unwrap().clone()
}

fn numbers(count: usize) -> Vec<u32> {
    (0..count as u32).collect()
}

fn covers(estimate: &Estimate, value: f64) -> bool {
    (estimate.low.unwrap()..=estimate.high.unwrap()).contains(&value)
}

#[test]
fn what_varies_with_the_logit_counts_and_what_is_only_large_does_not() {
    let count = 400;
    let found = ask(&cohort(1, count), &numbers(count), &vec![0; count]);
    let sum: f64 = found.cells.iter().map(|cell| cell.share.value).sum();
    assert!((sum - 1.0).abs() < 1e-9);
    let (t, p, qrs) = (
        found.of(&[(1, Wave::T)]),
        found.of(&[(0, Wave::P)]),
        found.of(&[(0, Wave::Qrs)]),
    );
    // Var(logit) is 4 + 0.09; T covaries by 4 with it, P not at all.
    let truth = [4.0 / 4.09, 0.0, 0.09 / 4.09];
    for (found, truth) in [&t, &p, &qrs].into_iter().zip(truth) {
        assert!(covers(found, truth), "{found:?}, truth {truth}");
    }
    assert!(t.low.unwrap() > 0.9 && qrs.high.unwrap() < 0.1);
    let both = found.of(&[(1, Wave::T), (0, Wave::P)]);
    assert!((both.value - t.value - p.value).abs() < 1e-12);
    assert!(covers(&both, 4.0 / 4.09));
    assert!((found.area(&[(1, Wave::T), (0, Wave::P)]) - 2.0 / 12.0).abs() < 1e-12);
    assert!((found.deviation - 4.09_f64.sqrt()).abs() < 0.2);
}

#[test]
fn intervals_cover_over_and_over() {
    let count = 60;
    let covered = (0..60)
        .filter(|&seed| {
            let found = ask(&cohort(seed + 10, count), &numbers(count), &vec![0; count]);
            covers(&found.of(&[(1, Wave::T)]), 4.0 / 4.09)
        })
        .count();
    assert!((51..=60).contains(&covered), "{covered} of 60");
}

#[test]
fn scales_and_offsets_of_networks_do_not_count() {
    let count = 200;
    let records = cohort(3, count);
    let network: Vec<u32> = (0..count as u32).map(|record| record % 2).collect();
    let one = ask(&records, &numbers(count), &network);
    let moved: Vec<RecordShares> = records
        .iter()
        .zip(&network)
        .map(|(record, &network)| {
            let mut record = record.clone();
            record.signed[0][Wave::Rest as usize] += 1000.0 * f64::from(network);
            record
        })
        .collect();
    let two = ask(&moved, &numbers(count), &network);
    for (one, two) in one.cells.iter().zip(&two.cells) {
        assert!((one.share.value - two.share.value).abs() < 1e-9);
    }
}

#[test]
fn a_patient_counts_once_and_is_drawn_whole() {
    let records = cohort(7, 30);
    let twice: Vec<RecordShares> = records.iter().chain(&records).cloned().collect();
    let patient: Vec<u32> = numbers(30).into_iter().chain(numbers(30)).collect();
    let (one, two) = (
        ask(&records, &numbers(30), &[0; 30]),
        ask(&twice, &patient, &[0; 60]),
    );
    assert_eq!(one.n, two.n);
    for (one, two) in one.cells.iter().zip(&two.cells) {
        let low = |share: &Estimate| share.low.unwrap();
        assert!((one.share.value - two.share.value).abs() < 1e-9);
        assert!((low(&one.share) - low(&two.share)).abs() < 1e-9);
    }
}

#[test]
fn shares_over_time_are_those_of_the_parts() {
    let mut numbers_of = Numbers::new(11);
    let count = 100;
    let (mut parts, mut totals) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let signal = numbers_of.normal();
        // Lead 0 at rest but large, lead 1 with the signal at its second step.
        parts.extend([7.0, 7.0, 0.0, signal as f32]);
        totals.push(2.0 * signal);
    }
    parts.extend([f32::NAN; 4]);
    totals.push(1e6);
    let waveforms = Waveforms::new(&parts, count + 1, 2, 2).unwrap();
    let found = drivers_over_time(waveforms, &totals, &numbers(count + 1), &vec![0; count + 1]);
    let found = found.unwrap();
    let expected = [0.0, 0.0, 0.0, 0.5];
    for (found, expected) in found.defined().unwrap().iter().zip(expected) {
        assert!(
            (found - expected).abs() < 1e-6,
            "{found}, expected {expected}"
        );
    }
}

#[test]
fn undefined_says_why() {
    let reason = |records: &[RecordShares], network: &[u32]| {
        let patient = numbers(records.len());
        let found = split(records, &patient, network).unwrap();
        found.reason().unwrap().to_owned()
    };
    assert!(reason(&cohort(1, 2), &[0, 0]).contains("expected at least 3"));
    let flat = vec![record(&[(0, Wave::Qrs, 3.0)]); 5];
    assert!(reason(&flat, &[0; 5]).contains("does not vary"));
    assert!(reason(&cohort(1, 4), &[0, 1, 2, 3]).contains("does not vary"));
    assert!(split(&cohort(1, 4), &[0, 1], &[0; 4]).is_err());
    let few = ask(&cohort(2, 6), &numbers(6), &[0; 6]);
    assert!(few.of(&[(1, Wave::T)]).warning.is_some());
}
