//! Leads by name and the derived ones.

use crate::synthetic;
use coronet_ecg::Lead;

#[test]
fn names_of_the_wild() {
    let cases = [
        ("I", Lead::I),
        ("ii", Lead::II),
        (" Iii ", Lead::III),
        ("AVR", Lead::AVR),
        ("avl", Lead::AVL),
        ("aVf", Lead::AVF),
        ("v1", Lead::V1),
        ("MDC_ECG_LEAD_V6", Lead::V6),
        ("mdc_ecg_lead_aVR", Lead::AVR),
        ("Lead II", Lead::II),
        ("ECG_V3", Lead::V3),
        ("EKG aVL", Lead::AVL),
        ("Lead-V4", Lead::V4),
        ("II (mV)", Lead::II),
        ("V5_uV", Lead::V5),
        ("V5_µV", Lead::V5),
        ("V5 [μV]", Lead::V5),
        ("I/mV", Lead::I),
        ("Lead I (Einthoven)", Lead::I),
        ("Lead - V4", Lead::V4),
        ("ECG: aVR", Lead::AVR),
    ];
    for (name, lead) in cases {
        assert_eq!(Lead::parse(name), Some(lead), "{name}");
    }
}

#[test]
fn other_names_are_no_leads() {
    for name in [
        "", "V", "V7", "MLII", "vx", "IV", "RESP", "lead", "ecg", "1", "Ⅰ",
    ] {
        assert_eq!(Lead::parse(name), None, "{name}");
    }
}

#[test]
fn inverted_leads_and_those_of_other_systems_are_not_the_standard_ones() {
    for name in [
        "-aVR",
        "Lead -aVR",
        "ECG -aVR",
        "ECG_-aVR",
        "Lead--aVR",
        "aVR (inverted)",
        "aVR [-]",
        "Lead I (Frank)",
        "II (adu)",
        "V1/V2",
        "V1 (V2 (mV))",
    ] {
        assert_eq!(Lead::parse(name), None, "{name}");
    }
}

#[test]
fn scp_and_mdc_codes() {
    let expected = [1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8];
    for (lead, code) in Lead::ALL.into_iter().zip(expected) {
        assert_eq!(Lead::from_scp_code(code), Some(lead));
        assert_eq!(Lead::from_scp_code(131_072 + code), Some(lead));
    }
    for code in [0, 9, 60, 65, 131_072, u32::MAX] {
        assert_eq!(Lead::from_scp_code(code), None, "{code}");
    }
}

#[test]
fn eight_leads_become_twelve() {
    let full = synthetic::ecg(6.0, 500.0, 70.0);
    let mut eight = full.clone();
    let derived = [Lead::III, Lead::AVR, Lead::AVL, Lead::AVF];
    eight.signals.retain(|signal| {
        !derived
            .map(coronet_ecg::Channel::Lead)
            .contains(&signal.channel)
    });
    eight.signals.reverse();
    let (full, eight) = (
        full.standard_leads().unwrap(),
        eight.standard_leads().unwrap(),
    );
    assert_eq!(eight.derived, derived);
    assert_eq!(full.derived, []);
    for (one, two) in full.millivolts.iter().zip(&eight.millivolts) {
        for (one, two) in one.iter().zip(two) {
            assert!((one - two).abs() < 1e-12);
        }
    }
}

#[test]
fn leads_that_cannot_be_derived_are_named() {
    let mut ecg = synthetic::ecg(6.0, 500.0, 70.0);
    ecg.signals.truncate(9);
    ecg.signals.remove(1);
    let error = ecg.standard_leads().unwrap_err();
    assert_eq!(error.leads, [Lead::II, Lead::V4, Lead::V5, Lead::V6]);
    assert!(error.to_string().ends_with("II, V4, V5, V6"), "{error}");
}
