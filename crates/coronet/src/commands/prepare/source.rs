//! The manifest, from whatever lists the ECGs: a table, a table of other columns, a folder tree.

use super::PrepareSettings;
use crate::printer::{Hint, Printer};
use crate::{interrupt, output, progress};
use anyhow::{Context, Result, bail};
use coronet_cohort::Manifest;
use coronet_ecg::{Ecg, Sex};
use coronet_formats::ReadOptions;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A manifest as a table of text, and the folder to which its paths are relative.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) bytes: Vec<u8>,
    pub(super) folder: PathBuf,
}

/// Columns of a foreign table by the names of a manifest, and how a path is made of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnMap {
    /// Name in the table by name in a manifest.
    pub columns: BTreeMap<String, String>,
    /// A path with `{COLUMN}` for the cell of a column.
    pub path: Option<String>,
}

impl ColumnMap {
    /// Whether the table is a manifest as it is.
    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty() && self.path.is_none()
    }

    /// Reads `manifest_column=table_column` pairs.
    ///
    /// # Errors
    ///
    /// When a pair has no `=` or its left side is no column of a manifest.
    pub fn parse(pairs: &[String], path: Option<&str>) -> Result<ColumnMap> {
        let mut columns = BTreeMap::new();
        for pair in pairs {
            let (name, column) = pair.split_once('=').unwrap_or((pair, ""));
            if !Manifest::COLUMNS.contains(&name) || column.is_empty() {
                let message = format!("expected --column NAME=COLUMN, got `{pair}`");
                let names = Manifest::COLUMNS.join(", ");
                return Err(Hint::error(message, format!("NAME is one of {names}")));
            }
            columns.insert(name.to_owned(), column.to_owned());
        }
        Ok(ColumnMap {
            columns,
            path: path.map(str::to_owned),
        })
    }
}

/// The manifest of the settings.
///
/// # Errors
///
/// When it cannot be read, a mapped column is absent, a folder holds no ECG, or the user asked to
/// stop.
pub(super) fn load(settings: &PrepareSettings, printer: &Printer) -> Result<Source> {
    let path = &settings.manifest;
    if path.is_dir() {
        let bytes = of_folder(path, &settings.reading, printer)?;
        return Ok(Source {
            bytes,
            folder: path.clone(),
        });
    }
    let bytes = output::read(path).context("the manifest cannot be read")?;
    let bytes = match settings.columns.is_empty() {
        true => bytes,
        false => mapped(&bytes, &settings.columns)
            .with_context(|| format!("{} is not a table of these columns", path.display()))?,
    };
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    Ok(Source { bytes, folder })
}

/// A table with the columns of a manifest only, cells trimmed.
fn mapped(bytes: &[u8], map: &ColumnMap) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(bytes).context("expected UTF-8 text")?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .delimiter(coronet_cohort::delimiter(text))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    let place = |column: &str| header.iter().position(|name| name == column);
    let mut columns: Vec<(&str, usize)> = Vec::new();
    for name in Manifest::COLUMNS {
        let wanted = map.columns.get(name).map_or(name, String::as_str);
        match place(wanted) {
            Some(at) if name != "path" || map.path.is_none() => columns.push((name, at)),
            None if map.columns.contains_key(name) => {
                let got: Vec<&str> = header.iter().collect();
                bail!("expected the column {wanted}, got {}", got.join(", "));
            }
            _ => {}
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = columns.iter().map(|(name, _)| *name);
    writer.write_record(names.chain(map.path.as_ref().map(|_| "path")))?;
    for record in reader.records() {
        let record = record?;
        if record.len() != header.len() {
            let line = record.position().map_or(0, csv::Position::line);
            bail!(
                "line {line}: expected {} cells, got {}",
                header.len(),
                record.len()
            );
        }
        let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
        let mut row: Vec<String> = columns.iter().map(|&(_, at)| cell(at)).collect();
        if let Some(template) = &map.path {
            row.push(filled(template, &header, &record)?);
        }
        writer.write_record(row)?;
    }
    Ok(writer.into_inner()?)
}

/// `data/{ID}` with the cells of a row.
fn filled(template: &str, header: &csv::StringRecord, row: &csv::StringRecord) -> Result<String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((column, after)) = after.split_once('}') else {
            bail!("expected a closing brace in the path `{template}`");
        };
        let Some(at) = header.iter().position(|name| name == column) else {
            bail!("the path `{template}` names the column {column}, which is not there");
        };
        text += before;
        text += row.get(at).unwrap_or_default();
        rest = after;
    }
    Ok(text + rest)
}

