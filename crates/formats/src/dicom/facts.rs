//! Patient, device and time.

use super::tags::{self, text};
use coronet_ecg::{Device, Sex, Subject};
use dicom_object::InMemDicomObject;
use jiff::civil::{Date, DateTime, Time};
use std::ops::Range;

pub(super) fn subject(object: &InMemDicomObject) -> Subject {
    let number = |tag| tags::number(object, tag).ok().flatten();
    let positive = |tag| number(tag).filter(|value| *value > 0.0);
    Subject {
        patient_id: text(object, tags::PATIENT_ID),
        age: text(object, tags::PATIENT_AGE).and_then(|age| years(&age)),
        sex: match text(object, tags::PATIENT_SEX).as_deref() {
            Some("M") => Some(Sex::Male),
            Some("F") => Some(Sex::Female),
            _ => None,
        },
        name: text(object, tags::PATIENT_NAME).map(|name| person(&name)),
        birth_date: text(object, tags::PATIENT_BIRTH_DATE).and_then(|text| date(&text)),
        height: positive(tags::PATIENT_SIZE).map(|metres| metres * 100.0),
        weight: positive(tags::PATIENT_WEIGHT),
        race: text(object, tags::ETHNIC_GROUP),
    }
}

pub(super) fn device(object: &InMemDicomObject) -> Device {
    Device {
        manufacturer: text(object, tags::MANUFACTURER),
        model: text(object, tags::MODEL_NAME),
        serial: text(object, tags::SERIAL_NUMBER),
        software: text(object, tags::SOFTWARE_VERSIONS).map(|text| text.replace('\\', ", ")),
        institution: text(object, tags::INSTITUTION_NAME),
    }
}

/// Acquisition, else content, else study, in local time.
pub(super) fn start(object: &InMemDicomObject) -> Option<DateTime> {
    let acquired = text(object, tags::ACQUISITION_DATE_TIME).and_then(|text| date_time(&text));
    let pair = |day, hour| {
        let day = date(&text(object, day)?)?;
        Some(day.to_datetime(time(&text(object, hour)?)?))
    };
    acquired
        .or_else(|| pair(tags::CONTENT_DATE, tags::CONTENT_TIME))
        .or_else(|| pair(tags::STUDY_DATE, tags::STUDY_TIME))
}

/// The first group of a name, `family^given^middle^prefix^suffix` (PS3.5, PN), as it is spoken:
/// prefix, given, middle, family, suffix.
fn person(name: &str) -> String {
    let first = name.split('=').next().unwrap_or_default();
    let parts: Vec<&str> = first.split('^').map(str::trim).collect();
    let spoken = [3, 1, 2, 0, 4].map(|part| parts.get(part).copied().unwrap_or_default());
    let present = spoken.into_iter().filter(|part| !part.is_empty());
    present.collect::<Vec<&str>>().join(" ")
}

/// `042Y`, or months, weeks, days (PS3.5, AS).
fn years(age: &str) -> Option<f64> {
    let (digits, unit) = age.split_at_checked(age.len().checked_sub(1)?)?;
    let number: u16 = digits.trim().parse().ok()?;
    let in_a_year = match unit {
        "Y" => 1.0,
        "M" => 12.0,
        "W" => 365.25 / 7.0,
        "D" => 365.25,
        _ => return None,
    };
    Some(f64::from(number) / in_a_year)
}

/// `YYYYMMDD`, or `YYYY.MM.DD` of ACR-NEMA.
fn date(text: &str) -> Option<Date> {
    let digits = text.replace('.', "");
    let number = |range: Range<usize>| digits.get(range)?.parse::<i16>().ok();
    let (month, day) = (number(4..6)?, number(6..8)?);
    Date::new(number(0..4)?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// `HHMMSS.FFFFFF`, of which only the hour must stand.
fn time(text: &str) -> Option<Time> {
    let digits = text.replace(':', "");
    let number = |range: Range<usize>| match digits.get(range) {
        Some(digits) => digits.parse::<i8>().ok(),
        None => Some(0),
    };
    let fraction = digits.get(6..).and_then(|rest| rest.strip_prefix('.'));
    let nanoseconds = match fraction {
        Some(digits) => format!("{digits:0<9.9}").parse().ok()?,
        None => 0,
    };
    Time::new(number(0..2)?, number(2..4)?, number(4..6)?, nanoseconds).ok()
}

/// `YYYYMMDDHHMMSS.FFFFFF&ZZXX`; the offset from universal time is left out.
fn date_time(text: &str) -> Option<DateTime> {
    let local = text.split(['+', '-']).next()?.trim();
    Some(date(local.get(..8)?)?.to_datetime(time(local.get(8..).filter(|t| !t.is_empty())?)?))
}
