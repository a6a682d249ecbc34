//! Faults put into real ECGs: how many are found, and how often an ECG as recorded is accused.

use crate::data::data;
use coronet_ecg::quality::assess;
use coronet_ecg::{Ecg, Lead};
use coronet_formats::{ReadOptions, read};

/// A fault, the finding that names it, and the least share found and most share accused.
struct Case {
    name: &'static str,
    code: &'static str,
    put: fn(&mut Ecg, u64),
    sensitivity: f64,
    false_alarms: f64,
}

const CASES: [Case; 8] = [
    Case {
        name: "flat lead",
        code: "flat-lead",
        put: flat,
        sensitivity: 1.0,
        false_alarms: 0.0,
    },
    Case {
        name: "contact lost for 1.5 s",
        code: "lost-contact",
        put: lost,
        sensitivity: 1.0,
        false_alarms: 0.01,
    },
    Case {
        name: "one lead in ten missing a tenth",
        code: "missing-samples",
        put: missing,
        sensitivity: 1.0,
        false_alarms: 0.0,
    },
    Case {
        name: "clipped at 60 % of its peak",
        code: "clipped-lead",
        put: clip,
        sensitivity: 0.95,
        false_alarms: 0.05,
    },
    Case {
        name: "mains hum of 0.25 mV amplitude",
        code: "mains-hum",
        put: mains,
        sensitivity: 0.95,
        false_alarms: 0.05,
    },
    Case {
        name: "muscle noise of 0.1 mV rms",
        code: "noisy-lead",
        put: noise,
        sensitivity: 0.95,
        false_alarms: 0.05,
    },
    Case {
        name: "motion: two jolts of 3 mV",
        code: "motion-artefact",
        put: motion,
        sensitivity: 0.95,
        false_alarms: 0.05,
    },
    Case {
        name: "arm electrodes swapped",
        code: "limb-leads-swapped",
        put: swap_arms,
        sensitivity: 0.5,
        false_alarms: 0.05,
    },
];

fn lead_mut(ecg: &mut Ecg, lead: Lead) -> &mut Vec<f64> {
    let channel = coronet_ecg::Channel::Lead(lead);
    let signal = ecg
        .signals
        .iter_mut()
        .find(|signal| signal.channel == channel);
    &mut signal.unwrap().millivolts
}

/// A lead of the chest, another one in each record.
fn chest(ecg: &mut Ecg, seed: u64) -> &mut Vec<f64> {
    lead_mut(ecg, Lead::ALL[6 + (seed % 6) as usize])
}

/// Numbers from −1 to 1 by a linear congruence.
fn uniform(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

fn flat(ecg: &mut Ecg, seed: u64) {
    chest(ecg, seed).fill(0.1);
}

fn lost(ecg: &mut Ecg, seed: u64) {
    let lead = chest(ecg, seed);
    let start = 500 + (seed as usize * 37) % 3000;
    let held = lead[start];
    lead[start..start + 750].fill(held);
}

fn missing(ecg: &mut Ecg, seed: u64) {
    let start = (seed as usize * 41) % 4400;
    chest(ecg, seed)[start..start + 500].fill(f64::NAN);
}

fn clip(ecg: &mut Ecg, seed: u64) {
    let lead = chest(ecg, seed);
    let peak = lead
        .iter()
        .fold(0.0_f64, |peak, sample| peak.max(sample.abs()));
    let limit = 0.6 * peak;
    lead.iter_mut()
        .for_each(|sample| *sample = sample.clamp(-limit, limit));
}

fn mains(ecg: &mut Ecg, seed: u64) {
    let hertz = if seed.is_multiple_of(2) { 50.0 } else { 60.0 };
    for (at, sample) in chest(ecg, seed).iter_mut().enumerate() {
        *sample += 0.25 * (std::f64::consts::TAU * hertz * at as f64 / 500.0).sin();
    }
}

fn noise(ecg: &mut Ecg, seed: u64) {
    let mut random = uniform(seed);
    // Uniform from −a to a has a root mean square of a / √3.
    let size = 0.1 * 3.0_f64.sqrt();
    chest(ecg, seed)
        .iter_mut()
        .for_each(|sample| *sample += size * random());
}

/// The electrode is moved twice: a jump that decays over a second.
fn motion(ecg: &mut Ecg, seed: u64) {
    let lead = chest(ecg, seed);
    for start in [
        700 + (seed as usize * 29) % 1000,
        2800 + (seed as usize * 31) % 1000,
    ] {
        for (at, sample) in lead[start..].iter_mut().enumerate().take(1500) {
            *sample += 3.0 * (-(at as f64) / 500.0).exp();
        }
    }
}

fn swap_arms(ecg: &mut Ecg, _: u64) {
    let get = |ecg: &Ecg, lead| ecg.lead(lead).unwrap().to_vec();
    let (two, three) = (get(ecg, Lead::II), get(ecg, Lead::III));
    let (right, left) = (get(ecg, Lead::AVR), get(ecg, Lead::AVL));
    lead_mut(ecg, Lead::I)
        .iter_mut()
        .for_each(|sample| *sample = -*sample);
    *lead_mut(ecg, Lead::II) = three;
    *lead_mut(ecg, Lead::III) = two;
    *lead_mut(ecg, Lead::AVR) = left;
    *lead_mut(ecg, Lead::AVL) = right;
}

fn names(ecg: &Ecg, code: &str) -> bool {
    assess(ecg)
        .findings
        .iter()
        .any(|finding| finding.code == code)
}

/// Every third record of PTB-XL 1 to 400.
#[test]
fn faults_put_into_real_ecgs_are_found() {
    let Some(folder) = data("ptbxl/records") else {
        return;
    };
    let records: Vec<Ecg> = (1..=400)
        .step_by(3)
        .map(|number| folder.join(format!("{number:05}_hr")))
        .map(|path| read(&path, &ReadOptions::default()).unwrap().remove(0).ecg)
        .collect();
    let total = records.len() as f64;
    let mut missed = Vec::new();
    for case in CASES {
        let accused = |ecg: &&Ecg| names(ecg, case.code);
        let false_alarms = records.iter().filter(accused).count() as f64 / total;
        // A record that is accused as it is says nothing on what is found.
        let clean = records
            .iter()
            .enumerate()
            .filter(|(_, ecg)| !names(ecg, case.code));
        let (mut found, mut tried) = (0.0, 0.0);
        for (seed, ecg) in clean {
            let mut faulty = ecg.clone();
            (case.put)(&mut faulty, seed as u64);
            tried += 1.0;
            found += f64::from(u8::from(names(&faulty, case.code)));
        }
        let sensitivity = found / tried;
        eprintln!(
            "{:<32} found {:5.1} % of {tried}, accused {:4.1} % of {total}",
            case.name,
            100.0 * sensitivity,
            100.0 * false_alarms
        );
        if sensitivity < case.sensitivity || false_alarms > case.false_alarms {
            missed.push(case.name);
        }
    }
    assert_eq!(missed, Vec::<&str>::new());
}
