//! Real files of devices and data sets in binary formats, read where they lie.

use crate::data::data;
use crate::made::codes;
use coronet_ecg::{Ecg, Lead, Sex, fingerprint};
use coronet_formats::{Leniency, ReadErrorKind, ReadOptions, hdf5, read};
use std::path::Path;

fn open(path: &Path) -> Ecg {
    let mut records = read(path, &ReadOptions::default()).unwrap();
    assert_eq!(records.len(), 1, "{}", path.display());
    records.remove(0).ecg
}

fn same(one: &Ecg, other: &Ecg, tolerance: f64) {
    assert_eq!((one.rate, one.len()), (other.rate, other.len()));
    for lead in Lead::ALL {
        let (one, other) = (one.lead(lead).unwrap(), other.lead(lead).unwrap());
        for (one, other) in one.iter().zip(other) {
            assert!((one - other).abs() <= tolerance, "{lead:?}: {one} {other}");
        }
    }
}

/// Raw 80, 65, 50, 35, 37 and 90, 85, 80, 75, 77 at 1.25 µV, as pydicom has them.
#[test]
fn dicom_rhythm_is_chosen_over_median_beats() {
    let Some(folder) = data("formats/dicom") else {
        return;
    };
    let ecg = open(&folder.join("waveform_ecg.dcm"));
    assert_eq!((ecg.signals.len(), ecg.len()), (12, 10_000));
    assert_eq!(ecg.rate.get(), 1000.0);
    let expected = [
        (Lead::I, [100.0, 81.25, 62.5, 43.75, 46.25]),
        (Lead::II, [112.5, 106.25, 100.0, 93.75, 96.25]),
    ];
    for (lead, microvolts) in expected {
        let got = &ecg.lead(lead).unwrap()[..5];
        for (got, microvolts) in got.iter().zip(microvolts) {
            assert!((got * 1000.0 - microvolts).abs() < 1e-9);
        }
    }
    assert_eq!(ecg.start, Some("2013-01-25T10:59:19".parse().unwrap()));
    let subject = &ecg.subject;
    assert_eq!(subject.patient_id.as_deref(), Some("642341"));
    assert_eq!((subject.age, subject.sex), (Some(42.0), Some(Sex::Female)));
    assert_eq!(subject.birth_date, Some("1971-01-23".parse().unwrap()));
    assert_eq!(ecg.device.model.as_deref(), Some("el250"));
    assert_eq!(codes(&ecg), ["groups-left-out", "filters-stated"]);
    assert!(ecg.findings[0].message.contains("MEDIAN BEAT (1.2"));
    let filters = "high-pass 0.05 Hz, low-pass 300 Hz";
    assert_eq!(ecg.findings.last().unwrap().message, filters);

    let ecg = open(&folder.join("example-DICOM1.dcm"));
    assert_eq!((ecg.signals.len(), ecg.len()), (12, 5000));
    assert_eq!(ecg.rate.get(), 500.0);
    assert_eq!(ecg.device.manufacturer.as_deref(), Some("GE Healthcare"));
}

/// The EDF copies hold whole microvolts that were cut instead of rounded when they were made: 2
/// and 30 of 60,000 numbers in the files are 1 µV nearer to 0 than in the source.
#[test]
fn copies_of_ptbxl_equal_their_source() {
    let (Some(folder), Some(source)) = (data("formats"), data("ptbxl/records")) else {
        return;
    };
    for (copy, number, cut) in [("00001", 1, 2), ("00008_mi", 8, 30)] {
        let source = open(&source.join(format!("{number:05}_hr")));
        let start = "2000-01-01T00:00:00".parse().unwrap();
        let ishne = open(&folder.join(format!("ishne/ptbxl_{copy}.ishne")));
        same(&ishne, &source, 1e-12);
        assert_eq!(fingerprint(&ishne), fingerprint(&source));
        let edf = open(&folder.join(format!("edf/ptbxl_{copy}.edf")));
        same(&edf, &source, 1.0001e-3);
        let mut different = 0;
        for lead in Lead::ALL {
            let pairs = edf
                .lead(lead)
                .unwrap()
                .iter()
                .zip(source.lead(lead).unwrap());
            different += pairs
                .filter(|(one, two)| (**one - **two).abs() > 1e-9)
                .count();
        }
        assert_eq!(different, cut);
        for ecg in [edf, ishne] {
            assert_eq!(ecg.start, Some(start));
            assert_eq!(codes(&ecg), Vec::<&str>::new());
        }
    }
}

