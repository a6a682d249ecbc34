//! The 12-lead ECG as a value, and pure functions on it.
//!
//! Knows nothing of files, clocks or randomness of its own: seeds come in.

mod lead;
mod recording;

pub use lead::Lead;
pub use recording::{Channel, Ecg, Finding, Hertz, Sex, Signal, Subject};
