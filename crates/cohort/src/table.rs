//! CSV tables with named columns: header checks, rows by name, and problems that name the cell.

pub(crate) mod cell;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Why a table was refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The bytes are not UTF-8 text.
    #[error("{file}: line {line}: expected UTF-8 text, got other bytes")]
    NotUtf8 {
        /// The table.
        file: String,
        /// The first line that is not text.
        line: u64,
    },
    /// There is not even a header.
    #[error("{file}: expected a header line, got an empty file")]
    Empty {
        /// The table.
        file: String,
    },
    /// Columns that are not known, which are most often misspelt ones.
    #[error("{file}: line 1: unknown columns: {}; known columns: {}", list(unknown), known.join(", "))]
    UnknownColumns {
        /// The table.
        file: String,
        /// Each unknown column, with what may have been meant.
        unknown: Vec<UnknownColumn>,
        /// The columns that are known.
        known: Vec<String>,
    },
    /// Columns without which the table cannot be used.
    #[error("{file}: line 1: expected the columns {}, got {}", missing.join(", "), got.join(", "))]
    MissingColumns {
        /// The table.
        file: String,
        /// The columns that are not there.
        missing: Vec<String>,
        /// The columns that are.
        got: Vec<String>,
    },
    /// A column that is there twice.
    #[error("{file}: line 1: column {column} is there more than once")]
    RepeatedColumn {
        /// The table.
        file: String,
        /// The column.
        column: String,
    },
    /// Identifiers that must be unique and are not.
    #[error("{file}: {field} is not unique: {}", list(duplicates))]
    DuplicateIds {
        /// The table.
        file: String,
        /// The column of the identifier.
        field: String,
        /// Each repeated identifier with its lines.
        duplicates: Vec<DuplicateId>,
    },
    /// The text is not CSV.
    #[error("{file}: not a CSV table: {reason}")]
    Malformed {
        /// The table.
        file: String,
        /// What the CSV reader said.
        reason: String,
    },
}

/// A column whose name is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownColumn {
    /// The name as written.
    pub name: String,
    /// The known column nearest in spelling, if one is near.
    pub suggestion: Option<String>,
}

impl fmt::Display for UnknownColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.suggestion {
            Some(near) => write!(f, "{} (did you mean {near}?)", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// An identifier that occurs on several lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateId {
    /// The identifier.
    pub id: String,
    /// The lines it is on.
    pub lines: Vec<u64>,
}

impl fmt::Display for DuplicateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.lines.iter().map(u64::to_string).collect();
        write!(f, "{} on lines {}", self.id, lines.join(", "))
    }
}

/// A cell that cannot be true or cannot be read; its row is left out and the rest goes on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// The table.
    pub file: String,
    /// The line the row starts on; the header is line 1.
    pub line: u64,
    /// The identifier of the row, where it has one.
    pub id: Option<String>,
    /// The column.
    pub field: String,
    /// What a cell of this column may hold.
    pub expected: String,
    /// What it holds.
    pub got: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: line {}", self.file, self.line)?;
        if let Some(id) = &self.id {
            write!(f, " ({id})")?;
        }
        write!(
            f,
            ": {}: expected {}, got {:?}",
            self.field, self.expected, self.got
        )
    }
}

impl std::error::Error for Problem {}

/// What a table looks like: its name for messages, its columns, and which of them it cannot lack.
pub(crate) struct Schema<'a> {
    pub(crate) file: &'a str,
    pub(crate) known: &'a [&'a str],
    pub(crate) required: &'a [&'a str],
    /// The column that names a row in messages.
    pub(crate) id: &'a str,
    /// What becomes of columns that are not known.
    pub(crate) others: Others,
}

/// What becomes of columns that are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// They refuse the table: they are most often misspelt.
    Refused,
    /// Those that may be misspelt refuse the table, the rest are passed over.
    RefusedIfNear,
    /// They are passed over.
    PassedOver,
}

