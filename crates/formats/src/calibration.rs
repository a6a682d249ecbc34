//! The calibration pulse that some devices append to every lead.

use crate::finding::finding;
use coronet_ecg::{Finding, Signal};

/// Height of the pulse in millivolts, and how far from it a sample of the plateau may lie.
const HEIGHT: f64 = 1.0;
const TOLERANCE: f64 = 0.02;

/// Shortest plateau in seconds.
const PLATEAU: f64 = 0.1;

/// How far signals may lie apart that are still equal: not at all in the device's own file, by
/// what filters and rounding leave in a file converted from it, in millivolts.
const APART: [f64; 2] = [0.0, 0.0125];

/// Cuts a calibration pulse from the end of all signals, with finding `calibration-cut`.
///
/// It is the longest end in which all signals are equal sample by sample, if that end holds
/// nothing but zeros around one plateau of 1 mV. No twelve leads of a heart are equal: III is the
/// difference of II and I. A single signal is left alone.
pub(crate) fn cut(signals: &mut [Signal], rate: f64, findings: &mut Vec<Finding>) {
    let Some(start) = APART.iter().find_map(|&apart| start(signals, rate, apart)) else {
        return;
    };
    let equal = signals[0].millivolts.len() - start;
    for signal in signals.iter_mut() {
        signal.millivolts.truncate(start);
    }
    let seconds = equal as f64 / rate;
    let message =
        format!("{equal} samples ({seconds:.2} s) with a pulse of 1 mV at the end were cut");
    findings.push(finding("calibration-cut", message));
}

/// Where the equal end with the pulse begins.
fn start(signals: &[Signal], rate: f64, apart: f64) -> Option<usize> {
    let (first, rest) = signals.split_first().filter(|(_, rest)| !rest.is_empty())?;
    let first = &first.millivolts;
    let equal = |at: &usize| {
        let near = |other: &Signal| (other.millivolts[*at] - first[*at]).abs() <= apart;
        rest.iter().all(near)
    };
    let start = first.len() - (0..first.len()).rev().take_while(equal).count();
    (start > 0 && is_pulse(&first[start..], rate)).then_some(start)
}

/// Zeros, one plateau of the height, zeros.
fn is_pulse(end: &[f64], rate: f64) -> bool {
    let high = |sample: &f64| (sample - HEIGHT).abs() <= TOLERANCE;
    let low = |sample: &f64| sample.abs() <= TOLERANCE;
    let Some(first) = end.iter().position(high) else {
        return false;
    };
    let plateau = end[first..]
        .iter()
        .take_while(|sample| high(sample))
        .count();
    let after = &end[first + plateau..];
    plateau as f64 >= PLATEAU * rate
        && first > 0
        && end[..first].iter().all(low)
        && after.iter().all(low)
}
