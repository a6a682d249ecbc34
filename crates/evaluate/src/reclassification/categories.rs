//! From probabilities to moves between categories.

use serde::{Deserialize, Serialize};

/// On which side a category includes its limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Closed {
    /// [a, b): a probability equal to a cut belongs above it (nricens, PredictABEL).
    #[default]
    Left,
    /// (a, b]: it belongs below it (ESC pre-test categories).
    Right,
}

/// The category of a probability: how many of the ascending `cuts` it has passed.
pub fn category(probability: f64, cuts: &[f64], closed: Closed) -> usize {
    match closed {
        Closed::Left => cuts.partition_point(|cut| *cut <= probability),
        Closed::Right => cuts.partition_point(|cut| *cut < probability),
    }
}

/// Moves between categories: 1 up, −1 down, 0 none.
pub fn category_moves(old: &[f64], new: &[f64], cuts: &[f64], closed: Closed) -> Vec<i8> {
    let of = |p: &f64| category(*p, cuts, closed);
    old.iter()
        .zip(new)
        .map(|(old, new)| of(new).cmp(&of(old)) as i8)
        .collect()
}

/// Moves by more than `least`, strictly; with `least` 0 those of the continuous (category-free)
/// NRI (Pencina, D'Agostino & Steyerberg, Statistics in Medicine 30 (2011) 11).
pub fn difference_moves(old: &[f64], new: &[f64], least: f64) -> Vec<i8> {
    let way = |gain: f64| i8::from(gain > least) - i8::from(-gain > least);
    old.iter()
        .zip(new)
        .map(|(old, new)| way(new - old))
        .collect()
}
