//! MATLAB 4 and 5 files (MAT-File Format, The MathWorks): a matrix of one ECG, or (5) a structure
//! around one, as the China Physiological Signal Challenge publishes them.
//!
//! MATLAB 4 files of whole numbers called `val` belong to WFDB records, and 7.3 files are HDF5.

mod array;
mod recording;
mod version4;

use crate::{ReadErrorKind, ReadOptions};
use coronet_ecg::Ecg;

/// How the format is called.
pub(crate) const NAME: &str = "MATLAB 5";

/// How the older format is called.
pub(crate) const NAME_4: &str = "MATLAB 4";

/// Whether a file begins as one of the older format that is no signal file of a WFDB record.
pub(crate) fn is_matlab_4(head: &[u8]) -> bool {
    version4::begins(head)
}

/// Reads the bytes of a file of the older format, by the same rules.
///
/// # Errors
///
/// As [`ecg`].
pub(crate) fn ecg_4(bytes: &[u8], options: &ReadOptions) -> Result<Ecg, ReadErrorKind> {
    recording::ecg(&version4::variables(bytes)?, options)
}

/// Whether a file begins as one of this format.
pub(crate) fn is_matlab(head: &[u8]) -> bool {
    head.starts_with(b"MATLAB 5.0")
}

/// Reads the bytes of a file.
///
/// The signal is the matrix called `val`, `data`, `ecg` or the like, else the only matrix with
/// more than one row and column. Its shorter side counts the leads.
///
/// # Errors
///
/// When an element exceeds its file or is nested too deeply, or there is no such matrix.
pub(crate) fn ecg(bytes: &[u8], options: &ReadOptions) -> Result<Ecg, ReadErrorKind> {
    recording::ecg(&array::variables(bytes)?, options)
}
