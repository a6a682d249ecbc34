//! Everything of the crate through its public face.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::print_stderr, reason = "skipped tests say so")]

mod augment;
mod delineation;
mod filter;
mod fingerprint;
mod golden;
mod lead;
mod measurements;
mod preprocess;
mod profile;
mod quality;
mod resample;
mod synthetic;
