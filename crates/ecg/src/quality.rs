//! What is wrong with a recording: lead by lead, between the leads, and with its units and rate.

mod beats;
mod lead;
mod limb;
mod usable;

use crate::{Channel, Ecg, Finding, Lead};
use serde::Serialize;

pub use beats::heart_rate;
pub(crate) use beats::quantile;
pub(crate) use lead::assess as assess_lead;
pub use lead::{Fault, LeadQuality};
pub use usable::{NoSignal, UNUSABLE_ECG, no_signal, unusable, unusable_codes};

/// Quality of one recording.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QualityReport {
    /// The standard leads that are stored, in tensor order.
    pub leads: Vec<LeadQuality>,
    /// Beats a minute from R peaks of all leads; absent when no regular series of peaks is found.
    pub heart_rate: Option<f64>,
    /// What was found, in a fixed order.
    pub findings: Vec<Finding>,
    /// The sum of it.
    pub verdict: Verdict,
}

/// Whether a recording should be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing found that matters.
    Good,
    /// Usable, but a person should look: a noisy or clipped lead, leads that may be swapped.
    Doubtful,
    /// A lead carries no signal, or the numbers cannot be an ECG of this rate and unit.
    Unusable,
}

/// Lowest and highest heart rate of a resting adult that is not questioned, per minute.
const HEART_RATE: (f64, f64) = (30.0, 220.0);

/// Lowest and highest sampling rate of a diagnostic ECG that is not questioned, in hertz.
const SAMPLING_RATE: (f64, f64) = (100.0, 2000.0);

/// Rates at which 12-lead recorders store, in hertz; others are named, as a wrong rate in a header
/// bends every interval and cannot be seen in the signal itself.
const USUAL_RATES: [f64; 21] = [
    100.0, 120.0, 125.0, 128.0, 200.0, 240.0, 250.0, 256.0, 257.0, 360.0, 400.0, 480.0, 500.0,
    512.0, 960.0, 977.0, 978.0, 1000.0, 1024.0, 1200.0, 2000.0,
];

/// Median peak-to-peak of the leads outside of which the unit is doubted, in millivolts.
const AMPLITUDE: (f64, f64) = (0.05, 20.0);

/// Assesses a recording.
///
/// Thresholds are those of [`Fault`] per lead, and: heart rate 30–220 a minute, sampling rate
/// 100–2000 Hz and usual for recorders, median peak-to-peak of the leads 0.05–20 mV. Swapped limb leads and broken
/// Einthoven or Goldberger relations are named where the limb leads are all stored.
pub fn assess(ecg: &Ecg) -> QualityReport {
    let rate = ecg.rate.get();
    let stored = Lead::ALL.into_iter();
    let stored: Vec<(Lead, &[f64])> = stored
        .filter_map(|lead| Some((lead, ecg.lead(lead)?)))
        .collect();
    let leads = lead::assess_each(&stored, rate);
    let mut findings = absent(ecg);
    if !leads.is_empty() && leads.iter().all(|lead| lead.is_zero) {
        push(
            &mut findings,
            "all-zero",
            "every sample of every lead is zero",
        );
    }
    for lead in &leads {
        findings.extend(lead.findings());
    }
    findings.extend(amplitude(&leads));
    let heart_rate = heart_rate(ecg);
    findings.extend(timing(rate, heart_rate));
    findings.extend(limb::findings(ecg));
    let verdict = verdict(&findings);
    QualityReport {
        leads,
        heart_rate,
        findings,
        verdict,
    }
}

/// Codes of findings that make a recording unusable; those in [`INFORMATIVE`] do not matter and
/// the rest make it doubtful.
const UNUSABLE: [&str; 6] = [
    "all-zero",
    "no-leads",
    "flat-lead",
    "missing-samples",
    "lost-contact",
    "implausible-amplitude",
];

const INFORMATIVE: [&str; 3] = ["heart-rate-unknown", "leads-absent", "unusual-rate"];

fn verdict(findings: &[Finding]) -> Verdict {
    let has = |codes: &[&str], finding: &Finding| codes.contains(&finding.code.as_str());
    if unusable(findings).is_some() {
        Verdict::Unusable
    } else if findings.iter().any(|finding| !has(&INFORMATIVE, finding)) {
        Verdict::Doubtful
    } else {
        Verdict::Good
    }
}

fn absent(ecg: &Ecg) -> Vec<Finding> {
    let mut findings = Vec::new();
    let stored = |lead: &Lead| ecg.lead(*lead).is_some();
    if !Lead::ALL.iter().any(stored) {
        push(
            &mut findings,
            "no-leads",
            "none of the twelve standard leads is stored",
        );
    } else if let Err(missing) = ecg.borrow_standard_leads() {
        push(&mut findings, "leads-absent", &missing.to_string());
    }
    for lead in Lead::ALL {
        let channel = Channel::Lead(lead);
        let copies = ecg
            .signals
            .iter()
            .filter(|signal| signal.channel == channel)
            .count();
        if copies > 1 {
            let message = format!("{} is stored {copies} times, the first counts", lead.name());
            push(&mut findings, "duplicate-lead", &message);
        }
    }
    findings
}

fn amplitude(leads: &[LeadQuality]) -> Option<Finding> {
    let mut spans: Vec<f64> = leads
        .iter()
        .filter(|lead| !lead.has(Fault::Flat) && !lead.has(Fault::Missing))
        .map(|lead| lead.peak_to_peak)
        .collect();
    spans.sort_by(f64::total_cmp);
    let median = *spans.get(spans.len() / 2)?;
    let (low, high) = AMPLITUDE;
    (!(low..=high).contains(&median)).then(|| Finding {
        code: "implausible-amplitude".to_string(),
        message: format!(
            "median peak-to-peak of the leads is {median:.4} mV, expected {low} to {high} mV; \
             the unit or the gain is probably wrong"
        ),
    })
}

fn timing(rate: f64, heart_rate: Option<f64>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (low, high) = SAMPLING_RATE;
    if !(low..=high).contains(&rate) {
        let message = format!("sampling rate {rate} Hz, expected {low} to {high} Hz");
        push(&mut findings, "implausible-rate", &message);
    } else if !USUAL_RATES.iter().any(|usual| (usual - rate).abs() < 0.5) {
        let message = format!("{rate} Hz is not a usual rate of 12-lead recorders");
        push(&mut findings, "unusual-rate", &message);
    }
    let (slow, fast) = HEART_RATE;
    match heart_rate {
        None => push(
            &mut findings,
            "heart-rate-unknown",
            "no regular series of R peaks was found",
        ),
        Some(beats) if !(slow..=fast).contains(&beats) => push(
            &mut findings,
            "implausible-heart-rate",
            &format!(
                "{beats:.0} beats a minute, expected {slow} to {fast}; \
                 the stated sampling rate may be wrong"
            ),
        ),
        Some(_) => {}
    }
    findings
}

fn push(findings: &mut Vec<Finding>, code: &str, message: &str) {
    findings.push(Finding {
        code: code.to_string(),
        message: message.to_string(),
    });
}
