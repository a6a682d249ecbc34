//! Frames: for each sequence a block of samples of each channel (ISO 22077-1, 5.2).

use super::definitions::{Attributes, Definitions, Scaled};
use super::items::Item;
use crate::bytes::{Endian, at};
use crate::finding::{finding, in_unit, name};
use crate::{ReadErrorKind, ReadOptions, Unit};
use coronet_ecg::{Channel, Finding, Hertz, Signal};

/// Waveform type of dominant beats.
const DOMINANT_BEAT: u64 = 9;

/// Lead codes of channels that are no waveform.
const STATUS: &str = "lead 4160";

/// A frame with what was in force when it came.
pub(super) struct Frame<'b> {
    bytes: &'b [u8],
    offset: u64,
    endian: Endian,
    channels: Vec<Attributes>,
}

/// How samples of a channel are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Type {
    width: usize,
    signed: bool,
    float: bool,
}

impl Type {
    /// By the code of ISO 22077-1; 9, the differences of the AHA, is not read.
    fn of(code: u8, offset: u64) -> Result<Type, ReadErrorKind> {
        let (width, signed, float) = match code {
            0 => (2, true, false),
            1 | 4 => (2, false, false),
            2 => (4, true, false),
            3 => (1, false, false),
            5 => (1, true, false),
            6 => (4, false, false),
            7 => (4, true, true),
            8 => (8, true, true),
            9 => {
                return Err(ReadErrorKind::NotSupported {
                    what: "MFER data type",
                    got: "9, differences of 8 bits".to_string(),
                });
            }
            other => return Err(at(offset, "data type", "0 to 8", other)),
        };
        Ok(Type {
            width,
            signed,
            float,
        })
    }

    fn value(self, bytes: &[u8], endian: Endian) -> f64 {
        match (self.float, self.width, self.signed) {
            (true, 4, _) => f64::from(f32::from_bits(endian.unsigned(bytes) as u32)),
            (true, ..) => f64::from_bits(endian.unsigned(bytes)),
            (false, _, true) => endian.signed(bytes) as f64,
            (false, _, false) => endian.unsigned(bytes) as f64,
        }
    }
}

impl<'b> Frame<'b> {
    pub(super) fn of(
        item: &Item<'b>,
        definitions: &Definitions,
    ) -> Result<Frame<'b>, ReadErrorKind> {
        let channels = (0..definitions.channels)
            .map(|channel| {
                let common = &definitions.common;
                let own = definitions.own.get(&channel).cloned().unwrap_or_default();
                Attributes {
                    block: own.block.or(common.block),
                    sequences: own.sequences.or(common.sequences),
                    waveform: own.waveform.or(common.waveform),
                    // A lead that is given once is that of the first channel.
                    lead: own
                        .lead
                        .or_else(|| common.lead.clone().filter(|_| channel == 0)),
                    data_type: own.data_type.or(common.data_type),
                    interval: own.interval.or(common.interval),
                    resolution: own.resolution.or(common.resolution),
                    offset: own.offset.or_else(|| common.offset.clone()),
                    invalid: own.invalid.or_else(|| common.invalid.clone()),
                }
            })
            .collect();
        Ok(Frame {
            bytes: item.value,
            offset: item.offset as u64,
            endian: definitions.endian,
            channels,
        })
    }

    fn is_beat(&self) -> bool {
        let mut types = self.channels.iter().map(|channel| channel.waveform);
        types.any(|waveform| waveform == Some(DOMINANT_BEAT))
    }

    /// Whether the frame goes on where one with these channels ended.
    fn continues(&self, other: &Frame<'_>) -> bool {
        let key = |frame: &Frame<'_>| -> Vec<_> {
            let channel = |channel: &Attributes| {
                (
                    channel.lead.clone(),
                    channel.data_type,
                    channel.interval,
                    channel.resolution,
                    channel.offset.clone(),
                )
            };
            frame.channels.iter().map(channel).collect()
        };
        self.endian == other.endian && key(self) == key(other)
    }

    /// Raw bytes of each channel's samples, one after the other.
    fn columns(&self) -> Result<Vec<Column<'b>>, ReadErrorKind> {
        let types = self
            .channels
            .iter()
            .map(|channel| Type::of(channel.data_type.unwrap_or(0), self.offset))
            .collect::<Result<Vec<Type>, _>>()?;
        let blocks: Vec<u64> = self
            .channels
            .iter()
            .map(|channel| channel.block.unwrap_or(1))
            .collect();
        let sequence: u64 = types
            .iter()
            .zip(&blocks)
            .map(|(kind, block)| kind.width as u64 * block)
            .sum();
        if blocks.contains(&0) || sequence > self.bytes.len() as u64 {
            let expected = format!("blocks above 0 within {} bytes", self.bytes.len());
            let got = format!("{blocks:?} samples, {sequence} bytes a sequence");
            return Err(at(self.offset, "length of a data block", expected, got));
        }
        let held = self.bytes.len() as u64 / sequence;
        let sequences = self.channels[0].sequences.unwrap_or(held);
        let same = |channel: &Attributes| channel.sequences.is_none_or(|own| own == sequences);
        let needed = sequences.saturating_mul(sequence);
        if !self.channels.iter().all(same) || sequences == 0 || needed > self.bytes.len() as u64 {
            let expected = format!("{sequences} sequences of {sequence} bytes of every channel");
            let got = format!("{} bytes", self.bytes.len());
            return Err(at(self.offset, "waveform data", expected, got));
        }
        let mut columns = Vec::new();
        let mut place = 0;
        for (kind, block) in types.iter().zip(&blocks) {
            let length = kind.width * *block as usize;
            let rows = self.bytes.chunks_exact(sequence as usize);
            columns.push(Column {
                kind: *kind,
                blocks: rows
                    .take(sequences as usize)
                    .map(|row| &row[place..place + length])
                    .collect(),
            });
            place += length;
        }
        Ok(columns)
    }
}

