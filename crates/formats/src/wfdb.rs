//! WFDB records: a text header `X.hea` beside one or more signal files.
//!
//! All signal formats — 8, 16, 24, 32, 61, 80, 160, 212, 310, 311, FLAC (508, 516, 524) and null
//! signals (0) — with byte offsets, frames and skews, and so MATLAB 4 files as the PhysioNet
//! Challenges use them (`16+24`); records of several segments of fixed or variable layout;
//! [annotation files](annotations). After the WFDB Applications Guide (Moody), header(5),
//! signal(5) and annot(5).
//!
//! An [`Ecg`](coronet_ecg::Ecg) has one rate. Where signals have different numbers of samples a
//! frame, that rate is the highest among the standard leads (among all signals where none is a
//! lead): slower signals repeat their samples, faster ones are averaged, and a finding says so.

/// How the format is called.
pub(crate) const NAME: &str = "WFDB";

/// Comment of a header whose date is stated and whose time is not.
const TIME_NOT_STATED: &str = "Time of day: not stated";

pub mod annotations;
mod digital;
mod facts;
mod flac;
mod header;
mod physical;
mod reader;
mod samples;
mod segments;
mod signal_file;
mod writer;

pub use header::{Header, SegmentLine, SignalLine, is_header};
pub use reader::read;
pub use writer::{WriteOptions, write};
