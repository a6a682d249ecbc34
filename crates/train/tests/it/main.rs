//! Training against expected steps, and runs that are interrupted.

mod golden;
mod resume;
mod rules;
