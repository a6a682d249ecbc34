//! Records to signals.

use super::annotations::{self, Marks};
use super::header::{Header, SignalHeader};
use super::identification;
use crate::bytes::{Endian, at};
use crate::finding::{check_signals, finding, in_unit, not_a_voltage};
use crate::{Leniency, ReadErrorKind, ReadOptions, Unit};
use coronet_ecg::{Channel, Ecg, Finding, Hertz, Lead, Signal};

/// Most samples of all signals together, gaps between records included.
const LIMIT: u64 = 1 << 27;

/// Reads the bytes of a file.
///
/// Signals of the rate that most leads have are read, others named in a finding. Records of EDF+D
/// are put where their time stamps say, and gaps are invalid samples. Millivolts are
/// (digital − digital minimum) · gain + physical minimum, with the gain of both ranges.
///
/// # Errors
///
/// When a field of the header is wrong, a lead has no unit of voltage, or, unless lenient, the
/// file is shorter than it says.
pub(crate) fn ecg(bytes: &[u8], options: &ReadOptions) -> Result<Ecg, ReadErrorKind> {
    let header = Header::parse(bytes)?;
    let mut findings = Vec::new();
    let records = records(bytes, &header, options, &mut findings)?;
    let places = places(&header);
    let samples = chosen_samples(&header)?;
    let rate = rate(&header, samples, options, &mut findings)?;
    let marks: Vec<Marks> = records
        .iter()
        .map(|record| marks(record, &header, &places))
        .collect();
    let timeline = Timeline::of(&header, &marks, samples, rate, &mut findings)?;
    let mut signals = Vec::new();
    for (signal, &place) in header.signals.iter().zip(&places) {
        if signal.is_annotations() || signal.samples != samples {
            continue;
        }
        let physical = Physical::of(signal, options, &mut findings)?;
        signals.push(timeline.signal(&records, place, header.width, &physical));
    }
    left_out(&header, samples, &mut findings);
    check_signals(&mut signals, super::NAME, options, &mut findings)?;
    let plus = header.continuous.is_some();
    let first = marks.first().and_then(|marks| marks.onset).unwrap_or(0.0);
    Ok(Ecg {
        rate,
        signals,
        start: start(&header, first, &mut findings),
        subject: identification::subject(&header.patient, plus),
        device: identification::device(&header.recording, plus),
        findings,
    })
}

/// The whole data records of the file.
fn records<'b>(
    bytes: &'b [u8],
    header: &Header,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Vec<&'b [u8]>, ReadErrorKind> {
    let size = header.record_size();
    let data = &bytes[header.size()..];
    if size == 0 {
        let field = "samples in a data record";
        return Err(at(252, field, "at least one sample", 0));
    }
    let held = data.len() as u64 / size;
    let stated = header.records.unwrap_or(held);
    let needed = stated.saturating_mul(size).max(size);
    if needed > data.len() as u64 {
        let truncated = ReadErrorKind::Truncated {
            expected: needed.saturating_add(header.size() as u64),
            got: bytes.len() as u64,
        };
        if options.leniency == Leniency::Strict || held == 0 {
            return Err(truncated);
        }
        let message = format!("{truncated}; {held} of {stated} data records are read");
        findings.push(finding("truncated", message));
    }
    let used = held.min(stated.max(1));
    let extra = data.len() as u64 - used * size;
    if extra > 0 && needed <= data.len() as u64 {
        let message = format!("{extra} bytes after the data records");
        findings.push(finding("extra-bytes", message));
    }
    Ok(data
        .chunks_exact(size as usize)
        .take(used as usize)
        .collect())
}

/// Offset of each signal in a record.
fn places(header: &Header) -> Vec<usize> {
    let mut place = 0;
    header
        .signals
        .iter()
        .map(|signal| {
            let this = place;
            place += signal.samples * header.width;
            this
        })
        .collect()
}

