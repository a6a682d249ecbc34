//! The simulator: determinism, physics of the leads, magnitudes, and recovery of the known truth.

use coronet_cohort::simulate::{
    LeadFault, Oracle, SimulatedPatient, Simulation, SimulationConfig, Wording, ccta_csv,
    clinical_csv, followup_csv, manifest_csv,
};
use coronet_cohort::{
    Flow, Joined, LabelRule, PairingRule, RiskFactors, Symptom, Understanding, Vessel, join_ccta,
    label, parse_ccta, parse_clinical, parse_follow_up, parse_manifest,
    risk_factor_clinical_likelihood,
};
use coronet_ecg::{Ecg, Lead, Sex};

fn simulation(patients: usize) -> Simulation {
    let config = SimulationConfig {
        patients,
        ..SimulationConfig::default()
    };
    Simulation::new(config).unwrap()
}

/// Area under the curve by counting pairs.
fn auc(scores: &[f64], labels: &[bool]) -> f64 {
    let of = |wanted: bool| {
        let chosen = scores
            .iter()
            .zip(labels)
            .filter(move |(_, label)| **label == wanted);
        chosen.map(|(score, _)| *score).collect::<Vec<f64>>()
    };
    let (positives, negatives) = (of(true), of(false));
    let mut concordant = 0.0;
    for positive in &positives {
        for negative in &negatives {
            concordant += if positive > negative {
                1.0
            } else if positive == negative {
                0.5
            } else {
                0.0
            };
        }
    }
    concordant / (positives.len() * negatives.len()) as f64
}

#[test]
fn a_patient_depends_on_the_seed_and_the_number_only() {
    let few = simulation(3);
    let many = simulation(1000);
    assert_eq!(few.patient(2), many.patients().nth(2).unwrap());
    let patient = few.patient(2);
    let ecg = |s: &Simulation| s.ecg(&patient, &patient.recordings[0]);
    assert_eq!(ecg(&few), ecg(&many));
    let other = Simulation::new(SimulationConfig {
        seed: 2,
        ..SimulationConfig::default()
    })
    .unwrap();
    assert_ne!(other.patient(2).effects, patient.effects);
}

#[test]
fn the_limb_leads_obey_einthoven_and_goldberger() {
    let simulation = simulation(10);
    for patient in simulation.patients() {
        let mut recording = patient.recordings[0].clone();
        recording.fault = None;
        let ecg = simulation.ecg(&patient, &recording);
        assert_eq!(ecg.len(), 5000);
        let lead = |lead: Lead| ecg.lead(lead).unwrap();
        for i in 0..ecg.len() {
            let (one, two) = (lead(Lead::I)[i], lead(Lead::II)[i]);
            let off = [
                lead(Lead::III)[i] - (two - one),
                lead(Lead::AVR)[i] + (one + two) / 2.0,
                lead(Lead::AVL)[i] - (one - two / 2.0),
                lead(Lead::AVF)[i] - (two - one / 2.0),
            ];
            assert!(off.iter().all(|off| off.abs() < 1e-12));
        }
    }
}

/// Greatest and least value of a lead.
fn peaks(ecg: &Ecg, lead: Lead) -> (f64, f64) {
    let samples = ecg.lead(lead).unwrap().iter();
    samples.fold((f64::MIN, f64::MAX), |(top, low), &v| {
        (top.max(v), low.min(v))
    })
}

#[test]
fn a_healthy_ecg_looks_like_one() {
    let simulation = simulation(40);
    for mut patient in simulation.patients() {
        patient.effects = [0.0; 4];
        let mut recording = patient.recordings[0].clone();
        recording.fault = None;
        let ecg = simulation.ecg(&patient, &recording);
        let r = |lead| peaks(&ecg, lead).0;
        let s = |lead| -peaks(&ecg, lead).1;
        assert!(r(Lead::II) > 0.4 && r(Lead::II) < 2.5, "{}", r(Lead::II));
        assert!(s(Lead::AVR) > 2.0 * r(Lead::AVR), "aVR points down");
        assert!(s(Lead::V1) > 1.5 * r(Lead::V1), "V1 is an rS complex");
        assert!(r(Lead::V5) > 2.0 * s(Lead::V5), "V5 is an R complex");
        assert!(
            r(Lead::V4) > r(Lead::V3) && r(Lead::V3) > 0.5 * r(Lead::V2),
            "R grows"
        );
        assert!(
            ecg.signals
                .iter()
                .all(|s| s.millivolts.iter().all(|v| v.abs() < 4.0))
        );
    }
}

