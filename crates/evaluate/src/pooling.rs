//! Pooling one estimate of several centres.

use serde::{Deserialize, Serialize};

use crate::distribution::{chi_squared_upper, normal_multiplier, student_multiplier};
use crate::statistic::{Estimate, Statistic, Test};

/// A meta-analysis on some scale, results on the natural one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pooled {
    /// Centres that went in.
    pub centres: usize,
    /// The scale of the computation: `identity`, `log` or `logit`.
    pub scale: Scale,
    /// Inverse-variance weights: one true value is assumed for all centres.
    pub fixed: Estimate,
    /// Random effects: the mean over centres like these (Hartung–Knapp interval).
    pub random: Estimate,
    /// Variance of the true values between centres (DerSimonian & Laird), on the scale.
    pub tau_squared: f64,
    /// Share of the spread that is not chance, 0 to 1.
    pub i_squared: f64,
    /// Cochran's Q test of one true value.
    pub heterogeneity: Test,
    /// Where the true value of one more centre is expected; needs three centres.
    pub prediction: Statistic<Estimate>,
}

/// Scale on which centres are pooled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// As given.
    Identity,
    /// Logarithms, for ratios.
    Log,
    /// Logits, for areas and proportions.
    Logit,
}

impl Scale {
    /// To the scale; not finite at its ends.
    pub fn forward(self, value: f64) -> f64 {
        match self {
            Self::Identity => value,
            Self::Log => value.ln(),
            Self::Logit => (value / (1.0 - value)).ln(),
        }
    }

    /// From the scale.
    pub fn back(self, value: f64) -> f64 {
        match self {
            Self::Identity => value,
            Self::Log => value.exp(),
            Self::Logit => 1.0 / (1.0 + (-value).exp()),
        }
    }
}

/// Pools (estimate on the scale, its variance on the scale).
///
/// Fixed: weights 1/V. Random: DerSimonian & Laird, Controlled Clinical Trials 7 (1986) 177,
/// with the interval of Hartung & Knapp (Statistics in Medicine 20 (2001) 3875), t with
/// k − 1 degrees of freedom, whose variance factor counts as 1 where centres agree so well by chance that it
/// is less (Röver, Knapp & Friede, BMC Medical Research Methodology 15 (2015) 99). I² = max(0, (Q − k + 1)/Q) (Higgins & Thompson, Statistics in
/// Medicine 21 (2002) 1539). Prediction interval: t with k − 2 degrees of freedom (Higgins, Thompson
/// & Spiegelhalter, JRSS A 172 (2009) 137). With few centres τ² is known badly.
/// Undefined with fewer than two centres of finite estimate and positive variance.
pub fn pool(centres: &[(f64, f64)], scale: Scale, confidence: f64) -> Statistic<Pooled> {
    let usable: Vec<(f64, f64)> = centres
        .iter()
        .filter(|(value, variance)| value.is_finite() && variance.is_finite() && *variance > 0.0)
        .copied()
        .collect();
    let k = usable.len();
    if k < 2 {
        return Statistic::undefined("fewer than two centres with an estimate");
    }
    let df = k as f64 - 1.0;
    let fixed = Weighted::new(&usable, 0.0);
    let q = fixed.squares;
    let squared: f64 = usable
        .iter()
        .map(|(_, variance)| 1.0 / (variance * variance))
        .sum();
    let tau_squared = ((q - df) / (fixed.weight - squared / fixed.weight)).max(0.0);
    let random = Weighted::new(&usable, tau_squared);
    let estimate = |mean: f64, half: f64, method: &str| {
        let limits = (scale.back(mean - half), scale.back(mean + half));
        Estimate::interval(scale.back(mean), limits, method, k)
    };
    let knapp = ((random.squares / df).max(1.0) / random.weight).sqrt();
    Statistic::Defined(Pooled {
        centres: k,
        scale,
        fixed: estimate(
            fixed.mean,
            normal_multiplier(confidence) / fixed.weight.sqrt(),
            "fixed effect, inverse variance, normal interval",
        ),
        random: estimate(
            random.mean,
            student_multiplier(confidence, df) * knapp,
            "random effects, DerSimonian-Laird, Hartung-Knapp interval, its variance factor at least 1",
        ),
        tau_squared,
        i_squared: if q > 0.0 {
            ((q - df) / q).max(0.0)
        } else {
            0.0
        },
        heterogeneity: Test {
            statistic: q,
            df: Some(df),
            z: None,
            p: chi_squared_upper(q, df),
            method: "Cochran's Q".to_owned(),
        },
        prediction: if k < 3 {
            Statistic::undefined("fewer than three centres")
        } else {
            let spread = (tau_squared + 1.0 / random.weight).sqrt();
            let half = student_multiplier(confidence, df - 1.0) * spread;
            Statistic::Defined(estimate(
                random.mean,
                half,
                "prediction interval of one more centre, t with k − 2 degrees of freedom",
            ))
        },
    })
}

/// A mean with weights 1/(V + τ²).
struct Weighted {
    weight: f64,
    mean: f64,
    /// Σ w (y − mean)².
    squares: f64,
}

impl Weighted {
    fn new(centres: &[(f64, f64)], tau_squared: f64) -> Self {
        let weights = || {
            centres
                .iter()
                .map(|(_, variance)| 1.0 / (variance + tau_squared))
        };
        let weight: f64 = weights().sum();
        let sum: f64 = weights()
            .zip(centres)
            .map(|(w, (value, _))| w * value)
            .sum();
        let mean = sum / weight;
        let squares = weights()
            .zip(centres)
            .map(|(w, (value, _))| w * (value - mean).powi(2))
            .sum();
        Self {
            weight,
            mean,
            squares,
        }
    }
}
