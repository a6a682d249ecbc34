//! What is written as WFDB, DICOM and EDF+ is read again, exactly where the format can hold it.

use crate::data::data;
use crate::made::{codes, ecg, scratch};
use coronet_ecg::{Channel, Ecg, Finding, Signal};
use coronet_formats::{
    ReadOptions, Recording, WriteError, csv, dicom, edf, fhir, list, parquet, read, wfdb,
};
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

/// Writes a WFDB record, reads it, and gives the copy and its storage format.
fn wfdb_copy(made: &Ecg) -> (Ecg, u32) {
    let folder = scratch();
    let header = wfdb::write(folder.path(), "r", made, &wfdb::WriteOptions::default()).unwrap();
    let format = wfdb::Header::read(&header).unwrap().signals[0].format;
    (open(&header), format)
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
        // The age, and the space of the identifier.
        assert_eq!(codes, ["not-held", "not-held"], "{step}");
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
    assert_eq!(got.subject.patient_id.as_deref(), Some("P_17"));
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
fn a_channel_that_is_no_voltage_keeps_its_unit() {
    let folder = scratch();
    let mut made = ecg(1000, 500.0);
    made.signals.push(Signal {
        channel: Channel::Quantity {
            name: "SpO2".to_string(),
            unit: "%".to_string(),
        },
        millivolts: (0..1000)
            .map(|at| 90.0 + f64::from(at % 17) / 2.0)
            .collect(),
    });
    let name = |end: &str| folder.path().join(format!("x.{end}"));
    dicom::write(&name("dcm"), &made, &dicom::WriteOptions::default()).unwrap();
    edf::write(&name("edf"), &made).unwrap();
    csv::write(&name("csv"), &made).unwrap();
    fhir::write(&name("json"), &made, &fhir::WriteOptions::default()).unwrap();
    wfdb::write(folder.path(), "x", &made, &wfdb::WriteOptions::default()).unwrap();
    let mut ends = vec!["dcm", "edf", "csv", "json", "hea"];
    if cfg!(feature = "parquet") {
        parquet::write(&name("parquet"), &made).unwrap();
        ends.push("parquet");
    }
    for end in ends {
        let copy = open(&name(end));
        assert!(worst(&copy, &made) < 1e-9, "{end}");
        let mut found = codes(&copy);
        found.retain(|code| *code != "time-of-day-not-stated");
        assert_eq!(found, ["not-a-voltage"], "{end}");
    }
}

/// A date without a time of day stays one wherever the format can hold it; elsewhere it is said.
#[test]
fn a_date_alone_stays_a_date_alone() {
    const CODE: &str = "time-of-day-not-stated";
    let folder = scratch();
    let name = |end: &str| folder.path().join(format!("x.{end}"));
    let mut made = ecg(1000, 500.0);
    made.start = jiff::civil::date(2020, 1, 2).at(3, 4, 5, 0).into();
    let options = fhir::WriteOptions::default();
    fhir::write(&name("json"), &made, &options).unwrap();
    let dated = open(&name("json"));
    assert_eq!(codes(&dated), [CODE]);
    let again = fhir::write(&name("json"), &dated, &options).unwrap();
    assert!(again.is_empty(), "nothing more is lost: {again:?}");
    wfdb::write(folder.path(), "x", &dated, &wfdb::WriteOptions::default()).unwrap();
    let mut ends = vec!["json", "hea"];
    if cfg!(feature = "parquet") {
        parquet::write(&name("parquet"), &dated).unwrap();
        let rows = Vec::from(["one", "two"].map(|id| Recording {
            record_id: id.to_string(),
            format: "FHIR Observation",
            ecg: if id == "one" {
                dated.clone()
            } else {
                made.clone()
            },
        }));
        let path = folder.path().join("rows.parquet");
        parquet::write_recordings(&path, &rows).unwrap();
        let rows = read(&path, &ReadOptions::default()).unwrap();
        assert_eq!(codes(&rows[0].ecg), [CODE]);
        assert_eq!(
            (codes(&rows[1].ecg), rows[1].ecg.start),
            (vec![], made.start)
        );
        ends.push("parquet");
    }
    for end in ends {
        let copy = open(&name(end));
        assert_eq!(
            (copy.start, codes(&copy)),
            (dated.start, vec![CODE]),
            "{end}"
        );
    }
    let lost = |found: Vec<Finding>| {
        found
            .iter()
            .any(|found| found.message.contains("date alone"))
    };
    assert!(lost(edf::write(&name("edf"), &dated).unwrap()));
    let options = dicom::WriteOptions::default();
    assert!(lost(dicom::write(&name("dcm"), &dated, &options).unwrap()));
}

#[test]
fn rates_near_a_whole_number_of_samples_are_written() {
    let folder = scratch();
    let path = folder.path().join("x.edf");
    for rate in [333.333_333_3, 499.999_999_9, 1000.0 / 3.0, 257.0, 0.5] {
        for samples in [1000, 1001, 997] {
            edf::write(&path, &ecg(samples, rate)).unwrap();
            let copy = open(&path);
            assert_eq!(copy.len(), samples, "{rate}");
            assert!(
                (copy.rate.get() / rate - 1.0).abs() < 1e-8,
                "{rate} {:?}",
                copy.rate
            );
        }
    }
}

/// Codes and messages of what a writer could not hold, none of which quotes what is secret.
fn told(lost: &[coronet_ecg::Finding], secret: &str) -> usize {
    for lost in lost {
        assert_eq!(lost.code, "not-held");
        assert!(!lost.message.contains(secret), "{lost:?}");
    }
    lost.len()
}

#[test]
fn identifiers_that_edf_cannot_hold_are_absent_not_alike() {
    let folder = scratch();
    let path = folder.path().join("x.edf");
    let long = "9".repeat(90);
    let cases = [
        ("张三", None, 1),
        // EDF+ has no spaces within a code; an underscore is a sign of its own.
        ("P 17", Some("P_17"), 1),
        ("P_17", Some("P_17"), 0),
        (long.as_str(), None, 1),
    ];
    for (id, expected, count) in cases {
        let mut made = ecg(500, 500.0);
        made.subject = coronet_ecg::Subject::default();
        made.subject.patient_id = Some(id.to_string());
        let lost = edf::write(&path, &made).unwrap();
        assert_eq!(told(&lost, id), count, "{id}: {lost:?}");
        assert_eq!(open(&path).subject.patient_id.as_deref(), expected);
    }
}

#[test]
fn values_of_dicom_keep_to_their_representation() {
    let folder = scratch();
    let path = folder.path().join("x.dcm");
    let mut made = ecg(500, 500.0);
    made.subject.patient_id = Some("7".repeat(65));
    made.subject.name = Some("Ada^Secret\\B".to_string());
    made.subject.race = Some("a description of many words".to_string());
    made.device.model = Some("one\ntwo".to_string());
    made.signals[3].channel = Channel::Other("a name of many letters".to_string());
    let lost = dicom::write(&path, &made, &dicom::WriteOptions::default()).unwrap();
    assert_eq!(told(&lost, "Secret"), 5, "{lost:?}");
    let copy = open(&path);
    // One that is cut might be another patient's.
    assert_eq!(copy.subject.patient_id, None);
    assert_eq!(copy.subject.name.as_deref(), Some("Ada Secret/B"));
    assert_eq!(copy.subject.race.as_deref(), Some("a description of"));
    assert_eq!(copy.device.model.as_deref(), Some("one two"));
    let name = Channel::Other("a name of many l".to_string());
    assert_eq!(copy.signals[3].channel, name);
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

#[test]
fn a_wfdb_record_takes_the_bits_that_its_samples_need() {
    for step in [1.0, 0.5, 2.5, 4.88, 1000.0 / 1139.7, 1000.0 / 2013.0, 0.305] {
        let mut made = stepped(step, 2000, 500.0);
        made.signals[4].millivolts[7] = f64::NAN;
        let (copy, format) = wfdb_copy(&made);
        assert_eq!(format, 16, "{step}");
        assert!(worst(&copy, &made) < 1e-12, "{step}");
        assert_eq!(codes(&copy), Vec::<&str>::new(), "{step}");
    }
    // One sample that no common step of 16 bits holds with the others, then of 24.
    for (sample, expected) in [(0.000_001, 24), (0.000_000_01, 32)] {
        let mut made = stepped(1.0, 2000, 500.0);
        made.signals[2].millivolts[5] = sample;
        made.signals[2].millivolts[6] = -5.0;
        made.signals[3].millivolts[7] = f64::NAN;
        let (copy, format) = wfdb_copy(&made);
        assert_eq!(format, expected);
        assert!(worst(&copy, &made) < 1e-12, "format {format}");
        assert_eq!(codes(&copy), Vec::<&str>::new(), "format {format}");
    }
    // Of no step at all: to the finest of 32 bits.
    let mut made = ecg(1000, 500.0);
    for (at, sample) in made.signals[3].millivolts.iter_mut().enumerate() {
        *sample = (at as f64).sqrt() / 17.0;
    }
    let (copy, format) = wfdb_copy(&made);
    assert_eq!(format, 32);
    assert!(worst(&copy, &made) < 1e-9);
    assert_eq!(wfdb_copy(&copy).0.signals, copy.signals);
}

#[test]
fn a_silent_or_invalid_signal_is_written() {
    let mut made = ecg(10, 500.0);
    made.signals[0].millivolts.fill(0.0);
    made.signals[1].millivolts.fill(f64::NAN);
    made.signals[2].millivolts.fill(1e-300);
    let (copy, format) = wfdb_copy(&made);
    assert_eq!(format, 16);
    assert!(worst(&copy, &made) < 1e-12);
    made.signals[2].millivolts[3] = 1e9;
    let folder = scratch();
    let error = wfdb::write(folder.path(), "r", &made, &wfdb::WriteOptions::default());
    let error = error.unwrap_err().to_string();
    assert!(
        error.starts_with("amplitude: expected less than"),
        "{error}"
    );
}

/// Real recordings of every gain and baseline: 2000/mV, one gain a lead, 4.88 µV, 2.5 µV, 1 nV.
#[test]
fn real_recordings_are_exact_as_wfdb() {
    let parts = [
        ("ptbxl/records", 12),
        ("ludb/data", 12),
        ("formats/muse", 9),
        ("formats/scp-ecg", 9),
        ("formats/dicom", 9),
        ("formats/philips-sierra", 9),
        ("formats/hl7-aecg", 9),
        ("formats/ishne", 9),
    ];
    for (part, most) in parts {
        let Some(folder) = data(part) else { continue };
        let mut copied = 0;
        for path in list(&folder).unwrap().into_iter().take(most) {
            let Ok(recordings) = read(&path, &ReadOptions::default()) else {
                continue;
            };
            for recording in recordings {
                let (copy, format) = wfdb_copy(&recording.ecg);
                assert!(format < 32, "{}", path.display());
                let worst = worst(&copy, &recording.ecg);
                assert!(worst <= 1e-9, "{}: {worst} mV", path.display());
                copied += 1;
            }
        }
        assert!(copied > 0, "{part}");
    }
}
