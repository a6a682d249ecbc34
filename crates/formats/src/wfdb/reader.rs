//! A record from its header and signal files.

use super::header::{Header, SignalLine};
use super::samples::Format;
use super::{NAME, facts};
use crate::{ReadError, ReadErrorKind, Recording, Unit, stem};
use coronet_ecg::{Channel, Device, Ecg, Finding, Hertz, Lead, Signal};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Reads the record of a header; `asked` is the path the caller gave, such as the signal file.
///
/// Findings: `gain-not-stated`, `unit-not-stated`, `not-a-voltage`, `checksum-mismatch`,
/// `initial-value-mismatch`, `extra-bytes`, `record-name-mismatch`, `signal-file-mismatch`,
/// `rate-contradicted`, `rate-not-stated`, `skew-corrected`, `frames-averaged`.
///
/// # Errors
///
/// When the header is not of the grammar, a signal file is absent or too short, or a format is
/// not supported.
pub fn read(header_path: &Path, asked: &Path) -> Result<Recording, ReadError> {
    let header = Header::read(header_path)?;
    let record_id = stem(header_path);
    let mut findings = names(&header, header_path, asked);
    check_groups(&header).map_err(|kind| kind.at(header_path))?;
    let mut signals = Vec::new();
    let uniform = uniform_frame(&header);
    for group in header
        .signals
        .chunk_by(|left, right| left.file == right.file)
    {
        let columns = read_group(group, &header, header_path, &mut findings)?;
        for (line, column) in group.iter().zip(columns) {
            let per_frame = line.samples_per_frame as usize;
            let digital = if uniform.is_none() && per_frame > 1 {
                average(&column, per_frame)
            } else {
                column
            };
            let signal = physical(line, digital, &mut findings);
            signals.push(signal.map_err(|kind| kind.at(header_path))?);
        }
    }
    if uniform.is_none() {
        let message = "signals of several samples per frame were averaged to the frame rate";
        findings.push(finding("frames-averaged", message.to_string()));
    }
    equalise(&mut signals);
    let rate = header.rate.get() * uniform.unwrap_or(1) as f64;
    let rate = Hertz::new(rate).unwrap_or(header.rate);
    let ecg = Ecg {
        rate,
        signals,
        start: header.start,
        subject: facts::subject(&header.comments),
        device: Device::default(),
        findings,
    };
    Ok(Recording {
        record_id,
        format: NAME,
        ecg,
    })
}

fn finding(code: &str, message: String) -> Finding {
    Finding {
        code: code.to_string(),
        message,
    }
}

/// What the names of files and record say of each other.
fn names(header: &Header, header_path: &Path, asked: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    let stem = stem(header_path);
    if !header.rate_stated {
        let message = "no sampling frequency in the header, taken as 250 Hz".to_string();
        findings.push(finding("rate-not-stated", message));
    }
    if header.name != stem {
        let message = format!("the header of `{stem}` says it is record `{}`", header.name);
        findings.push(finding("record-name-mismatch", message));
        findings.extend(contradiction(header, header_path));
    }
    let beside = ["dat", "mat"]
        .iter()
        .map(|extension| header_path.with_extension(extension))
        .find(|path| path.is_file());
    let beside = if asked != header_path && asked.is_file() {
        Some(asked.to_path_buf())
    } else {
        beside
    };
    let own = beside.as_deref().and_then(Path::file_name);
    if let (Some(own), Some(first)) = (own, header.signals.first()) {
        let own = own.to_string_lossy();
        if !header.signals.iter().any(|line| line.file == own) {
            let message = format!(
                "the header reads `{}` though `{own}` lies beside it",
                first.file
            );
            findings.push(finding("signal-file-mismatch", message));
        }
    }
    findings
}

/// Whether the header of the record this one claims to be states another rate for the same file.
fn contradiction(header: &Header, header_path: &Path) -> Option<Finding> {
    if header.name.contains(['/', '\\']) {
        return None;
    }
    let other_path = header_path.with_file_name(format!("{}.hea", header.name));
    let other = Header::read(&other_path).ok()?;
    let same_file = other.signals.first()?.file == header.signals.first()?.file;
    (same_file && other.rate != header.rate).then(|| {
        finding(
            "rate-contradicted",
            format!(
                "this header says {} Hz, `{}.hea` says {} Hz for the same signal file",
                header.rate.get(),
                header.name,
                other.rate.get()
            ),
        )
    })
}

