//! Files and folders that are whole or not there.

use anyhow::{Context, Result};
use fs_err as fs;
use std::io::Write;
use std::path::Path;

/// Writes a file aside and renames it.
///
/// # Errors
///
/// If the file cannot be written; what was there before stays then.
pub fn write(path: &Path, contents: &[u8]) -> Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut aside = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    aside
        .write_all(contents)
        .with_context(|| format!("cannot write {}", path.display()))?;
    let mode = aside.as_file().metadata()?.permissions();
    aside.as_file().set_permissions(readable(mode))?;
    aside
        .persist(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}

/// Temporary files are private; results are as readable as any other file.
#[cfg(unix)]
fn readable(mut mode: std::fs::Permissions) -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o644);
    mode
}

#[cfg(not(unix))]
fn readable(mode: std::fs::Permissions) -> std::fs::Permissions {
    mode
}

/// Reads a file whole.
///
/// # Errors
///
/// If it is not there or cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    Ok(fs::read(path)?)
}

/// Bytes in hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
