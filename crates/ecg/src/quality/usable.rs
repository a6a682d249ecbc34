//! Whether a recording can carry an answer at all.

use super::{Fault, LeadQuality, QualityReport, UNUSABLE};
use crate::Finding;

/// Why nothing can be said of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSignal {
    /// Zeros were recorded.
    #[error("every sample of every lead is zero")]
    Zero,
    /// No lead varies.
    #[error("every lead is flat")]
    Flat,
    /// A window holds zeros alone.
    #[error("nothing is left of the signal after preprocessing")]
    NothingLeft,
}

/// Why nothing can be said of a recording, whatever other rules there are; `None` where it
/// carries a signal.
///
/// A window of zeros counts whatever the report says: a network answers it with its prejudice.
pub fn no_signal<'a>(
    report: Option<&QualityReport>,
    windows: impl IntoIterator<Item = &'a [f32]>,
) -> Option<NoSignal> {
    let found = |code: &str| {
        let mut findings = report?.findings.iter();
        findings.find(|finding| finding.code == code)
    };
    let is_flat = |lead: &LeadQuality| lead.has(Fault::Flat);
    let is_zero = |window: &[f32]| window.iter().all(|value| *value == 0.0);
    let leads = report.map_or(&[][..], |report| &report.leads);
    if found("all-zero").is_some() {
        Some(NoSignal::Zero)
    } else if !leads.is_empty() && leads.iter().all(is_flat) {
        Some(NoSignal::Flat)
    } else if windows.into_iter().any(is_zero) {
        Some(NoSignal::NothingLeft)
    } else {
        None
    }
}

/// Code of the finding that a recording is [`Verdict::Unusable`](super::Verdict::Unusable).
pub const UNUSABLE_ECG: &str = "unusable-ecg";

/// Those of the codes that make a recording [`Verdict::Unusable`](super::Verdict::Unusable), each
/// once, in a fixed order.
pub fn unusable_codes<'a>(codes: impl IntoIterator<Item = &'a str>) -> Vec<&'static str> {
    let codes: Vec<&str> = codes.into_iter().collect();
    let found = UNUSABLE.into_iter();
    found.filter(|code| codes.contains(code)).collect()
}

/// Why a recording of these findings is [`Verdict::Unusable`](super::Verdict::Unusable), in
/// words: each kind with its first case and how many more there are; `None` where it is not.
pub fn unusable(findings: &[Finding]) -> Option<String> {
    let kind = |code: &&str| {
        let mut cases = findings.iter().filter(|finding| finding.code == **code);
        let first = &cases.next()?.message;
        Some(match cases.count() {
            0 => format!("{code} ({first})"),
            more => format!("{code} ({first}, and {more} more)"),
        })
    };
    let kinds: Vec<String> = UNUSABLE.iter().filter_map(kind).collect();
    (!kinds.is_empty()).then(|| kinds.join(", "))
}
