//! Bands cover the truth, count patients, and keep the two groups apart.

use crate::made::{Numbers, patients};
use coronet_evidence::{Patients, Resampling, Waveforms, bands};

const SETTINGS: Resampling = Resampling {
    replicates: 400,
    seed: 3,
    confidence: 0.95,
};

#[test]
fn bands_cover_the_planted_difference() {
    let mut covered = 0;
    for seed in 0..40 {
        let cohort = patients(seed, 60, 30, |_, _| 0.5);
        let found = bands(&cohort, &SETTINGS);
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
    let found = bands(&cohort, &SETTINGS);
    let first = found.defined().unwrap().high.mean[0];
    let expected = (f64::from((values[0] + values[4]) / 2.0) + f64::from(values[8])) / 2.0;
    assert!((first - expected).abs() < 1e-6);
}

#[test]
fn what_does_not_fit_is_refused() {
    let error = Waveforms::new(&[0.0; 5], 1, 2, 3).unwrap_err();
    assert_eq!(error.to_string(), "waveforms: got 5 values, expected 6");
    let few = patients(1, 3, 1, |_, _| 0.0);
    assert!(
        bands(&few, &SETTINGS)
            .reason()
            .unwrap()
            .contains("at least 2")
    );
}
