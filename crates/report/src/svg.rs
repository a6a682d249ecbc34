//! A thin layer that writes SVG: shapes by meaning, text as text, nothing measured by fonts.
//!
//! `plotters` was tried first. Its SVG backend takes whole-pixel coordinates, which bends ROC and
//! Kaplan–Meier curves into visible steps; it writes fixed colours without classes, so that a
//! figure cannot follow a dark page; and it has no dashes, no groups, no `title` and `desc`.
//! The figures here need all four, and little else, so all of them are written by this layer.

mod scale;
mod text;

pub(crate) use scale::{Scale, nice_ticks};
pub(crate) use text::{Anchor, TextStyle, escape, font_family, text_width};

use crate::palette::Ink;
use std::fmt::Write as _;

/// A position in user units, x to the right, y down.
pub(crate) type Point = (f64, f64);

/// How a line is interrupted; tells series apart where colour cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dash {
    Solid,
    Dashed,
    Dotted,
    Alternating,
}

/// Colour, width in user units and dash of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stroke {
    pub(crate) ink: Ink,
    pub(crate) width: f64,
    pub(crate) dash: Dash,
}

impl Stroke {
    /// A solid line.
    pub(crate) fn solid(ink: Ink, width: f64) -> Stroke {
        Stroke {
            ink,
            width,
            dash: Dash::Solid,
        }
    }

    /// The same line with another dash.
    pub(crate) fn dash(self, dash: Dash) -> Stroke {
        Stroke { dash, ..self }
    }
}

/// Shape of a marker, so that points are told apart without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    Circle,
    Square,
    Diamond,
}

/// The inside of an SVG element, written front to back.
#[derive(Debug, Default)]
pub(crate) struct Canvas {
    body: String,
}

impl Canvas {
    pub(crate) fn new() -> Canvas {
        Canvas::default()
    }

    /// What was drawn.
    pub(crate) fn into_body(self) -> String {
        self.body
    }

    pub(crate) fn line(&mut self, from: Point, to: Point, stroke: Stroke) {
        self.polyline(&[from, to], stroke);
    }

    /// A line through all points; points that are not finite break it.
    pub(crate) fn polyline(&mut self, points: &[Point], stroke: Stroke) {
        let data = path_data(points);
        if data.is_empty() {
            return;
        }
        let style = stroke_attributes(stroke);
        let _ = writeln!(self.body, r#"<path d="{data}" fill="none"{style}/>"#);
    }

    /// A filled area through all points; nothing unless every point is finite.
    pub(crate) fn area(&mut self, points: &[Point], ink: Ink, opacity: f64) {
        if points.len() < 3 || points.iter().any(|point| !is_finite(*point)) {
            return;
        }
        let data = path_data(points);
        let fill = fill_attributes(ink);
        let opacity = number(opacity);
        let _ = writeln!(
            self.body,
            r#"<path d="{data}Z"{fill} fill-opacity="{opacity}"/>"#
        );
    }

    /// An upright rectangle by two opposite corners.
    pub(crate) fn rectangle(&mut self, a: Point, b: Point, ink: Ink, opacity: f64) {
        if !is_finite(a) || !is_finite(b) {
            return;
        }
        let (x, y) = (number(a.0.min(b.0)), number(a.1.min(b.1)));
        let (width, height) = (number((a.0 - b.0).abs()), number((a.1 - b.1).abs()));
        let fill = fill_attributes(ink);
        let opacity = number(opacity);
        let _ = writeln!(
            self.body,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}"{fill} fill-opacity="{opacity}"/>"#
        );
    }

    /// A marker of half-width `size`, outlined in the paper's colour so that it stands off lines.
    pub(crate) fn marker(&mut self, at: Point, marker: Marker, size: f64, ink: Ink) {
        if !is_finite(at) {
            return;
        }
        let fill = fill_attributes(ink);
        let edge = stroke_attributes(Stroke::solid(Ink::Paper, 0.8));
        if marker == Marker::Circle {
            let (x, y, r) = (number(at.0), number(at.1), number(size));
            let _ = writeln!(
                self.body,
                r#"<circle cx="{x}" cy="{y}" r="{r}"{class}/>"#,
                class = merge_classes(&fill, &edge)
            );
            return;
        }
        let data = path_data(&marker_outline(at, marker, size));
        let _ = writeln!(
            self.body,
            r#"<path d="{data}Z"{class}/>"#,
            class = merge_classes(&fill, &edge)
        );
    }

