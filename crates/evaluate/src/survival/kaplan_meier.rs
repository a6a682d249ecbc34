//! The product-limit estimate of survival.

use crate::config::SurvivalInterval;
use crate::distribution::normal_multiplier;
use crate::quantile::runs;
use crate::statistic::{Estimate, Statistic};

use super::by_time;

/// A Kaplan–Meier curve (Kaplan & Meier, JASA 53 (1958) 457) with Greenwood's variance.
#[derive(Clone, Debug, PartialEq)]
pub struct KaplanMeier {
    /// One step for every distinct time, ascending.
    pub steps: Vec<KaplanMeierStep>,
    /// Records.
    pub n: usize,
    interval: SurvivalInterval,
    confidence: f64,
}

/// The curve at one distinct time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KaplanMeierStep {
    /// The time.
    pub time: f64,
    /// Records at risk just before it.
    pub at_risk: usize,
    /// Events at it.
    pub events: usize,
    /// Records censored at it.
    pub censored: usize,
    /// Survival from this time on.
    pub survival: f64,
    /// Greenwood's sum Σ d / (n (n − d)) up to this time; infinite once survival is 0.
    pub greenwood: f64,
}

/// Estimates survival from times and whether each ended with the event.
pub fn kaplan_meier(
    times: &[f64],
    events: &[bool],
    interval: SurvivalInterval,
    confidence: f64,
) -> KaplanMeier {
    let order = by_time(times);
    let (mut survival, mut greenwood) = (1.0, 0.0);
    let steps = runs(&order, times).map(|run| {
        let at_risk = times.len() - run.start;
        let members = &order[run];
        let died = members
            .iter()
            .filter(|&&record| events[record as usize])
            .count();
        if died > 0 {
            survival *= 1.0 - died as f64 / at_risk as f64;
            greenwood += died as f64 / (at_risk as f64 * (at_risk - died) as f64);
        }
        let censored = members.len() - died;
        KaplanMeierStep {
            time: times[members[0] as usize],
            at_risk,
            events: died,
            censored,
            survival,
            greenwood,
        }
    });
    KaplanMeier {
        steps: steps.collect(),
        n: times.len(),
        interval,
        confidence,
    }
}

impl KaplanMeier {
    /// Survival at a time, with its interval.
    ///
    /// Before the first event it is 1 with the interval 1 to 1 and a warning. It is
    /// undefined after the last record's time, unless survival is 0 by then.
    pub fn at(&self, time: f64) -> Statistic<Estimate> {
        let Some(last) = self.steps.last() else {
            return Statistic::undefined("no records");
        };
        if time > last.time && last.survival > 0.0 {
            return Statistic::undefined(format!("no record is followed beyond {}", last.time));
        }
        let passed = self.steps.partition_point(|step| step.time <= time);
        let survival = if passed == 0 {
            1.0
        } else {
            self.steps[passed - 1].survival
        };
        let method = format!("Kaplan-Meier, Greenwood, {} interval", self.interval_name());
        let mut estimate = Estimate::point(survival, &method, self.n);
        if survival >= 1.0 {
            (estimate.low, estimate.high) = (Some(1.0), Some(1.0));
            estimate.warning =
                Some("no event yet: the interval is no statement of certainty".to_owned());
        } else if let Some((low, high)) = self.limits(&self.steps[passed - 1]) {
            (estimate.low, estimate.high) = (Some(low), Some(high));
        }
        Statistic::Defined(estimate)
    }

    /// Greenwood's variance of survival at a time; 0 before the first event, and where survival is 0.
    pub fn variance(&self, time: f64) -> f64 {
        let passed = self.steps.partition_point(|step| step.time <= time);
        match passed.checked_sub(1).map(|last| self.steps[last]) {
            Some(step) if step.survival > 0.0 => step.survival * step.survival * step.greenwood,
            _ => 0.0,
        }
    }

    /// Mean time without event up to a horizon: the area under the curve, with its variance
    /// Σ (area from t to the horizon)² d / (n (n − d)) (Irwin, J. Hygiene 47 (1949) 188; Klein &
    /// Moeschberger, Survival Analysis, 4.5).
    ///
    /// Undefined where nobody is followed to the horizon while some are free of the event.
    pub fn restricted_mean(&self, horizon: f64) -> Statistic<Estimate> {
        if let Some(reason) = self.at(horizon).reason() {
            return Statistic::undefined(reason);
        }
        let passed = self.steps.partition_point(|step| step.time < horizon);
        let (mut rest, mut variance, mut end) = (0.0, 0.0, horizon);
        for step in self.steps[..passed].iter().rev() {
            rest += step.survival * (end - step.time);
            end = step.time;
            let (at_risk, events) = (step.at_risk as f64, step.events as f64);
            if at_risk > events {
                variance += rest * rest * events / (at_risk * (at_risk - events));
            }
        }
        let mean = rest + end;
        let half = normal_multiplier(self.confidence) * variance.sqrt();
        let limits = ((mean - half).max(0.0), (mean + half).min(horizon));
        let method = format!("restricted mean up to {horizon}, normal interval");
        Statistic::Defined(Estimate {
            variance: Some(variance),
            ..Estimate::interval(mean, limits, &method, self.n)
        })
    }

    /// Records at risk just before a time.
    pub fn at_risk(&self, time: f64) -> usize {
        self.steps
            .iter()
            .find(|step| step.time >= time)
            .map_or(0, |step| step.at_risk)
    }

    /// The first time with survival ≤ ½; limits are the first times at which the
    /// curve's own limits are ≤ ½ (Brookmeyer & Crowley, Biometrics 38 (1982) 29).
    pub fn median(&self) -> Statistic<Estimate> {
        let first = |half_or_less: &dyn Fn(&KaplanMeierStep) -> bool| {
            self.steps
                .iter()
                .find(|step| step.events > 0 && half_or_less(step))
                .map(|step| step.time)
        };
        let Some(median) = first(&|step| step.survival <= 0.5) else {
            return Statistic::undefined("survival stays above one half");
        };
        let method = format!("Kaplan-Meier median, {} interval", self.interval_name());
        let low = first(&|step| self.limits(step).is_some_and(|(low, _)| low <= 0.5));
        let high = first(&|step| self.limits(step).is_some_and(|(_, high)| high <= 0.5));
        Statistic::Defined(Estimate {
            low,
            high,
            ..Estimate::point(median, &method, self.n)
        })
    }

    /// Limits of survival at a step; none where survival is 0 or 1.
    pub fn limits(&self, step: &KaplanMeierStep) -> Option<(f64, f64)> {
        let s = step.survival;
        if s <= 0.0 || s >= 1.0 {
            return None;
        }
        let half = normal_multiplier(self.confidence) * step.greenwood.sqrt();
        let limits = match self.interval {
            SurvivalInterval::Plain => (s - half * s, s + half * s),
            SurvivalInterval::Log => (s * (-half).exp(), s * half.exp()),
            SurvivalInterval::LogLog => {
                let factor = (half / s.ln()).abs().exp();
                (s.powf(factor), s.powf(1.0 / factor))
            }
        };
        Some((limits.0.max(0.0), limits.1.min(1.0)))
    }

    fn interval_name(&self) -> &'static str {
        match self.interval {
            SurvivalInterval::LogLog => "log-log",
            SurvivalInterval::Log => "log",
            SurvivalInterval::Plain => "plain",
        }
    }
}
