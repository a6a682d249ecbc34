//! Why a store cannot be read or written.

use crate::table::{Problem, TableError};
use std::path::PathBuf;

/// Why a store cannot be read or written; each names the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A directory without a `store.json` of ours.
    #[error("{}: expected a coronet store, got {reason}", directory.display())]
    NotAStore {
        /// The directory.
        directory: PathBuf,
        /// What is there instead.
        reason: String,
    },
    /// Written by a program of another format version.
    #[error("{}: expected store version {expected}, got {got}", file.display())]
    Version {
        /// The description.
        file: PathBuf,
        /// The version this program reads.
        expected: u32,
        /// The version found.
        got: u32,
    },
    /// A size, a count or a hash that is not what the description says.
    #[error("{}: {field}: expected {expected}, got {got}", file.display())]
    Mismatch {
        /// The file.
        file: PathBuf,
        /// What was compared.
        field: String,
        /// What the description says.
        expected: String,
        /// What the file holds.
        got: String,
    },
    /// A file that cannot be understood.
    #[error("{}: {reason}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The table of the store is not one.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A row of the table of the store cannot be read.
    #[error(transparent)]
    Row(#[from] Box<Problem>),
    /// A window that does not fit the store.
    #[error("window of {record_id}: expected {expected}, got {got}")]
    Window {
        /// The record.
        record_id: String,
        /// What a window of this store is.
        expected: String,
        /// What was given.
        got: String,
    },
    /// Nothing was appended.
    #[error("{}: expected at least one window, got none", directory.display())]
    Empty {
        /// The store that was not made.
        directory: PathBuf,
    },
}
