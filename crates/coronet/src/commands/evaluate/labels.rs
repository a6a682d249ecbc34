//! Grades and facts of patients from another table, joined to scores by `record_id`.

use crate::output;
use crate::printer::Hint;
use anyhow::{Context as _, Result};
use serde::Deserialize;
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
    /// Whether they are of a store of simulated patients.
    pub(super) simulated: bool,
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
        let store = path.join("store.json");
        let simulated = match store.is_file() {
            true => serde_json::from_slice::<Description>(&output::read(&store)?)
                .with_context(|| format!("{} is damaged", store.display()))?
                .is_simulated(),
            false => false,
        };
        Ok(Labels {
            simulated,
            ..Labels::from_csv(&file, &bytes)?
        })
    }

    /// The labels in a table of scores; a record of which it says two things has none.
    ///
    /// # Errors
    ///
    /// If it is not a table with `record_id`.
    pub(super) fn of_scores(file: &Path, bytes: &[u8]) -> Result<Labels> {
        let (mut labels, conflicts) = Labels::with_conflicts(file, bytes)?;
        for conflict in conflicts {
            labels.rows.remove(&conflict.id);
        }
        Ok(labels)
    }

    fn from_csv(file: &Path, bytes: &[u8]) -> Result<Labels> {
        let (labels, conflicts) = Labels::with_conflicts(file, bytes)?;
        match conflicts.first() {
            None => Ok(labels),
            Some(conflict) => Err(conflict.error(file)),
        }
    }

    /// The labels in the bytes of `file`, the first of each record, and where others differ.
    fn with_conflicts(file: &Path, bytes: &[u8]) -> Result<(Labels, Vec<Conflict>)> {
        let mut reader = trimmed(bytes);
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
        let mut conflicts = Vec::new();
        for record in reader.records() {
            let record = record.with_context(|| not_a_table(file))?;
            let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
            let cells: Vec<String> = taken.iter().map(|&at| cell(at)).collect();
            let id = cell(identifier);
            let earlier = rows.entry(id.clone()).or_insert_with(|| cells.clone());
            if *earlier != cells {
                let earlier = earlier.clone();
                conflicts.push(Conflict { id, earlier, cells });
            }
        }
        let labels = Labels {
            file: file.to_owned(),
            fingerprint: super::provenance::fingerprint(bytes),
            simulated: false,
            columns: taken.iter().map(|&at| header[at].to_owned()).collect(),
            rows,
        };
        Ok((labels, conflicts))
    }

    /// The scores with the columns they lack or leave empty; a record without labels has empty cells.
    ///
    /// Rows keep their lines. What is no table is returned as it is, for its own reader to refuse.
    pub(super) fn join(&self, scores: &[u8]) -> Joined {
        self.joined(scores).unwrap_or_else(|| Joined {
            table: scores.to_vec(),
            records: 0,
            labelled: 0,
        })
    }

    /// The same, refused where not one record is known.
    ///
    /// # Errors
    ///
    /// If there are records, and no label belongs to any of them.
    pub(super) fn join_some(&self, scores: &[u8]) -> Result<Joined> {
        let joined = self.join(scores);
        if joined.records > 0 && joined.labelled == 0 {
            let example = self.rows.keys().min().map_or("", String::as_str);
            return Err(Hint::error(
                format!(
                    "{}: expected labels of the {} records of the scores, got none of them",
                    self.file.display(),
                    joined.records
                ),
                format!("tables are joined by record_id, which is here such as `{example}`"),
            ));
        }
        Ok(joined)
    }

    fn joined(&self, scores: &[u8]) -> Option<Joined> {
        let mut reader = trimmed(scores);
        let mut header = reader.headers().ok()?.clone();
        let identifier = position(&header, "record_id")?;
        let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().ok()?;
        let width = header.len();
        let is_empty = |column: usize| {
            let mut cells = rows.iter().filter_map(|row| row.get(column));
            cells.all(str::is_empty)
        };
        // Which of our columns goes where: into an empty column of theirs, or behind the last.
        let mut places = Vec::new();
        for (at, name) in self.columns.iter().enumerate() {
            match position(&header, name) {
                Some(column) if column >= width || is_empty(column) => places.push((at, column)),
                Some(_) => {}
                None => {
                    places.push((at, header.len()));
                    header.push_field(name);
                }
            }
        }
        let mut writer = csv::WriterBuilder::new()
            .flexible(true)
            .from_writer(Vec::new());
        writer.write_record(&header).ok()?;
        let mut labelled = 0;
        for row in &rows {
            let known = self.rows.get(row.get(identifier).unwrap_or_default());
            let mut cells: Vec<&str> = row.iter().collect();
            if cells.len() == width {
                cells.resize(header.len(), "");
                labelled += usize::from(known.is_some());
                for (at, column) in &places {
                    cells[*column] = known.map_or("", |known| &known[*at]);
                }
            }
            writer.write_record(&cells).ok()?;
        }
        Some(Joined {
            table: writer.into_inner().ok()?,
            records: rows.len(),
            labelled,
        })
    }
}

/// The part of `store.json` that says where the labels come from.
#[derive(Deserialize)]
struct Description {
    label_source: String,
}

impl Description {
    fn is_simulated(&self) -> bool {
        self.label_source == "simulated"
    }
}

/// Scores with labels beside them.
#[derive(Debug)]
pub(super) struct Joined {
    /// The table as CSV.
    pub(super) table: Vec<u8>,
    /// Rows of the scores.
    pub(super) records: usize,
    /// Rows that have labels.
    pub(super) labelled: usize,
}

/// A reader that takes blanks around cells for nothing, as that of the scores does.
fn trimmed(bytes: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes)
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

/// Two rows of one record that differ.
struct Conflict {
    id: String,
    earlier: Vec<String>,
    cells: Vec<String>,
}

impl Conflict {
    fn error(&self, file: &Path) -> anyhow::Error {
        let shown = |cells: &[String]| cells.join(",").replace(char::is_control, "\u{fffd}");
        let id = self.id.replace(char::is_control, "\u{fffd}");
        Hint::error(
            format!(
                "{}: record {id} has two rows that differ: {} and {}",
                file.display(),
                shown(&self.earlier),
                shown(&self.cells)
            ),
            "leave one of the two rows out",
        )
    }
}
