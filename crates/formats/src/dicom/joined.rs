//! From multiplex groups to one recording.

use super::bounds::Syntax;
use super::channel::Definition;
use super::group::Group;
use super::stored::{self, Interpretation};
use super::tags::{self, wrong};
use crate::finding::{finding, names};
use crate::{ReadErrorKind, ReadOptions};
use coronet_ecg::{Channel, Finding, Hertz, Signal};

/// Chooses the groups that make the recording: the rhythm, which is the original group with the
/// most leads, then the longest; then original groups of the same rate with leads that are not
/// there yet. All others are named in a finding.
pub(super) fn choose<'g, 'o>(
    groups: &'g [Group<'o>],
    findings: &mut Vec<Finding>,
) -> Result<Vec<&'g Group<'o>>, ReadErrorKind> {
    let worth = |group: &Group<'_>| {
        let leads = group
            .definitions
            .iter()
            .filter(|definition| matches!(definition.channel, Channel::Lead(_)));
        (!group.derived, leads.count(), group.seconds())
    };
    let mut rhythm: Option<&Group<'_>> = None;
    for group in groups {
        if rhythm.is_none_or(|best| worth(best) < worth(group)) {
            rhythm = Some(group);
        }
    }
    let rhythm = rhythm.ok_or_else(|| wrong("WaveformSequence", "at least one item", "none"))?;
    let mut chosen = vec![rhythm];
    let mut left = Vec::new();
    for group in groups {
        if std::ptr::eq(group, rhythm) {
            continue;
        }
        if joins(group, &chosen) {
            chosen.push(group);
        } else {
            left.push(group.describe());
        }
    }
    if rhythm.derived {
        let message = format!("there is no rhythm, only {}", rhythm.describe());
        findings.push(finding("derived-waveform", message));
    }
    if !left.is_empty() {
        let message = format!("not read: {}", left.join(", "));
        findings.push(finding("groups-left-out", message));
    }
    Ok(chosen)
}

fn joins(group: &Group<'_>, chosen: &[&Group<'_>]) -> bool {
    let there = |channel: &Channel| {
        let mut definitions = chosen.iter().flat_map(|group| &group.definitions);
        definitions.any(|definition| definition.channel == *channel)
    };
    let apart = chosen[0].seconds() * 16_000.0;
    group.derived == chosen[0].derived
        && group.rate == chosen[0].rate
        && (group.offset - chosen[0].offset).abs() <= apart
        && group.samples <= 16 * chosen[0].samples
        && !group
            .definitions
            .iter()
            .any(|definition| there(&definition.channel))
}

