//! What a file is, by its bytes.

use crate::format::{AFTER_HEADERS, BINARY, Format, TEXT, names};
use crate::head::{self, Head};
use crate::wfdb::{Header, annotations};
use crate::{ReadError, ReadErrorKind};
use std::path::{Path, PathBuf};

/// What a file holds.
pub(crate) enum Content {
    /// A WFDB record; the path is that of its header.
    Wfdb(PathBuf),
    /// A file that stands for itself.
    File(&'static Format),
}

pub(crate) fn content(path: &Path) -> Result<Content, ReadError> {
    if !path.exists() {
        return with_suffix(path)
            .map(Content::Wfdb)
            .ok_or_else(|| ReadErrorKind::Io(std::io::ErrorKind::NotFound.into()).at(path));
    }
    if path.is_dir() {
        return with_suffix(path)
            .map(Content::Wfdb)
            .ok_or_else(|| unknown("a directory".to_string()).at(path));
    }
    let bytes = head::read(path)?;
    let head = Head::of(&bytes);
    if let Some(format) = first(BINARY, &head) {
        return Ok(Content::File(format));
    }
    let beside = header_beside(path);
    refuse_annotations(path, &head, beside.as_deref())?;
    if let Some(header) = &beside
        && (!head.is_text || names_signal_file(header, path))
    {
        return Ok(Content::Wfdb(header.clone()));
    }
    if head.is_text && crate::wfdb::is_header(&head.text) {
        return Ok(Content::Wfdb(path.to_path_buf()));
    }
    if let Some(format) = first(AFTER_HEADERS, &head).or_else(|| first(TEXT, &head)) {
        return Ok(Content::File(format));
    }
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy());
    if !head.is_text && matches!(extension.as_deref(), Some("dat" | "mat")) {
        let expected = path.with_extension("hea");
        return Err(ReadErrorKind::HeaderMissing { expected }.at(path));
    }
    Err(unknown(head.describe()).at(path))
}

/// Larger files are not looked at as annotation files: a day of beats takes half a megabyte.
const ANNOTATIONS: u64 = 16 << 20;

/// Refuses an annotation file by name. It has no mark to know it by, so that only a file counts
/// that holds annotations from its first to its last byte, lies beside a header whose signal file
/// it is not (or is called as annotators are), and is not called as a signal file.
fn refuse_annotations(
    path: &Path,
    head: &Head<'_>,
    beside: Option<&Path>,
) -> Result<(), ReadError> {
    let extension = path.extension().unwrap_or_default();
    let called_otherwise = ["dat", "mat", "hea"]
        .iter()
        .any(|other| extension == *other);
    let small = path.metadata().is_ok_and(|file| file.len() <= ANNOTATIONS);
    let called_so = ["atr", "qrs"].iter().any(|name| extension == *name);
    let belongs = beside.is_some() || called_so;
    let possible = belongs && !head.is_text && !called_otherwise && small;
    if !possible || beside.is_some_and(|header| names_signal_file(header, path)) {
        return Ok(());
    }
    let whole = annotations::read(path)
        .is_ok_and(|read| read.findings.is_empty() && !read.annotations.is_empty());
    if !whole {
        return Ok(());
    }
    let header = beside.and_then(Path::file_name).map_or_else(
        || "the header of its record (.hea)".into(),
        |name| name.to_string_lossy(),
    );
    let kind = ReadErrorKind::Content {
        expected: names(),
        got: format!("a WFDB annotation file, not a recording; give {header}"),
    };
    Err(kind.at(path))
}

/// The first format that recognises bytes without a path.
pub(crate) fn format(bytes: &[u8]) -> Result<&'static Format, ReadErrorKind> {
    let start = &bytes[..bytes.len().min(8192)];
    let head = Head::of(start);
    first(BINARY, &head)
        .or_else(|| first(AFTER_HEADERS, &head))
        .or_else(|| first(TEXT, &head))
        .ok_or_else(|| unknown(head.describe()))
}

fn first(formats: &'static [Format], head: &Head<'_>) -> Option<&'static Format> {
    formats.iter().find(|format| (format.recognises)(head))
}

fn unknown(got: String) -> ReadErrorKind {
    ReadErrorKind::Content {
        expected: names(),
        got,
    }
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
