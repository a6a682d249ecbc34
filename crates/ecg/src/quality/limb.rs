//! Relations between the limb leads, and what a swap of electrodes does to them.

use super::push;
use crate::{Ecg, Finding, Lead};

/// Residual of a lead relation, relative to the size of the leads, above which it is broken.
const RELATION_LIMIT: f64 = 0.15;

/// Residual below which II counts as a sum of multiples of I and III.
const MULTIPLES_LIMIT: f64 = 0.05;

/// Findings from the six limb leads; none unless all six are stored.
///
/// Einthoven: II = I + III. Goldberger: aVR = −(I + II)/2, aVL = (I − III)/2, aVF = (II + III)/2.
/// Swapped arm electrodes turn lead I upside down and exchange aVR with aVL, so that I points
/// down and aVR up in QRS *and* against V6, which no common axis does.
pub(super) fn findings(ecg: &Ecg) -> Vec<Finding> {
    let mut findings = Vec::new();
    let limb = [
        Lead::I,
        Lead::II,
        Lead::III,
        Lead::AVR,
        Lead::AVL,
        Lead::AVF,
    ];
    let stored: Option<Vec<&[f64]>> = limb.iter().map(|&lead| ecg.lead(lead)).collect();
    let Some([one, two, three, right, left, foot]) = stored.as_deref().and_then(<[_]>::as_array)
    else {
        return findings;
    };
    let einthoven = residual(two, |at| one[at] + three[at]);
    if einthoven > RELATION_LIMIT {
        findings.push(broken_triangle(one, two, three, einthoven));
        return findings;
    }
    let goldberger = [
        ("aVR", residual(right, |at| -(one[at] + two[at]) / 2.0)),
        ("aVL", residual(left, |at| (one[at] - three[at]) / 2.0)),
        ("aVF", residual(foot, |at| (two[at] + three[at]) / 2.0)),
    ];
    for (name, residual) in goldberger {
        if residual > RELATION_LIMIT {
            let message = format!(
                "{name} differs from its sum of the limb leads by {:.0} % of its size",
                100.0 * residual
            );
            push(&mut findings, "goldberger-violated", &message);
        }
    }
    if findings.is_empty() {
        findings.extend(arm_swap(one, right, ecg.lead(Lead::V6)));
    }
    findings
}

/// What it means that II is not I + III.
///
/// Where II is still a sum of positive multiples of both, the leads are the right ones and the
/// gains of their header are not; else leads are mislabelled or recorded apart.
fn broken_triangle(one: &[f64], two: &[f64], three: &[f64], einthoven: f64) -> Finding {
    let percent = 100.0 * einthoven;
    if let Some((first, third)) = multiples(one, two, three)
        && first.min(third) > 0.1
        && residual(two, |at| first * one[at] + third * three[at]) < MULTIPLES_LIMIT
    {
        return Finding {
            code: "lead-gains-inconsistent".to_string(),
            message: format!(
                "II is {first:.2} I + {third:.2} III instead of I + III: \
                 the gains stated for the limb leads cannot all be right"
            ),
        };
    }
    Finding {
        code: "einthoven-violated".to_string(),
        message: format!(
            "II differs from I + III by {percent:.0} % of its size: \
             limb leads may be mislabelled"
        ),
    }
}

/// Least-squares factors of I and III in II, means removed; `None` when I and III are collinear.
fn multiples(one: &[f64], two: &[f64], three: &[f64]) -> Option<(f64, f64)> {
    let valid: Vec<[f64; 3]> = (0..two.len())
        .map(|at| [one[at], two[at], three[at]])
        .filter(|row| row.iter().all(|value| value.is_finite()))
        .collect();
    let count = valid.len().max(1) as f64;
    let mean = [0, 1, 2].map(|column| valid.iter().map(|row| row[column]).sum::<f64>() / count);
    let product = |left: usize, right: usize| {
        let terms = valid
            .iter()
            .map(|row| (row[left] - mean[left]) * (row[right] - mean[right]));
        terms.sum::<f64>() / count
    };
    let (ones, threes, both) = (product(0, 0), product(2, 2), product(0, 2));
    let determinant = ones * threes - both * both;
    (determinant > 1e-3 * ones * threes).then(|| {
        (
            (product(0, 1) * threes - product(2, 1) * both) / determinant,
            (product(2, 1) * ones - product(0, 1) * both) / determinant,
        )
    })
}

fn arm_swap(one: &[f64], right: &[f64], sixth: Option<&[f64]>) -> Option<Finding> {
    let against = correlation(one, sixth?)?;
    (net_area(one) < 0.0 && net_area(right) > 0.0 && against < -0.6).then(|| Finding {
        code: "limb-leads-swapped".to_string(),
        message: format!(
            "lead I is inverted (correlation with V6 {against:.2}) and aVR upright: \
             arm electrodes may be swapped"
        ),
    })
}

/// Root mean square of `lead − expected` over that of `lead`, both without their means.
fn residual(lead: &[f64], expected: impl Fn(usize) -> f64) -> f64 {
    let difference = |at: usize| {
        let difference = lead[at] - expected(at);
        difference.is_finite().then_some((lead[at], difference))
    };
    let (mut count, mut sums) = (0_usize, (0.0, 0.0));
    for (value, difference) in (0..lead.len()).filter_map(difference) {
        count += 1;
        sums = (sums.0 + value, sums.1 + difference);
    }
    let count = count.max(1) as f64;
    let means = (sums.0 / count, sums.1 / count);
    let mut squares = (0.0, 0.0);
    for (value, difference) in (0..lead.len()).filter_map(difference) {
        squares.0 += (value - means.0) * (value - means.0);
        squares.1 += (difference - means.1) * (difference - means.1);
    }
    (squares.1 / count).sqrt() / (squares.0 / count).sqrt().max(0.02)
}

fn deviation(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / count;
    (values.map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt()
}

/// Pearson correlation of valid pairs; `None` when one of them does not vary.
fn correlation(left: &[f64], right: &[f64]) -> Option<f64> {
    let pairs: Vec<(f64, f64)> = left
        .iter()
        .zip(right)
        .map(|(&left, &right)| (left, right))
        .filter(|(left, right)| left.is_finite() && right.is_finite())
        .collect();
    let count = pairs.len().max(1) as f64;
    let mean_left = pairs.iter().map(|pair| pair.0).sum::<f64>() / count;
    let mean_right = pairs.iter().map(|pair| pair.1).sum::<f64>() / count;
    let product = pairs
        .iter()
        .map(|pair| (pair.0 - mean_left) * (pair.1 - mean_right))
        .sum::<f64>()
        / count;
    let size =
        deviation(pairs.iter().map(|pair| pair.0)) * deviation(pairs.iter().map(|pair| pair.1));
    (size > 1e-6).then(|| product / size)
}

/// Third moment about the median: its sign says where the QRS complex points.
fn net_area(lead: &[f64]) -> f64 {
    let valid: Vec<f64> = lead
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    let middle = super::beats::quantile(&valid, 0.5);
    valid.iter().map(|value| (value - middle).powi(3)).sum()
}
