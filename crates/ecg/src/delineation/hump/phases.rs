//! A wave of two phases, as the P wave in V1, begins with the first.
//!
//! The greatest curvature is that of the sharper phase, often the second, and the flank before it
//! levels off on the crest of the first: the wave would begin in its own middle. LUDB's
//! cardiologists mark the upward phase of an up-and-down wave as the wave of its lead, and its end
//! at the nadir of the second phase, so an upward first phase takes peak and offset, too. The span
//! of all leads together holds both phases.

use super::{Flanks, Shape, Span, Window, before, median};
use crate::beats::samples;

/// Least and greatest rise to the crest of a first phase, as a share of the way from the crest to
/// the peak; what rises more is another wave.
const RISE: (f64, f64) = (0.3, 1.5);

/// How far from the crest the flank before the peak may level off, in seconds.
const NEAR: f64 = 0.024;

/// How far a first phase may reach before the wave of its lead as read without it, and before the
/// median of the leads, in seconds.
const REACH: (f64, f64) = (0.07, 0.03);

/// Waves with a first phase of the other sign begin with it, and are that phase if it is upward.
pub(super) fn prefer_first(
    own: &mut [Span],
    flanks: &[Flanks],
    curved: &[Vec<f64>],
    window: Window,
    shape: Shape,
) -> Option<()> {
    let earliest = median(own)?.onset.saturating_sub(samples(REACH.1));
    for ((span, flanks), curved) in own.iter_mut().zip(flanks).zip(curved) {
        let sign = curved[span.peak].signum();
        let Some(crest) = crest(&flanks.smoothed, sign, *span, window, shape) else {
            continue;
        };
        let onset = flanks.onset(crest, window, shape);
        if onset < earliest || onset + samples(REACH.0) < span.onset {
            continue;
        }
        if sign < 0.0 {
            let offset = flanks.offset(crest, window, shape).min(span.peak);
            (span.peak, span.offset) = (crest, offset);
        }
        span.onset = onset;
    }
    Some(())
}

/// The crest of the first phase, where there is one.
fn crest(smoothed: &[f64], sign: f64, span: Span, window: Window, shape: Shape) -> Option<usize> {
    let against = |at: usize| -sign * smoothed[at];
    let earliest = before(span.peak, shape.longest.0, window);
    let crest = (earliest..span.peak).max_by(|&a, &b| against(a).total_cmp(&against(b)))?;
    let foot = (before(crest, shape.longest.0, window)..=crest)
        .map(against)
        .fold(f64::INFINITY, f64::min);
    let rise = against(crest) - foot;
    let fall = against(crest) - against(span.peak);
    let levels_off = span.onset.abs_diff(crest) <= samples(NEAR);
    let comparable = fall > 0.0 && rise >= RISE.0 * fall && rise <= RISE.1 * fall;
    (levels_off && comparable).then_some(crest)
}
