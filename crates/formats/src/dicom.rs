//! DICOM waveform objects: 12-lead, general, ambulatory and general 32-bit ECG, and any other
//! object with a waveform sequence (PS3.3 C.10.9).
//!
//! The container is read by `dicom-object` after `bounds` has walked it: lengths within the
//! file, sequences of bounded depth.

mod bounds;
mod channel;
mod deflated;
mod facts;
mod group;
mod joined;
mod stored;
mod tags;
mod writer;

pub use writer::{WriteOptions, write};

use crate::ReadOptions;
use crate::error::ReadErrorKind;
use crate::finding::{check_signals, finding};
use bounds::Syntax;
use coronet_ecg::{Ecg, Finding};
use dicom_object::file::ReadPreamble;
use dicom_object::{InMemDicomObject, OpenFileOptions};
use group::Group;

/// How the format is called.
pub(crate) const NAME: &str = "DICOM";

/// Where `DICM` stands.
const MAGIC: std::ops::Range<usize> = 128..132;

/// Whether a file begins as one of this format.
pub(crate) fn is_dicom(head: &[u8]) -> bool {
    head.get(MAGIC) == Some(b"DICM")
}

/// Reads the bytes of a file: the rhythm, and of further groups what [`joined`] can place beside
/// it. Groups that are derived (median beats) are named in a finding.
///
/// # Errors
///
/// When the object is no waveform, an element is absent or contradicts another, or a lead states
/// no unit of voltage.
pub(crate) fn ecg(bytes: &[u8], options: &ReadOptions) -> Result<Ecg, ReadErrorKind> {
    let plain = deflated::inflated(bytes)?;
    let bytes = plain.as_deref().unwrap_or(bytes);
    let syntax = Syntax::of(bytes)?;
    syntax.check(bytes)?;
    let object = OpenFileOptions::new()
        .read_preamble(ReadPreamble::Always)
        .from_reader(bytes)
        .map_err(|error| ReadErrorKind::Syntax {
            what: "DICOM",
            offset: syntax.start as u64,
            got: chain(&error),
        })?;
    let mut findings = Vec::new();
    let items = tags::items(&object, tags::WAVEFORM_SEQUENCE)
        .ok_or_else(|| tags::wrong("WaveformSequence", "a waveform object", "none"))?;
    let groups: Vec<Group<'_>> = items
        .iter()
        .enumerate()
        .map(|(index, item)| Group::parse(item, index))
        .collect::<Result<_, _>>()?;
    let chosen = joined::choose(&groups, &mut findings)?;
    let (rate, mut signals) = joined::signals(&chosen, &syntax, options, &mut findings)?;
    check_signals(&mut signals, NAME, options, &mut findings)?;
    Ok(Ecg {
        rate,
        signals,
        start: start(&object, &mut findings),
        subject: facts::subject(&object),
        device: facts::device(&object),
        findings,
    })
}

fn start(object: &InMemDicomObject, findings: &mut Vec<Finding>) -> Option<jiff::civil::DateTime> {
    let start = facts::start(object);
    if start.is_none() {
        let message = "neither acquisition, content nor study has a date and time";
        findings.push(finding("start-not-stated", message));
    }
    start
}

/// An error and what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text
}
