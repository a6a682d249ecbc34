//! What is written as DICOM and EDF+ is read again, exactly where the format can hold it.

use crate::made::{codes, ecg, scratch};
use coronet_ecg::{Channel, Ecg, Signal};
use coronet_formats::{ReadOptions, WriteError, dicom, edf, read};
use std::path::Path;

fn open(path: &Path) -> Ecg {
    read(path, &ReadOptions::default()).unwrap().remove(0).ecg
}

fn worst(one: &Ecg, other: &Ecg) -> f64 {
    assert_eq!((one.rate, one.len()), (other.rate, other.len()));
    assert_eq!(one.signals.len(), other.signals.len());
    let mut worst = 0.0_f64;
    for (one, other) in one.signals.iter().zip(&other.signals) {
        assert_eq!(one.channel, other.channel);
        for (one, other) in one.millivolts.iter().zip(&other.millivolts) {
            assert_eq!(one.is_nan(), other.is_nan());
            if !one.is_nan() {
                worst = worst.max((one - other).abs());
            }
        }
    }
    worst
}

/// Twelve leads of whole steps of so many microvolts.
fn stepped(step: f64, samples: usize, rate: f64) -> Ecg {
    let mut made = ecg(samples, rate);
    for signal in &mut made.signals {
        for sample in &mut signal.millivolts {
            *sample = (*sample * 1000.0).round() * step / 1000.0;
        }
        signal.millivolts[0] = 0.0;
    }
    made
}

#[test]
fn samples_are_exact_in_any_decimal_step() {
    let folder = scratch();
    for step in [1.0, 0.5, 2.5, 4.88, 1.25, 10.0, 0.305, 3.75] {
        let made = stepped(step, 5000, 500.0);
        let path = folder.path().join("x.dcm");
        let lost = dicom::write(&path, &made, &dicom::WriteOptions::default()).unwrap();
        assert!(lost.is_empty(), "{step}: {lost:?}");
        assert!(worst(&open(&path), &made) < 1e-11, "{step}");
        let path = folder.path().join("x.edf");
        let lost = edf::write(&path, &made).unwrap();
        let codes: Vec<&str> = lost.iter().map(|lost| lost.code.as_str()).collect();
        assert_eq!(codes, ["not-held"], "{step}");
        assert!(worst(&open(&path), &made) < 1e-11, "{step}");
    }
}

#[test]
fn facts_and_times_survive() {
    let folder = scratch();
    let mut made = ecg(1000, 500.0);
    made.subject.name = Some("Ada Müller".to_string());
    made.subject.birth_date = Some("1960-02-03".parse().unwrap());
    made.subject.height = Some(171.5);
    made.subject.weight = Some(70.25);
    made.subject.race = Some("unknown".to_string());
    made.device.manufacturer = Some("Maker".to_string());
    made.device.model = Some("M 1".to_string());
    made.device.serial = Some("77".to_string());
    made.device.software = Some("1.2".to_string());
    made.device.institution = Some("Ward".to_string());
    made.signals.push(Signal {
        channel: Channel::Other("resp 1".to_string()),
        millivolts: vec![0.5; 1000],
    });
    let path = folder.path().join("x.dcm");
    dicom::write(&path, &made, &dicom::WriteOptions::default()).unwrap();
    let got = open(&path);
    assert_eq!((got.start, &got.subject), (made.start, &made.subject));
    assert_eq!(got.device, made.device);
    assert_eq!(codes(&got), Vec::<&str>::new());
    assert!(worst(&got, &made) < 1e-12);

    let path = folder.path().join("x.edf");
    edf::write(&path, &made).unwrap();
    let got = open(&path);
    assert_eq!(got.start, made.start);
    assert_eq!(got.subject.patient_id, made.subject.patient_id);
    assert_eq!(got.subject.birth_date, made.subject.birth_date);
    assert_eq!(got.subject.sex, made.subject.sex);
    assert_eq!(got.subject.name.as_deref(), Some("Ada M?ller"));
    assert_eq!(got.device.model, made.device.model);
}

#[test]
fn lengths_and_rates_of_every_kind() {
    let folder = scratch();
    for (samples, rate) in [
        (4096, 400.0),
        (4999, 500.0),
        (1, 500.0),
        (977, 976.5625),
        (5000, 360.0),
        (20_000, 1000.0),
    ] {
        let made = ecg(samples, rate);
        let path = folder.path().join("x.edf");
        edf::write(&path, &made).unwrap();
        assert!(worst(&open(&path), &made) < 1e-11, "{samples} at {rate}");
        let path = folder.path().join("x.dcm");
        dicom::write(&path, &made, &dicom::WriteOptions::default()).unwrap();
        assert!(worst(&open(&path), &made) < 1e-11, "{samples} at {rate}");
    }
}

#[test]
fn what_cannot_be_held_is_said() {
    let folder = scratch();
    let path = folder.path().join("x");
    let mut made = ecg(1000, 500.0);
    for (at, sample) in made.signals[3].millivolts.iter_mut().enumerate() {
        *sample = (at as f64).sqrt() / 17.0;
    }
    let lost = dicom::write(&path, &made, &dicom::WriteOptions::default()).unwrap();
    assert_eq!(lost[0].code, "rounded");
    assert!(lost[0].message.starts_with("aVR: "), "{lost:?}");
    assert!(worst(&open(&path), &made) < 1e-4);
    let lost = edf::write(&path, &made).unwrap();
    assert_eq!(lost[0].code, "rounded");
    assert!(worst(&open(&path), &made) < 1e-4);

    made.signals[3].millivolts[9] = f64::NAN;
    dicom::write(&path, &made, &dicom::WriteOptions::default()).unwrap();
    assert!(open(&path).signals[3].millivolts[9].is_nan());
    let error = edf::write(&path, &made).unwrap_err();
    assert!(
        error.to_string().starts_with("invalid samples: "),
        "{error}"
    );

    let mut unknown = ecg(1000, 500.0);
    unknown.start = None;
    let error = dicom::write(&path, &unknown, &dicom::WriteOptions::default()).unwrap_err();
    assert!(matches!(error, WriteError::Value { field: "start", .. }));
    edf::write(&path, &unknown).unwrap();
    assert_eq!(open(&path).start, None);
    let slow = ecg(1000, 100.0);
    let error = dicom::write(&path, &slow, &dicom::WriteOptions::default()).unwrap_err();
    assert!(matches!(error, WriteError::Value { field: "rate", .. }));
}

#[test]
fn one_recording_is_one_object() {
    let folder = scratch();
    let made = ecg(1000, 500.0);
    let bytes = |ecg: &Ecg| {
        let path = folder.path().join("x");
        dicom::write(&path, ecg, &dicom::WriteOptions::default()).unwrap();
        std::fs::read(path).unwrap()
    };
    assert_eq!(bytes(&made), bytes(&made));
    let mut other = made.clone();
    other.signals[0].millivolts[0] += 0.001;
    assert_ne!(bytes(&made), bytes(&other));
}
