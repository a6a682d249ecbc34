//! A hash of the decoded signal, to find equal signals under different names.

use crate::profile::hexadecimal;
use crate::{Ecg, Lead};
use sha2::{Digest, Sha256};
use std::fmt;

/// SHA-256 of the decoded samples; equal for equal signals whatever file they came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hexadecimal(&self.0))
    }
}

/// Smallest difference that counts, in millivolts: one microvolt.
const RESOLUTION: f64 = 0.001;

/// The independent leads; the other four of the twelve follow from I and II.
const INDEPENDENT: [Lead; 8] = [
    Lead::I,
    Lead::II,
    Lead::V1,
    Lead::V2,
    Lead::V3,
    Lead::V4,
    Lead::V5,
    Lead::V6,
];

/// Fingerprint of the samples of the standard leads, rounded to one microvolt.
///
/// Over I, II and V1–V6, of which III, aVR, aVL and aVF are sums, so that an eight-lead copy of
/// a twelve-lead record matches it. A recording without all of these is hashed over its signals
/// in order of their names. Neither the rate, the gain, the order of the leads nor the patient
/// counts; invalid samples count as such.
pub fn fingerprint(ecg: &Ecg) -> Fingerprint {
    let mut hash = Sha256::new();
    let leads: Option<Vec<&[f64]>> = INDEPENDENT.iter().map(|&lead| ecg.lead(lead)).collect();
    match leads {
        Some(leads) => {
            hash.update(b"standard leads\n");
            for samples in leads {
                update(&mut hash, samples);
            }
        }
        None => {
            let mut signals: Vec<(&str, &[f64])> = ecg
                .signals
                .iter()
                .map(|signal| (signal.channel.name(), signal.millivolts.as_slice()))
                .collect();
            signals.sort_by(|left, right| left.0.cmp(right.0));
            for (name, samples) in signals {
                hash.update(name.as_bytes());
                hash.update(b"\n");
                update(&mut hash, samples);
            }
        }
    }
    Fingerprint(hash.finalize().into())
}

fn update(hash: &mut Sha256, samples: &[f64]) {
    hash.update((samples.len() as u64).to_le_bytes());
    let mut bytes = Vec::with_capacity(samples.len() * 8);
    for sample in samples {
        let rounded = if sample.is_finite() {
            (sample / RESOLUTION).round() as i64
        } else {
            i64::MIN
        };
        bytes.extend_from_slice(&rounded.to_le_bytes());
    }
    hash.update(&bytes);
}
