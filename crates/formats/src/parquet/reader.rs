//! Tables as recordings.

use super::NAME;
use super::columns::{self, Cells, Column, RATES, Table, Wanted};
use super::source::Source;
use crate::finding::{check_signals, finding, left_out, not_a_voltage};
use crate::part::Part;
use crate::{
    ReadError, ReadErrorKind, ReadOptions, Recording, Unit, csv, start, stated, stem, whole,
};
use coronet_ecg::{Channel, Device, Ecg, Finding, Hertz, Signal, Subject};
use jiff::civil::DateTime;
use std::path::Path;

/// Reads a table with one sample a row, or one ECG a row.
///
/// Findings: `unit-not-stated`, `time-unit-not-stated`, `rate-not-stated`, `rate-contradicted`, `lengths-differ`,
/// `lead-repeated`, `rows-without-samples`, `parts-left-out`, `row-counter-left-out`. A row that contradicts itself is
/// named and left out, the others are read. ECGs of a table with one a row are named by its `record_id`, else by the file
/// with `#0`, `#1`, … behind it.
///
/// # Errors
///
/// When the file contradicts itself, uses a compression other than Snappy, gzip, Zstandard or none, has no column
/// named as a lead, or holds more than 1 GiB of numbers.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Vec<Recording>, ReadError> {
    let bytes = whole(path)?;
    recordings(bytes, &stem(path), options).map_err(|kind| kind.at(path))
}

fn recordings(
    bytes: Vec<u8>,
    name: &str,
    options: &ReadOptions,
) -> Result<Vec<Recording>, ReadErrorKind> {
    let table = table(&Source::Memory(bytes.into()), Wanted::Signals)?;
    let lead = |column: &&Column| csv::column(&column.name).is_lead();
    let kind = |wanted: fn(&Cells) -> bool| {
        table
            .columns
            .iter()
            .filter(lead)
            .any(|column| wanted(&column.cells))
    };
    if kind(|cells| matches!(cells, Cells::Lists(_))) {
        return one_a_row(&table, name, options);
    }
    if kind(|cells| matches!(cells, Cells::Numbers(_))) {
        let ecg = samples(&table, options)?;
        return Ok(vec![recording(name.to_string(), ecg)]);
    }
    let names: Vec<&str> = table
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    Err(ReadErrorKind::Element {
        element: "columns".to_string(),
        expected: "names of leads, of numbers or lists of numbers".to_string(),
        got: names.join(", ").chars().take(60).collect(),
    })
}

/// The table of a file. The library panics on some pages that contradict themselves; that ends
/// here and is an error like any other.
fn table(file: &Source, wanted: Wanted) -> Result<Table, ReadErrorKind> {
    guarded(|| Table::read(file, wanted))
}

fn guarded<T>(read: impl FnOnce() -> Result<T, ReadErrorKind>) -> Result<T, ReadErrorKind> {
    let read = std::panic::AssertUnwindSafe(read);
    std::panic::catch_unwind(read).unwrap_or_else(|_| {
        Err(ReadErrorKind::Element {
            element: "Parquet".to_string(),
            expected: "pages that agree with themselves".to_string(),
            got: "a page that does not".to_string(),
        })
    })
}

fn recording(record_id: String, ecg: Ecg) -> Recording {
    Recording {
        record_id,
        format: NAME,
        ecg,
    }
}

