//! The records below a directory.

use crate::sniff::{self, Content};
use crate::wfdb::Header;
use crate::{ReadError, ReadErrorKind};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Every readable record at `path`: the path itself for a file, else all headers, arrays and
/// lead tables below the directory, in sorted order.
///
/// Decided by content; a signal file counts through its header, the segments of a WFDB record
/// through that of the record. Symbolic links to directories
/// are not followed, and names that start with a dot are passed over.
///
/// # Errors
///
/// When a directory cannot be listed.
pub fn list(path: &Path) -> Result<Vec<PathBuf>, ReadError> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut records = BTreeSet::new();
    let mut parts = Vec::new();
    let mut folders = vec![path.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let failed = |error| ReadErrorKind::Io(error).at(&folder);
        for entry in fs_err::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let kind = entry.file_type().map_err(failed)?;
            let path = entry.path();
            if kind.is_dir() {
                folders.push(path);
            } else if path.is_file() && is_record(&path) {
                parts.extend(segments(&path));
                records.insert(path);
            }
        }
    }
    for part in parts {
        records.remove(&part);
    }
    Ok(records.into_iter().collect())
}

/// The headers of the segments that a WFDB header names.
fn segments(path: &Path) -> Vec<PathBuf> {
    let is_header = path.extension().is_some_and(|extension| extension == "hea");
    let Some(header) = is_header.then(|| Header::read(path).ok()).flatten() else {
        return Vec::new();
    };
    let names = header.segments.iter().filter(|segment| !segment.is_gap());
    names
        .map(|segment| path.with_file_name(format!("{}.hea", segment.name)))
        .filter(|part| part != path)
        .collect()
}

fn is_record(path: &Path) -> bool {
    match sniff::content(path) {
        Ok(Content::Wfdb(header)) => header == path,
        Ok(Content::File(_)) => true,
        Err(_) => false,
    }
}
