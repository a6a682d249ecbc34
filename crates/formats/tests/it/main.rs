//! Everything of the crate through its public face.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::print_stderr, reason = "skipped tests say so")]

mod annotations;
mod broken;
mod contract;
mod csv;
mod damaged;
mod data;
mod documents;
mod fhir;
mod made;
mod npy;
mod parquet;
mod quality;
mod text;
mod wfdb;
mod wfdb_python;
mod wfdb_segments;
