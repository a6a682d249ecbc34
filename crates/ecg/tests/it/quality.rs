//! Faults put into a made ECG are named; the ECG without them is not complained of.

use crate::synthetic::{ecg, lead_mut};
use coronet_ecg::quality::{Fault, Verdict, assess, heart_rate};
use coronet_ecg::{Ecg, Lead, Signal};

fn codes(ecg: &Ecg) -> Vec<String> {
    let report = assess(ecg);
    report
        .findings
        .into_iter()
        .map(|finding| finding.code)
        .collect()
}

fn check(change: impl Fn(&mut Ecg), expected: &[&str], verdict: Verdict) {
    let mut record = ecg(10.0, 500.0, 70.0);
    change(&mut record);
    assert_eq!(codes(&record), expected);
    assert_eq!(assess(&record).verdict, verdict);
}

#[test]
fn a_clean_ecg_is_good() {
    for (rate, beats) in [(500.0, 70.0), (250.0, 50.0), (1000.0, 110.0), (100.0, 75.0)] {
        let record = ecg(10.0, rate, beats);
        assert_eq!(codes(&record), Vec::<String>::new(), "{rate} {beats}");
        assert_eq!(assess(&record).verdict, Verdict::Good);
    }
}

#[test]
fn heart_rates_are_found() {
    for beats in [35.0, 50.0, 72.0, 100.0, 150.0, 190.0] {
        let got = heart_rate(&ecg(10.0, 500.0, beats)).unwrap();
        assert!((got / beats - 1.0).abs() < 0.02, "{got} {beats}");
    }
    assert_eq!(heart_rate(&ecg(1.0, 500.0, 70.0)), None);
}

#[test]
fn all_zero() {
    let zero = |record: &mut Ecg| {
        for signal in &mut record.signals {
            signal.millivolts.fill(0.0);
        }
    };
    let mut expected = vec!["all-zero"];
    expected.extend(vec!["flat-lead"; 12]);
    expected.push("heart-rate-unknown");
    check(zero, &expected, Verdict::Unusable);
}

#[test]
fn a_flat_lead() {
    let flat = |record: &mut Ecg| lead_mut(record, Lead::V3).fill(0.4);
    check(flat, &["flat-lead"], Verdict::Unusable);
    let mut record = ecg(10.0, 500.0, 70.0);
    flat(&mut record);
    assert!(assess(&record).leads[8].has(Fault::Flat));
}

#[test]
fn lost_contact_for_two_seconds() {
    let lost = |record: &mut Ecg| lead_mut(record, Lead::V3)[1000..2000].fill(0.4);
    check(lost, &["lost-contact"], Verdict::Unusable);
}

#[test]
fn clipping() {
    let clip = |record: &mut Ecg| {
        for sample in lead_mut(record, Lead::V4) {
            *sample = sample.min(0.3);
        }
    };
    check(clip, &["clipped-lead"], Verdict::Doubtful);
}

#[test]
fn missing_samples() {
    let missing = |record: &mut Ecg| lead_mut(record, Lead::V1)[..500].fill(f64::NAN);
    check(
        missing,
        &["missing-samples", "lost-contact"],
        Verdict::Unusable,
    );
}

#[test]
fn noise_and_hum_and_wander() {
    let wave = |frequency: f64, at: usize| {
        (2.0 * std::f64::consts::PI * frequency * at as f64 / 500.0).sin()
    };
    let noise = |record: &mut Ecg| {
        let mut state = 1_u32;
        for sample in lead_mut(record, Lead::V5) {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample += 0.15 * (f64::from(state) / f64::from(u32::MAX) * 2.0 - 1.0);
        }
    };
    check(noise, &["noisy-lead"], Verdict::Doubtful);
    for frequency in [50.0, 60.0] {
        let hum = |record: &mut Ecg| {
            for (at, sample) in lead_mut(record, Lead::V5).iter_mut().enumerate() {
                *sample += 0.3 * wave(frequency, at);
            }
        };
        let mut record = ecg(10.0, 500.0, 70.0);
        hum(&mut record);
        assert!(
            codes(&record).contains(&"mains-hum".to_string()),
            "{frequency}"
        );
    }
    let wander = |record: &mut Ecg| {
        for (at, sample) in lead_mut(record, Lead::V5).iter_mut().enumerate() {
            *sample += 2.0 * wave(0.2, at);
        }
    };
    check(wander, &["baseline-wander"], Verdict::Doubtful);
}

