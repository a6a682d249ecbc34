//! Small dense linear systems.

const MOST_VARIANCE: f64 = 1e6;

/// Solves a symmetric positive-definite system by Cholesky's decomposition; none where
/// the matrix is not numerically positive definite.
pub(crate) fn solve(mut matrix: Vec<Vec<f64>>, right: &[f64]) -> Option<Vec<f64>> {
    decompose(&mut matrix)?;
    let size = right.len();
    let mut solution = right.to_vec();
    for row in 0..size {
        let known: f64 = (0..row)
            .map(|column| matrix[row][column] * solution[column])
            .sum();
        solution[row] = (solution[row] - known) / matrix[row][row];
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size)
            .map(|column| matrix[column][row] * solution[column])
            .sum();
        solution[row] = (solution[row] - known) / matrix[row][row];
    }
    Some(solution)
}

/// The inverse of a symmetric positive-definite matrix, column by column.
pub(crate) fn inverse(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let unit = |place: usize| {
        (0..matrix.len())
            .map(|row| if row == place { 1.0 } else { 0.0 })
            .collect::<Vec<_>>()
    };
    (0..matrix.len())
        .map(|place| solve(matrix.to_vec(), &unit(place)))
        .collect()
}

/// Is the standard error of a standardised coefficient so great that its maximum lies at infinity?
///
/// Near there the information is rounding noise, so that Newton's steps may stop as if they had arrived. With
/// a maximum at a finite place the standard error is of the order of 1/√events.
pub(crate) fn is_infinite(covariance: &[Vec<f64>]) -> bool {
    let mut variances = covariance.iter().enumerate().map(|(a, row)| row[a]);
    variances.any(|variance| variance.is_nan() || variance > MOST_VARIANCE)
}

/// Replaces the lower triangle by L of L·Lᵀ.
fn decompose(matrix: &mut [Vec<f64>]) -> Option<()> {
    for row in 0..matrix.len() {
        for column in 0..=row {
            let known: f64 = (0..column)
                .map(|k| matrix[row][k] * matrix[column][k])
                .sum();
            let rest = matrix[row][column] - known;
            if row == column {
                let positive = rest.is_finite() && rest > 1e-13 * matrix[row][row].abs();
                matrix[row][row] = positive.then(|| rest.sqrt())?;
            } else {
                matrix[row][column] = rest / matrix[column][column];
            }
        }
    }
    Some(())
}

/// Weighted least squares of rows (predictors, response, weight) by Gram and Schmidt's
/// orthogonalisation; the coefficient of a column that adds nothing
/// (relative length below 1e-11) is 0. None without a positive weight.
pub(crate) fn least_squares<const K: usize>(rows: &[([f64; K], f64, f64)]) -> Option<[f64; K]> {
    let mut moments = [[0.0; K]; K];
    let used: Vec<([f64; K], f64)> = rows
        .iter()
        .filter(|(_, _, weight)| *weight > 0.0)
        .map(|(x, y, weight)| (x.map(|x| x * weight.sqrt()), y * weight.sqrt()))
        .collect();
    if used.is_empty() {
        return None;
    }
    // Modified Gram-Schmidt, twice, so that the basis is orthogonal to rounding.
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut response: Vec<f64> = used.iter().map(|(_, y)| *y).collect();
    let mut parts = [0.0; K];
    for column in 0..K {
        let mut vector: Vec<f64> = used.iter().map(|(x, _)| x[column]).collect();
        let length = dot(&vector, &vector).sqrt();
        for _ in 0..2 {
            for (row, unit) in basis.iter().enumerate() {
                let part = dot(unit, &vector);
                moments[row][column] += part;
                subtract(&mut vector, unit, part);
            }
        }
        let rest = dot(&vector, &vector).sqrt();
        if rest > 1e-11 * length {
            vector.iter_mut().for_each(|value| *value /= rest);
            moments[column][column] = rest;
            parts[column] = dot(&vector, &response);
            subtract(&mut response, &vector, parts[column]);
        } else {
            vector.fill(0.0);
        }
        basis.push(vector);
    }
    let mut solution = [0.0; K];
    for row in (0..K).rev() {
        let known: f64 = (row + 1..K)
            .map(|column| moments[row][column] * solution[column])
            .sum();
        if moments[row][row] > 0.0 {
            solution[row] = (parts[row] - known) / moments[row][row];
        }
    }
    Some(solution)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn subtract(from: &mut [f64], what: &[f64], times: f64) {
    from.iter_mut()
        .zip(what)
        .for_each(|(from, what)| *from -= times * what);
}

/// Does every event have the least value of the column, or every one the greatest? Then the likelihood of
/// a hazards model rises without end.
pub(crate) fn events_at_one_end(column: &[f64], events: impl Fn(usize) -> bool) -> bool {
    let least = column.iter().copied().fold(f64::INFINITY, f64::min);
    let most = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let all_at =
        |end: f64| (0..column.len()).all(|record| !events(record) || column[record] == end);
    all_at(least) || all_at(most)
}

/// A covariate with mean 0 and standard deviation 1.
#[derive(Clone, Debug)]
pub(crate) struct Standardised {
    pub(crate) values: Vec<f64>,
    pub(crate) mean: f64,
    pub(crate) scale: f64,
}

impl Standardised {
    /// None where the covariate is constant.
    pub(crate) fn new(column: &[f64]) -> Option<Self> {
        let n = column.len() as f64;
        let mean = column.iter().sum::<f64>() / n;
        let scale = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
        let values = column.iter().map(|x| (x - mean) / scale).collect();
        (scale > 1e-12 * (1.0 + mean.abs())).then_some(Self {
            values,
            mean,
            scale,
        })
    }
}
