//! Tables of other columns than those of a manifest, as text or as Parquet.

use crate::printer::Hint;
use anyhow::{Context, Result, bail};
use coronet_cohort::Manifest;
use coronet_formats::{Container, ReadOptions, parquet};
use std::collections::BTreeMap;
use std::path::Path;

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

/// A table as texts.
#[derive(Debug)]
pub(super) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads lines of cells.
    ///
    /// # Errors
    ///
    /// When it is no text, or a line has another number of cells than the first.
    pub(super) fn of_text(bytes: &[u8]) -> Result<Table> {
        let text = std::str::from_utf8(bytes).context("expected UTF-8 text")?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .delimiter(coronet_cohort::delimiter(text))
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let words = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
        let header: Vec<String> = words(reader.headers()?);
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record?;
            if record.len() != header.len() {
                let line = record.position().map_or(0, csv::Position::line);
                let (expected, got) = (header.len(), record.len());
                bail!("line {line}: expected {expected} cells, got {got}");
            }
            rows.push(words(&record));
        }
        Ok(Table { header, rows })
    }

    /// Reads the columns of a Parquet file that hold one value a row.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(super) fn of_parquet(path: &Path) -> Result<Table> {
        let (header, columns): (Vec<String>, Vec<Vec<String>>) =
            parquet::read_cells(path)?.into_iter().unzip();
        let count = columns.iter().map(Vec::len).max().unwrap_or(0);
        let cell = |column: &Vec<String>, row| column.get(row).cloned().unwrap_or_default();
        let row = |row| columns.iter().map(|column| cell(column, row)).collect();
        Ok(Table {
            header,
            rows: (0..count).map(row).collect(),
        })
    }

    /// Whether the rows say where their ECGs lie.
    pub(super) fn names_paths(&self, map: &ColumnMap) -> bool {
        let wanted = map.columns.get("path").map_or("path", String::as_str);
        map.path.is_some() || self.header.iter().any(|name| name == wanted)
    }

    /// The table of a Parquet file whose rows are ECGs themselves, as a manifest of them: its own
    /// columns where these are a manifest's, and the place of each ECG.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub(super) fn of_ecgs(self, path: &Path, options: &ReadOptions) -> Result<Option<Table>> {
        let container = Container::open(path, options)?;
        if container.is_held() {
            return Ok(None);
        }
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        const NAMED: [&str; 2] = ["record_id", "path"];
        let known = |name: &String| {
            Manifest::COLUMNS.contains(&name.as_str()) && !NAMED.contains(&name.as_str())
        };
        let kept: Vec<usize> = (0..self.header.len())
            .filter(|&at| known(&self.header[at]))
            .collect();
        let mut header: Vec<String> = NAMED.map(str::to_owned).into();
        header.extend(kept.iter().map(|&at| self.header[at].clone()));
        let without_patient = !header.iter().any(|name| name == "patient_id");
        if without_patient {
            header.push("patient_id".to_owned());
        }
        let parts = container.parts().iter().enumerate();
        let rows = parts.map(|(row, part)| {
            let mut cells = vec![part.record_id.clone(), format!("{file}#{}", part.name)];
            let own = self.rows.get(row);
            let cell = |at: usize| own.and_then(|row| row.get(at)).cloned();
            cells.extend(kept.iter().map(|&at| cell(at).unwrap_or_default()));
            cells.extend(without_patient.then(String::new));
            cells
        });
        let rows = rows.collect();
        Ok(Some(Table { header, rows }))
    }

    /// The table as a manifest: where columns are mapped, those of a manifest only, cells trimmed.
    ///
    /// # Errors
    ///
    /// When a column that is named is not there.
    pub(super) fn manifest(&self, map: &ColumnMap) -> Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        if map.is_empty() {
            writer.write_record(&self.header)?;
            for row in &self.rows {
                writer.write_record(row)?;
            }
            return Ok(writer.into_inner()?);
        }
        let columns = self.mapped(map)?;
        let names = columns.iter().map(|(name, _)| *name);
        writer.write_record(names.chain(map.path.as_ref().map(|_| "path")))?;
        for row in &self.rows {
            let cell = |&(name, at): &(&str, usize)| match name {
                "sex" => sex(&self.header[at], &row[at]).to_owned(),
                _ => row[at].clone(),
            };
            let mut cells: Vec<String> = columns.iter().map(cell).collect();
            if let Some(template) = &map.path {
                cells.push(self.filled(template, row)?);
            }
            writer.write_record(cells)?;
        }
        Ok(writer.into_inner()?)
    }

    /// Columns of a manifest, and where they stand in the table.
    fn mapped(&self, map: &ColumnMap) -> Result<Vec<(&'static str, usize)>> {
        let place = |column: &str| self.header.iter().position(|name| name == column);
        let mut columns = Vec::new();
        for name in Manifest::COLUMNS {
            let wanted = map.columns.get(name).map_or(name, String::as_str);
            match place(wanted) {
                Some(at) if name != "path" || map.path.is_none() => columns.push((name, at)),
                None if map.columns.contains_key(name) => {
                    bail!(
                        "expected the column {wanted}, got {}",
                        self.header.join(", ")
                    );
                }
                _ => {}
            }
        }
        Ok(columns)
    }

    /// `data/{ID}` with the cells of a row.
    fn filled(&self, template: &str, row: &[String]) -> Result<String> {
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((column, after)) = after.split_once('}') else {
                bail!("expected a closing brace in the path `{template}`");
            };
            let Some(at) = self.header.iter().position(|name| name == column) else {
                bail!("the path `{template}` names the column {column}, which is not there");
            };
            text += before;
            text += &row[at];
            rest = after;
        }
        Ok(text + rest)
    }
}

/// The sex that a column of another question answers, such as `is_male`.
fn sex<'a>(column: &str, cell: &'a str) -> &'a str {
    let column = column.to_lowercase();
    let of_true = match column.trim_start_matches("is_") {
        "male" => ["M", "F"],
        "female" => ["F", "M"],
        _ => return cell,
    };
    match cell.to_lowercase().as_str() {
        "true" | "1" | "1.0" => of_true[0],
        "false" | "0" | "0.0" => of_true[1],
        _ => cell,
    }
}
