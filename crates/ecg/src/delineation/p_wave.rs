//! Onset, peak and offset of the P wave on a median beat.

use super::hump::{Following, Hump, Phases, Shape, Window, find};
use super::span::Span;
use crate::beats::{Template, samples};

const SHAPE: Shape = Shape {
    curvature: 0.028,
    smoothing: 0.009,
    rising: 0.014,
    spread: 0.03,
    longest: (0.085, 0.09),
    share: (0.45, 0.55),
    onset: Following {
        faint: 0.8,
        clear: 0.2,
        heights: (0.015, 0.03),
    },
    offset: Following {
        faint: 0.4,
        clear: 0.2,
        heights: (0.015, 0.03),
    },
    fusion: 0.3,
    height: 0.0,
    clearance: 0.09,
    phases: Phases::Two,
};

/// The P wave before the complex and not before `start`.
pub(super) fn waves(beat: &Template, complex: Span, start: usize) -> Option<Hump> {
    let end = complex.onset.saturating_sub(samples(0.006));
    let window = Window {
        peak: (start + samples(0.03), end.saturating_sub(samples(0.024))),
        wave: (start, end),
    };
    if window.peak.0 >= window.peak.1 {
        return None;
    }
    find(&beat.leads, window, SHAPE)
}
