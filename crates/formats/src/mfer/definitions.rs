//! What the definitions say.

use super::items::{self, Item};
use crate::ReadErrorKind;
use crate::bytes::{Endian, at, stated, text};
use crate::lead_code;
use coronet_ecg::{Channel, Device, Lead, Sex, Subject};
use jiff::civil::{Date, DateTime, Time};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Most channels of a frame.
const MOST_CHANNELS: u64 = 1024;

/// A number as unit, power of ten and mantissa.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scaled {
    pub(super) unit: u8,
    pub(super) value: f64,
}

/// The description of a channel, as far as it is given at one level.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes {
    pub(super) block: Option<u64>,
    pub(super) sequences: Option<u64>,
    pub(super) waveform: Option<u64>,
    pub(super) lead: Option<Channel>,
    pub(super) data_type: Option<u8>,
    pub(super) interval: Option<Scaled>,
    pub(super) resolution: Option<Scaled>,
    /// Bytes of the offset and of the value of invalid samples, of the channel's data type.
    pub(super) offset: Option<Vec<u8>>,
    pub(super) invalid: Option<Vec<u8>>,
}

/// Everything in force at a place of the file.
pub(super) struct Definitions {
    pub(super) endian: Endian,
    pub(super) channels: usize,
    /// For all channels.
    pub(super) common: Attributes,
    /// Where a channel differs.
    pub(super) own: BTreeMap<usize, Attributes>,
    pub(super) subject: Subject,
    pub(super) device: Device,
    pub(super) start: Option<DateTime>,
    pub(super) filters: Vec<String>,
    /// Nanoseconds of skew, where not 0.
    pub(super) skew: Option<u64>,
}

impl Default for Definitions {
    fn default() -> Definitions {
        Definitions {
            endian: Endian::Big,
            channels: 1,
            common: Attributes::default(),
            own: BTreeMap::new(),
            subject: Subject::default(),
            device: Device::default(),
            start: None,
            filters: Vec::new(),
            skew: None,
        }
    }
}

impl Definitions {
    /// Takes a definition outside of frames.
    pub(super) fn take(&mut self, item: &Item<'_>) -> Result<(), ReadErrorKind> {
        let value = item.value;
        let offset = item.offset as u64;
        match item.tag {
            items::BYTE_ORDER => self.endian = byte_order(value, offset)?,
            items::CHANNELS => {
                let count = self.number(value, offset, "number of channels")?;
                if !(1..=MOST_CHANNELS).contains(&count) {
                    let expected = format!("1 to {MOST_CHANNELS}");
                    return Err(at(offset, "number of channels", expected, count));
                }
                self.channels = count as usize;
                self.own.clear();
            }
            items::CHANNEL => self.channel(item)?,
            items::GROUP => {
                let mut inner = item.items()?;
                while let Some(inner) = inner.next()? {
                    self.take(&inner)?;
                }
            }
            items::COMPRESSION if value.iter().any(|&byte| byte != 0) => {
                return Err(ReadErrorKind::NotSupported {
                    what: "MFER compression",
                    got: format!(
                        "code {}",
                        self.endian.unsigned(&value[..value.len().min(2)])
                    ),
                });
            }
            items::FILTER => self.filters.extend(stated(text(value))),
            items::SKEW if value.len() <= 8 => {
                let skew = self.endian.unsigned(value);
                self.skew = self.skew.or((skew > 0).then_some(skew));
            }
            items::MANUFACTURER => self.manufacturer(&text(value)),
            items::PATIENT_NAME => self.subject.name = name(&text(value)),
            items::PATIENT_ID => {
                let first = text(value);
                let first = first.split('^').next().unwrap_or_default();
                self.subject.patient_id = stated(first.trim().to_string());
            }
            items::AGE => self.age(value),
            items::SEX => {
                self.subject.sex = match value.first() {
                    Some(1) => Some(Sex::Male),
                    Some(2) => Some(Sex::Female),
                    _ => None,
                };
            }
            items::TIME => self.start = self.time(value),
            _ => attribute(&mut self.common, item, self.endian)?,
        }
        Ok(())
    }

