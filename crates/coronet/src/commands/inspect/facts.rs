//! Everything that is shown of one ECG.

use coronet_ecg::quality::{LeadQuality, Verdict, assess};
use coronet_ecg::{Channel, Device, Ecg, Finding, Lead, Sex, fingerprint};
use coronet_formats::Recording;
use serde::Serialize;
use std::path::Path;

/// One ECG: facts as read, measurements, findings and verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspection {
    /// The file as named.
    pub path: String,
    /// The name the ECG goes by.
    pub record_id: String,
    /// Whether it should be used; a finding of the reader makes it doubtful at best, unless it
    /// only says what was done.
    pub verdict: Verdict,
    /// Samples a second.
    pub rate_hertz: f64,
    /// Samples per lead.
    pub samples: usize,
    /// Duration in seconds.
    pub seconds: f64,
    /// Local time of the first sample, where stated.
    pub start: Option<String>,
    /// Patient identifier, where stated.
    pub patient_id: Option<String>,
    /// Age in years, where stated.
    pub age_years: Option<f64>,
    /// Sex, where stated.
    pub sex: Option<Sex>,
    /// What recorded it, in the words of the file.
    pub device: Device,
    /// Kinds of direct identifiers that the file holds, such as `name` and `date of birth`; what they
    /// are is not shown.
    pub direct_identifiers: Vec<&'static str>,
    /// Beats a minute, where a regular series of R peaks is found.
    pub heart_rate: Option<f64>,
    /// The twelve standard leads in their usual order, absent ones too.
    pub leads: Vec<LeadFacts>,
    /// Names of channels that are none of the twelve.
    pub other_channels: Vec<String>,
    /// Findings of the reader on the file.
    pub file_findings: Vec<Finding>,
    /// Findings on the signals.
    pub signal_findings: Vec<Finding>,
    /// SHA-256 of the decoded signals, in hexadecimal; equal for equal signals.
    pub fingerprint: String,
}

/// One of the twelve leads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeadFacts {
    /// Which lead.
    pub lead: Lead,
    /// Where it comes from.
    pub source: LeadSource,
    /// Range and spread of the valid samples; absent where none is stored.
    pub range: Option<Range>,
    /// Measurements of a stored lead.
    pub quality: Option<LeadQuality>,
}

/// Where a lead comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeadSource {
    /// It is in the file.
    Stored,
    /// It is not in the file but follows from I and II.
    Derived,
    /// It is not in the file and does not follow.
    Missing,
}

/// Least, greatest and standard deviation (divisor n) of valid samples, in millivolts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Range {
    /// Least sample.
    pub minimum_millivolts: f64,
    /// Greatest sample.
    pub maximum_millivolts: f64,
    /// Root mean square distance from the mean.
    pub sd_millivolts: f64,
}

impl Inspection {
    /// Measures a recording read from `path`.
    pub(super) fn of(path: &Path, recording: &Recording) -> Inspection {
        let ecg = &recording.ecg;
        let report = assess(ecg);
        let doubted = ecg.findings.iter().any(raises_doubt);
        Inspection {
            path: path.display().to_string(),
            record_id: recording.record_id.clone(),
            verdict: match report.verdict {
                Verdict::Good if doubted => Verdict::Doubtful,
                verdict => verdict,
            },
            rate_hertz: ecg.rate.get(),
            samples: ecg.len(),
            seconds: ecg.seconds(),
            start: ecg.start.map(|start| start.to_string()),
            patient_id: ecg.subject.patient_id.clone(),
            age_years: ecg.subject.age,
            sex: ecg.subject.sex,
            device: ecg.device.clone(),
            direct_identifiers: direct_identifiers(ecg),
            heart_rate: report.heart_rate,
            leads: leads(ecg, report.leads),
            other_channels: other_channels(ecg),
            file_findings: ecg.findings.clone(),
            signal_findings: report.findings,
            fingerprint: fingerprint(ecg).to_string(),
        }
    }

    /// Number of leads that come from `source`.
    pub fn count(&self, source: LeadSource) -> usize {
        let from = |lead: &&LeadFacts| lead.source == source;
        self.leads.iter().filter(from).count()
    }

    /// Whether parts of the file were left out since they cannot be read.
    pub fn lacks_parts(&self) -> bool {
        let mut findings = self.file_findings.iter();
        findings.any(|finding| finding.code == "parts-left-out")
    }

    /// Findings on file and signals.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.file_findings.iter().chain(&self.signal_findings)
    }

    /// The file, with the place in it where it holds several.
    pub fn label(&self) -> String {
        match self.record_id.rsplit_once('#') {
            Some((_, place)) if place.parse::<usize>().is_ok() && !self.path.ends_with(place) => {
                format!("{}#{place}", self.path)
            }
            _ => self.path.clone(),
        }
    }
}

/// Codes of the reader that say what was done or concern no lead; all others name a contradiction
/// or an assumption.
const INFORMATIVE: [&str; 9] = [
    "skew-corrected",
    "frames-averaged",
    "not-a-voltage",
    "age-zero",
    "time-of-day-not-stated",
    "observations-left-out",
    "rows-without-samples",
    "row-counter-left-out",
    "parts-left-out",
];

/// What de-identification would remove or replace, by kind.
fn direct_identifiers(ecg: &Ecg) -> Vec<&'static str> {
    let (subject, device) = (&ecg.subject, &ecg.device);
    let kinds = [
        ("name", subject.name.is_some()),
        ("date of birth", subject.birth_date.is_some()),
        ("patient identifier", subject.patient_id.is_some()),
        ("device serial number", device.serial.is_some()),
        ("institution", device.institution.is_some()),
    ];
    let held = kinds.into_iter().filter(|(_, is_held)| *is_held);
    held.map(|(kind, _)| kind).collect()
}

fn raises_doubt(finding: &Finding) -> bool {
    !INFORMATIVE.contains(&finding.code.as_str())
}

fn leads(ecg: &Ecg, quality: Vec<LeadQuality>) -> Vec<LeadFacts> {
    let missing = ecg.standard_leads().err();
    let missing = missing.map_or_else(Vec::new, |error| error.leads);
    let mut quality = quality.into_iter().peekable();
    Lead::ALL
        .into_iter()
        .map(|lead| LeadFacts {
            lead,
            source: match ecg.lead(lead) {
                Some(_) => LeadSource::Stored,
                None if missing.contains(&lead) => LeadSource::Missing,
                None => LeadSource::Derived,
            },
            range: ecg.lead(lead).and_then(range),
            quality: quality.next_if(|quality| quality.lead == lead),
        })
        .collect()
}

fn other_channels(ecg: &Ecg) -> Vec<String> {
    ecg.signals
        .iter()
        .filter_map(|signal| match &signal.channel {
            Channel::Lead(_) => None,
            Channel::Other(name) => Some(name.clone()),
            Channel::Quantity { name, unit } => Some(format!("{name} ({unit})")),
        })
        .collect()
}

fn range(samples: &[f64]) -> Option<Range> {
    let valid = || samples.iter().copied().filter(|sample| sample.is_finite());
    let count = valid().count();
    if count == 0 {
        return None;
    }
    let mean = valid().sum::<f64>() / count as f64;
    let variance = valid().map(|sample| (sample - mean).powi(2)).sum::<f64>() / count as f64;
    Some(Range {
        minimum_millivolts: valid().fold(f64::INFINITY, f64::min),
        maximum_millivolts: valid().fold(f64::NEG_INFINITY, f64::max),
        sd_millivolts: variance.sqrt(),
    })
}
