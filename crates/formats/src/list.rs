//! The records below a directory.

use crate::sniff::{self, Content};
use crate::{ReadError, ReadErrorKind};
use std::path::{Path, PathBuf};

/// Every readable record at `path`: the path itself for a file, else all headers, arrays and
/// lead tables below the directory, in sorted order.
///
/// Decided by content; a signal file counts through its header. Symbolic links to directories
/// are not followed, and names that start with a dot are passed over.
///
/// # Errors
///
/// When a directory cannot be listed.
pub fn list(path: &Path) -> Result<Vec<PathBuf>, ReadError> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut records = Vec::new();
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
                records.push(path);
            }
        }
    }
    records.sort();
    Ok(records)
}

fn is_record(path: &Path) -> bool {
    match sniff::content(path) {
        Ok(Content::Wfdb(header)) => header == path,
        Ok(Content::File(_)) => true,
        Err(_) => false,
    }
}
