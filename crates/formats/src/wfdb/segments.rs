//! Records of several segments (header(5), multi-segment records).
//!
//! Fixed layout: every segment has the same signals in the same order. Variable layout: the first
//! segment has no samples and lists all signals; a segment holds some of them, found by name. A
//! segment called `~` is a gap. What a segment does not hold is NaN.

use super::header::{Header, SegmentLine, SignalLine};
use super::physical;
use super::reader::{self, finding};
use super::signal_file::{LIMIT, too_many};
use crate::{ReadError, ReadErrorKind, ReadOptions};
use coronet_ecg::{Channel, Finding, Signal};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The signals of all segments in sequence, and the samples a frame they have.
///
/// # Errors
///
/// When a segment is absent, contradicts the record, or cannot be read.
pub(super) fn read(
    master: &Header,
    path: &Path,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<(Vec<Signal>, u64), ReadError> {
    check_length(master).map_err(|kind| kind.at(path))?;
    let segments = headers(master, path)?;
    let Some((_, layout)) = segments.iter().find_map(|each| each.header.as_ref()) else {
        let expected = "at least one segment that is no gap";
        return Err(wrong(1, "segments", expected, "only gaps").at(path));
    };
    let is_variable = segments[0].line.frames == 0;
    check(master, &segments, layout, is_variable).map_err(|kind| kind.at(path))?;
    let present = segments.iter().filter_map(|each| each.header.as_ref());
    let common = physical::common_width(present.map(|(_, header)| header));
    check_width(master, common).map_err(|kind| kind.at(path))?;
    check_gaps(master, &segments, common).map_err(|kind| kind.at(path))?;
    let mut record = Assembly::new(layout);
    for segment in &segments {
        let length = (segment.line.frames * common) as usize;
        match &segment.header {
            Some((path, header)) if length > 0 => {
                let read = reader::signals(header, path, common, options, &mut record.findings)?;
                record.append(read, length, &segment.line.name);
            }
            _ => record.append(Vec::new(), length, &segment.line.name),
        }
    }
    findings.extend(record.take_findings());
    Ok((record.signals, common))
}

/// A segment line with the header of the segment, unless it is a gap.
struct Segment<'a> {
    line: &'a SegmentLine,
    header: Option<(PathBuf, Header)>,
}

fn wrong(line: usize, field: &'static str, expected: &str, got: &str) -> ReadErrorKind {
    ReadErrorKind::Field {
        line,
        field,
        expected: expected.to_string(),
        got: got.to_string(),
    }
}

/// Frames of the segments add up to those of the record, within what is read at all.
fn check_length(master: &Header) -> Result<(), ReadErrorKind> {
    let frames = master.segments.iter().map(|segment| segment.frames);
    let sum = frames.fold(0_u64, u64::saturating_add);
    if let Some(stated) = master.frames
        && stated != sum
    {
        let expected = format!("the sum of the segments, {sum}");
        let field = "number of samples per signal";
        return Err(wrong(1, field, &expected, &stated.to_string()));
    }
    let samples = sum.saturating_mul(master.signal_count.max(1) as u64);
    if samples > LIMIT {
        return Err(too_many(samples));
    }
    Ok(())
}

/// The same with so many samples a frame.
fn check_width(master: &Header, common: u64) -> Result<(), ReadErrorKind> {
    let frames = master.segments.iter().map(|segment| segment.frames);
    let frames = frames.fold(0_u64, u64::saturating_add);
    let samples = frames
        .saturating_mul(common)
        .saturating_mul(master.signal_count.max(1) as u64);
    match samples {
        0..=LIMIT => Ok(()),
        more => Err(too_many(more)),
    }
}

/// Gaps, and signals that a segment lacks, are not longer than what is stored bears.
fn check_gaps(master: &Header, segments: &[Segment<'_>], common: u64) -> Result<(), ReadErrorKind> {
    let lacking = segments.iter().map(|segment| {
        let stored = segment.header.as_ref();
        let stored = stored.map_or(0, |(_, header)| header.signals.len());
        let absent = master.signal_count.saturating_sub(stored) as u64;
        let samples = segment.line.frames.saturating_mul(common);
        samples.saturating_mul(absent)
    });
    let lacking = lacking.fold(0_u64, u64::saturating_add);
    let stored = segments.iter().filter_map(|each| each.header.as_ref());
    reader::check_backing(
        lacking,
        stored.map(|(path, header)| (path.as_path(), header)),
    )
}

/// The headers of all segments that are no gaps.
fn headers<'a>(master: &'a Header, path: &Path) -> Result<Vec<Segment<'a>>, ReadError> {
    let header = |line: &SegmentLine| {
        let path = path.with_file_name(format!("{}.hea", line.name));
        Header::read(&path).map(|header| (path, header))
    };
    let segments = master.segments.iter();
    segments
        .map(|line| {
            let header = (!line.is_gap()).then(|| header(line)).transpose()?;
            Ok(Segment { line, header })
        })
        .collect()
}

