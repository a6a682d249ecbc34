//! Bands cover the truth, count patients, and keep the two groups apart.

use crate::made::{Numbers, cohort};
use coronet_evidence::{Design, Patients, Resampling, Waveforms, bands};

const SETTINGS: Resampling = Resampling {
    replicates: 400,
    seed: 3,
    confidence: 0.95,
};

#[test]
fn bands_cover_the_planted_difference() {
    let mut covered = 0;
    for seed in 0..40 {
        let made = cohort(seed, 60, 30, |_, _| 0.5);
        let found = bands(&made.patients(), Design::Groups, &SETTINGS);
        let found = found.defined().unwrap();
        let at = 5 * crate::made::SAMPLES + 30;
        assert!(found.difference.low[at] < found.difference.high[at]);
        let minus = found.high.mean[at] - found.low.mean[at];
        assert!((minus - found.difference.mean[at]).abs() < 1e-12);
        covered +=
            usize::from((found.difference.low[at]..=found.difference.high[at]).contains(&0.5));
    }
    assert!((33..=40).contains(&covered), "{covered} of 40");
}

#[test]
fn records_of_a_patient_count_once() {
    let mut numbers = Numbers::new(9);
    let values: Vec<f32> = (0..9 * 4).map(|_| numbers.normal() as f32).collect();
    let mut broken = values.clone();
    broken[8 * 4] = f32::NAN;
    let waveforms = Waveforms::new(&broken, 9, 2, 2).unwrap();
    let patient = [1, 1, 2, 3, 4, 5, 5, 6, 7];
    let groups = [true, true, true, false, false, true, false, false, true].map(Some);
    let cohort = Patients::new(waveforms, &patient, &groups).unwrap();
    assert_eq!(cohort.patient, [1, 2, 3, 4, 6]);
    assert_eq!((cohort.mixed, cohort.incomplete), (1, 1));
    assert_eq!(cohort.counts(), (2, 3));
    let found = bands(&cohort, Design::Groups, &SETTINGS);
    let first = found.defined().unwrap().high.mean[0];
    let expected = (f64::from((values[0] + values[4]) / 2.0) + f64::from(values[8])) / 2.0;
    assert!((first - expected).abs() < 1e-6);
}

#[test]
fn what_does_not_fit_is_refused() {
    let error = Waveforms::new(&[0.0; 5], 1, 2, 3).unwrap_err();
    assert_eq!(error.to_string(), "waveforms: got 5 values, expected 6");
    let few = cohort(1, 3, 1, |_, _| 0.0);
    assert!(
        bands(&few.patients(), Design::Groups, &SETTINGS)
            .reason()
            .unwrap()
            .contains("at least 2")
    );
}

#[test]
fn bands_of_pairs_are_of_the_paired_patients_alone() {
    // Pairs differ by 1 everywhere, patients by much more; the unpaired patient lies far away.
    let values: Vec<f32> = [0.0, 1.0, 10.0, 11.0, 20.0, 21.0, 500.0].to_vec();
    let waveforms = Waveforms::new(&values, 7, 1, 1).unwrap();
    let groups = [false, true, false, true, false, true, false].map(Some);
    let cohort = Patients::new(waveforms, &[0, 1, 2, 3, 4, 5, 6], &groups).unwrap();
    let pairs = [(1, 0), (3, 2), (5, 4)];
    let found = bands(&cohort, Design::Pairs(&pairs), &SETTINGS);
    let found = found.defined().unwrap();
    assert_eq!((found.high.n, found.low.n), (3, 3));
    assert!((found.low.mean[0] - 10.0).abs() < 1e-12);
    let difference = &found.difference;
    assert!((difference.mean[0] - 1.0).abs() < 1e-9);
    assert!(
        difference.high[0] - difference.low[0] < 1e-9,
        "pairs stay together"
    );
    assert!(found.method.contains("pair"), "{}", found.method);
}

#[test]
fn patients_name_the_records_they_are_made_of() {
    let values = [1.0, 2.0, 3.0, 4.0, f32::NAN];
    let waveforms = Waveforms::new(&values, 5, 1, 1).unwrap();
    let groups = [None, Some(true), Some(false), Some(true), Some(true)];
    let cohort = Patients::new(waveforms, &[7, 7, 8, 9, 9], &groups).unwrap();
    assert_eq!(cohort.records, [vec![1], vec![2], vec![3]]);
}