/// Samples in a record of the signals that are read: those that most leads have, then those that
/// most signals have, then the most.
fn chosen_samples(header: &Header) -> Result<usize, ReadErrorKind> {
    let of_voltage = || {
        header
            .signals
            .iter()
            .filter(|signal| !signal.is_annotations() && signal.samples > 0)
    };
    let count = |samples: usize| {
        let same = || of_voltage().filter(|signal| signal.samples == samples);
        let leads = same().filter(|signal| Lead::parse(&signal.label).is_some());
        (leads.count(), same().count(), samples)
    };
    of_voltage()
        .map(|signal| count(signal.samples))
        .max()
        .map(|(_, _, samples)| samples)
        .ok_or_else(|| at(256, "label", "at least one signal", "annotations only"))
}

fn rate(
    header: &Header,
    samples: usize,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Hertz, ReadErrorKind> {
    if let Some(rate) = Hertz::new(samples as f64 / header.duration) {
        return Ok(rate);
    }
    let Some(rate) = options.rate else {
        let field = "duration of a data record";
        return Err(at(244, field, "more than 0 s", header.duration));
    };
    let message = format!("records last 0 s, taken as {} Hz as stated", rate.get());
    findings.push(finding("rate-not-stated", message));
    Ok(rate)
}

fn marks(record: &[u8], header: &Header, places: &[usize]) -> Marks {
    let mut marks = Marks::default();
    for (signal, &place) in header.signals.iter().zip(places) {
        if signal.is_annotations() {
            let bytes = &record[place..place + signal.samples * header.width];
            let found = annotations::marks(bytes);
            marks.onset = marks.onset.or(found.onset);
            marks.end = marks.end.or(found.end);
        }
    }
    marks
}

/// Where the samples of each record lie.
struct Timeline {
    starts: Vec<usize>,
    samples: usize,
    length: usize,
}

impl Timeline {
    fn of(
        header: &Header,
        marks: &[Marks],
        samples: usize,
        rate: Hertz,
        findings: &mut Vec<Finding>,
    ) -> Result<Timeline, ReadErrorKind> {
        let first = marks.first().and_then(|marks| marks.onset).unwrap_or(0.0);
        let mut starts = Vec::with_capacity(marks.len());
        let mut next = 0;
        let mut gaps = 0;
        for (index, marks) in marks.iter().enumerate() {
            let mut start = next;
            if header.continuous == Some(false) {
                start = position(marks, first, rate, next, index, header)?;
                gaps += start - next;
            }
            starts.push(start as usize);
            next = start + samples as u64;
        }
        if gaps > 0 {
            let seconds = gaps as f64 / rate.get();
            let message = format!("{seconds} s between data records were not recorded");
            findings.push(finding("gaps", message));
        }
        let end = marks.iter().find_map(|marks| marks.end);
        let stated = end.map(|end| ((end - first) * rate.get()).round() as u64);
        let length = stated
            .filter(|stated| *stated > 0)
            .map_or(next, |stated| stated.min(next));
        Ok(Timeline {
            starts,
            samples,
            length: length as usize,
        })
    }

    fn signal(&self, records: &[&[u8]], place: usize, width: usize, physical: &Physical) -> Signal {
        let mut millivolts = vec![f64::NAN; self.length];
        for (record, &start) in records.iter().zip(&self.starts) {
            let bytes = &record[place..place + self.samples * width];
            let slots = millivolts.iter_mut().skip(start);
            for (slot, sample) in slots.zip(bytes.chunks_exact(width)) {
                *slot = physical.millivolts(Endian::Little.signed(sample));
            }
        }
        Signal {
            channel: physical.channel.clone(),
            millivolts,
        }
    }
}

/// Sample at which a record of EDF+D begins.
fn position(
    marks: &Marks,
    first: f64,
    rate: Hertz,
    next: u64,
    index: usize,
    header: &Header,
) -> Result<u64, ReadErrorKind> {
    let offset = header.size() as u64 + index as u64 * header.record_size();
    let field = "time stamp of a data record";
    let Some(onset) = marks.onset else {
        return Err(at(offset, field, "one in each record of EDF+D", "none"));
    };
    let start = ((onset - first) * rate.get()).round();
    // Time stamps are rounded; a record that begins within a sample of the end of the last follows it.
    if start + 1.0 < next as f64 {
        let expected = format!("at least {} s", first + next as f64 / rate.get());
        return Err(at(offset, field, expected, onset));
    }
    let start = start.max(next as f64);
    let signals = header.signals.len() as f64;
    if start * signals > LIMIT as f64 {
        return Err(ReadErrorKind::TooLarge {
            expected: LIMIT * 8,
            got: (start * signals * 8.0) as u64,
        });
    }
    Ok(start as u64)
}

/// How digital values become millivolts.
struct Physical {
    channel: Channel,
    unit: Unit,
    gain: f64,
    offset: f64,
}

impl Physical {
    fn of(
        signal: &SignalHeader,
        options: &ReadOptions,
        findings: &mut Vec<Finding>,
    ) -> Result<Physical, ReadErrorKind> {
        let [low, high] = signal.physical;
        let [least, most] = signal.digital;
        let gain = (high - low) / (most - least);
        if !(gain.is_finite() && gain != 0.0 && least < most) {
            let expected = "different physical and rising digital limits";
            let got = format!("{low} to {high}, {least} to {most} of {}", signal.label);
            return Err(at(256, "physical and digital limits", expected, got));
        }
        let channel = Lead::parse(&signal.label)
            .map_or_else(|| Channel::Other(signal.label.clone()), Channel::Lead);
        let unit = unit(signal, &channel, options, findings)?;
        Ok(Physical {
            unit,
            channel: match unit_is_stated(signal, options) {
                true => in_unit(channel, Some(&signal.dimension)),
                false => channel,
            },
            gain,
            offset: high / gain - most,
        })
    }

    fn millivolts(&self, digital: i64) -> f64 {
        self.unit
            .to_millivolts(self.gain * (digital as f64 + self.offset))
    }
}

fn unit(
    signal: &SignalHeader,
    channel: &Channel,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Unit, ReadErrorKind> {
    let label = &signal.label;
    if let Some(unit) = Unit::parse(&signal.dimension) {
        return Ok(unit);
    }
    if let (false, Some(unit)) = (unit_is_stated(signal, options), options.unit) {
        let message = format!("{label}: no physical dimension, taken as stated");
        findings.push(finding("unit-not-stated", message));
        return Ok(unit);
    }
    if matches!(channel, Channel::Lead(_)) {
        let got = format!("{} of {label}", signal.dimension);
        let expected = "a unit of voltage for an ECG lead";
        return Err(at(256, "physical dimension", expected, got));
    }
    findings.push(not_a_voltage(label, &signal.dimension));
    Ok(Unit::Millivolt)
}

/// Whether the unit is that of the file: one that is absent may be stated by the caller.
fn unit_is_stated(signal: &SignalHeader, options: &ReadOptions) -> bool {
    !signal.dimension.is_empty() || options.unit.is_none()
}

/// Signals of another rate, by name.
fn left_out(header: &Header, samples: usize, findings: &mut Vec<Finding>) {
    let labels: Vec<&str> = header
        .signals
        .iter()
        .filter(|signal| !signal.is_annotations() && signal.samples != samples)
        .map(|signal| signal.label.as_str())
        .collect();
    if !labels.is_empty() {
        let message = format!("not read, being of another rate: {}", labels.join(", "));
        findings.push(finding("signals-left-out", message));
    }
    let mut filters: Vec<&str> = header
        .signals
        .iter()
        .map(|signal| signal.filters.as_str())
        .filter(|filters| !filters.is_empty())
        .collect();
    filters.dedup();
    if !filters.is_empty() {
        findings.push(finding("filters-stated", filters.join("; ")));
    }
}

/// Start of the recording; the first time stamp of EDF+ adds the fraction of a second.
fn start(
    header: &Header,
    first: f64,
    findings: &mut Vec<Finding>,
) -> Option<jiff::civil::DateTime> {
    let start = identification::start(&header.recording, &header.date, &header.time);
    if start.is_none() {
        let message = format!("`{} {}` is no date and time", header.date, header.time);
        findings.push(finding("start-not-stated", message));
    }
    let fraction = jiff::SignedDuration::try_from_secs_f64(first).ok()?;
    start?.checked_add(fraction).ok()
}
