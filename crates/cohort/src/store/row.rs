//! `table.csv`: one row a window.

use super::StoreError;
use crate::Facts;
use crate::table::{self, Schema, cell};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// One window of the store.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoreRow {
    /// Identifier of the ECG.
    pub record_id: String,
    /// Which window of the ECG, from 0.
    pub window: usize,
    /// Facts of the ECG and its patient.
    pub facts: Facts,
    /// Fingerprint of the decoded samples; equal signals have equal ones. Empty if not known.
    pub fingerprint: String,
    /// Finding codes of the recording, separated by `;`.
    pub findings: String,
    /// Columns whose values are those of the ECG file, separated by `;`; others are the manifest's.
    #[serde(default)]
    pub from_file: String,
    /// Where the manifest and the ECG file contradict each other, separated by `; `.
    #[serde(default)]
    pub contradictions: String,
}

/// The last two may be absent.
const COLUMNS: [&str; 20] = [
    "record_id",
    "window",
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
    "fingerprint",
    "findings",
    "from_file",
    "contradictions",
];

pub(super) fn write_table(path: &Path, rows: &[StoreRow]) -> Result<Vec<u8>, StoreError> {
    let malformed = |reason: String| StoreError::Malformed {
        file: path.to_owned(),
        reason,
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |cells: Vec<String>| writer.write_record(cells);
    write(COLUMNS.map(str::to_owned).to_vec()).map_err(|error| malformed(error.to_string()))?;
    for row in rows {
        let mut cells = vec![row.record_id.clone(), row.window.to_string()];
        cells.extend(cell::facts_cells(&row.facts));
        cells.extend([row.fingerprint.clone(), row.findings.clone()]);
        cells.extend([row.from_file.clone(), row.contradictions.clone()]);
        write(cells).map_err(|error| malformed(error.to_string()))?;
    }
    writer
        .into_inner()
        .map_err(|error| malformed(error.to_string()))
}

pub(super) fn read_table(path: &Path, bytes: &[u8]) -> Result<Vec<StoreRow>, StoreError> {
    let file = path.display().to_string();
    let schema = Schema {
        file: &file,
        known: &COLUMNS,
        required: &COLUMNS[..COLUMNS.len() - 2],
        id: "record_id",
        others: table::Others::Refused,
    };
    let table = table::read(&schema, bytes)?;
    if let Some(problem) = table.problems.into_iter().next() {
        return Err(Box::new(problem).into());
    }
    table.rows.into_iter().map(|row| read_row(&row)).collect()
}

fn read_row(row: &table::Row) -> Result<StoreRow, StoreError> {
    let window = cell::text(row, "window")?;
    Ok(StoreRow {
        record_id: cell::text(row, "record_id")?,
        window: window
            .parse()
            .map_err(|_| row.problem("window", "a whole number", &window))?,
        facts: cell::facts(row)?,
        fingerprint: row.get("fingerprint").unwrap_or_default().to_owned(),
        findings: row.get("findings").unwrap_or_default().to_owned(),
        from_file: row.get("from_file").unwrap_or_default().to_owned(),
        contradictions: row.get("contradictions").unwrap_or_default().to_owned(),
    })
}
