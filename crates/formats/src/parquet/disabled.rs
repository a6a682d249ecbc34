//! What Parquet is without the feature.

use crate::part::Part;
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
    Err(unread(path))
}

/// Refuses the file.
///
/// # Errors
///
/// Always.
pub fn read_cells(path: &Path) -> Result<Vec<(String, Vec<String>)>, ReadError> {
    Err(unread(path))
}

/// Refuses the file.
///
/// # Errors
///
/// Always.
pub fn column_names(path: &Path) -> Result<Vec<String>, ReadError> {
    Err(unread(path))
}

/// A table that cannot be opened.
#[derive(Debug)]
pub(crate) enum Rows {}

impl Rows {
    /// Refuses the file.
    pub(crate) fn open(path: &Path) -> Result<Option<Rows>, ReadError> {
        Err(unread(path))
    }

    /// There is no table.
    pub(crate) fn len(&self) -> usize {
        match *self {}
    }

    /// There is no table.
    pub(crate) fn parts(&self) -> Vec<Part> {
        match *self {}
    }

    /// There is no table.
    pub(crate) fn read(
        &self,
        _rows: &[usize],
        _options: &ReadOptions,
    ) -> Vec<Result<Recording, ReadError>> {
        match *self {}
    }
}

fn unread(path: &Path) -> ReadError {
    let kind = ReadErrorKind::NotSupported {
        what: "Parquet",
        got: MISSING.to_string(),
    };
    kind.at(path)
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
