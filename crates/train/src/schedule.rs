//! The learning rate over the steps of a fold.
//!
//! Linear from exactly 0, then half a cosine. (Burn's schedulers ask for a rate above 0
//! at every step, which the first step of the published schedule does not have.)

/// Rates of a fold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// Highest rate.
    pub peak: f64,
    /// Steps over which the rate rises.
    pub warm_up_steps: usize,
    /// Steps in all.
    pub total_steps: usize,
    /// Last rate as a share of the highest.
    pub final_share: f64,
}

impl Schedule {
    /// The rate of a step, counted from 0.
    pub fn rate(&self, step: usize) -> f64 {
        if step < self.warm_up_steps {
            return self.peak * step as f64 / self.warm_up_steps as f64;
        }
        let after = self.total_steps.saturating_sub(self.warm_up_steps).max(1);
        let progress = ((step - self.warm_up_steps) as f64 / after as f64).min(1.0);
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
        self.peak * (self.final_share + (1.0 - self.final_share) * cosine)
    }
}
