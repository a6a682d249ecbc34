//! The risk of event 1 by a horizon: its accuracy, its net benefit, and reclassification.

use super::any_vessel::{category, combine};
use super::follow_up::{Followed, codes_of, events_of, risks_of, times};
use crate::config::EvaluationConfig;
use crate::decision::{RiskEstimator, survival_decision_curve};
use crate::evaluation::{HorizonEvaluation, SurvivalDecision, SurvivalReclassification};
use crate::reclassification::{NriEstimator, survival_net_reclassification};
use crate::score_table::ScoreTable;
use crate::statistic::Statistic;
use crate::survival::{AtHorizon, Ties, aalen_johansen, baseline_hazard, cox};

const PARTS: u32 = 5;

/// Followed records with a way to predict their risk by a day.
pub(super) struct EventRisk<'a> {
    records: &'a [Followed],
    predictor: Predictor,
    /// In words.
    pub(super) source: &'static str,
}

enum Predictor {
    /// Column `event_risk`: one horizon, the last.
    Given(Vec<f64>),
    /// Linear predictors and cumulative baseline hazards by part.
    Model(Vec<PartModel>, Vec<usize>, Vec<f64>),
    None(String),
}

/// A Cox model fitted without one part of the records.
struct PartModel {
    coefficient: f64,
    mean: f64,
    /// (time, cumulative hazard at the mean covariate), ascending.
    hazard: Vec<(f64, f64)>,
}

impl<'a> EventRisk<'a> {
    /// Takes the column where it is complete, else fits models.
    pub(super) fn new(table: &ScoreTable, records: &'a [Followed]) -> Self {
        if let Some(column) = &table.event_risks {
            let given: Option<Vec<f64>> = records.iter().map(|r| column[r.row]).collect();
            let (predictor, source) = match given {
                Some(risks) => (
                    Predictor::Given(risks),
                    "column event_risk, for the last horizon",
                ),
                None => (
                    Predictor::None("column event_risk has missing values".to_owned()),
                    "none: column event_risk has missing values",
                ),
            };
            return Self {
                records,
                predictor,
                source,
            };
        }
        let (predictor, source) = match models(table, records) {
            Statistic::Defined((models, parts, logits)) => (
                Predictor::Model(models, parts, logits),
                "Cox model (Efron) on the logit of the highest probability, cross-fitted in five parts by patient; competing deaths censored",
            ),
            Statistic::Undefined(undefined) => (
                Predictor::None(undefined.reason),
                "none: no model could be fitted",
            ),
        };
        Self {
            records,
            predictor,
            source,
        }
    }

    /// Predicted risks by a day.
    fn by(&self, days: f64, last: f64) -> Statistic<Vec<f64>> {
        match &self.predictor {
            Predictor::Given(risks) if days == last => Statistic::Defined(risks.clone()),
            Predictor::Given(_) => {
                Statistic::undefined("column event_risk is for the last horizon only")
            }
            Predictor::None(reason) => Statistic::undefined(reason.clone()),
            Predictor::Model(models, parts, logits) => {
                let risk = |(part, logit): (&usize, &f64)| {
                    let model = &models[*part];
                    let passed = model.hazard.partition_point(|step| step.0 <= days);
                    let hazard = passed
                        .checked_sub(1)
                        .map_or(0.0, |last| model.hazard[last].1);
                    let relative = (model.coefficient * (logit - model.mean)).exp();
                    -(-hazard * relative).exp_m1()
                };
                Statistic::Defined(parts.iter().zip(logits).map(risk).collect())
            }
        }
    }

    /// Every configured horizon.
    pub(super) fn horizons(&self, config: &EvaluationConfig) -> Vec<HorizonEvaluation> {
        let last = config.horizons.iter().copied().fold(0.0, f64::max);
        config
            .horizons
            .iter()
            .map(|&days| self.horizon(days, last, config))
            .collect()
    }

    fn horizon(&self, days: f64, last: f64, config: &EvaluationConfig) -> HorizonEvaluation {
        let (times, codes) = (times(self.records), codes_of(self.records));
        let level = config.confidence;
        let at = AtHorizon::new(&times, &codes, days);
        let auc = at.clone().and_then(|at| at.auc(&risks_of(self.records))).map(|auc| {
            let method = "time-dependent AUC, inverse probability of censoring, of the highest probability of the vessels";
            auc.estimate(level, method)
        });
        let brier = at.clone().and_then(|at| {
            let method = "Brier, inverse probability of censoring";
            self.by(days, last)
                .map(|risks| at.brier(&risks).estimate(level, method))
        });
        let incidence = aalen_johansen(&times, &codes).at(days);
        let brier_null = at.and_then(|at| {
            incidence.map(|(incidence, _)| {
                let method = "Brier of the cohort's own incidence";
                at.brier(&vec![incidence; times.len()])
                    .estimate(level, method)
            })
        });
        let scaled = brier.clone().and_then(|brier| {
            brier_null.clone().and_then(|null| {
                Statistic::finite(1.0 - brier.value / null.value, "no event by the horizon")
            })
        });
        HorizonEvaluation {
            days,
            events: self
                .records
                .iter()
                .filter(|record| record.has_event() && record.days <= days)
                .count(),
            auc,
            brier,
            brier_null,
            scaled_brier: scaled,
        }
    }