/// The samples of a channel in a frame.
struct Column<'b> {
    kind: Type,
    blocks: Vec<&'b [u8]>,
}

/// The recording of the frames.
pub(super) fn signals(
    frames: &[Frame<'_>],
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<(Hertz, Vec<Signal>), ReadErrorKind> {
    let first = frames
        .iter()
        .find(|frame| !frame.is_beat())
        .or(frames.first());
    let first = first.ok_or_else(|| at(0, "waveform data", "at least one frame", "none"))?;
    if first.is_beat() {
        let message = "there is no rhythm, only dominant beats";
        findings.push(finding("derived-waveform", message));
    }
    let joined: Vec<&Frame<'_>> = frames
        .iter()
        .filter(|frame| frame.is_beat() == first.is_beat() && frame.continues(first))
        .collect();
    if joined.len() < frames.len() {
        let count = frames.len() - joined.len();
        let message = format!("{count} frames of another layout are not read");
        findings.push(finding("groups-left-out", message));
    }
    let columns = joined
        .iter()
        .map(|frame| frame.columns())
        .collect::<Result<Vec<Vec<Column<'_>>>, _>>()?;
    let chosen = chosen(first, options, findings)?;
    let mut signals = Vec::new();
    for &index in &chosen.channels {
        let scale = Scale::of(first, index, options, findings)?;
        let mut millivolts = Vec::new();
        for frame in &columns {
            let column = &frame[index];
            for block in &column.blocks {
                let samples = block.chunks_exact(column.kind.width);
                millivolts.extend(samples.map(|bytes| scale.millivolts(bytes, column.kind)));
            }
        }
        signals.push(Signal {
            channel: scale.channel,
            millivolts,
        });
    }
    let length = signals.iter().map(|signal| signal.millivolts.len()).min();
    for signal in &mut signals {
        signal.millivolts.truncate(length.unwrap_or(0));
    }
    Ok((chosen.rate, signals))
}

/// Channels of one rate.
struct Chosen {
    rate: Hertz,
    channels: Vec<usize>,
}

/// The channels that share the rate of the first lead; others are named in a finding.
fn chosen(
    frame: &Frame<'_>,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Chosen, ReadErrorKind> {
    let mut rates = Vec::new();
    for channel in &frame.channels {
        rates.push(match channel.interval {
            Some(interval) => rate(interval, frame.offset)?,
            None => options.rate.ok_or_else(|| {
                at(
                    frame.offset,
                    "sampling interval",
                    "a definition before it",
                    "none",
                )
            })?,
        });
    }
    let lead = frame
        .channels
        .iter()
        .position(|channel| matches!(channel.lead, Some(Channel::Lead(_))));
    let wanted = rates[lead.unwrap_or(0)];
    let mut chosen = Chosen {
        rate: wanted,
        channels: Vec::new(),
    };
    let mut left = Vec::new();
    for (index, channel) in frame.channels.iter().enumerate() {
        let channel = named(channel, index);
        let status = name(&channel) == STATUS;
        match rates[index] == wanted && !status {
            true => chosen.channels.push(index),
            false => left.push(name(&channel).to_string()),
        }
    }
    if !left.is_empty() {
        let message = format!(
            "not read, being of another rate or no waveform: {}",
            left.join(", ")
        );
        findings.push(finding("signals-left-out", message));
    }
    Ok(chosen)
}

/// A rate, from a frequency (unit 0) or a time (unit 1).
fn rate(interval: Scaled, offset: u64) -> Result<Hertz, ReadErrorKind> {
    let hertz = match interval.unit {
        0 => Some(interval.value),
        1 => Some(1.0 / interval.value),
        _ => None,
    };
    let rounded = hertz.map(
        |hertz| match (hertz - hertz.round()).abs() < 1e-9 * hertz.abs() {
            true => hertz.round(),
            false => hertz,
        },
    );
    rounded.and_then(Hertz::new).ok_or_else(|| {
        let got = format!("{} of unit {}", interval.value, interval.unit);
        at(
            offset,
            "sampling interval",
            "a positive frequency or time",
            got,
        )
    })
}

fn named(channel: &Attributes, index: usize) -> Channel {
    let unnamed = || Channel::Other(format!("channel {}", index + 1));
    channel.lead.clone().unwrap_or_else(unnamed)
}

/// How numbers of a channel become millivolts.
struct Scale {
    channel: Channel,
    unit: Unit,
    resolution: f64,
    offset: f64,
    invalid: Option<Vec<u8>>,
    endian: Endian,
}

impl Scale {
    fn of(
        frame: &Frame<'_>,
        index: usize,
        options: &ReadOptions,
        findings: &mut Vec<Finding>,
    ) -> Result<Scale, ReadErrorKind> {
        let attributes = &frame.channels[index];
        let channel = named(attributes, index);
        let (unit, resolution) = resolution(frame, &channel, index, options, findings)?;
        let kind = Type::of(attributes.data_type.unwrap_or(0), frame.offset)?;
        let offset = match &attributes.offset {
            Some(bytes) if bytes.len() == kind.width => kind.value(bytes, frame.endian),
            Some(bytes) => {
                let expected = format!("{} bytes, as of a sample", kind.width);
                return Err(at(frame.offset, "offset", expected, bytes.len()));
            }
            None => 0.0,
        };
        if offset != 0.0 {
            let message = format!("{}: {offset} added before scaling", name(&channel));
            findings.push(finding("offset-applied", message));
        }
        let foreign = attributes.resolution.filter(|stated| stated.unit != 0);
        let foreign = foreign.map(|stated| format!("unit {} of MFER", stated.unit));
        Ok(Scale {
            channel: in_unit(channel, foreign.as_deref()),
            unit,
            resolution,
            offset,
            invalid: attributes.invalid.clone(),
            endian: frame.endian,
        })
    }

    fn millivolts(&self, bytes: &[u8], kind: Type) -> f64 {
        if self.invalid.as_deref() == Some(bytes) {
            return f64::NAN;
        }
        let value = (kind.value(bytes, self.endian) + self.offset) * self.resolution;
        let millivolts = self.unit.to_millivolts(value);
        if millivolts.is_finite() {
            millivolts
        } else {
            f64::NAN
        }
    }
}

/// Unit and size of a resolution; unit 0 is the volt.
fn resolution(
    frame: &Frame<'_>,
    channel: &Channel,
    index: usize,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<(Unit, f64), ReadErrorKind> {
    let name = name(channel);
    let wrong = |got: String| {
        let expected = "a sampling resolution in volts for an ECG lead";
        at(frame.offset, "sampling resolution", expected, got)
    };
    match (frame.channels[index].resolution, options.unit) {
        (Some(stated), _) if stated.unit == 0 && stated.value != 0.0 => {
            Ok((Unit::Volt, stated.value))
        }
        (Some(stated), _) => {
            if matches!(channel, Channel::Lead(_)) || stated.value == 0.0 {
                let got = format!("{} of unit {} for {name}", stated.value, stated.unit);
                return Err(wrong(got));
            }
            let message = format!(
                "{name}: samples are in unit {} of MFER, not in mV",
                stated.unit
            );
            findings.push(finding("not-a-voltage", message));
            Ok((Unit::Millivolt, stated.value))
        }
        (None, Some(unit)) => {
            let message = format!("{name}: no resolution, taken as one unit as stated");
            findings.push(finding("unit-not-stated", message));
            Ok((unit, 1.0))
        }
        (None, None) => Err(wrong(format!("none for {name}"))),
    }
}
