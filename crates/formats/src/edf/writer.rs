//! EDF+ files.

use super::annotations;
use super::header::BLOCK;
use super::identification::{write_patient, write_recording};
use crate::finding::{finding, name};
use crate::quantise::{Quantised, quantise, rounded};
use crate::{WriteError, atomic};
use coronet_ecg::{Channel, Ecg, Finding, Signal};
use std::borrow::Cow;
use std::path::Path;

/// Largest digital magnitude.
const LARGEST: i32 = 32_767;

/// Bytes that a data record should not exceed.
const RECORD: usize = 61_440;

/// Writes EDF+C, aside and then renamed, and says what of the recording it could not hold.
///
/// Signals are 16-bit in microvolts, other quantities in their unit, with the largest step that keeps every sample exact, where
/// there is one. A recording that is no whole number of data records ends with the standard
/// annotation `Recording ends`.
///
/// # Errors
///
/// When there is an invalid sample, which EDF cannot mark, a rate that no data record of decimal
/// duration has, an amplitude beyond 16 bits, signals that differ in length, or the system
/// refuses.
pub fn write(path: &Path, ecg: &Ecg) -> Result<Vec<Finding>, WriteError> {
    check(ecg)?;
    let mut lost = Vec::new();
    let columns: Vec<Column> = ecg
        .signals
        .iter()
        .map(|signal| Column::of(signal, &mut lost))
        .collect::<Result<_, _>>()?;
    let records = Records::of(ecg)?;
    facts(ecg, &mut lost);
    let mut bytes = header(ecg, &columns, &records, &mut lost).into_bytes();
    for record in 0..records.count {
        for column in &columns {
            for at in record * records.samples..(record + 1) * records.samples {
                let last = column.units.len() - 1;
                bytes.extend_from_slice(&column.units[at.min(last)].to_le_bytes());
            }
        }
        bytes.extend_from_slice(&records.annotation(record));
    }
    atomic::write(path, &bytes)?;
    Ok(lost)
}

fn check(ecg: &Ecg) -> Result<(), WriteError> {
    let value = |field, expected: &str, got: String| WriteError::Value {
        field,
        expected: expected.to_string(),
        got,
    };
    if ecg.is_empty() {
        return Err(value("samples", "at least one", "0".to_string()));
    }
    for signal in &ecg.signals {
        let length = signal.millivolts.len();
        if length != ecg.len() {
            let expected = ecg.len().to_string();
            return Err(value("samples of a signal", &expected, length.to_string()));
        }
        let invalid = signal
            .millivolts
            .iter()
            .filter(|sample| !sample.is_finite());
        let count = invalid.count();
        if count > 0 {
            let got = format!("{count} in {}", name(&signal.channel));
            return Err(value("invalid samples", "none, EDF cannot mark them", got));
        }
    }
    Ok(())
}

/// A signal as it is stored.
struct Column {
    label: String,
    unit: String,
    /// Physical value of the largest digital one, in this unit.
    physical: String,
    digital: i32,
    units: Vec<i16>,
}

impl Column {
    fn of(signal: &Signal, lost: &mut Vec<Finding>) -> Result<Column, WriteError> {
        let label = label(&signal.channel, lost);
        let unit = match &signal.channel {
            Channel::Quantity { unit, .. } => field(unit, 8, "unit", lost),
            Channel::Lead(_) | Channel::Other(_) => "uV".to_string(),
        };
        let signal = &in_thousandths(signal);
        let mut stored = quantise(signal, LARGEST);
        let mut limits = limits(&stored);
        if limits.is_none() {
            stored = coarser(signal);
            limits = self::limits(&stored);
        }
        let (digital, physical) = limits.ok_or_else(|| WriteError::Value {
            field: "amplitude",
            expected: format!("between 0.0001 {unit} and 9999999 {unit}"),
            got: format!(
                "{} {unit} in {label}",
                f64::from(greatest(&stored)) * stored.step
            ),
        })?;
        if !stored.exact {
            let message = format!(
                "{label}: stored in steps of {} {unit}, off by at most {:.3} {unit}",
                stored.step, stored.error
            );
            lost.push(finding("rounded", message));
        }
        let units = stored.units.iter().map(|unit| unit.unwrap_or(0) as i16);
        Ok(Column {
            label,
            unit,
            physical,
            digital,
            units: units.collect(),
        })
    }
}