/// A signal of a column, in millivolts or as a quantity of its own.
fn signal(
    channel: Channel,
    unit: Option<Unit>,
    values: &[f64],
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Signal {
    if let Channel::Quantity { name, unit } = &channel {
        findings.push(not_a_voltage(name, unit));
    }
    let unit = csv::in_table(&channel, unit, options);
    let value = |value: &f64| match value.is_finite() {
        true => unit.to_millivolts(*value),
        false => f64::NAN,
    };
    Signal {
        channel,
        millivolts: values.iter().map(value).collect(),
    }
}

/// Leads of which neither the column nor the caller states the unit.
fn without_unit(names: &[String], options: &ReadOptions, findings: &mut Vec<Finding>) {
    if !names.is_empty() && options.unit.is_none() {
        let message = format!("no unit for {}, taken as mV", names.join(", "));
        findings.push(finding("unit-not-stated", message));
    }
}

fn unclear(column: &str, expected: &str, got: String) -> ReadErrorKind {
    ReadErrorKind::Element {
        element: format!("unit of column `{column}`"),
        expected: expected.to_string(),
        got,
    }
}

fn samples(table: &Table, options: &ReadOptions) -> Result<Ecg, ReadErrorKind> {
    let (mut signals, mut unstated, mut findings) = (Vec::new(), Vec::new(), Vec::new());
    let mut time = None;
    for column in &table.columns {
        let Cells::Numbers(values) = &column.cells else {
            continue;
        };
        match csv::column(&column.name) {
            csv::Column::Time { scale, is_stated } => {
                time = Some(csv::seconds(values, scale, is_stated, &mut findings));
            }
            csv::Column::Unclear { expected, got, .. } => {
                return Err(unclear(&column.name, expected, got));
            }
            csv::Column::Signal {
                channel,
                unit: None,
            } if csv::is_counter(&channel, values) => {
                findings.push(csv::counter(&channel));
            }
            csv::Column::Signal { channel, unit } => {
                if unit.is_none() && !matches!(channel, Channel::Quantity { .. }) {
                    unstated.push(column.name.clone());
                }
                signals.push(signal(channel, unit, values, options, &mut findings));
            }
        }
    }
    without_unit(&unstated, options, &mut findings);
    check_signals(&mut signals, "columns", options, &mut findings)?;
    let fact = |key: &str| table.metadata.get(key).map(String::as_str);
    let stated = fact("rate").and_then(stated::number).and_then(Hertz::new);
    let rate = match stated {
        Some(rate) => rate,
        None => csv::rate(time.as_deref(), options, &mut findings)?,
    };
    Ok(Ecg {
        rate,
        signals,
        start: fact("start").and_then(|text| start::read(text, "the table", &mut findings)),
        subject: Subject {
            patient_id: fact("patient_id").and_then(stated::words),
            age: fact("age").and_then(stated::number),
            sex: fact("sex").and_then(stated::sex),
            ..Subject::default()
        },
        device: Device::default(),
        findings,
    })
}

fn one_a_row(
    table: &Table,
    name: &str,
    options: &ReadOptions,
) -> Result<Vec<Recording>, ReadErrorKind> {
    let rows = table.columns.iter().map(|column| match &column.cells {
        Cells::Numbers(cells) => cells.len(),
        Cells::Words(cells) => cells.len(),
        Cells::Lists(cells) => cells.len(),
    });
    let rows = rows.max().unwrap_or(0);
    let mut recordings = Vec::with_capacity(rows);
    let mut empty = 0_usize;
    let mut faulty: Vec<(String, ReadErrorKind)> = Vec::new();
    for row in 0..rows {
        let facts = Facts { table, row };
        if !facts.has_samples() {
            empty += 1;
            continue;
        }
        let id = facts.name(name);
        match of_row(table, row, id.clone(), options) {
            Ok(recording) => recordings.push(recording),
            Err(error) => faulty.push((id, error)),
        }
    }
    let left_out = left_out("rows", &faulty);
    if recordings.is_empty()
        && let Some((_, error)) = faulty.into_iter().next()
    {
        return Err(error);
    }
    for recording in &mut recordings {
        recording.ecg.findings.extend(left_out.clone());
    }
    if recordings.is_empty() {
        return Err(ReadErrorKind::Element {
            element: "rows".to_string(),
            expected: "at least one with samples".to_string(),
            got: format!("{empty} without"),
        });
    }
    if empty > 0 {
        let left_out = finding(
            "rows-without-samples",
            format!("{empty} rows hold no samples"),
        );
        for recording in &mut recordings {
            recording.ecg.findings.push(left_out.clone());
        }
    }
    Ok(recordings)
}

/// What the table says of a row, whose ECG is called by the file called `stem` where it has no
/// name of its own.
pub(super) fn part(table: &Table, row: usize, stem: &str) -> Part {
    let facts = Facts { table, row };
    Part {
        name: facts.own_name().unwrap_or_else(|| row.to_string()),
        record_id: facts.name(stem),
        start: facts.start(),
        subject: Subject {
            // As of recordings, an age of 0 is none.
            age: facts.subject().age.filter(|age| *age != 0.0),
            ..facts.subject()
        },
    }
}

/// The ECG of a row.
pub(super) fn of_row(
    table: &Table,
    row: usize,
    record_id: String,
    options: &ReadOptions,
) -> Result<Recording, ReadErrorKind> {
    let ecg = ecg_of_row(&Facts { table, row }, options)?;
    Ok(recording(record_id, ecg))
}

/// Names of the columns, of which nothing else is read.
///
/// # Errors
///
/// When the file has no description at its end, or a broken one.
pub fn column_names(path: &Path) -> Result<Vec<String>, ReadError> {
    let file = Source::open(path).map_err(|error| ReadErrorKind::Io(error).at(path))?;
    guarded(|| columns::names(&file)).map_err(|kind| kind.at(path))
}

/// Reads the columns that hold one text, number, truth value or time a row, as texts.
///
/// # Errors
///
/// When the file contradicts itself, or the table is larger than memory should be asked for.
pub fn read_cells(path: &Path) -> Result<Vec<(String, Vec<String>)>, ReadError> {
    let failed = |error| ReadErrorKind::Io(error).at(path);
    let file = Source::open(path).map_err(failed)?;
    let table = table(&file, Wanted::Cells).map_err(|kind| kind.at(path))?;
    let number = |value: f64| match value.is_finite() {
        true => value.to_string(),
        false => String::new(),
    };
    let cells = |cells: Cells| match cells {
        Cells::Numbers(cells) => cells.into_iter().map(number).collect(),
        Cells::Words(cells) => cells.into_iter().map(Option::unwrap_or_default).collect(),
        Cells::Lists(_) => Vec::new(),
    };
    let columns = table.columns.into_iter();
    Ok(columns
        .map(|column| (column.name, cells(column.cells)))
        .collect())
}

/// From here on a number of 64 bits stands for several integers, so that it names nobody.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The facts of one row.
struct Facts<'t> {
    table: &'t Table,
    row: usize,
}

