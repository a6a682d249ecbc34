//! Ordinary least squares with few columns.

/// Coefficients, and the diagonal of the inverse of XᵀX.
pub(crate) struct Fit {
    pub(crate) coefficients: Vec<f64>,
    pub(crate) inverse_diagonal: Vec<f64>,
    /// Residual sum of squares over its degrees of freedom.
    pub(crate) variance: f64,
    pub(crate) degrees_of_freedom: f64,
}

/// Fits `outcome` by the columns of `rows`; `None` when a column follows from the others or no
/// degree of freedom is left.
pub(crate) fn fit(rows: &[Vec<f64>], outcome: &[f64]) -> Option<Fit> {
    let columns = rows.first()?.len();
    let degrees_of_freedom = rows.len().checked_sub(columns).filter(|&left| left > 0)? as f64;
    let mut matrix = vec![vec![0.0; columns]; columns];
    let mut right = vec![0.0; columns];
    for (row, outcome) in rows.iter().zip(outcome) {
        for a in 0..columns {
            right[a] += row[a] * outcome;
            for b in 0..columns {
                matrix[a][b] += row[a] * row[b];
            }
        }
    }
    let inverse = inverse(matrix)?;
    let times = |row: &Vec<f64>| row.iter().zip(&right).map(|(a, b)| a * b).sum();
    let coefficients: Vec<f64> = inverse.iter().map(times).collect();
    let residual = |(row, outcome): (&Vec<f64>, &f64)| {
        let fitted: f64 = row.iter().zip(&coefficients).map(|(a, b)| a * b).sum();
        (outcome - fitted).powi(2)
    };
    let variance = rows.iter().zip(outcome).map(residual).sum::<f64>() / degrees_of_freedom;
    Some(Fit {
        inverse_diagonal: (0..columns).map(|at| inverse[at][at]).collect(),
        coefficients,
        variance,
        degrees_of_freedom,
    })
}

/// Inverse by Gauss–Jordan elimination with pivoting.
fn inverse(mut matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let size = matrix.len();
    let scale = matrix
        .iter()
        .flatten()
        .fold(0.0_f64, |most, value| most.max(value.abs()));
    let unit = |row: usize| {
        (0..size)
            .map(|column| f64::from(u8::from(row == column)))
            .collect()
    };
    let mut inverse: Vec<Vec<f64>> = (0..size).map(unit).collect();
    for column in 0..size {
        let pivot = (column..size)
            .max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs()))?;
        matrix.swap(column, pivot);
        inverse.swap(column, pivot);
        let head = matrix[column][column];
        if head.abs() <= 1e-12 * scale || !head.is_finite() {
            return None;
        }
        for at in 0..size {
            matrix[column][at] /= head;
            inverse[column][at] /= head;
        }
        for row in (0..size).filter(|&row| row != column) {
            let factor = matrix[row][column];
            for at in 0..size {
                matrix[row][at] -= factor * matrix[column][at];
                inverse[row][at] -= factor * inverse[column][at];
            }
        }
    }
    Some(inverse)
}