/// A manifest of every ECG file below a folder, with what the files say of their patients.
///
/// A file that names no patient counts as a patient of its own, by its path.
fn of_folder(folder: &Path, options: &ReadOptions, printer: &Printer) -> Result<Vec<u8>> {
    let paths = coronet_formats::list(folder)?;
    if paths.is_empty() {
        let message = format!("{} holds no ECG file", folder.display());
        return Err(Hint::error(
            message,
            "`coronet inspect` says what each file is",
        ));
    }
    let bar = progress::bar(printer, "listing", paths.len(), "ECGs");
    let rows: Vec<Option<[String; 6]>> = paths
        .par_iter()
        .map(|path| {
            bar.inc(1);
            (!interrupt::asked()).then(|| row(folder, path, options))
        })
        .collect();
    bar.finish_and_clear();
    let Some(mut rows) = rows.into_iter().collect::<Option<Vec<[String; 6]>>>() else {
        let hint = "the same command starts again";
        return Err(Hint::error("stopped as asked; nothing was written", hint));
    };
    name_apart(&mut rows);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "record_id",
        "path",
        "patient_id",
        "recorded_at",
        "age",
        "sex",
    ])?;
    let mut anonymous = 0;
    for row in rows {
        anonymous += usize::from(row[0] == row[2]);
        writer.write_record(row)?;
    }
    if anonymous > 0 {
        printer.warn(&format!(
            "{anonymous} of {} ECGs name no patient; each counts as a patient of its own",
            paths.len()
        ));
    }
    Ok(writer.into_inner()?)
}

/// Files that differ in their extension only keep it in their names.
fn name_apart(rows: &mut [[String; 6]]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows.iter() {
        *counts.entry(row[0].clone()).or_default() += 1;
    }
    for row in rows.iter_mut().filter(|row| counts[&row[0]] > 1) {
        if row[2] == row[0] {
            row[2] = row[1].clone();
        }
        row[0] = row[1].clone();
    }
}

/// The cells of one file; what cannot be read is refused later, with its reason.
fn row(folder: &Path, path: &Path, options: &ReadOptions) -> [String; 6] {
    let relative = path.strip_prefix(folder).unwrap_or(path);
    let name = relative.with_extension("");
    let record_id = name.to_string_lossy().replace('\\', "/");
    let read = coronet_formats::read(path, options);
    let ecg: Option<Ecg> = match read.as_deref() {
        Ok([recording]) => Some(recording.ecg.clone()),
        _ => None,
    };
    let subject = ecg
        .as_ref()
        .map(|ecg| ecg.subject.clone())
        .unwrap_or_default();
    let age = ecg.as_ref().and_then(Ecg::age);
    [
        record_id.clone(),
        relative.to_string_lossy().into_owned(),
        subject.patient_id.unwrap_or(record_id),
        ecg.and_then(|ecg| ecg.start)
            .map_or(String::new(), |start| start.to_string()),
        age.filter(|age| (0.0..=120.0).contains(age))
            .map_or(String::new(), |age| age.to_string()),
        subject.sex.map_or(String::new(), |sex| match sex {
            Sex::Male => "M".to_owned(),
            Sex::Female => "F".to_owned(),
        }),
    ]
}
