//! Cells of cohort tables as values; what cannot be read or cannot be true is a problem.

use super::{Problem, Row};
use crate::{Event, Facts, Grade, Grades, Vessel};
use coronet_ecg::Sex;
use jiff::civil::DateTime;

/// Words by which tables say that nothing is known.
pub(crate) fn is_missing(cell: &str) -> bool {
    const WORDS: [&str; 5] = ["", "na", "n/a", "nan", "null"];
    WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// A cell that must be there.
pub(crate) fn text(row: &Row, field: &str) -> Result<String, Box<Problem>> {
    row.get(field)
        .map(str::to_owned)
        .ok_or_else(|| row.problem(field, "a value", ""))
}

/// A finite number within `low..=high`.
pub(crate) fn number(
    row: &Row,
    field: &str,
    (low, high): (f64, f64),
    expected: &str,
) -> Result<Option<f64>, Box<Problem>> {
    let Some(cell) = row.get(field) else {
        return Ok(None);
    };
    parse_number(cell)
        .filter(|value| (low..=high).contains(value))
        .map(Some)
        .ok_or_else(|| row.problem(field, expected, cell))
}

/// A number with a decimal point, or with one decimal comma.
fn parse_number(cell: &str) -> Option<f64> {
    let comma = cell.matches(',').count() == 1 && !cell.contains('.');
    match comma {
        true => cell.replace(',', ".").parse().ok(),
        false => cell.parse().ok(),
    }
}

/// A date, with or without a time of day.
pub(crate) fn date_time(row: &Row, field: &str) -> Result<Option<DateTime>, Box<Problem>> {
    let Some(cell) = row.get(field) else {
        return Ok(None);
    };
    parse_date_time(cell)
        .map(Some)
        .ok_or_else(|| row.problem(field, "a date as 2024-12-31 or 2024-12-31 23:59:59", cell))
}

fn parse_date_time(cell: &str) -> Option<DateTime> {
    const FORMATS: [&str; 8] = [
        "%Y年%m月%d日 %H:%M:%S",
        "%Y年%m月%d日 %H:%M",
        "%Y年%m月%d日",
        "%Y.%m.%d",
        "%Y-%m-%d %H:%M",
        "%Y/%m/%d %H:%M:%S",
        "%Y/%m/%d %H:%M",
        "%Y/%m/%d",
    ];
    let local = without_zone(cell);
    if let Ok(value) = local.parse::<DateTime>() {
        return Some(value);
    }
    FORMATS.iter().find_map(|format| {
        let parsed = jiff::fmt::strtime::parse(format, cell).ok()?;
        let date = parsed.to_date().ok()?;
        let midnight = jiff::civil::Time::midnight();
        Some(date.to_datetime(parsed.to_time().unwrap_or(midnight)))
    })
}

/// `2020-01-01T10:00:00+08:00` without what stands behind the local time.
fn without_zone(cell: &str) -> &str {
    let Some(time) = cell.find(['T', 't']) else {
        return cell;
    };
    let zone = cell[time..].find(['Z', 'z', '+', '-']).map(|at| time + at);
    zone.map_or(cell, |zone| &cell[..zone])
}

fn sex(row: &Row) -> Result<Option<Sex>, Box<Problem>> {
    let Some(cell) = row.get("sex") else {
        return Ok(None);
    };
    match cell.to_ascii_lowercase().as_str() {
        "m" | "male" | "男" => Ok(Some(Sex::Male)),
        "f" | "female" | "女" => Ok(Some(Sex::Female)),
        _ => Err(row.problem("sex", "M, F or empty", cell)),
    }
}

/// Yes or no.
pub(crate) fn flag(row: &Row, field: &str) -> Result<Option<bool>, Box<Problem>> {
    let Some(cell) = row.get(field) else {
        return Ok(None);
    };
    match cell.to_ascii_lowercase().as_str() {
        "1" | "1.0" | "true" => Ok(Some(true)),
        "0" | "0.0" | "false" => Ok(Some(false)),
        _ => Err(row.problem(field, "0, 1 or empty", cell)),
    }
}

/// A small whole number, also where a spreadsheet has written it as `3.0`.
fn small(row: &Row, field: &str, most: u8, expected: &str) -> Result<Option<u8>, Box<Problem>> {
    let value = number(row, field, (0.0, f64::from(most)), expected)?;
    match value {
        Some(value) if value.fract() != 0.0 => {
            Err(row.problem(field, expected, row.get(field).unwrap_or_default()))
        }
        value => Ok(value.map(|value| value as u8)),
    }
}

fn grades(row: &Row) -> Result<Grades, Box<Problem>> {
    let mut grades = Grades::default();
    for vessel in Vessel::ALL {
        let number = small(row, vessel.grade_column(), 4, "a grade 0–4 or empty")?;
        grades[vessel] = number.and_then(Grade::from_number);
    }
    Ok(grades)
}

/// Everything a row says of the ECG and its patient.
pub(crate) fn facts(row: &Row) -> Result<Facts, Box<Problem>> {
    let mut unread = Vec::new();
    let facts = facts_of(row, text(row, "patient_id")?, &mut unread)?;
    let unread = unread.into_iter().next();
    unread.map_or(Ok(facts), |problem| Err(Box::new(problem)))
}

/// What a row says of the ECG of a patient; cells that only describe (age, sex, whether the ECG is
/// normal) are missing where they cannot be read or be true, which `unread` tells.
pub(crate) fn facts_of(
    row: &Row,
    patient_id: String,
    unread: &mut Vec<Problem>,
) -> Result<Facts, Box<Problem>> {
    const ANY: f64 = f64::MAX;
    let age = number(row, "age", (0.0, 120.0), "an age of 0–120 years or empty");
    Ok(Facts {
        patient_id,
        recorded_at: date_time(row, "recorded_at")?,
        age: or_missing(age, unread),
        sex: or_missing(sex(row), unread),
        normal_ecg: or_missing(flag(row, "normal_ecg"), unread),
        site: row.get("site").map(str::to_owned),
        interval_days: number(row, "interval_days", (-ANY, ANY), "days or empty")?,
        grades: grades(row)?,
        ptp: ptp(row)?,
        follow_up_days: follow_up_days(row)?,
        event: event(row)?,
    })
}

/// A cell, or nothing and its problem.
fn or_missing<T>(cell: Result<Option<T>, Box<Problem>>, unread: &mut Vec<Problem>) -> Option<T> {
    cell.unwrap_or_else(|problem| {
        unread.push(*problem);
        None
    })
}

/// Pre-test probability.
pub(crate) fn ptp(row: &Row) -> Result<Option<f64>, Box<Problem>> {
    number(row, "ptp", (0.0, 1.0), "a probability 0–1 or empty")
}

/// Days of follow-up.
pub(crate) fn follow_up_days(row: &Row) -> Result<Option<f64>, Box<Problem>> {
    number(
        row,
        "follow_up_days",
        (0.0, f64::MAX),
        "days, 0 or more, or empty",
    )
}

/// How follow-up ended.
pub(crate) fn event(row: &Row) -> Result<Option<Event>, Box<Problem>> {
    let expected = "0 (censored), 1 (MACE), 2 (competing death) or empty";
    Ok(small(row, "event", 2, expected)?.and_then(Event::from_number))
}

/// The cells of the facts, in the order of the columns from `patient_id` to `event`.
pub(crate) fn facts_cells(facts: &Facts) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    let mut cells = vec![
        facts.patient_id.clone(),
        facts.recorded_at.map_or(String::new(), |at| at.to_string()),
        number(facts.age),
        match facts.sex {
            Some(Sex::Male) => "M".to_owned(),
            Some(Sex::Female) => "F".to_owned(),
            None => String::new(),
        },
        facts
            .normal_ecg
            .map_or(String::new(), |normal| u8::from(normal).to_string()),
        facts.site.clone().unwrap_or_default(),
        number(facts.interval_days),
    ];
    cells.extend(
        facts
            .grades
            .0
            .map(|grade| grade.map_or(String::new(), |grade| grade.number().to_string())),
    );
    cells.extend([
        number(facts.ptp),
        number(facts.follow_up_days),
        facts
            .event
            .map_or(String::new(), |event| event.number().to_string()),
    ]);
    cells
}
