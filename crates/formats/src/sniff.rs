//! What a file is, by its bytes.

use crate::wfdb::Header;
use crate::{ReadError, ReadErrorKind, csv};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A format that can be read.
pub(crate) enum Content {
    /// A WFDB record; the path is that of its header.
    WfdbHeader(PathBuf),
    /// A NumPy array.
    Npy,
    /// A table with lead names in its first row.
    Csv,
}

const EXPECTED: &str = "a WFDB record, a NumPy array or a CSV table with lead names";

/// Bytes looked at.
const HEAD: u64 = 8192;

pub(crate) fn content(path: &Path) -> Result<Content, ReadError> {
    if !path.exists() {
        return with_suffix(path)
            .map(Content::WfdbHeader)
            .ok_or_else(|| ReadErrorKind::Io(std::io::ErrorKind::NotFound.into()).at(path));
    }
    let unknown = |got: String| {
        ReadErrorKind::Content {
            expected: EXPECTED,
            got,
        }
        .at(path)
    };
    if path.is_dir() {
        return with_suffix(path)
            .map(Content::WfdbHeader)
            .ok_or_else(|| unknown("a directory".to_string()));
    }
    let head = head(path)?;
    if head.starts_with(b"\x93NUMPY") {
        return Ok(Content::Npy);
    }
    let text = !head.iter().any(|&byte| is_binary(byte));
    let lossy = String::from_utf8_lossy(&head);
    let beside = header_beside(path);
    if let Some(header) = &beside
        && (!text || names_signal_file(header, path))
    {
        return Ok(Content::WfdbHeader(header.clone()));
    }
    if text && crate::wfdb::is_header(&lossy) {
        return Ok(Content::WfdbHeader(path.to_path_buf()));
    }
    if text && csv::is_table(&lossy) {
        return Ok(Content::Csv);
    }
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy());
    if !text && matches!(extension.as_deref(), Some("dat" | "mat")) {
        let expected = path.with_extension("hea");
        return Err(ReadErrorKind::HeaderMissing { expected }.at(path));
    }
    Err(unknown(describe(&head, text)))
}

/// `X.hea` for a record name `X` without extension.
fn with_suffix(path: &Path) -> Option<PathBuf> {
    let mut name = path.file_name()?.to_os_string();
    name.push(".hea");
    let header = path.with_file_name(name);
    header.is_file().then_some(header)
}

/// The header of the same stem, unless `path` is one itself.
fn header_beside(path: &Path) -> Option<PathBuf> {
    let header = path.with_extension("hea");
    (header != path && header.is_file()).then_some(header)
}

fn names_signal_file(header: &Path, path: &Path) -> bool {
    let Ok(header) = Header::read(header) else {
        return false;
    };
    let name = path.file_name().map(|name| name.to_string_lossy());
    header
        .signals
        .iter()
        .any(|signal| Some(signal.file.as_str()) == name.as_deref())
}

fn head(path: &Path) -> Result<Vec<u8>, ReadError> {
    let failed = |error| ReadErrorKind::Io(error).at(path);
    let mut head = Vec::new();
    fs_err::File::open(path)
        .map_err(failed)?
        .take(HEAD)
        .read_to_end(&mut head)
        .map_err(failed)?;
    Ok(head)
}

fn is_binary(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1a)
}

fn describe(head: &[u8], text: bool) -> String {
    let known: [(&[u8], &str); 6] = [
        (b"MATLAB 5.0", "a MATLAB 5 file"),
        (b"\x89HDF", "an HDF5 file"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x1f\x8b", "a gzip file"),
        (b"<?xml", "an XML file"),
        (b"%PDF", "a PDF file"),
    ];
    if head.is_empty() {
        return "an empty file".to_string();
    }
    known
        .iter()
        .find(|(magic, _)| head.starts_with(magic))
        .map_or(
            if text { "other text" } else { "other bytes" },
            |(_, name)| name,
        )
        .to_string()
}
