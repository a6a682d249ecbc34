//! Filter coefficients, by the formulas of `scipy.signal.iirnotch` and `scipy.signal.butter`.
//!
//! A band-pass of order 4 in transfer-function form is so sensitive that one unit in the last
//! place of a coefficient shows in the first filtered second. The order of the operations below
//! is therefore NumPy's, and coefficients equal SciPy's in every bit where they were compared.

use super::complex::Complex;
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Transfer function of a linear filter, highest power of z first; `denominator[0]` is 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficients {
    /// Feed-forward part, SciPy's `b`.
    pub numerator: Vec<f64>,
    /// Feedback part, SciPy's `a`.
    pub denominator: Vec<f64>,
}

/// A filter that does not exist at the rate it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DesignError {
    /// A corner frequency is not above zero and below half the sampling rate.
    #[error(
        "filter frequency {frequency} Hz is not between 0 and half of the sampling rate {rate} Hz"
    )]
    Frequency {
        /// The frequency asked for, in hertz.
        frequency: f64,
        /// The sampling rate in hertz.
        rate: f64,
    },
    /// The band has no width, or the order or the quality is not usable.
    #[error(
        "band-pass of order {order} from {low} Hz to {high} Hz is not a filter; \
         the order must be 1 to 12 and the band must have width"
    )]
    Band {
        /// Order of the low-pass prototype.
        order: usize,
        /// Lower corner in hertz.
        low: f64,
        /// Upper corner in hertz.
        high: f64,
    },
    /// The quality factor of a notch is not finite and positive.
    #[error("notch quality {quality} is not a positive number")]
    Quality {
        /// The quality factor asked for.
        quality: f64,
    },
}

/// Second-order notch at `frequency` hertz with −3 dB bandwidth `frequency / quality`.
///
/// The form of `scipy.signal.iirnotch` (Orfanidis, *Introduction to Signal Processing*, 1996);
/// a notch exactly at half the sampling rate is allowed, as there.
///
/// # Errors
///
/// When the frequency is above half the rate, or the quality is not positive.
pub fn notch(frequency: f64, quality: f64, rate: f64) -> Result<Coefficients, DesignError> {
    if !(quality.is_finite() && quality > 0.0) {
        return Err(DesignError::Quality { quality });
    }
    let normalised = 2.0 * frequency / rate;
    if !(normalised > 0.0 && normalised <= 1.0) {
        return Err(DesignError::Frequency { frequency, rate });
    }
    let bandwidth = normalised / quality * PI;
    let centre = normalised * PI;
    let half_power = FRAC_1_SQRT_2;
    let beta = ((1.0 - half_power * half_power).sqrt() / half_power) * (bandwidth / 2.0).tan();
    let gain = 1.0 / (1.0 + beta);
    let middle = -2.0 * centre.cos();
    Ok(Coefficients {
        numerator: vec![gain, gain * middle, gain],
        denominator: vec![1.0, gain * middle, 2.0 * gain - 1.0],
    })
}

/// Butterworth band-pass of `2 · order` poles, in transfer-function form.
///
/// Steps of `scipy.signal.butter(order, [low, high], 'bandpass', fs=rate)`: analogue prototype,
/// pre-warped band transformation, bilinear transformation, polynomials from roots.
///
/// # Errors
///
/// When a corner is not inside (0, rate / 2), the band has no width, or the order is not 1–12.
pub fn butterworth_band_pass(
    order: usize,
    low: f64,
    high: f64,
    rate: f64,
) -> Result<Coefficients, DesignError> {
    for frequency in [low, high] {
        if !(frequency > 0.0 && 2.0 * frequency < rate) {
            return Err(DesignError::Frequency { frequency, rate });
        }
    }
    if !(1..=12).contains(&order) || low >= high {
        return Err(DesignError::Band { order, low, high });
    }
    let warp = |frequency: f64| 2.0 * BILINEAR_RATE * (PI * (2.0 * frequency / rate) / 2.0).tan();
    let (low, high) = (warp(low), warp(high));
    let width = high - low;
    let poles = band_poles(order, width, (low * high).sqrt());
    Ok(bilinear(&poles, order, width.powf(order as f64)))
}

/// Sampling rate of the bilinear transformation when frequencies are in half-cycles a sample.
const BILINEAR_RATE: f64 = 2.0;

/// Poles of the analogue band-pass: each prototype pole splits into two about the centre.
fn band_poles(order: usize, width: f64, centre: f64) -> Vec<Complex> {
    let shifted: Vec<Complex> = (0..order)
        .map(|index| {
            let step = 2.0 * index as f64 - (order as f64 - 1.0);
            let angle = PI * step / (2.0 * order as f64);
            Complex {
                re: -angle.cos(),
                im: -angle.sin(),
            }
            .scale(width / 2.0)
        })
        .collect();
    let spread = |pole: Complex| {
        let square = pole.square();
        Complex {
            re: square.re - centre * centre,
            im: square.im,
        }
        .sqrt()
    };
    let upper = shifted.iter().map(|&pole| pole.add(spread(pole)));
    let lower = shifted.iter().map(|&pole| pole.sub(spread(pole)));
    upper.chain(lower).collect()
}

/// Digital filter of an analogue one with `order` zeros at 0 and `order` at infinity.
fn bilinear(poles: &[Complex], order: usize, gain: f64) -> Coefficients {
    let double = Complex {
        re: 2.0 * BILINEAR_RATE,
        im: 0.0,
    };
    let digital: Vec<Complex> = poles
        .iter()
        .map(|&pole| double.add(pole).div(double.sub(pole)))
        .collect();
    let denominator_gain = poles
        .iter()
        .fold(Complex::ONE, |product, &pole| product.mul(double.sub(pole)));
    let numerator_gain = Complex {
        re: double.re.powi(order as i32), // exact: a power of two
        im: 0.0,
    };
    let gain = gain * numerator_gain.div(denominator_gain).re;
    let zeros: Vec<Complex> = (0..2 * order)
        .map(|index| Complex::ONE.scale(if index < order { 1.0 } else { -1.0 }))
        .collect();
    Coefficients {
        numerator: polynomial(&zeros).iter().map(|term| gain * term).collect(),
        denominator: polynomial(&digital),
    }
}

/// Real coefficients of the polynomial with these roots, highest power first.
fn polynomial(roots: &[Complex]) -> Vec<f64> {
    let mut terms = vec![Complex::ONE];
    for &root in roots {
        let factor = root.scale(-1.0);
        terms.push(Complex::ZERO);
        for at in (1..terms.len()).rev() {
            terms[at] = terms[at].plus_product(terms[at - 1], factor);
        }
    }
    terms.iter().map(|term| term.re).collect()
}
