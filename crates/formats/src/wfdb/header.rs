//! The header grammar of header(5).

use crate::{ReadError, ReadErrorKind};
use coronet_ecg::Hertz;
use jiff::civil::{Date, DateTime, Time};
use std::io::Read;
use std::path::Path;

/// A parsed header; numbers as written, with the defaults of header(5) where absent.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// Record name as the header states it.
    pub name: String,
    /// Frames a second; 250 where absent.
    pub rate: Hertz,
    /// Whether the rate is written.
    pub rate_stated: bool,
    /// Frames per signal, if written and not 0.
    pub frames: Option<u64>,
    /// Start, where both time and date are written.
    pub start: Option<DateTime>,
    /// What stands where time and date belong and is neither.
    pub start_not_understood: Option<String>,
    /// Number of signals as the record line states it.
    pub signal_count: usize,
    /// One line per signal; empty for a record of several segments.
    pub signals: Vec<SignalLine>,
    /// One line per segment; empty for a record of one.
    pub segments: Vec<SegmentLine>,
    /// Comments without `#`, in order.
    pub comments: Vec<String>,
}

/// One signal specification.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalLine {
    /// Line in the header, counted from 1.
    pub line: usize,
    /// Name of the signal file.
    pub file: String,
    /// Storage format.
    pub format: u32,
    /// Samples per frame.
    pub samples_per_frame: u64,
    /// Frames by which this signal is late in the file.
    pub skew: u64,
    /// Bytes before the first sample in the file.
    pub offset: u64,
    /// ADC units per physical unit, if written and not 0.
    pub gain: Option<f64>,
    /// ADC value of physical zero, if written.
    pub baseline: Option<f64>,
    /// Physical unit, if written.
    pub units: Option<String>,
    /// ADC value of the middle of the ADC's range.
    pub adc_zero: i64,
    /// First sample, if written.
    pub initial: Option<i64>,
    /// Sum of all samples modulo 65536, if written.
    pub checksum: Option<i64>,
    /// Name of the signal; empty if not written.
    pub description: String,
}

/// One segment of a record of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentLine {
    /// Line in the header, counted from 1.
    pub line: usize,
    /// Name of the record that holds the segment; `~` for a gap.
    pub name: String,
    /// Frames of the segment; 0 for a layout, which must be the first.
    pub frames: u64,
}

impl SegmentLine {
    /// Whether nothing was recorded during the segment.
    pub fn is_gap(&self) -> bool {
        self.name == "~"
    }
}

/// Largest header read.
const LIMIT: u64 = 4 << 20;

impl Header {
    /// Reads and parses a header file.
    ///
    /// # Errors
    ///
    /// When it cannot be read or is not of this grammar.
    pub fn read(path: &Path) -> Result<Header, ReadError> {
        let failed = |error| ReadErrorKind::Io(error).at(path);
        let mut bytes = Vec::new();
        fs_err::File::open(path)
            .map_err(failed)?
            .take(LIMIT + 1)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        if bytes.len() as u64 > LIMIT {
            let got = bytes.len() as u64;
            return Err(ReadErrorKind::TooLarge {
                expected: LIMIT,
                got,
            }
            .at(path));
        }
        Header::parse(&String::from_utf8_lossy(&bytes)).map_err(|kind| kind.at(path))
    }

    /// Parses the text of a header.
    ///
    /// # Errors
    ///
    /// As [`Header::read`].
    pub fn parse(text: &str) -> Result<Header, ReadErrorKind> {
        let mut comments = Vec::new();
        let mut lines = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim().trim_start_matches('\u{feff}');
            if let Some(comment) = line.strip_prefix('#') {
                comments.push(comment.trim().to_string());
            } else if !line.is_empty() {
                lines.push((index + 1, line));
            }
        }
        let mut lines = lines.into_iter();
        let (line, record) = lines.next().ok_or(ReadErrorKind::Field {
            line: 1,
            field: "record line",
            expected: "a record name and the number of signals".to_string(),
            got: String::new(),
        })?;
        let (mut header, segments) = record_line(line, record)?;
        header.comments = comments;
        let signals = if segments.is_some() {
            0
        } else {
            header.signal_count
        };
        for _ in 0..signals {
            let missing = || too_few(line, "number of signals", signals, header.signals.len());
            let (line, text) = lines.next().ok_or_else(missing)?;
            header.signals.push(signal_line(line, text)?);
        }
        for _ in 0..segments.unwrap_or(0) {
            let count = (segments.unwrap_or(0), header.segments.len());
            let missing = || too_few(line, "number of segments", count.0, count.1);
            let (line, text) = lines.next().ok_or_else(missing)?;
            header.segments.push(segment_line(line, text)?);
        }
        Ok(header)
    }
}

