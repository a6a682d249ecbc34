//! Tests of the crate through its public boundaries.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::print_stderr, reason = "tables of measured shares")]

mod beside;
mod deidentify;
mod folds;
mod grade_text;
mod manifest;
mod pairing;
mod real;
mod report_text;
mod sentences;
mod simulate;
mod store;
mod wordings;
