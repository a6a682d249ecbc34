//! ISHNE Holter ECG files, version 1.0 (Badilini, A.N.E. 1998): one binary header, then samples of
//! 16 bits, least significant byte first, channel by channel within each sample.

mod header;

use crate::bytes::{Endian, at};
use crate::finding::{check_signals, finding, names};
use crate::{Leniency, ReadErrorKind, ReadOptions};
use coronet_ecg::{Channel, Device, Ecg, Finding, Hertz, Lead, Signal, Subject};
use header::Header;

/// How the format is called.
pub(crate) const NAME: &str = "ISHNE";

/// Whether a file begins as one of this format.
pub(crate) fn is_ishne(head: &[u8]) -> bool {
    head.starts_with(b"ISHNE1.0") || head.starts_with(b"ANN  1.0")
}

/// Value of a sample that was not recorded.
const INVALID: i16 = i16::MIN;

/// Reads the bytes of a file; samples are numbers times the resolution of their lead in nanovolts.
///
/// # Errors
///
/// When a field contradicts the file, or, unless lenient, the header's checksum does not hold.
pub(crate) fn ecg(bytes: &[u8], options: &ReadOptions) -> Result<Ecg, ReadErrorKind> {
    if bytes.starts_with(b"ANN") {
        return Err(ReadErrorKind::NotSupported {
            what: "an ISHNE file of beat annotations without an ECG",
            got: "ANN  1.0".to_string(),
        });
    }
    let header = Header::parse(bytes)?;
    let mut findings = Vec::new();
    checksum(&header, options, &mut findings)?;
    let frames = frames(bytes, &header, &mut findings)?;
    let data = bytes
        .get(header.data_offset..)
        .expect("frames were counted behind the offset, this is a bug");
    let mut signals: Vec<Signal> = (0..header.leads.len())
        .map(|lead| signal(data, frames, lead, &header))
        .collect();
    check_signals(&mut signals, NAME, options, &mut findings)?;
    other_leads(&signals, &mut findings);
    if header.start.is_none() {
        let message = format!("`{}` is no date and time", header.start_as_written);
        findings.push(finding("start-not-stated", message));
    }
    Ok(Ecg {
        rate: header.rate,
        signals,
        start: header.start,
        subject: subject(&header),
        device: Device {
            model: header.recorder.clone(),
            ..Device::default()
        },
        findings,
    })
}

fn checksum(
    header: &Header,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<(), ReadErrorKind> {
    if header.checksum == header.computed_checksum {
        return Ok(());
    }
    let expected = format!("{:#06x}, the CRC of the header", header.computed_checksum);
    let got = format!("{:#06x}", header.checksum);
    if options.leniency == Leniency::Strict {
        return Err(at(8, "checksum", expected, got));
    }
    let message = format!("expected {expected}, got {got}");
    findings.push(finding("checksum-mismatch", message));
    Ok(())
}

/// Samples per lead, by what the file holds; the count in the header is the shortest lead's and
/// is written in both ways, per lead and over all leads.
fn frames(
    bytes: &[u8],
    header: &Header,
    findings: &mut Vec<Finding>,
) -> Result<usize, ReadErrorKind> {
    let width = 2 * header.leads.len();
    let held = bytes.len().saturating_sub(header.data_offset);
    let stated = header.samples as usize;
    let frames = match stated {
        0 => held / width,
        _ if stated == held / 2 => held / width,
        _ => stated,
    };
    let needed = (frames as u64).saturating_mul(width as u64);
    if needed > held as u64 || frames == 0 {
        return Err(ReadErrorKind::Truncated {
            expected: needed.max(width as u64) + header.data_offset as u64,
            got: bytes.len() as u64,
        });
    }
    if (needed as usize) < held {
        let extra = held - needed as usize;
        findings.push(finding(
            "extra-bytes",
            format!("{extra} bytes after the samples"),
        ));
    }
    Ok(frames)
}

fn signal(data: &[u8], frames: usize, lead: usize, header: &Header) -> Signal {
    let width = 2 * header.leads.len();
    let scale = f64::from(header.leads[lead].nanovolts);
    let millivolts = data
        .chunks_exact(width)
        .take(frames)
        .map(|frame| {
            let number = Endian::Little.signed(&frame[2 * lead..2 * lead + 2]) as i16;
            match number {
                INVALID => f64::NAN,
                _ => f64::from(number) * scale / 1e6,
            }
        })
        .collect();
    Signal {
        channel: header.leads[lead].channel.clone(),
        millivolts,
    }
}

/// Leads that a code cannot name are told to the caller.
fn other_leads(signals: &[Signal], findings: &mut Vec<Finding>) {
    let unknown: Vec<&Channel> = signals
        .iter()
        .map(|signal| &signal.channel)
        .filter(|channel| matches!(channel, Channel::Other(name) if name.starts_with("lead ")))
        .collect();
    if !unknown.is_empty() {
        let message = format!("no standard name for {}", names(unknown));
        findings.push(finding("lead-not-stated", message));
    }
}

fn subject(header: &Header) -> Subject {
    Subject {
        patient_id: header.patient_id.clone(),
        sex: header.sex,
        name: header.name.clone(),
        birth_date: header.birth_date,
        race: header.race.clone(),
        ..Subject::default()
    }
}

/// A lead by its code: 5–7 are the leads of the frontal plane, 8–10 augmented, 11–16 precordial,
/// 2–4 the orthogonal leads.
fn channel(code: i16, place: usize) -> Channel {
    const LEADS: [Lead; 12] = [
        Lead::I,
        Lead::II,
        Lead::III,
        Lead::AVR,
        Lead::AVL,
        Lead::AVF,
        Lead::V1,
        Lead::V2,
        Lead::V3,
        Lead::V4,
        Lead::V5,
        Lead::V6,
    ];
    match code {
        5..=16 => Channel::Lead(LEADS[code as usize - 5]),
        2 => Channel::Other("X".to_string()),
        3 => Channel::Other("Y".to_string()),
        4 => Channel::Other("Z".to_string()),
        17 => Channel::Other("ES".to_string()),
        18 => Channel::Other("AS".to_string()),
        19 => Channel::Other("AI".to_string()),
        _ => Channel::Other(format!("lead {}", place + 1)),
    }
}

/// The rate, which is a whole number of hertz.
fn rate(stated: i16, offset: u64) -> Result<Hertz, ReadErrorKind> {
    Hertz::new(f64::from(stated)).ok_or_else(|| {
        at(
            offset,
            "sampling rate",
            "a positive number of hertz",
            stated,
        )
    })
}
