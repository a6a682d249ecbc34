//! Findings that exclude an ECG, by their codes.

use crate::printer::Hint;
use anyhow::Result;
use coronet_cohort::FileFact;
use coronet_ecg::quality::UNUSABLE_ECG;
use std::collections::BTreeSet;

/// The codes as typed, each of which is one of [`all`].
///
/// # Errors
///
/// A code that no finding has.
pub(super) fn parse(typed: &[String]) -> Result<BTreeSet<String>> {
    let codes = typed.iter().map(|code| code.trim());
    let codes: BTreeSet<&str> = codes.filter(|code| !code.is_empty()).collect();
    let all = all();
    let unknown: Vec<&str> = codes.difference(&all).copied().collect();
    if unknown.is_empty() {
        return Ok(codes.into_iter().map(str::to_owned).collect());
    }
    let all: Vec<&str> = all.into_iter().collect();
    Err(Hint::error(
        format!(
            "--exclude-findings: expected codes of findings, got {}",
            unknown.join(", ")
        ),
        format!("the codes are {}", all.join(", ")),
    ))
}

/// The codes of all findings that an ECG can have: of its reader, of its samples, of its
/// preprocessing, of its manifest, and of its quality as a whole.
pub(super) fn all() -> BTreeSet<&'static str> {
    let contradicted = FileFact::ALL.map(FileFact::contradicted);
    let codes = coronet_ecg::FINDING_CODES
        .iter()
        .chain(coronet_formats::FINDING_CODES)
        .copied();
    codes.chain(contradicted).chain([UNUSABLE_ECG]).collect()
}
