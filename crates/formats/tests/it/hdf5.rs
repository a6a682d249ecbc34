//! HDF5 as h5py writes it: its own compression, groups, attributes, words as identifiers.
//!
//! The fixtures were written by h5py 3.16: lead l has ((7 l + 3 t) mod 200) − 100 at sample t.

use coronet_formats::{Container, ReadErrorKind, ReadOptions, Recording, read};
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    folder.join(name)
}

fn open(name: &str) -> Vec<Recording> {
    read(&fixture(name), &ReadOptions::default()).unwrap()
}

fn expected(lead: usize, at: usize) -> f64 {
    ((lead * 7 + at * 3) % 200) as f64 - 100.0
}

fn check(recording: &Recording, scale: f64) {
    assert_eq!(recording.ecg.signals.len(), 12);
    for (lead, signal) in recording.ecg.signals.iter().enumerate() {
        assert_eq!(signal.millivolts.len(), 400);
        for (at, value) in signal.millivolts.iter().enumerate() {
            let expected = expected(lead, at) * scale;
            assert!(
                (value - expected).abs() < 1e-12,
                "{lead} {at}: {value} {expected}"
            );
        }
    }
}

fn has(recording: &Recording, code: &str) -> bool {
    let mut findings = recording.ecg.findings.iter();
    findings.any(|finding| finding.code == code)
}

#[test]
fn the_compression_of_h5py_and_attributes_of_a_dataset_in_a_group() {
    let recordings = open("lzf-group.h5");
    assert_eq!(recordings.len(), 1);
    check(&recordings[0], 1e-3);
    assert_eq!(recordings[0].ecg.rate.get(), 250.0);
    assert!(!has(&recordings[0], "unit-not-stated") && !has(&recordings[0], "rate-not-stated"));
    // What the file states counts.
    let options = ReadOptions {
        rate: coronet_ecg::Hertz::new(500.0),
        ..ReadOptions::default()
    };
    let again = read(&fixture("lzf-group.h5"), &options).unwrap();
    assert_eq!(again[0].ecg.rate.get(), 250.0);
}

#[test]
fn words_are_identifiers_and_a_user_block_is_passed_over() {
    let recordings = open("string-ids.h5");
    let ids: Vec<&str> = recordings
        .iter()
        .map(|each| each.record_id.as_str())
        .collect();
    assert_eq!(ids, ["string-ids#a 1", "string-ids#b#2"]);
    check(&recordings[0], 1.0);
    check(&recordings[1], 2.0);
    assert_eq!(recordings[0].ecg.rate.get(), 300.0);
    assert!(has(&recordings[0], "unit-not-stated"));
    let options = ReadOptions::default();
    let container = Container::open(&fixture("string-ids.h5"), &options).unwrap();
    let place = container.find("b#2").unwrap();
    assert_eq!(
        container.read(&[place], &options).remove(0).unwrap(),
        recordings[1]
    );
}

/// Whatever a chunk of LZF holds, it is read or refused.
#[test]
fn damaged_chunks_are_refused() {
    let bytes = std::fs::read(fixture("lzf-group.h5")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.h5");
    let mut refused = 0;
    for at in (600..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0xa5;
        std::fs::write(&path, damaged).unwrap();
        match read(&path, &ReadOptions::default()) {
            Ok(recordings) => assert_eq!(recordings.len(), 1),
            Err(error) => {
                assert!(!matches!(error.kind, ReadErrorKind::Io(_)), "{error}");
                refused += 1;
            }
        }
    }
    assert!(refused > 5, "{refused}");
}