    /// Text with its anchor at `at`; the baseline is shifted so that `at` is its middle height.
    pub(crate) fn text(&mut self, at: Point, content: &str, style: TextStyle) {
        if !is_finite(at) {
            return;
        }
        self.body.push_str(&text::element(at, content, style));
    }

    /// What `draw` draws, clipped to the rectangle between two corners.
    pub(crate) fn clipped(&mut self, a: Point, b: Point, draw: impl FnOnce(&mut Canvas)) {
        let (x, y) = (number(a.0.min(b.0)), number(a.1.min(b.1)));
        let (width, height) = (number((a.0 - b.0).abs()), number((a.1 - b.1).abs()));
        let _ = writeln!(
            self.body,
            r#"<svg x="{x}" y="{y}" width="{width}" height="{height}" viewBox="{x} {y} {width} {height}">"#
        );
        draw(self);
        self.body.push_str("</svg>\n");
    }
}

/// A finite number with at most two decimals and no trailing zeros.
pub(crate) fn number(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    if rounded == 0.0 {
        "0".to_owned()
    } else {
        rounded.to_string()
    }
}

fn is_finite(point: Point) -> bool {
    point.0.is_finite() && point.1.is_finite()
}

/// Moves and lines through the points; a point that rounds to the one before it is left out.
fn path_data(points: &[Point]) -> String {
    let mut data = String::new();
    let mut last: Option<String> = None;
    for &(x, y) in points {
        if !is_finite((x, y)) {
            last = None;
            continue;
        }
        let place = format!("{} {}", number(x), number(y));
        if last.as_ref() == Some(&place) {
            continue;
        }
        data.push(if last.is_some() { 'L' } else { 'M' });
        data.push_str(&place);
        last = Some(place);
    }
    data
}

fn stroke_attributes(stroke: Stroke) -> String {
    let dash = match stroke.dash {
        Dash::Solid => "",
        Dash::Dashed => r#" stroke-dasharray="6 3""#,
        Dash::Dotted => r#" stroke-dasharray="1.5 2.5""#,
        Dash::Alternating => r#" stroke-dasharray="7 2.5 1.5 2.5""#,
    };
    format!(
        r#" class="s-{}" stroke="{}" stroke-width="{}"{dash}"#,
        stroke.ink.class(),
        stroke.ink.light(),
        number(stroke.width)
    )
}

fn fill_attributes(ink: Ink) -> String {
    format!(r#" class="f-{}" fill="{}""#, ink.class(), ink.light())
}

/// Joins two attribute lists that each start with one `class`.
fn merge_classes(fill: &str, stroke: &str) -> String {
    let class_of = |list: &str| {
        let rest = list.trim_start_matches(r#" class=""#);
        let end = rest.find('"').unwrap_or(0);
        (
            rest[..end].to_owned(),
            rest[(end + 1).min(rest.len())..].to_owned(),
        )
    };
    let ((fill_class, fill_rest), (stroke_class, stroke_rest)) = (class_of(fill), class_of(stroke));
    format!(r#" class="{fill_class} {stroke_class}"{fill_rest}{stroke_rest}"#)
}

fn marker_outline((x, y): Point, marker: Marker, size: f64) -> Vec<Point> {
    match marker {
        Marker::Circle | Marker::Square => vec![
            (x - size, y - size),
            (x + size, y - size),
            (x + size, y + size),
            (x - size, y + size),
        ],
        Marker::Diamond => {
            let reach = size * 1.3;
            vec![
                (x, y - reach),
                (x + reach, y),
                (x, y + reach),
                (x - reach, y),
            ]
        }
    }
}
