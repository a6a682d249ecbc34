//! LOESS of degree 2, as R's `loess` computes it by default.
//!
//! Cleveland & Devlin, JASA 83 (1988) 596; Cleveland & Grosse, Statistics and
//! Computing 1 (1991) 47. Local quadratic fits with tricube weights are made at the
//! vertices of a k-d tree (here: of an interval split at medians) and blended by cubic Hermite
//! polynomials between them.

use rayon::prelude::*;

use crate::linear::least_squares;
use crate::quantile::ascending;

use super::lowess::first_start;

/// Cells hold at most this share of the points of one neighbourhood.
const CELL: f64 = 0.2;
/// The outer vertices lie this share of the range beyond the data.
const MARGIN: f64 = 0.005;

/// A fitted smoother: value and slope at each vertex, x ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Loess {
    vertices: Vec<Vertex>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Vertex {
    x: f64,
    value: f64,
    slope: f64,
}

/// Fits y on x, each local fit to the nearest ⌊span · n⌋ points.
///
/// None with fewer than four points, where all x are equal, or where so many x are
/// equal that a neighbourhood has no width.
pub fn loess(x: &[f64], y: &[f64], span: f64) -> Option<Loess> {
    let neighbours = ((span * x.len() as f64 + 1e-5) as usize).min(x.len());
    if neighbours < 4 {
        return None;
    }
    let order = ascending(x);
    let sorted: Vec<f64> = order.iter().map(|&place| x[place as usize]).collect();
    let values: Vec<f64> = order.iter().map(|&place| y[place as usize]).collect();
    let (least, most) = (sorted[0], sorted[sorted.len() - 1]);
    if most <= least {
        return None;
    }
    let margin = MARGIN * (most - least);
    let mut places = vec![least - margin, most + margin];
    let cell = (x.len() as f64 * span * CELL) as usize;
    split(
        &sorted,
        (0, sorted.len() - 1),
        (least - margin, most + margin),
        cell.max(1),
        &mut places,
    );
    places.sort_unstable_by(f64::total_cmp);
    places.dedup();
    let fit = |&at: &f64| local_fit(&sorted, &values, neighbours, at);
    let vertices = places.par_iter().map(fit).collect::<Option<Vec<_>>>()?;
    Some(Loess { vertices })
}

impl Loess {
    /// The smoothed value; outside the data the outermost polynomial goes on.
    pub fn at(&self, x: f64) -> f64 {
        let after = self
            .vertices
            .partition_point(|vertex| vertex.x < x)
            .clamp(1, self.vertices.len() - 1);
        let (left, right) = (self.vertices[after - 1], self.vertices[after]);
        let width = right.x - left.x;
        let part = (x - left.x) / width;
        let rest = 1.0 - part;
        rest * rest * (1.0 + 2.0 * part) * left.value
            + part * part * (1.0 + 2.0 * rest) * right.value
            + part * rest * rest * left.slope * width
            - part * part * rest * right.slope * width
    }
}

/// Splits a cell at its median point until it holds at most `most` points; a split
/// between equal x moves to the nearest place where they differ.
fn split(
    x: &[f64],
    (first, last): (usize, usize),
    bounds: (f64, f64),
    most: usize,
    places: &mut Vec<f64>,
) {
    if last - first < most {
        return;
    }
    let middle = distinct_split(x, first, last);
    let at = x[middle];
    if at == bounds.0 || at == bounds.1 {
        return;
    }
    places.push(at);
    split(x, (first, middle), (bounds.0, at), most, places);
    split(x, (middle + 1, last), (at, bounds.1), most, places);
}

fn distinct_split(x: &[f64], first: usize, last: usize) -> usize {
    let middle = (first + last + 2) / 2 - 1;
    let mut offset = 0_isize;
    loop {
        let place = middle as isize + offset;
        if place >= last as isize || place < first as isize {
            return middle;
        }
        if x[place as usize] != x[place as usize + 1] {
            return place as usize;
        }
        offset = -offset;
        if offset >= 0 {
            offset += 1;
        }
    }
}

/// The quadratic through the neighbours of a point, weighted by (1 − (d/h)³)³, h the
/// distance of the farthest neighbour.
fn local_fit(x: &[f64], y: &[f64], neighbours: usize, at: f64) -> Option<Vertex> {
    let starts = x.len() - neighbours;
    let left = first_start(starts, |left| at - x[left] <= x[left + neighbours] - at);
    let window = left..left + neighbours;
    let (x, y) = (&x[window.clone()], &y[window]);
    let radius = (at - x[0]).abs().max((x[x.len() - 1] - at).abs());
    if radius <= 0.0 {
        return None;
    }
    let rows: Vec<([f64; 3], f64, f64)> = x
        .iter()
        .zip(y)
        .map(|(x, y)| {
            let step = (x - at) / radius;
            let rest = (1.0 - step.abs().powi(3)).max(0.0);
            ([1.0, step, step * step], *y, rest * rest * rest)
        })
        .collect();
    let solution = least_squares(&rows)?;
    Some(Vertex {
        x: at,
        value: solution[0],
        slope: solution[1] / radius,
    })
}