/// Mean difference a territory's effect makes to each lead, 0.08–0.18 s after the R peaks of lead V4.
fn st_shift(simulation: &Simulation, vessel: Vessel) -> Vec<f64> {
    let mut patient = simulation.patient(0);
    let mut recording = patient.recordings[0].clone();
    recording.fault = None;
    patient.effects = [0.0; 4];
    let without = simulation.ecg(&patient, &recording);
    patient.effects[vessel.index()] = 2.0;
    let with = simulation.ecg(&patient, &recording);
    let reference = without.lead(Lead::V4).unwrap();
    let top = peaks(&without, Lead::V4).0;
    let beats: Vec<usize> = (200..4700)
        .filter(|&i| {
            reference[i] > 0.6 * top && (i - 60..i + 60).all(|j| reference[j] <= reference[i])
        })
        .collect();
    assert!(beats.len() >= 7, "{}", beats.len());
    let shift = |lead: Lead| {
        let (with, without) = (with.lead(lead).unwrap(), without.lead(lead).unwrap());
        let differences = beats
            .iter()
            .flat_map(|&at| (at + 40..at + 90).map(|i| with[i] - without[i]));
        differences.sum::<f64>() / (beats.len() * 50) as f64
    };
    Lead::ALL.map(shift).to_vec()
}

#[test]
fn each_territory_moves_its_own_leads() {
    let simulation = simulation(1);
    let lowest = |vessel| {
        let shift = st_shift(&simulation, vessel);
        let lead = Lead::ALL
            .into_iter()
            .min_by(|a, b| shift[*a as usize].total_cmp(&shift[*b as usize]));
        let lead = lead.unwrap();
        assert!(shift[lead as usize] < -0.08, "{vessel}: {shift:?}");
        (lead, shift)
    };
    assert!([Lead::II, Lead::III, Lead::AVF].contains(&lowest(Vessel::Rca).0));
    assert!([Lead::V2, Lead::V3].contains(&lowest(Vessel::Lad).0));
    assert!([Lead::V4, Lead::V5, Lead::V6].contains(&lowest(Vessel::Lcx).0));
    let (_, shift) = lowest(Vessel::Lm);
    for lead in [Lead::I, Lead::II, Lead::AVF, Lead::V4, Lead::V5, Lead::V6] {
        assert!(shift[lead as usize] < -0.03, "{lead:?} {shift:?}");
    }
    assert!(shift[Lead::AVR as usize] > 0.05, "aVR rises: {shift:?}");
}

fn share(patients: &[SimulatedPatient], vessel: Vessel) -> f64 {
    let positive = patients
        .iter()
        .filter(|p| label(LabelRule::Severe, vessel, Some(p.grades[vessel.index()])) == Some(true));
    positive.count() as f64 / patients.len() as f64
}

#[test]
fn prevalences_are_those_promised() {
    let simulation = simulation(20_000);
    let patients: Vec<_> = simulation.patients().collect();
    for (vessel, expected) in [
        (Vessel::Rca, 0.16),
        (Vessel::Lm, 0.045),
        (Vessel::Lad, 0.21),
        (Vessel::Lcx, 0.14),
    ] {
        let got = share(&patients, vessel);
        assert!((got - expected).abs() < 0.015, "{vessel}: {got}");
    }
    let both = patients
        .iter()
        .filter(|p| p.grades[0].number() >= 3 && p.grades[2].number() >= 3)
        .count();
    let chance = share(&patients, Vessel::Rca) * share(&patients, Vessel::Lad);
    assert!(
        both as f64 / 20_000.0 > 1.5 * chance,
        "vessels are diseased together"
    );
    let normal = patients.iter().filter(|p| p.normal_ecg).count() as f64 / 20_000.0;
    assert!((0.2..0.8).contains(&normal), "{normal}");
    let events =
        |n: u8| patients.iter().filter(|p| p.event.number() == n).count() as f64 / 20_000.0;
    assert!(
        (0.02..0.2).contains(&events(1)) && (0.005..0.1).contains(&events(2)),
        "{} {}",
        events(1),
        events(2)
    );
}