/// A signal whose thousandfold is in the unit to be written: millivolts as they are, other
/// quantities divided.
fn in_thousandths(signal: &Signal) -> Cow<'_, Signal> {
    if !matches!(signal.channel, Channel::Quantity { .. }) {
        return Cow::Borrowed(signal);
    }
    let mut scaled = signal.clone();
    for value in &mut scaled.millivolts {
        *value /= 1e3;
    }
    Cow::Owned(scaled)
}

/// The signal in a step whose limits fit the eight characters of their field.
fn coarser(signal: &Signal) -> Quantised {
    let mut most = LARGEST;
    loop {
        let stored = rounded(signal, most);
        if limits(&stored).is_some() || most < 100 {
            return stored;
        }
        most /= 2;
    }
}

fn greatest(stored: &Quantised) -> i32 {
    let units = stored.units.iter().flatten();
    units.map(|unit| unit.abs()).max().unwrap_or(0)
}

/// The largest digital limit whose physical value eight characters hold exactly, with its sign.
fn limits(stored: &Quantised) -> Option<(i32, String)> {
    let least = greatest(stored).max(1);
    if f64::from(least) * stored.step > 9_999_999.0 {
        return None;
    }
    (least..=LARGEST).rev().find_map(|digital| {
        let physical = f64::from(digital) * stored.step;
        let text = (0..6)
            .map(|decimals| format!("{physical:.decimals$}"))
            .find(|text| {
                text.parse::<f64>()
                    .is_ok_and(|read| (read / physical - 1.0).abs() < 1e-13)
            })?;
        (text.len() < 8).then_some((digital, text))
    })
}

fn label(channel: &Channel, lost: &mut Vec<Finding>) -> String {
    match channel {
        Channel::Lead(lead) => format!("ECG {}", lead.name()),
        Channel::Other(name) | Channel::Quantity { name, .. } => field(name, 16, "label", lost),
    }
}

/// A text in a field of so many characters, with a finding where it is another text there.
fn field(text: &str, most: usize, what: &str, lost: &mut Vec<Finding>) -> String {
    let field: String = ascii(text).chars().take(most).collect();
    if field != text {
        let message = format!("{what} `{text}` is `{field}` in EDF");
        lost.push(finding("not-held", message));
    }
    field
}

fn ascii(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if (' '..='~').contains(&letter) {
                letter
            } else {
                '?'
            }
        })
        .collect()
}

/// How the samples are cut into data records.
struct Records {
    count: usize,
    /// Samples of each signal in a record.
    samples: usize,
    /// Seconds of a record, in eight characters.
    duration: String,
    /// Seconds at which the recording ends within the last record.
    end: Option<String>,
    /// Fraction of the second at which the recording starts.
    fraction: f64,
}

/// Bytes of the annotation signal in a record.
const ANNOTATIONS: usize = 64;

impl Records {
    /// Records of whole seconds where they come out even, else of any even part, else of whole
    /// seconds with the end marked.
    fn of(ecg: &Ecg) -> Result<Records, WriteError> {
        let rate = ecg.rate.get();
        let length = ecg.len();
        let most = (RECORD - ANNOTATIONS) / (2 * ecg.signals.len().max(1));
        let whole = (1..=1000_u32).find_map(|seconds| {
            let samples = rate * f64::from(seconds);
            let even = (samples - samples.round()).abs() < 1e-9 * samples;
            let fits = samples >= 1.0 && samples <= most as f64;
            (even && fits).then(|| (samples.round() as usize, seconds.to_string()))
        });
        // A last record that is mostly padding would be longer than what was recorded.
        let padded = whole
            .clone()
            .filter(|(samples, _)| length.div_ceil(*samples) * samples <= 2 * length.max(1 << 16));
        let of_length = |samples: usize| {
            let divides = length.is_multiple_of(samples);
            Some((samples, divides.then(|| duration(samples, rate)).flatten()?))
        };
        let even = whole
            .clone()
            .filter(|(samples, _)| length.is_multiple_of(*samples))
            .or_else(|| {
                (1..=most.min(length))
                    .rev()
                    .find_map(of_length)
                    .filter(|(samples, _)| *samples * 8 >= most.min(length))
            });
        let (samples, duration) = even.or(padded).ok_or_else(|| WriteError::Value {
            field: "rate",
            expected: format!(
                "a rate whose data records of at most {most} samples last a decimal number of seconds"
            ),
            got: rate.to_string(),
        })?;
        let count = length.div_ceil(samples);
        let fraction = ecg
            .start
            .map_or(0.0, |start| f64::from(start.subsec_nanosecond()) / 1e9);
        let seconds = format!("{:.9}", length as f64 / rate + fraction);
        Ok(Records {
            count,
            samples,
            duration,
            end: (count * samples != length).then_some(seconds),
            fraction,
        })
    }

