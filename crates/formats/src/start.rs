//! Starts of recordings of which the date alone is stated.
//!
//! Such a start stands at midnight beside the finding `time-of-day-not-stated`; writers that can
//! hold a date without a time of day write it so, others say what they could not hold.

use crate::finding::finding;
use coronet_ecg::{Ecg, Finding};
use jiff::civil::Time;

/// Code of the finding.
const CODE: &str = "time-of-day-not-stated";

/// The finding that `what`, such as "the observation", states a date alone.
pub(crate) fn date_alone(what: &str) -> Finding {
    finding(
        CODE,
        format!("{what} states a date alone, taken as midnight"),
    )
}

/// Whether the start of a recording is a date alone.
pub(crate) fn is_date_alone(ecg: &Ecg) -> bool {
    let at_midnight = ecg
        .start
        .is_some_and(|start| start.time() == Time::midnight());
    at_midnight && ecg.findings.iter().any(|finding| finding.code == CODE)
}

/// The start as a text of ISO 8601, without a time of day where none is stated.
#[cfg(feature = "parquet")]
pub(crate) fn text(ecg: &Ecg) -> Option<String> {
    let start = ecg.start?;
    Some(match is_date_alone(ecg) {
        true => start.date().to_string(),
        false => start.to_string(),
    })
}

/// The start in a text of ISO 8601 that `what` states, with the finding where it is a date alone.
#[cfg(feature = "parquet")]
pub(crate) fn read(
    text: &str,
    what: &str,
    findings: &mut Vec<Finding>,
) -> Option<jiff::civil::DateTime> {
    let start = crate::stated::iso(text)?;
    if !text.trim().contains(['T', ' ']) {
        findings.push(date_alone(what));
    }
    Some(start)
}

/// What a format loses that holds no date without a time of day.
pub(crate) fn lost(ecg: &Ecg) -> Option<Finding> {
    let message = "the start is known by its date alone; 00:00:00 is written as its time of day";
    is_date_alone(ecg).then(|| finding("not-held", message))
}
