//! Proportional-hazards regression.

use serde::{Deserialize, Serialize};

use crate::distribution::chi_squared_upper;
use crate::linear::{Standardised, events_at_one_end, inverse, is_infinite, solve};
use crate::quantile::runs;
use crate::statistic::{Statistic, Test};

use crate::config::SurvivalInterval;

use super::{by_time, kaplan_meier};

const MOST_STEPS: usize = 50;
/// A standardised coefficient beyond this means that the likelihood has no maximum.
const DIVERGED: f64 = 15.0;
const INFINITE: &str = "a coefficient is infinite: events do not occur in every group";

/// Cumulative baseline hazard (Breslow, JRSS B 34 (1972) 216) at the distinct event times, of a record whose
/// linear predictor is 0.
pub fn baseline_hazard(
    times: &[f64],
    events: &[bool],
    linear_predictor: &[f64],
) -> Vec<(f64, f64)> {
    let order = by_time(times);
    let groups: Vec<_> = runs(&order, times).collect();
    let mut at_risk = 0.0;
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for run in groups.into_iter().rev() {
        let members = || order[run.clone()].iter().map(|&record| record as usize);
        at_risk += members()
            .map(|record| linear_predictor[record].exp())
            .sum::<f64>();
        let died = members().filter(|&record| events[record]).count();
        if died > 0 {
            steps.push((times[order[run.start] as usize], died as f64 / at_risk));
        }
    }
    steps.reverse();
    let mut sum = 0.0;
    for step in &mut steps {
        sum += step.1;
        step.1 = sum;
    }
    steps
}

/// A fitted model.
#[derive(Clone, Debug, PartialEq)]
pub struct CoxFit {
    /// Log hazard ratio per unit of each covariate.
    pub coefficients: Vec<f64>,
    /// Inverse of the observed information.
    pub covariance: Vec<Vec<f64>>,
    /// Partial log-likelihood at the estimate.
    pub log_likelihood: f64,
    /// Partial log-likelihood with all coefficients zero.
    pub log_likelihood_null: f64,
    /// x·β of each record, covariates centred at their means.
    pub linear_predictor: Vec<f64>,
    /// Score test that the coefficient of each covariate does not change with time.
    pub proportional_hazards: Vec<Statistic<Test>>,
    /// The same of all covariates together.
    pub proportional_hazards_global: Statistic<Test>,
}

const FEW_TIMES: &str = "too few event times for the test";

/// How events at one time share a risk set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ties {
    /// Efron, JASA 72 (1977) 557; the default of R and lifelines.
    #[default]
    Efron,
    /// Breslow, Biometrics 30 (1974) 89; the default of SAS and SPSS.
    Breslow,
}

/// Fits with Efron's approximation; see [`cox`].
pub fn cox_efron(times: &[f64], events: &[bool], covariates: &[Vec<f64>]) -> Statistic<CoxFit> {
    cox(times, events, covariates, Ties::Efron)
}

/// Fits Cox's model (JRSS B 34 (1972) 187) by Newton's method; `covariates` are columns.
///
/// Assumes proportional hazards; see `proportional_hazards` of the fit. Undefined without events,
/// with a constant or redundant covariate, or where the likelihood has no maximum
/// (a group without events, say).
pub fn cox(
    times: &[f64],
    events: &[bool],
    covariates: &[Vec<f64>],
    ties: Ties,
) -> Statistic<CoxFit> {
    if !events.contains(&true) {
        return Statistic::undefined("no events");
    }
    let Some(columns) = covariates
        .iter()
        .map(|column| Standardised::new(column))
        .collect::<Option<Vec<_>>>()
    else {
        return Statistic::undefined("a covariate is constant");
    };
    if covariates
        .iter()
        .any(|column| events_at_one_end(column, |record| events[record]))
    {
        return Statistic::undefined(INFINITE);
    }
    let data = Data {
        times,
        events,
        order: by_time(times),
        columns: &columns,
        ties,
    };
    let mut beta = vec![0.0; columns.len()];
    let mut state = data.derivatives(&beta);
    let null = state.log_likelihood;
    for _ in 0..MOST_STEPS {
        let Some(step) = solve(state.information.clone(), &state.gradient) else {
            return Statistic::undefined(
                "the covariates are redundant, or a coefficient is infinite",
            );
        };
        let mut scale = 1.0;
        let moved = |scale: f64| {
            beta.iter()
                .zip(&step)
                .map(|(b, s)| b + scale * s)
                .collect::<Vec<f64>>()
        };
        let mut next = data.derivatives(&moved(scale));
        while next.is_worse_than(&state) && scale > 1e-6 {
            scale /= 2.0;
            next = data.derivatives(&moved(scale));
        }
        (beta, state) = (moved(scale), next);
        if beta.iter().any(|coefficient| coefficient.abs() > DIVERGED) {
            return Statistic::undefined(INFINITE);
        }
        if step.iter().all(|part| part.abs() < 1e-9) {
            return data.finish(&beta, &state, null);
        }
    }
    Statistic::undefined("the Cox model did not converge")
}

