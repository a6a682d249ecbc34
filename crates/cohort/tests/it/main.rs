//! Tests of the crate through its public boundaries.
#![expect(clippy::unwrap_used, reason = "tests")]

mod folds;
mod manifest;
mod store;