    fn annotation(&self, record: usize) -> Vec<u8> {
        let duration: f64 = self
            .duration
            .parse()
            .expect("a written duration parses, this is a bug");
        let onset = format!("{:.9}", record as f64 * duration + self.fraction);
        let onset = onset.trim_end_matches('0').trim_end_matches('.');
        let end = self.end.as_deref().filter(|_| record + 1 == self.count);
        let mut bytes = annotations::write(onset, end).into_bytes();
        bytes.resize(ANNOTATIONS, 0);
        bytes
    }
}

/// Seconds of so many samples in at most eight characters, if they hold them.
fn duration(samples: usize, rate: f64) -> Option<String> {
    let seconds = samples as f64 / rate;
    (0..7)
        .map(|decimals| format!("{seconds:.decimals$}"))
        .find(|text| {
            let read: f64 = text.parse().unwrap_or(0.0);
            text.len() <= 8 && (read / seconds - 1.0).abs() < 1e-12
        })
}

/// Characters of a field of signals, what a signal has there, and what the annotations have.
type Row = (usize, fn(&Column) -> String, &'static str);

fn header(ecg: &Ecg, columns: &[Column], records: &Records, lost: &mut Vec<Finding>) -> String {
    let signals = columns.len() + 1;
    let mut text = String::new();
    let mut put = |field: &str, width: usize| {
        let field: String = field.chars().take(width).collect();
        text += &format!("{field:width$}");
    };
    put("0", 8);
    put(&write_patient(&ecg.subject, lost), 80);
    put(&write_recording(ecg, lost), 80);
    let (day, time) = start(ecg);
    lost.extend(crate::start::lost(ecg));
    put(&day, 8);
    put(&time, 8);
    put(&(BLOCK * (1 + signals)).to_string(), 8);
    put("EDF+C", 44);
    put(&records.count.to_string(), 8);
    put(&records.duration, 8);
    put(&signals.to_string(), 4);
    let rows: [Row; 8] = [
        (16, |column| column.label.clone(), "EDF Annotations"),
        (80, |_| String::new(), ""),
        (8, |column| column.unit.clone(), ""),
        (8, |column| format!("-{}", column.physical), "-1"),
        (8, |column| column.physical.clone(), "1"),
        (8, |column| (-column.digital).to_string(), "-32768"),
        (8, |column| column.digital.to_string(), "32767"),
        (80, |_| String::new(), ""),
    ];
    for (width, of_column, of_annotations) in rows {
        for column in columns {
            put(&of_column(column), width);
        }
        put(of_annotations, width);
    }
    for _ in columns {
        put(&records.samples.to_string(), 8);
    }
    put(&(ANNOTATIONS / 2).to_string(), 8);
    for _ in 0..signals {
        put("", 32);
    }
    text
}

/// Date and time of the fixed fields; 1985 is the year of a date that is not known (EDF+ § 2.1.3).
fn start(ecg: &Ecg) -> (String, String) {
    let Some(start) = ecg.start else {
        return ("01.01.85".to_string(), "00.00.00".to_string());
    };
    let year = match start.year() {
        1985..=2084 => format!("{:02}", start.year() % 100),
        _ => "yy".to_string(),
    };
    (
        format!("{:02}.{:02}.{year}", start.day(), start.month()),
        format!(
            "{:02}.{:02}.{:02}",
            start.hour(),
            start.minute(),
            start.second()
        ),
    )
}

fn facts(ecg: &Ecg, lost: &mut Vec<Finding>) {
    let facts = [
        ("age", ecg.subject.age.is_some()),
        ("height", ecg.subject.height.is_some()),
        ("weight", ecg.subject.weight.is_some()),
        ("race", ecg.subject.race.is_some()),
    ];
    let stated = facts.iter().filter(|(_, stated)| *stated);
    let names: Vec<&str> = stated.map(|(name, _)| *name).collect();
    if !names.is_empty() {
        let message = format!("EDF does not hold: {}", names.join(", "));
        lost.push(finding("not-held", message));
    }
}
