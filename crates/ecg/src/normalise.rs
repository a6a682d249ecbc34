//! Z-scores with the population standard deviation.

use crate::vector::{Instructions, Sum, Vectorised, vectorised};

/// Added to the standard deviation, as published.
const EPSILON: f64 = 1e-8;

/// Spread below which a signal counts as constant, in millivolts (a tenth of a nanovolt).
const CONSTANT: f64 = 1e-7;

/// What is taken off a sample, and what the rest is divided by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    mean: f64,
    divisor: f64,
}

impl Scale {
    /// Leaves samples as they are.
    pub(crate) const NONE: Scale = Scale {
        mean: 0.0,
        divisor: 1.0,
    };

    /// (x − mean) / (sd + 1e-8) over all signals together; `None` when they are constant.
    pub(crate) fn of(signals: &[&[f64]]) -> Option<Scale> {
        let count = signals
            .iter()
            .map(|signal| signal.len())
            .sum::<usize>()
            .max(1) as f64;
        let mean = vectorised(Sum(signals, |sample| sample)) / count;
        let square = |sample: f64| (sample - mean) * (sample - mean);
        let deviation = (vectorised(Sum(signals, square)) / count).sqrt();
        (deviation > CONSTANT).then_some(Scale {
            mean,
            divisor: deviation + EPSILON,
        })
    }

    /// Appends the samples on this scale.
    pub(crate) fn extend(self, data: &mut Vec<f32>, signal: &[f64]) {
        let start = data.len();
        data.resize(start + signal.len(), 0.0);
        vectorised(Apply(self, signal, &mut data[start..]));
    }
}

struct Apply<'a>(Scale, &'a [f64], &'a mut [f32]);

impl Vectorised for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Instructions>(self) {
        let Apply(Scale { mean, divisor }, signal, data) = self;
        for (scaled, sample) in data.iter_mut().zip(signal) {
            *scaled = ((sample - mean) / divisor) as f32;
        }
    }
}
