//! Digital samples as millivolts, and signals of several samples a frame at one rate.

use super::header::{Header, SignalLine};
use super::reader::finding;
use super::signal_file::Stored;
use crate::finding::{in_unit, not_a_voltage};
use crate::{ReadErrorKind, Unit};
use coronet_ecg::{Channel, Finding, Lead, Signal};

/// Millivolts by gain, baseline and unit of the line; NaN where invalid or not stored.
///
/// # Errors
///
/// When a lead is in a unit that is none of voltage.
pub(super) fn signal(
    line: &SignalLine,
    stored: &Stored,
    findings: &mut Vec<Finding>,
) -> Result<Signal, ReadErrorKind> {
    let channel = line.channel();
    let unit = unit(line, &channel, findings)?;
    let gain = line.gain.unwrap_or_else(|| {
        let name = line.name();
        let message = format!("{name}: no gain in the header, taken as 200 as WFDB defines");
        findings.push(finding("gain-not-stated", message));
        200.0
    });
    let baseline = line.baseline.unwrap_or(line.adc_zero as f64);
    let value = |sample: i32| (f64::from(sample) - baseline) / gain;
    let mut millivolts: Vec<f64> = Vec::with_capacity(stored.length);
    match unit {
        Unit::Millivolt => millivolts.extend(stored.digital.iter().map(|&each| value(each))),
        unit => {
            let each = |&sample: &i32| unit.to_millivolts(value(sample));
            millivolts.extend(stored.digital.iter().map(each));
        }
    }
    mark_invalid(&mut millivolts, stored);
    Ok(Signal {
        channel,
        millivolts,
    })
}

fn mark_invalid(millivolts: &mut Vec<f64>, stored: &Stored) {
    let invalid = stored.invalid;
    for (value, &sample) in millivolts.iter_mut().zip(&stored.digital) {
        if Some(sample) == invalid || !value.is_finite() {
            *value = f64::NAN;
        }
    }
    millivolts.resize(stored.length, f64::NAN);
}

fn unit(
    line: &SignalLine,
    channel: &Channel,
    findings: &mut Vec<Finding>,
) -> Result<Unit, ReadErrorKind> {
    let name = line.name();
    let Some(text) = &line.units else {
        let message = format!("{name}: no unit in the header, taken as mV as WFDB defines");
        findings.push(finding("unit-not-stated", message));
        return Ok(Unit::Millivolt);
    };
    match (Unit::parse(text), channel) {
        (Some(unit), _) => Ok(unit),
        (None, Channel::Other(_) | Channel::Quantity { .. }) => {
            findings.push(not_a_voltage(&name, text));
            Ok(Unit::Millivolt)
        }
        (None, Channel::Lead(_)) => Err(ReadErrorKind::Field {
            line: line.line,
            field: "units",
            expected: "a unit of voltage for an ECG lead".to_string(),
            got: text.clone(),
        }),
    }
}

impl SignalLine {
    /// Its description, or the line it stands on.
    pub(super) fn name(&self) -> String {
        if self.description.is_empty() {
            format!("signal of line {}", self.line)
        } else {
            self.description.clone()
        }
    }

    pub(super) fn channel(&self) -> Channel {
        match Lead::parse(&self.description) {
            Some(lead) => Channel::Lead(lead),
            None => in_unit(Channel::Other(self.name()), self.units.as_deref()),
        }
    }
}

/// Samples a frame of the whole record: the most among the leads, or among all signals where
/// none is a lead.
pub(super) fn common_width<'a>(headers: impl Iterator<Item = &'a Header>) -> u64 {
    let (mut of_leads, mut of_all) = (None, 1);
    for line in headers.flat_map(|header| &header.signals) {
        of_all = of_all.max(line.samples_per_frame);
        if matches!(line.channel(), Channel::Lead(_)) {
            of_leads = of_leads.max(Some(line.samples_per_frame));
        }
    }
    of_leads.unwrap_or(of_all)
}

/// Brings signals to `common` samples a frame and says what was done to them.
pub(super) fn to_common_width(
    signals: &mut [Signal],
    lines: &[SignalLine],
    common: u64,
    findings: &mut Vec<Finding>,
) {
    let (mut repeated, mut averaged) = (Vec::new(), Vec::new());
    for (signal, line) in signals.iter_mut().zip(lines) {
        let width = line.samples_per_frame;
        if width == common {
            continue;
        }
        let names = if width < common {
            &mut repeated
        } else {
            &mut averaged
        };
        names.push(line.name());
        signal.millivolts = change_width(&signal.millivolts, width as usize, common as usize);
    }
    for (code, what, names) in [
        ("samples-repeated", "repeated up", repeated),
        ("samples-averaged", "averaged down", averaged),
    ] {
        if !names.is_empty() {
            let names = names.join(", ");
            let message = format!("{names}: samples {what} to the {common} a frame of the record");
            findings.push(finding(code, message));
        }
    }
}

/// Each new sample is the mean of the valid old ones that begin within its time, or the old one
/// at its time where none begins.
fn change_width(samples: &[f64], from: usize, to: usize) -> Vec<f64> {
    let frames = samples.chunks_exact(from);
    frames
        .flat_map(|frame| {
            (0..to).map(move |at| {
                let (start, end) = (at * from / to, (at + 1) * from / to);
                mean(&frame[start..end.max(start + 1)])
            })
        })
        .collect()
}

fn mean(samples: &[f64]) -> f64 {
    let valid = samples.iter().filter(|sample| sample.is_finite());
    let (sum, count) = valid.fold((0.0, 0), |(sum, count), sample| (sum + sample, count + 1));
    if count == 0 {
        f64::NAN
    } else {
        sum / f64::from(count)
    }
}
