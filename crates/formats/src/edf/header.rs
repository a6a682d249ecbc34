//! The header: fixed fields of ASCII, then each field of all signals.

use crate::ReadErrorKind;
use crate::bytes::{Cursor, Endian, at};
use std::str::FromStr;

/// Bytes of the fixed part, and of each signal's fields.
pub(super) const BLOCK: usize = 256;

/// Most signals of a file.
const MOST_SIGNALS: usize = 2048;

/// A parsed header.
pub(super) struct Header {
    /// Bytes of a sample: 2, or 3 for BDF.
    pub(super) width: usize,
    pub(super) patient: String,
    pub(super) recording: String,
    pub(super) date: String,
    pub(super) time: String,
    /// EDF+: records follow each other without gaps (`Some(true)`) or may not.
    pub(super) continuous: Option<bool>,
    /// Number of data records; absent while it is −1, unknown.
    pub(super) records: Option<u64>,
    /// Seconds of a data record.
    pub(super) duration: f64,
    pub(super) signals: Vec<SignalHeader>,
}

/// The fields of one signal.
#[derive(Clone, Debug, Default)]
pub(super) struct SignalHeader {
    pub(super) label: String,
    pub(super) dimension: String,
    pub(super) physical: [f64; 2],
    pub(super) digital: [f64; 2],
    pub(super) filters: String,
    /// Samples in each data record.
    pub(super) samples: usize,
}

impl SignalHeader {
    pub(super) fn is_annotations(&self) -> bool {
        matches!(self.label.as_str(), "EDF Annotations" | "BDF Annotations")
    }
}

impl Header {
    /// Bytes of the header.
    pub(super) fn size(&self) -> usize {
        BLOCK * (1 + self.signals.len())
    }

    /// Bytes of a data record.
    pub(super) fn record_size(&self) -> u64 {
        let samples: u64 = self
            .signals
            .iter()
            .map(|signal| signal.samples as u64)
            .sum();
        samples * self.width as u64
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Header, ReadErrorKind> {
        let mut cursor = Cursor::new(bytes, 0, Endian::Little);
        let version = cursor.take(8, "version")?;
        let width = if version[0] == 0xff { 3 } else { 2 };
        let patient = cursor.text(80, "patient identification")?;
        let recording = cursor.text(80, "recording identification")?;
        let date = cursor.text(8, "start date")?;
        let time = cursor.text(8, "start time")?;
        let size: usize = number(&mut cursor, "size of the header")?;
        let reserved = cursor.text(44, "reserved field")?;
        let records_at = cursor.offset();
        let records: i64 = number(&mut cursor, "number of data records")?;
        let duration_at = cursor.offset();
        let duration: f64 = number(&mut cursor, "duration of a data record")?;
        let signals = signals(&mut cursor, size)?;
        if records < -1 {
            let expected = "a number, or -1 where unknown";
            return Err(at(records_at, "number of data records", expected, records));
        }
        if !(duration.is_finite() && duration >= 0.0) {
            let field = "duration of a data record";
            return Err(at(duration_at, field, "seconds", duration));
        }
        Ok(Header {
            width,
            patient,
            recording,
            date,
            time,
            continuous: continuous(&reserved),
            records: u64::try_from(records).ok(),
            duration,
            signals,
        })
    }
}

/// `EDF+C` or `EDF+D` (`BDF+…`) in the reserved field.
fn continuous(reserved: &str) -> Option<bool> {
    match reserved.get(..5)? {
        "EDF+C" | "BDF+C" => Some(true),
        "EDF+D" | "BDF+D" => Some(false),
        _ => None,
    }
}

fn signals(cursor: &mut Cursor<'_>, size: usize) -> Result<Vec<SignalHeader>, ReadErrorKind> {
    let offset = cursor.offset();
    let count = wide_number(cursor, 4, "number of signals")?;
    if !(1..=MOST_SIGNALS).contains(&count) {
        let expected = format!("1 to {MOST_SIGNALS}");
        return Err(at(offset, "number of signals", expected, count));
    }
    let expected = BLOCK * (1 + count);
    if size != expected {
        let expected = format!("{expected} bytes for {count} signals");
        return Err(at(184, "size of the header", expected, size));
    }
    let mut signals = vec![SignalHeader::default(); count];
    for signal in &mut signals {
        signal.label = cursor.text(16, "label")?;
    }
    cursor.take(80 * count, "transducer type")?;
    for signal in &mut signals {
        signal.dimension = cursor.text(8, "physical dimension")?;
    }
    for side in [0, 1] {
        for signal in &mut signals {
            signal.physical[side] = number(cursor, ["physical minimum", "physical maximum"][side])?;
        }
    }
    for side in [0, 1] {
        for signal in &mut signals {
            signal.digital[side] = number(cursor, ["digital minimum", "digital maximum"][side])?;
        }
    }
    for signal in &mut signals {
        signal.filters = cursor.text(80, "prefiltering")?;
    }
    for signal in &mut signals {
        signal.samples = number(cursor, "samples in a data record")?;
    }
    cursor.take(32 * count, "reserved field")?;
    Ok(signals)
}

/// A number of eight characters.
fn number<N: FromStr>(cursor: &mut Cursor<'_>, field: &'static str) -> Result<N, ReadErrorKind> {
    wide_number(cursor, 8, field)
}

/// A number of `width` characters, padded with spaces; a decimal comma is read as a point.
fn wide_number<N: FromStr>(
    cursor: &mut Cursor<'_>,
    width: usize,
    field: &'static str,
) -> Result<N, ReadErrorKind> {
    let offset = cursor.offset();
    let text = cursor.text(width, field)?;
    text.replace(',', ".")
        .parse()
        .map_err(|_| at(offset, field, "a number", text))
}
