//! Gray's test of equal cumulative incidence.

use crate::distribution::chi_squared_upper;
use crate::linear::solve;
use crate::quantile::runs;
use crate::statistic::{Statistic, Test};

use super::by_time;

/// Tests that groups numbered 0 to `groups` − 1 have one cumulative incidence of the event `code`
/// where the other event competes (Gray, Annals of Statistics 16 (1988) 1141, ρ = 0).
///
/// Observed less expected events, the groups' risk sets enlarged by (1 − F₁(t−))/S(t−); χ² with groups − 1
/// degrees of freedom. Codes are 0 censored, 1 and 2 the events. It compares what patients
/// experience, not hazards: a group can have fewer events because it dies of something else. Undefined
/// without an event of that code or with fewer than two groups.
pub fn gray_test(
    times: &[f64],
    codes: &[u8],
    group: &[usize],
    groups: usize,
    code: u8,
) -> Statistic<Test> {
    let present: Vec<usize> = (0..groups).filter(|g| group.contains(g)).collect();
    if present.len() < 2 {
        return Statistic::undefined("fewer than two groups");
    }
    if !codes.contains(&code) {
        return Statistic::undefined(format!("no event of code {code}"));
    }
    let place = |g: usize| present.partition_point(|known| *known < g);
    let mut state = State::new(present.len());
    group.iter().for_each(|&g| state.at_risk[place(g)] += 1.0);
    let order = by_time(times);
    for run in runs(&order, times) {
        let members = || order[run.clone()].iter().map(|&record| record as usize);
        let mut events = vec![[0.0; 2]; present.len()];
        for record in members().filter(|&record| codes[record] != 0) {
            events[place(group[record])][usize::from(codes[record] != code)] += 1.0;
        }
        if events.iter().flatten().any(|count| *count > 0.0) {
            state.step(&events);
        }
        members().for_each(|record| state.at_risk[place(group[record])] -= 1.0);
    }
    state.test()
}

/// The estimates just before a time, and what has been summed up to it. The covariance of the
/// scores is Σ over event times and groups k of (a_ik − t c_ik + t C_ik)(…) times the variance of
/// the increment, where c is the sum so far and C the final one; it is expanded so that one
/// pass suffices.
struct State {
    at_risk: Vec<f64>,
    /// Kaplan–Meier of either event, by group.
    free: Vec<f64>,
    /// Cumulative incidence of the event, by group.
    incidence: Vec<f64>,
    /// Cumulative incidence of the event, groups together under the hypothesis.
    pooled: f64,
    score: Vec<f64>,
    sums: Vec<Vec<f64>>,
    covariance: Vec<Vec<f64>>,
    /// Σ t² v by group.
    square: Vec<f64>,
    /// Σ (a − t c) t v by group pair.
    mixed: Vec<Vec<f64>>,
}

impl State {
    fn new(groups: usize) -> Self {
        let matrix = || vec![vec![0.0; groups]; groups];
        Self {
            at_risk: vec![0.0; groups],
            free: vec![1.0; groups],
            incidence: vec![0.0; groups],
            pooled: 0.0,
            score: vec![0.0; groups],
            sums: matrix(),
            covariance: matrix(),
            square: vec![0.0; groups],
            mixed: matrix(),
        }
    }

    /// Takes one distinct time with events (of interest, competing) by group.
    fn step(&mut self, events: &[[f64; 2]]) {
        let active: Vec<usize> = (0..self.at_risk.len())
            .filter(|&k| self.at_risk[k] > 0.0)
            .collect();
        let died: f64 = events.iter().map(|count| count[0]).sum();
        let before = self.free.clone();
        let (mut risk, mut enlarged) = (0.0, 0.0);
        let mut size = vec![0.0; self.at_risk.len()];
        for &k in &active {
            size[k] = self.at_risk[k] / before[k];
            risk += size[k];
            enlarged += size[k] * (1.0 - self.incidence[k]);
        }
        let hazard = died / (risk * (1.0 - self.pooled));
        let mut now = vec![vec![0.0; size.len()]; size.len()];
        for &i in &active {
            self.score[i] += events[i][0] - died * size[i] * (1.0 - self.incidence[i]) / enlarged;
            for &k in &active {
                let same = if i == k { 1.0 } else { 0.0 };
                now[i][k] = size[i] * (same - size[k] / risk);
                self.sums[i][k] += now[i][k] * hazard;
            }
        }
        let pooled = self.pooled + died / risk;
        for &k in &active {
            let all: f64 = events[k].iter().sum();
            self.incidence[k] += before[k] * events[k][0] / self.at_risk[k];
            self.free[k] = before[k] * (self.at_risk[k] - all) / self.at_risk[k];
        }
        for &k in &active {
            let share = (1.0 - pooled) / self.free[k];
            if died > 0.0 {
                let ties = if died > 1.0 {
                    1.0 - (died - 1.0) / (risk * before[k] - 1.0)
                } else {
                    1.0
                };
                let variance = ties * before[k] * died / (risk * self.at_risk[k]);
                let factor = if self.free[k] > 0.0 { 1.0 - share } else { 1.0 };
                self.add(k, factor, variance, &now);
            }
            let other = events[k][1];
            if other > 0.0 && self.free[k] > 0.0 {
                let ties = 1.0 - (other - 1.0) / (self.at_risk[k] - 1.0).max(1.0);
                let variance = ties * (before[k] / self.at_risk[k]).powi(2) * other;
                let nothing = vec![vec![0.0; now.len()]; now.len()];
                self.add(k, -share, variance, &nothing);
            }
        }
        self.pooled = pooled;
    }

    fn add(&mut self, k: usize, factor: f64, variance: f64, now: &[Vec<f64>]) {
        self.square[k] += factor * factor * variance;
        let part: Vec<f64> = (0..now.len())
            .map(|i| now[i][k] - factor * self.sums[i][k])
            .collect();
        for i in 0..part.len() {
            self.mixed[i][k] += part[i] * factor * variance;
            for j in 0..part.len() {
                self.covariance[i][j] += part[i] * part[j] * variance;
            }
        }
    }

    fn test(self) -> Statistic<Test> {
        let free = self.score.len() - 1;
        let entry = |i: usize, j: usize| {
            let groups = 0..self.score.len();
            let rest: f64 = groups
                .map(|k| {
                    self.sums[i][k] * self.sums[j][k] * self.square[k]
                        + self.sums[i][k] * self.mixed[j][k]
                        + self.sums[j][k] * self.mixed[i][k]
                })
                .sum();
            self.covariance[i][j] + rest
        };
        let matrix = (0..free)
            .map(|i| (0..free).map(|j| entry(i, j)).collect())
            .collect();
        let score = &self.score[..free];
        let Some(solved) = solve(matrix, score) else {
            return Statistic::undefined("the variance of Gray's statistic is singular");
        };
        let statistic: f64 = solved.iter().zip(score).map(|(a, b)| a * b).sum();
        let df = free as f64;
        Statistic::Defined(Test {
            statistic,
            df: Some(df),
            z: None,
            p: chi_squared_upper(statistic, df),
            method: "Gray".to_owned(),
        })
    }
}