struct Data<'a> {
    times: &'a [f64],
    events: &'a [bool],
    order: Vec<u32>,
    columns: &'a [Standardised],
    ties: Ties,
}

/// Log-likelihood with gradient and information.
struct Derivatives {
    log_likelihood: f64,
    gradient: Vec<f64>,
    information: Vec<Vec<f64>>,
}

/// Σ w, Σ w x and Σ w x xᵀ (lower triangle) over some records, w = exp(x·β).
#[derive(Clone)]
struct Moments {
    weight: f64,
    first: Vec<f64>,
    second: Vec<Vec<f64>>,
}

impl Moments {
    fn new(size: usize) -> Self {
        Self {
            weight: 0.0,
            first: vec![0.0; size],
            second: vec![vec![0.0; size]; size],
        }
    }

    fn add(&mut self, weight: f64, columns: &[Standardised], record: usize) {
        self.weight += weight;
        for (a, column) in columns.iter().enumerate() {
            let weighted = weight * column.values[record];
            self.first[a] += weighted;
            for (b, other) in columns[..=a].iter().enumerate() {
                self.second[a][b] += weighted * other.values[record];
            }
        }
    }
}

impl Data<'_> {
    fn derivatives(&self, beta: &[f64]) -> Derivatives {
        self.walk(beta, |_, _| {})
    }

    /// Sums from the last time to the first; `visit` sees each event time with the sums so far
    /// (lower triangle of the information).
    fn walk(&self, beta: &[f64], mut visit: impl FnMut(f64, &Derivatives)) -> Derivatives {
        let size = beta.len();
        let mut result = Derivatives {
            log_likelihood: 0.0,
            gradient: vec![0.0; size],
            information: vec![vec![0.0; size]; size],
        };
        let mut at_risk = Moments::new(size);
        let groups: Vec<_> = runs(&self.order, self.times).collect();
        for run in groups.into_iter().rev() {
            let mut died = Moments::new(size);
            let mut count = 0;
            let time = self.times[self.order[run.start] as usize];
            for record in self.order[run].iter().map(|&record| record as usize) {
                let eta = self.predictor(beta, record);
                at_risk.add(eta.exp(), self.columns, record);
                if self.events[record] {
                    count += 1;
                    died.add(eta.exp(), self.columns, record);
                    result.log_likelihood += eta;
                    for (gradient, column) in result.gradient.iter_mut().zip(self.columns) {
                        *gradient += column.values[record];
                    }
                }
            }
            (0..count).for_each(|place| {
                let part = match self.ties {
                    Ties::Efron => f64::from(place) / f64::from(count),
                    Ties::Breslow => 0.0,
                };
                result.subtract(&at_risk, &died, part)
            });
            if count > 0 {
                visit(time, &result);
            }
        }
        for a in 0..size {
            for b in a + 1..size {
                result.information[a][b] = result.information[b][a];
            }
        }
        result
    }

    fn predictor(&self, beta: &[f64], record: usize) -> f64 {
        beta.iter()
            .zip(self.columns)
            .map(|(b, column)| b * column.values[record])
            .sum()
    }

    /// Back to the covariates' own units.
    fn finish(&self, beta: &[f64], state: &Derivatives, null: f64) -> Statistic<CoxFit> {
        let Some(mut covariance) = inverse(&state.information) else {
            return Statistic::undefined("the information matrix is singular");
        };
        if is_infinite(&covariance) {
            return Statistic::undefined(INFINITE);
        }
        for (a, row) in covariance.iter_mut().enumerate() {
            for (b, cell) in row.iter_mut().enumerate() {
                *cell /= self.columns[a].scale * self.columns[b].scale;
            }
        }
        let (proportional_hazards, proportional_hazards_global) = self.proportional(beta, state);
        Statistic::Defined(CoxFit {
            proportional_hazards,
            proportional_hazards_global,
            coefficients: beta
                .iter()
                .zip(self.columns)
                .map(|(b, column)| b / column.scale)
                .collect(),
            covariance,
            log_likelihood: state.log_likelihood,
            log_likelihood_null: null,
            linear_predictor: (0..self.times.len())
                .map(|record| self.predictor(beta, record))
                .collect(),
        })
    }
}

