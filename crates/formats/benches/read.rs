//! Reading a record of 12 leads × 5000 samples, from file to millivolts, on one thread.

use coronet_ecg::{Channel, Device, Ecg, Hertz, Lead, Signal, Subject};
use coronet_formats::wfdb::WriteOptions;
use coronet_formats::{ReadOptions, csv, npy, read, wfdb};
use divan::Bencher;
use std::path::Path;

fn main() {
    divan::main();
}

fn ecg() -> Ecg {
    let signals = Lead::ALL.iter().enumerate().map(|(index, &lead)| Signal {
        channel: Channel::Lead(lead),
        millivolts: (0..5000)
            .map(|at| (((at * 37 + index * 101) % 2003) as f64 - 1000.0) / 1000.0)
            .collect(),
    });
    Ecg {
        rate: Hertz::new(500.0).expect("500 Hz is a rate, this is a bug"),
        signals: signals.collect(),
        start: None,
        subject: Subject::default(),
        device: Device::default(),
        findings: Vec::new(),
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for a moment")
}

fn reading(bencher: Bencher<'_, '_>, path: &Path) {
    let options = ReadOptions {
        rate: Hertz::new(500.0),
        ..ReadOptions::default()
    };
    bencher.bench(|| read(path, &options).expect("what was written can be read"));
}

#[divan::bench]
fn wfdb_record(bencher: Bencher<'_, '_>) {
    let folder = folder();
    let options = WriteOptions {
        gain: Some(1000.0),
        ..WriteOptions::default()
    };
    let path = wfdb::write(folder.path(), "r", &ecg(), &options).expect("a record is written");
    reading(bencher, &path);
}

#[divan::bench]
fn numpy_array(bencher: Bencher<'_, '_>) {
    let folder = folder();
    let path = folder.path().join("a.npy");
    npy::write_ecg(&path, &ecg()).expect("an array is written");
    reading(bencher, &path);
}

#[divan::bench]
fn csv_table(bencher: Bencher<'_, '_>) {
    let folder = folder();
    let path = folder.path().join("t.csv");
    csv::write(&path, &ecg()).expect("a table is written");
    reading(bencher, &path);
}
