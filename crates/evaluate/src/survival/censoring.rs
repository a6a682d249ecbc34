//! The distribution of censoring, for weights that make up for it.

use crate::quantile::runs;

use super::by_time;

/// Kaplan–Meier estimate G of staying uncensored.
#[derive(Clone, Debug, PartialEq)]
pub struct CensoringSurvival {
    /// Distinct times with a censoring, ascending, with G from then on.
    steps: Vec<(f64, f64)>,
}

impl CensoringSurvival {
    /// Estimates G from times and whether each ended with an event (of any kind that ends
    /// observation); at a tie events come first, so they are not at risk of censoring.
    pub fn new(times: &[f64], ended_by_event: &[bool]) -> Self {
        Self::estimate(times, ended_by_event, 1)
    }

    /// The same with tied events still at risk of censoring, as a plain Kaplan–Meier of the
    /// censorings has it (nricens).
    pub fn with_tied_events_at_risk(times: &[f64], ended_by_event: &[bool]) -> Self {
        Self::estimate(times, ended_by_event, 0)
    }

    fn estimate(times: &[f64], ended_by_event: &[bool], events_leave: usize) -> Self {
        let order = by_time(times);
        let mut survival = 1.0;
        let mut steps = Vec::new();
        for run in runs(&order, times) {
            let members = &order[run.clone()];
            let events = members
                .iter()
                .filter(|&&record| ended_by_event[record as usize])
                .count();
            let censored = members.len() - events;
            if censored > 0 {
                let at_risk = times.len() - run.start - events_leave * events;
                survival *= 1.0 - censored as f64 / at_risk as f64;
                steps.push((times[members[0] as usize], survival));
            }
        }
        Self { steps }
    }

    /// G(t).
    pub fn at(&self, time: f64) -> f64 {
        self.after(self.steps.partition_point(|step| step.0 <= time))
    }

    /// G(t−), just before a time.
    pub fn before(&self, time: f64) -> f64 {
        self.after(self.steps.partition_point(|step| step.0 < time))
    }

    fn after(&self, passed: usize) -> f64 {
        passed.checked_sub(1).map_or(1.0, |last| self.steps[last].1)
    }
}
