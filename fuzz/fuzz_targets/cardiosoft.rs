//! Bytes → GE CardioSoft XML → recordings, without a panic.

#![no_main]

mod look;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| look::look("<CardiologyXML><StripData>", bytes));
