//! Reads back what was written.

use anyhow::{Context, Result, bail};
use coronet_ecg::Ecg;
use coronet_formats::ReadOptions;
use std::fmt;
use std::path::Path;

/// Greatest difference between a sample and its copy.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) struct Microvolts(f64);

/// Below this, in microvolts, a difference is of 64-bit arithmetic alone.
const ROUNDING: f64 = 1e-6;

impl fmt::Display for Microvolts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            none if none < ROUNDING => formatter.write_str("0 µV"),
            small if small < 0.001 => formatter.write_str("0.001 µV"),
            value => write!(formatter, "{value:.3} µV"),
        }
    }
}

/// The greatest difference between `ecg` and the copy of it in a file.
///
/// # Errors
///
/// When the file cannot be read, or holds other channels, samples or rates.
pub(super) fn with_file(path: &Path, ecg: &Ecg) -> Result<Microvolts> {
    let options = ReadOptions {
        rate: Some(ecg.rate),
        ..ReadOptions::default()
    };
    let recordings = coronet_formats::read(path, &options)
        .context("what was written cannot be read back, this is a bug")?;
    let [copy] = recordings.as_slice() else {
        bail!(
            "{}: expected one ECG, got {}",
            path.display(),
            recordings.len()
        );
    };
    same_shape(path, &copy.ecg, ecg)?;
    let mut greatest = 0.0_f64;
    for (copied, signal) in copy.ecg.signals.iter().zip(&ecg.signals) {
        for (copied, sample) in copied.millivolts.iter().zip(&signal.millivolts) {
            if copied.is_finite() != sample.is_finite() {
                bail!(
                    "{}: a valid sample is invalid in the copy, or the reverse",
                    path.display()
                );
            }
            if sample.is_finite() {
                greatest = greatest.max((copied - sample).abs());
            }
        }
    }
    Ok(Microvolts(1000.0 * greatest))
}

fn same_shape(path: &Path, copy: &Ecg, ecg: &Ecg) -> Result<()> {
    let shape = |ecg: &Ecg| (ecg.signals.len(), ecg.len());
    let (expected, got) = (shape(ecg), shape(copy));
    if expected != got {
        bail!(
            "{}: expected {} signals of {} samples, read back {} of {}",
            path.display(),
            expected.0,
            expected.1,
            got.0,
            got.1
        );
    }
    let (expected, got) = (ecg.rate.get(), copy.rate.get());
    if (expected / got - 1.0).abs() > 1e-3 {
        bail!(
            "{}: expected {expected} Hz, read back {got} Hz",
            path.display()
        );
    }
    Ok(())
}
