//! Findings, and the check that every reader makes of its signals before it returns them.

mod codes;

pub use codes::FINDING_CODES;

use crate::{Leniency, ReadErrorKind, ReadOptions, Unit};
use coronet_ecg::{Channel, Ecg, Finding, Lead, Signal};
use std::collections::BTreeSet;

/// A finding of a kind with its message.
pub(crate) fn finding(code: &str, message: impl Into<String>) -> Finding {
    Finding {
        code: code.to_string(),
        message: message.into(),
    }
}

/// The channel of a signal by its name.
pub(crate) fn channel(name: &str) -> Channel {
    Lead::parse(name).map_or_else(|| Channel::Other(name.trim().to_string()), Channel::Lead)
}

/// A channel that is no lead with the unit it states: a quantity of its own where that is none of
/// voltage.
pub(crate) fn in_unit(channel: Channel, stated: Option<&str>) -> Channel {
    match (channel, stated) {
        (Channel::Other(name), Some(unit)) if Unit::parse(unit).is_none() => {
            let unit = match unit.trim() {
                "" => "unknown",
                unit => unit,
            };
            let unit = unit.to_string();
            Channel::Quantity { name, unit }
        }
        (channel, _) => channel,
    }
}

/// The finding of channels whose samples are in a unit that is none of voltage.
pub(crate) fn not_a_voltage(name: &str, unit: &str) -> Finding {
    let message = format!("{name}: samples are in `{unit}`, not in mV");
    finding("not-a-voltage", message)
}

/// An age of 0 is no age: devices write it where none was entered. Finding `age-zero`.
pub(crate) fn drop_zero_age(ecg: &mut Ecg) {
    if ecg.subject.age == Some(0.0) {
        ecg.subject.age = None;
        let message = "an age of 0 is taken as not stated, as devices write it";
        ecg.findings.push(finding("age-zero", message));
    }
}

/// The finding `parts-left-out` of parts of a file that cannot be read, the first few by name.
pub(crate) fn left_out(what: &str, faulty: &[(String, ReadErrorKind)]) -> Option<Finding> {
    const NAMED: usize = 5;
    let named = faulty.iter().take(NAMED);
    let named: Vec<String> = named.map(|(id, error)| format!("{id} ({error})")).collect();
    let more = match faulty.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let count = faulty.len();
    let message = format!("{count} {what} cannot be read: {}{more}", named.join("; "));
    (count > 0).then(|| finding("parts-left-out", message))
}

/// The name a channel goes by.
pub(crate) fn name(channel: &Channel) -> &str {
    channel.name()
}

/// Names of channels of which one thing is true, `I, II, V1`.
pub(crate) fn names<'c>(channels: impl IntoIterator<Item = &'c Channel>) -> String {
    let names: Vec<&str> = channels.into_iter().map(name).collect();
    names.join(", ")
}

/// An error in strict mode, a finding in lenient mode.
pub(crate) fn departure(
    code: &str,
    error: ReadErrorKind,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<(), ReadErrorKind> {
    match options.leniency {
        Leniency::Strict => Err(error),
        Leniency::Lenient => {
            findings.push(finding(code, error.to_string()));
            Ok(())
        }
    }
}

/// Makes the signals of one ECG a recording: at least one sample, equal lengths, each lead once.
///
/// `element` is where the signals stand in the file. Unequal lengths are refused, or cut to the
/// shortest in lenient mode (`lengths-differ`). A lead that comes twice is a finding
/// (`lead-repeated`); the first one is the lead, as [`coronet_ecg::Ecg::lead`] takes it.
pub(crate) fn check_signals(
    signals: &mut [Signal],
    element: &str,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<(), ReadErrorKind> {
    let lengths = signals.iter().map(|signal| signal.millivolts.len());
    let (shortest, longest) = (lengths.clone().min(), lengths.max());
    let (Some(shortest @ 1..), Some(longest)) = (shortest, longest) else {
        return Err(ReadErrorKind::Element {
            element: element.to_string(),
            expected: "at least one signal with samples".to_string(),
            got: "none".to_string(),
        });
    };
    if shortest != longest {
        let error = ReadErrorKind::Element {
            element: element.to_string(),
            expected: "signals of one length".to_string(),
            got: format!("{shortest} to {longest} samples"),
        };
        departure("lengths-differ", error, options, findings)?;
    }
    for signal in signals.iter_mut() {
        signal.millivolts.truncate(shortest);
    }
    let mut seen = BTreeSet::new();
    for signal in signals.iter() {
        let is_lead = matches!(signal.channel, Channel::Lead(_));
        if !seen.insert((is_lead, signal.channel.name())) {
            let message = format!("{} comes twice in {element}", name(&signal.channel));
            findings.push(finding("lead-repeated", message));
        }
    }
    Ok(())
}
