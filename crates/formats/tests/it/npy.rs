//! NumPy arrays: shapes, types, orders, round trips.

use crate::made::{codes, ecg, scratch};
use coronet_ecg::{Channel, Hertz, Lead};
use coronet_formats::{ArrayOrder, ReadErrorKind, ReadOptions, Recording, Unit, npy, read};

/// The bytes of an array of version 1.
pub(crate) fn array(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&(text.len() as u16).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

fn open(bytes: &[u8], options: &ReadOptions) -> Result<Vec<Recording>, ReadErrorKind> {
    let folder = scratch();
    let path = folder.path().join("x.bin");
    std::fs::write(&path, bytes).unwrap();
    read(&path, options).map_err(|error| error.kind)
}

fn stated() -> ReadOptions {
    ReadOptions {
        rate: Hertz::new(400.0),
        ..ReadOptions::default()
    }
}

#[test]
fn what_is_written_is_read() {
    let folder = scratch();
    let path = folder.path().join("a.npy");
    let made = ecg(300, 400.0);
    npy::write_ecg(&path, &made).unwrap();
    let records = read(&path, &stated()).unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].record_id, "a");
    assert_eq!(records[0].ecg.rate, made.rate);
    for lead in Lead::ALL {
        for (one, two) in records[0]
            .ecg
            .lead(lead)
            .unwrap()
            .iter()
            .zip(made.lead(lead).unwrap())
        {
            assert_eq!(*one as f32, *two as f32);
        }
    }
}

#[test]
fn a_batch_is_numbered() {
    let folder = scratch();
    let path = folder.path().join("x5000.npy");
    let data: Vec<f32> = (0..2 * 12 * 7).map(|at| at as f32).collect();
    npy::write(&path, &[2, 12, 7], &data).unwrap();
    let records = read(&path, &stated()).unwrap();
    let ids: Vec<&str> = records
        .iter()
        .map(|record| record.record_id.as_str())
        .collect();
    assert_eq!(ids, ["x5000#0", "x5000#1"]);
    assert_eq!(records[1].ecg.lead(Lead::II).unwrap()[0], 91.0);
    assert!(npy::write(&path, &[3, 12, 7], &data).is_err());
}

#[test]
fn every_type_and_order() {
    let value = |at: usize| at as f64 / 4.0 - 1.0;
    let (leads, samples) = (2, 3);
    type Encode = fn(f64) -> Vec<u8>;
    let types: [(&str, Encode); 6] = [
        ("<f4", |value| (value as f32).to_le_bytes().to_vec()),
        (">f4", |value| (value as f32).to_be_bytes().to_vec()),
        ("<f8", |value| value.to_le_bytes().to_vec()),
        (">f8", |value| value.to_be_bytes().to_vec()),
        ("<i2", |value| ((value * 4.0) as i16).to_le_bytes().to_vec()),
        (">i4", |value| ((value * 4.0) as i32).to_be_bytes().to_vec()),
    ];
    for (descr, encode) in types {
        let scale = if descr.contains('i') { 4.0 } else { 1.0 };
        let straight: Vec<u8> = (0..6).flat_map(|at| encode(value(at))).collect();
        let turned: Vec<u8> = [0, 3, 1, 4, 2, 5]
            .into_iter()
            .flat_map(|at| encode(value(at)))
            .collect();
        for (fortran, data) in [("False", &straight), ("True", &turned)] {
            let bytes = array(descr, fortran, &format!("({leads}, {samples})"), data);
            let ecg = open(&bytes, &stated()).unwrap().remove(0).ecg;
            for lead in 0..leads {
                for sample in 0..samples {
                    let expected = scale * value(lead * samples + sample);
                    assert_eq!(ecg.signals[lead].millivolts[sample], expected, "{descr}");
                }
            }
            assert_eq!(ecg.signals[1].channel, Channel::Other("row 1".to_string()));
        }
    }
}

#[test]
fn half_precision() {
    // 1.0, -2.0, 65504, 2^-24, infinity, not a number.
    let bits: [u16; 6] = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x7e00];
    let data: Vec<u8> = bits.iter().flat_map(|bits| bits.to_le_bytes()).collect();
    let ecg = open(&array("<f2", "False", "(1, 6)", &data), &stated())
        .unwrap()
        .remove(0)
        .ecg;
    let got = &ecg.signals[0].millivolts;
    assert_eq!(got[..4], [1.0, -2.0, 65504.0, 2.0_f64.powi(-24)]);
    assert!(got[4].is_nan() && got[5].is_nan());
}

#[test]
fn samples_first_only_by_option() {
    let data: Vec<u8> = (0..60).flat_map(|at| (at as f32).to_le_bytes()).collect();
    let bytes = array("<f4", "False", "(5, 12)", &data);
    let error = open(&bytes, &stated()).unwrap_err();
    let message = "expected an array of shape [leads, samples] or [records, leads, samples], \
                   got [5, 12]";
    assert_eq!(error.to_string(), message);
    let options = ReadOptions {
        array_order: ArrayOrder::SamplesFirst,
        ..stated()
    };
    let ecg = open(&bytes, &options).unwrap().remove(0).ecg;
    assert_eq!(ecg.lead(Lead::II).unwrap(), [1.0, 13.0, 25.0, 37.0, 49.0]);
}

#[test]
fn what_is_not_stated_is_a_finding() {
    let bytes = array("<i2", "False", "(1, 2)", &[1, 0, 2, 0]);
    let ecg = open(&bytes, &ReadOptions::default()).unwrap().remove(0).ecg;
    assert_eq!(codes(&ecg), ["rate-not-stated", "unit-not-stated"]);
    assert_eq!(ecg.rate.get(), 500.0);
    let options = ReadOptions {
        unit: Some(Unit::Microvolt),
        ..stated()
    };
    let ecg = open(&bytes, &options).unwrap().remove(0).ecg;
    assert_eq!(codes(&ecg), Vec::<&str>::new());
    assert_eq!(ecg.signals[0].millivolts, [0.001, 0.002]);
}

#[test]
fn faulty_arrays_are_refused() {
    let huge = format!("({}, 12, {})", u64::MAX, u64::MAX);
    let cases = [
        array("<f4", "False", "(12, 5)", &[0; 239]),
        array("<f4", "False", "(12,)", &[0; 48]),
        array("<f4", "False", "()", &[0; 4]),
        array("<f4", "False", "(0, 5)", &[]),
        array("<f4", "False", &huge, &[0; 48]),
        array("<f4", "False", "(12, -5)", &[0; 48]),
        array("<f4", "False", "[12, 5]", &[0; 240]),
        array("<f4", "Maybe", "(12, 5)", &[0; 240]),
        array("<c8", "False", "(12, 5)", &[0; 480]),
        array("|O", "False", "(12, 5)", &[0; 480]),
        b"\x93NUMPY".to_vec(),
        b"\x93NUMPY\x09\x00\x10\x00".to_vec(),
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec(),
    ];
    for bytes in cases {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(open(&bytes, &stated()).is_err(), "{text}");
    }
    let longer = array("<f4", "False", "(1, 1)", &[0; 5]);
    assert_eq!(
        codes(&open(&longer, &stated()).unwrap()[0].ecg),
        ["extra-bytes"]
    );
}
