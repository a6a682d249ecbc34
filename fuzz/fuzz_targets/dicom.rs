//! Bytes → DICOM waveform → recording, strict and lenient, without a panic.
//!
//! Other formats are reached too, since the bytes decide; seeds make it this one.

#![no_main]

use coronet_formats::{Leniency, ReadOptions, read_bytes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for leniency in [Leniency::Strict, Leniency::Lenient] {
        let options = ReadOptions {
            leniency,
            ..ReadOptions::default()
        };
        let _ = read_bytes("x", bytes, &options);
    }
});
