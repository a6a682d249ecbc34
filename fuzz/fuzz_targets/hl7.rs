//! Bytes → HL7 aECG → recordings, without a panic.

#![no_main]

mod look;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| look::look("<AnnotatedECG xmlns=\"urn:hl7-org:v3\"><component><series>", bytes));