    /// Net benefit at the last horizon.
    pub(super) fn decision(&self, config: &EvaluationConfig) -> Statistic<SurvivalDecision> {
        let (times, codes) = (times(self.records), codes_of(self.records));
        let Some(days) = last_reached(&times, config) else {
            return Statistic::undefined("no horizon is reached");
        };
        let last = config.horizons.iter().copied().fold(0.0, f64::max);
        self.by(days, last).map(|risks| {
            let curve = |estimator| {
                survival_decision_curve(
                    &times,
                    &codes,
                    &risks,
                    &config.decision_thresholds,
                    days,
                    estimator,
                    config.confidence,
                )
            };
            SurvivalDecision {
                days,
                kaplan_meier: curve(RiskEstimator::KaplanMeier),
                aalen_johansen: curve(RiskEstimator::AalenJohansen),
            }
        })
    }
}

/// The last horizon beyond which somebody is followed.
fn last_reached(times: &[f64], config: &EvaluationConfig) -> Option<f64> {
    let end = times.iter().copied().fold(0.0, f64::max);
    let reached = config
        .horizons
        .iter()
        .copied()
        .filter(|days| *days > 0.0 && *days < end);
    reached.max_by(f64::total_cmp)
}

/// From pre-test to combined categories, for event 1 by the last horizon reached.
pub(super) fn reclassification(
    table: &ScoreTable,
    records: &[Followed],
    config: &EvaluationConfig,
) -> Statistic<SurvivalReclassification> {
    let Some(column) = &table.pretest_probabilities else {
        return Statistic::undefined("no record has ptp");
    };
    let with: Vec<(Followed, f64)> = records
        .iter()
        .filter_map(|record| Some((*record, column[record.row]?)))
        .collect();
    let records: Vec<Followed> = with.iter().map(|(record, _)| *record).collect();
    let (times, events) = (times(&records), events_of(&records));
    let Some(days) = last_reached(&times, config) else {
        return Statistic::undefined("no horizon is reached");
    };
    let moves: Vec<i8> = with
        .iter()
        .map(|(record, ptp)| {
            let old = category(*ptp, config);
            combine(old, record.stratum).cmp(&old) as i8
        })
        .collect();
    let by = |estimator| survival_net_reclassification(&times, &events, &moves, days, estimator);
    Statistic::Defined(SurvivalReclassification {
        days,
        n: records.len(),
        kaplan_meier: by(NriEstimator::KaplanMeier),
        inverse_probability: by(NriEstimator::InverseProbability),
    })
}

type Models = (Vec<PartModel>, Vec<usize>, Vec<f64>);

/// One model a part, fitted on the others.
fn models(table: &ScoreTable, records: &[Followed]) -> Statistic<Models> {
    let (patients, _) = table.patient_numbers();
    let part = |record: &Followed| {
        (patients[record.row].wrapping_mul(0x9e37_79b1) >> 16) as usize % PARTS as usize
    };
    let parts: Vec<usize> = records.iter().map(part).collect();
    let logit = |record: &Followed| {
        let p = record.risk.clamp(1e-6, 1.0 - 1e-6);
        (p / (1.0 - p)).ln()
    };
    let logits: Vec<f64> = records.iter().map(logit).collect();
    let (times, events) = (times(records), events_of(records));
    let mut models = Vec::new();
    for held_out in 0..PARTS as usize {
        let others: Vec<usize> = (0..parts.len()).filter(|&i| parts[i] != held_out).collect();
        let pick = |values: &[f64]| -> Vec<f64> { others.iter().map(|&i| values[i]).collect() };
        let (own_times, own_logits) = (pick(&times), pick(&logits));
        let own_events: Vec<bool> = others.iter().map(|&i| events[i]).collect();
        let fit = cox(
            &own_times,
            &own_events,
            std::slice::from_ref(&own_logits),
            Ties::Efron,
        );
        let Statistic::Defined(fit) = fit else {
            return fit.map(|_| (Vec::new(), Vec::new(), Vec::new()));
        };
        models.push(PartModel {
            coefficient: fit.coefficients[0],
            mean: own_logits.iter().sum::<f64>() / own_logits.len() as f64,
            hazard: baseline_hazard(&own_times, &own_events, &fit.linear_predictor),
        });
    }
    Statistic::Defined((models, parts, logits))
}
