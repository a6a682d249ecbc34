//! One ECG of the manifest: read, assessed, preprocessed, or left out with a reason.

use super::PrepareSettings;
use super::shelf::Taken;
use coronet_cohort::store::StoreRow;
use coronet_cohort::{
    Contradiction, ManifestRow, Said, contradictions, deidentify_row, file_columns, fill,
};
use coronet_ecg::quality::{self, NoSignal, QualityReport, UNUSABLE_ECG};
use coronet_ecg::{Ecg, Finding, PreprocessError, Preprocessed, Window, fingerprint, preprocess};
use coronet_formats::{ReadError, ReadErrorKind, ReadOptions, Unnamed};
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
#[derive(Clone, Debug)]
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
    /// It is not without any signal.
    Signal,
    /// It has none of the findings that were to exclude it.
    Findings,
}

impl Step {
    /// The steps that are taken where findings of these codes exclude.
    pub(super) fn all(excluding: &BTreeSet<String>) -> Vec<Step> {
        let mut steps = vec![Step::Read, Step::Preprocess, Step::Signal];
        if !excluding.is_empty() {
            steps.push(Step::Findings);
        }
        steps
    }

    /// What the step did, as the flow says it.
    pub(super) fn name(self, excluding: &BTreeSet<String>) -> String {
        match self {
            Step::Read => "an ECG file that can be read".to_owned(),
            Step::Preprocess => "an ECG that can be preprocessed".to_owned(),
            Step::Signal => "an ECG that carries a signal".to_owned(),
            Step::Findings => {
                let codes: Vec<&str> = excluding.iter().map(String::as_str).collect();
                format!("an ECG without {}", codes.join(", "))
            }
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

/// An ECG that is to be prepared.
#[derive(Debug)]
pub(super) struct Job<'a> {
    /// Its row in the manifest.
    pub(super) row: &'a ManifestRow,
    /// Its file, or the file that holds it among others.
    pub(super) file: &'a Path,
    /// The ECG, where the file holds it among others.
    pub(super) taken: Option<Taken>,
}

/// The row as the store has it: with pseudonyms where there is a key.
pub(super) fn public(row: &ManifestRow, settings: &PrepareSettings) -> ManifestRow {
    let mut row = row.clone();
    if let Some(key) = &settings.key {
        deidentify_row(&mut row, key);
    }
    row
}

/// Reads and preprocesses the ECG of a row; a pure function of the file and the settings.
pub(super) fn process(job: Job<'_>, settings: &PrepareSettings) -> Outcome {
    let row = job.row;
    match windows(job, settings) {
        Ok(windows) => Outcome::Kept(windows),
        Err(mut left) => {
            let name = public(row, settings).record_id;
            left.message = format!("{name}: {}", left.message);
            Outcome::Left(left)
        }
    }
}

fn windows(
    Job { row, file, taken }: Job<'_>,
    settings: &PrepareSettings,
) -> Result<Vec<(StoreRow, Vec<f32>)>, Left> {
    let ecg = match taken {
        Some(taken) => taken?.ecg,
        None => read(file, &settings.reading)?,
    };
    let preprocessed = preprocess(&ecg, &settings.profile).map_err(|error| {
        let message = format!("{}: {error}", file.display());
        Step::Preprocess.left(preprocess_reason(&error), message)
    })?;
    let report = quality::assess(&ecg);
    check(&report, &preprocessed.windows, file)?;
    let said = Said::of(&ecg);
    let contradicted = contradictions(row, &said);
    let mut codes = codes(&[&ecg.findings, &report.findings, &preprocessed.findings]);
    let of_facts = contradicted.iter().map(|found| found.fact.contradicted());
    codes.extend(of_facts.map(str::to_owned));
    exclude(&codes, &settings.exclude_findings, file)?;
    let mut row = row.clone();
    fill(&mut row, &said);
    let row = public(&row, settings);
    let template = StoreRow {
        record_id: row.record_id,
        window: 0,
        facts: row.facts,
        fingerprint: fingerprint(&ecg).to_string(),
        findings: Vec::from_iter(codes).join(";"),
        from_file: file_columns(&row.from_file),
        contradictions: told(&contradicted, settings),
    };
    Ok(rows(&template, preprocessed))
}

/// Contradictions in words; without identifiers and dates, which facts they are in alone.
fn told(contradicted: &[Contradiction], settings: &PrepareSettings) -> String {
    let words = contradicted.iter().map(|found| match settings.key {
        Some(_) => found.fact.column().to_owned(),
        None => found.to_string(),
    });
    words.collect::<Vec<String>>().join("; ")
}

/// The one ECG of a file.
fn read(path: &Path, options: &ReadOptions) -> Result<Ecg, Left> {
    let recordings = coronet_formats::read(path, options).map_err(|error| unread(&error))?;
    let count = recordings.len();
    match <[_; 1]>::try_from(recordings) {
        Ok([recording]) => Ok(recording.ecg),
        Err(_) => {
            let message = format!("{}: expected one ECG, got {count}", path.display());
            Err(Step::Read.left("not exactly one ECG in the file", message))
        }
    }
}

/// An ECG that cannot be read.
pub(super) fn unread(error: &ReadError) -> Left {
    let reason = read_reason(&error.kind);
    let message = match reason {
        NOT_FOUND => format!("{}: {reason}", error.path.display()),
        _ => error.to_string(),
    };
    Step::Read.left(reason, message)
}

/// An ECG that its file does not hold.
pub(super) fn unnamed(path: &Path, unnamed: &Unnamed) -> Left {
    let reason = match unnamed {
        Unnamed::Several { .. } => "the file has several ECGs of this name",
        _ => "the file has no ECG of this name",
    };
    Step::Read.left(reason, format!("{}: {unnamed}", path.display()))
}

/// Refuses what carries no signal at all, whatever the rules say.
fn check(report: &QualityReport, windows: &[Window], path: &Path) -> Result<(), Left> {
    let windows = windows.iter().map(|window| window.data.as_slice());
    let Some(no_signal) = quality::no_signal(Some(report), windows) else {
        return Ok(());
    };
    let reason = match no_signal {
        NoSignal::Zero => "all samples are zero",
        NoSignal::Flat => "every lead is flat",
        NoSignal::NothingLeft => "no signal after preprocessing",
    };
    let message = format!("{}: {no_signal}", path.display());
    Err(Step::Signal.left(reason, message))
}

/// Refuses what has one of the findings that exclude.
fn exclude(
    codes: &BTreeSet<String>,
    excluding: &BTreeSet<String>,
    path: &Path,
) -> Result<(), Left> {
    let unusable = quality::unusable_codes(codes.iter().map(String::as_str));
    let is_unusable = excluding.contains(UNUSABLE_ECG) && !unusable.is_empty();
    let mut named = codes.intersection(excluding).map(String::as_str);
    let Some(code) = named.next().or(is_unusable.then_some(UNUSABLE_ECG)) else {
        return Ok(());
    };
    let message = match code == UNUSABLE_ECG {
        true => format!("{}: is unusable ({})", path.display(), unusable.join(", ")),
        false => format!("{}: has the finding {code}", path.display()),
    };
    Err(Step::Findings.left(&excluded_by(code), message))
}

/// Reason of the flow where a finding excludes.
pub(super) fn excluded_by(code: &str) -> String {
    format!("finding {code}")
}

/// What the flow says of an ECG that is kept though it is unusable; `None` of any other.
pub(super) fn reservation(row: &StoreRow) -> Option<String> {
    let unusable = quality::unusable_codes(row.findings.split(';'));
    (!unusable.is_empty()).then(|| format!("unusable ({})", unusable.join(", ")))
}

fn codes(findings: &[&[Finding]]) -> BTreeSet<String> {
    let all = findings.iter().flat_map(|findings| findings.iter());
    all.map(|finding| finding.code.clone()).collect()
}

fn rows(template: &StoreRow, preprocessed: Preprocessed) -> Vec<(StoreRow, Vec<f32>)> {
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