    /// What is in force for each channel of a frame; `left` is how many may still be described.
    pub(super) fn in_force(
        &self,
        frame: &Item<'_>,
        left: &mut usize,
    ) -> Result<Rc<[Attributes]>, ReadErrorKind> {
        *left = left.checked_sub(self.channels).ok_or_else(|| {
            let expected = "fewer changes of definitions between frames";
            at(
                frame.offset as u64,
                "waveform data",
                expected,
                self.channels,
            )
        })?;
        let common = &self.common;
        let channel = |channel: usize| {
            let own = self.own.get(&channel).cloned().unwrap_or_default();
            Attributes {
                block: own.block.or(common.block),
                sequences: own.sequences.or(common.sequences),
                waveform: own.waveform.or(common.waveform),
                // A lead that is given once is that of the first channel.
                lead: own
                    .lead
                    .or_else(|| common.lead.clone().filter(|_| channel == 0)),
                data_type: own.data_type.or(common.data_type),
                interval: own.interval.or(common.interval),
                resolution: own.resolution.or(common.resolution),
                offset: own.offset.or_else(|| common.offset.clone()),
                invalid: own.invalid.or_else(|| common.invalid.clone()),
            }
        };
        Ok((0..self.channels).map(channel).collect())
    }

    fn channel(&mut self, item: &Item<'_>) -> Result<(), ReadErrorKind> {
        if item.channel >= self.channels {
            let expected = format!("a channel below {}", self.channels);
            let offset = item.offset as u64;
            return Err(at(
                offset,
                "channel of an attribute",
                expected,
                item.channel,
            ));
        }
        let mut inner = item.items()?;
        let own = self.own.entry(item.channel).or_default();
        while let Some(item) = inner.next()? {
            attribute(own, &item, self.endian)?;
        }
        Ok(())
    }

    fn number(&self, value: &[u8], offset: u64, field: &'static str) -> Result<u64, ReadErrorKind> {
        number(value, offset, field, self.endian)
    }

    /// Manufacturer, model, version and serial number, parted by `^`.
    fn manufacturer(&mut self, text: &str) {
        let mut parts = text.split('^').map(|part| stated(part.trim().to_string()));
        self.device.manufacturer = parts.next().flatten();
        self.device.model = parts.next().flatten();
        self.device.software = parts.next().flatten();
        self.device.serial = parts.next().flatten();
    }

    /// Years, days, and the date of birth.
    fn age(&mut self, value: &[u8]) {
        let days = value.get(1..3).map_or(0, |days| self.endian.unsigned(days));
        let years = value.first().copied().unwrap_or(0);
        if years > 0 || days > 0 {
            self.subject.age = Some(f64::from(years) + days as f64 / 365.25);
        }
        self.subject.birth_date = value.get(3..7).and_then(|date| self.date(date));
    }

    fn date(&self, value: &[u8]) -> Option<Date> {
        let year = i16::try_from(self.endian.unsigned(value.get(..2)?)).ok()?;
        let part = |at: usize| i8::try_from(*value.get(at)?).ok();
        Date::new(year, part(2)?, part(3)?)
            .ok()
            .filter(|_| year > 0)
    }

    /// Date, hour, minute, second, milliseconds and microseconds.
    fn time(&self, value: &[u8]) -> Option<DateTime> {
        let date = self.date(value)?;
        let part = |at: usize| i8::try_from(*value.get(at)?).ok();
        let fraction = |range| value.get(range).map_or(0, |two| self.endian.unsigned(two));
        let microseconds = fraction(7..9) * 1000 + fraction(9..11);
        let nanoseconds = i32::try_from(microseconds * 1000).ok()?;
        let time = Time::new(part(4)?, part(5)?, part(6)?, nanoseconds).ok()?;
        Some(date.to_datetime(time))
    }
}

