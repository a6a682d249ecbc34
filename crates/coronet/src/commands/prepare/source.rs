//! The manifest, from whatever lists the ECGs: a table, a folder tree, a file of several ECGs.

use super::PrepareSettings;
use super::columns::Table;
use crate::output;
use crate::place;
use crate::printer::Hint;
use anyhow::{Context, Result};
use coronet_formats::parquet;
use std::path::{Path, PathBuf};

/// A manifest as a table of text, and the folder to which its paths are relative.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) bytes: Vec<u8>,
    pub(super) folder: PathBuf,
    pub(super) naming: Naming,
}

/// How the ECGs of a file of several are called, and those whose patient nobody names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// By the row of the manifest: `row#name`.
    ByRow,
    /// By the file, as `predict` calls them; one without a patient is one of its own.
    ByFile,
}

/// The manifest of the settings.
///
/// # Errors
///
/// When it cannot be read, a mapped column is absent, or a folder holds no ECG.
pub(super) fn load(settings: &PrepareSettings) -> Result<Source> {
    let source = listed(settings)?;
    if source.naming == Naming::ByFile && !settings.columns.is_empty() {
        return Err(Hint::error(
            format!("{} is no table of ECGs", settings.manifest.display()),
            "--column and --path name columns of a manifest; leave them out",
        ));
    }
    Ok(source)
}

fn listed(settings: &PrepareSettings) -> Result<Source> {
    let path = &settings.manifest;
    if path.is_dir() {
        return of_folder(path);
    }
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let source = |bytes, naming| Source {
        bytes,
        folder: folder.clone(),
        naming,
    };
    let refused = || format!("{} is not a table of these columns", path.display());
    let Some(format) = ecg_format(path) else {
        let bytes = output::read(path).context("the manifest cannot be read")?;
        let bytes = match settings.columns.is_empty() {
            true => bytes,
            false => Table::of_text(&bytes)
                .and_then(|table| table.manifest(&settings.columns))
                .with_context(refused)?,
        };
        return Ok(source(bytes, Naming::ByRow));
    };
    if format == PARQUET {
        let table = Table::of_parquet(path)?;
        if table.names_paths(&settings.columns) {
            let bytes = table.manifest(&settings.columns).with_context(refused)?;
            return Ok(source(bytes, Naming::ByRow));
        }
        if let Some(table) = table.of_ecgs(path, &settings.reading)? {
            let bytes = table.manifest(&super::ColumnMap::default())?;
            return Ok(source(bytes, Naming::ByFile));
        }
    }
    let file = PathBuf::from(path.file_name().unwrap_or_default());
    Ok(source(of_files(&[file])?, Naming::ByFile))
}

/// Whether a file is a Parquet table each row of which names an ECG and says where it lies; of
/// what may be gigabytes of samples, only the names of the columns are read.
pub(crate) fn is_parquet_manifest(path: &Path) -> bool {
    let names = || parquet::column_names(path).unwrap_or_default();
    let has_both = |names: Vec<String>| {
        let mut wanted = ["record_id", "path"].into_iter();
        wanted.all(|wanted| names.iter().any(|name| name == wanted))
    };
    path.is_file() && ecg_format(path) == Some(PARQUET) && has_both(names())
}

/// Such a table as one of text.
///
/// # Errors
///
/// When it cannot be read.
pub(crate) fn parquet_manifest(path: &Path) -> Result<Vec<u8>> {
    Table::of_parquet(path)?.manifest(&super::ColumnMap::default())
}

const PARQUET: &str = "Parquet";

/// The format of a file that holds ECGs, or is a table in Parquet; `None` for a table as text.
fn ecg_format(path: &Path) -> Option<&'static str> {
    let format = coronet_formats::format_of(path).ok()?;
    (!["CSV", "text"].contains(&format)).then_some(format)
}

/// A manifest of every ECG file below a folder.
fn of_folder(folder: &Path) -> Result<Source> {
    let paths = coronet_formats::list(folder)?;
    if paths.is_empty() {
        let message = format!("{} holds no ECG file", folder.display());
        let hint = "`coronet inspect` says what each file is";
        return Err(Hint::error(message, hint));
    }
    let within = |path: &PathBuf| path.strip_prefix(folder).unwrap_or(path).to_owned();
    let paths: Vec<PathBuf> = paths.iter().map(within).collect();
    Ok(Source {
        bytes: of_files(&paths)?,
        folder: folder.to_owned(),
        naming: Naming::ByFile,
    })
}

/// A manifest of files.
fn of_files(paths: &[PathBuf]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["record_id", "path", "patient_id"])?;
    for (path, name) in paths.iter().zip(place::names(paths)) {
        writer.write_record([name, path.to_string_lossy().into_owned(), String::new()])?;
    }
    Ok(writer.into_inner()?)
}
