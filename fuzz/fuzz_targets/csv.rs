//! Bytes → CSV table → recording, without a panic.

#![no_main]

use coronet_formats::{ReadOptions, csv};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("t.csv");
    std::fs::write(&path, bytes).expect("a scratch file");
    let _ = csv::read(&path, &ReadOptions::default());
});
