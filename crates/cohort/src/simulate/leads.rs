//! From the heart vector to the twelve leads, with the noise of electrodes.

use super::config::{SimulationConfig, Site};
use super::heart::{Heart, Vector};
use super::patient::{Recording, SimulatedPatient};
use super::random::{self, Purpose, normal, uniform};
use super::{faults, ischaemia};
use coronet_ecg::{Channel, Device, Ecg, Hertz, Lead, Signal, Subject};
use rand::Rng;
use std::f64::consts::TAU;

/// Leads I, II, V1–V6 from Frank's x, y, z (Dower, Machado and Osborne, Clin Cardiol 1980;3:87).
const DOWER: [Vector; 8] = [
    [0.632, -0.235, 0.059],
    [0.235, 1.066, -0.132],
    [-0.515, 0.157, -0.917],
    [0.044, 0.164, -1.387],
    [0.882, 0.098, -1.277],
    [1.213, 0.127, -0.601],
    [1.125, 0.127, -0.086],
    [0.831, 0.076, 0.230],
];

/// Right arm, left arm, left leg, and the six chest electrodes.
const ELECTRODES: usize = 9;

pub(super) fn record(
    config: &SimulationConfig,
    patient: &SimulatedPatient,
    recording: &Recording,
) -> Ecg {
    let site = &config.sites[patient.site];
    let samples = (config.seconds * site.rate).round() as usize;
    let mut own = random::stream(config.seed, patient.index, Purpose::Heart);
    let mut heart = Heart::draw(&mut own);
    heart.add(ischaemia::events(
        &patient.effects,
        config.millivolts_per_effect,
    ));
    let purpose = Purpose::Recording(recording.number);
    let mut now = random::stream(config.seed, patient.index, purpose);
    let track = heart.beat(&mut now, site.rate, samples);
    let electrodes: Vec<Vec<f64>> = (0..ELECTRODES)
        .map(|_| electrode_noise(&mut now, site, samples))
        .collect();
    let mut leads = project(&track, &electrodes);
    if let Some(fault) = recording.fault {
        faults::apply(&mut now, &mut leads, fault);
    }
    Ecg {
        rate: Hertz::new(site.rate).expect("the rates of a simulation are checked, this is a bug"),
        signals: signals(leads),
        start: Some(recording.recorded_at),
        subject: Subject {
            patient_id: Some(patient.patient_id.clone()),
            age: Some(patient.age),
            sex: Some(patient.sex),
            ..Subject::default()
        },
        device: Device::default(),
        findings: Vec::new(),
    }
}

/// The twelve leads, in tensor order, of a heart vector without noise.
pub(super) fn leads_of(vector: Vector) -> [f64; 12] {
    let quiet = vec![vec![0.0]; ELECTRODES];
    let leads = project(&[vector], &quiet);
    std::array::from_fn(|lead| leads[lead][0])
}

fn signals(leads: Vec<Vec<f64>>) -> Vec<Signal> {
    Lead::ALL
        .into_iter()
        .zip(leads)
        .map(|(lead, millivolts)| Signal {
            channel: Channel::Lead(lead),
            millivolts,
        })
        .collect()
}

/// The twelve leads in the order of [`Lead::ALL`]; chest leads refer to the mean of the limbs.
fn project(track: &[Vector], electrodes: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut leads: Vec<Vec<f64>> = vec![Vec::new(); 12];
    for (index, vector) in track.iter().enumerate() {
        let noise = |electrode: usize| electrodes[electrode][index];
        let heart = DOWER.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum::<f64>());
        let one = heart[0] + noise(1) - noise(0);
        let two = heart[1] + noise(2) - noise(0);
        let limbs = (noise(0) + noise(1) + noise(2)) / 3.0;
        let limb = [
            one,
            two,
            two - one,
            -(one + two) / 2.0,
            one - two / 2.0,
            two - one / 2.0,
        ];
        let chest = (0..6).map(|lead| heart[2 + lead] + noise(3 + lead) - limbs);
        for (lead, value) in leads.iter_mut().zip(limb.into_iter().chain(chest)) {
            lead.push(value);
        }
    }
    leads
}

/// Muscle noise, wander of two slow waves, and mains, in millivolts.
fn electrode_noise(random: &mut impl Rng, site: &Site, samples: usize) -> Vec<f64> {
    let mut wave = |low: f64, high: f64, size: f64| {
        let hertz = uniform(random, low, high);
        let phase = uniform(random, 0.0, TAU);
        (hertz, phase, size * uniform(random, 0.3, 1.0))
    };
    let waves = [
        wave(0.05, 0.15, 0.6 * site.wander),
        wave(0.18, 0.35, 0.4 * site.wander),
        wave(site.mains_hertz, site.mains_hertz, site.mains),
    ];
    (0..samples)
        .map(|index| {
            let seconds = index as f64 / site.rate;
            let slow: f64 = waves
                .iter()
                .map(|(hertz, phase, size)| size * (TAU * hertz * seconds + phase).sin())
                .sum();
            slow + site.noise * normal(random)
        })
        .collect()
}
