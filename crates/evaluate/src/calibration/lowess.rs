//! LOWESS: locally weighted lines, with robustness iterations on request.
//!
//! Cleveland, JASA 74 (1979) 829. At each point the nearest ⌊fraction · n⌋ points
//! are fitted by a line with tricube weights. A binary response has no outliers,
//! so calibration curves take no robustness iterations; [`robust_lowess`] has them.

use rayon::prelude::*;

use crate::quantile::{ascending, quantile, sorted};

/// Smoothed y at every x, in input order.
///
/// `fraction` of the points is used for each fit. With `delta` 0 every distinct x
/// is fitted; with more, x within `delta` of the last fitted one are interpolated
/// linearly, as in R, whose default is 0.01 × range(x). No points give no values.
pub fn lowess(x: &[f64], y: &[f64], fraction: f64, delta: f64) -> Vec<f64> {
    let nodes = lowess_nodes(x, y, fraction, delta);
    x.iter().map(|x| interpolate(&nodes, *x)).collect()
}

/// Smoothed y at every x, in input order, after `iterations` of bisquare weights.
///
/// Each iteration weighs a point by (1 − (r / 6 s)²)², r its residual and s the median
/// of |r|; points beyond 6 s do not count. R's `lowess` iterates three times by default.
/// Iterations end early where the residuals vanish. Not for binary responses.
pub fn robust_lowess(
    x: &[f64],
    y: &[f64],
    fraction: f64,
    delta: f64,
    iterations: usize,
) -> Vec<f64> {
    let order = ascending(x);
    let mut points = Points::new(x, y, &order, fraction);
    let nodes = node_positions(&points.x, delta);
    for _ in 0..iterations {
        let fitted = points.fitted(&nodes);
        let residuals: Vec<f64> = points
            .x
            .iter()
            .zip(&points.y)
            .map(|(x, y)| (y - interpolate(&fitted, *x)).abs())
            .collect();
        let reach = 6.0 * quantile(&sorted(&residuals), 0.5).unwrap_or(0.0);
        let size = points.y.iter().map(|y| y.abs()).sum::<f64>() / points.y.len().max(1) as f64;
        if reach < 1e-7 * size {
            break;
        }
        points.robustness = residuals.iter().map(|r| bisquare(r / reach)).collect();
    }
    let fitted = points.fitted(&nodes);
    x.iter().map(|x| interpolate(&fitted, *x)).collect()
}

/// The fitted points (x, smoothed y), x ascending and distinct.
pub fn lowess_nodes(x: &[f64], y: &[f64], fraction: f64, delta: f64) -> Vec<(f64, f64)> {
    let order = ascending(x);
    let points = Points::new(x, y, &order, fraction);
    points.fitted(&node_positions(&points.x, delta))
}

/// The smoothed y at each of the asked x, which ascend, with its variance: Σ over `units` of (Σ l r)², l the weight of a point in
/// the smoothed value and r its residual; `units` numbers what is independent.
pub fn lowess_variances(
    x: &[f64],
    y: &[f64],
    fraction: f64,
    at: &[f64],
    units: &[u32],
) -> Vec<(f64, f64)> {
    if x.is_empty() {
        return Vec::new();
    }
    let order = ascending(x);
    let mut points = Points::new(x, y, &order, fraction);
    let knots: Vec<(f64, f64)> = at.par_iter().map(|&at| (at, points.fit(at))).collect();
    let residuals: Vec<f64> = points
        .x
        .iter()
        .zip(&points.y)
        .map(|(x, y)| y - interpolate(&knots, *x))
        .collect();
    let units: Vec<u32> = order.iter().map(|&place| units[place as usize]).collect();
    let count = units.iter().max().map_or(0, |most| *most as usize + 1);
    points.y = residuals;
    let of = |&(at, fitted): &(f64, f64)| {
        let mut sums = vec![0.0; count];
        points.each_part(at, |place, part| sums[units[place] as usize] += part);
        (fitted, sums.iter().map(|sum| sum * sum).sum())
    };
    knots.par_iter().map(of).collect()
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
    /// Weight of each point besides that of its distance.
    robustness: Vec<f64>,
    neighbours: usize,
}

impl Points {
    fn new(x: &[f64], y: &[f64], order: &[u32], fraction: f64) -> Points {
        Points {
            x: order.iter().map(|&place| x[place as usize]).collect(),
            y: order.iter().map(|&place| y[place as usize]).collect(),
            robustness: vec![1.0; x.len()],
            neighbours: ((fraction * x.len() as f64 + 1e-10) as usize)
                .max(2)
                .min(x.len()),
        }
    }

    fn fitted(&self, nodes: &[f64]) -> Vec<(f64, f64)> {
        nodes.par_iter().map(|&x| (x, self.fit(x))).collect()
    }

    /// The neighbours of x and their weights; none where all of them share it or none counts.
    fn weighted(&self, at: f64) -> Option<(std::ops::Range<usize>, Vec<f64>)> {
        let starts = self.x.len() - self.neighbours;
        let left = first_start(starts, |left| {
            at <= (self.x[left] + self.x[left + self.neighbours]) / 2.0
        });
        let window = left..left + self.neighbours;
        let x = &self.x[window.clone()];
        let radius = (at - x[0]).max(x[x.len() - 1] - at);
        if radius <= 0.0 {
            return None;
        }
        let weights: Vec<f64> = x
            .iter()
            .zip(&self.robustness[window.clone()])
            .map(|(x, robustness)| robustness * tricube((x - at).abs() / radius))
            .collect();
        (weights.iter().sum::<f64>() > 0.0).then_some((window, weights))
    }

    /// The weighted line through the neighbours, at x.
    fn fit(&self, at: f64) -> f64 {
        let Some((window, weights)) = self.weighted(at) else {
            return self.mean_at(at);
        };
        let (x, y) = (&self.x[window.clone()], &self.y[window]);
        let radius = (at - x[0]).max(x[x.len() - 1] - at);
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

    /// The part l·y of each point in the smoothed value at x.
    fn each_part(&self, at: f64, mut take: impl FnMut(usize, f64)) {
        let Some((window, weights)) = self.weighted(at) else {
            let start = self.x.partition_point(|x| *x < at);
            let end = self.x.partition_point(|x| *x <= at);
            let share = 1.0 / (end - start) as f64;
            (start..end).for_each(|place| take(place, share * self.y[place]));
            return;
        };
        let x = &self.x[window.clone()];
        let total: f64 = weights.iter().sum();
        let mean = dot(&weights, x) / total;
        let spread: f64 = weights
            .iter()
            .zip(x)
            .map(|(w, x)| w * (x - mean).powi(2))
            .sum();
        let radius = (at - x[0]).max(x[x.len() - 1] - at);
        let slope = match spread / total <= 1e-14 * radius * radius {
            true => 0.0,
            false => (at - mean) / spread,
        };
        for (place, weight) in window.zip(&weights) {
            let l = weight * (1.0 / total + slope * (self.x[place] - mean));
            take(place, l * self.y[place]);
        }
    }

    /// Mean y at one x, where all neighbours share it or none of them counts.
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

/// Tukey's bisquare of a residual over its reach.
fn bisquare(residual: f64) -> f64 {
    let rest = (1.0 - residual * residual).max(0.0);
    match residual {
        small if small <= 0.001 => 1.0,
        large if large > 0.999 => 0.0,
        _ => rest * rest,
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
