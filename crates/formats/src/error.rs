//! Why a file could not be read or written: the file once, the facts as fields.

use std::path::{Path, PathBuf};

/// A file that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", .path.display())]
pub struct ReadError {
    /// The file the error is about; may be a signal file named by the header that was asked for.
    pub path: PathBuf,
    /// What is wrong with it.
    pub kind: ReadErrorKind,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// The operating system refused.
    #[error("{}", refusal(.0))]
    Io(std::io::Error),
    /// The bytes are of no known format.
    #[error("expected {expected}, got {got}")]
    Content {
        /// What can be read.
        expected: String,
        /// What the bytes look like.
        got: String,
    },
    /// A signal file without the header that describes it.
    #[error("signal file without its header, expected {}", .expected.display())]
    HeaderMissing {
        /// The header looked for.
        expected: PathBuf,
    },
    /// A field of a text or a header does not parse or contradicts another.
    #[error("line {line}: {field}: expected {expected}, got `{got}`")]
    Field {
        /// Line counted from 1; 0 where there are no lines.
        line: usize,
        /// Name of the field in the words of the format.
        field: &'static str,
        /// What may stand there.
        expected: String,
        /// What stands there.
        got: String,
    },
    /// An element of an XML or JSON document is absent, does not parse or contradicts another.
    #[error("{element}: expected {expected}, got `{got}`")]
    Element {
        /// Path of the element from the root, names parted by `/`.
        element: String,
        /// What may stand there.
        expected: String,
        /// What stands there, `nothing` where the element is absent.
        got: String,
    },
    /// A field of a binary file has no meaning or contradicts another.
    #[error("byte {offset}: {field}: expected {expected}, got `{got}`")]
    Bytes {
        /// Where the field begins, counted from 0.
        offset: u64,
        /// Name of the field in the words of the format.
        field: &'static str,
        /// What may stand there.
        expected: String,
        /// What stands there.
        got: String,
    },
    /// A document that is not well-formed, or nested deeper or larger than any ECG.
    #[error("{what} at byte {offset}: {got}")]
    Syntax {
        /// The kind of document.
        what: &'static str,
        /// Bytes from the start of the decoded text.
        offset: u64,
        /// What is wrong.
        got: String,
    },
    /// The file ends before what it says it holds.
    #[error("truncated: expected {expected} bytes, got {got}")]
    Truncated {
        /// Bytes needed.
        expected: u64,
        /// Bytes there.
        got: u64,
    },
    /// An array of a shape that cannot be an ECG.
    #[error("expected an array of shape {expected}, got {got:?}")]
    Shape {
        /// Shapes that can be read with these options.
        expected: &'static str,
        /// The shape of the array.
        got: Vec<u64>,
    },
    /// More data than one call reads.
    #[error("expected at most {expected} bytes, got {got}")]
    TooLarge {
        /// The limit.
        expected: u64,
        /// Size of the data.
        got: u64,
    },
    /// A part of the format that is known but not read.
    #[error("{what} is not supported: {got}")]
    NotSupported {
        /// The part of the format.
        what: &'static str,
        /// What the file has.
        got: String,
    },
}

/// What the system said; in the same words for a file that is not there, wherever it was missed.
fn refusal(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_string(),
        _ => error.to_string(),
    }
}

impl ReadErrorKind {
    /// The error about this file.
    pub(crate) fn at(self, path: &Path) -> ReadError {
        ReadError {
            path: path.to_path_buf(),
            kind: self,
        }
    }
}

/// A file that could not be written; nothing half-written is left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The operating system refused.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The recording cannot be expressed in the format.
    #[error("{field}: expected {expected}, got `{got}`")]
    Value {
        /// What of the recording.
        field: &'static str,
        /// What the format can hold.
        expected: String,
        /// What the recording holds.
        got: String,
    },
}
