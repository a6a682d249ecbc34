//! A channel definition: which lead, and how numbers become millivolts (PS3.3 C.10.9.1.4).

use super::tags::{self, number, text, wrong};
use crate::finding::{finding, in_unit};
use crate::{ReadErrorKind, ReadOptions, Unit, lead_code};
use coronet_ecg::{Channel, Finding, Lead};
use dicom_object::{InMemDicomObject, Tag};

/// What a channel says of itself.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    /// Path of the definition, for messages.
    element: String,
    pub(super) channel: Channel,
    /// The meaning beside a code that says something else.
    pub(super) contradicted: Option<String>,
    sensitivity: Option<f64>,
    unit: Option<String>,
    correction: f64,
    baseline: f64,
    pub(super) bits: Option<u32>,
    /// Skew in seconds or samples, as written.
    pub(super) skew: Option<String>,
    /// Filters in words.
    pub(super) filters: Option<String>,
}

/// Numbers to millivolts: raw · sensitivity · correction + baseline, in the unit of sensitivity.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    factor: f64,
    baseline: f64,
    unit: Unit,
}

impl Scale {
    pub(super) fn millivolts(self, raw: i64) -> f64 {
        self.unit
            .to_millivolts(raw as f64 * self.factor + self.baseline)
    }
}

impl Definition {
    pub(super) fn parse(
        item: &InMemDicomObject,
        group: &str,
        index: usize,
    ) -> Result<Definition, ReadErrorKind> {
        let element = format!("{group}/ChannelDefinitionSequence[{index}]");
        let parsed = |tag: Tag, keyword: &str| {
            number(item, tag)
                .map_err(|text| wrong(format!("{element}/{keyword}"), "a number", text))
        };
        let source = tags::item(item, tags::CHANNEL_SOURCE);
        let label = text(item, tags::CHANNEL_LABEL);
        let (channel, contradicted) = channel(source, label, index);
        let units = tags::item(item, tags::SENSITIVITY_UNITS);
        let unit = units.and_then(|units| text(units, tags::CODE_VALUE));
        let sensitivity = parsed(tags::SENSITIVITY, "ChannelSensitivity")?;
        let stated = sensitivity.map(|_| unit.as_deref().unwrap_or_default());
        Ok(Definition {
            channel: in_unit(channel, stated),
            contradicted,
            sensitivity,
            unit,
            correction: parsed(
                tags::SENSITIVITY_CORRECTION,
                "ChannelSensitivityCorrectionFactor",
            )?
            .unwrap_or(1.0),
            baseline: parsed(tags::BASELINE, "ChannelBaseline")?.unwrap_or(0.0),
            bits: parsed(tags::BITS_STORED, "WaveformBitsStored")?.map(|bits| bits as u32),
            skew: skew(item),
            filters: filters(item),
            element,
        })
    }

    /// The scale of the channel.
    pub(super) fn scale(
        &self,
        options: &ReadOptions,
        findings: &mut Vec<Finding>,
    ) -> Result<Scale, ReadErrorKind> {
        let lead = matches!(self.channel, Channel::Lead(_));
        let name = crate::finding::name(&self.channel);
        let Some(sensitivity) = self.sensitivity else {
            let Some(unit) = options.unit else {
                let element = format!("{}/ChannelSensitivity", self.element);
                return Err(wrong(element, "a number", "nothing"));
            };
            let message = format!("{name}: no sensitivity, taken as one unit as stated");
            findings.push(finding("unit-not-stated", message));
            return Ok(Scale {
                factor: 1.0,
                baseline: 0.0,
                unit,
            });
        };
        let factor = sensitivity * self.correction;
        if factor == 0.0 || !factor.is_finite() {
            let element = format!("{}/ChannelSensitivity", self.element);
            let got = format!("{sensitivity} · {}", self.correction);
            return Err(wrong(element, "a number other than 0", got));
        }
        let stated = self.unit.as_deref().unwrap_or_default();
        let unit = match (Unit::parse(stated), lead) {
            (Some(unit), _) => unit,
            (None, true) => {
                let element = format!("{}/ChannelSensitivityUnitsSequence", self.element);
                return Err(wrong(element, "a unit of voltage for an ECG lead", stated));
            }
            (None, false) => {
                let message = format!("{name}: samples are in `{stated}`, not in mV");
                findings.push(finding("not-a-voltage", message));
                Unit::Millivolt
            }
        };
        Ok(Scale {
            factor,
            baseline: self.baseline,
            unit,
        })
    }
}

