//! What every reader owes its caller, over one recording in every format.

use crate::data::data;
use crate::made::{ecg, scratch};
use coronet_ecg::{Ecg, Hertz, fingerprint};
use coronet_formats::wfdb::WriteOptions;
use coronet_formats::{
    ReadErrorKind, ReadOptions, csv, dicom, edf, fhir, list, npy, parquet, read, wfdb,
};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

/// Rates that DICOM allows a 12-lead ECG, in hertz.
const DICOM_RATES: std::ops::RangeInclusive<f64> = 200.0..=1000.0;

/// Writes the recording in every format that can hold it and returns the paths, sorted.
pub(crate) fn every_format(folder: &Path, ecg: &Ecg) -> Vec<PathBuf> {
    wfdb::write(folder, "r", ecg, &WriteOptions::default()).unwrap();
    npy::write_ecg(&folder.join("a.npy"), ecg).unwrap();
    csv::write(&folder.join("t.csv"), ecg).unwrap();
    fhir::write(&folder.join("o.json"), ecg, &fhir::WriteOptions::default()).unwrap();
    parquet::write(&folder.join("p.parquet"), ecg).unwrap();
    edf::write(&folder.join("e.edf"), ecg).unwrap();
    let mut names = vec!["a.npy", "e.edf", "o.json", "p.parquet", "r.hea", "t.csv"];
    if DICOM_RATES.contains(&ecg.rate.get()) {
        dicom::write(&folder.join("d.dcm"), ecg, &dicom::WriteOptions::default()).unwrap();
        names.insert(1, "d.dcm");
    }
    names.into_iter().map(|name| folder.join(name)).collect()
}

pub(crate) fn options(ecg: &Ecg) -> ReadOptions {
    ReadOptions {
        rate: Some(ecg.rate),
        ..ReadOptions::default()
    }
}

#[test]
fn one_recording_is_equal_in_every_format() {
    let folder = scratch();
    let made = ecg(500, 400.0);
    for path in every_format(folder.path(), &made) {
        let got = read(&path, &options(&made)).unwrap().remove(0).ecg;
        assert_eq!(got.rate, made.rate);
        assert_eq!(got.len(), made.len());
        assert_eq!(fingerprint(&got), fingerprint(&made), "{}", path.display());
        assert!(
            got.signals
                .iter()
                .all(|signal| signal.millivolts.len() == got.len())
        );
    }
}

#[test]
fn reading_twice_gives_the_same() {
    let folder = scratch();
    let made = ecg(50, 400.0);
    for path in every_format(folder.path(), &made) {
        let options = options(&made);
        assert_eq!(
            read(&path, &options).unwrap(),
            read(&path, &options).unwrap()
        );
    }
}

#[test]
fn content_decides_not_the_extension() {
    let folder = scratch();
    let made = ecg(50, 400.0);
    every_format(folder.path(), &made);
    for (from, to) in [
        ("a.npy", "a.csv"),
        ("t.csv", "t.dat"),
        ("r.hea", "r.npy"),
        ("o.json", "o.parquet"),
        ("p.parquet", "p.xml"),
        ("d.dcm", "d.edf"),
        ("e.edf", "e.dcm"),
    ] {
        let to = folder.path().join(to);
        std::fs::copy(folder.path().join(from), &to).unwrap();
        let got = read(&to, &options(&made)).unwrap().remove(0).ecg;
        assert_eq!(fingerprint(&got), fingerprint(&made), "{from}");
    }
}

