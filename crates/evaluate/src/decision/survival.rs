//! Decision curves for an event by a horizon.

use crate::config::SurvivalInterval;
use crate::distribution::normal_multiplier;
use crate::evaluation::SurvivalDecisionPoint;
use crate::statistic::{Estimate, Statistic};
use crate::survival::{aalen_johansen, kaplan_meier};

/// How the risk among those called positive is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RiskEstimator {
    /// 1 − Kaplan–Meier, competing events censored: the risk if they did not exist.
    KaplanMeier,
    /// Aalen–Johansen: the risk as patients experience it.
    AalenJohansen,
}

/// Net benefit of treating those with predicted risk ≥ t: P (r − (1 − r) t/(1 − t)), P the share called
/// positive and r the event's risk among them by the horizon (Vickers, Cronin, Elkin & Gonen, BMC
/// Medical Informatics and Decision Making 8 (2008) 53).
///
/// Codes are 0 censored, 1 the event, 2 a competing event. Limits are those of a normal interval by the delta method, P
/// and r taken as independent. Where nobody is called positive the net benefit is 0; where those called
/// are not followed to the horizon it is undefined. Thresholds must lie in (0, 1); others give no point.
pub fn survival_decision_curve(
    times: &[f64],
    codes: &[u8],
    risks: &[f64],
    thresholds: &[f64],
    horizon: f64,
    estimator: RiskEstimator,
    confidence: f64,
) -> Vec<SurvivalDecisionPoint> {
    let order = crate::quantile::ascending(times);
    let risk_of = |threshold: f64| -> (usize, Statistic<(f64, f64)>) {
        let called = order.iter().map(|&record| record as usize);
        let called: Vec<usize> = called
            .filter(|&record| risks[record] >= threshold)
            .collect();
        let times: Vec<f64> = called.iter().map(|&record| times[record]).collect();
        let codes: Vec<u8> = called.iter().map(|&record| codes[record]).collect();
        (called.len(), risk(&times, &codes, horizon, estimator))
    };
    let n = times.len() as f64;
    let (_, everybody) = risk_of(f64::NEG_INFINITY);
    let inside = thresholds.iter().filter(|t| **t > 0.0 && **t < 1.0);
    inside
        .map(|&threshold| {
            let odds = threshold / (1.0 - threshold);
            let benefit = |share: f64, (risk, variance): (f64, f64)| {
                let value = share * (risk - (1.0 - risk) * odds);
                let spread = (risk - (1.0 - risk) * odds).powi(2) * share * (1.0 - share) / n
                    + (share * (1.0 + odds)).powi(2) * variance;
                let half = normal_multiplier(confidence) * spread.max(0.0).sqrt();
                let method = "net benefit, delta-method normal interval";
                let limits = (value - half, value + half);
                Estimate::interval(value, limits, method, times.len())
            };
            let (count, among) = risk_of(threshold);
            let model = if count == 0 {
                Statistic::Defined(benefit(0.0, (0.0, 0.0)))
            } else {
                among.map(|among| benefit(count as f64 / n, among))
            };
            let treat_all = everybody.clone().map(|all| benefit(1.0, all).value);
            let avoided = model
                .clone()
                .and_then(|model| treat_all.clone().map(|all| (model.value - all) / odds));
            SurvivalDecisionPoint {
                threshold,
                called: count,
                model,
                treat_all,
                interventions_avoided: avoided,
            }
        })
        .collect()
}

/// Risk and its variance.
fn risk(
    times: &[f64],
    codes: &[u8],
    horizon: f64,
    estimator: RiskEstimator,
) -> Statistic<(f64, f64)> {
    match estimator {
        RiskEstimator::KaplanMeier => {
            let events: Vec<bool> = codes.iter().map(|code| *code == 1).collect();
            let curve = kaplan_meier(times, &events, SurvivalInterval::Plain, 0.95);
            curve.at(horizon).map(|survival| {
                let variance = curve.variance(horizon);
                (1.0 - survival.value, variance)
            })
        }
        RiskEstimator::AalenJohansen => {
            let curve = aalen_johansen(times, codes);
            curve
                .at(horizon)
                .map(|(risk, _)| (risk, curve.variances_at(horizon).0))
        }
    }
}
