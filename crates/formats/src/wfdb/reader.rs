//! A record from its header and signal files.

use super::header::{Header, SignalLine};
use super::samples::Format;
use super::{NAME, facts, physical, segments, signal_file};
use crate::finding::check_signals;
use crate::{ReadError, ReadErrorKind, ReadOptions, Recording, start, stem};
use coronet_ecg::{Device, Ecg, Finding, Hertz, Signal};
use std::collections::BTreeSet;
use std::path::Path;

/// Reads the record of a header; `asked` is the path the caller gave, such as the signal file.
///
/// Findings: `gain-not-stated`, `unit-not-stated`, `not-a-voltage`, `checksum-mismatch`,
/// `initial-value-mismatch`, `extra-bytes`, `record-name-mismatch`, `signal-file-mismatch`,
/// `rate-contradicted`, `rate-not-stated`, `skew-corrected`, `samples-repeated`,
/// `samples-averaged`, `signals-cut`, `gaps-between-segments`, `signal-not-in-layout`,
/// `lead-repeated`, `time-not-understood`.
///
/// # Errors
///
/// When the header is not of the grammar, a signal file or a segment is absent or too short, the
/// record has no samples, more than 2²⁸, or far more than its files hold (null signals, gaps), or, unless lenient, samples do not give the checksum that the
/// header states.
pub fn read(
    header_path: &Path,
    asked: &Path,
    options: &ReadOptions,
) -> Result<Recording, ReadError> {
    let header = Header::read(header_path)?;
    let record_id = stem(header_path);
    let mut findings = names(&header, header_path, asked);
    let (mut signals, width) = if header.segments.is_empty() {
        let width = physical::common_width([&header].into_iter());
        let signals = signals(&header, header_path, width, options, &mut findings)?;
        (signals, width)
    } else {
        segments::read(&header, header_path, options, &mut findings)?
    };
    check_signals(&mut signals, "signals", options, &mut findings)
        .map_err(|kind| kind.at(header_path))?;
    let rate = Hertz::new(header.rate.get() * width as f64).unwrap_or(header.rate);
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

/// The signals of a record of one segment, at `width` samples a frame.
pub(super) fn signals(
    header: &Header,
    header_path: &Path,
    width: u64,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Signal>, ReadError> {
    check_groups(header).map_err(|kind| kind.at(header_path))?;
    check_width(header, width).map_err(|kind| kind.at(header_path))?;
    let nulls = header.signals.iter().filter(|line| line.format == 0);
    let nulls = nulls.fold(0_u64, |sum, _| sum.saturating_add(width));
    let unstored = header.frames.unwrap_or(0).saturating_mul(nulls);
    check_backing(unstored, [(header_path, header)]).map_err(|kind| kind.at(header_path))?;
    let mut signals = Vec::with_capacity(header.signals.len());
    let same_file = |left: &SignalLine, right: &SignalLine| left.file == right.file;
    for group in header.signals.chunk_by(same_file) {
        let stored = signal_file::read(group, header, header_path, options, findings)?;
        for (line, stored) in group.iter().zip(&stored) {
            let signal = physical::signal(line, stored, findings);
            signals.push(signal.map_err(|kind| kind.at(header_path))?);
        }
    }
    physical::to_common_width(&mut signals, &header.signals, width, findings)
        .map_err(|kind| kind.at(header_path))?;
    equalise(&mut signals, findings);
    Ok(signals)
}

/// Signals that are brought to another number of samples a frame take memory that no bytes of
/// their files stand for.
fn check_width(header: &Header, width: u64) -> Result<(), ReadErrorKind> {
    let mut lines = header.signals.iter();
    let changes = lines.any(|line| line.samples_per_frame != width);
    let all = width.saturating_mul(header.signals.len() as u64);
    let samples = header.frames.unwrap_or(0).saturating_mul(all);
    match changes && samples > signal_file::LIMIT {
        true => Err(signal_file::too_many(samples)),
        false => Ok(()),
    }
}

/// Samples without bytes of their own that any record may have: a quarter of an hour of one signal
/// at 1000 Hz.
const FEW: u64 = 1 << 20;

/// Samples that stand in no file (of null signals, of gaps) are at most 64 for each byte of the signal
/// files beside them, so that a few lines of text do not ask for gigabytes.
pub(super) fn check_backing<'h>(
    unstored: u64,
    records: impl IntoIterator<Item = (&'h Path, &'h Header)>,
) -> Result<(), ReadErrorKind> {
    if unstored <= FEW {
        return Ok(());
    }
    let files: BTreeSet<std::path::PathBuf> = records
        .into_iter()
        .flat_map(|(path, header)| {
            let stored = header.signals.iter().filter(|line| line.format != 0);
            stored.map(|line| path.with_file_name(&line.file))
        })
        .collect();
    let sizes = files.iter().filter_map(|path| path.metadata().ok());
    let bytes = sizes.fold(0_u64, |sum, file| sum.saturating_add(file.len()));
    let most = FEW.max(bytes.saturating_mul(64));
    match unstored <= most {
        true => Ok(()),
        false => Err(ReadErrorKind::Field {
            line: 1,
            field: "samples that are not stored",
            expected: format!("at most {most} beside {bytes} bytes of signal files"),
            got: unstored.to_string(),
        }),
    }
}

pub(super) fn finding(code: &str, message: String) -> Finding {
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
    if header.start_not_understood.is_some() {
        let message =
            "base time and date are not of the form HH:MM:SS DD/MM/YYYY, taken as not stated";
        findings.push(finding("time-not-understood", message.to_string()));
    }
    let comments = &mut header.comments.iter();
    if header.start.is_some() && comments.any(|comment| comment == super::TIME_NOT_STATED) {
        findings.push(start::date_alone("the header"));
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

/// Signals of one file stand together, share a format and name a plain file.
fn check_groups(header: &Header) -> Result<(), ReadErrorKind> {
    if header.signals.is_empty() {
        return Err(ReadErrorKind::Field {
            line: 1,
            field: "number of signals",
            expected: "at least one".to_string(),
            got: "0".to_string(),
        });
    }
    let mut seen = BTreeSet::new();
    let same_file = |left: &SignalLine, right: &SignalLine| left.file == right.file;
    for group in header.signals.chunk_by(same_file) {
        let first = &group[0];
        for line in group {
            check_format(line, first)?;
        }
        if first.format == 0 {
            check_null(first, header)?;
            continue;
        }
        if !seen.insert(&first.file) {
            let expected = "signals of one file on consecutive lines";
            return Err(wrong(first, "file name", expected, &first.file));
        }
        let plain = !first.file.contains(['/', '\\', ':']);
        if !plain || ["", "-", "~", ".", ".."].contains(&first.file.as_str()) {
            let expected = "the plain name of a file beside the header";
            return Err(wrong(first, "file name", expected, &first.file));
        }
    }
    Ok(())
}

fn wrong(line: &SignalLine, field: &'static str, expected: &str, got: &str) -> ReadErrorKind {
    ReadErrorKind::Field {
        line: line.line,
        field,
        expected: expected.to_string(),
        got: got.to_string(),
    }
}

fn check_format(line: &SignalLine, first: &SignalLine) -> Result<(), ReadErrorKind> {
    if line.format != 0 && Format::of(line.format).is_none() {
        return Err(ReadErrorKind::NotSupported {
            what: "WFDB signal format",
            got: line.format.to_string(),
        });
    }
    if line.format != first.format {
        let expected = format!("{}, as the other signals of the file", first.format);
        return Err(wrong(line, "format", &expected, &line.format.to_string()));
    }
    Ok(())
}

/// A signal that is not stored takes its length from the header.
fn check_null(line: &SignalLine, header: &Header) -> Result<(), ReadErrorKind> {
    let Some(frames) = header.frames else {
        let expected = "a format other than 0 where the number of samples is not stated";
        return Err(wrong(line, "format", expected, "0"));
    };
    let widths = header.signals.iter().map(|line| line.samples_per_frame);
    let samples = frames.saturating_mul(widths.sum());
    if samples > signal_file::LIMIT {
        return Err(signal_file::too_many(samples));
    }
    Ok(())
}

/// Signals of differently long files end with the shortest.
fn equalise(signals: &mut [Signal], findings: &mut Vec<Finding>) {
    let lengths = || signals.iter().map(|signal| signal.millivolts.len());
    let (shortest, longest) = (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0));
    if shortest < longest {
        let message = format!("signals of {shortest} to {longest} samples end with the shortest");
        findings.push(finding("signals-cut", message));
    }
    for signal in signals {
        signal.millivolts.truncate(shortest);
    }
}