impl Data<'_> {
    /// Grambsch and Therneau's check (Biometrika 81 (1994) 515) as an exact score test: covariates x · g(t) are
    /// added with coefficient 0, g(t) = 1 − S(t−) by Kaplan–Meier.
    ///
    /// A small p says that the hazard ratio changes; a large one does not say that it is constant.
    fn proportional(
        &self,
        beta: &[f64],
        state: &Derivatives,
    ) -> (Vec<Statistic<Test>>, Statistic<Test>) {
        let size = beta.len();
        let survival = kaplan_meier(self.times, self.events, SurvivalInterval::Plain, 0.95);
        let g = |time: f64| {
            let before = survival.steps.partition_point(|step| step.time < time);
            before
                .checked_sub(1)
                .map_or(0.0, |last| 1.0 - survival.steps[last].survival)
        };
        let mut score = vec![0.0; size];
        let mut mixed = vec![vec![0.0; size]; size];
        let mut squared = vec![vec![0.0; size]; size];
        let mut last = (vec![0.0; size], vec![vec![0.0; size]; size]);
        self.walk(beta, |time, sums| {
            let weight = g(time);
            for a in 0..size {
                score[a] += weight * (sums.gradient[a] - last.0[a]);
                for b in 0..=a {
                    let step = sums.information[a][b] - last.1[a][b];
                    mixed[a][b] += weight * step;
                    squared[a][b] += weight * weight * step;
                }
            }
            last = (sums.gradient.clone(), sums.information.clone());
        });
        for a in 0..size {
            for b in a + 1..size {
                mixed[a][b] = mixed[b][a];
                squared[a][b] = squared[b][a];
            }
        }
        // Variance of the added scores, the model's own coefficients estimated.
        let columns: Vec<Option<Vec<f64>>> = (0..size)
            .map(|b| solve(state.information.clone(), &mixed[b]))
            .collect();
        let entry = |a: usize, b: usize| {
            let known = columns[b].as_ref().map_or(f64::NAN, |column| {
                mixed[a].iter().zip(column).map(|(m, c)| m * c).sum()
            });
            squared[a][b] - known
        };
        let test = |statistic: f64, df: f64| {
            if !statistic.is_finite() || statistic < 0.0 {
                return Statistic::undefined(FEW_TIMES);
            }
            Statistic::Defined(Test {
                statistic,
                df: Some(df),
                z: None,
                p: chi_squared_upper(statistic, df),
                method: "score test of proportional hazards, g(t) = 1 - S(t-)".to_owned(),
            })
        };
        let matrix = (0..size)
            .map(|a| (0..size).map(|b| entry(a, b)).collect())
            .collect();
        let global = match solve(matrix, &score) {
            Some(solved) => {
                let statistic = solved.iter().zip(&score).map(|(a, b)| a * b).sum();
                test(statistic, size as f64)
            }
            None => Statistic::undefined(FEW_TIMES),
        };
        let single = (0..size).map(|a| {
            // Of one informative event time nothing is left but rounding.
            let (variance, raw) = (entry(a, a), squared[a][a]);
            match variance > 1e-12 * raw {
                true => test(score[a] * score[a] / variance, 1.0),
                false => Statistic::undefined(FEW_TIMES),
            }
        });
        (single.collect(), global)
    }
}

impl Derivatives {
    fn is_worse_than(&self, other: &Self) -> bool {
        let least = other.log_likelihood - 1e-9 * other.log_likelihood.abs();
        self.log_likelihood.is_nan() || self.log_likelihood < least
    }

    /// One tied event's share of the risk set: the at-risk sums less `part` of the died ones.
    fn subtract(&mut self, at_risk: &Moments, died: &Moments, part: f64) {
        let weight = at_risk.weight - part * died.weight;
        self.log_likelihood -= weight.ln();
        let mean: Vec<f64> = at_risk
            .first
            .iter()
            .zip(&died.first)
            .map(|(all, died)| (all - part * died) / weight)
            .collect();
        for a in 0..mean.len() {
            self.gradient[a] -= mean[a];
            for b in 0..=a {
                let second = (at_risk.second[a][b] - part * died.second[a][b]) / weight;
                self.information[a][b] += second - mean[a] * mean[b];
            }
        }
    }
}
