//! From risk to grades to ischaemic effects.
//!
//! Burden `u = √0.35·risk + √0.65·frailty + shift`; latent stenosis of a vessel `√0.5·u + √0.5·chance`; the
//! grade is how many of the vessel's four thresholds it passes. With risk of unit variance the latent
//! correlation of two vessels is 0.5, which gives the co-occurrence of the Cleveland table.

use super::random::normal;
use crate::clinical::{RiskFactors, Symptom};
use crate::{Grade, Vessel};
use coronet_ecg::Sex;
use rand::Rng;
use statrs::function::erf::{erfc, erfc_inv};
use std::f64::consts::SQRT_2;

/// Share of the burden's variance that risk factors explain.
const EXPLAINED: f64 = 0.35;
/// Share of a vessel's latent variance that is the patient's burden.
const SHARED: f64 = 0.5;

/// Share of patients with at least grade 1, 2, 3, 4 where the burden is not shifted.
const AT_LEAST: [[f64; 4]; 4] = [
    [0.48, 0.28, 0.16, 0.030],  // RCA
    [0.20, 0.08, 0.045, 0.002], // LM
    [0.60, 0.36, 0.21, 0.025],  // LAD
    [0.42, 0.24, 0.14, 0.020],  // LCX
];

/// Age in years, mean and standard deviation, and shares of men and of risk factors.
pub(super) const AGE: (f64, f64) = (60.0, 10.4);
pub(super) const MEN: f64 = 0.58;
pub(super) const FAMILY_HISTORY: f64 = 0.18;
pub(super) const SMOKING: f64 = 0.26;
pub(super) const DYSLIPIDAEMIA: f64 = 0.38;
pub(super) const HYPERTENSION: f64 = 0.57;
pub(super) const DIABETES: f64 = 0.28;
/// Shares of typical, atypical, non-anginal pain and dyspnoea.
pub(super) const SYMPTOMS: [f64; 4] = [0.28, 0.34, 0.23, 0.15];

/// What each adds to risk: a standard deviation of age, then the yes-or-no factors.
const AGE_WEIGHT: f64 = 0.55;
const WEIGHTS: [(f64, f64); 6] = [
    (0.60, MEN),
    (0.10, FAMILY_HISTORY),
    (0.20, SMOKING),
    (0.25, DYSLIPIDAEMIA),
    (0.20, HYPERTENSION),
    (0.35, DIABETES),
];
const SYMPTOM_WEIGHTS: [f64; 4] = [0.65, 0.05, -0.45, 0.10];

/// Risk scaled to mean 0 and variance 1 over the simulated population.
pub(super) fn risk(age: f64, sex: Sex, symptom: Symptom, factors: RiskFactors) -> f64 {
    let present = [
        sex == Sex::Male,
        factors.family_history,
        factors.smoking,
        factors.dyslipidaemia,
        factors.hypertension,
        factors.diabetes,
    ];
    let mut risk = AGE_WEIGHT * (age - AGE.0) / AGE.1;
    let mut variance = AGE_WEIGHT * AGE_WEIGHT;
    for ((weight, share), present) in WEIGHTS.iter().zip(present) {
        risk += weight * (f64::from(u8::from(present)) - share);
        variance += weight * weight * share * (1.0 - share);
    }
    let with_share = || SYMPTOM_WEIGHTS.iter().zip(SYMPTOMS);
    let mean: f64 = with_share().map(|(weight, share)| weight * share).sum();
    let square: f64 = with_share()
        .map(|(weight, share)| weight * weight * share)
        .sum();
    risk += SYMPTOM_WEIGHTS[symptom as usize] - mean;
    variance += square - mean * mean;
    risk / variance.sqrt()
}

/// The burden of a patient: risk, a frailty draw, and the shift of the site.
pub(super) fn burden(random: &mut impl Rng, risk: f64, shift: f64) -> f64 {
    EXPLAINED.sqrt() * risk + (1.0 - EXPLAINED).sqrt() * normal(random) + shift
}

/// The true grade of a vessel given the burden.
pub(super) fn grade(random: &mut impl Rng, vessel: Vessel, burden: f64) -> Grade {
    let latent = SHARED.sqrt() * burden + (1.0 - SHARED).sqrt() * normal(random);
    let passed = thresholds(vessel)
        .into_iter()
        .filter(|threshold| latent > *threshold);
    Grade::ALL[passed.count()]
}

/// Probability of each grade of a vessel given the burden.
pub(super) fn grade_probabilities(vessel: Vessel, burden: f64) -> [f64; 5] {
    let at_least = thresholds(vessel)
        .map(|threshold| upper_tail((threshold - SHARED.sqrt() * burden) / (1.0 - SHARED).sqrt()));
    let mut probabilities = [0.0; 5];
    for (grade, probability) in probabilities.iter_mut().enumerate() {
        let reached = if grade == 0 { 1.0 } else { at_least[grade - 1] };
        let passed = at_least.get(grade).copied().unwrap_or(0.0);
        *probability = reached - passed;
    }
    probabilities
}

fn thresholds(vessel: Vessel) -> [f64; 4] {
    AT_LEAST[vessel.index()].map(|share| SQRT_2 * erfc_inv(2.0 * share))
}

/// P(Z > z) of a standard normal.
fn upper_tail(z: f64) -> f64 {
    0.5 * erfc(z / SQRT_2)
}
