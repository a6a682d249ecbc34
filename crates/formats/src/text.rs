//! Plain text: one sample a row, one lead a column, no names.
//!
//! Two forms are read: an export that begins with a line `Rhythm signal: SAMPLES X LEADS`, and a
//! bare matrix of eight or twelve columns. Columns are parted by white space, commas or
//! semicolons. Such a text names neither leads nor unit nor rate: what is taken for them is a
//! finding each, and the order of twelve leads is checked against the limb leads.

use crate::finding::{check_signals, finding};
use crate::{ReadErrorKind, ReadOptions, Unit};
use coronet_ecg::{Channel, Ecg, Finding, Hertz, Lead, Signal};

/// How the format is called.
pub(crate) const NAME: &str = "text";

/// Rate where the caller states none, in hertz.
const DEFAULT_RATE: f64 = 500.0;

/// Rows of a bare matrix that are looked at to recognise it.
const LOOKED_AT: usize = 8;

/// How the line before the numbers begins.
const TITLE: &str = "Rhythm signal:";

/// The leads of eight columns.
const EIGHT: [Lead; 8] = [
    Lead::I,
    Lead::II,
    Lead::V1,
    Lead::V2,
    Lead::V3,
    Lead::V4,
    Lead::V5,
    Lead::V6,
];

/// Whether a text begins in one of the two forms.
pub(crate) fn is_matrix(text: &str) -> bool {
    let mut rows = rows(text).map(|(_, row)| row);
    if title(text).is_some() {
        return true;
    }
    let Some(first) = rows.next() else {
        return false;
    };
    let count = cells(first).count();
    // The last row of the head may be cut.
    let whole: Vec<&str> = rows.take(LOOKED_AT).collect();
    [EIGHT.len(), Lead::ALL.len()].contains(&count)
        && whole.len() == LOOKED_AT
        && whole[..LOOKED_AT - 1]
            .iter()
            .chain([&first])
            .all(|row| cells(row).count() == count && cells(row).all(|cell| number(cell).is_some()))
}

/// Whether a text begins as rows of several numbers, some of them perhaps missing (`?`, `NA`).
pub(crate) fn is_numbers(text: &str) -> bool {
    let missing = |cell: &str| cell == "?" || cell.eq_ignore_ascii_case("na");
    let mut rows = rows(text).map(|(_, row)| row).take(LOOKED_AT).peekable();
    rows.peek().is_some_and(|row| cells(row).count() > 1)
        && rows.all(|row| cells(row).all(|cell| number(cell).is_some() || missing(cell)))
}

/// Samples and leads as the title states them.
fn title(text: &str) -> Option<(usize, usize)> {
    let (_, line) = rows(text).next()?;
    let counts = line.strip_prefix(TITLE)?.to_ascii_lowercase();
    let (samples, leads) = counts.split_once('x')?;
    Some((samples.trim().parse().ok()?, leads.trim().parse().ok()?))
}

