//! Small dense linear systems.

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