impl Schema<'_> {
    /// The known name of a column where it is written in other letters, or the name as it is.
    fn name(&self, written: &str) -> String {
        const VESSELS: [(&str, &str); 8] = [
            ("CX", "LCX"),
            ("LMCA", "LM"),
            ("LMS", "LM"),
            ("LEFT MAIN", "LM"),
            ("右冠状动脉", "RCA"),
            ("左主干", "LM"),
            ("左前降支", "LAD"),
            ("左回旋支", "LCX"),
        ];
        if self.others == Others::Refused || self.known.contains(&written) {
            return written.to_owned();
        }
        let vessel = VESSELS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(written));
        let wanted = vessel.map_or(written, |(_, vessel)| vessel);
        let mut known = self.known.iter();
        let known = known.find(|known| known.eq_ignore_ascii_case(wanted));
        known.map_or(written, |known| known).to_owned()
    }
}

/// A table whose header has been checked.
pub(crate) struct Table {
    pub(crate) columns: Vec<String>,
    /// Columns that are not known and were passed over.
    pub(crate) passed_over: Vec<String>,
    pub(crate) rows: Vec<Row>,
    pub(crate) problems: Vec<Problem>,
}

/// What all rows of a table share.
struct Shared {
    file: String,
    columns: Vec<String>,
    /// Place of the column that names a row.
    id: Option<usize>,
}

/// One row, its cells by column name; cells lie in one text, so that a row costs little more than
/// its bytes.
pub(crate) struct Row {
    shared: Arc<Shared>,
    pub(crate) line: u64,
    text: Box<str>,
    /// Where each cell ends in the text.
    ends: Box<[u32]>,
}

impl Row {
    fn new(shared: &Arc<Shared>, record: &csv::StringRecord) -> Row {
        let mut text = String::with_capacity(record.as_slice().len());
        let mut ends = Vec::with_capacity(record.len());
        for cell in record {
            text.push_str(cell);
            ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        }
        Row {
            shared: shared.clone(),
            line: record.position().map_or(0, csv::Position::line),
            text: text.into_boxed_str(),
            ends: ends.into_boxed_slice(),
        }
    }

    fn cell(&self, at: usize) -> Option<&str> {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        let end = *self.ends.get(at)?;
        self.text.get(start as usize..end as usize)
    }

    fn named(&self, column: &str) -> Option<&str> {
        let columns = &self.shared.columns;
        self.cell(columns.iter().position(|name| name == column)?)
    }

    /// The trimmed cell; `None` where the column is absent or the cell says that nothing is known.
    pub(crate) fn get(&self, column: &str) -> Option<&str> {
        self.named(column).filter(|cell| !cell::is_missing(cell))
    }

    /// The problem of a cell of this row.
    pub(crate) fn problem(&self, field: &str, expected: &str, got: &str) -> Box<Problem> {
        let id = self.shared.id.and_then(|at| self.cell(at));
        Box::new(Problem {
            file: self.shared.file.clone(),
            line: self.line,
            id: id.filter(|id| !id.is_empty()).map(str::to_owned),
            field: field.to_owned(),
            expected: expected.to_owned(),
            got: got.to_owned(),
        })
    }
}

/// Reads a table and checks its header; rows with a wrong number of cells become problems.
pub(crate) fn read(schema: &Schema<'_>, bytes: &[u8]) -> Result<Table, TableError> {
    let text = decode(schema.file, bytes)?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .delimiter(delimiter(text))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let malformed = |error: csv::Error| TableError::Malformed {
        file: schema.file.to_owned(),
        reason: error.to_string(),
    };
    let header = reader.headers().map_err(malformed)?;
    let columns: Vec<String> = header.iter().map(|name| schema.name(name)).collect();
    let passed_over = check_header(schema, &columns)?;
    let mut table = Table {
        columns: columns.clone(),
        passed_over,
        rows: Vec::new(),
        problems: Vec::new(),
    };
    let shared = Arc::new(Shared {
        file: schema.file.to_owned(),
        id: columns.iter().position(|name| name == schema.id),
        columns,
    });
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(malformed)? {
        add_record(&mut table, Row::new(&shared, &record));
    }
    Ok(table)
}

fn add_record(table: &mut Table, row: Row) {
    if row.ends.len() == table.columns.len() {
        table.rows.push(row);
        return;
    }
    let expected = format!("{} cells", table.columns.len());
    let got = format!("{} cells", row.ends.len());
    table.problems.push(*row.problem("row", &expected, &got));
}