#[test]
fn a_directory_lists_its_records_in_order() {
    let folder = scratch();
    let deeper = folder.path().join("b");
    std::fs::create_dir(&deeper).unwrap();
    let made = ecg(50, 400.0);
    every_format(folder.path(), &made);
    every_format(&deeper, &made);
    std::fs::write(folder.path().join("manifest.csv"), "record_id,path\n1,r\n").unwrap();
    std::fs::write(folder.path().join("notes.txt"), "nothing here\n").unwrap();
    std::fs::write(folder.path().join(".hidden.csv"), "I,II\n1,2\n").unwrap();
    let listed: Vec<String> = list(folder.path())
        .unwrap()
        .iter()
        .map(|path| {
            path.strip_prefix(folder.path())
                .unwrap()
                .display()
                .to_string()
        })
        .collect();
    assert_eq!(
        listed,
        [
            "a.npy",
            "b/a.npy",
            "b/d.dcm",
            "b/e.edf",
            "b/o.json",
            "b/p.parquet",
            "b/r.hea",
            "b/t.csv",
            "d.dcm",
            "e.edf",
            "o.json",
            "p.parquet",
            "r.hea",
            "t.csv"
        ]
    );
    let file = folder.path().join("a.npy");
    assert_eq!(list(&file).unwrap(), [file]);
}

#[test]
fn what_is_no_ecg_is_refused_by_name() {
    let folder = scratch();
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        read(&path, &ReadOptions::default()).unwrap_err()
    };
    let cases: [(&str, &[u8], &str); 5] = [
        ("a", b"", "an empty file"),
        ("b", b"%PDF-1.7\n", "a PDF file"),
        (
            "c",
            b"<?xml version=\"1.0\"?><x/>",
            "an XML file with root element `x`",
        ),
        ("d", b"\0\x01\x02\x03", "other bytes"),
        ("e", b"PK\x03\x04\0\0", "a ZIP archive"),
    ];
    for (name, bytes, expected) in cases {
        let error = put(name, bytes);
        let ReadErrorKind::Content { got, .. } = &error.kind else {
            panic!("{error}");
        };
        assert_eq!(got, expected);
        assert!(error.to_string().contains(name));
    }
    let error = put("alone.dat", b"\0\x01\x02\x03");
    assert!(
        matches!(error.kind, ReadErrorKind::HeaderMissing { .. }),
        "{error}"
    );
    let absent = read(&folder.path().join("absent"), &ReadOptions::default()).unwrap_err();
    assert!(matches!(absent.kind, ReadErrorKind::Io(_)));
    let directory = read(folder.path(), &ReadOptions::default()).unwrap_err();
    assert!(
        directory.to_string().ends_with("got a directory"),
        "{directory}"
    );
}

#[test]
fn a_table_of_numbers_is_no_header_and_no_ecg() {
    let folder = scratch();
    let tables = [
        "28,1,2,130,132,0,2,185,0,0,?,?,?,0\n29,1,2,120,243,0,0,160,0,0,?,?,?,0\n",
        "1 0 63 1 -9 -9 -9\n-9 1 145 1 233 -9 50 20\n1 -9 1 2 2 3 81 0\n",
        "63 1 145 233\n67 1 160 286\n",
        "1;2;NA\n3;4;5.5\n",
    ];
    for table in tables {
        let path = folder.path().join("x.data");
        std::fs::write(&path, table).unwrap();
        assert_numbers(&path);
    }
    let Some(folder) = data("tabular/uci-heart-disease-raw") else {
        return;
    };
    for name in ["processed.va.data", "hungarian.data", "switzerland.data"] {
        assert_numbers(&folder.join(name));
    }
}

fn assert_numbers(path: &Path) {
    let error = read(path, &ReadOptions::default()).unwrap_err().to_string();
    let got = "got a table of numbers without lead names";
    assert!(error.ends_with(got), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_recording_survives_every_format(
        samples in 2_usize..60,
        rate in 50_u32..2000,
        values in prop::collection::vec(-9_000_i32..9_000, 12),
    ) {
        let folder = scratch();
        let mut made = ecg(samples, 500.0);
        made.rate = Hertz::new(f64::from(rate)).unwrap();
        for (signal, value) in made.signals.iter_mut().zip(&values) {
            signal.millivolts[samples / 2] = f64::from(*value) / 1000.0;
        }
        for path in every_format(folder.path(), &made) {
            let got = read(&path, &options(&made)).unwrap().remove(0).ecg;
            prop_assert_eq!(fingerprint(&got), fingerprint(&made));
            prop_assert_eq!(got.rate, made.rate);
        }
    }
}
