//! Everything of the crate through its public face.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::print_stderr, reason = "skipped tests say so")]

mod annotations;
mod broken;
mod containers;
mod contract;
mod csv;
mod damaged;
mod data;
mod demanding;
mod devices;
mod documents;
mod encoded;
mod encodings;
mod faulty_parts;
mod fhir;
mod fuzzed;
mod hdf5;
mod ludb;
mod made;
mod memory;

mod mutated;
mod npy;
mod parquet;
mod quality;
mod scp;
mod several;
mod text;
mod wfdb;
mod wfdb_python;
mod wfdb_segments;
mod written;
