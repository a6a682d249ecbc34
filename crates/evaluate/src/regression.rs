//! Logistic regression on several covariates.

use crate::discrimination::class_problem;
use crate::linear::{Standardised, inverse, solve};
use crate::statistic::Statistic;

const MOST_STEPS: usize = 60;
/// A standardised coefficient beyond this means that the likelihood has no maximum.
const DIVERGED: f64 = 30.0;

/// A fitted model, coefficients in the covariates' own units.
#[derive(Clone, Debug, PartialEq)]
pub struct LogisticFit {
    /// The intercept.
    pub intercept: f64,
    /// One coefficient a covariate.
    pub coefficients: Vec<f64>,
    /// Standard errors of the coefficients (intercept not among them).
    pub standard_errors: Vec<f64>,
    /// Log-likelihood at the maximum.
    pub log_likelihood: f64,
}

impl LogisticFit {
    /// The probability of a record with these covariates.
    pub fn probability(&self, covariates: impl Iterator<Item = f64>) -> f64 {
        let sum: f64 = self
            .coefficients
            .iter()
            .zip(covariates)
            .map(|(b, x)| b * x)
            .sum();
        sigmoid(self.intercept + sum)
    }
}

/// Fits by Newton's method with step halving (maximum likelihood; Cox, JRSS B 20 (1958) 215);
/// `covariates` are columns.
///
/// Undefined with fewer than two in a class, with a constant or redundant covariate, or
/// where the covariates separate the classes.
pub fn logistic_regression(covariates: &[Vec<f64>], positive: &[bool]) -> Statistic<LogisticFit> {
    if let Some(problem) = class_problem(positive) {
        return Statistic::undefined(problem);
    }
    let Some(columns) = covariates
        .iter()
        .map(|c| Standardised::new(c))
        .collect::<Option<Vec<_>>>()
    else {
        return Statistic::undefined("a covariate is constant");
    };
    let mut beta = vec![0.0; columns.len() + 1];
    let mut state = Derivatives::new(&columns, positive, &beta);
    for _ in 0..MOST_STEPS {
        let Some(step) = solve(state.information.clone(), &state.gradient) else {
            return Statistic::undefined("the covariates are redundant");
        };
        let moved = |scale: f64| -> Vec<f64> {
            beta.iter().zip(&step).map(|(b, s)| b + scale * s).collect()
        };
        let mut scale = 1.0;
        let mut next = Derivatives::new(&columns, positive, &moved(scale));
        while next.log_likelihood < state.log_likelihood - 1e-9 * state.log_likelihood.abs()
            && scale > 1e-6
        {
            scale /= 2.0;
            next = Derivatives::new(&columns, positive, &moved(scale));
        }
        (beta, state) = (moved(scale), next);
        if beta.iter().any(|b| b.is_nan() || b.abs() > DIVERGED) {
            return Statistic::undefined("the covariates separate the classes");
        }
        if step.iter().all(|part| part.abs() < 1e-10) {
            return finish(&columns, &beta, &state);
        }
    }
    Statistic::undefined("the logistic model did not converge")
}

/// Back to the covariates' own units.
fn finish(columns: &[Standardised], beta: &[f64], state: &Derivatives) -> Statistic<LogisticFit> {
    let Some(covariance) = inverse(&state.information) else {
        return Statistic::undefined("the information matrix is singular");
    };
    let coefficients: Vec<f64> = columns
        .iter()
        .zip(&beta[1..])
        .map(|(column, b)| b / column.scale)
        .collect();
    let shift: f64 = columns
        .iter()
        .zip(&coefficients)
        .map(|(c, b)| c.mean * b)
        .sum();
    Statistic::Defined(LogisticFit {
        intercept: beta[0] - shift,
        coefficients,
        standard_errors: columns
            .iter()
            .enumerate()
            .map(|(place, column)| covariance[place + 1][place + 1].sqrt() / column.scale)
            .collect(),
        log_likelihood: state.log_likelihood,
    })
}

struct Derivatives {
    log_likelihood: f64,
    gradient: Vec<f64>,
    information: Vec<Vec<f64>>,
}

impl Derivatives {
    fn new(columns: &[Standardised], positive: &[bool], beta: &[f64]) -> Self {
        let size = beta.len();
        let mut result = Self {
            log_likelihood: 0.0,
            gradient: vec![0.0; size],
            information: vec![vec![0.0; size]; size],
        };
        let mut row = vec![1.0; size];
        for (record, class) in positive.iter().enumerate() {
            for (cell, column) in row[1..].iter_mut().zip(columns) {
                *cell = column.values[record];
            }
            let eta: f64 = row.iter().zip(beta).map(|(x, b)| x * b).sum();
            let signed = if *class { eta } else { -eta };
            result.log_likelihood += signed.min(0.0) - (-signed.abs()).exp().ln_1p();
            let p = sigmoid(eta);
            let (residual, weight) = (f64::from(u8::from(*class)) - p, p * (1.0 - p));
            for a in 0..size {
                result.gradient[a] += residual * row[a];
                for b in 0..=a {
                    result.information[a][b] += weight * row[a] * row[b];
                }
            }
        }
        for a in 0..size {
            for b in a + 1..size {
                result.information[a][b] = result.information[b][a];
            }
        }
        result
    }
}

fn sigmoid(eta: f64) -> f64 {
    1.0 / (1.0 + (-eta).exp())
}
