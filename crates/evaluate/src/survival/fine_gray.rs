//! Regression of the subdistribution hazard.

use crate::linear::{Standardised, events_at_one_end, inverse, is_infinite, solve};
use crate::quantile::runs;
use crate::statistic::Statistic;

use super::{CensoringSurvival, by_time};

const MOST_STEPS: usize = 50;
const DIVERGED: f64 = 15.0;
const INFINITE: &str = "a coefficient is infinite: events do not occur in every group";

/// A fitted model.
#[derive(Clone, Debug, PartialEq)]
pub struct FineGrayFit {
    /// Log subdistribution hazard ratio per unit of each covariate.
    pub coefficients: Vec<f64>,
    /// Sandwich variance, the estimated censoring distribution taken into account.
    pub covariance: Vec<Vec<f64>>,
    /// Weighted log-likelihood at the estimate; no likelihood ratio can be made of it.
    pub log_pseudo_likelihood: f64,
}

/// Fits Fine & Gray's model (JASA 94 (1999) 496) of event 1; codes are 0 censored, 1 and 2 the
/// events, `covariates` are columns, ties as Breslow's.
///
/// Records with event 2 stay at risk with weight G(t−)/G(T−), G the Kaplan–Meier estimate of staying
/// uncensored, one for everybody: censoring must not depend on the covariates. Coefficients speak of cumulative
/// incidence, not of causes. Undefined without events, with a constant or redundant
/// covariate, or where the likelihood has no maximum.
pub fn fine_gray(times: &[f64], codes: &[u8], covariates: &[Vec<f64>]) -> Statistic<FineGrayFit> {
    if !codes.contains(&1) {
        return Statistic::undefined("no events");
    }
    let columns = covariates.iter().map(|c| Standardised::new(c));
    let Some(columns) = columns.collect::<Option<Vec<_>>>() else {
        return Statistic::undefined("a covariate is constant");
    };
    if covariates
        .iter()
        .any(|column| events_at_one_end(column, |record| codes[record] == 1))
    {
        return Statistic::undefined(INFINITE);
    }
    let data = Data::new(times, codes, &columns);
    let mut beta = vec![0.0; columns.len()];
    let mut state = data.derivatives(&beta);
    for _ in 0..MOST_STEPS {
        let Some(step) = solve(state.information.clone(), &state.gradient) else {
            return Statistic::undefined(
                "the covariates are redundant, or a coefficient is infinite",
            );
        };
        let moved = |scale: f64| -> Vec<f64> {
            beta.iter().zip(&step).map(|(b, s)| b + scale * s).collect()
        };
        let mut scale = 1.0;
        let mut next = data.derivatives(&moved(scale));
        while (next.log_likelihood.is_nan()
            || next.log_likelihood < state.log_likelihood - 1e-9 * state.log_likelihood.abs())
            && scale > 1e-6
        {
            scale /= 2.0;
            next = data.derivatives(&moved(scale));
        }
        (beta, state) = (moved(scale), next);
        if beta.iter().any(|b| b.is_nan() || b.abs() > DIVERGED) {
            return Statistic::undefined(INFINITE);
        }
        if step.iter().all(|part| part.abs() < 1e-9) {
            return data.finish(&beta, &state);
        }
    }
    Statistic::undefined("the Fine-Gray model did not converge")
}

struct Data<'a> {
    times: &'a [f64],
    codes: &'a [u8],
    columns: &'a [Standardised],
    order: Vec<u32>,
    groups: Vec<std::ops::Range<usize>>,
    /// G just before each group's time.
    uncensored: Vec<f64>,
}

/// Weighted sums over a risk set.
#[derive(Clone)]
struct RiskSet {
    weight: f64,
    first: Vec<f64>,
    second: Vec<Vec<f64>>,
}

impl RiskSet {
    fn new(size: usize) -> Self {
        Self {
            weight: 0.0,
            first: vec![0.0; size],
            second: vec![vec![0.0; size]; size],
        }
    }

    fn add(&mut self, weight: f64, x: &[f64]) {
        self.weight += weight;
        for (a, value) in x.iter().enumerate() {
            self.first[a] += weight * value;
            for (b, other) in x[..=a].iter().enumerate() {
                self.second[a][b] += weight * value * other;
            }
        }
    }

    /// These sums and `times` those of another.
    fn plus(&self, other: &Self, times: f64) -> Self {
        let mut sum = self.clone();
        sum.weight += times * other.weight;
        for (a, row) in sum.second.iter_mut().enumerate() {
            sum.first[a] += times * other.first[a];
            for (cell, more) in row.iter_mut().zip(&other.second[a]) {
                *cell += times * more;
            }
        }
        sum
    }
}

