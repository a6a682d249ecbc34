//! CSV bytes as rows of text: header checked, ragged and repeated rows set aside.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::error::ScoreTableError;
use crate::evaluation::{Finding, FindingExample, FindingKind};

/// The usable rows of a table, in order of record identifier.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Row>,
    pub(super) findings: Vec<Finding>,
    /// Column number of the identifier.
    pub(super) id: usize,
    /// Are cells divided by something else than commas, which are free for decimals then?
    decimal_commas: bool,
}

/// One row: its line in the file and its cells, trimmed.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) cells: csv::StringRecord,
}

/// What a finding says besides the rows that show it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Complaint<'a> {
    pub(super) kind: FindingKind,
    pub(super) column: &'a str,
    pub(super) expected: &'a str,
    pub(super) consequence: &'a str,
}

impl Complaint<'_> {
    /// The finding for these rows (record, line, text), or none where there are none.
    pub(super) fn finding(&self, rows: &[(String, u64, String)]) -> Option<Finding> {
        let example = |(record_id, line, got): &(String, u64, String)| FindingExample {
            record_id: record_id.clone(),
            line: *line,
            got: got.clone(),
        };
        (!rows.is_empty()).then(|| Finding {
            kind: self.kind,
            column: self.column.to_owned(),
            count: rows.len(),
            examples: rows
                .iter()
                .take(Finding::MOST_EXAMPLES)
                .map(example)
                .collect(),
            expected: self.expected.to_owned(),
            consequence: self.consequence.to_owned(),
        })
    }
}

impl Rows {
    /// Reads, checks and sorts the rows by the column that identifies them.
    pub(super) fn read(bytes: &[u8], identifier: &'static str) -> Result<Self, ScoreTableError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let delimiter = delimiter(bytes);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let header = header(&mut reader, identifier)?;
        let Some(id) = header.iter().position(|name| name == identifier) else {
            return Err(ScoreTableError::MissingColumn {
                column: identifier,
                got: header.join(", "),
            });
        };
        let mut rows = Vec::new();
        for record in reader.records() {
            let cells = record.map_err(not_utf8)?;
            let line = cells.position().map_or(0, csv::Position::line);
            rows.push(Row { line, cells });
        }
        let mut findings = Vec::new();
        let rows = without_ragged(rows, header.len(), id, &mut findings);
        let rows = without_nameless(rows, id, identifier, &mut findings);
        let rows = without_repeated(rows, id, identifier, &mut findings);
        Ok(Self {
            header,
            rows,
            findings,
            id,
            decimal_commas: delimiter != b',',
        })
    }

    /// The text of a number with a decimal point, where the table may write a comma.
    pub(super) fn with_point<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.decimal_commas && text.matches(',').count() == 1 && !text.contains('.') {
            true => Cow::Owned(text.replace(',', ".")),
            false => Cow::Borrowed(text),
        }
    }

    /// Column number of a name.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|known| known == name)
    }
}

/// The sign between cells: a comma, or where the first line has none a semicolon or tabulator, as spreadsheets of
/// many languages write it.
fn delimiter(bytes: &[u8]) -> u8 {
    let first = bytes.split(|byte| b"\r\n".contains(byte)).next();
    let first = first.unwrap_or_default();
    let signs = [b',', b';', b'\t'];
    let found = signs.into_iter().find(|sign| first.contains(sign));
    found.unwrap_or(b',')
}

/// The names of the columns; a first line of values, `identifier` not among them, is no header.
fn header(
    reader: &mut csv::Reader<&[u8]>,
    identifier: &str,
) -> Result<Vec<String>, ScoreTableError> {
    let header: Vec<String> = reader
        .headers()
        .map_err(not_utf8)?
        .iter()
        .map(ToOwned::to_owned)
        .collect();
    if header.iter().all(String::is_empty) {
        return Err(ScoreTableError::NoHeader);
    }
    let numbers = header.iter().filter(|cell| {
        cell.replace(',', ".")
            .parse::<f64>()
            .is_ok_and(f64::is_finite)
    });
    if 2 * numbers.count() >= header.len() && !header.iter().any(|name| name == identifier) {
        return Err(ScoreTableError::ValuesForHeader {
            got: header.join(", "),
        });
    }
    for (position, name) in header.iter().enumerate() {
        if header[..position].contains(name) {
            return Err(ScoreTableError::RepeatedColumn {
                column: name.clone(),
            });
        }
    }
    Ok(header)
}

fn not_utf8(error: csv::Error) -> ScoreTableError {
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, .. } => ScoreTableError::NotUtf8 {
            line: pos.as_ref().map_or(1, csv::Position::line),
        },
        _ => ScoreTableError::Csv(error),
    }
}

fn without_ragged(
    rows: Vec<Row>,
    width: usize,
    id: usize,
    findings: &mut Vec<Finding>,
) -> Vec<Row> {
    let (whole, ragged): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.cells.len() == width);
    let complaint = Complaint {
        kind: FindingKind::RaggedRow,
        column: "",
        expected: &format!("{width} fields"),
        consequence: "row left out of every analysis",
    };
    findings.extend(complaint.finding(&named(&ragged, id, |row| {
        format!("{} fields", row.cells.len())
    })));
    whole
}

fn without_nameless(
    rows: Vec<Row>,
    id: usize,
    identifier: &str,
    findings: &mut Vec<Finding>,
) -> Vec<Row> {
    let (named_rows, nameless): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| !row.cells[id].is_empty());
    let complaint = Complaint {
        kind: FindingKind::MissingIdentifier,
        column: identifier,
        expected: "an identifier",
        consequence: "row left out of every analysis",
    };
    findings.extend(complaint.finding(&named(&nameless, id, |_| String::new())));
    named_rows
}

/// Keeps one of identical rows and none of conflicting ones, so that the order of
/// the file cannot matter; sorts by identifier.
fn without_repeated(
    rows: Vec<Row>,
    id: usize,
    identifier: &str,
    findings: &mut Vec<Finding>,
) -> Vec<Row> {
    let mut by_id: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows {
        by_id.entry(row.cells[id].to_owned()).or_default().push(row);
    }
    let (mut kept, mut repeated, mut conflicting) = (Vec::new(), Vec::new(), Vec::new());
    let mut counts = BTreeMap::new();
    for (name, mut same) in by_id {
        counts.insert(name, same.len());
        if same.iter().all(|row| row.cells == same[0].cells) {
            repeated.extend(same.split_off(1));
            kept.append(&mut same);
        } else {
            conflicting.append(&mut same);
        }
    }
    let complaints = [
        (
            FindingKind::RepeatedRecord,
            repeated,
            "one of the identical rows kept",
        ),
        (
            FindingKind::ConflictingRecord,
            conflicting,
            "every row of the record left out of every analysis",
        ),
    ];
    for (kind, rows, consequence) in complaints {
        let complaint = Complaint {
            kind,
            column: identifier,
            expected: "each identifier once",
            consequence,
        };
        findings.extend(complaint.finding(&named(&rows, id, |row| {
            format!("{} rows of it", counts[&row.cells[id]])
        })));
    }
    kept
}

fn named(rows: &[Row], id: usize, got: impl Fn(&Row) -> String) -> Vec<(String, u64, String)> {
    let name = |row: &Row| row.cells.get(id).unwrap_or_default().to_owned();
    rows.iter()
        .map(|row| (name(row), row.line, got(row)))
        .collect()
}