/// Rows that are not empty, with their line counted from 1.
fn rows(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    lines
        .map(|(index, line)| (index + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty())
}

fn cells(row: &str) -> impl Iterator<Item = &str> {
    row.split(|letter: char| letter.is_whitespace() || letter == ',' || letter == ';')
        .filter(|cell| !cell.is_empty())
}

/// A number; NaN for `nan`.
fn number(cell: &str) -> Option<f64> {
    match cell.eq_ignore_ascii_case("nan") {
        true => Some(f64::NAN),
        false => cell.parse().ok().filter(|value: &f64| value.is_finite()),
    }
}

/// Reads the samples of a text.
///
/// Findings: `lead-names-by-position`, `unit-not-stated`, `rate-not-stated`, `lengths-differ`.
pub(crate) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Vec<Ecg>, ReadErrorKind> {
    let text = String::from_utf8_lossy(bytes);
    let mut findings = Vec::new();
    let columns = columns(&text)?;
    let unit = unit(&columns, options, &mut findings);
    let channels = channels(&columns, &mut findings);
    let mut signals: Vec<Signal> = channels
        .into_iter()
        .zip(columns)
        .map(|(channel, column)| Signal {
            channel,
            millivolts: column
                .into_iter()
                .map(|value| unit.to_millivolts(value))
                .collect(),
        })
        .collect();
    check_signals(&mut signals, "rows", options, &mut findings)?;
    let rate = options.rate.unwrap_or_else(|| {
        let message = format!("no rate in the text, taken as {DEFAULT_RATE} Hz");
        findings.push(finding("rate-not-stated", message));
        Hertz::new(DEFAULT_RATE).expect("500 Hz is a rate, this is a bug")
    });
    Ok(vec![Ecg {
        rate,
        signals,
        start: None,
        subject: coronet_ecg::Subject::default(),
        device: coronet_ecg::Device::default(),
        findings,
    }])
}

/// Values by column, all of one length.
fn columns(text: &str) -> Result<Vec<Vec<f64>>, ReadErrorKind> {
    let title = title(text);
    let mut columns: Vec<Vec<f64>> = Vec::new();
    let mut last = 1;
    for (line, row) in rows(text).skip(usize::from(title.is_some())) {
        last = line;
        if columns.is_empty() {
            columns =
                vec![Vec::new(); title.map_or(cells(row).count(), |(_, leads)| leads.min(64))];
        }
        let wrong = |field, expected: String, got: String| ReadErrorKind::Field {
            line,
            field,
            expected,
            got,
        };
        let count = cells(row).count();
        if count != columns.len() {
            let expected = format!("{} numbers", columns.len());
            return Err(wrong("row", expected, count.to_string()));
        }
        for (column, cell) in columns.iter_mut().zip(cells(row)) {
            let value = number(cell);
            let value = value.ok_or_else(|| {
                let got = cell.chars().take(20).collect();
                wrong("sample", "a number".to_string(), got)
            })?;
            column.push(value);
        }
    }
    let rows = columns.first().map_or(0, Vec::len);
    match title {
        Some((samples, _)) if samples != rows => Err(ReadErrorKind::Field {
            line: last,
            field: "rows",
            expected: format!("{samples} rows by the first line"),
            got: rows.to_string(),
        }),
        _ => Ok(columns),
    }
}

/// As stated by the caller; else microvolts for whole numbers, millivolts for others.
fn unit(columns: &[Vec<f64>], options: &ReadOptions, findings: &mut Vec<Finding>) -> Unit {
    if let Some(unit) = options.unit {
        return unit;
    }
    let whole = columns
        .iter()
        .flatten()
        .all(|value| value.is_nan() || value.fract() == 0.0);
    let (unit, taken) = match whole {
        true => (Unit::Microvolt, "whole numbers, taken as µV"),
        false => (Unit::Millivolt, "fractions, taken as mV"),
    };
    let message = format!("no unit in the text: {taken}");
    findings.push(finding("unit-not-stated", message));
    unit
}

/// Standard leads where the limb leads bear the order out, else columns by number.
fn channels(columns: &[Vec<f64>], findings: &mut Vec<Finding>) -> Vec<Channel> {
    let known: Option<(&[Lead], &str)> = match columns.len() {
        8 => Some((
            &EIGHT,
            "I, II, V1–V6 by position; nothing in the text says so",
        )),
        12 if limb_leads_follow(columns) => Some((
            &Lead::ALL,
            "I, II, III, aVR, aVL, aVF, V1–V6 by position; III, aVR, aVL and aVF follow from I and II",
        )),
        _ => None,
    };
    let (channels, message) = match known {
        Some((leads, message)) => (
            leads.iter().map(|&lead| Channel::Lead(lead)).collect(),
            message,
        ),
        None => (
            (1..=columns.len())
                .map(|column| Channel::Other(column.to_string()))
                .collect(),
            "leads are not named and their order is not that of I, II, III, aVR, aVL, aVF",
        ),
    };
    findings.push(finding("lead-names-by-position", message));
    channels
}

/// Whether columns 3 to 6 are III, aVR, aVL and aVF of columns 1 and 2, but for rounding: off by
/// less than a twentieth of their own size on average.
fn limb_leads_follow(columns: &[Vec<f64>]) -> bool {
    let derived: [fn(f64, f64) -> f64; 4] = [
        |one, two| two - one,
        |one, two| -(one + two) / 2.0,
        |one, two| one - two / 2.0,
        |one, two| two - one / 2.0,
    ];
    let (mut off, mut size) = (0.0, 0.0);
    for at in 0..columns[0].len() {
        for (column, derive) in columns[2..6].iter().zip(derived) {
            let distance = (column[at] - derive(columns[0][at], columns[1][at])).abs();
            if distance.is_finite() {
                off += distance;
                size += column[at].abs();
            }
        }
    }
    off <= 0.05 * size
}
