//! Tables with a header row of lead names and one sample a row.

mod columns;

use crate::finding::{check_signals, finding, not_a_voltage};
use crate::{
    ReadError, ReadErrorKind, ReadOptions, Recording, Unit, WriteError, atomic, stem, whole,
};
use columns::Columns;

pub(crate) use columns::Column;
#[cfg(feature = "parquet")]
pub(crate) use columns::column;
use coronet_ecg::{Channel, Device, Ecg, Finding, Hertz, Signal, Subject};
use std::fmt::Write as _;
use std::path::Path;

/// Rate of a table when neither a time column nor the caller states one, in hertz.
const DEFAULT_RATE: f64 = 500.0;

/// How the format is called.
pub(crate) const NAME: &str = "CSV";

/// Whether a text begins with a header row that names at least one standard lead.
pub(crate) fn is_table(text: &str) -> bool {
    text.lines()
        .find(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .is_some_and(|line| Columns::parse(line).has_lead())
}

/// Reads a table separated by comma, semicolon or tab.
///
/// Columns are leads in any order and case with their unit if stated, `I (mV)`, `V1_uV`; at most
/// one time column, `time (s)` or `t_ms`, which gives the rate; others keep their names. Empty
/// cells and `nan` are invalid samples. Lines that start with `#` are passed over.
///
/// # Errors
///
/// When a cell is not a number, a row has another number of cells, a lead or the time states a unit
/// that is not known, or time does not rise evenly.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Recording, ReadError> {
    let bytes = whole(path)?;
    let ecg = ecg(&bytes, options).map_err(|kind| kind.at(path))?;
    Ok(Recording {
        record_id: stem(path),
        format: NAME,
        ecg,
    })
}

/// Writes a time column in seconds and the signals in millivolts or their own unit, aside and then renamed.
///
/// # Errors
///
/// When signals differ in length, or the system refuses.
pub fn write(path: &Path, ecg: &Ecg) -> Result<(), WriteError> {
    let mut text = String::from("time (s)");
    for signal in &ecg.signals {
        if signal.millivolts.len() != ecg.len() {
            return Err(WriteError::Value {
                field: "samples of a signal",
                expected: ecg.len().to_string(),
                got: signal.millivolts.len().to_string(),
            });
        }
        let plain = |text: &str| {
            let text = text.replace([',', ';', '\t', '\n', '\r', '"', '(', ')'], " ");
            text.trim().to_string()
        };
        let unit = match &signal.channel {
            Channel::Quantity { unit, .. } => plain(unit),
            Channel::Lead(_) | Channel::Other(_) => "mV".to_string(),
        };
        text += &format!(",{} ({unit})", plain(signal.channel.name()));
    }
    text.push('\n');
    for at in 0..ecg.len() {
        let seconds = at as f64 / ecg.rate.get();
        let mut written = write!(text, "{seconds}");
        for signal in &ecg.signals {
            let sample = signal.millivolts[at];
            written = written.and_then(|()| match sample.is_finite() {
                true => write!(text, ",{sample}"),
                false => write!(text, ","),
            });
        }
        written.expect("writing to a string cannot fail, this is a bug");
        text.push('\n');
    }
    atomic::write(path, text.as_bytes())
}