#[test]
fn swapped_arm_electrodes() {
    let swap = |record: &mut Ecg| {
        let get = |record: &Ecg, lead| record.lead(lead).unwrap().to_vec();
        let (two, three) = (get(record, Lead::II), get(record, Lead::III));
        let (right, left) = (get(record, Lead::AVR), get(record, Lead::AVL));
        for sample in lead_mut(record, Lead::I) {
            *sample = -*sample;
        }
        *lead_mut(record, Lead::II) = three;
        *lead_mut(record, Lead::III) = two;
        *lead_mut(record, Lead::AVR) = left;
        *lead_mut(record, Lead::AVL) = right;
    };
    check(swap, &["limb-leads-swapped"], Verdict::Doubtful);
}

#[test]
fn mislabelled_limb_leads() {
    let exchange = |record: &mut Ecg| {
        let (one, two) = (record.signals[0].clone(), record.signals[1].clone());
        record.signals[0] = Signal {
            channel: one.channel,
            millivolts: two.millivolts,
        };
        record.signals[1] = Signal {
            channel: two.channel,
            millivolts: one.millivolts,
        };
    };
    check(exchange, &["einthoven-violated"], Verdict::Doubtful);
    let gain = |record: &mut Ecg| {
        for sample in lead_mut(record, Lead::I) {
            *sample *= 1.6;
        }
    };
    let mut record = ecg(10.0, 500.0, 70.0);
    // Leads that are not multiples of each other, as in a real heart.
    for (lead, size) in [(Lead::I, 0.3), (Lead::II, 0.1), (Lead::III, -0.2)] {
        for (at, sample) in lead_mut(&mut record, lead).iter_mut().enumerate() {
            *sample += size * (at as f64 / 40.0).sin();
        }
    }
    gain(&mut record);
    assert!(codes(&record).contains(&"lead-gains-inconsistent".to_string()));
    let augmented = |record: &mut Ecg| {
        let (left, foot) = (record.signals[4].clone(), record.signals[5].clone());
        record.signals[4].millivolts = foot.millivolts;
        record.signals[5].millivolts = left.millivolts;
    };
    let expected = ["goldberger-violated", "goldberger-violated"];
    check(augmented, &expected, Verdict::Doubtful);
}

#[test]
fn wrong_units_and_rates() {
    let micro = |record: &mut Ecg| {
        for signal in &mut record.signals {
            signal
                .millivolts
                .iter_mut()
                .for_each(|sample| *sample *= 1000.0);
        }
    };
    let mut record = ecg(10.0, 500.0, 70.0);
    micro(&mut record);
    assert!(codes(&record).contains(&"implausible-amplitude".to_string()));
    let mut fast = ecg(10.0, 500.0, 120.0);
    fast.rate = coronet_ecg::Hertz::new(1000.0).unwrap();
    assert!(codes(&fast).contains(&"implausible-heart-rate".to_string()));
    fast.rate = coronet_ecg::Hertz::new(5000.0).unwrap();
    assert!(codes(&fast).contains(&"implausible-rate".to_string()));
}

#[test]
fn absent_and_doubled_leads() {
    let mut record = ecg(10.0, 500.0, 70.0);
    record.signals.truncate(9);
    assert_eq!(codes(&record), ["leads-absent"]);
    let copy = record.signals[7].clone();
    record.signals.push(copy);
    assert_eq!(codes(&record), ["leads-absent", "duplicate-lead"]);
    record.signals.clear();
    assert_eq!(codes(&record), ["no-leads", "heart-rate-unknown"]);
    assert_eq!(assess(&record).verdict, Verdict::Unusable);
}