fn too_few(line: usize, field: &'static str, expected: usize, got: usize) -> ReadErrorKind {
    ReadErrorKind::Field {
        line,
        field,
        expected: format!("{expected} further lines"),
        got: got.to_string(),
    }
}

/// Whether a text begins as a WFDB header: a record line after comments, and a line after it that
/// is not of numbers alone as in a table.
pub fn is_header(text: &str) -> bool {
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let record = lines.next().is_some_and(is_record_line);
    let of_numbers = |line: &str| {
        line.split_whitespace()
            .all(|word| word.parse::<f64>().is_ok())
    };
    record && !lines.next().is_some_and(of_numbers)
}

fn is_record_line(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let name = words.next().is_some_and(|name| !name.contains([',', ';']));
    let count = words
        .next()
        .is_some_and(|count| count.parse::<u32>().is_ok());
    let rate = words
        .next()
        .is_none_or(|rate| rate.starts_with(|first: char| first.is_ascii_digit()));
    name && count && rate && words.count() <= 4
}

fn wrong(line: usize, field: &'static str, expected: &str, got: &str) -> ReadErrorKind {
    ReadErrorKind::Field {
        line,
        field,
        expected: expected.to_string(),
        got: got.to_string(),
    }
}

/// `name[/segments] signals [rate[/counter[(base)]] [samples [time [date]]]]`
fn record_line(line: usize, text: &str) -> Result<(Header, Option<usize>), ReadErrorKind> {
    let mut words = text.split_whitespace();
    let word = words.next().unwrap_or_default();
    let (name, segments) = match word.split_once('/') {
        None => (word, None),
        Some((name, count)) => {
            let expected = "an integer above zero";
            let parsed = count.parse().ok().filter(|&count: &usize| count > 0);
            let wrong = || wrong(line, "number of segments", expected, count);
            (name, Some(parsed.ok_or_else(wrong)?))
        }
    };
    let count = words.next().unwrap_or_default();
    let signal_count: usize = count
        .parse()
        .map_err(|_| wrong(line, "number of signals", "an integer", count))?;
    let rate = words.next();
    let hertz = rate.map(|word| word.split('/').next().unwrap_or(word));
    let rate_value = hertz.map_or(Ok(250.0), |word| {
        word.parse()
            .map_err(|_| wrong(line, "sampling frequency", "a number", word))
    })?;
    // header(5): a frequency of 0 stands for the default of 250.
    let rate_value = if rate_value == 0.0 { 250.0 } else { rate_value };
    let expected = "a frequency above zero";
    let hertz = Hertz::new(rate_value)
        .ok_or_else(|| wrong(line, "sampling frequency", expected, rate.unwrap_or("")))?;
    let samples = words.next();
    let frames = samples.map_or(Ok(0), |word| {
        word.parse::<u64>()
            .map_err(|_| wrong(line, "number of samples per signal", "an integer", word))
    })?;
    let stated = words.collect::<Vec<&str>>();
    let start = start(&stated);
    let header = Header {
        name: name.to_string(),
        rate: hertz,
        rate_stated: rate.is_some(),
        frames: (frames > 0).then_some(frames),
        start: start.unwrap_or_default(),
        start_not_understood: start.is_none().then(|| stated.join(" ")),
        signal_count,
        signals: Vec::new(),
        segments: Vec::new(),
        comments: Vec::new(),
    };
    Ok((header, segments))
}

/// `name frames`
fn segment_line(line: usize, text: &str) -> Result<SegmentLine, ReadErrorKind> {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default();
    let frames = words.next().unwrap_or_default();
    let plain = !name.contains(['/', '\\', ':']) && ![".", "..", "-"].contains(&name);
    if !plain {
        let expected = "the plain name of a record beside this header, or ~";
        return Err(wrong(line, "segment name", expected, name));
    }
    Ok(SegmentLine {
        line,
        name: name.to_string(),
        frames: frames
            .parse()
            .map_err(|_| wrong(line, "samples of a segment", "an integer", frames))?,
    })
}

/// Time and date in either order; the grammar says time first, the PhysioNet Challenges write
/// the date first. `None` where words are there that are neither.
fn start(words: &[&str]) -> Option<Option<DateTime>> {
    let (mut time, mut day) = (None, None);
    for word in words {
        let plain = word.trim_matches(['[', ']']);
        match word.contains(':') {
            true => time = Some(clock(plain)?),
            false => day = Some(date(plain)?),
        }
    }
    let start = day.zip(time);
    Some(start.map(|(day, time)| DateTime::from_parts(day, time)))
}

