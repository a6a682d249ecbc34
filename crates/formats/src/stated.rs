//! Dates, ages, sexes and names as files state them.

use coronet_ecg::{Hertz, Sex};
use jiff::civil::{Date, DateTime, Time};

/// A text with at least one letter or digit; placeholders such as `---` are absent.
pub(crate) fn words(text: &str) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<&str>>().join(" ");
    let absent = ["", "unknown", "n/a", "none", "null"];
    let empty = absent.contains(&line.to_ascii_lowercase().as_str());
    (!empty && line.contains(char::is_alphanumeric)).then_some(line)
}

/// The parts of a name that are there, in one line.
pub(crate) fn name(parts: &[Option<&str>]) -> Option<String> {
    let parts: Vec<String> = parts
        .iter()
        .flatten()
        .filter_map(|part| words(part))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Sex by its usual words and codes in any case; others are absent.
pub(crate) fn sex(text: &str) -> Option<Sex> {
    match text.trim().to_ascii_lowercase().as_str() {
        "m" | "male" => Some(Sex::Male),
        "f" | "female" => Some(Sex::Female),
        _ => None,
    }
}

/// A number at or above zero, and above zero where zero says that nothing was measured.
pub(crate) fn measured(text: &str) -> Option<f64> {
    number(text).filter(|value| *value > 0.0)
}

/// A finite number.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.trim()
        .parse()
        .ok()
        .filter(|value: &f64| value.is_finite())
}

/// Years of an age in a unit: words (`YEARS`), or the letters of UCUM (`a`, `mo`, `wk`, `d`).
/// An age without unit is in years.
pub(crate) fn age(text: &str, unit: &str) -> Option<f64> {
    let value = number(text).filter(|value| *value >= 0.0)?;
    let years = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "a" | "y" | "yr" | "year" | "years" => 1.0,
        "mo" | "month" | "months" => 1.0 / 12.0,
        "wk" | "week" | "weeks" => 7.0 / 365.25,
        "d" | "day" | "days" => 1.0 / 365.25,
        "h" | "hour" | "hours" => 1.0 / (24.0 * 365.25),
        _ => return None,
    };
    Some(value * years)
}

/// A time of HL7 version 3, `YYYYMMDD[HH[MM[SS[.f…]]]][±ZZZZ]`, in its own local time.
pub(crate) fn hl7(text: &str) -> Option<DateTime> {
    let text = text.trim();
    let zone = text.find(['+', '-', 'Z']).unwrap_or(text.len());
    let (digits, fraction) = text[..zone].split_once('.').unwrap_or((&text[..zone], ""));
    let is_whole = matches!(digits.len(), 8 | 10 | 12 | 14);
    if !is_whole || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| -> Option<i16> {
        match digits.get(from..to) {
            Some(part) => part.parse().ok(),
            None => Some(0),
        }
    };
    DateTime::new(
        part(0, 4)?,
        part(4, 6)? as i8,
        part(6, 8)? as i8,
        part(8, 10)? as i8,
        part(10, 12)? as i8,
        part(12, 14)? as i8,
        nanoseconds(fraction)?,
    )
    .ok()
}

fn nanoseconds(fraction: &str) -> Option<i32> {
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<9}").get(..9)?.parse().ok()
}

/// The date of an HL7 time.
pub(crate) fn hl7_date(text: &str) -> Option<Date> {
    hl7(text).map(DateTime::date)
}

/// A date and time of ISO 8601 with whatever offset, in its own local time.
pub(crate) fn iso(text: &str) -> Option<DateTime> {
    let text = text.trim();
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00:00"));
    let end = time.find(['+', '-', 'Z', 'z']).unwrap_or(time.len());
    Some(iso_date(date)?.to_datetime(clock(&time[..end])?))
}

/// `YYYY-MM-DD`.
pub(crate) fn iso_date(text: &str) -> Option<Date> {
    text.trim().parse().ok()
}

/// `HH:MM`, `HH:MM:SS` or `HH:MM:SS.f…`.
pub(crate) fn clock(text: &str) -> Option<Time> {
    let mut parts = text.trim().splitn(3, ':');
    let hour = parts.next()?.parse().ok()?;
    let minute = parts.next()?.parse().ok()?;
    let (second, fraction) = match parts.next() {
        Some(seconds) => seconds.split_once('.').unwrap_or((seconds, "")),
        None => ("0", ""),
    };
    Time::new(hour, minute, second.parse().ok()?, nanoseconds(fraction)?).ok()
}

/// `MM-DD-YYYY` or `MM/DD/YYYY`, as devices of the United States write dates.
pub(crate) fn american_date(text: &str) -> Option<Date> {
    let mut parts = text.trim().split(['-', '/']);
    let month = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    let year = parts.next()?.parse().ok().filter(|year| *year >= 1000)?;
    Date::new(year, month, day).ok()
}

/// The rate of samples that lie so many seconds apart; a whole number of hertz where it is one
/// within the rounding of the interval.
pub(crate) fn rate(seconds: f64) -> Option<Hertz> {
    let rate = 1.0 / seconds;
    let whole = rate.round();
    let close = (rate - whole).abs() <= 1e-6 * whole;
    Hertz::new(if close { whole } else { rate })
}
