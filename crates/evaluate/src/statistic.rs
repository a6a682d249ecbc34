//! A number with its interval and method, or the reason why there is none.

use serde::{Deserialize, Serialize};

/// A statistic, or why it is not defined.
///
/// In JSON a defined statistic is its own value; an undefined one is
/// `{"value": null, "reason": "…"}` in the same place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Statistic<T> {
    /// The statistic could be computed.
    Defined(T),
    /// The statistic has no value on these data.
    Undefined(Undefined),
}

/// The absence of a number, and its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undefined {
    /// Always nothing; keeps the key `value` in the JSON.
    pub value: (),
    /// Why the statistic is not defined, lower case, without a full stop.
    pub reason: String,
}

impl<T> Statistic<T> {
    /// An undefined statistic with its reason.
    pub fn undefined(reason: impl Into<String>) -> Self {
        Self::Undefined(Undefined {
            value: (),
            reason: reason.into(),
        })
    }

    /// The value where there is one.
    pub fn defined(&self) -> Option<&T> {
        match self {
            Self::Defined(value) => Some(value),
            Self::Undefined(_) => None,
        }
    }

    /// The reason where there is no value.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Defined(_) => None,
            Self::Undefined(undefined) => Some(&undefined.reason),
        }
    }

    /// Applies `change` to a defined value and keeps the reason of an undefined one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Statistic<U> {
        match self {
            Self::Defined(value) => Statistic::Defined(change(value)),
            Self::Undefined(undefined) => Statistic::Undefined(undefined),
        }
    }

    /// Applies `next` to a defined value, which may itself turn out undefined.
    pub fn and_then<U>(self, next: impl FnOnce(T) -> Statistic<U>) -> Statistic<U> {
        match self {
            Self::Defined(value) => next(value),
            Self::Undefined(undefined) => Statistic::Undefined(undefined),
        }
    }
}

impl Statistic<f64> {
    /// A finite number is defined; anything else is undefined for `reason`.
    pub fn finite(value: f64, reason: &str) -> Self {
        if value.is_finite() {
            Self::Defined(value)
        } else {
            Self::undefined(reason)
        }
    }
}

/// A number with its interval, method and sample size.
///
/// An interval that is not defined, or was not asked for, is absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// Lower limit of the interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper limit of the interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Estimated variance of the estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variance: Option<f64>,
    /// How estimate and interval were made, in words.
    pub method: String,
    /// Records (or patients, where `method` says so) that went into it.
    pub n: usize,
    /// A caveat to print beside the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
}

impl Estimate {
    /// A point estimate without an interval.
    pub fn point(value: f64, method: &str, n: usize) -> Self {
        Self {
            value,
            low: None,
            high: None,
            variance: None,
            method: method.to_owned(),
            n,
            warning: None,
        }
    }

    /// A point estimate with an interval.
    pub fn interval(value: f64, (low, high): (f64, f64), method: &str, n: usize) -> Self {
        Self {
            low: Some(low),
            high: Some(high),
            ..Self::point(value, method, n)
        }
    }
}

/// A hypothesis test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// The test statistic.
    pub statistic: f64,
    /// Degrees of freedom, where the reference distribution has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub df: Option<f64>,
    /// The standardised statistic, where the reference distribution is normal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub z: Option<f64>,
    /// Two-sided p-value.
    pub p: f64,
    /// The test and its variant, in words.
    pub method: String,
}
