//! Other intervals of an area under the ROC curve than DeLong's normal one.

use crate::distribution::normal_multiplier;
use crate::statistic::{Estimate, Statistic};

use super::DeLong;

impl DeLong {
    /// DeLong's variance on the logit scale: logit⁻¹(logit A ± z √V / (A (1 − A))).
    ///
    /// Stays inside (0, 1), so it serves high areas and few events better than the
    /// clipped normal interval (Pepe, The Statistical Evaluation of Medical Tests (2003),
    /// 5.2). Undefined at an area of exactly 0 or 1.
    pub fn logit_estimate(&self, confidence: f64) -> Statistic<Estimate> {
        let spread = self.auc * (1.0 - self.auc);
        if spread <= 0.0 {
            return Statistic::undefined("an area of 0 or 1 has no logit");
        }
        let centre = (self.auc / (1.0 - self.auc)).ln();
        let half = normal_multiplier(confidence) * self.variance.sqrt() / spread;
        let back = |logit: f64| 1.0 / (1.0 + (-logit).exp());
        let limits = (back(centre - half), back(centre + half));
        Statistic::Defined(Estimate {
            variance: Some(self.variance),
            ..Estimate::interval(
                self.auc,
                limits,
                "ties ½, DeLong, interval on the logit scale",
                self.n(),
            )
        })
    }

    /// The area with Hanley & McNeil's interval, clipped to [0, 1].
    pub fn hanley_mcneil_estimate(&self, confidence: f64) -> Estimate {
        let variance = hanley_mcneil_variance(
            self.auc,
            self.positive_placements.len(),
            self.negative_placements.len(),
        );
        let half = normal_multiplier(confidence) * variance.sqrt();
        let limits = (
            (self.auc - half).clamp(0.0, 1.0),
            (self.auc + half).clamp(0.0, 1.0),
        );
        Estimate {
            variance: Some(variance),
            ..Estimate::interval(
                self.auc,
                limits,
                "ties ½, Hanley-McNeil, normal interval clipped to [0, 1]",
                self.n(),
            )
        }
    }
}

/// Variance of an area from its size and the class sizes alone (Hanley & McNeil,
/// Radiology 143 (1982) 29): exponential scores are assumed, Q₁ = A/(2 − A), Q₂ = 2A²/(1 + A).
///
/// Good for planning; with scores at hand DeLong's variance assumes less. Infinite
/// where a class is empty.
pub fn hanley_mcneil_variance(auc: f64, positives: usize, negatives: usize) -> f64 {
    let (m, n) = (positives as f64, negatives as f64);
    let (first, second) = (auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc));
    let sum =
        auc * (1.0 - auc) + (m - 1.0) * (first - auc * auc) + (n - 1.0) * (second - auc * auc);
    if positives == 0 || negatives == 0 {
        f64::INFINITY
    } else {
        (sum / (m * n)).max(0.0)
    }
}
