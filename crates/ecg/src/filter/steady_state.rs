//! The state in which a filter answers a constant with a constant, as `scipy.signal.lfilter_zi`.
//!
//! The state z solves (I − Aᵀ) z = B with A the companion matrix of the denominator. For a
//! band-pass that begins far below the sampling rate the condition number of this system is
//! about 10¹³, so that its rounding shows in the fifth digit of z and in the eighth of the first
//! filtered second. To equal published preprocessing to 1e-9 the elimination therefore follows
//! the operations of LAPACK's `dgesv` (OpenBLAS `getf2`, left-looking, with the four-by-four
//! matrix–vector kernel), which is what SciPy runs on x86-64 processors with AVX2.

/// State before the first sample for a constant input of 1.
///
/// `b` and `a` are of one length, at least 2, and `a[0]` is 1.
pub(super) fn steady_state(b: &[f64], a: &[f64]) -> Vec<f64> {
    let order = b.len() - 1;
    let mut rows: Vec<Vec<f64>> = (0..order)
        .map(|row| {
            let mut terms = vec![0.0; order];
            terms[row] += 1.0;
            terms[0] += a[row + 1];
            if row + 1 < order {
                terms[row + 1] -= 1.0;
            }
            terms
        })
        .collect();
    let mut state: Vec<f64> = (1..=order).map(|at| b[at] - a[at] * b[0]).collect();
    let pivots = factorise(&mut rows);
    for (row, &pivot) in pivots.iter().enumerate() {
        state.swap(row, pivot);
    }
    substitute(&rows, &mut state);
    state
}

/// LU factors in place with partial pivoting, column by column; returns the row exchanges.
fn factorise(rows: &mut [Vec<f64>]) -> Vec<usize> {
    let order = rows.len();
    let mut pivots: Vec<usize> = Vec::with_capacity(order);
    for column in 0..order {
        for (row, &pivot) in pivots.iter().enumerate() {
            let held = rows[row][column];
            rows[row][column] = rows[pivot][column];
            rows[pivot][column] = held;
        }
        for row in 1..column {
            let sum: f64 = (0..row).fold(0.0, |sum, at| sum + rows[row][at] * rows[at][column]);
            rows[row][column] -= sum;
        }
        update(rows, column);
        let pivot = (column..order).fold(column, |best, row| {
            if rows[best][column].abs() < rows[row][column].abs() {
                row
            } else {
                best
            }
        });
        pivots.push(pivot);
        if pivot != column {
            let (upper, lower) = rows.split_at_mut(pivot);
            upper[column][..=column].swap_with_slice(&mut lower[0][..=column]);
        }
        let reciprocal = 1.0 / rows[column][column];
        for row in &mut rows[column + 1..] {
            row[column] *= reciprocal;
        }
    }
    pivots
}

/// Subtracts the finished columns from the rest of `column`: whole blocks of four rows by the
/// fused kernel, the rows after them by plain sums.
fn update(rows: &mut [Vec<f64>], column: usize) {
    let above: Vec<f64> = (0..column).map(|at| rows[at][column]).collect();
    let height = rows.len() - column;
    for (place, row) in rows[column..].iter_mut().enumerate() {
        let finished = &row[..column];
        row[column] = if place < height - height % 4 {
            fused(row[column], finished, &above)
        } else {
            let products = finished.iter().zip(&above);
            row[column] - products.fold(0.0, |sum, (left, right)| sum + left * right)
        };
    }
}

/// `start − Σ left · right` in the kernel's order: fours with fused pairs, then two, then one.
fn fused(start: f64, left: &[f64], right: &[f64]) -> f64 {
    let mut value = start;
    let (left_fours, left) = left.as_chunks::<4>();
    let (right_fours, right) = right.as_chunks::<4>();
    for (one, two) in left_fours.iter().zip(right_fours) {
        let even = one[2].mul_add(two[2], one[0] * two[0]);
        let odd = one[3].mul_add(two[3], one[1] * two[1]);
        value -= even + odd;
    }
    let (left_twos, left) = left.as_chunks::<2>();
    let (right_twos, right) = right.as_chunks::<2>();
    for (one, two) in left_twos.iter().zip(right_twos) {
        value -= one[0] * two[0] + one[1] * two[1];
    }
    for (one, two) in left.iter().zip(right) {
        value -= one * two;
    }
    value
}

/// Forward with the unit lower factor, then backward with the upper one.
fn substitute(rows: &[Vec<f64>], state: &mut [f64]) {
    let order = rows.len();
    for at in 0..order {
        for below in at + 1..order {
            state[below] -= state[at] * rows[below][at];
        }
    }
    for at in (0..order).rev() {
        state[at] /= rows[at][at];
        for above in 0..at {
            state[above] -= state[at] * rows[above][at];
        }
    }
}