/// Reads the bytes of a table.
pub(crate) fn ecg(bytes: &[u8], options: &ReadOptions) -> Result<Ecg, ReadErrorKind> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let header = text
        .lines()
        .find(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .unwrap_or_default();
    let columns = Columns::parse(header);
    let cells = cells(text, &columns)?;
    let mut findings = Vec::new();
    let mut signals = Vec::new();
    let mut time = None;
    let mut unstated = Vec::new();
    for (column, values) in columns.columns.iter().zip(cells) {
        match column {
            Column::Signal {
                channel,
                unit: None,
            } if is_counter(channel, &values) => {
                findings.push(counter(channel));
            }
            Column::Time { scale, is_stated } => {
                time = Some(seconds(&values, *scale, *is_stated, &mut findings));
            }
            Column::Signal { channel, unit } => {
                if let Channel::Quantity { name, unit } = channel {
                    findings.push(not_a_voltage(name, unit));
                }
                if unit.is_none() && !matches!(channel, Channel::Quantity { .. }) {
                    unstated.push(channel.name());
                }
                let unit = in_table(channel, *unit, options);
                signals.push(Signal {
                    channel: channel.clone(),
                    millivolts: values
                        .iter()
                        .map(|&value| unit.to_millivolts(value))
                        .collect(),
                });
            }
            Column::Unclear { expected, got, .. } => {
                return Err(wrong(1, "unit", expected, got));
            }
        }
    }
    if !unstated.is_empty() && options.unit.is_none() {
        let message = format!("no unit for {}, taken as mV", unstated.join(", "));
        findings.push(finding("unit-not-stated", message));
    }
    if signals.iter().all(|signal| signal.millivolts.is_empty()) {
        return Err(wrong(2, "rows", "at least one row of samples", "none"));
    }
    check_signals(&mut signals, "columns", options, &mut findings)?;
    let rate = rate(time.as_deref(), options, &mut findings)
        .map_err(|error| at_its_line(error, text, &columns))?;
    Ok(Ecg {
        rate,
        signals,
        start: None,
        subject: Subject::default(),
        device: Device::default(),
        findings,
    })
}

fn wrong(line: usize, field: &'static str, expected: &str, got: &str) -> ReadErrorKind {
    ReadErrorKind::Field {
        line,
        field,
        expected: expected.to_string(),
        got: got.to_string(),
    }
}

/// The unit of a column's numbers: its own, else that of the options, else millivolts. Those of a
/// quantity stay as they are.
pub(crate) fn in_table(channel: &Channel, unit: Option<Unit>, options: &ReadOptions) -> Unit {
    match channel {
        Channel::Quantity { .. } => Unit::Millivolt,
        Channel::Lead(_) | Channel::Other(_) => unit.or(options.unit).unwrap_or(Unit::Millivolt),
    }
}

/// Whether a column is the number of its row, as tables of other programs have it: called as such
/// and rising by one.
pub(crate) fn is_counter(channel: &Channel, values: &[f64]) -> bool {
    const NAMES: [&str; 12] = [
        "",
        "index",
        "idx",
        "row",
        "n",
        "no",
        "no.",
        "#",
        "sample",
        "sample #",
        "samples",
        "sample_index",
    ];
    let Channel::Other(name) = channel else {
        return false;
    };
    let name = name.trim().to_lowercase();
    let called_so = NAMES.contains(&&*name) || name.starts_with("unnamed: ");
    let counts = values.windows(2).all(|pair| pair[1] == pair[0] + 1.0);
    called_so && counts && matches!(values.first(), None | Some(0.0 | 1.0))
}

/// The finding of such a column.
pub(crate) fn counter(channel: &Channel) -> Finding {
    let message = format!(
        "the column `{}` counts the rows and is left out",
        channel.name()
    );
    finding("row-counter-left-out", message)
}

/// A time column in seconds.
pub(crate) fn seconds(
    values: &[f64],
    scale: f64,
    is_stated: bool,
    findings: &mut Vec<Finding>,
) -> Vec<f64> {
    if !is_stated {
        let message = "no unit for the time, taken as s";
        findings.push(finding("time-unit-not-stated", message));
    }
    values.iter().map(|value| value * scale).collect()
}

/// Values by column; invalid ones NaN.
fn cells(text: &str, columns: &Columns) -> Result<Vec<Vec<f64>>, ReadErrorKind> {
    let width = columns.columns.len();
    let mut reader = columns::rows(text, columns.delimiter);
    let unreadable = |error: csv::Error| {
        let line = error.position().map_or(0, csv::Position::line);
        let expected = format!("{width} cells");
        wrong(line as usize, "row", &expected, &error.to_string())
    };
    let header = reader.headers().map_err(unreadable)?.len();
    if header != width {
        let expected = format!("{width} cells on one line");
        return Err(wrong(1, "header", &expected, &header.to_string()));
    }
    let mut cells = vec![Vec::new(); width];
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(unreadable)? {
        let line = row.position().map_or(0, csv::Position::line) as usize;
        for (cell, values) in row.iter().zip(&mut cells) {
            let value = number(cell, columns.delimiter);
            values.push(value.ok_or_else(|| wrong(line, "sample", "a number", cell))?);
        }
    }
    Ok(cells)
}

