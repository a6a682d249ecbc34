//! Parquet tables: one sample a row, or one ECG a row with a list for each lead.
//!
//! Behind the feature `parquet`; without it such files are recognised and refused by name.
//! Columns are named as those of CSV tables, `I (mV)`, `V1_uV`. A table with one sample a row may
//! have one time column; a table with one ECG a row the columns `record_id`, `rate`, `start`,
//! `patient_id`, `age` and `sex`. Nulls are invalid samples. Rate and facts of a table with one
//! sample a row are key–value metadata of the file.

#[cfg(feature = "parquet")]
mod columns;
#[cfg(not(feature = "parquet"))]
mod disabled;
#[cfg(feature = "parquet")]
mod pages;
#[cfg(feature = "parquet")]
mod reader;
#[cfg(feature = "parquet")]
mod rows;
#[cfg(feature = "parquet")]
mod source;
#[cfg(feature = "parquet")]
mod thrift;
#[cfg(feature = "parquet")]
mod writer;

#[cfg(not(feature = "parquet"))]
pub(crate) use disabled::Rows;
#[cfg(not(feature = "parquet"))]
pub use disabled::{column_names, read, read_cells, write, write_recordings};
#[cfg(feature = "parquet")]
pub use reader::{column_names, read, read_cells};
#[cfg(feature = "parquet")]
pub(crate) use rows::Rows;
#[cfg(feature = "parquet")]
pub use writer::{write, write_recordings};

/// How the format is called.
pub(crate) const NAME: &str = "Parquet";

/// Whether a file begins as Parquet does.
pub(crate) fn is_file(head: &[u8]) -> bool {
    head.starts_with(b"PAR1")
}
