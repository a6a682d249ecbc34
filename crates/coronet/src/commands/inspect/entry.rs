//! One line of the result: an ECG that was read, or a file that was refused.

use super::facts::Inspection;
use crate::place::Place;
use coronet_formats::{ReadError, ReadErrorKind, ReadOptions};
use serde::Serialize;
use std::io::ErrorKind;
use std::path::Path;

/// What became of one ECG.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Entry {
    /// It was read.
    Read(Box<Inspection>),
    /// It could not be read.
    Refused(Refusal),
}

/// An input that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The input as named.
    pub path: String,
    /// Why.
    pub error: String,
}

impl Entry {
    /// A refusal of `path`.
    pub(super) fn refused(path: &Path, error: &str) -> Entry {
        Entry::Refused(Refusal {
            path: path.display().to_string(),
            error: error.to_owned(),
        })
    }

    /// The ECG, if it was read.
    pub fn inspection(&self) -> Option<&Inspection> {
        match self {
            Entry::Read(inspection) => Some(inspection),
            Entry::Refused(_) => None,
        }
    }

    /// The refusal, if it was not read.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Entry::Read(_) => None,
            Entry::Refused(refusal) => Some(refusal),
        }
    }
}

/// Reads and assesses every ECG of a file.
pub(super) fn of(path: &Path, options: &ReadOptions) -> Vec<Entry> {
    match Place::of(path).read(options) {
        Ok(recordings) => recordings
            .iter()
            .map(|recording| Entry::Read(Box::new(Inspection::of(path, recording))))
            .collect(),
        Err(error) => vec![Entry::refused(path, &reason(path, &error))],
    }
}

/// Why `path` was refused, naming the file at fault where it is another one.
pub(super) fn reason(path: &Path, error: &ReadError) -> String {
    let kind = match &error.kind {
        ReadErrorKind::Io(cause) if cause.kind() == ErrorKind::NotFound => {
            "no such file".to_owned()
        }
        kind => kind.to_string(),
    };
    match error.path == path {
        true => kind,
        false => format!("{}: {kind}", error.path.display()),
    }
}