/// The error of a row that is counted from the line after the first, at the line where it stands.
fn at_its_line(error: ReadErrorKind, text: &str, columns: &Columns) -> ReadErrorKind {
    let ReadErrorKind::Field {
        line,
        field,
        expected,
        got,
    } = error
    else {
        return error;
    };
    let row = columns::rows(text, columns.delimiter).into_records();
    let row = row.flatten().nth(line.saturating_sub(2));
    let position = row.as_ref().and_then(csv::StringRecord::position);
    ReadErrorKind::Field {
        line: position.map_or(line, |position| position.line() as usize),
        field,
        expected,
        got,
    }
}

/// A number, NaN for an empty cell; a decimal comma where the comma does not separate cells.
fn number(cell: &str, delimiter: u8) -> Option<f64> {
    if cell.is_empty() || ["nan", "na", "null"].contains(&cell.to_ascii_lowercase().as_str()) {
        return Some(f64::NAN);
    }
    let value = if delimiter == b',' {
        cell.parse::<f64>()
    } else {
        cell.replace(',', ".").parse::<f64>()
    };
    value.ok().filter(|value| value.is_finite())
}

/// The first time that does not follow the one before by the usual step; that of `row` where each
/// does, more or less.
fn uneven(seconds: &[f64], row: usize) -> ReadErrorKind {
    let steps = seconds.windows(2).map(|pair| pair[1] - pair[0]);
    let mut sorted: Vec<f64> = steps.clone().collect();
    sorted.sort_by(f64::total_cmp);
    let usual = sorted
        .get((sorted.len() - 1) / 2)
        .copied()
        .unwrap_or_default();
    let off = |step: f64| step.is_nan() || (step - usual).abs() > 0.5 * usual.abs();
    let row = steps.into_iter().position(off).map_or(row, |at| at + 1);
    let got = match row.checked_sub(1) {
        Some(before) => format!("{} after {}", seconds[row], seconds[before]),
        None => seconds[row].to_string(),
    };
    wrong(row + 2, "time", "times that rise evenly", &got)
}

/// The rate by a time column, else as the caller states it, else 500 Hz with a finding.
pub(crate) fn rate(
    time: Option<&[f64]>,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Hertz, ReadErrorKind> {
    let measured = match time {
        Some(seconds) if seconds.len() >= 2 => Some(rate_of(seconds)?),
        _ => None,
    };
    if let (Some(measured), Some(stated)) = (measured, options.rate)
        && (measured.get() / stated.get() - 1.0).abs() > 1e-3
    {
        let message = format!(
            "the time column gives {} Hz, {} Hz was stated; the column counts",
            measured.get(),
            stated.get()
        );
        findings.push(finding("rate-contradicted", message));
    }
    if let Some(rate) = measured.or(options.rate) {
        return Ok(rate);
    }
    let message = format!("no time column, taken as {DEFAULT_RATE} Hz");
    findings.push(finding("rate-not-stated", message));
    Ok(Hertz::new(DEFAULT_RATE).expect("500 Hz is a rate, this is a bug"))
}

/// Rate of an evenly rising time column; whole numbers are preferred within its rounding.
fn rate_of(seconds: &[f64]) -> Result<Hertz, ReadErrorKind> {
    let last = seconds.len() - 1;
    let step = (seconds[last] - seconds[0]) / last as f64;
    let rate = Hertz::new(1.0 / step).ok_or_else(|| uneven(seconds, last))?;
    for (row, &time) in seconds.iter().enumerate() {
        let off = time - (seconds[0] + row as f64 * step);
        if off.is_nan() || off.abs() > 0.75 * step {
            return Err(uneven(seconds, row));
        }
    }
    let whole = rate.get().round();
    let close = (rate.get() - whole).abs() <= 1e-4 * whole;
    Ok(Hertz::new(whole).filter(|_| close).unwrap_or(rate))
}
