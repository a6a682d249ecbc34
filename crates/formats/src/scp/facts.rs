//! Section 1: patient and acquisition, a list of tags (EN 1064, 5.4).

use super::record::Section;
use crate::ReadErrorKind;
use crate::bytes::{Endian, stated, text};
use coronet_ecg::{Device, Sex, Subject};
use jiff::civil::{Date, DateTime, Time};

/// What the tags say.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) subject: Subject,
    pub(super) device: Device,
    pub(super) start: Option<DateTime>,
    /// High-pass filter in hertz.
    high_pass: Option<f64>,
    /// Low-pass filter in hertz.
    low_pass: Option<u64>,
    date: Option<Date>,
    time: Option<Time>,
    first_name: Option<String>,
    last_name: Option<String>,
}

/// Tag that ends the list.
const END: u64 = 255;

impl Facts {
    pub(super) fn parse(section: &Section<'_>) -> Result<Facts, ReadErrorKind> {
        let mut facts = Facts::default();
        let mut cursor = section.cursor();
        while cursor.left() > 0 {
            let tag = cursor.unsigned(1, "tag of section 1")?;
            if tag == END {
                break;
            }
            let length = cursor.unsigned(2, "length of a tag of section 1")?;
            let value = cursor.take(length as usize, "value of a tag of section 1")?;
            facts.tag(tag, value);
        }
        facts.start = facts
            .date
            .zip(facts.time)
            .map(|(date, time)| date.to_datetime(time));
        let names = [facts.first_name.take(), facts.last_name.take()];
        let name: Vec<String> = names.into_iter().flatten().collect();
        facts.subject.name = stated(name.join(" "));
        Ok(facts)
    }

    fn tag(&mut self, tag: u64, value: &[u8]) {
        let subject = &mut self.subject;
        match tag {
            0 => self.last_name = stated(text(value)),
            1 => self.first_name = stated(text(value)),
            2 => subject.patient_id = stated(text(value)),
            4 => subject.age = age(value),
            5 => subject.birth_date = date(value),
            6 => subject.height = measured(value, &[(1, 1.0), (2, 2.54), (3, 0.1)]),
            7 => {
                let units = [(1, 1.0), (2, 0.001), (3, 0.453_592_37), (4, 0.028_349_523)];
                subject.weight = measured(value, &units);
            }
            8 => subject.sex = sex(value),
            9 => subject.race = race(value),
            14 => self.device(value),
            16 => self.device.institution = stated(text(value)),
            25 => self.date = date(value),
            26 => self.time = time(value),
            27 if value.len() >= 2 => {
                let hundredths = Endian::Little.unsigned(&value[..2]);
                self.high_pass = (hundredths > 0).then_some(hundredths as f64 / 100.0);
            }
            28 if value.len() >= 2 => {
                let hertz = Endian::Little.unsigned(&value[..2]);
                self.low_pass = (hertz > 0).then_some(hertz);
            }
            _ => {}
        }
    }

    /// Tag 14: six characters of model at byte 9, and from byte 36 on a counted string (revision
    /// of the analysing program), then strings ended by NUL.
    fn device(&mut self, value: &[u8]) {
        self.device.model = value.get(8..14).and_then(|model| stated(text(model)));
        let Some((&length, rest)) = value.get(35..).and_then(<[u8]>::split_first) else {
            return;
        };
        let rest = rest.get(usize::from(length)..).unwrap_or_default();
        let mut strings = rest.split(|&byte| byte == 0).map(text).map(stated);
        self.device.serial = strings.next().flatten();
        self.device.software = strings.next().flatten();
        self.device.manufacturer = strings.nth(1).flatten();
    }

    /// The filters in words.
    pub(super) fn filters(&self) -> Option<String> {
        let high = self.high_pass.map(|hertz| format!("high-pass {hertz} Hz"));
        let low = self.low_pass.map(|hertz| format!("low-pass {hertz} Hz"));
        let words: Vec<String> = [high, low].into_iter().flatten().collect();
        stated(words.join(", "))
    }
}

/// Two bytes and a unit: 1 years, 2 months, 3 weeks, 4 days, 5 hours.
fn age(value: &[u8]) -> Option<f64> {
    let days = 1.0 / 365.25;
    let units = [
        (1, 1.0),
        (2, 1.0 / 12.0),
        (3, 7.0 * days),
        (4, days),
        (5, days / 24.0),
    ];
    measured(value, &units)
}

/// Two bytes and a unit by its code, absent where 0 or of no known unit.
fn measured(value: &[u8], units: &[(u8, f64)]) -> Option<f64> {
    let number = Endian::Little.unsigned(value.get(..2)?);
    let unit = value.get(2)?;
    let (_, factor) = units.iter().find(|(code, _)| code == unit)?;
    (number > 0).then_some(number as f64 * factor)
}

fn date(value: &[u8]) -> Option<Date> {
    let year = i16::try_from(Endian::Little.unsigned(value.get(..2)?)).ok()?;
    let part = |at: usize| i8::try_from(*value.get(at)?).ok();
    Date::new(year, part(2)?, part(3)?)
        .ok()
        .filter(|_| year > 0)
}

fn time(value: &[u8]) -> Option<Time> {
    let part = |at: usize| i8::try_from(*value.get(at)?).ok();
    Time::new(part(0)?, part(1)?, part(2)?, 0).ok()
}

fn sex(value: &[u8]) -> Option<Sex> {
    match value.first()? {
        1 => Some(Sex::Male),
        2 => Some(Sex::Female),
        _ => None,
    }
}

/// The words of the standard's table.
fn race(value: &[u8]) -> Option<String> {
    let word = match value.first()? {
        1 => "Caucasian",
        2 => "Black",
        3 => "Oriental",
        _ => return None,
    };
    Some(word.to_string())
}