/// `[[HH:]MM:]SS[.fraction]`
fn clock(word: &str) -> Option<Time> {
    let (whole, fraction) = word.split_once('.').unwrap_or((word, ""));
    let parts: Vec<i8> = whole
        .split(':')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let (hour, minute, second) = match parts[..] {
        [hour, minute, second] => (hour, minute, second),
        [minute, second] => (0, minute, second),
        _ => return None,
    };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    Time::new(hour, minute, second, digits.parse().ok()?).ok()
}

/// `DD/MM/YYYY`, `DD-Mon-YYYY` or `YYYY-MM-DD`; a year of two digits does not say its century.
fn date(word: &str) -> Option<Date> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let parts: Vec<&str> = word.split(['/', '-']).collect();
    let [first, middle, last] = parts[..] else {
        return None;
    };
    let month = match MONTHS
        .iter()
        .position(|name| middle.eq_ignore_ascii_case(name))
    {
        Some(index) => i8::try_from(index + 1).ok()?,
        None => middle.parse().ok()?,
    };
    let (year, day) = if first.len() == 4 {
        (first, last)
    } else {
        (last, first)
    };
    let year = Some(year).filter(|year| year.len() == 4)?;
    Date::new(year.parse().ok()?, month, day.parse().ok()?).ok()
}

/// `file format[xS][:skew][+offset] [gain[(baseline)][/units] [bits [zero [initial [checksum
/// [block [description]]]]]]]`
fn signal_line(line: usize, text: &str) -> Result<SignalLine, ReadErrorKind> {
    let mut rest = text;
    let mut word = || {
        rest = rest.trim_start();
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        (!word.is_empty()).then_some(word)
    };
    let integer = |field, word: Option<&str>| {
        word.map(|word| {
            word.parse::<i64>()
                .map_err(|_| wrong(line, field, "an integer", word))
        })
        .transpose()
    };
    let file = word().unwrap_or_default();
    let format = word().unwrap_or_default();
    let gain = word();
    integer("ADC resolution", word())?;
    let adc_zero = integer("ADC zero", word())?;
    let initial = integer("initial value", word())?;
    let checksum = integer("checksum", word())?;
    integer("block size", word())?;
    let storage = storage(format).ok_or_else(|| {
        let expected = "a format such as 16, 212x2, 16:3 or 16+24";
        wrong(line, "format", expected, format)
    })?;
    let gain = gain.map_or(Ok(Gain::default()), |word| {
        let expected = "a gain such as 200, 1000/mV or 1000(0)/mV";
        parse_gain(word).ok_or_else(|| wrong(line, "gain", expected, word))
    })?;
    Ok(SignalLine {
        line,
        file: file.to_string(),
        format: storage.format,
        samples_per_frame: storage.samples_per_frame,
        skew: storage.skew,
        offset: storage.offset,
        gain: gain.value,
        baseline: gain.baseline,
        units: gain.units,
        adc_zero: adc_zero.unwrap_or(0),
        initial,
        checksum,
        description: rest.trim().to_string(),
    })
}

struct Storage {
    format: u32,
    samples_per_frame: u64,
    skew: u64,
    offset: u64,
}

fn storage(word: &str) -> Option<Storage> {
    let end = word
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(word.len());
    let mut storage = Storage {
        format: word[..end].parse().ok()?,
        samples_per_frame: 1,
        skew: 0,
        offset: 0,
    };
    let mut rest = &word[end..];
    while let Some(mark) = rest.chars().next() {
        let body = rest.get(1..)?;
        let end = body.find(['x', ':', '+']).unwrap_or(body.len());
        let value: u64 = body[..end].parse().ok()?;
        match mark {
            'x' if (1..=10_000).contains(&value) => storage.samples_per_frame = value,
            ':' => storage.skew = value,
            '+' => storage.offset = value,
            _ => return None,
        }
        rest = &body[end..];
    }
    Some(storage)
}

#[derive(Default)]
struct Gain {
    value: Option<f64>,
    baseline: Option<f64>,
    units: Option<String>,
}

fn parse_gain(word: &str) -> Option<Gain> {
    let (number, units) = match word.split_once('/') {
        Some((number, units)) => (number, Some(units.to_string())),
        None => (word, None),
    };
    let (gain, baseline) = match number.split_once('(') {
        Some((gain, baseline)) => (gain, Some(baseline.strip_suffix(')')?)),
        None => (number, None),
    };
    let finite = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
    let gain = finite(gain)?;
    Some(Gain {
        value: (gain != 0.0).then_some(gain),
        baseline: baseline
            .map(|text| finite(text).ok_or(()))
            .transpose()
            .ok()?,
        units: units.filter(|units| !units.is_empty()),
    })
}
