//! The area under the ROC curve with DeLong's variance, alone and compared.
//!
//! DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988) 837; computed from
//! midranks as in Sun & Xu, IEEE Signal Processing Letters 21 (2014) 1389, so in
//! O(n log n).

use crate::distribution::{
    normal_multiplier, normal_two_sided, student_multiplier, student_two_sided,
};
use crate::quantile::midranks;
use crate::statistic::{Estimate, Statistic, Test};

use super::class_problem;

/// An area and the structural components of its variance.
#[derive(Clone, Debug, PartialEq)]
pub struct DeLong {
    /// P(X > Y) + ½ P(X = Y), X a positive's and Y a negative's score.
    pub auc: f64,
    /// S10/m + S01/n, with denominators m − 1 and n − 1 inside.
    pub variance: f64,
    /// Per positive record, the share of negatives it exceeds (ties ½), in input order.
    pub positive_placements: Vec<f64>,
    /// Per negative record, the share of positives that exceed it (ties ½), in input order.
    pub negative_placements: Vec<f64>,
}

impl DeLong {
    /// The area with its normal interval, clipped to [0, 1].
    ///
    /// At an area of exactly 0 or 1 the variance is 0, so the interval collapses;
    /// the estimate then carries a warning.
    pub fn estimate(&self, confidence: f64) -> Estimate {
        let half = normal_multiplier(confidence) * self.variance.sqrt();
        let limits = (
            (self.auc - half).clamp(0.0, 1.0),
            (self.auc + half).clamp(0.0, 1.0),
        );
        let warning = (self.variance <= 0.0).then(|| {
            "no variance between placements: the interval is no statement of certainty".to_owned()
        });
        Estimate {
            variance: Some(self.variance),
            warning,
            ..Estimate::interval(
                self.auc,
                limits,
                "ties ½, DeLong, normal interval clipped to [0, 1]",
                self.n(),
            )
        }
    }

    /// Records.
    pub fn n(&self) -> usize {
        self.positive_placements.len() + self.negative_placements.len()
    }
}

/// Area and DeLong variance of a score.
///
/// Undefined with fewer than two records in a class.
pub fn delong(scores: &[f64], positive: &[bool]) -> Statistic<DeLong> {
    if let Some(problem) = class_problem(positive) {
        return Statistic::undefined(problem);
    }
    let of_class = |class: bool| -> Vec<f64> {
        scores
            .iter()
            .zip(positive)
            .filter(|(_, c)| **c == class)
            .map(|(score, _)| *score)
            .collect()
    };
    let (xs, ys) = (of_class(true), of_class(false));
    let (m, n) = (xs.len() as f64, ys.len() as f64);
    let all = midranks(scores);
    let ranks = |class: bool| {
        all.iter()
            .zip(positive)
            .filter(move |(_, c)| **c == class)
            .map(|(rank, _)| *rank)
    };
    let positive_placements: Vec<f64> = ranks(true)
        .zip(midranks(&xs))
        .map(|(all, own)| (all - own) / n)
        .collect();
    let negative_placements: Vec<f64> = ranks(false)
        .zip(midranks(&ys))
        .map(|(all, own)| 1.0 - (all - own) / m)
        .collect();
    let auc = (ranks(true).sum::<f64>() - m * (m + 1.0) / 2.0) / (m * n);
    let variance = covariance(&positive_placements, &positive_placements) / m
        + covariance(&negative_placements, &negative_placements) / n;
    Statistic::Defined(DeLong {
        auc,
        variance,
        positive_placements,
        negative_placements,
    })
}

/// Area and interval in one call.
pub fn auc_of(scores: &[f64], positive: &[bool], confidence: f64) -> Statistic<Estimate> {
    delong(scores, positive).map(|delong| delong.estimate(confidence))
}

/// A difference of two areas and its test.
#[derive(Clone, Debug, PartialEq)]
pub struct AucDifference {
    /// First area minus second, with its interval.
    pub difference: Estimate,
    /// The test that the areas are equal.
    pub test: Test,
    /// Covariance of the two areas; 0 where the records are different ones.
    pub covariance: f64,
}

/// Compares two scores on the same records: Z = Δ / √(V₁ + V₂ − 2 Cov).
///
/// `first` and `second` must come from the same records in the same order.
/// Curves that agree everywhere give Z = 0 and p = 1. Undefined where the numbers
/// of records differ, or where Δ ≠ 0 has no variance.
pub fn paired_difference(
    first: &DeLong,
    second: &DeLong,
    confidence: f64,
) -> Statistic<AucDifference> {
    let (m, n) = (
        first.positive_placements.len(),
        first.negative_placements.len(),
    );
    if (m, n)
        != (
            second.positive_placements.len(),
            second.negative_placements.len(),
        )
    {
        return Statistic::undefined("the two scores are not of the same records");
    }
    let covariance = covariance(&first.positive_placements, &second.positive_placements) / m as f64
        + covariance(&first.negative_placements, &second.negative_placements) / n as f64;
    let difference = first.auc - second.auc;
    let variance = (first.variance + second.variance - 2.0 * covariance).max(0.0);
    if variance <= f64::EPSILON * (first.variance + second.variance) && difference != 0.0 {
        return Statistic::undefined("the difference of the areas has no variance");
    }
    let z = if difference == 0.0 {
        0.0
    } else {
        difference / variance.sqrt()
    };
    let half = normal_multiplier(confidence) * variance.sqrt();
    let estimate = Estimate::interval(
        difference,
        (difference - half, difference + half),
        "paired DeLong",
        m + n,
    );
    Statistic::Defined(AucDifference {
        difference: Estimate {
            variance: Some(variance),
            ..estimate
        },
        test: Test {
            statistic: z,
            df: None,
            z: Some(z),
            p: normal_two_sided(z),
            method: "paired DeLong".to_owned(),
        },
        covariance,
    })
}

/// Compares two areas on different records: t with Satterthwaite's degrees of
/// freedom, (V₁ + V₂)² / (V₁²/(N₁ − 1) + V₂²/(N₂ − 1)), N the records of each.
///
/// Undefined where neither area has a variance.
pub fn unpaired_difference(
    first: &DeLong,
    second: &DeLong,
    confidence: f64,
) -> Statistic<AucDifference> {
    let variance = first.variance + second.variance;
    if variance <= 0.0 {
        return Statistic::undefined("neither area has a variance");
    }
    let share = |part: &DeLong| part.variance * part.variance / (part.n() as f64 - 1.0);
    let df = variance * variance / (share(first) + share(second));
    let difference = first.auc - second.auc;
    let t = difference / variance.sqrt();
    let half = student_multiplier(confidence, df) * variance.sqrt();
    let method = "unpaired DeLong, t with Satterthwaite's degrees of freedom";
    let n = first.n() + second.n();
    let estimate = Estimate::interval(
        difference,
        (difference - half, difference + half),
        method,
        n,
    );
    Statistic::Defined(AucDifference {
        difference: Estimate {
            variance: Some(variance),
            ..estimate
        },
        test: Test {
            statistic: t,
            df: Some(df),
            z: None,
            p: student_two_sided(t, df),
            method: method.to_owned(),
        },
        covariance: 0.0,
    })
}

fn covariance(xs: &[f64], ys: &[f64]) -> f64 {
    let count = xs.len() as f64;
    let (mean_x, mean_y) = (
        xs.iter().sum::<f64>() / count,
        ys.iter().sum::<f64>() / count,
    );
    let products: f64 = xs
        .iter()
        .zip(ys)
        .map(|(x, y)| (x - mean_x) * (y - mean_y))
        .sum();
    products / (count - 1.0)
}
