//! How alike two pictures of the same windows are.

use super::grid::Grid;
use super::{MethodError, Question};
use coronet_evaluate::distribution::student_multiplier;
use coronet_evaluate::trend::spearman;
use coronet_evaluate::{Estimate, Statistic};
use coronet_model::attribution::{Attribution, Explainer, Method};
use serde::Serialize;

/// How alike two sets of pictures of the same windows are; all three are 1 for equal ones.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Likeness {
    /// Rank correlation of sizes. Pictures that follow the signal are alike in this without
    /// anything learnt in common.
    pub similarity: Statistic<Estimate>,
    /// Rank correlation of the values with their signs; 0 is expected of unrelated networks.
    pub signed: Statistic<Estimate>,
    /// Rank correlation of sizes at equal size of the signal (Kendall's partial correlation on
    /// ranks); 0 is expected of networks that have nothing but the signal in common.
    pub beyond_signal: Statistic<Estimate>,
}

/// Likeness of two methods on the same windows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// Name of one method.
    pub first: &'static str,
    /// Name of the other.
    pub second: &'static str,
    /// Mean rank correlation over the windows.
    pub similarity: Statistic<Estimate>,
}

/// Mean over windows of Spearman's correlation between two sets of cells, with a t interval over
/// the windows.
///
/// Windows where one picture is constant have no correlation and are left out; undefined where
/// no window is left.
pub fn similarity(first: &[Vec<f64>], second: &[Vec<f64>]) -> Statistic<Estimate> {
    let of_windows: Vec<f64> = first
        .iter()
        .zip(second)
        .filter_map(|(first, second)| Some(spearman(first, second).defined()?.value))
        .collect();
    mean_with_interval(
        &of_windows,
        "mean Spearman correlation of cells, t interval over windows",
    )
}

/// Likeness of two sets of attributions; `signal` is the size of every window over the cells.
pub fn likeness(
    grid: &Grid,
    first: &[Attribution],
    second: &[Attribution],
    signal: &[Vec<f64>],
) -> Likeness {
    let sizes = |found: &[Attribution]| -> Vec<Vec<f64>> {
        found
            .iter()
            .map(|found| grid.sizes(&found.values))
            .collect()
    };
    let signed = |found: &[Attribution]| -> Vec<Vec<f64>> {
        found
            .iter()
            .map(|found| grid.signed(&found.values))
            .collect()
    };
    let (one, two) = (sizes(first), sizes(second));
    let partial: Vec<f64> = one
        .iter()
        .zip(&two)
        .zip(signal)
        .filter_map(|((one, two), signal)| partial(one, two, signal))
        .collect();
    Likeness {
        similarity: similarity(&one, &two),
        signed: similarity(&signed(first), &signed(second)),
        beyond_signal: mean_with_interval(
            &partial,
            "mean partial Spearman correlation of cells given the signal, t interval over windows",
        ),
    }
}

/// Correlation of ranks of two when what both share with a third is taken out; `None` where one is
/// constant or follows the third altogether.
fn partial(one: &[f64], two: &[f64], third: &[f64]) -> Option<f64> {
    let of = |a: &[f64], b: &[f64]| Some(spearman(a, b).defined()?.value);
    let (both, first, second) = (of(one, two)?, of(one, third)?, of(two, third)?);
    let left = (1.0 - first * first) * (1.0 - second * second);
    (left > 1e-12).then(|| (both - first * second) / left.sqrt())
}

/// Likeness of `found`, the attribution asked for, to that of another network.
///
/// # Errors
///
/// If a window, the class or the method is not the other network's.
pub fn compared(
    question: &Question<'_>,
    found: &[Attribution],
    other: &Explainer,
) -> Result<Likeness, MethodError> {
    Ok(question.likeness(found, &question.to(other).attribute()?))
}

/// Likeness of every two of `methods`, by the windows of `question`; `found` is the attribution
/// asked for.
///
/// # Errors
///
/// If a window, the class or a method is not the network's.
pub fn agreement(
    question: &Question<'_>,
    found: &[Attribution],
    methods: &[Method],
) -> Result<Vec<Agreement>, MethodError> {
    let cells: Vec<Vec<Vec<f64>>> = methods
        .iter()
        .map(|method| {
            if method == question.method {
                return Ok(question.sizes(found));
            }
            let other = Question {
                method,
                ..*question
            };
            Ok(question.sizes(&other.attribute()?))
        })
        .collect::<Result<_, _>>()?;
    let mut pairs = Vec::new();
    for (index, first) in methods.iter().enumerate() {
        for (offset, second) in methods[index + 1..].iter().enumerate() {
            pairs.push(Agreement {
                first: first.name(),
                second: second.name(),
                similarity: similarity(&cells[index], &cells[index + 1 + offset]),
            });
        }
    }
    Ok(pairs)
}

/// The mean with Student's interval at 95 %; without an interval for fewer than three values.
pub fn mean_with_interval(values: &[f64], method: &str) -> Statistic<Estimate> {
    let n = values.len();
    if n == 0 {
        return Statistic::undefined("no window has a value");
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    if n < 3 {
        return Statistic::Defined(Estimate {
            warning: Some("fewer than three windows: no interval".to_owned()),
            ..Estimate::point(mean, method, n)
        });
    }
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let error = (squares / (n - 1) as f64 / n as f64).sqrt();
    let reach = student_multiplier(0.95, (n - 1) as f64) * error;
    Statistic::Defined(Estimate::interval(
        mean,
        (mean - reach, mean + reach),
        method,
        n,
    ))
}