impl Facts<'_> {
    fn has_samples(&self) -> bool {
        let mut columns = self.table.columns.iter();
        columns.any(|column| match &column.cells {
            Cells::Lists(lists) => lists.get(self.row).is_some_and(|list| !list.is_empty()),
            Cells::Numbers(_) | Cells::Words(_) => false,
        })
    }

    /// The first of these columns that holds something in this row.
    fn word(&self, names: &[&str]) -> Option<String> {
        let columns = self.table.columns.iter();
        let named = |column: &&Column| {
            names
                .iter()
                .any(|name| column.name.eq_ignore_ascii_case(name))
        };
        columns
            .filter(named)
            .find_map(|column| match &column.cells {
                Cells::Words(cells) => stated::words(cells.get(self.row)?.as_deref()?),
                Cells::Numbers(cells) => {
                    let value = cells.get(self.row).filter(|value| value.is_finite())?;
                    (value.abs() < EXACT).then(|| value.to_string())
                }
                Cells::Lists(_) => None,
            })
    }

    fn own_name(&self) -> Option<String> {
        self.word(&["record_id", "ecg_id", "id"])
    }

    fn name(&self, stem: &str) -> String {
        let own = self.own_name();
        own.unwrap_or_else(|| format!("{stem}#{}", self.row))
    }

    fn start(&self) -> Option<DateTime> {
        self.start_text().and_then(|text| stated::iso(&text))
    }

    fn start_text(&self) -> Option<String> {
        self.word(&["start", "recorded_at"])
    }

    fn subject(&self) -> Subject {
        let sex = self.word(&["sex", "gender"]);
        Subject {
            patient_id: self.word(&["patient_id"]),
            age: self.number(&["age"]),
            sex: sex.and_then(|text| stated::sex(&text)),
            ..Subject::default()
        }
    }

    fn number(&self, names: &[&str]) -> Option<f64> {
        self.word(names).as_deref().and_then(stated::number)
    }
}

fn ecg_of_row(facts: &Facts<'_>, options: &ReadOptions) -> Result<Ecg, ReadErrorKind> {
    let (mut signals, mut unstated, mut findings) = (Vec::new(), Vec::new(), Vec::new());
    for column in &facts.table.columns {
        let Cells::Lists(lists) = &column.cells else {
            continue;
        };
        let Some(values) = lists.get(facts.row).filter(|values| !values.is_empty()) else {
            continue;
        };
        let (channel, unit) = match csv::column(&column.name) {
            csv::Column::Signal { channel, unit } => (channel, unit),
            csv::Column::Time { .. } => continue,
            csv::Column::Unclear { expected, got, .. } => {
                return Err(unclear(&column.name, expected, got));
            }
        };
        if unit.is_none() && matches!(channel, Channel::Lead(_)) {
            unstated.push(column.name.clone());
        }
        signals.push(signal(channel, unit, values, options, &mut findings));
    }
    without_unit(&unstated, options, &mut findings);
    check_signals(
        &mut signals,
        &format!("row {}", facts.row),
        options,
        &mut findings,
    )?;
    let rate = match facts.number(&RATES).and_then(Hertz::new) {
        Some(rate) => rate,
        None => csv::rate(None, options, &mut findings)?,
    };
    let row = format!("row {}", facts.row);
    Ok(Ecg {
        rate,
        signals,
        start: facts
            .start_text()
            .and_then(|text| start::read(&text, &row, &mut findings)),
        subject: facts.subject(),
        device: Device::default(),
        findings,
    })
}
