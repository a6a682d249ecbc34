//! What the best possible reader of the simulated ECGs could know.

use super::patient::{Person, draw_disease};
use super::random::{self, Purpose};
use super::{Simulation, disease};
use crate::{Grade, LabelRule, Vessel};

/// Patients drawn for the joint distribution of grades, and for the AUC.
const DRAWS: usize = 20_000;
/// The integration has a seed of its own: equal configurations have equal bounds.
const SEED: u64 = 0x636f_726f_6e65_7400;

/// The posterior of the grades given the true effects: the optimal score.
///
/// The joint distribution of the four grades at a site is integrated over 20,000 draws of risk and frailty,
/// the grades given the burden being exact; effects are normal with unit deviation about the mean of their
/// grade. The ECG of a patient depends on grades only through the effects, so no score computed from
/// the ECG can have a greater AUC than this posterior, save for what noise hides from both.
#[derive(Clone, Debug)]
pub struct Oracle {
    /// For each site the probability of each combination of grades, RCA slowest.
    joint: Vec<Vec<f64>>,
    means: [f64; 5],
}

impl Oracle {
    /// The oracle of a simulation.
    pub fn new(simulation: &Simulation) -> Oracle {
        let config = simulation.config();
        Oracle {
            joint: config
                .sites
                .iter()
                .map(|site| joint_distribution(site.burden_shift))
                .collect(),
            means: config.effect_means,
        }
    }

    /// Probability that each vessel is positive under `rule`, given the four effects at a site.
    ///
    /// # Panics
    /// If the site does not exist.
    pub fn probabilities(&self, site: usize, effects: &[f64; 4], rule: LabelRule) -> [f64; 4] {
        let likelihood = effects.map(|effect| {
            self.means
                .map(|mean| (-0.5 * (effect - mean) * (effect - mean)).exp())
        });
        let mut positive = [0.0; 4];
        let mut total = 0.0;
        for (combination, prior) in self.joint[site].iter().enumerate() {
            let grades = grades_of(combination);
            let weight = (0..4).fold(*prior, |weight, v| weight * likelihood[v][grades[v]]);
            total += weight;
            for vessel in Vessel::ALL {
                let grade = Grade::ALL[grades[vessel.index()]];
                if grade >= rule.threshold(vessel) {
                    positive[vessel.index()] += weight;
                }
            }
        }
        positive.map(|weight| weight / total.max(f64::MIN_POSITIVE))
    }

    /// Best achievable AUC of each vessel under `rule`, over all sites by their weights.
    ///
    /// Integrated over 20,000 patients with the posterior itself as the label's expectation (no label is
    /// drawn), so its error is about 0.003. `None` where nearly no patient, or nearly every one, is positive.
    pub fn best_achievable_auc(
        &self,
        simulation: &Simulation,
        rule: LabelRule,
    ) -> [Option<f64>; 4] {
        let config = simulation.config();
        let total: f64 = config.sites.iter().map(|site| site.weight).sum();
        let mut scores: [Vec<(f64, f64)>; 4] = Default::default();
        for (number, site) in config.sites.iter().enumerate() {
            let draws = (DRAWS as f64 * site.weight / total).round() as usize;
            for index in 0..draws {
                let mut random = random::stream(SEED ^ 1, index, Purpose::Patient);
                let person = Person::draw(&mut random);
                let (_, effects) = draw_disease(config, &mut random, &person, site.burden_shift);
                let posterior = self.probabilities(number, &effects, rule);
                for (scores, probability) in scores.iter_mut().zip(posterior) {
                    scores.push((probability, probability));
                }
            }
        }
        scores.map(expected_auc)
    }
}

/// AUC of `(score, probability of being positive)` pairs, each standing for both outcomes in proportion.
fn expected_auc(mut pairs: Vec<(f64, f64)>) -> Option<f64> {
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives: f64 = pairs.iter().map(|pair| pair.1).sum();
    let negatives = pairs.len() as f64 - positives;
    if positives < 2.0 || negatives < 2.0 {
        return None;
    }
    let mut below = 0.0;
    let mut concordant = 0.0;
    for (_, probability) in &pairs {
        let negative = 1.0 - probability;
        concordant += probability * (below + 0.5 * negative);
        below += negative;
    }
    Some(concordant / (positives * negatives))
}

fn joint_distribution(shift: f64) -> Vec<f64> {
    let mut joint = vec![0.0; 625];
    for index in 0..DRAWS {
        let mut random = random::stream(SEED, index, Purpose::Patient);
        let risk = Person::draw(&mut random).risk();
        let burden = disease::burden(&mut random, risk, shift);
        let of = Vessel::ALL.map(|vessel| disease::grade_probabilities(vessel, burden));
        for (combination, probability) in joint.iter_mut().enumerate() {
            let grades = grades_of(combination);
            *probability += (0..4).map(|v| of[v][grades[v]]).product::<f64>() / DRAWS as f64;
        }
    }
    joint
}

fn grades_of(combination: usize) -> [usize; 4] {
    [
        combination / 125,
        combination / 25 % 5,
        combination / 5 % 5,
        combination % 5,
    ]
}
