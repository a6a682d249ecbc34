//! The risk of event 1 by a horizon: its accuracy, its net benefit, and reclassification.

mod predictor;

use super::any_vessel::{category, combine};
use super::follow_up::{
    COMPETING_DEATH, Followed, codes_of, events_of, few_outcomes, risks_of, times,
};
use crate::config::EvaluationConfig;
use crate::decision::{RiskEstimator, survival_decision_curve};
use crate::evaluation::{HorizonEvaluation, SurvivalDecision, SurvivalReclassification};
use crate::reclassification::{NriEstimator, survival_net_reclassification};
use crate::score_table::ScoreTable;
use crate::statistic::{Estimate, Statistic};
use crate::survival::{AtHorizon, aalen_johansen};
use predictor::{Predictor, Risk};

/// Followed records with a way to predict their risk by a day.
pub(super) struct EventRisk<'a> {
    records: &'a [Followed],
    predictor: Predictor,
    /// In words.
    pub(super) source: &'static str,
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
        let (patients, _) = table.patient_numbers();
        let predictor = Predictor::fit(records, &patients);
        let competing = records.iter().any(|record| record.code == COMPETING_DEATH);
        let source = match (&predictor, competing) {
            (Predictor::None(_), _) => "none: no model could be fitted",
            (_, false) => {
                "Cox model (Efron) on the logit of the highest probability, cross-fitted in five parts by patient"
            }
            (_, true) => {
                "Cox models (Efron) of the event and of competing death on the logit of the highest probability, cross-fitted in five parts by patient and combined into the cumulative incidence"
            }
        };
        Self {
            records,
            predictor,
            source,
        }
    }

    /// Predicted risks by a day.
    fn by(&self, days: f64, last: f64, risk: Risk) -> Statistic<Vec<f64>> {
        match &self.predictor {
            Predictor::Given(_) if days != last => {
                Statistic::undefined("column event_risk is for the last horizon only")
            }
            predictor => predictor.by(days, risk),
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
            self.with_caveat(auc.estimate(level, method), days, config)
        });
        let brier = at.clone().and_then(|at| {
            let method = "Brier, inverse probability of censoring";
            self.by(days, last, Risk::Incidence).map(|risks| {
                let brier = at.brier(&risks).estimate(level, method);
                self.with_caveat(brier, days, config)
            })
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
            events: self.events_by(days),
            auc,
            brier,
            brier_null,
            scaled_brier: scaled,
        }
    }

    fn events_by(&self, days: f64) -> usize {
        let early = |record: &&Followed| record.has_event() && record.days <= days;
        self.records.iter().filter(early).count()
    }

    fn with_caveat(&self, estimate: Estimate, days: f64, config: &EvaluationConfig) -> Estimate {
        Estimate {
            warning: few_outcomes(self.events_by(days), config),
            ..estimate
        }
    }

    /// Net benefit at the last horizon: each curve with the risk of its own estimator, deaths censored or competing.
    pub(super) fn decision(&self, config: &EvaluationConfig) -> Statistic<SurvivalDecision> {
        let (times, codes) = (times(self.records), codes_of(self.records));
        let Some(days) = last_reached(&times, config) else {
            return Statistic::undefined("no horizon is reached");
        };
        let last = config.horizons.iter().copied().fold(0.0, f64::max);
        let risks = |risk| self.by(days, last, risk);
        risks(Risk::WithoutDeaths)
            .and_then(|without_deaths| {
                risks(Risk::Incidence).map(|incidence| (without_deaths, incidence))
            })
            .map(|(without_deaths, incidence)| {
                let curve = |estimator, risks: &[f64]| {
                    survival_decision_curve(
                        &times,
                        &codes,
                        risks,
                        &config.decision_thresholds,
                        days,
                        estimator,
                        config.confidence,
                    )
                };
                SurvivalDecision {
                    days,
                    kaplan_meier: curve(RiskEstimator::KaplanMeier, &without_deaths),
                    aalen_johansen: curve(RiskEstimator::AalenJohansen, &incidence),
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
