//! One ECG of the manifest: read, assessed, preprocessed, or left out with a reason.

use super::PrepareSettings;
use coronet_cohort::ManifestRow;
use coronet_cohort::store::StoreRow;
use coronet_ecg::quality::{self, Fault, QualityReport};
use coronet_ecg::{Ecg, Finding, PreprocessError, Preprocessed, Window, fingerprint, preprocess};
use coronet_formats::{ReadErrorKind, ReadOptions};
use std::collections::BTreeSet;
use std::path::Path;

/// What became of an ECG.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Windows for the store, with their rows.
    Kept(Vec<(StoreRow, Vec<f32>)>),
    /// Left out.
    Left(Left),
}

/// An ECG that is left out.
#[derive(Debug)]
pub(super) struct Left {
    /// The step of the flow.
    pub(super) step: Step,
    /// The reason as the flow counts it.
    pub(super) reason: String,
    /// The reason in full, with the file.
    pub(super) message: String,
}

/// A step of the flow, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// The file was read.
    Read,
    /// The profile could be applied.
    Preprocess,
    /// No finding excludes it.
    Quality,
}

impl Step {
    pub(super) const ALL: [Step; 3] = [Step::Read, Step::Preprocess, Step::Quality];

    /// The name in the flow.
    pub(super) fn name(self) -> &'static str {
        match self {
            Step::Read => "an ECG file that can be read",
            Step::Preprocess => "an ECG that can be preprocessed",
            Step::Quality => "an ECG of sufficient quality",
        }
    }

    fn left(self, reason: &str, message: String) -> Left {
        Left {
            step: self,
            reason: reason.to_owned(),
            message,
        }
    }
}

/// Reads and preprocesses the ECG of a row; a pure function of the file and the settings.
pub(super) fn process(row: &ManifestRow, path: &Path, settings: &PrepareSettings) -> Outcome {
    match windows(row, path, settings) {
        Ok(windows) => Outcome::Kept(windows),
        Err(mut left) => {
            left.message = format!("{}: {}", row.record_id, left.message);
            Outcome::Left(left)
        }
    }
}

fn windows(
    row: &ManifestRow,
    path: &Path,
    settings: &PrepareSettings,
) -> Result<Vec<(StoreRow, Vec<f32>)>, Left> {
    let ecg = read(path, &settings.reading)?;
    let preprocessed = preprocess(&ecg, &settings.profile).map_err(|error| {
        let message = format!("{}: {error}", path.display());
        Step::Preprocess.left(preprocess_reason(&error), message)
    })?;
    let report = quality::assess(&ecg);
    check(&report, &preprocessed.windows, path)?;
    let codes = codes(&[&ecg.findings, &report.findings, &preprocessed.findings]);
    if let Some(code) = codes.intersection(&settings.exclude_findings).next() {
        let message = format!("{}: has the finding {code}", path.display());
        return Err(Step::Quality.left(&format!("finding {code}"), message));
    }
    Ok(rows(row, &ecg, preprocessed, &codes))
}

/// The one ECG of a file.
fn read(path: &Path, options: &ReadOptions) -> Result<Ecg, Left> {
    let recordings = coronet_formats::read(path, options).map_err(|error| {
        let reason = read_reason(&error.kind);
        let message = match reason {
            NOT_FOUND => format!("{}: {reason}", error.path.display()),
            _ => error.to_string(),
        };
        Step::Read.left(reason, message)
    })?;
    let count = recordings.len();
    match <[_; 1]>::try_from(recordings) {
        Ok([recording]) => Ok(recording.ecg),
        Err(_) => {
            let message = format!("{}: expected one ECG, got {count}", path.display());
            Err(Step::Read.left("not exactly one ECG in the file", message))
        }
    }
}

/// Refuses what carries no signal at all, whatever the rules say.
fn check(report: &QualityReport, windows: &[Window], path: &Path) -> Result<(), Left> {
    let path = path.display();
    if report
        .findings
        .iter()
        .any(|finding| finding.code == "all-zero")
    {
        let message = format!("{path}: every sample of every lead is zero");
        return Err(Step::Quality.left("all samples are zero", message));
    }
    let is_flat = |lead: &quality::LeadQuality| lead.has(Fault::Flat);
    if !report.leads.is_empty() && report.leads.iter().all(is_flat) {
        let message = format!("{path}: every lead is flat");
        return Err(Step::Quality.left("every lead is flat", message));
    }
    let is_zero = |window: &Window| window.data.iter().all(|value| *value == 0.0);
    if windows.iter().any(is_zero) {
        let message = format!("{path}: nothing is left of the signal after preprocessing");
        return Err(Step::Quality.left("no signal after preprocessing", message));
    }
    Ok(())
}

fn codes(findings: &[&[Finding]]) -> BTreeSet<String> {
    let all = findings.iter().flat_map(|findings| findings.iter());
    all.map(|finding| finding.code.clone()).collect()
}

fn rows(
    row: &ManifestRow,
    ecg: &Ecg,
    preprocessed: Preprocessed,
    codes: &BTreeSet<String>,
) -> Vec<(StoreRow, Vec<f32>)> {
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let template = StoreRow {
        record_id: row.record_id.clone(),
        window: 0,
        facts: row.facts.clone(),
        fingerprint: fingerprint(ecg).to_string(),
        findings: codes.join(";"),
    };
    let numbered = preprocessed.windows.into_iter().enumerate();
    numbered
        .map(|(number, window)| {
            let row = StoreRow {
                window: number,
                ..template.clone()
            };
            (row, window.data)
        })
        .collect()
}

/// Reason of the flow where a file is not there.
pub(super) const NOT_FOUND: &str = "file not found";

fn read_reason(kind: &ReadErrorKind) -> &'static str {
    match kind {
        ReadErrorKind::Io(error) if error.kind() == std::io::ErrorKind::NotFound => NOT_FOUND,
        ReadErrorKind::Io(_) => "file refused by the system",
        ReadErrorKind::Content { .. } => "not an ECG file of a known format",
        ReadErrorKind::HeaderMissing { .. } => "header not found",
        ReadErrorKind::Field { .. }
        | ReadErrorKind::Element { .. }
        | ReadErrorKind::Bytes { .. } => "a field of the file is not valid",
        ReadErrorKind::Syntax { .. } => "the document is not well-formed",
        ReadErrorKind::Truncated { .. } => "file is truncated",
        ReadErrorKind::Shape { .. } => "array of another shape",
        ReadErrorKind::TooLarge { .. } => "file is too large",
        ReadErrorKind::NotSupported { .. } => "format is not supported",
        _ => "file cannot be read",
    }
}

fn preprocess_reason(error: &PreprocessError) -> &'static str {
    match error {
        PreprocessError::Leads(_) => "leads are missing",
        PreprocessError::Empty => "no samples",
        PreprocessError::Lengths { .. } => "leads differ in length",
        PreprocessError::TooShort { .. } => "recording is too short",
        PreprocessError::Missing { .. } => "too many invalid samples",
        PreprocessError::Magnitude { .. } => "amplitude cannot be true",
        PreprocessError::Rate { .. } => "sampling rate is not supported",
        _ => "preprocessing is not possible",
    }
}
