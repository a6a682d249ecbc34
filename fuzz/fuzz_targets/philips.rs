//! Bytes → Philips XML → recordings, without a panic.

#![no_main]

mod look;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| look::look("<restingecgdata xmlns=\"http://www3.medical.philips.com\">", bytes));