/// Takes a definition that may differ from channel to channel; an empty value takes it back.
fn attribute(
    attributes: &mut Attributes,
    item: &Item<'_>,
    endian: Endian,
) -> Result<(), ReadErrorKind> {
    let (value, offset) = (item.value, item.offset as u64);
    let number = |field| match value.is_empty() {
        true => Ok(None),
        false => number(value, offset, field, endian).map(Some),
    };
    match item.tag {
        items::BLOCK => attributes.block = number("length of a data block")?,
        items::SEQUENCES => attributes.sequences = number("number of sequences")?,
        items::WAVEFORM => {
            attributes.waveform = value
                .get(..2.min(value.len()))
                .map(|two| endian.unsigned(two));
        }
        items::LEAD => attributes.lead = lead(value, endian),
        items::DATA_TYPE => attributes.data_type = value.first().copied(),
        items::INTERVAL => attributes.interval = scaled(value, offset, "interval", endian)?,
        items::RESOLUTION => attributes.resolution = scaled(value, offset, "resolution", endian)?,
        items::OFFSET => attributes.offset = sample(value),
        items::INVALID => attributes.invalid = sample(value),
        _ => {}
    }
    Ok(())
}

/// Bytes of a sample; no type has more than eight, one more shows that these are too many.
fn sample(value: &[u8]) -> Option<Vec<u8>> {
    (!value.is_empty()).then(|| value[..value.len().min(9)].to_vec())
}

fn byte_order(value: &[u8], offset: u64) -> Result<Endian, ReadErrorKind> {
    match value {
        [] | [0] => Ok(Endian::Big),
        [1] => Ok(Endian::Little),
        other => Err(at(offset, "byte order", "0 or 1", format!("{other:?}"))),
    }
}

fn number(
    value: &[u8],
    offset: u64,
    field: &'static str,
    endian: Endian,
) -> Result<u64, ReadErrorKind> {
    match value.len() {
        1..=4 => Ok(endian.unsigned(value)),
        other => Err(at(offset, field, "a number of 1 to 4 bytes", other)),
    }
}

/// Unit, power of ten, and a mantissa of one to four bytes.
fn scaled(
    value: &[u8],
    offset: u64,
    field: &'static str,
    endian: Endian,
) -> Result<Option<Scaled>, ReadErrorKind> {
    match value {
        [] => Ok(None),
        [unit, exponent, mantissa @ ..] if (1..=4).contains(&mantissa.len()) => {
            let power = 10.0_f64.powi(i32::from(*exponent as i8));
            Ok(Some(Scaled {
                unit: *unit,
                value: endian.signed(mantissa) as f64 * power,
            }))
        }
        other => {
            let expected = "unit, exponent and a number of 1 to 4 bytes";
            Err(at(
                offset,
                field,
                expected,
                format!("{} bytes", other.len()),
            ))
        }
    }
}

/// Most characters of the name of a lead.
const LONGEST_NAME: usize = 64;

/// A lead by its code. Where that is no lead of the table the name behind it counts, which makes a
/// standard lead of a code only that says nothing itself.
fn lead(value: &[u8], endian: Endian) -> Option<Channel> {
    if value.is_empty() {
        return None;
    }
    let code = endian.unsigned(&value[..value.len().min(2)]) as u32;
    let name = value.get(2..).and_then(|name| stated(text(name)));
    let name = name.map(|name| name.chars().take(LONGEST_NAME).collect::<String>());
    let parsed = name.as_deref().and_then(Lead::parse);
    Some(match (lead_code::named(code), name, parsed) {
        (Some(channel), ..) => channel,
        (None, _, Some(lead)) if lead_code::is_unspecified(code) => Channel::Lead(lead),
        (None, Some(name), None) => Channel::Other(name),
        (None, ..) => lead_code::channel(code),
    })
}

/// The written parts of a name, without those that give its sound.
fn name(text: &str) -> Option<String> {
    let parts: Vec<&str> = text
        .split('^')
        .step_by(2)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    stated(parts.join(" "))
}
