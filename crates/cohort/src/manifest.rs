//! `manifest.csv`: one ECG a row, with what is known of it and its patient.

use crate::table::{self, Others, Problem, Schema, TableError, cell};
use crate::{Facts, Vessel};

/// One ECG of the manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct ManifestRow {
    /// Line in the manifest; the header is line 1.
    pub line: u64,
    /// Identifier of the ECG, unique in the manifest.
    pub record_id: String,
    /// Path of the ECG file as written, most often relative to the manifest.
    pub path: String,
    /// What else the row says.
    pub facts: Facts,
}

/// A manifest as read: rows in file order, and the rows that had to be left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The usable rows in file order.
    pub rows: Vec<ManifestRow>,
    /// One problem for each row that was left out.
    pub problems: Vec<Problem>,
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
/// and `NA`, `N/A`, `NaN`, `null` mean not known. A row with a cell that cannot be read or cannot be
/// true (an age of −3 or 150, a grade 9, an unknown sex or date, an empty identifier) is left out
/// and named in [`Manifest::problems`].
///
/// # Errors
/// Unknown, repeated or missing columns and repeated record ids refuse the whole table.
pub fn parse_manifest(file: &str, bytes: &[u8]) -> Result<Manifest, TableError> {
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
    for row in table.rows {
        match manifest_row(&row) {
            Ok(row) => rows.push(row),
            Err(problem) => problems.push(*problem),
        }
    }
    problems.sort_by_key(|problem| problem.line);
    Ok(Manifest {
        rows,
        problems,
        columns: table.columns,
    })
}

fn manifest_row(row: &table::Row) -> Result<ManifestRow, Box<Problem>> {
    Ok(ManifestRow {
        line: row.line,
        record_id: cell::text(row, "record_id")?,
        path: cell::text(row, "path")?,
        facts: cell::facts(row)?,
    })
}