/// The lead by the code of its source, else by its meaning or label; and a meaning that names
/// another lead than the code.
fn channel(
    source: Option<&InMemDicomObject>,
    label: Option<String>,
    index: usize,
) -> (Channel, Option<String>) {
    let part = |tag| source.and_then(|source| text(source, tag));
    let meaning = part(tags::CODE_MEANING);
    let named = meaning.as_deref().and_then(Lead::parse);
    let code = part(tags::CODE_VALUE).and_then(|code| Code::of(&code));
    let Some(code) = code else {
        let labelled = || label.as_deref().and_then(Lead::parse);
        let channel = match named.or_else(labelled) {
            Some(lead) => Channel::Lead(lead),
            None => {
                let name = label.or(meaning);
                Channel::Other(name.unwrap_or_else(|| format!("channel {}", index + 1)))
            }
        };
        return (channel, None);
    };
    let words = [meaning.clone(), label].into_iter().flatten();
    let other = words.into_iter().find(|word| Lead::parse(word).is_none());
    let channel = code.channel(other);
    let contradicts = named.is_some_and(|named| channel != Channel::Lead(named));
    (channel, meaning.filter(|_| contradicts))
}

/// A code of SCP-ECG (`5.6.3-9-1`) or ISO 11073-10101 (`2:1`, `131073`, `MDC_ECG_LEAD_I`), other
/// than that of a lead which is not specified.
enum Code {
    Number(u32),
    Name(String),
}

impl Code {
    fn of(code: &str) -> Option<Code> {
        let number = |text: &str| text.parse().ok().map(Code::Number);
        let code = match code.strip_prefix("5.6.3-9-").or(code.strip_prefix("2:")) {
            Some(rest) => number(rest),
            None if code.len() == 6 && code.starts_with("131") => number(code),
            None => code
                .starts_with("MDC_ECG_")
                .then(|| Code::Name(code.to_string())),
        };
        code.filter(
            |code| !matches!(code, Code::Number(number) if lead_code::is_unspecified(*number)),
        )
    }

    /// The channel that is coded; one that is none of the twelve leads goes by the name of the
    /// code, else by the words beside it.
    fn channel(&self, words: Option<String>) -> Channel {
        match self {
            Code::Number(number) => lead_code::named(*number)
                .unwrap_or_else(|| words.map_or(lead_code::channel(*number), Channel::Other)),
            Code::Name(name) => Lead::parse(name).map_or_else(
                || Channel::Other(words.unwrap_or_else(|| name.clone())),
                Channel::Lead,
            ),
        }
    }
}

/// Skew other than 0, which is noted and not corrected.
fn skew(item: &InMemDicomObject) -> Option<String> {
    [(tags::TIME_SKEW, "s"), (tags::SAMPLE_SKEW, "samples")]
        .iter()
        .find_map(|&(tag, unit)| {
            let skew = number(item, tag).ok().flatten()?;
            (skew != 0.0).then(|| format!("{skew} {unit}"))
        })
}

fn filters(item: &InMemDicomObject) -> Option<String> {
    let named = [
        (tags::FILTER_LOW, "high-pass"),
        (tags::FILTER_HIGH, "low-pass"),
        (tags::FILTER_NOTCH, "notch"),
    ];
    let words: Vec<String> = named
        .iter()
        .filter_map(|&(tag, name)| {
            let hertz = number(item, tag).ok().flatten()?;
            (hertz > 0.0).then(|| format!("{name} {hertz} Hz"))
        })
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}
