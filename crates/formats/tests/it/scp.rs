//! SCP-ECG: independent decodes, and records made here with every encoding.

use crate::data::data;
use crate::made::codes;
use coronet_ecg::{Ecg, Lead, Sex};
use coronet_formats::{ArrayOrder, ReadOptions, Unit, read};
use std::path::Path;

fn one(path: &Path) -> Ecg {
    read(path, &ReadOptions::default()).unwrap().remove(0).ecg
}

/// The leads of an independent decode, in microvolts, `[leads, samples]`.
fn decoded(path: &Path) -> Vec<Vec<f64>> {
    let options = ReadOptions {
        unit: Some(Unit::Microvolt),
        array_order: ArrayOrder::LeadsFirst,
        ..ReadOptions::default()
    };
    let ecg = read(path, &options).unwrap().remove(0).ecg;
    ecg.signals
        .into_iter()
        .map(|signal| signal.millivolts)
        .collect()
}

fn worst(one: &[f64], other: &[f64]) -> f64 {
    assert_eq!(one.len(), other.len());
    one.iter()
        .zip(other)
        .map(|(one, other)| (one - other).abs())
        .fold(0.0, f64::max)
}

#[test]
fn a_record_of_second_differences_equals_an_independent_decode() {
    let Some(folder) = data("formats") else {
        return;
    };
    let ecg = one(&folder.join("scp-ecg/Example.scp"));
    let expected = decoded(&folder.join("oracle/scp_Example_uV.npy"));
    assert_eq!((ecg.signals.len(), ecg.len()), (12, 5000));
    assert_eq!(ecg.rate.get(), 500.0);
    for (signal, expected) in ecg.signals.iter().zip(&expected) {
        assert!(worst(&signal.millivolts, expected) < 1e-9);
    }
    assert_eq!(ecg.start, Some("2002-11-22T09:10:00".parse().unwrap()));
    assert_eq!(ecg.subject.patient_id.as_deref(), Some("SBJ-123"));
    assert_eq!(ecg.age(), Some(49.0));
    assert_eq!(ecg.subject.sex, Some(Sex::Male));
    assert_eq!(ecg.device.model.as_deref(), Some("ELI250"));
    assert_eq!(codes(&ecg), Vec::<&str>::new());
}

/// The independent decode of this record holds the residual of section 6 at the scale of section
/// 5 (5 µV instead of 20 µV) and no reference beat. So outside the beats from which the reference
/// was subtracted ours is four times that. The record itself says which is right: its section 10
/// states an R wave of 1130 µV in lead I.
#[test]
fn a_subtracted_reference_beat_is_added_back() {
    let Some(folder) = data("formats") else {
        return;
    };
    let ecg = one(&folder.join("scp-ecg/test.scp"));
    let residual = decoded(&folder.join("oracle/scp_test_uV.npy"));
    assert_eq!((ecg.signals.len(), ecg.len()), (8, 5000));
    let end = 5000..5000;
    let subtracted = [108..457, 972..1321, 2294..2643, 3706..4055, end];
    for (signal, residual) in ecg.signals.iter().zip(&residual) {
        let mut from = 0;
        for zone in subtracted.iter().cloned() {
            let scaled: Vec<f64> = residual[from..zone.start].iter().map(|v| v * 4.0).collect();
            assert!(worst(&signal.millivolts[from..zone.start], &scaled) < 1e-9);
            from = zone.end;
        }
    }
    // Beats of every type, those from which nothing was subtracted too, are of one height.
    let lead = ecg.lead(Lead::I).unwrap();
    for fiducial in [254, 706, 1118, 1618, 2066, 2440, 2956, 3427, 3852, 4341] {
        let beat = &lead[fiducial - 60..fiducial + 60];
        let top = beat.iter().copied().fold(f64::MIN, f64::max);
        let bottom = beat.iter().copied().fold(f64::MAX, f64::min);
        assert!(
            (1.2..1.5).contains(&(top - bottom)),
            "{fiducial}: {top} {bottom}"
        );
    }
    assert_eq!(ecg.standard_leads().unwrap().derived.len(), 4);
    assert_eq!(codes(&ecg), ["filters-stated"]);
}