/// Refuses a table in which `column` repeats a value.
pub(crate) fn check_unique(table: &Table, file: &str, column: &str) -> Result<(), TableError> {
    let mut lines: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for row in &table.rows {
        if let Some(id) = row.named(column).filter(|id| !id.is_empty()) {
            lines.entry(id).or_default().push(row.line);
        }
    }
    let duplicates: Vec<DuplicateId> = lines
        .into_iter()
        .filter(|(_, lines)| lines.len() > 1)
        .map(|(id, lines)| DuplicateId {
            id: id.to_owned(),
            lines,
        })
        .collect();
    if duplicates.is_empty() {
        return Ok(());
    }
    Err(TableError::DuplicateIds {
        file: file.to_owned(),
        field: column.to_owned(),
        duplicates,
    })
}

/// The sign between cells: a comma, or where the header has none a semicolon or tabulator, as
/// spreadsheets of many languages write it.
pub fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let other = || {
        [b';', b'\t']
            .into_iter()
            .find(|sign| header.contains(char::from(*sign)))
    };
    match header.contains(',') {
        true => b',',
        false => other().unwrap_or(b','),
    }
}

fn decode<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, TableError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        TableError::NotUtf8 {
            file: file.to_owned(),
            line: 1 + before.iter().filter(|&&byte| byte == b'\n').count() as u64,
        }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(TableError::Empty {
            file: file.to_owned(),
        });
    }
    Ok(text)
}

/// The columns that are passed over.
fn check_header(schema: &Schema<'_>, columns: &[String]) -> Result<Vec<String>, TableError> {
    let file = schema.file.to_owned();
    let (unknown, other): (Vec<UnknownColumn>, Vec<UnknownColumn>) = columns
        .iter()
        .filter(|name| !schema.known.contains(&name.as_str()))
        .map(|name| UnknownColumn {
            name: name.clone(),
            suggestion: nearest(name, schema.known),
        })
        .partition(|column| match schema.others {
            Others::Refused => true,
            Others::RefusedIfNear => column.suggestion.is_some(),
            Others::PassedOver => false,
        });
    if !unknown.is_empty() {
        let known = schema.known.iter().map(|name| (*name).to_owned()).collect();
        return Err(TableError::UnknownColumns {
            file,
            unknown,
            known,
        });
    }
    for (index, column) in columns.iter().enumerate() {
        if schema.known.contains(&column.as_str()) && columns[..index].contains(column) {
            let column = column.clone();
            return Err(TableError::RepeatedColumn { file, column });
        }
    }
    let missing: Vec<String> = schema
        .required
        .iter()
        .filter(|name| !columns.iter().any(|column| column == *name))
        .map(|name| (*name).to_owned())
        .collect();
    if missing.is_empty() {
        return Ok(other.into_iter().map(|column| column.name).collect());
    }
    Err(TableError::MissingColumns {
        file,
        missing,
        got: columns.to_vec(),
    })
}

/// The known name within a third of its length in edits, case and punctuation set aside.
fn nearest(name: &str, known: &[&str]) -> Option<String> {
    let plain = |text: &str| -> Vec<char> {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let name = plain(name);
    known
        .iter()
        .map(|candidate| {
            let letters = plain(candidate);
            (edit_distance(&name, &letters), letters.len(), *candidate)
        })
        .filter(|(distance, length, _)| distance * 3 <= length.max(&name.len()) + 2)
        .min_by_key(|(distance, _, _)| *distance)
        .map(|(_, _, candidate)| candidate.to_owned())
}

/// Levenshtein distance.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut current = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let replaced = previous[j] + usize::from(letter != other);
            current.push(replaced.min(previous[j + 1] + 1).min(current[j] + 1));
        }
        previous = current;
    }
    previous[b.len()]
}

fn list<T: fmt::Display>(items: &[T]) -> String {
    const SHOWN: usize = 10;
    let mut text = items
        .iter()
        .take(SHOWN)
        .map(T::to_string)
        .collect::<Vec<_>>()
        .join("; ");
    if items.len() > SHOWN {
        text.push_str(&format!("; and {} more", items.len() - SHOWN));
    }
    text
}
