//! `ccta.csv`: one CCTA a row, each vessel as its report words it.

use crate::grade_text::GradeTally;
use crate::table::{self, Others, Problem, Schema, TableError, cell};
use crate::{Grades, Vessel, is_revascularised, read_report};
use jiff::civil::DateTime;
use std::collections::BTreeMap;

/// One CCTA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ccta {
    /// Line in the table; the header is line 1.
    pub line: u64,
    /// Identifier of the patient.
    pub patient_id: String,
    /// When it was done, in local time.
    pub performed_at: DateTime,
    /// The grades as understood.
    pub grades: Grades,
    /// Whether any of its texts says that the patient has a stent or a bypass.
    pub revascularised: bool,
}

/// A CCTA table as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CctaTable {
    /// The usable rows in file order.
    pub rows: Vec<Ccta>,
    /// One problem for each row that was left out.
    pub problems: Vec<Problem>,
    /// How the texts were understood, by vessel in the order of [`Vessel::ALL`].
    pub tally: [GradeTally; 4],
    /// Columns that say nothing here and were passed over.
    pub passed_over: Vec<String>,
}

const COLUMNS: [&str; 7] = [
    "patient_id",
    "performed_at",
    "RCA",
    "LM",
    "LAD",
    "LCX",
    "report",
];

/// Reads a CCTA table; `file` is its name for messages.
///
/// Each vessel has a column of its own, or the column `report` holds the text of the report in
/// English or Chinese; where both say something of a vessel, its own column counts.
///
/// A row without a patient or with a date that cannot be read is left out and named. A text that is
/// not understood makes that grade missing and is counted in [`CctaTable::tally`]. Columns may be
/// written in any case (`LCx`), and others are passed over. Lines on one CCTA that differ in a grade
/// are left out and named.
///
/// # Errors
/// Repeated or missing columns refuse the whole table.
pub fn parse_ccta(file: &str, bytes: &[u8]) -> Result<CctaTable, TableError> {
    let schema = Schema {
        file,
        known: &COLUMNS,
        required: &COLUMNS[..2],
        id: "patient_id",
        others: Others::PassedOver,
    };
    let table = table::read(&schema, bytes)?;
    check_vessels(file, &table.columns)?;
    let mut ccta = CctaTable {
        rows: Vec::new(),
        problems: table.problems,
        tally: Default::default(),
        passed_over: table.passed_over,
    };
    for row in &table.rows {
        match read_row(row, &mut ccta.tally) {
            Ok(row) => ccta.rows.push(row),
            Err(problem) => ccta.problems.push(*problem),
        }
    }
    leave_out_contradictions(file, &mut ccta);
    ccta.problems.sort_by_key(|problem| problem.line);
    Ok(ccta)
}

/// One CCTA on several lines counts once; where the lines differ in a grade, nobody knows which is
/// right, and none counts.
fn leave_out_contradictions(file: &str, ccta: &mut CctaTable) {
    let mut of_moment: BTreeMap<(String, DateTime), Vec<Ccta>> = BTreeMap::new();
    for row in std::mem::take(&mut ccta.rows) {
        let key = (row.patient_id.clone(), row.performed_at);
        of_moment.entry(key).or_default().push(row);
    }
    for rows in of_moment.into_values() {
        let first = rows[0].clone();
        if rows.iter().all(|row| row.grades == first.grades) {
            ccta.rows.push(first);
            continue;
        }
        let lines: Vec<String> = rows.iter().map(|row| row.line.to_string()).collect();
        let got = format!("other grades on lines {}", lines.join(", "));
        ccta.problems.extend(rows.into_iter().map(|row| Problem {
            file: file.to_owned(),
            line: row.line,
            id: Some(row.patient_id),
            field: "performed_at".to_owned(),
            expected: "one CCTA of a patient at a time".to_owned(),
            got: got.clone(),
        }));
    }
    ccta.rows.sort_by_key(|row| row.line);
}

/// A table without a report needs a column for every vessel.
fn check_vessels(file: &str, columns: &[String]) -> Result<(), TableError> {
    let has = |name: &str| columns.iter().any(|column| column == name);
    let absent = Vessel::ALL
        .map(Vessel::name)
        .into_iter()
        .filter(|name| !has(name));
    let missing: Vec<String> = absent.map(str::to_owned).collect();
    if missing.is_empty() || has("report") {
        return Ok(());
    }
    Err(TableError::MissingColumns {
        file: file.to_owned(),
        missing,
        got: columns.to_vec(),
    })
}

fn read_row(row: &table::Row, tally: &mut [GradeTally; 4]) -> Result<Ccta, Box<Problem>> {
    let patient_id = cell::text(row, "patient_id")?;
    let performed_at = cell::date_time(row, "performed_at")?
        .ok_or_else(|| row.problem("performed_at", "a date", ""))?;
    let report = row.get("report").map(read_report);
    let texts = Vessel::ALL.map(Vessel::name).into_iter().chain(["report"]);
    let mut texts = texts.filter_map(|column| row.get(column));
    let revascularised = texts.any(is_revascularised);
    let mut grades = Grades::default();
    for vessel in Vessel::ALL {
        let tally = &mut tally[vessel.index()];
        let of_report = report.as_ref().map(|readings| &readings[vessel.index()]);
        grades[vessel] = match (row.get(vessel.name()), of_report) {
            (None, Some(said)) => tally.count(&said.text, said.reading),
            (text, _) => tally.read(vessel, text.unwrap_or_default()),
        };
    }
    Ok(Ccta {
        line: row.line,
        patient_id,
        performed_at,
        grades,
        revascularised,
    })
}
