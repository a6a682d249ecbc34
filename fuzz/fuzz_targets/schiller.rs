//! Bytes → Schiller XML → recordings, without a panic.

#![no_main]

mod look;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| look::look("<com.xiriuz.sema.xml.schillerEDI.SchillerEDI>", bytes));
