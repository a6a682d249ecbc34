//! Decision curves.

mod survival;

pub use survival::{RiskEstimator, survival_decision_curve};

use crate::evaluation::{Band, DecisionPoint};
use crate::statistic::Statistic;

/// Net benefit of treating those with p ≥ t, at each threshold t:
/// TP/n − FP/n · t/(1 − t) (Vickers & Elkin, Medical Decision Making 26 (2006) 565).
///
/// Thresholds must lie in (0, 1); others, and no records at all, give no point.
/// Interventions avoided are (model − treat all) / (t/(1 − t)) per patient.
pub fn decision_curve(
    probabilities: &[f64],
    positive: &[bool],
    thresholds: &[f64],
) -> Vec<DecisionPoint> {
    let n = probabilities.len() as f64;
    if probabilities.is_empty() {
        return Vec::new();
    }
    let rate = positive.iter().filter(|class| **class).count() as f64 / n;
    let inside = thresholds.iter().filter(|t| **t > 0.0 && **t < 1.0);
    inside
        .map(|&threshold| {
            let called = probabilities
                .iter()
                .zip(positive)
                .filter(|(p, _)| **p >= threshold);
            let (tp, fp) = called.fold((0_usize, 0_usize), |(tp, fp), (_, class)| {
                (tp + usize::from(*class), fp + usize::from(!*class))
            });
            let odds = threshold / (1.0 - threshold);
            let model = tp as f64 / n - fp as f64 / n * odds;
            let treat_all = rate - (1.0 - rate) * odds;
            DecisionPoint {
                threshold,
                model,
                treat_all,
                standardized: Statistic::finite(model / rate, "no positive records"),
                interventions_avoided: (model - treat_all) / odds,
                low: None,
                high: None,
                advantage: Band::point(model - treat_all.max(0.0)),
                interventions_avoided_band: Band::point((model - treat_all) / odds),
            }
        })
        .collect()
}
