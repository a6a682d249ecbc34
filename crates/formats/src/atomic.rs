//! Files that appear whole or not at all.

use crate::WriteError;
use std::io::Write;
use std::path::Path;

/// Writes beside the target, then renames.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let refused = |source| WriteError::Io {
        path: path.to_path_buf(),
        source,
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".partial-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut aside = builder.tempfile_in(folder).map_err(refused)?;
    aside.write_all(bytes).map_err(refused)?;
    aside.persist(path).map_err(|error| refused(error.error))?;
    Ok(())
}
