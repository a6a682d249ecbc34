//! One signal file: the digital samples of its signals.

use super::flac;
use super::header::{Header, SignalLine};
use super::samples::Format;
use crate::finding::departure;
use crate::{ReadError, ReadErrorKind, ReadOptions};
use coronet_ecg::Finding;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Most samples read of one record, all signals together; two gibibytes as millivolts.
pub(super) const LIMIT: u64 = 1 << 28;

/// The samples of one signal as they are stored.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    /// The samples, those of a frame side by side.
    pub(super) digital: Vec<i32>,
    /// The value that marks a sample as invalid.
    pub(super) invalid: Option<i32>,
    /// Samples of the signal; those beyond `digital` are not in the file.
    pub(super) length: usize,
}

/// Reads the signals of one file, which share name and format.
///
/// # Errors
///
/// When the file is absent, shorter than the header says or too large.
pub(super) fn read(
    group: &[SignalLine],
    header: &Header,
    header_path: &Path,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Stored>, ReadError> {
    let Some(format) = Format::of(group[0].format) else {
        return Ok(null_signals(group, header));
    };
    let path = header_path.with_file_name(&group[0].file);
    let mut file = Source::open(path)?;
    let (samples, frames) = match format {
        Format::Flac { bits } => compressed(&mut file, group, header, bits)?,
        _ => plain(&mut file, group, header, format, findings)?,
    };
    take_apart(group, &samples, frames, format, options, findings)
        .map_err(|kind| kind.at(header_path))
}

/// A signal file with what an error says of it.
struct Source {
    path: PathBuf,
    file: fs_err::File,
    size: u64,
}

impl Source {
    fn open(path: PathBuf) -> Result<Source, ReadError> {
        let failed = |error| ReadErrorKind::Io(error).at(&path);
        let file = fs_err::File::open(&path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        Ok(Source { path, file, size })
    }

    fn failed(&self, error: std::io::Error) -> ReadError {
        ReadErrorKind::Io(error).at(&self.path)
    }

    /// `count` bytes from `offset` on; the file was found to hold them.
    fn bytes(&mut self, offset: u64, count: u64) -> Result<Vec<u8>, ReadError> {
        let mut bytes = Vec::with_capacity(count as usize);
        let mut read = || {
            if offset > 0 {
                self.file.seek(SeekFrom::Start(offset))?;
            }
            (&mut self.file).take(count).read_to_end(&mut bytes)
        };
        read().map_err(|error| self.failed(error))?;
        if (bytes.len() as u64) < count {
            return Err(ReadErrorKind::Truncated {
                expected: offset + count,
                got: offset + bytes.len() as u64,
            }
            .at(&self.path));
        }
        Ok(bytes)
    }
}

/// Signals of format 0: nothing is stored.
fn null_signals(group: &[SignalLine], header: &Header) -> Vec<Stored> {
    let frames = header.frames.unwrap_or(0) as usize;
    let stored = |line: &SignalLine| Stored {
        digital: Vec::new(),
        invalid: None,
        length: frames.saturating_mul(line.samples_per_frame as usize),
    };
    group.iter().map(stored).collect()
}

fn per_frame(group: &[SignalLine]) -> u64 {
    group.iter().map(|line| line.samples_per_frame).sum()
}

fn skew(group: &[SignalLine]) -> u64 {
    group.iter().map(|line| line.skew).max().unwrap_or(0)
}

/// Samples of an uncompressed file, and the frames that the record has of it.
///
/// Where signals are skewed, frames behind those of the header are read too, as far as they are
/// in the file and needed.
fn plain(
    source: &mut Source,
    group: &[SignalLine],
    header: &Header,
    format: Format,
    findings: &mut Vec<Finding>,
) -> Result<(Vec<i32>, u64), ReadError> {
    let (size, offset, per_frame) = (source.size, group[0].offset, per_frame(group));
    let there = format.samples(size.saturating_sub(offset)) / per_frame.max(1);
    let frames = header.frames.unwrap_or(there);
    let read = frames.max(there.min(frames.saturating_add(skew(group))));
    let samples = read.checked_mul(per_frame);
    let needed = samples.and_then(|samples| format.bytes(samples));
    let expected = needed.and_then(|bytes| bytes.checked_add(offset));
    let (Some(samples), Some(needed), Some(expected)) =
        (samples, needed, expected.filter(|&total| total <= size))
    else {
        return Err(ReadErrorKind::Truncated {
            expected: expected.unwrap_or(u64::MAX),
            got: size,
        }
        .at(&source.path));
    };
    if samples > LIMIT {
        return Err(too_many(samples).at(&source.path));
    }
    let padding = match format {
        Format::Packed311 | Format::Packed310 => 3,
        _ => 1,
    };
    if size - expected > padding && read == frames {
        let left = size - expected;
        let message = format!("{}: {left} bytes after the last sample", group[0].file);
        findings.push(super::reader::finding("extra-bytes", message));
    }
    let bytes = source.bytes(offset, needed)?;
    Ok((format.decode(&bytes, samples as usize), frames))
}

/// The refusal of a record of so many samples.
pub(super) fn too_many(samples: u64) -> ReadErrorKind {
    ReadErrorKind::TooLarge {
        expected: LIMIT * 8,
        got: samples.saturating_mul(8),
    }
}

/// Samples of a FLAC file, and the frames that the record has of it.
fn compressed(
    source: &mut Source,
    group: &[SignalLine],
    header: &Header,
    bits: u32,
) -> Result<(Vec<i32>, u64), ReadError> {
    let width = group[0].samples_per_frame;
    if let Some(line) = group.iter().find(|line| line.samples_per_frame != width) {
        return Err(ReadErrorKind::Field {
            line: line.line,
            field: "samples per frame",
            expected: format!("{width}, as the other signals of a FLAC file"),
            got: line.samples_per_frame.to_string(),
        }
        .at(&source.path));
    }
    let expected = flac::Expected {
        signals: group.len(),
        bits,
        samples: header.frames.map(|frames| frames.saturating_mul(width)),
        limit: LIMIT,
    };
    let offset = group[0].offset;
    source
        .file
        .seek(SeekFrom::Start(offset))
        .map_err(|error| source.failed(error))?;
    let stream = std::io::BufReader::new(&mut source.file);
    let samples = flac::decode(stream, &expected).map_err(|kind| kind.at(&source.path))?;
    let samples = to_frames(samples, group.len(), width as usize);
    let frames = samples.len() as u64 / per_frame(group).max(1);
    Ok((samples, frames))
}

/// FLAC interleaves sample by sample; a frame holds the samples of a signal side by side.
fn to_frames(samples: Vec<i32>, signals: usize, width: usize) -> Vec<i32> {
    if width == 1 || signals == 1 {
        return samples;
    }
    let frames = samples.chunks_exact(signals * width);
    frames
        .flat_map(|frame| {
            (0..signals).flat_map(move |signal| {
                let own = frame.iter().skip(signal).step_by(signals);
                own.copied()
            })
        })
        .collect()
}

/// Takes the frames apart and checks each signal against its line.
fn take_apart(
    group: &[SignalLine],
    samples: &[i32],
    frames: u64,
    format: Format,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Stored>, ReadErrorKind> {
    let per_frame = per_frame(group) as usize;
    let mut place = 0;
    let mut signals = Vec::with_capacity(group.len());
    for line in group {
        let width = line.samples_per_frame as usize;
        let mut digital = column(samples, place, width, per_frame);
        place += width;
        if format == Format::Difference8 {
            accumulate(&mut digital, line.initial.unwrap_or(0));
        }
        let length = frames as usize * width;
        let own = &digital[..length.min(digital.len())];
        verify(line, own, options, findings)?;
        if line.skew > 0 {
            let skew = (line.skew as usize).saturating_mul(width);
            digital.drain(..skew.min(digital.len()));
            let message = format!("{}: {} frames earlier", line.name(), line.skew);
            findings.push(super::reader::finding("skew-corrected", message));
        }
        digital.truncate(length);
        signals.push(Stored {
            digital,
            invalid: format.invalid(),
            length,
        });
    }
    Ok(signals)
}

/// The `width` samples at `place` of every frame.
fn column(samples: &[i32], place: usize, width: usize, per_frame: usize) -> Vec<i32> {
    let frames = samples.chunks_exact(per_frame);
    match width {
        1 => frames.map(|frame| frame[place]).collect(),
        _ => frames
            .flat_map(|frame| &frame[place..place + width])
            .copied()
            .collect(),
    }
}

fn accumulate(column: &mut [i32], initial: i64) {
    let mut value = initial as i32;
    for sample in column {
        value = value.wrapping_add(*sample);
        *sample = value;
    }
}

/// Initial value and checksum as the header states them. Writers differ in what the initial value
/// of a skewed signal is, so that it is a finding only; the checksum sees the first sample too.
fn verify(
    line: &SignalLine,
    column: &[i32],
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<(), ReadErrorKind> {
    let Some(&first) = column.first() else {
        return Ok(());
    };
    let name = line.name();
    if let Some(initial) = line.initial
        && initial != i64::from(first)
    {
        let message = format!("{name}: header says {initial}, signal begins {first}");
        findings.push(super::reader::finding("initial-value-mismatch", message));
    }
    if let Some(checksum) = line.checksum {
        let sum: i64 = column.iter().map(|&sample| i64::from(sample)).sum();
        if (sum.wrapping_sub(checksum)).rem_euclid(65_536) != 0 {
            let sum = sum.rem_euclid(65_536);
            let error = ReadErrorKind::Field {
                line: line.line,
                field: "checksum",
                expected: format!("{sum}, which the samples of {name} give"),
                got: checksum.rem_euclid(65_536).to_string(),
            };
            departure("checksum-mismatch", error, options, findings)?;
        }
    }
    Ok(())
}
