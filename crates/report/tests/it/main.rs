//! The report through its public boundary.
#![expect(clippy::unwrap_used, reason = "tests")]

mod caveats;
mod ecg_paper;
mod explanation;
mod figures;
mod golden;
mod numbers;
mod page;
mod support;
mod tables;
