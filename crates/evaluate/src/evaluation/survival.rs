//! What an evaluation says about follow-up. Times are days; event 1 is MACE, 2 competing death.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::statistic::{Estimate, Statistic, Test};

/// Follow-up by ECG stratum, the highest of the vessels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurvivalEvaluation {
    /// Records with follow-up and a stratum.
    pub n: usize,
    /// Events (code 1).
    pub events: usize,
    /// Competing deaths (code 2); censored for Kaplan–Meier, log-rank, Cox and C.
    pub competing: usize,
    /// Median follow-up by the reverse Kaplan–Meier method.
    pub median_follow_up: Statistic<Estimate>,
    /// Log-rank test between the strata.
    pub log_rank: Statistic<Test>,
    /// Log-rank test for trend over the strata (scores 0, 1, 2).
    pub log_rank_trend: Statistic<Test>,
    /// The strata that occur: `low`, `intermediate`, `high`.
    pub groups: IndexMap<String, SurvivalGroup>,
    /// Cox regression on stratum, age and sex.
    pub cox: Statistic<Cox>,
    /// Harrell's concordance of the risk score named in its method.
    pub c_index: Statistic<Estimate>,
    /// Caveats.
    pub warnings: Vec<String>,
}

/// Follow-up in one stratum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurvivalGroup {
    /// Records.
    pub n: usize,
    /// Events (code 1).
    pub events: usize,
    /// Competing deaths (code 2).
    pub competing: usize,
    /// Median time to the event.
    pub median: Statistic<Estimate>,
    /// Values at the configured horizons.
    pub at: Vec<SurvivalAt>,
    /// Kaplan–Meier steps for plotting, from time 0.
    pub curve: Vec<SurvivalPoint>,
    /// Aalen–Johansen steps for plotting, from time 0.
    pub incidence_curve: Vec<CumulativeIncidencePoint>,
}

/// A stratum at a horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurvivalAt {
    /// The horizon in days.
    pub days: f64,
    /// Kaplan–Meier survival.
    pub survival: Statistic<Estimate>,
    /// Records still followed and without event just before the horizon.
    pub at_risk: usize,
    /// Aalen–Johansen cumulative incidence of event 1.
    pub cumulative_incidence: Statistic<f64>,
    /// Aalen–Johansen cumulative incidence of event 2.
    pub competing_incidence: Statistic<f64>,
}

/// A step of a Kaplan–Meier curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurvivalPoint {
    /// Time in days.
    pub days: f64,
    /// Survival from this time on.
    pub survival: f64,
    /// Lower limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Records at risk just before this time.
    pub at_risk: usize,
    /// Events at this time.
    pub events: usize,
    /// Records censored at this time (competing deaths among them).
    pub censored: usize,
}

/// A step of cumulative incidence curves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CumulativeIncidencePoint {
    /// Time in days.
    pub days: f64,
    /// Cumulative incidence of event 1.
    pub event: f64,
    /// Cumulative incidence of event 2.
    pub competing: f64,
}

/// A fitted Cox model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cox {
    /// How ties are handled: `efron`.
    pub ties: String,
    /// Records in the fit.
    pub n: usize,
    /// Events in the fit.
    pub events: usize,
    /// Partial log-likelihood at the estimate.
    pub log_likelihood: f64,
    /// Partial log-likelihood with all coefficients zero.
    pub log_likelihood_null: f64,
    /// Terms by name: `intermediate`, `high` (against `low`), `age` (a year), `male`.
    pub terms: IndexMap<String, CoxTerm>,
    /// Likelihood-ratio test of the whole model.
    pub likelihood_ratio: Test,
    /// Harrell's concordance of the linear predictor, on the data of the fit.
    pub c_index: Statistic<f64>,
}

/// One coefficient of a Cox model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoxTerm {
    /// Log hazard ratio.
    pub coef: f64,
    /// Its standard error.
    pub se: f64,
    /// Two-sided Wald p-value.
    pub p: f64,
    /// Hazard ratio with its Wald interval.
    pub hr: Estimate,
}

/// Net benefit for the event by a horizon, at one threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurvivalDecisionPoint {
    /// Threshold probability t in (0, 1).
    pub threshold: f64,
    /// Records with predicted risk ≥ t.
    pub called: usize,
    /// Net benefit of treating them.
    pub model: Statistic<Estimate>,
    /// Net benefit of treating everybody.
    pub treat_all: Statistic<f64>,
    /// Interventions avoided per record, at equal true positives, against treating everybody.
    pub interventions_avoided: Statistic<f64>,
}
