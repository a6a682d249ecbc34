//! Onset, peak and offset of the T wave on a median beat.

use super::hump::{Following, Hump, Phases, Shape, Window, find};
use super::span::Span;
use crate::beats::{Template, samples};

const SHAPE: Shape = Shape {
    curvature: 0.03,
    smoothing: 0.014,
    rising: 0.016,
    spread: 0.06,
    longest: (0.14, 0.19),
    share: (0.35, 0.32),
    onset: Following {
        faint: 0.8,
        clear: 0.4,
        heights: (0.03, 0.05),
    },
    offset: Following {
        faint: 0.7,
        clear: 0.3,
        heights: (0.03, 0.06),
    },
    fusion: 0.5,
    height: 0.4,
    clearance: 0.0,
    phases: Phases::One,
};

/// The T wave after the complex; it may not reach beyond `end`.
pub(super) fn waves(beat: &Template, complex: Span, end: usize) -> Option<Hump> {
    let start = complex.offset + samples(0.01);
    let end = end.min(beat.leads.first()?.len());
    let latest = beat.zero + (beat.interval * 3 / 5).min(samples(0.5));
    let window = Window {
        peak: (
            complex.offset + samples(0.06),
            latest.min(end.saturating_sub(samples(0.02))),
        ),
        wave: (start, end),
    };
    if window.peak.0 + samples(0.04) > window.peak.1 {
        return None;
    }
    find(&beat.leads, window, SHAPE)
}
