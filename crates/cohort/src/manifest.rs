//! `manifest.csv`: one ECG a row, with what is known of it and its patient.

use crate::table::{self, Others, Problem, Schema, TableError, cell};
use crate::{Facts, FileFact, Vessel};
use std::collections::BTreeSet;

/// One ECG of the manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct ManifestRow {
    /// Line in the manifest; the header is line 1.
    pub line: u64,
    /// Identifier of the ECG, unique in the manifest.
    pub record_id: String,
    /// Path of the ECG file as written, most often relative to the manifest; `FILE#NAME` for one
    /// ECG of a file that holds several.
    pub path: String,
    /// What else the row says.
    pub facts: Facts,
    /// Whether a table says that the patient has had a stent or a bypass.
    pub prior_revascularisation: Option<bool>,
    /// The facts that are not the manifest's but the ECG file's.
    pub from_file: BTreeSet<FileFact>,
}

/// A manifest as read: rows in file order, and the rows that had to be left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The usable rows in file order.
    pub rows: Vec<ManifestRow>,
    /// One problem for each row that was left out.
    pub problems: Vec<Problem>,
    /// One problem for each cell of the usable rows that counts as missing, in file order.
    pub unread: Vec<Problem>,
    /// The columns that are present.
    pub columns: Vec<String>,
}

impl Manifest {
    /// The columns a manifest may have.
    pub const COLUMNS: [&str; 16] = [
        "record_id",
        "path",
        "patient_id",
        "recorded_at",
        "age",
        "sex",
        "normal_ecg",
        "site",
        "interval_days",
        "RCA_grade",
        "LM_grade",
        "LAD_grade",
        "LCX_grade",
        "ptp",
        "follow_up_days",
        "event",
    ];

    /// The columns a manifest cannot lack.
    pub const REQUIRED: [&str; 3] = ["record_id", "path", "patient_id"];

    /// Whether a grade column is present, so that CCTA findings are already joined.
    pub fn has_grades(&self) -> bool {
        Vessel::ALL.iter().any(|vessel| {
            self.columns
                .iter()
                .any(|name| name == vessel.grade_column())
        })
    }

    /// Whether `column` is present.
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }
}

/// Reads a manifest; `file` is its name for messages.
///
/// Fields are comma-separated UTF-8; only [`Manifest::REQUIRED`] columns must be there. Empty cells
/// and `NA`, `N/A`, `NaN`, `null` mean not known. A cell of `age`, `sex` or `normal_ecg` that cannot
/// be read or cannot be true (an age of −3 or `sixty`, a sex `divers`) is missing and named in
/// [`Manifest::unread`]; a row with any other such cell (a grade 9, an unknown date, an empty
/// identifier) is left out and named in [`Manifest::problems`].
///
/// # Errors
/// Unknown, repeated or missing columns and repeated record ids refuse the whole table.
pub fn parse_manifest(file: &str, bytes: &[u8]) -> Result<Manifest, TableError> {
    let mut manifest = parse_open_manifest(file, bytes)?;
    let (named, nameless) = std::mem::take(&mut manifest.rows)
        .into_iter()
        .partition(|row| !row.facts.patient_id.is_empty());
    manifest.rows = named;
    let lines: BTreeSet<u64> = nameless.iter().map(|row: &ManifestRow| row.line).collect();
    manifest.unread.retain(|cell| !lines.contains(&cell.line));
    let problems = nameless.iter().map(|row| row.without_patient(file));
    manifest.problems.extend(problems);
    manifest.problems.sort_by_key(|problem| problem.line);
    Ok(manifest)
}

/// The same of ECG files that may say whose they are: where the cell of the patient is empty, so is
/// [`Facts::patient_id`], and needs to be filled.
///
/// # Errors
/// As [`parse_manifest`].
pub fn parse_open_manifest(file: &str, bytes: &[u8]) -> Result<Manifest, TableError> {
    let schema = Schema {
        file,
        known: &Manifest::COLUMNS,
        required: &Manifest::REQUIRED,
        id: "record_id",
        others: Others::Refused,
    };
    let table = table::read(&schema, bytes)?;
    table::check_unique(&table, file, "record_id")?;
    let mut problems = table.problems;
    let mut rows = Vec::with_capacity(table.rows.len());
    let mut unread = Vec::new();
    for row in table.rows {
        let mut cells = Vec::new();
        match manifest_row(&row, &mut cells) {
            Ok(row) => {
                rows.push(row);
                unread.extend(cells);
            }
            Err(problem) => problems.push(*problem),
        }
    }
    problems.sort_by_key(|problem| problem.line);
    Ok(Manifest {
        rows,
        problems,
        unread,
        columns: table.columns,
    })
}

impl ManifestRow {
    /// The problem that nobody says whose ECG it is.
    pub fn without_patient(&self, file: &str) -> Problem {
        self.problem(file, "patient_id", "a value", "")
    }

    /// The problem of a cell of the row.
    pub fn problem(&self, file: &str, field: &str, expected: &str, got: &str) -> Problem {
        Problem {
            file: file.to_owned(),
            line: self.line,
            id: Some(self.record_id.clone()),
            field: field.to_owned(),
            expected: expected.to_owned(),
            got: got.to_owned(),
        }
    }
}

fn manifest_row(row: &table::Row, unread: &mut Vec<Problem>) -> Result<ManifestRow, Box<Problem>> {
    let patient_id = row.get("patient_id").unwrap_or_default();
    Ok(ManifestRow {
        line: row.line,
        record_id: cell::text(row, "record_id")?,
        path: cell::text(row, "path")?,
        facts: cell::facts_of(row, patient_id.to_owned(), unread)?,
        prior_revascularisation: None,
        from_file: BTreeSet::new(),
    })
}
