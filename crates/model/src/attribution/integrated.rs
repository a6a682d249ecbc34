//! Integrated gradients (Sundararajan, Taly and Yan, ICML 2017).
//!
//! The derivative is averaged along the straight path from a baseline to the window by the
//! trapezoidal rule, whose points are doubled until the values add up to the difference of the
//! two logits, or the points run out. Two rules of n and 2n points make Simpson's, which is taken
//! where it adds up better.

use super::explainer::{Explainer, add};
use super::method::Baseline;

/// Relative error of completeness at which the path needs no further points.
const COMPLETE: f32 = 0.005;
/// Points of the first, coarsest path.
const FIRST: usize = 9;

/// How nearly the values add up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Completeness {
    /// Logit of the window minus logit of the baseline.
    pub difference: f32,
    /// Sum of the values.
    pub sum: f32,
    /// Points on the path.
    pub points: usize,
}

impl Completeness {
    /// `|sum − difference| / |difference|`; `None` where the two logits are equal to rounding.
    pub fn relative_error(&self) -> Option<f32> {
        (self.difference.abs() > 1e-5)
            .then(|| (self.sum - self.difference).abs() / self.difference.abs())
    }
}

pub(super) fn integrate(
    explainer: &Explainer,
    window: &[f32],
    class: usize,
    baseline: Baseline,
    most: usize,
) -> (Vec<f32>, Completeness) {
    let start = start(window, explainer.leads(), baseline);
    let way: Vec<f32> = window.iter().zip(&start).map(|(a, b)| a - b).collect();
    let ends = explainer.score(&[window, &start], class);
    let difference = ends[0] - ends[1];

    let mut points = FIRST.min(most).max(3);
    let inner: Vec<f32> = (1..points - 1)
        .map(|point| point as f32 / (points - 1) as f32)
        .collect();
    let mut sum = path_sum(explainer, &start, &way, class, &inner);
    let ends = path_sum(explainer, &start, &way, class, &[0.0, 1.0]);
    add(&mut sum, &ends, 0.5);
    let mut coarse: Option<Vec<f32>> = None;
    loop {
        let fine: Vec<f32> = sum
            .iter()
            .zip(&way)
            .map(|(gradient, way)| gradient * way / (points - 1) as f32)
            .collect();
        let (values, completeness) = better(&fine, coarse.as_deref(), difference, points);
        let complete = completeness
            .relative_error()
            .is_none_or(|error| error <= COMPLETE);
        if complete || 2 * points - 1 > most {
            return (values, completeness);
        }
        let between: Vec<f32> = (0..points - 1)
            .map(|point| (point as f32 + 0.5) / (points - 1) as f32)
            .collect();
        let more = path_sum(explainer, &start, &way, class, &between);
        add(&mut sum, &more, 1.0);
        coarse = Some(fine);
        points = 2 * points - 1;
    }
}

/// The trapezoidal values, or Simpson's of them and those of half as many steps, whichever add up
/// better.
fn better(
    fine: &[f32],
    coarse: Option<&[f32]>,
    difference: f32,
    points: usize,
) -> (Vec<f32>, Completeness) {
    let completeness = |values: &[f32]| Completeness {
        difference,
        sum: values.iter().map(|&value| f64::from(value)).sum::<f64>() as f32,
        points,
    };
    let plain = completeness(fine);
    let Some(coarse) = coarse else {
        return (fine.to_vec(), plain);
    };
    let pairs = fine.iter().zip(coarse);
    let simpson: Vec<f32> = pairs
        .map(|(fine, coarse)| (4.0 * fine - coarse) / 3.0)
        .collect();
    let refined = completeness(&simpson);
    let miss = |found: &Completeness| (found.sum - found.difference).abs();
    match miss(&refined) < miss(&plain) {
        true => (simpson, refined),
        false => (fine.to_vec(), plain),
    }
}

fn start(window: &[f32], leads: usize, baseline: Baseline) -> Vec<f32> {
    match baseline {
        Baseline::Zero => vec![0.0; window.len()],
        Baseline::LeadMean => window
            .chunks(window.len() / leads)
            .flat_map(|lead| {
                let sum: f64 = lead.iter().map(|&value| f64::from(value)).sum();
                std::iter::repeat_n((sum / lead.len() as f64) as f32, lead.len())
            })
            .collect(),
    }
}

/// Sum of the derivatives at shares of the way.
fn path_sum(
    explainer: &Explainer,
    start: &[f32],
    way: &[f32],
    class: usize,
    shares: &[f32],
) -> Vec<f32> {
    let mut sum = vec![0.0; start.len()];
    for shares in shares.chunks(16) {
        let points: Vec<Vec<f32>> = shares
            .iter()
            .map(|share| start.iter().zip(way).map(|(a, b)| a + share * b).collect())
            .collect();
        let points: Vec<&[f32]> = points.iter().map(Vec::as_slice).collect();
        for gradient in explainer.gradients(&points, class) {
            add(&mut sum, &gradient, 1.0);
        }
    }
    sum
}
