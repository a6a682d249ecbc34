//! WFDB records in format 16, 24 or 32.

use super::digital::Digital;
use crate::{WriteError, atomic, start};
use coronet_ecg::{Channel, Ecg, Sex, Signal};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// How a record is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WriteOptions {
    /// ADC units a millivolt for every signal, in format 16; absent: a gain for each signal, in
    /// the first of the formats 16, 24 and 32 that holds every sample to 1e-9 mV, else in 32.
    pub gain: Option<f64>,
    /// Further comment lines, without `#`.
    pub comments: Vec<String>,
}

/// Writes `record_id.dat` and `record_id.hea` into a directory and returns the header's path.
///
/// Format 16, 24 or 32, baseline 0, unit mV or that of the channel; invalid samples become the
/// least number of the format; age, sex and patient identifier go into comments. Each file is written aside and renamed, the header last.
///
/// # Errors
///
/// When the name is not one of WFDB (letters, digits, `_`, `-`), signals differ in length, a
/// sample does not fit at the given gain, or the system refuses.
pub fn write(
    directory: &Path,
    record_id: &str,
    ecg: &Ecg,
    options: &WriteOptions,
) -> Result<PathBuf, WriteError> {
    check(record_id, ecg)?;
    let digital = match options.gain {
        Some(gain) => Digital::at_gain(&ecg.signals, gain)?,
        None => Digital::exact(&ecg.signals)?,
    };
    let mut header = record_line(record_id, ecg);
    for (signal, stored) in ecg.signals.iter().zip(&digital.signals) {
        let sum: i64 = stored.units.iter().map(|&unit| i64::from(unit)).sum();
        line(
            &mut header,
            format_args!(
                "{record_id}.dat {format} {}(0)/{} {format} 0 {} {} 0 {}",
                stored.gain,
                unit(signal),
                stored.units.first().copied().unwrap_or(0),
                sum as i16,
                description(signal),
                format = digital.format,
            ),
        );
    }
    comments(&mut header, ecg, options);
    let header_path = directory.join(format!("{record_id}.hea"));
    atomic::write(
        &directory.join(format!("{record_id}.dat")),
        &digital.bytes(),
    )?;
    atomic::write(&header_path, header.as_bytes())?;
    Ok(header_path)
}

fn check(record_id: &str, ecg: &Ecg) -> Result<(), WriteError> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    if record_id.is_empty() || !record_id.chars().all(allowed) {
        return Err(WriteError::Value {
            field: "record name",
            expected: "letters, digits, _ and -".to_string(),
            got: record_id.to_string(),
        });
    }
    if ecg.is_empty() {
        return Err(WriteError::Value {
            field: "samples",
            expected: "at least one".to_string(),
            got: "0".to_string(),
        });
    }
    for signal in &ecg.signals {
        if signal.millivolts.len() != ecg.len() {
            return Err(WriteError::Value {
                field: "samples of a signal",
                expected: ecg.len().to_string(),
                got: signal.millivolts.len().to_string(),
            });
        }
    }
    Ok(())
}

fn record_line(record_id: &str, ecg: &Ecg) -> String {
    let mut text = format!(
        "{record_id} {} {} {}",
        ecg.signals.len(),
        ecg.rate.get(),
        ecg.len()
    );
    if let Some(start) = ecg.start {
        let (date, time) = (start.date(), start.time());
        let fraction = match time.subsec_nanosecond() {
            0 => String::new(),
            nanoseconds => format!(".{nanoseconds:09}")
                .trim_end_matches('0')
                .to_string(),
        };
        text += &format!(
            " {:02}:{:02}:{:02}{fraction} {:02}/{:02}/{:04}",
            time.hour(),
            time.minute(),
            time.second(),
            date.day(),
            date.month(),
            date.year()
        );
    }
    text.push('\n');
    text
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("writing to a string cannot fail, this is a bug");
}

fn comments(header: &mut String, ecg: &Ecg, options: &WriteOptions) {
    let subject = &ecg.subject;
    if let Some(age) = subject.age {
        line(header, format_args!("# Age: {age}"));
    }
    if let Some(sex) = subject.sex {
        let word = match sex {
            Sex::Male => "Male",
            Sex::Female => "Female",
        };
        line(header, format_args!("# Sex: {word}"));
    }
    if let Some(patient) = &subject.patient_id {
        line(header, format_args!("# Patient ID: {}", one_line(patient)));
    }
    if start::is_date_alone(ecg) {
        line(header, format_args!("# {}", super::TIME_NOT_STATED));
    }
    for comment in &options.comments {
        line(header, format_args!("# {}", one_line(comment)));
    }
}

/// Words with single spaces between them; a control character would make the header no text.
fn one_line(text: &str) -> String {
    let apart = |letter: char| letter.is_whitespace() || letter.is_control();
    let words = text.split(apart).filter(|word| !word.is_empty());
    words.collect::<Vec<&str>>().join(" ")
}

fn description(signal: &Signal) -> String {
    one_line(signal.channel.name())
}

/// The unit in one word, as it stands within a field.
fn unit(signal: &Signal) -> String {
    match &signal.channel {
        Channel::Quantity { unit, .. } => one_line(unit).replace(' ', "_"),
        Channel::Lead(_) | Channel::Other(_) => "mV".to_string(),
    }
}
