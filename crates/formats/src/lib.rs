//! ECG files to recordings and back: WFDB, NumPy arrays, CSV.
//!
//! [`read`] decides by content, not by extension, and returns what could be read with findings
//! beside it. Knows neither models nor patients. Sizes stated in a file are checked against the
//! size of the file before memory is asked for.

mod atomic;
pub mod csv;
mod error;
mod list;
pub mod npy;
mod options;
mod sniff;
pub mod wfdb;

pub use error::{ReadError, ReadErrorKind, WriteError};
pub use list::list;
pub use options::{ArrayOrder, ReadOptions, Unit};

use coronet_ecg::Ecg;
use sniff::Content;
use std::path::Path;

/// One ECG of a file, with the name it goes by.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// File name without extension; for a batch of arrays with `#0`, `#1`, … behind it.
    pub record_id: String,
    /// What was recorded.
    pub ecg: Ecg,
}

/// Reads every ECG of a file.
///
/// `path` is a WFDB header `X.hea`, a record name without extension, a signal file with its
/// header beside it, a NumPy array or a CSV table; which of these is decided by the bytes.
///
/// # Errors
///
/// When the file is absent, is none of these, contradicts itself or is shorter than it says.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Vec<Recording>, ReadError> {
    match sniff::content(path)? {
        Content::WfdbHeader(header) => wfdb::read(&header, path).map(|record| vec![record]),
        Content::Npy => npy::read(path, options),
        Content::Csv => csv::read(path, options).map(|record| vec![record]),
    }
}

/// The name of a record by its file.
pub(crate) fn stem(path: &Path) -> String {
    path.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}
