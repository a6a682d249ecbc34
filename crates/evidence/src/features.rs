//! Which intervals and amplitudes differ between two groups.

use crate::least_squares::fit;
use crate::patients::{ShapeError, check};
use coronet_evaluate::proportion::{benjamini_hochberg, holm};
use coronet_evaluate::{Estimate, Statistic};
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// One feature of every patient.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// Its name, such as `QT` or `ST V2 J+60`.
    pub name: String,
    /// One value for each patient; absent where it is not defined.
    pub values: Vec<Option<f64>>,
}

/// How a feature differs between the groups, high minus low.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureDifference {
    /// Name of the feature.
    pub name: String,
    /// Patients with a value in the high and in the low group.
    pub n: (usize, usize),
    /// Means of the high and of the low group in the unit of the feature.
    pub means: Statistic<(f64, f64)>,
    /// Difference of means over the root mean square of the two standard deviations.
    pub standardised: Statistic<Estimate>,
    /// Difference at equal covariates over the same standard deviation.
    pub adjusted: Statistic<Estimate>,
    /// p-value of the adjusted difference.
    pub p: Statistic<f64>,
    /// The same after Holm's correction over all features.
    pub p_holm: Statistic<f64>,
    /// The same after Benjamini and Hochberg's over all features.
    pub p_false_discovery: Statistic<f64>,
}

/// Compares the groups feature by feature.
///
/// Standardised difference: normal interval with the variance
/// (n₁ + n₀)/(n₁ n₀) + d²/(2(n₁ + n₀)) (Hedges & Olkin 1985). Adjusted: least squares of the
/// feature on group and covariates, t interval; it takes effects to be linear, equal in both
/// groups, and the residual spread to be equal. `covariates` has one row for each patient (none,
/// with empty rows). A covariate that no patient has, or that is the same in all, explains nothing
/// and is left out, which the method says; patients without one of the others do not count in the
/// adjusted difference. One row is one patient: take means where a patient has several records.
/// Features are taken and dropped one after the other.
///
/// # Errors
///
/// When a slice does not have one entry for each patient.
pub fn features(
    all: impl IntoIterator<Item = Feature>,
    high: &[bool],
    covariates: &[Vec<f64>],
    confidence: f64,
) -> Result<Vec<FeatureDifference>, ShapeError> {
    check("covariates", high.len(), covariates.len())?;
    let width = covariates.first().map_or(0, Vec::len);
    for row in covariates {
        check("row of covariates", width, row.len())?;
    }
    let mut found: Vec<FeatureDifference> = all
        .into_iter()
        .map(|feature| {
            check("feature", high.len(), feature.values.len())?;
            Ok(compare(&feature, high, covariates, confidence))
        })
        .collect::<Result<_, ShapeError>>()?;
    correct(&mut found);
    Ok(found)
}

/// Count, mean and variance of one group.
struct Summary {
    count: usize,
    mean: f64,
    variance: f64,
}

fn summary(feature: &Feature, high: &[bool], group: bool) -> Summary {
    let values: Vec<f64> = feature
        .values
        .iter()
        .zip(high)
        .filter(|(_, high)| **high == group)
        .filter_map(|(value, _)| value.filter(|value| value.is_finite()))
        .collect();
    let count = values.len();
    let mean = values.iter().sum::<f64>() / count as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Summary {
        count,
        mean,
        variance: squares / (count as f64 - 1.0),
    }
}

fn compare(
    feature: &Feature,
    high: &[bool],
    covariates: &[Vec<f64>],
    confidence: f64,
) -> FeatureDifference {
    let (one, two) = (summary(feature, high, true), summary(feature, high, false));
    let mut difference = FeatureDifference {
        name: feature.name.clone(),
        n: (one.count, two.count),
        means: Statistic::undefined("a group has no patient with a value"),
        standardised: Statistic::undefined("fewer than 2 patients with a value in a group"),
        adjusted: Statistic::undefined("fewer than 2 patients with a value in a group"),
        p: Statistic::undefined("fewer than 2 patients with a value in a group"),
        p_holm: Statistic::undefined("not tested"),
        p_false_discovery: Statistic::undefined("not tested"),
    };
    if one.count > 0 && two.count > 0 {
        difference.means = Statistic::Defined((one.mean, two.mean));
    }
    if one.count < 2 || two.count < 2 {
        return difference;
    }
    let deviation = ((one.variance + two.variance) / 2.0).sqrt();
    if deviation.is_nan() || deviation <= 0.0 {
        let none = "the feature does not vary within the groups";
        difference.standardised = Statistic::undefined(none);
        difference.adjusted = Statistic::undefined(none);
        difference.p = Statistic::undefined(none);
        return difference;
    }
    difference.standardised = standardised(&one, &two, deviation, confidence);
    (difference.adjusted, difference.p) =
        adjusted(feature, high, covariates, deviation, confidence);
    difference
}

