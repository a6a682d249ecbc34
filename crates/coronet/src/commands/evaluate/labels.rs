//! Grades and facts of patients from another table, joined to scores by `record_id`.

use super::talk::counted;
use crate::output;
use crate::printer::{Hint, Printer};
use anyhow::{Context as _, Result};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Columns that tell whether two rows of one `record_id` are of one ECG.
const IDENTITY: [&str; 2] = ["patient_id", "fingerprint"];

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
            .filter(|&at| {
                let name = &header[at];
                FACTS.contains(&name) || IDENTITY.contains(&name) || name.ends_with("_grade")
            })
            .collect();
        let decimal_commas = delimiter(bytes) != b',';
        let mut rows: HashMap<String, Vec<String>> = HashMap::new();
        let mut conflicts = Vec::new();
        for record in reader.records() {
            let record = record.with_context(|| not_a_table(file))?;
            let cell = |at: usize| match (record.get(at).unwrap_or_default(), decimal_commas) {
                (cell, true) if at != identifier => with_point(cell),
                (cell, _) => cell.to_owned(),
            };
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
            ..Joined::default()
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
            let message = format!(
                "{}: expected labels of the {} of the scores, got none of them",
                self.file.display(),
                counted(joined.records, "record")
            );
            let hint = match joined.of_others.first() {
                None => {
                    format!("tables are joined by record_id, which is here such as `{example}`")
                }
                Some(other) => format!("record_ids are equal, but not the ECGs: {other}"),
            };
            return Err(Hint::error(message, hint));
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
        // Patients that the scores name for some records only.
        let mut patients = None;
        let joinable = |name: &&String| name.as_str() != "fingerprint";
        for (at, name) in self
            .columns
            .iter()
            .enumerate()
            .filter(|(_, name)| joinable(name))
        {
            match position(&header, name) {
                Some(column) if column >= width || is_empty(column) => places.push((at, column)),
                Some(column) if name == "patient_id" => patients = Some((at, column)),
                Some(_) => {}
                None => {
                    places.push((at, header.len()));
                    header.push_field(name);
                }
            }
        }
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter(scores))
            .flexible(true)
            .from_writer(Vec::new());
        writer.write_record(&header).ok()?;
        let identities = self.identities(&header, width);
        let mut found = Joined {
            records: rows.len(),
            taken: places
                .iter()
                .map(|(at, _)| self.columns[*at].clone())
                .collect(),
            ..Joined::default()
        };
        for row in &rows {
            let id = row.get(identifier).unwrap_or_default();
            let known = self.rows.get(id);
            let other = known.and_then(|known| self.difference(row, known, &identities));
            found
                .of_others
                .extend(other.as_ref().map(|other| format!("{id} has {other}")));
            let known = known.filter(|_| other.is_none());
            let mut cells: Vec<&str> = row.iter().collect();
            if cells.len() == width {
                cells.resize(header.len(), "");
                if let Some(known) = known {
                    found.labelled += 1;
                    found.unchecked += usize::from(!is_comparable(row, known, &identities));
                }
                for (at, column) in &places {
                    cells[*column] = known.map_or("", |known| &known[*at]);
                }
                if let (Some((at, column)), Some(known)) = (patients, known)
                    && cells[column].is_empty()
                {
                    cells[column] = &known[at];
                }
            }
            writer.write_record(&cells).ok()?;
        }
        found.table = writer.into_inner().ok()?;
        Some(found)
    }

    /// Where the identity of an ECG stands both here and in a header of `width` columns.
    fn identities(&self, header: &csv::StringRecord, width: usize) -> Vec<(usize, usize)> {
        let columns = self.columns.iter().enumerate();
        let identifying = columns.filter(|(_, name)| IDENTITY.contains(&name.as_str()));
        identifying
            .filter_map(|(at, name)| Some((at, position(header, name)?)))
            .filter(|(_, column)| *column < width)
            .collect()
    }

    /// By what a row of the scores is of another ECG than the labels of its identifier, in words.
    /// Where both have a fingerprint it alone decides: a store without identifiers calls the
    /// patients otherwise.
    fn difference(
        &self,
        row: &csv::StringRecord,
        known: &[String],
        identities: &[(usize, usize)],
    ) -> Option<String> {
        let comparable = identities
            .iter()
            .filter(|place| both(row, known, **place).is_some());
        let is_fingerprint = |&&(at, _): &&(usize, usize)| self.columns[at] == "fingerprint";
        let decisive = comparable.clone().find(is_fingerprint);
        let &(at, column) = decisive.or_else(|| comparable.clone().next())?;
        let (here, there) = both(row, known, (at, column))?;
        let name = &self.columns[at];
        (here != there).then(|| format!("{name} {there} in the scores and {here} in the labels"))
    }
}

/// What the labels and a row of the scores say of one fact, where both say something.
fn both<'a>(
    row: &'a csv::StringRecord,
    known: &'a [String],
    (at, column): (usize, usize),
) -> Option<(&'a str, &'a str)> {
    let pair = (known[at].as_str(), row.get(column)?);
    (!pair.0.is_empty() && !pair.1.is_empty()).then_some(pair)
}

/// Whether anything but the identifier says of which ECG a row and the labels are.
fn is_comparable(row: &csv::StringRecord, known: &[String], identities: &[(usize, usize)]) -> bool {
    let mut identities = identities.iter();
    identities.any(|place| both(row, known, *place).is_some())
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
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// The table as CSV.
    pub(super) table: Vec<u8>,
    /// Rows of the scores.
    pub(super) records: usize,
    /// Rows that have labels.
    pub(super) labelled: usize,
    /// Columns of the labels that were taken.
    pub(super) taken: Vec<String>,
    /// Rows whose labels are of another patient or signal, and were not taken, in words.
    pub(super) of_others: Vec<String>,
    /// Rows with labels of which nothing but the identifier says that they are of the same ECG.
    pub(super) unchecked: usize,
}

impl Joined {
    /// Says what was taken from `file`.
    pub(super) fn tell(&self, file: &Path, printer: &Printer) {
        let file = file.display();
        if self.taken.is_empty() {
            printer.warn(&format!(
                "{file}: nothing of it is used, since the scores have every column of it"
            ));
            return;
        }
        printer.note(&format!(
            "{file}: labels of {} of {} ({})",
            self.labelled,
            counted(self.records, "record"),
            self.taken.join(", ")
        ));
        if self.unchecked > 0 {
            printer.note(&format!(
                "{file}: {} joined by record_id alone, since nothing else (patient_id, fingerprint) is in both tables: make sure that both number the same ECGs",
                counted(self.unchecked, "record")
            ));
        }
        if let Some(example) = self.of_others.first() {
            printer.warn(&format!(
                "{file}: labels of {} are of another patient or signal and were not taken: {example}",
                counted(self.of_others.len(), "record")
            ));
        }
    }
}

/// A reader that takes blanks around cells for nothing, as that of the scores does.
pub(super) fn trimmed(bytes: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter(bytes))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes)
}

/// The sign between cells.
fn delimiter(bytes: &[u8]) -> u8 {
    let first = bytes.split(|byte| *byte == b'\n').next();
    coronet_cohort::delimiter(&String::from_utf8_lossy(first.unwrap_or_default()))
}

/// A cell of a table whose cells are not divided by commas, with a decimal point for a decimal comma.
fn with_point(cell: &str) -> String {
    let pointed = cell.replacen(',', ".", 1);
    match pointed.parse::<f64>() {
        Ok(_) => pointed,
        Err(_) => cell.to_owned(),
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
