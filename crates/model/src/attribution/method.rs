//! The ways of attribution, with what each needs to be repeated.

use serde::{Deserialize, Serialize};

/// A way of attribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "method", deny_unknown_fields)]
pub enum Method {
    /// Derivative of the logit by each sample (Simonyan et al. 2014): where a small change would
    /// act, whatever the signal is there.
    Gradient,
    /// Derivative times sample: a first-order share of the logit.
    GradientTimesInput,
    /// Mean derivative over noisy copies (Smilkov et al. 2017).
    SmoothGradient {
        /// Noisy copies.
        copies: usize,
        /// Standard deviation of the noise as a share of the window's range.
        noise: f32,
        /// Seed of the noise.
        seed: u64,
    },
    /// Path integral of the derivative from a baseline to the window (Sundararajan et al. 2017);
    /// its values add up to the difference of the two logits.
    IntegratedGradients {
        /// Where the path starts.
        baseline: Baseline,
        /// Greatest number of points on the path; as few are used as completeness asks for.
        points: usize,
    },
    /// Grad-CAM behind a stage, drawn out to the length of the window; the same for every lead
    /// (Selvaraju et al. 2017).
    GradCam {
        /// Stage, from 0; the last has the most meaning and the least resolution.
        stage: usize,
    },
}

/// A window without evidence, from which integrated gradients start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Baseline {
    /// Zero everywhere: the mean of a normalised window.
    #[default]
    Zero,
    /// The mean of each lead.
    LeadMean,
}

/// A method that cannot be used on a network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{field}: expected {expected}, got {got}")]
pub struct MethodError {
    /// What of the method, or of the question.
    pub field: &'static str,
    /// What is accepted.
    pub expected: String,
    /// What was asked for.
    pub got: String,
}

impl Method {
    /// The names accepted by [`Method::named`], in the order they are usually shown.
    pub const NAMES: [&'static str; 5] = [
        "integrated-gradients",
        "gradient",
        "gradient-times-input",
        "smooth-gradient",
        "grad-cam",
    ];

    /// A method by name with its usual settings: 256 points from zero, 32 copies with noise of
    /// 10 % of the range, the last of `stages` stages.
    pub fn named(name: &str, stages: usize) -> Option<Method> {
        Some(match name {
            "gradient" => Method::Gradient,
            "gradient-times-input" => Method::GradientTimesInput,
            "smooth-gradient" => Method::SmoothGradient {
                copies: 32,
                noise: 0.1,
                seed: 1,
            },
            "integrated-gradients" => Method::IntegratedGradients {
                baseline: Baseline::Zero,
                points: 256,
            },
            "grad-cam" => Method::GradCam {
                stage: stages.saturating_sub(1),
            },
            _ => return None,
        })
    }

    /// The name of the method.
    pub fn name(&self) -> &'static str {
        match self {
            Method::Gradient => "gradient",
            Method::GradientTimesInput => "gradient-times-input",
            Method::SmoothGradient { .. } => "smooth-gradient",
            Method::IntegratedGradients { .. } => "integrated-gradients",
            Method::GradCam { .. } => "grad-cam",
        }
    }

    /// Whether values differ between leads.
    pub fn tells_leads_apart(&self) -> bool {
        !matches!(self, Method::GradCam { .. })
    }

    /// Whether values are logits per unit of the sample, not shares of the logit.
    pub fn is_derivative(&self) -> bool {
        matches!(self, Method::Gradient | Method::SmoothGradient { .. })
    }

    pub(super) fn check(&self, stages: usize) -> Result<(), MethodError> {
        let fault = |field, expected: &str, got: String| {
            Err(MethodError {
                field,
                expected: expected.to_owned(),
                got,
            })
        };
        match *self {
            Method::SmoothGradient { copies: 0, .. } => {
                fault("copies", "at least 1", "0".to_owned())
            }
            Method::SmoothGradient { noise, .. } if !(noise.is_finite() && noise > 0.0) => {
                fault("noise", "a share above 0", noise.to_string())
            }
            Method::IntegratedGradients { points, .. } if points < 3 => {
                fault("points", "at least 3", points.to_string())
            }
            Method::GradCam { stage } if stage >= stages => {
                fault("stage", &format!("0 to {}", stages - 1), stage.to_string())
            }
            _ => Ok(()),
        }
    }
}
