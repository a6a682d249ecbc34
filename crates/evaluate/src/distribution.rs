//! Tails of the normal, t and χ² distributions, precise far out, and normal quantiles.

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::beta::beta_reg;
use statrs::function::erf::erfc;
use statrs::function::gamma::gamma_ur;

/// P(|Z| ≥ |z|) of the standard normal distribution.
pub fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// P(|T| ≥ |t|) of Student's t distribution: I(df / (df + t²); df/2, 1/2).
pub fn student_two_sided(t: f64, df: f64) -> f64 {
    if t.is_infinite() {
        return 0.0;
    }
    beta_reg(df / 2.0, 0.5, df / (df + t * t))
}

/// P(X ≥ x) of the χ² distribution.
pub fn chi_squared_upper(x: f64, df: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else {
        gamma_ur(df / 2.0, x / 2.0)
    }
}

/// The multiplier of a normal interval at a confidence level, 1.959… at 0.95.
pub fn normal_multiplier(confidence: f64) -> f64 {
    Normal::standard().inverse_cdf(0.5 + confidence / 2.0)
}

/// The quantile of Student's t distribution that leaves (1 − confidence)/2 above it.
pub fn student_multiplier(confidence: f64, df: f64) -> f64 {
    match statrs::distribution::StudentsT::new(0.0, 1.0, df) {
        Ok(student) => student.inverse_cdf(0.5 + confidence / 2.0),
        Err(_) => f64::NAN,
    }
}