#[test]
fn code15_tracings_equal_their_records() {
    let (Some(folder), Some(source)) = (data("formats/hdf5"), data("physionet/code15")) else {
        return;
    };
    let path = folder.join("code15_style_6.hdf5");
    let records = read(&path, &ReadOptions::default()).unwrap();
    assert_eq!(records.len(), 6);
    for record in &records {
        let id = record.record_id.strip_prefix("code15_style_6#").unwrap();
        let source = open(&source.join(id));
        same(&record.ecg, &source, 1e-6);
        let padded = source.len() == 2934;
        let mut expected = vec!["unit-not-stated", "lead-not-stated", "rate-not-stated"];
        if padded {
            expected.insert(1, "padding-cut");
        }
        assert_eq!(codes(&record.ecg), expected);
        assert_eq!(record.format, "HDF5");
    }
    let exams = hdf5::Exams::open(&path).unwrap();
    assert_eq!((exams.len(), exams.is_empty()), (6, false));
    let third = exams.read(2, 1, &ReadOptions::default()).unwrap();
    assert_eq!(third[0], records[2]);
}

#[test]
fn sph_is_read_as_500_hz_and_twelve_leads() {
    let Some(folder) = data("physionet") else {
        return;
    };
    for name in ["SPH00001.h5", "SPH00002.h5"] {
        let ecg = open(&folder.join(name));
        assert_eq!(ecg.rate.get(), 500.0);
        let leads = ecg.standard_leads().unwrap();
        let [first, second, third, ..] = &leads.millivolts;
        // Numbers of 16 bits near 1 mV are 0.0005 apart.
        let mut worst = 0.0_f64;
        for ((one, two), three) in first.iter().zip(second).zip(third) {
            worst = worst.max((two - one - three).abs());
        }
        assert!(worst < 0.01, "{name}: {worst}");
    }
    let ecg = open(&folder.join("SPH00001.h5"));
    assert!((ecg.lead(Lead::I).unwrap()[0] - 0.0216).abs() < 1e-5);
}

#[test]
fn a_matlab_structure_of_the_challenge() {
    let Some(folder) = data("formats/text") else {
        return;
    };
    let ecg = open(&folder.join("MI.mat"));
    assert_eq!((ecg.signals.len(), ecg.len()), (12, 5500));
    assert_eq!(
        (ecg.subject.age, ecg.subject.sex),
        (Some(67.0), Some(Sex::Male))
    );
    let first: Vec<f64> = [Lead::I, Lead::II, Lead::III]
        .iter()
        .map(|lead| ecg.lead(*lead).unwrap()[0])
        .collect();
    for (got, expected) in first.iter().zip([0.010_284_36, 0.079_612_36, 0.069_328]) {
        assert!((got - expected).abs() < 1e-8, "{first:?}");
    }
    let expected = ["unit-not-stated", "lead-not-stated", "rate-not-stated"];
    assert_eq!(codes(&ecg), expected);
}

/// A hand-held device that counts sections from 0, gives no size and no checksum that holds, and
/// stores its samples in a way of its own: strict or lenient, it is refused.
#[test]
fn what_only_resembles_scp_is_refused() {
    let Some(folder) = data("formats/scp-ecg") else {
        return;
    };
    for leniency in [Leniency::Strict, Leniency::Lenient] {
        let options = ReadOptions {
            leniency,
            ..ReadOptions::default()
        };
        let error = read(&folder.join("62.SCP"), &options).unwrap_err();
        let ReadErrorKind::Bytes { offset, field, .. } = error.kind else {
            panic!("{error}");
        };
        assert_eq!((offset, field), (28, "index of section 0"));
    }
}