/// Samples per frame where all signals agree.
fn uniform_frame(header: &Header) -> Option<u64> {
    let first = header
        .signals
        .first()
        .map_or(1, |line| line.samples_per_frame);
    header
        .signals
        .iter()
        .all(|line| line.samples_per_frame == first)
        .then_some(first)
}

/// Signals of one file stand together, share a format and name a plain file.
fn check_groups(header: &Header) -> Result<(), ReadErrorKind> {
    let wrong = |line: &SignalLine, field, expected: &str, got: &str| ReadErrorKind::Field {
        line: line.line,
        field,
        expected: expected.to_string(),
        got: got.to_string(),
    };
    if header.signals.is_empty() {
        return Err(ReadErrorKind::Field {
            line: 1,
            field: "number of signals",
            expected: "at least one".to_string(),
            got: "0".to_string(),
        });
    }
    let mut seen = std::collections::BTreeSet::new();
    for group in header
        .signals
        .chunk_by(|left, right| left.file == right.file)
    {
        let first = &group[0];
        if !seen.insert(&first.file) {
            let expected = "signals of one file on consecutive lines";
            return Err(wrong(first, "file name", expected, &first.file));
        }
        let plain = !first.file.contains(['/', '\\', ':']);
        if !plain || ["", "-", "~", ".", ".."].contains(&first.file.as_str()) {
            let expected = "the plain name of a file beside the header";
            return Err(wrong(first, "file name", expected, &first.file));
        }
        for line in group {
            if Format::of(line.format).is_none() {
                return Err(ReadErrorKind::NotSupported {
                    what: "WFDB signal format",
                    got: line.format.to_string(),
                });
            }
            if line.format != first.format {
                let expected = format!("{}, as the other signals of the file", first.format);
                return Err(wrong(line, "format", &expected, &line.format.to_string()));
            }
        }
    }
    Ok(())
}

/// Most bytes read from one signal file.
const LIMIT: u64 = 1 << 31;

