//! Samples as whole numbers of a step, for formats that store integers.

use coronet_ecg::Signal;

/// A signal as integers.
pub(crate) struct Quantised {
    /// Microvolts a unit; a decimal of at most twelve digits.
    pub(crate) step: f64,
    /// Samples in units of the step; absent where invalid.
    pub(crate) units: Vec<Option<i32>>,
    /// Whether every sample is a whole number of the step.
    pub(crate) exact: bool,
    /// Greatest difference to a sample, in microvolts.
    pub(crate) error: f64,
}

/// Relative distance from a whole number of steps at which a sample counts as one.
const TOLERANCE: f64 = 1e-6;

/// Finds the largest step in which all samples are whole numbers; where there is none within
/// `±most` units, the finest of 1, 2, 5 · 10ⁿ µV in which the signal fits.
pub(crate) fn quantise(signal: &Signal, most: i32) -> Quantised {
    let (microvolts, largest) = microvolts(signal);
    let step = common_step(&microvolts, largest, most).unwrap_or_else(|| fine(largest, most));
    in_steps(&microvolts, step, most)
}

/// The signal in the finest of 1, 2, 5 · 10ⁿ µV in which it fits `±most` units.
pub(crate) fn rounded(signal: &Signal, most: i32) -> Quantised {
    let (microvolts, largest) = microvolts(signal);
    in_steps(&microvolts, fine(largest, most), most)
}

/// Samples in microvolts, and the greatest magnitude.
fn microvolts(signal: &Signal) -> (Vec<f64>, f64) {
    let microvolts: Vec<f64> = signal
        .millivolts
        .iter()
        .map(|sample| sample * 1e3)
        .collect();
    let valid = microvolts.iter().filter(|sample| sample.is_finite());
    let largest = valid.fold(0.0_f64, |largest, sample| largest.max(sample.abs()));
    (microvolts, largest)
}

fn in_steps(microvolts: &[f64], step: f64, most: i32) -> Quantised {
    let units: Vec<Option<i32>> = microvolts
        .iter()
        .map(|sample| {
            let unit = (sample / step)
                .round()
                .clamp(-f64::from(most), f64::from(most));
            sample.is_finite().then_some(unit as i32)
        })
        .collect();
    let error = units
        .iter()
        .zip(microvolts)
        .filter_map(|(unit, sample)| unit.map(|unit| (f64::from(unit) * step - sample).abs()))
        .fold(0.0_f64, f64::max);
    Quantised {
        step,
        units,
        exact: error <= step * TOLERANCE,
        error,
    }
}

/// The step that divides every sample, as Euclid's algorithm finds it, written as a short decimal.
fn common_step(microvolts: &[f64], largest: f64, most: i32) -> Option<f64> {
    if largest == 0.0 {
        return Some(1.0);
    }
    let least = largest / f64::from(most);
    let mut step = 0.0;
    let valid = |sample: &&f64| sample.is_finite() && **sample != 0.0;
    for sample in microvolts.iter().filter(valid) {
        let whole = (sample / step).round();
        if step > 0.0 && (sample - whole * step).abs() <= TOLERANCE * step {
            continue;
        }
        step = common_divisor(step, sample.abs());
        if step < least * (1.0 - TOLERANCE) {
            return None;
        }
    }
    let refined = largest / (largest / step).round();
    let holds = |step: f64| {
        (largest / step).round() <= f64::from(most)
            && microvolts
                .iter()
                .filter(|sample| sample.is_finite())
                .all(|sample| {
                    let whole = (sample / step).round();
                    (sample - whole * step).abs() <= TOLERANCE * step
                })
    };
    (1..=12)
        .map(|digits| decimal(refined, digits))
        .find(|&step| step > 0.0 && holds(step))
}

/// Euclid's algorithm on numbers known to a relative precision.
fn common_divisor(first: f64, second: f64) -> f64 {
    let (mut large, mut small) = (first.max(second), first.min(second));
    let floor = large * 1e-7;
    while small > floor {
        let rest = large % small;
        let rest = if small - rest < floor { 0.0 } else { rest };
        (large, small) = (small, rest);
    }
    large
}

/// A number rounded to significant decimal digits.
pub(crate) fn decimal(number: f64, digits: usize) -> f64 {
    format!("{number:.*e}", digits - 1)
        .parse()
        .expect("a formatted number parses, this is a bug")
}

/// The finest of 1, 2, 5 · 10ⁿ in which `largest` fits.
fn fine(largest: f64, most: i32) -> f64 {
    if largest == 0.0 {
        return 1.0;
    }
    let least = largest / f64::from(most);
    let power = 10.0_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|leading| decimal(leading * power, 1))
        .find(|step| *step >= least)
        .unwrap_or(10.0 * power)
}
