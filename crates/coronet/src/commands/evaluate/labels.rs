//! Grades and facts of patients from another table, joined to scores by `record_id`.

use crate::output;
use crate::printer::Hint;
use anyhow::{Context as _, Result};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Columns that are taken beside every `NAME_grade`.
const FACTS: [&str; 9] = [
    "patient_id",
    "site",
    "age",
    "sex",
    "normal_ecg",
    "interval_days",
    "ptp",
    "follow_up_days",
    "event",
];

/// A table of grades and facts by record.
#[derive(Debug)]
pub(super) struct Labels {
    /// The file that was read.
    pub(super) file: PathBuf,
    /// Fingerprint of its bytes.
    pub(super) fingerprint: String,
    columns: Vec<String>,
    rows: HashMap<String, Vec<String>>,
}

impl Labels {
    /// Reads a CSV file, or the table of a store.
    ///
    /// # Errors
    ///
    /// If it is not a table with `record_id`, or says two things of one record.
    pub(super) fn read(path: &Path) -> Result<Labels> {
        let file = match path.is_dir() {
            true => path.join("table.csv"),
            false => path.to_owned(),
        };
        let bytes = output::read(&file)?;
        Labels::from_csv(&file, &bytes)
    }

    /// The labels in the bytes of `file`.
    pub(super) fn from_csv(file: &Path, bytes: &[u8]) -> Result<Labels> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let header = reader.headers().with_context(|| not_a_table(file))?.clone();
        let identifier = position(&header, "record_id").ok_or_else(|| {
            Hint::error(
                format!(
                    "{}: no column `record_id`, got {}",
                    file.display(),
                    listed(&header)
                ),
                "--labels takes a table with one record a row, or a store",
            )
        })?;
        let taken: Vec<usize> = (0..header.len())
            .filter(|&at| FACTS.contains(&&header[at]) || header[at].ends_with("_grade"))
            .collect();
        let mut rows: HashMap<String, Vec<String>> = HashMap::new();
        for record in reader.records() {
            let record = record.with_context(|| not_a_table(file))?;
            let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
            let cells: Vec<String> = taken.iter().map(|&at| cell(at)).collect();
            let id = cell(identifier);
            if let Some(earlier) = rows.get(&id).filter(|earlier| **earlier != cells) {
                return Err(conflict(file, &id, earlier, &cells));
            }
            rows.insert(id, cells);
        }
        Ok(Labels {
            file: file.to_owned(),
            fingerprint: super::provenance::fingerprint(bytes),
            columns: taken.iter().map(|&at| header[at].to_owned()).collect(),
            rows,
        })
    }

    /// The scores with the columns they lack; a record without labels has empty cells.
    ///
    /// Rows keep their lines. What is no table is returned as it is, for its own reader to refuse.
    pub(super) fn join(&self, scores: &[u8]) -> Vec<u8> {
        self.joined(scores).unwrap_or_else(|| scores.to_vec())
    }

    fn joined(&self, scores: &[u8]) -> Option<Vec<u8>> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(scores);
        let header = reader.headers().ok()?.clone();
        let identifier = position(&header, "record_id")?;
        let lacking: Vec<usize> = (0..self.columns.len())
            .filter(|&at| position(&header, &self.columns[at]).is_none())
            .collect();
        let mut writer = csv::WriterBuilder::new()
            .flexible(true)
            .from_writer(Vec::new());
        let mut head = header.clone();
        lacking
            .iter()
            .for_each(|&at| head.push_field(&self.columns[at]));
        writer.write_record(&head).ok()?;
        for record in reader.records() {
            let mut record = record.ok()?;
            let known = self.rows.get(record.get(identifier).unwrap_or_default());
            if record.len() == header.len() {
                for &at in &lacking {
                    record.push_field(known.map_or("", |cells| &cells[at]));
                }
            }
            writer.write_record(&record).ok()?;
        }
        writer.into_inner().ok()
    }
}

fn position(header: &csv::StringRecord, name: &str) -> Option<usize> {
    header.iter().position(|column| column == name)
}

fn listed(header: &csv::StringRecord) -> String {
    header.iter().take(8).collect::<Vec<_>>().join(", ")
}

fn not_a_table(file: &Path) -> String {
    format!("{} is not a CSV table in UTF-8", file.display())
}

fn conflict(file: &Path, id: &str, earlier: &[String], later: &[String]) -> anyhow::Error {
    let shown = |cells: &[String]| cells.join(",").replace(char::is_control, "\u{fffd}");
    let id = id.replace(char::is_control, "\u{fffd}");
    Hint::error(
        format!(
            "{}: record {id} has two rows that differ: {} and {}",
            file.display(),
            shown(earlier),
            shown(later)
        ),
        "leave one of the two rows out",
    )
}
