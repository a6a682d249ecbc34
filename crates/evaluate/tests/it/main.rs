//! Tests through the public boundary: golden tables, R's numbers, bad input, invariances.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod bad_input;
mod clustered;
mod coverage;
mod degenerate;
mod endpoints;
mod few_events;
mod golden_clinical;
mod golden_pretest;
mod golden_r;
mod golden_r_more;
mod golden_r_survival;
mod invariance;
mod support;
