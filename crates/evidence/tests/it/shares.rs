//! Attribution falls where it was put.

use crate::made::Numbers;
use coronet_evidence::{RecordShares, Resampling, Wave, WaveSpan, record_shares, shares};

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
    let found = shares(&records, &patients, &settings).unwrap();
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
    assert!(
        shares(&[record(1)], &[5], &settings)
            .unwrap()
            .reason()
            .is_some()
    );
    assert!(shares(&[], &[], &settings).unwrap().reason().is_some());
}
