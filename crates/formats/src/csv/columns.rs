//! The header row of a table.

use crate::Unit;
use coronet_ecg::{Channel, Lead};

/// Columns and what separates them.
pub(super) struct Columns {
    pub(super) delimiter: u8,
    pub(super) columns: Vec<Column>,
}

/// What one column holds.
pub(crate) enum Column {
    /// Time; the scale makes it seconds.
    Time { scale: f64 },
    /// Samples, with the unit of the column's name.
    Signal {
        channel: Channel,
        unit: Option<Unit>,
    },
}

impl Columns {
    /// Takes a header row apart; the separator is the most frequent of tab, semicolon, comma.
    pub(super) fn parse(header: &str) -> Columns {
        let header = header.trim_start_matches('\u{feff}');
        let count = |delimiter: u8| header.bytes().filter(|&byte| byte == delimiter).count();
        let delimiter = [b',', b';', b'\t']
            .into_iter()
            .rev()
            .max_by_key(|&delimiter| count(delimiter))
            .unwrap_or(b',');
        let columns = header
            .split(char::from(delimiter))
            .map(|name| column(name.trim().trim_matches('"').trim()))
            .collect();
        Columns { delimiter, columns }
    }

    pub(super) fn has_lead(&self) -> bool {
        self.columns.iter().any(|column| {
            matches!(
                column,
                Column::Signal {
                    channel: Channel::Lead(_),
                    ..
                }
            )
        })
    }

    /// Names of the leads whose column states no unit.
    pub(super) fn without_unit(&self) -> Vec<&str> {
        self.columns
            .iter()
            .filter_map(|column| match column {
                Column::Signal {
                    channel: Channel::Lead(lead),
                    unit: None,
                } => Some(lead.name()),
                _ => None,
            })
            .collect()
    }
}

/// What a column of this name holds.
pub(crate) fn column(name: &str) -> Column {
    let (word, unit) = split_unit(name);
    let lower = word.to_lowercase();
    if ["time", "t", "seconds", "sec", "second", "milliseconds"].contains(&lower.as_str()) {
        let unit = unit.unwrap_or(&lower).to_lowercase();
        let scale = match unit.as_str() {
            "ms" | "msec" | "millisecond" | "milliseconds" => 1e-3,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1e-6,
            _ => 1.0,
        };
        return Column::Time { scale };
    }
    let channel = Lead::parse(word).map_or_else(|| Channel::Other(word.to_string()), Channel::Lead);
    let unit = unit.and_then(Unit::parse);
    Column::Signal { channel, unit }
}

/// `I (mV)`, `I [mV]`, `I_mV`, `I/mV`, `I mV` as name and unit.
fn split_unit(name: &str) -> (&str, Option<&str>) {
    if let Some(open) = name.find(['(', '[']) {
        let unit = name[open + 1..].trim_end_matches([')', ']']).trim();
        return (name[..open].trim_end_matches(['_', ' ']), Some(unit));
    }
    if let Some((word, last)) = name.rsplit_once(['_', '/', ' ']) {
        let times = ["s", "sec", "ms", "msec", "us", "\u{b5}s"];
        if Unit::parse(last).is_some() || times.contains(&last.to_lowercase().as_str()) {
            return (word.trim(), Some(last));
        }
    }
    (name, None)
}
