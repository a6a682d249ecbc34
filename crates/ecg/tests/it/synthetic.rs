//! A made ECG for tests: Gaussian waves on a fixed axis, projected to the twelve leads.

use coronet_ecg::{Channel, Device, Ecg, Hertz, Lead, Signal, Subject};

/// Twelve consistent leads at `rate` hertz with `beats` a minute.
pub(crate) fn ecg(seconds: f64, rate: f64, beats: f64) -> Ecg {
    let samples = (seconds * rate) as usize;
    let wave = |at: usize, centre: f64, width: f64, height: f64| {
        let phase = (at as f64 / rate) % (60.0 / beats) - centre;
        height * (-0.5 * (phase / width).powi(2)).exp()
    };
    let beat = |at: usize, size: f64| {
        size * (wave(at, 0.10, 0.02, 0.1)
            + wave(at, 0.24, 0.008, -0.15)
            + wave(at, 0.26, 0.011, 1.2)
            + wave(at, 0.28, 0.009, -0.3)
            + wave(at, 0.50, 0.05, 0.25))
    };
    let signal = |lead: Lead| {
        let (one, two) = (0.7, 1.0);
        let size = match lead {
            Lead::I => one,
            Lead::II => two,
            Lead::III => two - one,
            Lead::AVR => -(one + two) / 2.0,
            Lead::AVL => one - two / 2.0,
            Lead::AVF => two - one / 2.0,
            Lead::V1 => -0.6,
            Lead::V2 => -0.8,
            Lead::V3 => 0.4,
            Lead::V4 => 1.3,
            Lead::V5 => 1.2,
            Lead::V6 => 0.9,
        };
        Signal {
            channel: Channel::Lead(lead),
            millivolts: (0..samples).map(|at| beat(at, size)).collect(),
        }
    };
    Ecg {
        rate: Hertz::new(rate).unwrap(),
        signals: Lead::ALL.into_iter().map(signal).collect(),
        start: None,
        subject: Subject::default(),
        device: Device::default(),
        findings: Vec::new(),
    }
}

/// The samples of a lead, to be changed.
pub(crate) fn lead_mut(ecg: &mut Ecg, lead: Lead) -> &mut Vec<f64> {
    let channel = Channel::Lead(lead);
    let signal = ecg
        .signals
        .iter_mut()
        .find(|signal| signal.channel == channel);
    &mut signal.unwrap().millivolts
}
