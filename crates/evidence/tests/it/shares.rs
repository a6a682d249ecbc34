//! Attribution falls where it was put.

use crate::made::{Numbers, rows};
use coronet_evidence::{
    RecordShares, Resampling, ShareTable, Wave, WaveSpan, record_shares, shares,
};

const LEADS: usize = 2;
const SAMPLES: usize = 100;

fn spans() -> Vec<Vec<WaveSpan>> {
    let span = |wave, first, end| WaveSpan { wave, first, end };
    vec![
        vec![
            span(Wave::Qrs, 20, 30),
            span(Wave::StSegment, 30, 50),
            span(Wave::T, 50, 80)
        ];
        LEADS
    ]
}

/// Noise of mean magnitude 1, eight times as great in the T wave of the second lead.
fn record(seed: u64) -> RecordShares {
    let mut numbers = Numbers::new(seed);
    let values: Vec<f32> = (0..LEADS * SAMPLES)
        .map(|at| {
            let planted = (SAMPLES + 50..SAMPLES + 80).contains(&at);
            (numbers.normal() * if planted { 8.0 } else { 1.0 }) as f32
        })
        .collect();
    let found = record_shares(&values, LEADS, &spans()).unwrap();
    found.defined().unwrap().clone()
}

#[test]
fn shares_sum_to_one_and_lie_where_they_were_put() {
    let records: Vec<RecordShares> = (0..30).map(record).collect();
    for one in &records {
        for table in [&one.attribution, &one.area] {
            let sum: f64 = table.iter().flatten().sum();
            assert!((sum - 1.0).abs() < 1e-9);
        }
    }
    let patients: Vec<u32> = (0..30).map(|record| record / 2).collect();
    let settings = Resampling {
        replicates: 500,
        seed: 1,
        confidence: 0.95,
    };
    let values = rows(&records);
    let table = ShareTable::new(&values, records.len(), LEADS).unwrap();
    let found = shares(table, &patients, &settings).unwrap();
    let cells = found.defined().unwrap();
    assert_eq!(cells.len(), LEADS * Wave::ALL.len());
    let planted = cells
        .iter()
        .find(|cell| cell.lead == 1 && cell.wave == Wave::T)
        .unwrap();
    // 30 samples of weight 8 and 170 of weight 1.
    let expected = 240.0 / 410.0;
    let share = &planted.attribution;
    assert!((share.value - expected).abs() < 0.02, "{share:?}");
    assert!(share.low.unwrap() < share.value && share.value < share.high.unwrap());
    assert!((planted.area - 0.15).abs() < 1e-12);
    assert!(planted.ratio.defined().unwrap().low.unwrap() > 3.0);
    assert_eq!(planted.attribution.n, 15);
    let empty = cells.iter().find(|cell| cell.wave == Wave::P).unwrap();
    assert!(empty.ratio.reason().is_some());
}

#[test]
fn undefined_says_why() {
    let nothing = record_shares(&[0.0; LEADS * SAMPLES], LEADS, &spans()).unwrap();
    assert!(nothing.reason().unwrap().contains("no sample"));
    let mut values = [1.0; LEADS * SAMPLES];
    values[7] = f32::INFINITY;
    assert!(
        record_shares(&values, LEADS, &spans())
            .unwrap()
            .reason()
            .is_some()
    );
    assert!(record_shares(&values, LEADS, &spans()[..1]).is_err());
    let settings = Resampling {
        replicates: 10,
        seed: 1,
        confidence: 0.95,
    };
    let one = record(1).row();
    let table = ShareTable::new(&one, 1, LEADS).unwrap();
    let found = shares(table, &[5], &settings).unwrap();
    assert!(found.reason().is_some());
    assert!(shares(table, &[5, 6], &settings).is_err());
    assert!(ShareTable::new(&one, 2, LEADS).is_err());
    let none = ShareTable::new(&[], 0, LEADS).unwrap();
    assert!(shares(none, &[], &settings).unwrap().reason().is_some());
}

#[test]
fn a_patient_is_the_mean_of_his_records() {
    let records = [record(1), record(2), record(3)];
    let values = rows(&records);
    let table = ShareTable::new(&values, 3, LEADS).unwrap();
    let patients: Vec<RecordShares> = table.by_patient(&[9, 4, 9]).unwrap().collect();
    assert_eq!(patients.len(), 2);
    assert_eq!(patients[0], records[1]);
    let mean = |part: fn(&RecordShares) -> f64| (part(&records[0]) + part(&records[2])) / 2.0;
    let parts: [fn(&RecordShares) -> f64; 3] = [
        |one| one.attribution[1][Wave::T as usize],
        |one| one.area[0][Wave::Qrs as usize],
        |one| one.signed[0][Wave::Rest as usize],
    ];
    for part in parts {
        assert!((part(&patients[1]) - mean(part)).abs() < 1e-12);
    }
}
