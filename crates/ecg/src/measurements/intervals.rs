//! Rate, PR, QRS, QT and its corrections for rate.

use super::Measured;
use crate::beats::Unmeasured;
use crate::delineation::{Delineation, Wave};
use serde::Serialize;

/// Rate and intervals of all leads together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Intervals {
    /// Beats a minute, from the median RR interval; at least three beats.
    pub rate: Measured<f64>,
    /// Median RR interval in milliseconds; at least three beats.
    pub rr: Measured<f64>,
    /// Width of the P wave in milliseconds.
    pub p: Measured<f64>,
    /// Onset of P to onset of QRS in milliseconds.
    pub pr: Measured<f64>,
    /// Width of the complex in milliseconds; also measured where it is paced.
    pub qrs: Measured<f64>,
    /// Onset of QRS to offset of T in milliseconds; undefined in a paced rhythm.
    pub qt: Measured<f64>,
    /// QT / √RR, RR in seconds (Bazett 1920). Too long at high rates, too short at low ones.
    pub qtc_bazett: Measured<f64>,
    /// QT / ∛RR (Fridericia 1920).
    pub qtc_fridericia: Measured<f64>,
    /// QT + 154 (1 − RR) in milliseconds (Sagie et al. 1992, Framingham).
    pub qtc_framingham: Measured<f64>,
}

/// Beats needed for a typical interval.
const BEATS: usize = 3;

pub(super) fn measure(found: &Delineation) -> Intervals {
    let milliseconds = |samples: usize| 1000.0 * samples as f64 / found.median.rate;
    let width = |wave: Measured<Wave>| wave.map(|wave| milliseconds(wave.offset - wave.onset));
    let all = &found.median.all;
    let rr = typical_interval(found);
    let qt = if found.rhythm.paced {
        Err(Unmeasured::PacedRhythm)
    } else {
        between(
            all.qrs.map(|wave| wave.onset),
            all.t.map(|wave| wave.offset),
        )
        .map(milliseconds)
    };
    let corrected = |by: fn(f64, f64) -> f64| Ok(by(qt?, rr? / 1000.0));
    Intervals {
        rate: rr.map(|rr| 60_000.0 / rr),
        rr,
        p: width(all.p),
        pr: between(all.p.map(|wave| wave.onset), all.qrs.map(|wave| wave.onset)).map(milliseconds),
        qrs: width(all.qrs),
        qt,
        qtc_bazett: corrected(|qt, rr| qt / rr.sqrt()),
        qtc_fridericia: corrected(|qt, rr| qt / rr.cbrt()),
        qtc_framingham: corrected(|qt, rr| qt + 154.0 * (1.0 - rr)),
    }
}

fn between(from: Measured<usize>, to: Measured<usize>) -> Measured<usize> {
    to?.checked_sub(from?).ok_or(Unmeasured::SegmentTooShort)
}

/// Median RR interval in milliseconds.
fn typical_interval(found: &Delineation) -> Measured<f64> {
    if found.beats.len() < BEATS {
        return Err(Unmeasured::TooFewBeats {
            beats: found.beats.len(),
            least: BEATS,
        });
    }
    let mut intervals: Vec<f64> = found
        .beats
        .windows(2)
        .map(|pair| (pair[1].place - pair[0].place) as f64)
        .collect();
    let typical = crate::beats::median(&mut intervals).filter(|interval| *interval > 0.0);
    let typical = typical.ok_or(Unmeasured::SegmentTooShort)?;
    Ok(1000.0 * typical / found.rate.get())
}