struct Derivatives {
    log_likelihood: f64,
    gradient: Vec<f64>,
    information: Vec<Vec<f64>>,
}

impl<'a> Data<'a> {
    fn new(times: &'a [f64], codes: &'a [u8], columns: &'a [Standardised]) -> Self {
        let order = by_time(times);
        let groups: Vec<_> = runs(&order, times).collect();
        let ended: Vec<bool> = codes.iter().map(|code| *code != 0).collect();
        let censoring = CensoringSurvival::with_tied_events_at_risk(times, &ended);
        let before =
            |run: &std::ops::Range<usize>| censoring.before(times[order[run.start] as usize]);
        let uncensored = groups.iter().map(before).collect();
        Self {
            times,
            codes,
            columns,
            order,
            groups,
            uncensored,
        }
    }

    fn x(&self, record: usize) -> Vec<f64> {
        self.columns
            .iter()
            .map(|column| column.values[record])
            .collect()
    }

    fn relative_risk(&self, beta: &[f64], x: &[f64]) -> f64 {
        beta.iter().zip(x).map(|(b, x)| b * x).sum::<f64>().exp()
    }

    /// The risk set at each distinct time, in ascending order: records still followed, and those with
    /// event 2 before.
    fn risk_sets(&self, beta: &[f64], mut visit: impl FnMut(usize, &RiskSet)) {
        let size = beta.len();
        let mut followed = RiskSet::new(size);
        for record in 0..self.times.len() {
            let x = self.x(record);
            followed.add(self.relative_risk(beta, &x), &x);
        }
        let mut competed = RiskSet::new(size);
        for (place, run) in self.groups.iter().enumerate() {
            visit(place, &followed.plus(&competed, self.uncensored[place]));
            for record in self.members(run) {
                let x = self.x(record);
                let risk = self.relative_risk(beta, &x);
                followed.add(-risk, &x);
                if self.codes[record] == 2 {
                    competed.add(risk / self.uncensored[place], &x);
                }
            }
        }
    }

    fn members(&self, run: &std::ops::Range<usize>) -> impl Iterator<Item = usize> {
        self.order[run.clone()]
            .iter()
            .map(|&record| record as usize)
    }

    fn events(&self, place: usize) -> impl Iterator<Item = usize> {
        self.members(&self.groups[place])
            .filter(|&record| self.codes[record] == 1)
    }

    fn derivatives(&self, beta: &[f64]) -> Derivatives {
        let size = beta.len();
        let mut result = Derivatives {
            log_likelihood: 0.0,
            gradient: vec![0.0; size],
            information: vec![vec![0.0; size]; size],
        };
        self.risk_sets(beta, |place, set| {
            for record in self.events(place) {
                let x = self.x(record);
                result.log_likelihood += self.relative_risk(beta, &x).ln() - set.weight.ln();
                for (a, &own) in x.iter().enumerate() {
                    let mean = set.first[a] / set.weight;
                    result.gradient[a] += own - mean;
                    for b in 0..=a {
                        result.information[a][b] +=
                            set.second[a][b] / set.weight - mean * set.first[b] / set.weight;
                    }
                }
            }
        });
        for a in 0..size {
            for b in a + 1..size {
                result.information[a][b] = result.information[b][a];
            }
        }
        result
    }

    fn finish(&self, beta: &[f64], state: &Derivatives) -> Statistic<FineGrayFit> {
        let Some(bread) = inverse(&state.information) else {
            return Statistic::undefined("the information matrix is singular");
        };
        if is_infinite(&bread) {
            return Statistic::undefined(INFINITE);
        }
        let meat = self.meat(beta);
        let size = beta.len();
        let product = |a: &[Vec<f64>], b: &[Vec<f64>]| -> Vec<Vec<f64>> {
            let cell = |i: usize, j: usize| (0..size).map(|k| a[i][k] * b[k][j]).sum();
            (0..size)
                .map(|i| (0..size).map(|j| cell(i, j)).collect())
                .collect()
        };
        let mut covariance = product(&product(&bread, &meat), &bread);
        for (a, row) in covariance.iter_mut().enumerate() {
            for (b, cell) in row.iter_mut().enumerate() {
                *cell /= self.columns[a].scale * self.columns[b].scale;
            }
        }
        Statistic::Defined(FineGrayFit {
            coefficients: beta
                .iter()
                .zip(self.columns)
                .map(|(b, column)| b / column.scale)
                .collect(),
            covariance,
            log_pseudo_likelihood: state.log_likelihood,
        })
    }