/// Digital samples of each signal of one file, frames in order, `None` where invalid.
fn read_group(
    group: &[SignalLine],
    header: &Header,
    header_path: &Path,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Vec<Option<i32>>>, ReadError> {
    let path = header_path.with_file_name(&group[0].file);
    let failed = |error| ReadErrorKind::Io(error).at(&path);
    let Some(format) = Format::of(group[0].format) else {
        return Ok(Vec::new());
    };
    let mut file = fs_err::File::open(&path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let offset = group[0].offset;
    let per_frame: u64 = group.iter().map(|line| line.samples_per_frame).sum();
    let available = size.saturating_sub(offset);
    let skew = group.iter().map(|line| line.skew).max().unwrap_or(0);
    let frames = header
        .frames
        .unwrap_or(format.samples(available) / per_frame.max(1));
    let needed = frames
        .checked_mul(per_frame)
        .and_then(|samples| format.bytes(samples));
    let expected = needed.and_then(|bytes| bytes.checked_add(offset));
    let (Some(needed), Some(expected)) = (needed, expected.filter(|&total| total <= size)) else {
        let expected = expected.unwrap_or(u64::MAX);
        return Err(ReadErrorKind::Truncated {
            expected,
            got: size,
        }
        .at(&path));
    };
    if needed > LIMIT {
        let expected = LIMIT;
        return Err(ReadErrorKind::TooLarge {
            expected,
            got: needed,
        }
        .at(&path));
    }
    let padding = if format == Format::Packed311 || format == Format::Packed310 {
        3
    } else {
        1
    };
    if size - expected > padding && skew == 0 {
        let message = format!(
            "{}: {} bytes after the last sample",
            group[0].file,
            size - expected
        );
        findings.push(finding("extra-bytes", message));
    }
    let mut bytes = Vec::with_capacity(needed as usize);
    file.seek(SeekFrom::Start(offset)).map_err(failed)?;
    file.take(needed).read_to_end(&mut bytes).map_err(failed)?;
    if (bytes.len() as u64) < needed {
        let got = offset + bytes.len() as u64;
        return Err(ReadErrorKind::Truncated { expected, got }.at(&path));
    }
    let samples = format.decode(&bytes, (frames * per_frame) as usize);
    Ok(columns(
        group,
        &samples,
        per_frame as usize,
        format,
        findings,
    ))
}

/// Takes the frames apart, checks each signal against its line and marks invalid samples.
fn columns(
    group: &[SignalLine],
    samples: &[i32],
    per_frame: usize,
    format: Format,
    findings: &mut Vec<Finding>,
) -> Vec<Vec<Option<i32>>> {
    let mut place = 0;
    let mut columns = Vec::with_capacity(group.len());
    for line in group {
        let width = line.samples_per_frame as usize;
        let mut column: Vec<i32> = samples
            .chunks_exact(per_frame)
            .flat_map(|frame| &frame[place..place + width])
            .copied()
            .collect();
        place += width;
        if format == Format::Difference8 {
            accumulate(&mut column, line.initial.unwrap_or(0));
        }
        findings.extend(verify(line, &column));
        let invalid = format.invalid();
        let mut column: Vec<Option<i32>> = column
            .into_iter()
            .map(|sample| (Some(sample) != invalid).then_some(sample))
            .collect();
        let skew = (line.skew as usize).saturating_mul(width);
        if skew > 0 {
            let length = column.len();
            column.drain(..skew.min(length));
            column.resize(length, None);
            let message = format!("{}: {} frames earlier", name(line), line.skew);
            findings.push(finding("skew-corrected", message));
        }
        columns.push(column);
    }
    columns
}

fn accumulate(column: &mut [i32], initial: i64) {
    let mut value = initial as i32;
    for sample in column {
        value = value.wrapping_add(*sample);
        *sample = value;
    }
}

/// Initial value and checksum as the header states them.
fn verify(line: &SignalLine, column: &[i32]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(&first) = column.first() else {
        return findings;
    };
    if let Some(initial) = line.initial
        && initial != i64::from(first)
    {
        let message = format!(
            "{}: header says {initial}, signal begins {first}",
            name(line)
        );
        findings.push(finding("initial-value-mismatch", message));
    }
    if let Some(checksum) = line.checksum {
        let sum: i64 = column.iter().map(|&sample| i64::from(sample)).sum();
        if (sum - checksum).rem_euclid(65_536) != 0 {
            let sum = sum.rem_euclid(65_536);
            let stated = checksum.rem_euclid(65_536);
            let message = format!("{}: header says {stated}, samples give {sum}", name(line));
            findings.push(finding("checksum-mismatch", message));
        }
    }
    findings
}

fn name(line: &SignalLine) -> String {
    if line.description.is_empty() {
        format!("signal of line {}", line.line)
    } else {
        line.description.clone()
    }
}

fn average(column: &[Option<i32>], width: usize) -> Vec<Option<i32>> {
    column
        .chunks_exact(width)
        .map(|frame| {
            let valid: Vec<i64> = frame.iter().flatten().map(|&value| value.into()).collect();
            let count = valid.len() as i64;
            (count > 0).then(|| (valid.iter().sum::<i64>().div_euclid(count)) as i32)
        })
        .collect()
}

/// Millivolts by gain, baseline and unit of the line.
fn physical(
    line: &SignalLine,
    digital: Vec<Option<i32>>,
    findings: &mut Vec<Finding>,
) -> Result<Signal, ReadErrorKind> {
    let name = name(line);
    let channel =
        Lead::parse(&line.description).map_or_else(|| Channel::Other(name.clone()), Channel::Lead);
    let unit = match &line.units {
        None => {
            let message = format!("{name}: no unit in the header, taken as mV as WFDB defines");
            findings.push(finding("unit-not-stated", message));
            Unit::Millivolt
        }
        Some(text) => match (Unit::parse(text), &channel) {
            (Some(unit), _) => unit,
            (None, Channel::Other(_)) => {
                let message = format!("{name}: samples are in `{text}`, not in mV");
                findings.push(finding("not-a-voltage", message));
                Unit::Millivolt
            }
            (None, Channel::Lead(_)) => {
                return Err(ReadErrorKind::Field {
                    line: line.line,
                    field: "units",
                    expected: "a unit of voltage for an ECG lead".to_string(),
                    got: text.clone(),
                });
            }
        },
    };
    let gain = line.gain.unwrap_or_else(|| {
        let message = format!("{name}: no gain in the header, taken as 200 as WFDB defines");
        findings.push(finding("gain-not-stated", message));
        200.0
    });
    let baseline = line.baseline.unwrap_or(line.adc_zero as f64);
    let value = |sample: i32| unit.to_millivolts((f64::from(sample) - baseline) / gain);
    let millivolts = digital
        .into_iter()
        .map(|sample| sample.map_or(f64::NAN, value))
        .map(|value| if value.is_finite() { value } else { f64::NAN })
        .collect();
    Ok(Signal {
        channel,
        millivolts,
    })
}

/// Signals of differently long files end with the shortest.
fn equalise(signals: &mut [Signal]) {
    let length = signals.iter().map(|signal| signal.millivolts.len()).min();
    for signal in signals {
        signal.millivolts.truncate(length.unwrap_or(0));
    }
}
