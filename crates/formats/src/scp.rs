//! SCP-ECG records (EN 1064, ISO 11073-91064).
//!
//! A record is a checksum, its size and sections that section 0 points to. Read are sections 1
//! (facts), 2 (Huffman tables), 3 (leads), 4 (beats), 5 (reference beat) and 6 (rhythm), with
//! first and second differences, reference beat subtraction and bimodal compression.

mod beats;
mod facts;
mod huffman;
mod leads;
mod record;
mod rhythm;
mod samples;

use crate::finding::{check_signals, finding};
use crate::{ReadErrorKind, ReadOptions};
use coronet_ecg::{Ecg, Hertz};
use facts::Facts;
use record::Record;

pub(crate) use record::is_scp;

/// How the format is called.
pub(crate) const NAME: &str = "SCP-ECG";

/// Reads the bytes of a record.
///
/// # Errors
///
/// When a pointer, table or flag contradicts the record, or, unless lenient, a checksum does not
/// hold.
pub(crate) fn ecg(bytes: &[u8], options: &ReadOptions) -> Result<Ecg, ReadErrorKind> {
    let mut findings = Vec::new();
    let record = Record::parse(bytes, options.leniency, &mut findings)?;
    let facts = match record.section(1) {
        Some(section) => Facts::parse(&section)?,
        None => {
            findings.push(finding("facts-missing", "the record has no section 1"));
            Facts::default()
        }
    };
    let rhythm = rhythm::decode(&record, options.leniency, &mut findings)?;
    let mut signals = rhythm.signals;
    check_signals(&mut signals, NAME, options, &mut findings)?;
    if let Some(filters) = facts.filters() {
        findings.push(finding("filters-stated", filters));
    }
    if facts.start.is_none() {
        findings.push(finding(
            "start-not-stated",
            "no date and time of acquisition",
        ));
    }
    Ok(Ecg {
        rate: Hertz::new(1e6 / rhythm.interval)
            .expect("an interval was checked to be positive, this is a bug"),
        signals,
        start: facts.start,
        subject: facts.subject,
        device: facts.device,
        findings,
    })
}
