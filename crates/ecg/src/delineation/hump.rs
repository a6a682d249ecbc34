//! A smooth wave (P or T) found by its curvature in all leads together.

mod phases;

use super::flank;
use super::span::{Span, median};
use super::together::root_mean_square;
use crate::beats::{RATE, samples, slope, smooth};
use std::ops::Range;

/// How waves of one kind look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Standard deviation of the Gaussian curvature that finds the peak, in seconds.
    pub(super) curvature: f64,
    /// Standard deviation of the smoothing under which the peak and the flank after it are read,
    /// in seconds.
    pub(super) smoothing: f64,
    /// The same for the flank before the peak.
    pub(super) rising: f64,
    /// How far a lead's peak may lie from that of all leads, in seconds (standard deviation).
    pub(super) spread: f64,
    /// Longest time from onset to peak and from peak to offset, in seconds.
    pub(super) longest: (f64, f64),
    /// Share of the steepest slope at which a flank has levelled off, at onset and offset.
    pub(super) share: (f64, f64),
    /// How far each lead's onset moves to the median of the leads.
    pub(super) onset: Following,
    /// How far its offset does.
    pub(super) offset: Following,
    /// How far its peak does, 0 to 1.
    pub(super) fusion: f64,
    /// Power with which height counts beside curvature when a lead's own peak is chosen.
    pub(super) height: f64,
    /// Distance to the end of the window below which a peak is less likely, in seconds.
    pub(super) clearance: f64,
    /// Which phases the wave may have.
    pub(super) phases: Phases,
}

/// How far a lead follows the median of the leads, 0 to 1: a lead that shows the wave clearly
/// knows best where it begins there, one that hardly shows it does not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Following {
    /// Where the wave is lower than the first of `heights`.
    pub(super) faint: f64,
    /// Where it is higher than the second.
    pub(super) clear: f64,
    /// Heights of the wave in a lead, in millivolts, between which the share changes evenly.
    pub(super) heights: (f64, f64),
}

impl Following {
    fn share(&self, height: f64) -> f64 {
        let (low, high) = self.heights;
        if height < low {
            return self.faint;
        }
        if height >= high {
            return self.clear;
        }
        self.faint + (self.clear - self.faint) * (height - low) / (high - low)
    }
}

/// Phases that a wave may have in a lead. In either case the wave is over where the signal turns
/// back after its peak, as LUDB's cardiologists mark it: what follows is another phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phases {
    /// One: the wave begins where the signal last turned before the peak.
    One,
    /// One or two, as of the P wave in V1: it begins with the first.
    Two,
}

/// Where to look, in samples of the median beat.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// The peak lies in `from..to`.
    pub(super) peak: (usize, usize),
    /// The wave lies in `from..to`; the signal is held constant outside.
    pub(super) wave: (usize, usize),
}

/// The wave of every lead and of all leads together.
#[derive(Clone, Debug)]
pub(super) struct Hump {
    pub(super) leads: Vec<Span>,
    pub(super) all: Span,
}

/// Finds the wave of greatest curvature whose peak lies in the window.
pub(super) fn find(leads: &[Vec<f64>], window: Window, shape: Shape) -> Option<Hump> {
    let held: Vec<Vec<f64>> = leads.iter().map(|lead| hold(lead, window.wave)).collect();
    let curved: Vec<Vec<f64>> = held
        .iter()
        .map(|lead| curvature(lead, shape.curvature))
        .collect();
    let size = root_mean_square(&curved, Vec::as_slice);
    let (from, to) = window.peak;
    let likely = |at: usize| size[at] * clearance(at, window, shape);
    let peak = (from..to.min(size.len())).max_by(|&a, &b| likely(a).total_cmp(&likely(b)))?;
    let flanks: Vec<Flanks> = held.iter().map(|lead| Flanks::of(lead, shape)).collect();
    let mut own: Vec<Span> = flanks
        .iter()
        .zip(&curved)
        .map(|(flanks, curved)| {
            let peak = own_peak(&flanks.smoothed, curved, peak, window, shape);
            flanks.extent(peak, window, shape)
        })
        .collect();
    if shape.phases == Phases::Two {
        phases::prefer_first(&mut own, &flanks, &curved, window, shape)?;
    }
    let middle = median(&own)?;
    let fused = |(span, flanks): (&Span, &Flanks)| {
        let height = flanks.height(span);
        let ends = (shape.onset.share(height), shape.offset.share(height));
        span.towards(middle, ends, shape.fusion)
    };
    Some(Hump {
        leads: own.iter().zip(&flanks).map(fused).collect(),
        all: Flanks::together(&flanks).extent(peak, window, shape),
    })
}

/// Samples beside a peak that are compared with it to know its sign: 20 ms.
const BESIDE: usize = 10;

/// Samples from a peak within which a turn is the peak's own: 8 ms.
const FLAT: usize = 4;

/// A lead as its flanks are read.
#[derive(Clone, Debug)]
struct Flanks {
    /// The signal, smoothed.
    smoothed: Vec<f64>,
    /// Slope before the peak.
    rising: Vec<f64>,
    /// Slope after the peak.
    falling: Vec<f64>,
}

