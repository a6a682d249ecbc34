//! WFDB records: a text header `X.hea` beside one or more signal files.
//!
//! Formats 8, 16, 24, 32, 61, 80, 160, 212, 310 and 311 with byte offsets, frames and skews, and
//! so MATLAB 4 files as the PhysioNet Challenges use them (`16+24`). After the WFDB Applications
//! Guide (Moody), header(5) and signal(5). Multi-segment records and FLAC are refused by name.

/// How the format is called.
pub(crate) const NAME: &str = "WFDB";

pub mod annotations;
mod facts;
mod header;
mod reader;
mod samples;
mod writer;

pub use header::{Header, SignalLine, is_header};
pub use reader::read;
pub use writer::{WriteOptions, write};