/// Decodes the chosen groups onto one timeline; a lead is invalid where it was not recorded.
pub(super) fn signals(
    groups: &[&Group<'_>],
    syntax: &Syntax,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<(Hertz, Vec<Signal>), ReadErrorKind> {
    let rate = groups[0].rate;
    let first = groups
        .iter()
        .map(|group| group.offset)
        .fold(f64::INFINITY, f64::min);
    let place = |group: &Group<'_>| ((group.offset - first) * rate.get() / 1e3).round() as usize;
    let length = groups
        .iter()
        .map(|group| place(group) + group.samples)
        .max()
        .unwrap_or(0);
    check_extent(groups, length)?;
    if groups.iter().any(|group| place(group) != 0) {
        let message = "groups of leads were recorded one after the other";
        findings.push(finding("leads-not-simultaneous", message));
    }
    // All groups are decoded, and so their sizes checked, before any is lengthened.
    let mut decoded = Vec::with_capacity(groups.len());
    for group in groups {
        decoded.push(decode(group, syntax, options, findings)?);
    }
    let mut signals = Vec::new();
    for (group, decoded) in groups.iter().zip(decoded) {
        let start = place(group);
        for mut signal in decoded {
            if signal.millivolts.len() != length {
                let mut whole = vec![f64::NAN; length];
                whole[start..start + group.samples].copy_from_slice(&signal.millivolts);
                signal.millivolts = whole;
            }
            signals.push(signal);
        }
        notes(group, findings);
    }
    Ok((rate, signals))
}

/// Most samples of all channels together where groups lie beside each other on one timeline.
const MOST_SAMPLES: u64 = 1 << 26;

/// A timeline that is longer than its groups is filled with invalid samples, which no bytes of the
/// file stand for.
fn check_extent(groups: &[&Group<'_>], length: usize) -> Result<(), ReadErrorKind> {
    let channels = groups.iter().map(|group| group.definitions.len() as u64);
    let samples = channels.sum::<u64>().saturating_mul(length as u64);
    let is_longer = groups.iter().any(|group| group.samples < length);
    if is_longer && samples > MOST_SAMPLES {
        let element = "WaveformSequence/MultiplexGroupTimeOffset";
        let expected = format!("at most {MOST_SAMPLES} samples of all channels on one timeline");
        return Err(wrong(element, &expected, samples.to_string()));
    }
    Ok(())
}

fn decode(
    group: &Group<'_>,
    syntax: &Syntax,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Signal>, ReadErrorKind> {
    let stored = group.interpretation;
    let channels = group.definitions.len();
    let bytes = stored::little_endian(
        group.object,
        tags::WAVEFORM_DATA,
        stored.width,
        syntax.endian,
    )
    .ok_or_else(|| {
        let element = format!("{}/WaveformData", group.name);
        wrong(element, "bytes or words", "nothing")
    })?;
    let expected = (channels as u64)
        .saturating_mul(group.samples as u64)
        .saturating_mul(stored.width as u64);
    stored::check_length(&group.name, expected, bytes.len() as u64, findings)?;
    let padding = stored::little_endian(
        group.object,
        tags::PADDING_VALUE,
        stored.width,
        syntax.endian,
    )
    .and_then(|bytes| bytes.get(..stored.width).map(|bytes| stored.value(bytes)));
    let frame = channels * stored.width;
    let mut signals = Vec::with_capacity(channels);
    let mut extended = Vec::new();
    for (index, definition) in group.definitions.iter().enumerate() {
        let scale = definition.scale(options, findings)?;
        let at = index * stored.width;
        let raw = || {
            let frames = bytes.chunks_exact(frame).take(group.samples);
            frames.map(|frame| stored.value(&frame[at..at + stored.width]))
        };
        let spare = spare_bits(definition, stored, raw());
        if spare > 0 {
            extended.push(&definition.channel);
        }
        let millivolts = raw().map(|raw| match padding {
            Some(padding) if raw == padding => f64::NAN,
            _ => scale.millivolts((raw << spare) >> spare),
        });
        signals.push(Signal {
            channel: definition.channel.clone(),
            millivolts: millivolts.collect(),
        });
    }
    if !extended.is_empty() {
        let names = names(extended);
        let message = format!("signs were not extended beyond the bits stored: {names}");
        findings.push(finding("sign-extended", message));
    }
    Ok(signals)
}

/// Bits by which to shift up and down to extend the sign, where signed samples use fewer bits
/// than are allocated and the file left the rest 0 (PS3.3 C.10.9.1.4.8 wants the sign there).
fn spare_bits(
    definition: &Definition,
    stored: Interpretation,
    raw: impl Iterator<Item = i64>,
) -> u32 {
    let allocated = 8 * stored.width as u32;
    let Some(bits) = definition
        .bits
        .filter(|bits| stored.signed && (1..allocated).contains(bits))
    else {
        return 0;
    };
    let limit = 1_i64 << bits;
    let (mut beyond, mut fits) = (false, true);
    for raw in raw {
        beyond |= raw >= limit / 2;
        fits &= (0..limit).contains(&raw);
    }
    if beyond && fits { 64 - bits } else { 0 }
}

/// What the channels say besides their samples.
fn notes(group: &Group<'_>, findings: &mut Vec<Finding>) {
    let mut filters: Vec<&str> = group
        .definitions
        .iter()
        .filter_map(|definition| definition.filters.as_deref())
        .collect();
    filters.dedup();
    if !filters.is_empty() {
        findings.push(finding("filters-stated", filters.join("; ")));
    }
    for definition in &group.definitions {
        let name = crate::finding::name(&definition.channel);
        if let Some(skew) = &definition.skew {
            let message = format!("{name}: skew of {skew}, not corrected");
            findings.push(finding("channel-skew", message));
        }
        if let Some(meaning) = &definition.contradicted {
            let message = format!("the code says {name}, its meaning `{meaning}`; the code counts");
            findings.push(finding("lead-contradicted", message));
        }
    }
}
