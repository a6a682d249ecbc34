//! How alike two pictures of the same windows are.

use super::{MethodError, Question};
use coronet_evaluate::distribution::student_multiplier;
use coronet_evaluate::trend::spearman;
use coronet_evaluate::{Estimate, Statistic};
use coronet_model::attribution::Method;
use serde::Serialize;

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

/// Likeness of every two of `methods`, by the windows of `question`.
///
/// # Errors
///
/// If a window, the class or a method is not the network's.
pub fn agreement(
    question: &Question<'_>,
    methods: &[Method],
) -> Result<Vec<Agreement>, MethodError> {
    let cells: Vec<Vec<Vec<f64>>> = methods
        .iter()
        .map(|method| {
            Question {
                method,
                ..*question
            }
            .cells_of(question.explainer)
        })
        .collect::<Result<_, _>>()?;
    let mut found = Vec::new();
    for (index, first) in methods.iter().enumerate() {
        for (offset, second) in methods[index + 1..].iter().enumerate() {
            found.push(Agreement {
                first: first.name(),
                second: second.name(),
                similarity: similarity(&cells[index], &cells[index + 1 + offset]),
            });
        }
    }
    Ok(found)
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
