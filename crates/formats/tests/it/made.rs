//! A small made ECG and scratch folders.

use coronet_ecg::{Channel, Device, Ecg, Hertz, Lead, Sex, Signal, Subject};

/// Twelve leads of whole microvolts, different in each lead.
pub(crate) fn ecg(samples: usize, rate: f64) -> Ecg {
    let signal = |(index, lead): (usize, Lead)| Signal {
        channel: Channel::Lead(lead),
        millivolts: (0..samples)
            .map(|at| (((at * 37 + index * 101) % 2003) as f64 - 1000.0) / 1000.0)
            .collect(),
    };
    Ecg {
        rate: Hertz::new(rate).unwrap(),
        signals: Lead::ALL.into_iter().enumerate().map(signal).collect(),
        start: Some("2021-03-04T05:06:07.25".parse().unwrap()),
        subject: Subject {
            patient_id: Some("P 17".to_string()),
            age: Some(61.0),
            sex: Some(Sex::Female),
            ..Subject::default()
        },
        device: Device::default(),
        findings: Vec::new(),
    }
}

/// Codes of the findings, in order.
pub(crate) fn codes(ecg: &Ecg) -> Vec<&str> {
    ecg.findings
        .iter()
        .map(|finding| finding.code.as_str())
        .collect()
}

pub(crate) fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}
