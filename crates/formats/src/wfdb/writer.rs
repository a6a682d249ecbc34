//! WFDB records in format 16.

use crate::{WriteError, atomic};
use coronet_ecg::{Channel, Ecg, Sex, Signal};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// How a record is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WriteOptions {
    /// ADC units a millivolt for every signal; absent: the finest of 1000, 500, 200, 100, … in
    /// which the signal fits.
    pub gain: Option<f64>,
    /// Further comment lines, without `#`.
    pub comments: Vec<String>,
}

/// Writes `record_id.dat` and `record_id.hea` into a directory and returns the header's path.
///
/// Format 16, baseline 0, unit mV; invalid samples become −32768; age, sex and patient
/// identifier go into comments. Each file is written aside and renamed, the header last.
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
    let mut columns = Vec::with_capacity(ecg.signals.len());
    let mut header = record_line(record_id, ecg);
    for signal in &ecg.signals {
        let gain = gain(signal, options)?;
        let digital = digital(signal, gain);
        let sum: i64 = digital.iter().map(|&sample| i64::from(sample)).sum();
        let first = digital.first().copied().unwrap_or(0);
        line(
            &mut header,
            format_args!(
                "{record_id}.dat 16 {gain}(0)/mV 16 0 {first} {} 0 {}",
                sum as i16,
                description(signal)
            ),
        );
        columns.push(digital);
    }
    comments(&mut header, ecg, options);
    let mut bytes = Vec::with_capacity(ecg.len() * columns.len() * 2);
    for at in 0..ecg.len() {
        for column in &columns {
            bytes.extend_from_slice(&column[at].to_le_bytes());
        }
    }
    let header_path = directory.join(format!("{record_id}.hea"));
    atomic::write(&directory.join(format!("{record_id}.dat")), &bytes)?;
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
    for comment in &options.comments {
        line(header, format_args!("# {}", one_line(comment)));
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

fn description(signal: &Signal) -> String {
    match &signal.channel {
        Channel::Lead(lead) => lead.name().to_string(),
        Channel::Other(name) => one_line(name),
    }
}

/// Largest digital magnitude; −32768 marks an invalid sample.
const LARGEST: f64 = 32_767.0;

fn gain(signal: &Signal, options: &WriteOptions) -> Result<f64, WriteError> {
    let largest = signal
        .millivolts
        .iter()
        .filter(|sample| sample.is_finite())
        .fold(0.0_f64, |largest, sample| largest.max(sample.abs()));
    let fits = |gain: f64| (largest * gain).round() <= LARGEST;
    let wrong = |expected: String, got: f64| WriteError::Value {
        field: "gain",
        expected,
        got: got.to_string(),
    };
    if let Some(gain) = options.gain {
        if !(gain.is_finite() && gain > 0.0) {
            return Err(wrong("a positive number".to_string(), gain));
        }
        if !fits(gain) {
            let most = LARGEST / largest;
            return Err(wrong(format!("at most {most:.3} for {largest} mV"), gain));
        }
        return Ok(gain);
    }
    let steps = [
        1000.0, 500.0, 200.0, 100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.1, 0.01, 0.001,
    ];
    steps
        .into_iter()
        .find(|&gain| fits(gain))
        .ok_or_else(|| WriteError::Value {
            field: "amplitude",
            expected: "less than 3.2e7 mV".to_string(),
            got: largest.to_string(),
        })
}

fn digital(signal: &Signal, gain: f64) -> Vec<i16> {
    signal
        .millivolts
        .iter()
        .map(|sample| {
            if sample.is_finite() {
                (sample * gain).round() as i16
            } else {
                i16::MIN
            }
        })
        .collect()
}
