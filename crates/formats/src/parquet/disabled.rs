//! What Parquet is without the feature.

use crate::{ReadError, ReadErrorKind, ReadOptions, Recording, WriteError};
use coronet_ecg::Ecg;
use std::path::Path;

const MISSING: &str = "built without the feature `parquet`";

/// Refuses the file.
///
/// # Errors
///
/// Always.
pub fn read(path: &Path, _options: &ReadOptions) -> Result<Vec<Recording>, ReadError> {
    let kind = ReadErrorKind::NotSupported {
        what: "Parquet",
        got: MISSING.to_string(),
    };
    Err(kind.at(path))
}

/// Refuses to write.
///
/// # Errors
///
/// Always.
pub fn write(_path: &Path, _ecg: &Ecg) -> Result<(), WriteError> {
    Err(refused())
}

/// Refuses to write.
///
/// # Errors
///
/// Always.
pub fn write_recordings(_path: &Path, _recordings: &[Recording]) -> Result<(), WriteError> {
    Err(refused())
}

fn refused() -> WriteError {
    WriteError::Value {
        field: "format",
        expected: "a build with the feature `parquet`".to_string(),
        got: MISSING.to_string(),
    }
}
