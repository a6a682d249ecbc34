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

/// The values of each of `classes`; all share the passes, and those that are complete drop out.
pub(super) fn integrate(
    explainer: &Explainer,
    window: &[f32],
    classes: &[usize],
    baseline: Baseline,
    most: usize,
) -> Vec<(Vec<f32>, Completeness)> {
    let start = start(window, explainer.leads(), baseline);
    let way: Vec<f32> = window.iter().zip(&start).map(|(a, b)| a - b).collect();
    let path = Path {
        explainer,
        start: &start,
        way: &way,
    };
    let ends = explainer.score(&[window, &start]);
    let mut sums: Vec<Sum> = classes
        .iter()
        .map(|&class| Sum {
            class,
            difference: ends[0][class] - ends[1][class],
            gradients: vec![0.0; window.len()],
            coarse: None,
            found: None,
        })
        .collect();

    let mut points = FIRST.min(most).max(3);
    let first: Vec<(f32, f32)> = (0..points)
        .map(|point| {
            let at_end = point == 0 || point == points - 1;
            (
                point as f32 / (points - 1) as f32,
                if at_end { 0.5 } else { 1.0 },
            )
        })
        .collect();
    path.add(&mut sums, &first);
    loop {
        let last = 2 * points - 1 > most;
        for sum in sums.iter_mut().filter(|sum| sum.found.is_none()) {
            sum.look(&way, points, last);
        }
        if sums.iter().all(|sum| sum.found.is_some()) {
            return sums.into_iter().filter_map(|sum| sum.found).collect();
        }
        let between: Vec<(f32, f32)> = (0..points - 1)
            .map(|point| ((point as f32 + 0.5) / (points - 1) as f32, 1.0))
            .collect();
        path.add(&mut sums, &between);
        points = 2 * points - 1;
    }
}

/// What has been added up for one class.
struct Sum {
    class: usize,
    /// Logit of the window minus logit of the baseline.
    difference: f32,
    gradients: Vec<f32>,
    /// Values of half as many steps.
    coarse: Option<Vec<f32>>,
    found: Option<(Vec<f32>, Completeness)>,
}

impl Sum {
    /// Takes the values by so many points, if they are complete or the last.
    fn look(&mut self, way: &[f32], points: usize, last: bool) {
        let fine: Vec<f32> = self
            .gradients
            .iter()
            .zip(way)
            .map(|(gradient, way)| gradient * way / (points - 1) as f32)
            .collect();
        let (values, completeness) = better(&fine, self.coarse.as_deref(), self.difference, points);
        let complete = completeness
            .relative_error()
            .is_none_or(|error| error <= COMPLETE);
        if complete || last {
            self.found = Some((values, completeness));
        }
        self.coarse = Some(fine);
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

/// The straight path from a baseline to a window.
struct Path<'a> {
    explainer: &'a Explainer,
    start: &'a [f32],
    way: &'a [f32],
}

impl Path<'_> {
    /// Adds the derivatives at shares of the way, each with its weight, where values are not
    /// found yet.
    fn add(&self, sums: &mut [Sum], points: &[(f32, f32)]) {
        let mut open: Vec<&mut Sum> = sums.iter_mut().filter(|sum| sum.found.is_none()).collect();
        let classes: Vec<usize> = open.iter().map(|sum| sum.class).collect();
        for points in points.chunks(16) {
            let at = |share: f32| -> Vec<f32> {
                let both = self.start.iter().zip(self.way);
                both.map(|(start, way)| start + share * way).collect()
            };
            let windows: Vec<Vec<f32>> = points.iter().map(|point| at(point.0)).collect();
            let windows: Vec<&[f32]> = windows.iter().map(Vec::as_slice).collect();
            let found = self.explainer.gradients(&windows, &classes);
            for (sum, gradients) in open.iter_mut().zip(found) {
                for (gradient, point) in gradients.iter().zip(points) {
                    add(&mut sum.gradients, gradient, point.1);
                }
            }
        }
    }
}
