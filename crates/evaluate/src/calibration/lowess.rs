//! LOWESS without robustness iterations.
//!
//! Cleveland, JASA 74 (1979) 829. At each point the nearest ⌊fraction · n⌋ points
//! are fitted by a line with tricube weights. A binary response has no outliers,
//! so the robustness iterations of the paper are left out.

use rayon::prelude::*;

use crate::quantile::ascending;

/// Smoothed y at every x, in input order.
///
/// `fraction` of the points is used for each fit. With `delta` 0 every distinct x
/// is fitted; with more, x within `delta` of the last fitted one are interpolated
/// linearly, as in R, whose default is 0.01 × range(x). No points give no values.
pub fn lowess(x: &[f64], y: &[f64], fraction: f64, delta: f64) -> Vec<f64> {
    let nodes = lowess_nodes(x, y, fraction, delta);
    x.iter().map(|x| interpolate(&nodes, *x)).collect()
}

/// The fitted points (x, smoothed y), x ascending and distinct.
pub fn lowess_nodes(x: &[f64], y: &[f64], fraction: f64, delta: f64) -> Vec<(f64, f64)> {
    let order = ascending(x);
    let points = Points {
        x: order.iter().map(|&place| x[place as usize]).collect(),
        y: order.iter().map(|&place| y[place as usize]).collect(),
        neighbours: ((fraction * x.len() as f64 + 1e-10) as usize)
            .max(2)
            .min(x.len()),
    };
    let nodes = node_positions(&points.x, delta);
    nodes.into_par_iter().map(|x| (x, points.fit(x))).collect()
}

/// The x to fit: the first, then always the farthest within `delta` of the last one,
/// or the next where none is.
fn node_positions(sorted: &[f64], delta: f64) -> Vec<f64> {
    let mut nodes: Vec<f64> = sorted.first().copied().into_iter().collect();
    let mut place = 0;
    while let Some(&last) = nodes.last() {
        place += sorted[place..].partition_point(|x| *x <= last);
        if place >= sorted.len() {
            break;
        }
        let within = place + sorted[place..].partition_point(|x| *x <= last + delta);
        nodes.push(sorted[if within > place { within - 1 } else { place }]);
    }
    nodes
}

fn interpolate(nodes: &[(f64, f64)], x: f64) -> f64 {
    let after = nodes
        .partition_point(|(node, _)| *node < x)
        .min(nodes.len() - 1);
    let (high, y_high) = nodes[after];
    if after == 0 || high <= x {
        return y_high;
    }
    let (low, y_low) = nodes[after - 1];
    let part = (x - low) / (high - low);
    part * y_high + (1.0 - part) * y_low
}

struct Points {
    x: Vec<f64>,
    y: Vec<f64>,
    neighbours: usize,
}

impl Points {
    /// The weighted line through the neighbours, at x.
    fn fit(&self, at: f64) -> f64 {
        let starts = self.x.len() - self.neighbours;
        let left = first_start(starts, |left| {
            at <= (self.x[left] + self.x[left + self.neighbours]) / 2.0
        });
        let window = left..left + self.neighbours;
        let (x, y) = (&self.x[window.clone()], &self.y[window]);
        let radius = (at - x[0]).max(x[x.len() - 1] - at);
        if radius <= 0.0 {
            return self.mean_at(at);
        }
        let weights: Vec<f64> = x.iter().map(|x| tricube((x - at).abs() / radius)).collect();
        let total: f64 = weights.iter().sum();
        let mean_x = dot(&weights, x) / total;
        let mean_y = dot(&weights, y) / total;
        let (mut spread, mut joint) = (0.0, 0.0);
        for ((weight, x), y) in weights.iter().zip(x).zip(y) {
            spread += weight * (x - mean_x) * (x - mean_x);
            joint += weight * (x - mean_x) * y;
        }
        if spread / total <= 1e-14 * radius * radius {
            return mean_y;
        }
        mean_y + (at - mean_x) * joint / spread
    }

    /// Mean y where all neighbours share one x.
    fn mean_at(&self, at: f64) -> f64 {
        let start = self.x.partition_point(|x| *x < at);
        let end = self.x.partition_point(|x| *x <= at);
        self.y[start..end].iter().sum::<f64>() / (end - start) as f64
    }
}

/// The first start in 0..starts for which the (monotone) condition holds, else `starts`.
pub(super) fn first_start(starts: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, starts);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle
        } else {
            low = middle + 1
        }
    }
    low
}

#[inline]
fn tricube(distance: f64) -> f64 {
    let rest = (1.0 - distance * distance * distance).max(0.0);
    rest * rest * rest
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
