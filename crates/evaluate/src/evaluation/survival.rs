//! What an evaluation says about follow-up. Times are days; event 1 is MACE, 2 competing death.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::reclassification::SurvivalNetReclassification;
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
    /// Peto and Peto's test between the strata: early differences weigh more.
    pub peto: Statistic<Test>,
    /// Gray's tests of equal cumulative incidence between the strata.
    pub gray: GrayTests,
    /// Cox regression with Breslow's ties, for comparison with programs that use them.
    pub cox_breslow: Statistic<Cox>,
    /// Subdistribution hazards of event 1 on the same covariates.
    pub fine_gray: Statistic<FineGray>,
    /// Harrell's concordance of the risk score named in its method.
    pub c_index: Statistic<Estimate>,
    /// Uno's concordance of the same score.
    pub c_index_uno: Statistic<Estimate>,
    /// Discrimination and accuracy at the configured horizons.
    pub horizons: Vec<HorizonEvaluation>,
    /// Net benefit for event 1 by the last horizon that is reached.
    pub decision: Statistic<SurvivalDecision>,
    /// Net reclassification for event 1 from pre-test to combined categories, at the same horizon.
    pub reclassification: Statistic<SurvivalReclassification>,
    /// The same follow-up from the configured landmark on.
    pub landmark: Statistic<LandmarkEvaluation>,
    /// Where the risk of event 1 comes from: column `event_risk`, or a Cox model on the logit of the highest
    /// probability, fitted on the other parts of the records.
    pub risk_source: String,
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
    /// Mean days without event up to the last horizon that every stratum reaches.
    pub restricted_mean: Statistic<Estimate>,
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
    /// The incidence of event 1 with its log–log interval.
    pub cumulative_incidence_interval: Statistic<Estimate>,
    /// The incidence of event 2 with its log–log interval.
    pub competing_incidence_interval: Statistic<Estimate>,
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
    /// How ties are handled: `efron` or `breslow`.
    pub ties: String,
    /// Records in the fit.
    pub n: usize,
    /// Events in the fit.
    pub events: usize,
    /// Partial log-likelihood at the estimate.
    pub log_likelihood: f64,
    /// Partial log-likelihood with all coefficients zero.
    pub log_likelihood_null: f64,
    /// The stratum to which the others are compared: the lowest that occurs.
    #[serde(default)]
    pub reference: Option<String>,
    /// Covariates left out, since they say the same of every record.
    #[serde(default)]
    pub constant: Vec<String>,
    /// Terms by name: strata against the reference, `age` (a year), `male`.
    pub terms: IndexMap<String, CoxTerm>,
    /// Likelihood-ratio test of the whole model.
    pub likelihood_ratio: Test,
    /// Harrell's concordance of the linear predictor, on the data of the fit.
    pub c_index: Statistic<f64>,
    /// Test that all hazard ratios are constant in time.
    pub proportional_hazards: Statistic<Test>,
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
    /// Test that this hazard ratio is constant in time.
    pub proportional_hazards: Statistic<Test>,
}

/// Gray's tests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrayTests {
    /// Of event 1.
    pub event: Statistic<Test>,
    /// Of event 2.
    pub competing: Statistic<Test>,
}

/// A fitted Fine–Gray model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FineGray {
    /// Records in the fit.
    pub n: usize,
    /// Events of interest in the fit.
    pub events: usize,
    /// Competing events in the fit.
    pub competing: usize,
    /// The stratum to which the others are compared.
    #[serde(default)]
    pub reference: Option<String>,
    /// Covariates left out, since they say the same of every record.
    #[serde(default)]
    pub constant: Vec<String>,
    /// Terms by name, as in [`Cox`].
    pub terms: IndexMap<String, FineGrayTerm>,
}

/// One coefficient of a Fine–Gray model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FineGrayTerm {
    /// Log subdistribution hazard ratio.
    pub coef: f64,
    /// Its standard error (sandwich).
    pub se: f64,
    /// Two-sided Wald p-value.
    pub p: f64,
    /// Subdistribution hazard ratio with its Wald interval.
    pub shr: Estimate,
}

/// Discrimination and accuracy of the risk at one horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HorizonEvaluation {
    /// The horizon in days.
    pub days: f64,
    /// Events by then.
    pub events: usize,
    /// Time-dependent area under the ROC curve of the highest probability.
    pub auc: Statistic<Estimate>,
    /// Brier's score of the predicted risk by then.
    pub brier: Statistic<Estimate>,
    /// Brier's score of predicting the cohort's own incidence for everybody.
    pub brier_null: Statistic<Estimate>,
    /// 1 − `brier` / `brier_null`.
    pub scaled_brier: Statistic<f64>,
}

/// Decision curves for event 1 by a horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurvivalDecision {
    /// The horizon in days.
    pub days: f64,
    /// Competing deaths censored (Kaplan–Meier).
    pub kaplan_meier: Vec<SurvivalDecisionPoint>,
    /// Competing deaths as such (Aalen–Johansen).
    pub aalen_johansen: Vec<SurvivalDecisionPoint>,
}

/// Net reclassification by a horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurvivalReclassification {
    /// The horizon in days.
    pub days: f64,
    /// Records with a pre-test probability.
    pub n: usize,
    /// By Kaplan–Meier.
    pub kaplan_meier: Statistic<SurvivalNetReclassification>,
    /// By inverse probability of not being censored.
    pub inverse_probability: Statistic<SurvivalNetReclassification>,
}

/// Follow-up of those without any event at a landmark, times from then on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LandmarkEvaluation {
    /// The landmark in days.
    pub days: f64,
    /// Records still followed.
    pub n: usize,
    /// Events (code 1) after it.
    pub events: usize,
    /// Log-rank test between the strata.
    pub log_rank: Statistic<Test>,
    /// The strata that occur.
    pub groups: IndexMap<String, SurvivalGroup>,
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
