//! The header row of a table.

use crate::Unit;
use crate::finding::in_unit;
use coronet_ecg::{Channel, Lead};

/// Columns and what separates them.
pub(super) struct Columns {
    pub(super) delimiter: u8,
    pub(super) columns: Vec<Column>,
}

/// What one column holds.
pub(crate) enum Column {
    /// Time; the scale makes it seconds. Without a unit it is taken to be in seconds.
    Time { scale: f64, is_stated: bool },
    /// Samples, with the unit of the column's name.
    Signal {
        channel: Channel,
        unit: Option<Unit>,
    },
    /// A lead or a time in a unit that is not known.
    Unclear {
        is_lead: bool,
        /// What may stand there.
        expected: &'static str,
        /// The unit as it is written.
        got: String,
    },
}

impl Column {
    /// Whether it is one of the twelve leads, in whatever unit.
    pub(crate) fn is_lead(&self) -> bool {
        match self {
            Column::Time { .. } => false,
            Column::Signal { channel, .. } => matches!(channel, Channel::Lead(_)),
            Column::Unclear { is_lead, .. } => *is_lead,
        }
    }
}

/// What separates the cells of a header row: the most frequent of tab, semicolon and comma
/// outside quotation marks.
pub(super) fn delimiter(header: &str) -> u8 {
    let count = |delimiter: u8| {
        let mut quoted = false;
        let mut count = 0;
        for byte in header.bytes() {
            quoted ^= byte == b'"';
            count += usize::from(byte == delimiter && !quoted);
        }
        count
    };
    let delimiters = [b',', b';', b'\t'].into_iter().rev();
    delimiters
        .max_by_key(|&delimiter| count(delimiter))
        .unwrap_or(b',')
}

/// A reader of rows, which must all have the cells of the header.
pub(super) fn rows(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes())
}

impl Columns {
    /// Takes a header row apart.
    pub(super) fn parse(header: &str) -> Columns {
        let header = header.trim_start_matches('\u{feff}');
        let delimiter = delimiter(header);
        let mut row = rows(header, delimiter);
        let names = row.headers().map(csv::StringRecord::iter);
        let columns = names.into_iter().flatten().map(column).collect();
        Columns { delimiter, columns }
    }

    pub(super) fn has_lead(&self) -> bool {
        self.columns.iter().any(Column::is_lead)
    }
}

/// What a column of this name holds.
pub(crate) fn column(name: &str) -> Column {
    let (word, unit) = split_unit(name);
    let lower = word.to_lowercase();
    if ["time", "t"].contains(&lower.as_str()) {
        return time(unit);
    }
    if ["seconds", "sec", "second", "milliseconds"].contains(&lower.as_str()) {
        return time(unit.or(Some(&lower)));
    }
    match (Lead::parse(word), unit) {
        (Some(_), Some(text)) if Unit::parse(text).is_none() => Column::Unclear {
            is_lead: true,
            expected: "V, mV, µV or nV for a lead",
            got: text.to_string(),
        },
        (Some(lead), unit) => Column::Signal {
            channel: Channel::Lead(lead),
            unit: unit.and_then(Unit::parse),
        },
        (None, unit) => Column::Signal {
            channel: in_unit(Channel::Other(word.to_string()), unit),
            unit: unit.and_then(Unit::parse),
        },
    }
}

fn time(unit: Option<&str>) -> Column {
    let Some(text) = unit else {
        return Column::Time {
            scale: 1.0,
            is_stated: false,
        };
    };
    match seconds(&text.to_lowercase()) {
        Some(scale) => Column::Time {
            scale,
            is_stated: true,
        },
        None => Column::Unclear {
            is_lead: false,
            expected: "min, s, ms or µs for a time",
            got: text.to_string(),
        },
    }
}

/// Seconds of a unit of time in lower case.
fn seconds(unit: &str) -> Option<f64> {
    match unit {
        "min" | "minute" | "minutes" => Some(60.0),
        "s" | "sec" | "secs" | "second" | "seconds" => Some(1.0),
        "ms" | "msec" | "millisecond" | "milliseconds" => Some(1e-3),
        "us" | "usec" | "\u{b5}s" | "\u{3bc}s" | "microsecond" | "microseconds" => Some(1e-6),
        _ => None,
    }
}

/// `I (mV)`, `I [mV]`, `I_mV`, `I/mV`, `I mV`, `time, s` as name and unit.
fn split_unit(name: &str) -> (&str, Option<&str>) {
    if let Some(open) = name.find(['(', '[']) {
        let unit = name[open + 1..].trim_end_matches([')', ']']).trim();
        return (name[..open].trim_end_matches(['_', ' ']), Some(unit));
    }
    let is_unit =
        |text: &str| Unit::parse(text).is_some() || seconds(&text.to_lowercase()).is_some();
    match name.rsplit_once(['_', '/', ' ']) {
        Some((word, last)) if is_unit(last) => (word.trim_end_matches([' ', ',']), Some(last)),
        _ => (name, None),
    }
}
