//! Bytes → NumPy array → recordings, without a panic.

#![no_main]

use coronet_formats::{ReadOptions, npy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("a.npy");
    std::fs::write(&path, bytes).expect("a scratch file");
    let _ = npy::read(&path, &ReadOptions::default());
});
