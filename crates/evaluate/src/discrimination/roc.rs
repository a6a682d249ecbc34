//! ROC and precision–recall curves as points.

use crate::evaluation::{PrecisionRecallPoint, RocPoint};

use super::steps;

/// More points than this are thinned to about this many; a figure shows no difference.
const MOST_POINTS: usize = 1000;

/// The empirical ROC curve from (0, 0) to (1, 1), without points inside straight runs.
///
/// Needs at least one record of each class, else there are no points.
pub fn roc_curve(scores: &[f64], positive: &[bool]) -> Vec<RocPoint> {
    let positives = positive.iter().filter(|class| **class).count();
    let negatives = positive.len() - positives;
    if positives == 0 || negatives == 0 {
        return Vec::new();
    }
    let mut corners = vec![(0_usize, 0_usize)];
    for step in steps(scores, positive) {
        let last = corners[corners.len() - 1];
        let next = (last.0 + step.negatives, last.1 + step.positives);
        if corners.len() > 1 && collinear(corners[corners.len() - 2], last, next) {
            corners.pop();
        }
        corners.push(next);
    }
    let point = |(fp, tp): (usize, usize)| RocPoint {
        false_positive_rate: fp as f64 / negatives as f64,
        sensitivity: tp as f64 / positives as f64,
    };
    thinned(corners.into_iter().map(point).collect())
}

/// Precision against recall at each distinct score, from the highest down.
///
/// Needs at least one positive record, else there are no points.
pub fn precision_recall_curve(scores: &[f64], positive: &[bool]) -> Vec<PrecisionRecallPoint> {
    let positives = positive.iter().filter(|class| **class).count();
    if positives == 0 {
        return Vec::new();
    }
    let (mut found, mut called) = (0, 0);
    let points = steps(scores, positive).into_iter().map(|step| {
        found += step.positives;
        called += step.positives + step.negatives;
        PrecisionRecallPoint {
            recall: found as f64 / positives as f64,
            precision: found as f64 / called as f64,
        }
    });
    thinned(points.collect())
}

fn collinear(a: (usize, usize), b: (usize, usize), c: (usize, usize)) -> bool {
    let (first, second) = ((b.0 - a.0, b.1 - a.1), (c.0 - b.0, c.1 - b.1));
    first.0 as u128 * second.1 as u128 == first.1 as u128 * second.0 as u128
}

/// Evenly many points along the curve, first and last always kept.
fn thinned<T>(points: Vec<T>) -> Vec<T> {
    let stride = points.len().div_ceil(MOST_POINTS).max(1);
    let last = points.len().saturating_sub(1);
    let keep = |(place, point)| (place % stride == 0 || place == last).then_some(point);
    points.into_iter().enumerate().filter_map(keep).collect()
}