/// Every segment agrees with the record on rate, length and signals.
fn check(
    master: &Header,
    segments: &[Segment<'_>],
    layout: &Header,
    is_variable: bool,
) -> Result<(), ReadErrorKind> {
    if layout.signals.len() != master.signal_count {
        let expected = format!("{}, as the first segment", layout.signals.len());
        let got = master.signal_count.to_string();
        return Err(wrong(1, "number of signals", &expected, &got));
    }
    for (index, segment) in segments.iter().enumerate() {
        let line = segment.line;
        let Some((_, header)) = &segment.header else {
            continue;
        };
        if !header.segments.is_empty() {
            let expected = "a record of one segment";
            return Err(wrong(line.line, "segment name", expected, &line.name));
        }
        if header.rate != master.rate {
            let expected = format!("{} as in the record", master.rate.get());
            let got = header.rate.get().to_string();
            return Err(wrong(line.line, "sampling frequency", &expected, &got));
        }
        let frames = header.frames.unwrap_or(line.frames);
        if frames != line.frames || (line.frames == 0 && index > 0) {
            let expected = match index {
                0 => frames.to_string(),
                _ => format!("{frames} and above zero"),
            };
            let got = line.frames.to_string();
            return Err(wrong(line.line, "samples of a segment", &expected, &got));
        }
        if !is_variable {
            check_order(line, header, layout)?;
        }
    }
    Ok(())
}

/// header(5): in a fixed layout the arrangement of signals is the same in every segment.
fn check_order(line: &SegmentLine, header: &Header, layout: &Header) -> Result<(), ReadErrorKind> {
    let names = |header: &Header| {
        let names = header.signals.iter().map(|line| line.description.clone());
        names.collect::<Vec<String>>().join(", ")
    };
    let (expected, got) = (names(layout), names(header));
    if expected == got {
        return Ok(());
    }
    Err(wrong(line.line, "signals of a segment", &expected, &got))
}

/// The signals of the record as far as they have been put together.
struct Assembly {
    names: Vec<Channel>,
    signals: Vec<Signal>,
    findings: Vec<Finding>,
    gaps: usize,
}

impl Assembly {
    fn new(layout: &Header) -> Assembly {
        let names: Vec<Channel> = layout.signals.iter().map(SignalLine::channel).collect();
        let signals = names.iter().map(|channel| Signal {
            channel: channel.clone(),
            millivolts: Vec::new(),
        });
        Assembly {
            signals: signals.collect(),
            names,
            findings: Vec::new(),
            gaps: 0,
        }
    }

    /// Adds `length` samples to every signal: those of the segment by name, else NaN.
    fn append(&mut self, read: Vec<Signal>, length: usize, segment: &str) {
        let end = self
            .signals
            .first()
            .map_or(0, |first| first.millivolts.len())
            + length;
        let mut is_partial = false;
        for signal in read {
            let place = self.place(&signal.channel, end);
            match place {
                Some(place) => {
                    self.signals[place].millivolts.extend(signal.millivolts);
                    self.signals[place].channel = signal.channel;
                }
                None => {
                    let name = signal.channel.name();
                    let message = format!("{segment}: {name} is not in the layout, left out");
                    self.findings.push(finding("signal-not-in-layout", message));
                }
            }
        }
        for signal in &mut self.signals {
            is_partial |= signal.millivolts.len() < end;
            signal.millivolts.resize(end, f64::NAN);
        }
        self.gaps += usize::from(is_partial && length > 0);
    }

    /// The first signal of this name that the segment has not filled yet.
    fn place(&self, channel: &Channel, end: usize) -> Option<usize> {
        let mut places = 0..self.names.len();
        places.find(|&at| {
            self.names[at].name() == channel.name() && self.signals[at].millivolts.len() < end
        })
    }

    /// Each finding once, however many segments have it.
    fn take_findings(&mut self) -> Vec<Finding> {
        let mut findings = std::mem::take(&mut self.findings);
        let mut seen = BTreeSet::new();
        findings.retain(|finding| seen.insert(finding.clone()));
        if self.gaps > 0 {
            let message = format!("{} segments lack all or some of the signals", self.gaps);
            findings.push(finding("gaps-between-segments", message));
        }
        findings
    }
}