impl Flanks {
    fn of(lead: &[f64], shape: Shape) -> Flanks {
        Flanks {
            smoothed: smooth(lead, shape.smoothing * RATE),
            rising: slope(lead, shape.rising * RATE),
            falling: slope(lead, shape.smoothing * RATE),
        }
    }

    /// Root mean square of the leads.
    fn together(leads: &[Flanks]) -> Flanks {
        Flanks {
            smoothed: root_mean_square(leads, |lead| &lead.smoothed),
            rising: root_mean_square(leads, |lead| &lead.rising),
            falling: root_mean_square(leads, |lead| &lead.falling),
        }
    }

    fn extent(&self, peak: usize, window: Window, shape: Shape) -> Span {
        Span {
            onset: self.onset(peak, window, shape),
            peak,
            offset: self.offset(peak, window, shape),
        }
    }

    fn onset(&self, peak: usize, window: Window, shape: Shape) -> usize {
        let mut earliest = before(peak, shape.longest.0, window);
        if shape.phases == Phases::One {
            let turn = self.lowest(peak, earliest..peak).unwrap_or(earliest);
            if turn + FLAT < peak {
                earliest = turn;
            }
        }
        flank::onset(&self.rising, peak, earliest, shape.share.0)
    }

    fn offset(&self, peak: usize, window: Window, shape: Shape) -> usize {
        let end = (peak + samples(shape.longest.1)).min(window.wave.1);
        let latest = match self.lowest(peak, peak + 1..end.min(self.smoothed.len())) {
            Some(turn) if turn > peak + FLAT => turn + 1,
            _ => end,
        };
        flank::offset(&self.falling, peak, latest, shape.share.1)
    }

    /// Where the signal lies furthest below a peak, or above it where the peak points down.
    fn lowest(&self, peak: usize, among: Range<usize>) -> Option<usize> {
        let near = |at: usize| self.smoothed[at.min(self.smoothed.len() - 1)];
        let sides = near(peak.saturating_sub(BESIDE)) + near(peak + BESIDE);
        let sign = (2.0 * self.smoothed[peak] - sides).signum();
        among.min_by(|&a, &b| (sign * self.smoothed[a]).total_cmp(&(sign * self.smoothed[b])))
    }

    /// How far the signal is at the peak from where it is at the onset.
    fn height(&self, span: &Span) -> f64 {
        (self.smoothed[span.peak] - self.smoothed[span.onset]).abs()
    }
}

/// The place `seconds` before another, in the window.
fn before(at: usize, seconds: f64, window: Window) -> usize {
    at.saturating_sub(samples(seconds)).max(window.wave.0)
}

/// Weight of a peak by its distance to the end of the window, 0 to 1.
fn clearance(at: usize, window: Window, shape: Shape) -> f64 {
    if shape.clearance <= 0.0 {
        return 1.0;
    }
    let distance = window.wave.1.saturating_sub(at) as f64 / RATE;
    (distance / shape.clearance).min(1.0).powi(2)
}

/// The lead with its values at the ends of the window continued outwards.
fn hold(lead: &[f64], (from, to): (usize, usize)) -> Vec<f64> {
    let last = to.min(lead.len()).saturating_sub(1);
    (0..lead.len())
        .map(|at| lead[at.clamp(from.min(last), last)])
        .collect()
}

/// Negative second derivative under a Gaussian: positive on a peak, negative in a trough.
fn curvature(lead: &[f64], sigma: f64) -> Vec<f64> {
    let half = sigma * RATE / std::f64::consts::SQRT_2;
    slope(&slope(lead, half), half)
        .into_iter()
        .map(|value| -value)
        .collect()
}

/// The lead's own peak: its greatest curvature near `all`, moved to the extreme of the signal
/// where there is one close by.
fn own_peak(smoothed: &[f64], curved: &[f64], all: usize, window: Window, shape: Shape) -> usize {
    let spread = shape.spread * RATE;
    let reach = (2.0 * spread) as usize;
    let from = all.saturating_sub(reach).max(window.peak.0);
    let to = (all + reach).min(window.peak.1);
    let base = smoothed[window.wave.1.min(smoothed.len()).saturating_sub(1)];
    let deviation = |at: usize| smoothed[at] - base;
    let highest = (from..to)
        .map(|at| deviation(at).abs())
        .fold(1e-9, f64::max);
    let weight = |at: usize| {
        let distance = (at as f64 - all as f64) / spread;
        let height = (deviation(at).abs() / highest).powf(shape.height);
        curved[at].abs() * height * (-0.5 * distance * distance).exp()
    };
    let peak = (from..to)
        .max_by(|&a, &b| weight(a).total_cmp(&weight(b)))
        .unwrap_or(all);
    let sign = curved[peak].signum();
    climb(smoothed, sign, peak, samples(shape.curvature)).unwrap_or(peak)
}

/// The extreme uphill within `reach`, or `None` where the signal still rises there.
fn climb(signal: &[f64], sign: f64, from: usize, reach: usize) -> Option<usize> {
    let start = from.saturating_sub(reach);
    let end = (from + reach).min(signal.len() - 1);
    let best = (start..=end).max_by(|&a, &b| (sign * signal[a]).total_cmp(&(sign * signal[b])))?;
    (best > start && best < end).then_some(best)
}
