//! The header block: 512 bytes of fixed fields behind the magic number and its checksum.

use super::{channel, rate};
use crate::ReadErrorKind;
use crate::bytes::{Cursor, Endian, at, stated};
use crate::checksum::crc16_ccitt;
use coronet_ecg::{Channel, Hertz, Sex};
use jiff::civil::{Date, DateTime, Time};

/// Bytes of magic number, checksum and fixed fields.
const LENGTH: usize = 522;

/// A lead of the recording.
pub(super) struct StoredLead {
    pub(super) channel: Channel,
    /// Nanovolts a unit.
    pub(super) nanovolts: i16,
}

/// The fields that are read.
pub(super) struct Header {
    pub(super) checksum: u16,
    pub(super) computed_checksum: u16,
    /// Number of samples as written.
    pub(super) samples: u64,
    pub(super) data_offset: usize,
    pub(super) name: Option<String>,
    pub(super) patient_id: Option<String>,
    pub(super) sex: Option<Sex>,
    pub(super) race: Option<String>,
    pub(super) birth_date: Option<Date>,
    pub(super) start: Option<DateTime>,
    pub(super) start_as_written: String,
    pub(super) leads: Vec<StoredLead>,
    pub(super) recorder: Option<String>,
    pub(super) rate: Hertz,
}

impl Header {
    /// Parses the beginning of a file.
    pub(super) fn parse(bytes: &[u8]) -> Result<Header, ReadErrorKind> {
        let Some(fixed) = bytes.get(..LENGTH) else {
            return Err(ReadErrorKind::Truncated {
                expected: LENGTH as u64,
                got: bytes.len() as u64,
            });
        };
        let mut cursor = Cursor::new(&fixed[8..], 8, Endian::Little);
        let checksum = cursor.unsigned(2, "checksum")? as u16;
        let variable = size(&mut cursor, "size of the variable block")?;
        let samples = size(&mut cursor, "number of samples")? as u64;
        size(&mut cursor, "offset of the variable block")?;
        let data_offset = data_offset(&mut cursor, variable, bytes.len())?;
        cursor.take(2, "file version")?;
        let first = cursor.text(40, "first name")?;
        let last = cursor.text(40, "last name")?;
        let patient_id = stated(cursor.text(20, "identifier")?);
        let sex = sex(cursor.signed(2, "sex")?);
        let race = race(cursor.signed(2, "race")?);
        let birth_date = date(numbers(&mut cursor, "birth date")?);
        let recorded = numbers(&mut cursor, "date of recording")?;
        cursor.take(6, "date of file")?;
        let time = numbers(&mut cursor, "start time")?;
        let leads = leads(&mut cursor)?;
        cursor.take(2, "pacemaker code")?;
        let recorder = stated(cursor.text(40, "type of recorder")?);
        let offset = cursor.offset();
        let rate = rate(cursor.signed(2, "sampling rate")? as i16, offset)?;
        Ok(Header {
            checksum,
            computed_checksum: crc16_ccitt(&bytes[10..data_offset.clamp(10, bytes.len())]),
            samples,
            data_offset,
            name: stated(format!("{first} {last}").trim().to_string()),
            patient_id,
            sex,
            race,
            birth_date,
            start: start(recorded, time),
            start_as_written: format!("{recorded:?} {time:?}"),
            leads,
            recorder,
            rate,
        })
    }
}

/// A size or offset, which is signed and cannot be negative.
fn size(cursor: &mut Cursor<'_>, field: &'static str) -> Result<usize, ReadErrorKind> {
    let offset = cursor.offset();
    let value = cursor.signed(4, field)?;
    usize::try_from(value).map_err(|_| at(offset, field, "no negative number", value))
}

/// Samples begin behind the fixed and the variable block.
fn data_offset(
    cursor: &mut Cursor<'_>,
    variable: usize,
    size_of_file: usize,
) -> Result<usize, ReadErrorKind> {
    let offset = cursor.offset();
    let field = "offset of the samples";
    let value = size(cursor, field)?;
    if value < LENGTH || value - LENGTH < variable {
        let expected = format!("at least {}", LENGTH.saturating_add(variable));
        return Err(at(offset, field, expected, value));
    }
    if value > size_of_file {
        return Err(at(offset, field, format!("at most {size_of_file}"), value));
    }
    Ok(value)
}

fn numbers(cursor: &mut Cursor<'_>, field: &'static str) -> Result<[i16; 3], ReadErrorKind> {
    let mut number = || cursor.signed(2, field).map(|value| value as i16);
    Ok([number()?, number()?, number()?])
}

fn sex(code: i64) -> Option<Sex> {
    match code {
        1 => Some(Sex::Male),
        2 => Some(Sex::Female),
        _ => None,
    }
}

/// The words of the format's table.
fn race(code: i64) -> Option<String> {
    let word = match code {
        1 => "Caucasian",
        2 => "Black",
        3 => "Oriental",
        _ => return None,
    };
    Some(word.to_string())
}

/// Day, month, year.
fn date([day, month, year]: [i16; 3]) -> Option<Date> {
    let part = |value: i16| i8::try_from(value).ok();
    Date::new(year, part(month)?, part(day)?)
        .ok()
        .filter(|date| date.year() > 0)
}

fn start(recorded: [i16; 3], [hour, minute, second]: [i16; 3]) -> Option<DateTime> {
    let part = |value: i16| i8::try_from(value).ok();
    let time = Time::new(part(hour)?, part(minute)?, part(second)?, 0).ok()?;
    Some(date(recorded)?.to_datetime(time))
}

fn leads(cursor: &mut Cursor<'_>) -> Result<Vec<StoredLead>, ReadErrorKind> {
    let offset = cursor.offset();
    let count = cursor.signed(2, "number of leads")?;
    if !(1..=12).contains(&count) {
        return Err(at(offset, "number of leads", "1 to 12", count));
    }
    let mut row = |field: &'static str| -> Result<Vec<i16>, ReadErrorKind> {
        (0..12)
            .map(|_| cursor.signed(2, field).map(|value| value as i16))
            .collect()
    };
    let codes = row("lead specification")?;
    row("lead quality")?;
    let resolutions = row("amplitude resolution")?;
    let lead = |place: usize| {
        let nanovolts = resolutions[place];
        let offset = 206 + 2 * place as u64;
        if nanovolts <= 0 {
            let expected = "a positive number of nanovolts";
            return Err(at(offset, "amplitude resolution", expected, nanovolts));
        }
        let channel = channel(codes[place], place);
        Ok(StoredLead { channel, nanovolts })
    };
    (0..count as usize).map(lead).collect()
}
