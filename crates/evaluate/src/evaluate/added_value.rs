//! What the ECG adds to a pre-test probability, as probabilities.

use super::any_vessel::Records;
use crate::compare::compare_scores;
use crate::config::EvaluationConfig;
use crate::evaluation::{AddedValue, ScoreComparison};
use crate::reclassification::{Closed, category_moves, patient_net_reclassification};
use crate::regression::logistic_regression;
use crate::score_table::ScoreTable;
use crate::statistic::Statistic;

const PARTS: u32 = 5;

/// Records with a pre-test probability, every grade and every probability.
struct Pairs {
    pretest: Vec<f64>,
    highest: Vec<f64>,
    positive: Vec<bool>,
    patients: Vec<u32>,
}

/// Compares the pre-test probability with the ECG, and with both together.
pub(super) fn evaluate(
    table: &ScoreTable,
    records: &Records,
    config: &EvaluationConfig,
) -> Statistic<AddedValue> {
    let Some(column) = &table.pretest_probabilities else {
        return Statistic::undefined("no record has ptp");
    };
    let mut pairs = Pairs {
        pretest: Vec::new(),
        highest: Vec::new(),
        positive: Vec::new(),
        patients: Vec::new(),
    };
    for (place, &row) in records.rows.iter().enumerate() {
        if let Some(ptp) = column[row] {
            pairs.pretest.push(ptp);
            pairs.highest.push(records.highest[place]);
            pairs.positive.push(records.positive[place]);
            pairs.patients.push(records.patients[place]);
        }
    }
    if pairs.positive.is_empty() {
        return Statistic::undefined("no record has a pre-test probability");
    }
    let together = pairs.together();
    let cuts = [config.pretest_low, config.pretest_high];
    Statistic::Defined(AddedValue {
        ecg: pairs.against_pretest(&pairs.highest, config),
        combined: together
            .clone()
            .map(|combined| pairs.against_pretest(&combined, config)),
        combined_nri: together.and_then(|combined| {
            let moves = category_moves(&pairs.pretest, &combined, &cuts, Closed::Right);
            patient_net_reclassification(
                &moves,
                &pairs.positive,
                &pairs.patients,
                config.confidence,
            )
        }),
    })
}

impl Pairs {
    fn against_pretest(&self, scores: &[f64], config: &EvaluationConfig) -> ScoreComparison {
        compare_scores(
            [&self.pretest, scores],
            &self.positive,
            &self.patients,
            config,
        )
    }

    /// Logistic regression on the logits of both, each of five parts (by patient) predicted by the
    /// model of the others.
    fn together(&self) -> Statistic<Vec<f64>> {
        let logits =
            |scores: &[f64]| -> Vec<f64> { scores.iter().map(|p| safe_logit(*p)).collect() };
        let (pretest, highest) = (logits(&self.pretest), logits(&self.highest));
        let part = |patient: u32| (patient.wrapping_mul(0x9e37_79b1) >> 16) % PARTS;
        let mut combined = vec![0.0; self.positive.len()];
        for held_out in 0..PARTS {
            let others: Vec<usize> = (0..self.positive.len())
                .filter(|&place| part(self.patients[place]) != held_out)
                .collect();
            let pick = |values: &[f64]| others.iter().map(|&place| values[place]).collect();
            let classes: Vec<bool> = others.iter().map(|&place| self.positive[place]).collect();
            let fit = logistic_regression(&[pick(&pretest), pick(&highest)], &classes);
            let Statistic::Defined(fit) = fit else {
                return fit.map(|_| Vec::new());
            };
            for place in 0..combined.len() {
                if part(self.patients[place]) == held_out {
                    let row = [pretest[place], highest[place]];
                    combined[place] = fit.probability(row.into_iter());
                }
            }
        }
        Statistic::Defined(combined)
    }
}

/// The logit of a probability kept 1e-6 away from 0 and 1.
fn safe_logit(p: f64) -> f64 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    (p / (1.0 - p)).ln()
}
