//! Bytes → FHIR Observation → recordings, without a panic.

#![no_main]

mod look;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| look::look("{\"resourceType\":\"Observation\",", bytes));
