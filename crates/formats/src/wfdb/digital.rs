//! Samples as ADC units, in the narrowest storage format that keeps them exact.

use crate::WriteError;
use crate::quantise::{decimal, quantise};
use coronet_ecg::Signal;

/// Greatest difference at which a stored sample counts as the sample, in millivolts.
const EXACT: f64 = 1e-9;

/// Greatest magnitude that is written, in millivolts.
const LARGEST: f64 = 3.2e7;

/// Relative error of a gain that is fitted to 64-bit samples.
const ROUNDING: f64 = 1e-12;

/// All signals of a record in one storage format: 16, 24 or 32, which is its bits a sample too.
pub(super) struct Digital {
    pub(super) format: u8,
    pub(super) signals: Vec<DigitalSignal>,
}

/// One signal in ADC units above a baseline of 0.
pub(super) struct DigitalSignal {
    /// ADC units a millivolt.
    pub(super) gain: f64,
    /// The least number of the storage format where a sample is invalid.
    pub(super) units: Vec<i32>,
}

impl Digital {
    /// The signals at gains of their own, in the first of 16, 24 and 32 bits that holds every
    /// sample to [`EXACT`]; where none does, in 32 bits at the finest decimal step.
    ///
    /// # Errors
    ///
    /// When a sample is beyond [`LARGEST`].
    pub(super) fn exact(signals: &[Signal]) -> Result<Digital, WriteError> {
        if let Some(got) = signals.iter().map(largest).find(|got| *got > LARGEST) {
            return Err(wrong("amplitude", "less than 3.2e7 mV".to_string(), got));
        }
        for format in [16, 24] {
            let held: Option<Vec<DigitalSignal>> = signals
                .iter()
                .map(|signal| {
                    let held = in_bits(signal, format);
                    (error(signal, &held.units, held.gain, format) <= EXACT).then_some(held)
                })
                .collect();
            if let Some(signals) = held {
                return Ok(Digital { format, signals });
            }
        }
        Ok(Digital {
            format: 32,
            signals: signals.iter().map(|signal| in_bits(signal, 32)).collect(),
        })
    }

    /// The signals in 16 bits at one gain.
    ///
    /// # Errors
    ///
    /// When the gain is no positive number or a sample does not fit.
    pub(super) fn at_gain(signals: &[Signal], gain: f64) -> Result<Digital, WriteError> {
        if !(gain.is_finite() && gain > 0.0) {
            return Err(wrong("gain", "a positive number".to_string(), gain));
        }
        let most = f64::from(most(16));
        let largest = signals.iter().map(largest).fold(0.0, f64::max);
        if (largest * gain).round() > most {
            let expected = format!("at most {:.3} for {largest} mV", most / largest);
            return Err(wrong("gain", expected, gain));
        }
        let units = |signal: &Signal| {
            let unit = |sample: &f64| (sample * gain).round() as i32;
            let samples = signal.millivolts.iter();
            samples
                .map(|sample| match sample.is_finite() {
                    true => unit(sample),
                    false => invalid(16),
                })
                .collect()
        };
        Ok(Digital {
            format: 16,
            signals: signals
                .iter()
                .map(|signal| DigitalSignal {
                    gain,
                    units: units(signal),
                })
                .collect(),
        })
    }

    /// The signal file: frame after frame, least significant byte first.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let width = usize::from(self.format / 8);
        let frames = self.signals.first().map_or(0, |signal| signal.units.len());
        let mut bytes = Vec::with_capacity(frames * self.signals.len() * width);
        for at in 0..frames {
            for signal in &self.signals {
                bytes.extend_from_slice(&signal.units[at].to_le_bytes()[..width]);
            }
        }
        bytes
    }
}

fn wrong(field: &'static str, expected: String, got: f64) -> WriteError {
    WriteError::Value {
        field,
        expected,
        got: got.to_string(),
    }
}

/// Largest magnitude of a valid sample.
fn most(format: u8) -> i32 {
    i32::MAX >> (32 - format)
}

/// What marks an invalid sample.
fn invalid(format: u8) -> i32 {
    i32::MIN >> (32 - format)
}

fn largest(signal: &Signal) -> f64 {
    let valid = signal.millivolts.iter().filter(|sample| sample.is_finite());
    valid.fold(0.0_f64, |largest, sample| largest.max(sample.abs()))
}

fn in_bits(signal: &Signal, format: u8) -> DigitalSignal {
    if largest(signal) <= EXACT {
        let valid = signal.millivolts.iter().map(|sample| sample.is_finite());
        return DigitalSignal {
            gain: 1000.0,
            units: valid
                .map(|valid| if valid { 0 } else { invalid(format) })
                .collect(),
        };
    }
    let quantised = quantise(signal, most(format));
    let gain = match quantised.exact {
        true => fitted(signal, &quantised.units),
        false => 1e3 / quantised.step,
    };
    let units = quantised.units.into_iter();
    DigitalSignal {
        gain,
        units: units
            .map(|unit| unit.unwrap_or_else(|| invalid(format)))
            .collect(),
    }
}

/// The gain of samples that are whole units, by least squares, since a step is known to six
/// digits of a unit only; the short decimal that it is a rounding of, if there is one.
fn fitted(signal: &Signal, units: &[Option<i32>]) -> f64 {
    let (mut squares, mut products) = (0.0, 0.0);
    for (sample, unit) in signal.millivolts.iter().zip(units) {
        if let Some(unit) = unit.map(f64::from) {
            squares += unit * unit;
            products += unit * sample;
        }
    }
    let gain = squares / products;
    (1..=9)
        .map(|digits| decimal(gain, digits))
        .find(|short| (short / gain - 1.0).abs() <= ROUNDING)
        .unwrap_or(gain)
}

/// Greatest difference between a sample and what is stored of it, in millivolts.
fn error(signal: &Signal, units: &[i32], gain: f64, format: u8) -> f64 {
    let stored = signal.millivolts.iter().zip(units);
    stored
        .filter(|(_, unit)| **unit != invalid(format))
        .map(|(sample, unit)| (f64::from(*unit) / gain - sample).abs())
        .fold(0.0, f64::max)
}
