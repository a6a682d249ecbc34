//! Bytes → HDF5 file → recordings, without a panic.

#![no_main]

use coronet_formats::{ReadOptions, hdf5};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("x.h5");
    std::fs::write(&path, bytes).expect("a scratch file");
    let _ = hdf5::read(&path, &ReadOptions::default());
});