    /// Σ (η + ψ)(η + ψ)ᵀ of the paper's appendix: each record's score and its part in estimating G.
    fn meat(&self, beta: &[f64]) -> Vec<Vec<f64>> {
        let size = beta.len();
        // Per distinct time: dΛ₁ and x̄ of the risk set.
        let mut increments = vec![0.0; self.groups.len()];
        let mut means = vec![vec![0.0; size]; self.groups.len()];
        self.risk_sets(beta, |place, set| {
            increments[place] = self.events(place).count() as f64 / set.weight;
            means[place] = set.first.iter().map(|sum| sum / set.weight).collect();
        });
        let scores = self.scores(beta, &increments, &means);
        let corrections = self.corrections(beta, &increments, &means);
        let mut meat = vec![vec![0.0; size]; size];
        for (score, correction) in scores.iter().zip(&corrections) {
            for a in 0..size {
                for b in 0..size {
                    meat[a][b] += (score[a] + correction[a]) * (score[b] + correction[b]);
                }
            }
        }
        meat
    }

    /// η: ∫ (x − x̄) w dM₁ for each record.
    fn scores(&self, beta: &[f64], increments: &[f64], means: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let size = beta.len();
        // Sums of dΛ and x̄ dΛ up to and with each time, and of G(t−) times these from it on.
        let mut upto = vec![(0.0, vec![0.0; size]); self.groups.len() + 1];
        for place in 0..self.groups.len() {
            let (sum, weighted) = upto[place].clone();
            let next = weighted
                .iter()
                .zip(&means[place])
                .map(|(w, m)| w + m * increments[place]);
            upto[place + 1] = (sum + increments[place], next.collect());
        }
        let after = self.after(increments, means, size);
        let mut scores = vec![vec![0.0; size]; self.times.len()];
        for (place, run) in self.groups.iter().enumerate() {
            for record in self.members(run) {
                let x = self.x(record);
                let risk = self.relative_risk(beta, &x);
                for (a, (score, x)) in scores[record].iter_mut().zip(&x).enumerate() {
                    let (sum, weighted) = &upto[place + 1];
                    *score = -risk * (x * sum - weighted[a]);
                    if self.codes[record] == 1 {
                        *score += x - means[place][a];
                    } else if self.codes[record] == 2 {
                        let (sum, weighted) = &after[place + 1];
                        *score -= risk / self.uncensored[place] * (x * sum - weighted[a]);
                    }
                }
            }
        }
        scores
    }

    /// From each distinct time on: Σ G(t−) dΛ and Σ G(t−) x̄ dΛ.
    fn after(&self, increments: &[f64], means: &[Vec<f64>], size: usize) -> Vec<(f64, Vec<f64>)> {
        let mut after = vec![(0.0, vec![0.0; size]); self.groups.len() + 1];
        for place in (0..self.groups.len()).rev() {
            let step = self.uncensored[place] * increments[place];
            let (sum, weighted) = after[place + 1].clone();
            let next = weighted
                .iter()
                .zip(&means[place])
                .map(|(w, m)| w + m * step);
            after[place] = (sum + step, next.collect());
        }
        after
    }

    /// ψ: ∫ q/π dMᶜ for each record, q the effect of the censoring hazard on the score.
    fn corrections(&self, beta: &[f64], increments: &[f64], means: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let size = beta.len();
        let after = self.after(increments, means, size);
        // Σ over records with event 2 before a time of risk/G(T−) and x times it.
        let mut competed = (0.0, vec![0.0; size]);
        let mut sum = vec![0.0; size];
        let mut corrections = vec![vec![0.0; size]; self.times.len()];
        for (place, run) in self.groups.iter().enumerate() {
            let at_risk = (self.times.len() - run.start) as f64;
            let censored = self.members(run).filter(|&record| self.codes[record] == 0);
            let censored: Vec<usize> = censored.collect();
            // Censoring at this time moves G at later times only.
            let (later, later_weighted) = &after[place + 1];
            let effect: Vec<f64> = (0..size)
                .map(|a| competed.1[a] * later - competed.0 * later_weighted[a])
                .collect();
            for a in 0..size {
                sum[a] += effect[a] / at_risk * censored.len() as f64 / at_risk;
            }
            for record in self.members(run) {
                corrections[record] = sum.iter().map(|s| -s).collect();
            }
            for record in censored {
                for a in 0..size {
                    corrections[record][a] += effect[a] / at_risk;
                }
            }
            for record in self.members(run).filter(|&record| self.codes[record] == 2) {
                let x = self.x(record);
                let weight = self.relative_risk(beta, &x) / self.uncensored[place];
                competed.0 += weight;
                x.iter()
                    .zip(&mut competed.1)
                    .for_each(|(x, sum)| *sum += weight * x);
            }
        }
        corrections
    }
}
