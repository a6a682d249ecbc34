//! Gaussian smoothing and Gaussian slope; both keep the length and repeat the end samples outwards.

/// The signal convolved with a Gaussian of standard deviation `sigma` samples.
pub(crate) fn smooth(signal: &[f64], sigma: f64) -> Vec<f64> {
    let half = reach(sigma);
    let mut taps: Vec<f64> = (0..=half)
        .map(|lag| (-0.5 * (lag as f64 / sigma).powi(2)).exp())
        .collect();
    let sum = taps[0] + 2.0 * taps[1..].iter().sum::<f64>();
    for tap in &mut taps {
        *tap /= sum;
    }
    let padded = padded(signal, half);
    (0..signal.len())
        .map(|at| {
            let centre = at + half;
            let sides: f64 = (1..=half)
                .map(|lag| taps[lag] * (padded[centre - lag] + padded[centre + lag]))
                .sum();
            taps[0] * padded[centre] + sides
        })
        .collect()
}

/// Slope per sample of the smoothed signal: convolution with the derivative of a Gaussian,
/// scaled so that a straight line gives its own slope.
pub(crate) fn slope(signal: &[f64], sigma: f64) -> Vec<f64> {
    let half = reach(sigma);
    let mut taps: Vec<f64> = (0..=half)
        .map(|lag| lag as f64 * (-0.5 * (lag as f64 / sigma).powi(2)).exp())
        .collect();
    let scale = 2.0
        * taps
            .iter()
            .enumerate()
            .map(|(lag, tap)| lag as f64 * tap)
            .sum::<f64>();
    for tap in &mut taps {
        *tap /= scale;
    }
    let padded = padded(signal, half);
    (0..signal.len())
        .map(|at| {
            let centre = at + half;
            (1..=half)
                .map(|lag| taps[lag] * (padded[centre + lag] - padded[centre - lag]))
                .sum()
        })
        .collect()
}

fn reach(sigma: f64) -> usize {
    ((4.0 * sigma).ceil() as usize).max(1)
}

fn padded(signal: &[f64], half: usize) -> Vec<f64> {
    let (Some(&first), Some(&last)) = (signal.first(), signal.last()) else {
        return Vec::new();
    };
    let mut padded = vec![first; half];
    padded.extend_from_slice(signal);
    padded.extend(std::iter::repeat_n(last, half));
    padded
}