fn standardised(
    one: &Summary,
    two: &Summary,
    deviation: f64,
    confidence: f64,
) -> Statistic<Estimate> {
    let (n1, n0) = (one.count as f64, two.count as f64);
    let d = (one.mean - two.mean) / deviation;
    let variance = (n1 + n0) / (n1 * n0) + d * d / (2.0 * (n1 + n0));
    let z = Normal::standard().inverse_cdf(0.5 + confidence / 2.0);
    let half = z * variance.sqrt();
    let method = "standardised mean difference, normal interval (Hedges & Olkin 1985)";
    let n = one.count + two.count;
    Statistic::Defined(Estimate::interval(d, (d - half, d + half), method, n))
}

fn adjusted(
    feature: &Feature,
    high: &[bool],
    covariates: &[Vec<f64>],
    deviation: f64,
    confidence: f64,
) -> (Statistic<Estimate>, Statistic<f64>) {
    let (rows, outcome, left_out) = design(feature, high, covariates);
    let tested = fit(&rows, &outcome).and_then(|fit| {
        let students = StudentsT::new(0.0, 1.0, fit.degrees_of_freedom).ok()?;
        let error = (fit.variance * fit.inverse_diagonal[1]).sqrt();
        (error > 0.0).then_some((fit, students, error))
    });
    let Some((fit, students, error)) = tested else {
        let reason = "the covariates leave nothing to estimate the difference from";
        return (Statistic::undefined(reason), Statistic::undefined(reason));
    };
    let value = fit.coefficients[1] / deviation;
    let half = students.inverse_cdf(0.5 + confidence / 2.0) * error / deviation;
    let mut method =
        "difference at equal covariates by least squares, over the standard deviation \
                      within groups; t interval"
            .to_owned();
    if left_out > 0 {
        method += &format!("; {left_out} covariates that do not vary left out");
    }
    let estimate = Estimate::interval(value, (value - half, value + half), &method, rows.len());
    let t = fit.coefficients[1] / error;
    let p = 2.0 * students.cdf(-t.abs());
    (Statistic::Defined(estimate), Statistic::Defined(p))
}

/// Rows of intercept, group and centred covariates, of the patients that have them all; outcomes;
/// and how many covariates were left out since they do not vary.
fn design(
    feature: &Feature,
    high: &[bool],
    covariates: &[Vec<f64>],
) -> (Vec<Vec<f64>>, Vec<f64>, usize) {
    let with_value: Vec<(usize, f64)> = feature
        .values
        .iter()
        .enumerate()
        .filter_map(|(patient, value)| Some((patient, value.filter(|value| value.is_finite())?)))
        .collect();
    let width = covariates.first().map_or(0, Vec::len);
    let columns: Vec<usize> = (0..width)
        .filter(|&column| {
            varies(
                with_value
                    .iter()
                    .map(|(patient, _)| covariates[*patient][column]),
            )
        })
        .collect();
    let usable: Vec<(usize, f64)> = with_value
        .into_iter()
        .filter(|(patient, _)| {
            columns
                .iter()
                .all(|&at| covariates[*patient][at].is_finite())
        })
        .collect();
    let mean = |column: usize| {
        let values = usable
            .iter()
            .map(|(patient, _)| covariates[*patient][column]);
        values.sum::<f64>() / usable.len() as f64
    };
    let means: Vec<f64> = columns.iter().map(|&column| mean(column)).collect();
    let row = |patient: usize| {
        let mut row = vec![1.0, f64::from(u8::from(high[patient]))];
        let pairs = columns.iter().zip(&means);
        row.extend(pairs.map(|(&column, mean)| covariates[patient][column] - mean));
        row
    };
    let (rows, outcome) = usable
        .iter()
        .map(|&(patient, value)| (row(patient), value))
        .unzip();
    (rows, outcome, width - columns.len())
}

/// Whether two finite values differ.
fn varies(values: impl Iterator<Item = f64>) -> bool {
    let mut finite = values.filter(|value| value.is_finite());
    let first = finite.next();
    first.is_some_and(|first| finite.any(|value| value != first))
}

fn correct(found: &mut [FeatureDifference]) {
    let p_values: Vec<f64> = found
        .iter()
        .filter_map(|one| one.p.defined().copied())
        .collect();
    let corrected = holm(&p_values)
        .into_iter()
        .zip(benjamini_hochberg(&p_values));
    let tested = found.iter_mut().filter(|one| one.p.defined().is_some());
    for (one, (holm, rate)) in tested.zip(corrected) {
        one.p_holm = Statistic::Defined(holm);
        one.p_false_discovery = Statistic::Defined(rate);
    }
}
