//! Change of sampling rate: linear interpolation as published, or band-limited polyphase.

use std::f64::consts::PI;

/// Linear interpolation between the shared end points of the old and the new grid.
///
/// The published form: `n` samples at `from` hertz span `n / from` seconds on both grids
/// (`numpy.linspace` with its end point, then `numpy.interp`), so that time is stretched by
/// about one sample. The new length is ⌊n · to / from⌋. No low-pass: content above half the new
/// rate aliases.
pub fn linear(signal: &[f64], from: f64, to: f64) -> Vec<f64> {
    if from == to || signal.is_empty() {
        return signal.to_vec();
    }
    let seconds = signal.len() as f64 / from;
    let length = (seconds * to + 1e-9).floor() as usize;
    let last = signal.len() - 1;
    (0..length)
        .map(|index| {
            if index + 1 == length && length > 1 {
                return signal[last];
            }
            let position = index as f64 * last as f64 / (length.max(2) - 1) as f64;
            let left = (position as usize).min(last);
            let right = (left + 1).min(last);
            signal[left] + (signal[right] - signal[left]) * (position - left as f64)
        })
        .collect()
}

/// Largest term of a ratio for which a filter is designed: it has 20 taps for each unit.
pub(crate) const LARGEST_TERM: usize = 2000;

/// Band-limited resampling by `up / down`, equal to `scipy.signal.resample_poly`.
///
/// A Kaiser-windowed (β = 5) sinc of half-length `10 · max(up, down)` at the lower of the two
/// half rates; the signal is zero beyond its ends. The new length is ⌈n · up / down⌉.
/// `up` and `down` are reduced by their common divisor and must not be zero. Time and memory grow
/// with the greater of them.
pub fn polyphase(signal: &[f64], up: usize, down: usize) -> Vec<f64> {
    match Polyphase::design(up, down) {
        Some(filter) => filter.apply(signal),
        None => signal.to_vec(),
    }
}

/// The filter of one ratio, for several signals.
pub(crate) struct Polyphase {
    up: usize,
    down: usize,
    half: usize,
    /// Taps of each phase, the last tap first.
    phases: Vec<Vec<f64>>,
}

impl Polyphase {
    /// `None` where the rate does not change.
    pub(crate) fn design(up: usize, down: usize) -> Option<Polyphase> {
        let divisor = greatest_common_divisor(up, down).max(1);
        let (up, down) = (up / divisor, down / divisor);
        if up == down || up == 0 || down == 0 {
            return None;
        }
        let half = 10 * up.max(down);
        let taps = low_pass(half, up);
        let phase = |phase: usize| -> Vec<f64> {
            let taps: Vec<f64> = taps[phase.min(taps.len())..]
                .iter()
                .step_by(up)
                .copied()
                .collect();
            taps.into_iter().rev().collect()
        };
        Some(Polyphase {
            up,
            down,
            half,
            phases: (0..up).map(phase).collect(),
        })
    }

    pub(crate) fn apply(&self, signal: &[f64]) -> Vec<f64> {
        let length = (signal.len() * self.up).div_ceil(self.down);
        (0..length)
            .map(|index| self.sample(signal, index))
            .collect()
    }

    /// The sum of samples around one place of the new grid, in order of time.
    fn sample(&self, signal: &[f64], index: usize) -> f64 {
        let centre = index * self.down + self.half;
        let taps = &self.phases[centre % self.up];
        let end = centre / self.up + 1;
        let first = end.saturating_sub(taps.len());
        let taps = &taps[taps.len() - (end - first)..];
        let samples = &signal[first.min(signal.len())..end.min(signal.len())];
        samples
            .iter()
            .zip(taps)
            .map(|(sample, tap)| sample * tap)
            .sum()
    }
}

/// The ratio of two rates in lowest terms, exact to a thousandth of a hertz.
///
/// `None` when a rate is below 0.001 Hz or above a million.
pub fn ratio(from: f64, to: f64) -> Option<(usize, usize)> {
    let millihertz = |rate: f64| {
        let scaled = (rate * 1000.0).round();
        (1.0..=1e9).contains(&scaled).then_some(scaled as usize)
    };
    let (from, to) = (millihertz(from)?, millihertz(to)?);
    let divisor = greatest_common_divisor(from, to);
    Some((to / divisor, from / divisor))
}

/// Windowed sinc with cut-off `1 / (half / 10)` half-cycles a sample and gain `up`.
fn low_pass(half: usize, up: usize) -> Vec<f64> {
    const BETA: f64 = 5.0;
    let at_centre = bessel_i0(BETA);
    let cutoff = 10.0 / half as f64;
    let mut taps: Vec<f64> = (0..=2 * half)
        .map(|index| {
            let offset = index as f64 - half as f64;
            let edge = offset / half as f64;
            let window = bessel_i0(BETA * (1.0 - edge * edge).max(0.0).sqrt()) / at_centre;
            cutoff * sinc(cutoff * offset) * window
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    for tap in &mut taps {
        *tap *= up as f64 / sum;
    }
    taps
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// Modified Bessel function of the first kind, order zero, by its power series (small `x`).
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..60 {
        term *= quarter / f64::from(k * k);
        if sum + term == sum {
            break;
        }
        sum += term;
    }
    sum
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}
