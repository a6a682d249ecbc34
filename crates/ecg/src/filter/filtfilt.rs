//! Forward–backward filtering with odd padding, as `scipy.signal.filtfilt`.

use super::Coefficients;

/// The signal is not longer than the padding the filter needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signal of {got} samples is too short to filter, more than {padding} are needed")]
pub struct TooShort {
    /// Samples of padding at each end: three times the filter length.
    pub padding: usize,
    /// Samples given.
    pub got: usize,
}

/// Filters forward and backward, so that no wave is shifted; same length as the input.
///
/// Each end is extended by `3 · max(len b, len a)` samples mirrored through the end point, and
/// both passes start in the steady state of the first sample (`scipy.signal.lfilter_zi`).
///
/// # Errors
///
/// When the signal is not longer than the padding.
pub fn filtfilt(filter: &Coefficients, signal: &[f64]) -> Result<Vec<f64>, TooShort> {
    let taps = filter.numerator.len().max(filter.denominator.len());
    let padding = 3 * taps;
    if signal.len() <= padding {
        return Err(TooShort {
            padding,
            got: signal.len(),
        });
    }
    let filter = Direct::new(filter, taps);
    let steady = filter.steady_state();
    let mut extended = odd_extension(signal, padding);
    for _ in 0..2 {
        filter.run(&steady, &mut extended);
        extended.reverse();
    }
    Ok(extended[padding..padding + signal.len()].to_vec())
}

fn odd_extension(signal: &[f64], padding: usize) -> Vec<f64> {
    let (first, last) = (signal[0], signal[signal.len() - 1]);
    let before = signal[1..=padding].iter().rev();
    let after = signal[signal.len() - padding - 1..signal.len() - 1]
        .iter()
        .rev();
    before
        .map(|sample| 2.0 * first - sample)
        .chain(signal.iter().copied())
        .chain(after.map(|sample| 2.0 * last - sample))
        .collect()
}

/// A filter in transposed direct form II with equally long halves and leading 1 in `a`.
struct Direct {
    b: Vec<f64>,
    a: Vec<f64>,
}

impl Direct {
    fn new(filter: &Coefficients, taps: usize) -> Direct {
        let lead = filter.denominator[0];
        let padded = |half: &[f64]| {
            let mut half: Vec<f64> = half.iter().map(|term| term / lead).collect();
            half.resize(taps, 0.0);
            half
        };
        Direct {
            b: padded(&filter.numerator),
            a: padded(&filter.denominator),
        }
    }

    /// State that a constant input of 1 leaves unchanged: solves (I − Aᵀ) z = B.
    fn steady_state(&self) -> Vec<f64> {
        let order = self.b.len() - 1;
        let mut rows: Vec<Vec<f64>> = (0..order)
            .map(|row| {
                let mut terms = vec![0.0; order + 1];
                terms[row] += 1.0;
                terms[0] += self.a[row + 1];
                if row + 1 < order {
                    terms[row + 1] -= 1.0;
                }
                terms[order] = self.b[row + 1] - self.a[row + 1] * self.b[0];
                terms
            })
            .collect();
        solve(&mut rows)
    }

    /// Filters in place, starting in the steady state of the first sample.
    fn run(&self, steady: &[f64], signal: &mut [f64]) {
        let order = steady.len();
        let first = signal.first().copied().unwrap_or(0.0);
        let mut state: Vec<f64> = steady.iter().map(|value| value * first).collect();
        state.push(0.0);
        for sample in signal {
            let input = *sample;
            let output = state[0] + self.b[0] * input;
            for index in 0..order {
                state[index] =
                    state[index + 1] + input * self.b[index + 1] - output * self.a[index + 1];
            }
            *sample = output;
        }
    }
}

/// Gaussian elimination with partial pivoting of an augmented system.
fn solve(rows: &mut [Vec<f64>]) -> Vec<f64> {
    let order = rows.len();
    for column in 0..order {
        let pivot = (column..order)
            .max_by(|&left, &right| {
                rows[left][column]
                    .abs()
                    .total_cmp(&rows[right][column].abs())
                    .then(right.cmp(&left))
            })
            .unwrap_or(column);
        rows.swap(column, pivot);
        for row in column + 1..order {
            let factor = rows[row][column] / rows[column][column];
            let pivot_row = rows[column].clone();
            for (term, above) in rows[row].iter_mut().zip(pivot_row).skip(column) {
                *term -= factor * above;
            }
        }
    }
    let mut solution = vec![0.0; order];
    for row in (0..order).rev() {
        let known: f64 = (row + 1..order)
            .map(|index| rows[row][index] * solution[index])
            .sum();
        solution[row] = (rows[row][order] - known) / rows[row][row];
    }
    solution
}
