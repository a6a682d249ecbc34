//! Equal signals, equal fingerprints.

use crate::synthetic::{ecg, lead_mut};
use coronet_ecg::{Channel, Hertz, Lead, fingerprint};

#[test]
fn names_order_and_rate_do_not_count() {
    let one = ecg(10.0, 500.0, 70.0);
    let mut two = one.clone();
    two.signals.reverse();
    two.rate = Hertz::new(400.0).unwrap();
    two.subject.patient_id = Some("other".to_string());
    assert_eq!(fingerprint(&one), fingerprint(&two));
    assert_eq!(fingerprint(&one).to_string().len(), 64);
}

#[test]
fn an_eight_lead_copy_matches() {
    let one = ecg(10.0, 500.0, 70.0);
    let mut two = one.clone();
    let derived = [Lead::III, Lead::AVR, Lead::AVL, Lead::AVF].map(Channel::Lead);
    two.signals
        .retain(|signal| !derived.contains(&signal.channel));
    assert_eq!(fingerprint(&one), fingerprint(&two));
}

#[test]
fn a_microvolt_counts_and_rounding_noise_does_not() {
    let mut one = ecg(10.0, 500.0, 70.0);
    lead_mut(&mut one, Lead::V4)[1000] = 0.25;
    let mut two = one.clone();
    lead_mut(&mut two, Lead::V4)[1000] = 0.251;
    assert_ne!(fingerprint(&one), fingerprint(&two));
    lead_mut(&mut two, Lead::V4)[1000] = 0.25 + 1e-9;
    assert_eq!(fingerprint(&one), fingerprint(&two));
    lead_mut(&mut two, Lead::V4)[1000] = f64::NAN;
    assert_ne!(fingerprint(&one), fingerprint(&two));
}

#[test]
fn recordings_without_the_standard_leads_have_one_too() {
    let mut one = ecg(10.0, 500.0, 70.0);
    one.signals.truncate(2);
    let mut two = one.clone();
    two.signals.reverse();
    assert_eq!(fingerprint(&one), fingerprint(&two));
    two.signals.pop();
    assert_ne!(fingerprint(&one), fingerprint(&two));
}