#[test]
fn the_oracle_reaches_the_bound_and_nothing_surpasses_it() {
    let simulation = simulation(12_000);
    let oracle = Oracle::new(&simulation);
    let patients: Vec<_> = simulation.patients().collect();
    let bounds = oracle.best_achievable_auc(&simulation, LabelRule::Severe);
    let scores: Vec<[f64; 4]> = patients
        .iter()
        .map(|p| oracle.probabilities(p.site, &p.effects, LabelRule::Severe))
        .collect();
    for vessel in Vessel::ALL {
        let v = vessel.index();
        let bound = bounds[v].unwrap();
        assert!((0.85..=0.91).contains(&bound), "{vessel}: {bound}");
        let labels: Vec<bool> = patients.iter().map(|p| p.grades[v].number() >= 3).collect();
        let posterior: Vec<f64> = scores.iter().map(|s| s[v]).collect();
        let reached = auc(&posterior, &labels);
        assert!(
            (reached - bound).abs() < 0.02,
            "{vessel}: {reached} of {bound}"
        );
        let effects: Vec<f64> = patients.iter().map(|p| p.effects[v]).collect();
        assert!(auc(&effects, &labels) < reached + 0.005);
        let expected: f64 = posterior.iter().sum::<f64>() / posterior.len() as f64;
        assert!(
            (expected - share(&patients, vessel)).abs() < 0.01,
            "{vessel} is calibrated"
        );
    }
}

#[test]
fn the_tables_are_read_back() {
    let simulation = simulation(800);
    let patients: Vec<_> = simulation.patients().collect();
    let path = |_: &SimulatedPatient, r: &coronet_cohort::simulate::Recording| {
        format!("ecg/{}", r.record_id)
    };
    let manifest = parse_manifest("m", manifest_csv(&patients, &path).as_bytes()).unwrap();
    let cctas = parse_ccta("c", ccta_csv(&patients).as_bytes()).unwrap();
    let clinical = parse_clinical("k", clinical_csv(&patients).as_bytes()).unwrap();
    let follow_up = parse_follow_up("f", followup_csv(&patients).as_bytes()).unwrap();
    for problems in [
        &manifest.problems,
        &cctas.problems,
        &clinical.problems,
        &follow_up.problems,
    ] {
        assert_eq!(problems, &[]);
    }
    assert_eq!(follow_up.patients.len(), 800);
    for (patient, ccta) in patients.iter().zip(&cctas.rows) {
        for vessel in Vessel::ALL {
            if let Some(grade) = ccta.grades[vessel] {
                assert_eq!(
                    grade,
                    patient.grades[vessel.index()],
                    "{:?}",
                    patient.wording
                );
            }
        }
        assert_eq!(
            clinical.patients[&patient.patient_id].risk_factors,
            Some(patient.risk_factors)
        );
    }
    for tally in &cctas.tally {
        assert_eq!(
            tally.counts.get(&Understanding::NotUnderstood),
            None,
            "{tally:?}"
        );
        assert!(tally.counts.keys().len() >= 5, "{tally:?}");
    }
    let mut flow = Flow::new("ECGs", manifest.rows.len());
    let Joined { rows: joined, .. } = join_ccta(
        manifest.rows,
        &cctas.rows,
        PairingRule::default(),
        &mut flow,
    );
    assert!(joined.len() > 740 && joined.len() < 800, "{}", joined.len());
    assert_eq!(flow.remaining(), joined.len());
}

#[test]
fn sites_differ_in_rate_and_prevalence() {
    let config = SimulationConfig {
        patients: 6000,
        ..SimulationConfig::three_sites()
    };
    let simulation = Simulation::new(config).unwrap();
    let patients: Vec<_> = simulation.patients().collect();
    let at = |site: &str| -> Vec<SimulatedPatient> {
        patients
            .iter()
            .filter(|p| p.site_name == site)
            .cloned()
            .collect()
    };
    assert!(share(&at("B"), Vessel::Lad) < share(&at("A"), Vessel::Lad));
    assert!(share(&at("C"), Vessel::Lad) > share(&at("A"), Vessel::Lad));
    for (site, rate, samples) in [
        ("A", 500.0, 5000),
        ("B", 250.0, 2500),
        ("C", 1000.0, 10_000),
    ] {
        let patient = &at(site)[0];
        let ecg = simulation.ecg(patient, &patient.recordings[0]);
        assert_eq!((ecg.rate.get(), ecg.len()), (rate, samples));
    }
}

