//! Everything of the crate through its public face.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::print_stderr, reason = "skipped tests say so")]

mod annotations;
mod broken;
mod contract;
mod csv;
mod data;
mod documents;
mod made;
mod npy;
mod quality;
mod wfdb;
mod wfdb_python;
mod wfdb_segments;
