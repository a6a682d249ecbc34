//! Patient and recording identification: sub-fields of EDF+, parted by spaces.

use crate::finding::finding;
use coronet_ecg::{Device, Ecg, Finding, Sex, Subject};
use jiff::civil::{Date, DateTime, Time};

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];

/// Facts of `code sex birthdate name …`; in a file of plain EDF the whole field is the name.
pub(super) fn subject(field: &str, plus: bool) -> Subject {
    if !plus {
        return Subject {
            patient_id: code(field),
            ..Subject::default()
        };
    }
    let mut parts = field.split_ascii_whitespace();
    let patient_id = parts.next().and_then(code);
    let sex = match parts.next() {
        Some("M") => Some(Sex::Male),
        Some("F") => Some(Sex::Female),
        _ => None,
    };
    Subject {
        patient_id,
        sex,
        birth_date: parts.next().and_then(date),
        name: parts.next().and_then(known),
        ..Subject::default()
    }
}

/// Equipment of `Startdate date administration technician equipment …`.
pub(super) fn device(field: &str, plus: bool) -> Device {
    let equipment = field.split_ascii_whitespace().nth(4).filter(|_| plus);
    Device {
        model: equipment.and_then(known),
        ..Device::default()
    }
}

/// Start of the recording: the date of the recording field where EDF+ states it with the whole
/// year, else `dd.mm.yy`, where 85 to 99 are years of the last century; none where
/// EDF+ says that it is not known.
pub(super) fn start(recording: &str, day: &str, time: &str) -> Option<DateTime> {
    let mut words = recording.split_ascii_whitespace();
    let stated = match (words.next(), words.next()) {
        (Some("Startdate"), Some("X")) => return None,
        (Some("Startdate"), Some(text)) => date(text),
        _ => None,
    };
    let [hour, minute, second] = numbers(time)?;
    let time = Time::new(hour, minute, second, 0).ok()?;
    Some(stated.or_else(|| short_date(day))?.to_datetime(time))
}

fn short_date(text: &str) -> Option<Date> {
    let [day, month, year] = numbers(text)?;
    let century = if year >= 85 { 1900 } else { 2000 };
    Date::new(century + i16::from(year), month, day).ok()
}

/// Three numbers of two digits parted by points (colons and slashes are met too).
fn numbers(text: &str) -> Option<[i8; 3]> {
    let mut parts = text
        .split(['.', ':', '/', '-'])
        .map(|part| part.trim().parse::<i8>().ok().filter(|number| *number >= 0));
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

/// `dd-MMM-yyyy`.
fn date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let day = parts.next()?.parse().ok()?;
    let month = parts.next()?.to_ascii_uppercase();
    let month = MONTHS.iter().position(|name| *name == month)? as i8 + 1;
    Date::new(parts.next()?.parse().ok()?, month, day).ok()
}

/// A sub-field, absent where it is `X`; underscores stand for spaces.
fn known(field: &str) -> Option<String> {
    code(&field.replace('_', " "))
}

/// A code, in which an underscore is a sign like any other; absent where it is `X`.
fn code(field: &str) -> Option<String> {
    let field = field.trim();
    (!field.is_empty() && field != "X").then(|| field.to_string())
}

/// Characters of the patient field, and of the recording field.
const WIDTH: usize = 80;

/// The patient field of EDF+, with findings of what it cannot hold.
pub(super) fn write_patient(subject: &Subject, lost: &mut Vec<Finding>) -> String {
    let sex = match subject.sex {
        Some(Sex::Male) => "M",
        Some(Sex::Female) => "F",
        None => "X",
    };
    let birth = subject.birth_date.map_or("X".to_string(), write_date);
    let left = WIDTH - sex.len() - birth.len() - "  X ".len();
    let id = identifier(
        subject.patient_id.as_deref(),
        "patient identifier",
        left,
        lost,
    );
    let left = left + 1 - id.len();
    let name = sub_field(subject.name.as_deref(), "patient name", left, lost);
    format!("{id} {sex} {birth} {name}")
}

/// The recording field of EDF+.
pub(super) fn write_recording(ecg: &Ecg, lost: &mut Vec<Finding>) -> String {
    let start = ecg
        .start
        .map_or("X".to_string(), |start| write_date(start.date()));
    let before = format!("Startdate {start} X X ");
    let left = WIDTH - before.len();
    let equipment = sub_field(ecg.device.model.as_deref(), "device model", left, lost);
    before + &equipment
}

fn write_date(date: Date) -> String {
    let month = MONTHS[date.month() as usize - 1];
    format!("{:02}-{month}-{:04}", date.day(), date.year())
}

/// An identifier as a sub-field; `X` where that cannot hold it whole, since part of one may be
/// that of another patient. A space becomes an underscore, with a finding.
fn identifier(text: Option<&str>, what: &str, most: usize, lost: &mut Vec<Finding>) -> String {
    let text = text.unwrap_or_default().trim();
    let is_plain = text.bytes().all(|byte| matches!(byte, b'!'..=b'~'));
    if !text.is_empty() && is_plain && text.len() <= most {
        return text.to_string();
    }
    let before = lost.len();
    let field = sub_field(Some(text), what, most, lost);
    match field == text.replace(' ', "_") {
        true if text.is_empty() || lost.len() > before => field,
        true => {
            let message = format!("the {what} is changed: EDF+ holds an underscore for a space");
            lost.push(finding("not-held", message));
            field
        }
        false => "X".to_string(),
    }
}

/// A sub-field without spaces, of printable ASCII as the format demands; with a finding that does
/// not quote it where it is read as another text.
fn sub_field(text: Option<&str>, what: &str, most: usize, lost: &mut Vec<Finding>) -> String {
    let text = text.unwrap_or_default().trim();
    if text.is_empty() || most == 0 {
        return "X".to_string();
    }
    let letter = |letter: char| match letter {
        ' ' => '_',
        '!'..='~' => letter,
        _ => '?',
    };
    let field: String = text.chars().map(letter).take(most).collect();
    if field.replace('_', " ") != text {
        let message = format!(
            "the {what} is changed: EDF+ holds printable ASCII without underscores, here {most} characters"
        );
        lost.push(finding("not-held", message));
    }
    field
}
