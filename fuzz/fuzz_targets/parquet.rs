//! Bytes → Parquet table → recordings. Panics of the library below are caught by the reader.

#![no_main]

use coronet_formats::{ReadOptions, parquet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("p.parquet");
    std::fs::write(&path, bytes).expect("a scratch file");
    let _ = parquet::read(&path, &ReadOptions::default());
});
