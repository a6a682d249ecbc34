//! Patient facts in the comments of a header.

use coronet_ecg::{Sex, Subject};

/// Age, sex and patient identifier, where a comment states them.
///
/// Read are `Age: 74`, `<age>: 51  <sex>: F`, `Patient ID: 48705`, `Patient: 48705` of a single
/// word, and the MIT-BIH form that begins `69 M`. Ages are taken as written; `NaN` and text are absent.
pub(super) fn subject(comments: &[String]) -> Subject {
    let mut subject = Subject::default();
    for comment in comments {
        let plain = comment.replace(['<', '>'], " ");
        if subject.age.is_none() {
            subject.age = value(&plain, &["age"]).and_then(|text| age(&text));
        }
        if subject.sex.is_none() {
            subject.sex = value(&plain, &["sex", "gender"]).and_then(|text| sex(&text));
        }
        if subject.patient_id.is_none() {
            let named = || value(&plain, &["patient"]).filter(|text| is_identifier(text));
            subject.patient_id = value(&plain, &["patient id", "patient_id"]).or_else(named);
        }
    }
    if subject.age.is_none()
        && subject.sex.is_none()
        && let Some((age, sex)) = comments.iter().find_map(|comment| bare(comment))
    {
        subject.age = Some(age);
        subject.sex = Some(sex);
    }
    subject
}

/// What follows `key :` where the key stands alone, up to two spaces or the end.
fn value(comment: &str, keys: &[&str]) -> Option<String> {
    let lower = comment.to_ascii_lowercase();
    for key in keys {
        for (at, _) in lower.match_indices(key) {
            let preceded = lower[..at].ends_with(|letter: char| letter.is_alphanumeric());
            let after = lower[at + key.len()..].trim_start();
            let Some(after) = after.strip_prefix([':', '=']) else {
                continue;
            };
            if preceded {
                continue;
            }
            let text = comment[comment.len() - after.len()..].trim_start();
            let text = text.split("  ").next().unwrap_or(text).trim();
            let absent = ["", "n/a", "nan", "unknown", "none"];
            if !absent.contains(&text.to_ascii_lowercase().as_str()) {
                return Some(text.to_string());
            }
        }
    }
    None
}

/// A word with a digit: `Patient: 55 year old man` names nobody.
fn is_identifier(text: &str) -> bool {
    !text.contains(char::is_whitespace) && text.contains(|letter: char| letter.is_ascii_digit())
}

fn age(text: &str) -> Option<f64> {
    let number = text.split_whitespace().next()?;
    let years: f64 = number.trim_end_matches([',', ';', 'y', 'Y']).parse().ok()?;
    (years.is_finite() && years >= 0.0).then_some(years)
}

fn sex(text: &str) -> Option<Sex> {
    let word = text.split_whitespace().next()?.trim_end_matches([',', ';']);
    match word.to_ascii_lowercase().as_str() {
        "m" | "male" => Some(Sex::Male),
        "f" | "female" => Some(Sex::Female),
        _ => None,
    }
}

/// `69 M …` at the start of a comment.
fn bare(comment: &str) -> Option<(f64, Sex)> {
    let mut words = comment.split_whitespace();
    let years: u8 = words.next()?.parse().ok()?;
    let sex = match words.next()? {
        "M" => Sex::Male,
        "F" => Sex::Female,
        _ => return None,
    };
    Some((f64::from(years), sex))
}