#[test]
fn faults_spoil_what_they_say() {
    let simulation = simulation(1);
    let patient = simulation.patient(0);
    let ecg = |fault| {
        let mut recording = patient.recordings[0].clone();
        recording.fault = fault;
        simulation.ecg(&patient, &recording)
    };
    let sound = ecg(None);
    let flat = ecg(Some(LeadFault::Flat(Lead::V2)));
    assert!(flat.lead(Lead::V2).unwrap().iter().all(|v| *v == 0.0));
    assert_eq!(flat.lead(Lead::V3), sound.lead(Lead::V3));
    let swapped = ecg(Some(LeadFault::ArmsSwapped));
    assert_eq!(swapped.lead(Lead::II), sound.lead(Lead::III));
    assert_eq!(swapped.lead(Lead::AVR), sound.lead(Lead::AVL));
    let clipped = ecg(Some(LeadFault::Clipped(Lead::V1)));
    assert!(
        clipped
            .lead(Lead::V1)
            .unwrap()
            .iter()
            .all(|v| v.abs() <= 0.5)
    );
}

#[test]
fn impossible_configurations_are_refused() {
    let refused = |config| Simulation::new(config).unwrap_err().to_string();
    let base = SimulationConfig::default;
    assert!(
        refused(SimulationConfig {
            sites: vec![],
            ..base()
        })
        .contains("at least one site")
    );
    assert!(
        refused(SimulationConfig {
            fault_share: 1.5,
            ..base()
        })
        .contains("got 1.5")
    );
    assert!(
        refused(SimulationConfig {
            seconds: f64::NAN,
            ..base()
        })
        .contains("seconds")
    );
    let mut config = base();
    config.sites[0].rate = 0.0;
    assert!(refused(config).contains("sites.rate"));
}

/// Printed by the test suite of the R package pretestcad (`test-winther_ptp.R`).
#[test]
fn clinical_likelihood_equals_the_reference_implementation() {
    let factors = |count: usize| RiskFactors {
        family_history: count > 0,
        smoking: count > 1,
        dyslipidaemia: count > 2,
        hypertension: count > 3,
        diabetes: count > 4,
    };
    for (age, sex, symptom, count, expected) in [
        (30.0, Sex::Female, Symptom::NonAnginal, 0, 0.00172552),
        (39.0, Sex::Female, Symptom::NonAnginal, 5, 0.02291907),
        (39.0, Sex::Male, Symptom::NonAnginal, 3, 0.02816516),
        (39.0, Sex::Male, Symptom::Atypical, 5, 0.09115609),
        (30.0, Sex::Female, Symptom::Typical, 0, 0.01758962),
        (39.0, Sex::Male, Symptom::Typical, 5, 0.23914),
        (49.0, Sex::Male, Symptom::Dyspnoea, 5, 0.1360374),
    ] {
        let got = risk_factor_clinical_likelihood(age, sex, symptom, factors(count));
        assert!((got - expected).abs() < 1e-6, "{got} for {expected}");
    }
}

/// Three hospitals whose reports are as people type them: every grade is read or left out, and
/// none is read as another.
#[test]
fn messy_reports_are_never_graded_wrongly() {
    let config = SimulationConfig {
        patients: 2400,
        wording: Wording::Messy,
        ungraded_share: 0.03,
        ..SimulationConfig::three_sites()
    };
    let patients: Vec<SimulatedPatient> = Simulation::new(config).unwrap().patients().collect();
    let table = parse_ccta("ccta.csv", ccta_csv(&patients).as_bytes()).unwrap();
    assert!(table.problems.is_empty(), "{:?}", table.problems);
    let mut tally = std::collections::BTreeMap::<&str, [usize; 3]>::new();
    let mut faults = Vec::new();
    for (patient, row) in patients.iter().zip(&table.rows) {
        let form = match patient.report.is_empty() {
            true => "cells",
            false if patient.report.is_ascii() => "English report",
            false => "Chinese or mixed report",
        };
        for vessel in Vessel::ALL {
            let (truth, read) = (patient.grades[vessel.index()], row.grades[vessel]);
            let at = match read {
                Some(read) if read == truth => 0,
                None => 1,
                Some(_) => 2,
            };
            tally.entry(form).or_default()[at] += 1;
            if at == 2 {
                let said = [&patient.report, &patient.wording[vessel.index()]];
                faults.push(format!("{vessel} {truth:?} read as {read:?} in {said:?}"));
            }
        }
    }
    eprintln!("equal, lost, wrong: {tally:?}");
    assert!(
        faults.is_empty(),
        "{} wrong: {:#?}",
        faults.len(),
        &faults[..faults.len().min(12)]
    );
    for (form, [equal, lost, _]) in tally {
        assert!(
            equal > 1000 && lost * 15 < equal,
            "{form}: {lost} lost, {equal} equal"
        );
    }
}
