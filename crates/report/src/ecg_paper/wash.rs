//! Attribution behind the traces: one hue, its strength the transparency, with a scale.

use super::label;
use super::trace::Strip;
use crate::palette::Ink;
use std::fmt::Write as _;

/// Strengths that are laid behind the traces of the twelve leads.
#[derive(Clone, Debug, PartialEq)]
pub struct Wash {
    /// From 0 (nothing) to 1 by lead in tensor order and step of time.
    pub strengths: Vec<Vec<f64>>,
    /// Steps a second.
    pub steps_per_second: f64,
    /// Second of the recording at which the first step begins.
    pub start_seconds: f64,
    /// Vessel whose colour it takes; other names are washed in grey.
    pub vessel: String,
    /// What the strength stands for, beside the scale.
    pub meaning: String,
}

/// Opacity of full strength; the trace and the grid stay readable under it.
const FULL: f64 = 0.75;
/// Strengths that are told apart.
const LEVELS: f64 = 20.0;

/// Lays the wash of one strip around the height `centre`.
pub(super) fn draw_wash(
    svg: &mut String,
    wash: &Wash,
    strip: &Strip,
    (centre, height): (f64, f64),
    speed: f64,
) {
    let Some(strengths) = wash.strengths.get(strip.lead.index()) else {
        return;
    };
    let colour = Ink::of_vessel(&wash.vessel).light();
    // What is no number has no strength; it would not equal itself either.
    let level = |strength: f64| match strength.is_finite() {
        true => (strength.clamp(0.0, 1.0) * LEVELS).round(),
        false => 0.0,
    };
    let mut step = 0;
    while step < strengths.len() {
        let this = level(strengths[step]);
        let same = strengths[step..]
            .iter()
            .take_while(|&&strength| level(strength) == this)
            .count();
        let second = |step: usize| wash.start_seconds + step as f64 / wash.steps_per_second;
        let from = second(step).max(strip.from);
        let to = second(step + same).min(strip.from + strip.seconds);
        if this > 0.0 && from < to {
            let x = strip.x + (from - strip.from) * speed;
            let width = (to - from) * speed;
            let (top, opacity) = (centre - height / 2.0, FULL * this / LEVELS);
            let _ = writeln!(
                svg,
                r#"<rect x="{x:.2}" y="{top:.2}" width="{width:.2}" height="{height:.2}" fill="{colour}" fill-opacity="{opacity:.3}"/>"#
            );
        }
        step += same;
    }
}

/// The scale on a line of its own at the height `y`: five strengths from weak to strong, and what
/// they are of.
pub(super) fn draw_scale(svg: &mut String, wash: &Wash, left: f64, y: f64) {
    let colour = Ink::of_vessel(&wash.vessel).light();
    for step in 0..5 {
        let x = left + f64::from(step) * 6.0;
        let (top, opacity) = (y - 2.8, FULL * f64::from(step + 1) / 5.0);
        let _ = writeln!(
            svg,
            r#"<rect x="{x:.2}" y="{top:.2}" width="6" height="3.4" fill="{colour}" fill-opacity="{opacity:.3}"/>"#
        );
    }
    let words = format!("weak to strong: {}", wash.meaning);
    label(svg, left + 32.0, y, 3.2, &words);
}
