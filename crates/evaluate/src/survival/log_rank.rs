//! The log-rank test between groups, and for trend.

use crate::distribution::chi_squared_upper;
use crate::linear::solve;
use crate::quantile::runs;
use crate::statistic::{Statistic, Test};

use super::by_time;

/// Observed and expected events per group with the covariance of their difference.
///
/// Mantel, Cancer Chemother. Rep. 50 (1966) 163, with the hypergeometric variance.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRank {
    /// Events per group.
    pub observed: Vec<f64>,
    /// Events expected per group if all groups had one hazard.
    pub expected: Vec<f64>,
    /// Covariance of observed − expected.
    pub covariance: Vec<Vec<f64>>,
    /// Power of survival that weighs the events.
    pub rho: f64,
}

/// Compares the hazards of groups numbered 0 to `groups` − 1.
pub fn log_rank(times: &[f64], events: &[bool], group: &[usize], groups: usize) -> LogRank {
    weighted_log_rank(times, events, group, groups, 0.0)
}

/// The same with events weighted by S(t−)^`rho`, S the Kaplan–Meier estimate of all records (Harrington &
/// Fleming, Biometrika 69 (1982) 553): 0 is the log-rank test, 1 Peto and Peto's modification of Wilcoxon's,
/// which looks at early differences.
pub fn weighted_log_rank(
    times: &[f64],
    events: &[bool],
    group: &[usize],
    groups: usize,
    rho: f64,
) -> LogRank {
    let order = by_time(times);
    let mut at_risk = vec![0.0; groups];
    group.iter().for_each(|&group| at_risk[group] += 1.0);
    let mut result = LogRank {
        observed: vec![0.0; groups],
        expected: vec![0.0; groups],
        covariance: vec![vec![0.0; groups]; groups],
        rho,
    };
    let mut survival = 1.0_f64;
    for run in runs(&order, times) {
        let members = || order[run.clone()].iter().map(|&record| record as usize);
        let mut died = vec![0.0; groups];
        members()
            .filter(|&record| events[record])
            .for_each(|record| died[group[record]] += 1.0);
        result.add(&at_risk, &died, survival.powf(rho));
        survival *= 1.0 - died.iter().sum::<f64>() / at_risk.iter().sum::<f64>();
        members().for_each(|record| at_risk[group[record]] -= 1.0);
    }
    result
}

impl LogRank {
    fn name(&self) -> String {
        if self.rho == 0.0 {
            "log-rank".to_owned()
        } else if self.rho == 1.0 {
            "Peto-Peto".to_owned()
        } else {
            format!("log-rank weighted by S(t-)^{}", self.rho)
        }
    }

    fn add(&mut self, at_risk: &[f64], died: &[f64], weight: f64) {
        let (n, d): (f64, f64) = (at_risk.iter().sum(), died.iter().sum());
        if d == 0.0 {
            return;
        }
        let scale = if n > 1.0 {
            d * (n - d) / (n - 1.0)
        } else {
            0.0
        };
        for (first, &count) in at_risk.iter().enumerate() {
            let share = count / n;
            self.observed[first] += weight * died[first];
            self.expected[first] += weight * d * share;
            for (second, &other) in at_risk.iter().enumerate() {
                let same = if first == second { 1.0 } else { 0.0 };
                self.covariance[first][second] +=
                    weight * weight * scale * share * (same - other / n);
            }
        }
    }

    /// The test that all groups have one hazard: χ² with groups − 1 degrees of freedom.
    ///
    /// Loses power where hazards cross. Undefined with fewer than two groups ever
    /// at risk at an event.
    pub fn test(&self) -> Statistic<Test> {
        let present: Vec<usize> = (0..self.observed.len())
            .filter(|&g| self.expected[g] > 0.0)
            .collect();
        if present.len() < 2 {
            return Statistic::undefined("fewer than two groups at risk at any event");
        }
        let free = &present[1..];
        let gap: Vec<f64> = free
            .iter()
            .map(|&g| self.observed[g] - self.expected[g])
            .collect();
        let matrix = free
            .iter()
            .map(|&a| free.iter().map(|&b| self.covariance[a][b]).collect())
            .collect();
        let Some(solved) = solve(matrix, &gap) else {
            return Statistic::undefined("the variance of the log-rank statistic is singular");
        };
        let statistic: f64 = solved.iter().zip(&gap).map(|(a, b)| a * b).sum();
        let df = free.len() as f64;
        let p = chi_squared_upper(statistic, df);
        Statistic::Defined(Test {
            statistic,
            df: Some(df),
            z: None,
            p,
            method: self.name(),
        })
    }

    /// The test for trend with scores 0, 1, 2, … in the order of the groups:
    /// (Σ w (O − E))² / w′Vw, χ² with one degree of freedom (Tarone, Biometrika 62 (1975) 679).
    pub fn trend(&self) -> Statistic<Test> {
        let groups = self.observed.len();
        let top: f64 = (0..groups)
            .map(|g| g as f64 * (self.observed[g] - self.expected[g]))
            .sum();
        let pairs = (0..groups).flat_map(|a| (0..groups).map(move |b| (a, b)));
        let variance: f64 = pairs
            .map(|(a, b)| a as f64 * b as f64 * self.covariance[a][b])
            .sum();
        if variance <= 0.0 {
            return Statistic::undefined("fewer than two groups at risk at any event");
        }
        let statistic = top * top / variance;
        let p = chi_squared_upper(statistic, 1.0);
        Statistic::Defined(Test {
            statistic,
            df: Some(1.0),
            z: None,
            p,
            method: format!("{} for trend", self.name()),
        })
    }
}
