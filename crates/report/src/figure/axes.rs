//! The frame of a panel: a square or wide plot area with ticks, labels, title and notes.

use crate::palette::Ink;
use crate::svg::{Anchor, Canvas, Point, Scale, Stroke, TextStyle, text_width};

/// Size of the square panels in user units.
pub(super) const PANEL_WIDTH: f64 = 350.0;
/// Left and right ends of the plot area of a square panel.
pub(super) const PLOT_X: (f64, f64) = (58.0, 340.0);
/// Top and bottom of the plot area of a square panel.
pub(super) const PLOT_Y: (f64, f64) = (34.0, 316.0);
/// Height of a square panel with its axis label.
pub(super) const PANEL_HEIGHT: f64 = 358.0;

/// Size of tick labels.
pub(super) const TICK_SIZE: f64 = 11.0;
/// Size of axis labels and notes.
pub(super) const LABEL_SIZE: f64 = 12.0;

/// Ticks of an axis: position in the data, and text.
pub(super) type Ticks = Vec<(f64, String)>;

/// The two scales of a plot area.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axes {
    pub(super) x: Scale,
    pub(super) y: Scale,
}

impl Axes {
    /// Axes over the plot area of a square panel.
    pub(super) fn square(x: (f64, f64), y: (f64, f64)) -> Axes {
        Axes {
            x: Scale::new(x, PLOT_X),
            y: Scale::new(y, (PLOT_Y.1, PLOT_Y.0)),
        }
    }

    /// A data point in the drawing.
    pub(super) fn at(self, x: f64, y: f64) -> Point {
        (self.x.at(x), self.y.at(y))
    }

    /// Two opposite corners of the plot area.
    pub(super) fn corners(self) -> (Point, Point) {
        let (left, right) = self.x.range();
        let (bottom, top) = self.y.range();
        ((left, top), (right, bottom))
    }

    /// Draws the two axis lines with outward ticks and their labels.
    pub(super) fn frame(
        self,
        canvas: &mut Canvas,
        (x_ticks, x_label): (&Ticks, &str),
        (y_ticks, y_label): (&Ticks, &str),
    ) {
        let (left, right) = self.x.range();
        let (bottom, top) = self.y.range();
        let line = Stroke::solid(Ink::Plain, 0.8);
        canvas.line((left, bottom), (right, bottom), line);
        canvas.line((left, bottom), (left, top), line);
        let tick = TextStyle::plain(TICK_SIZE).tick();
        for (value, text) in x_ticks {
            let x = self.x.at(*value);
            canvas.line((x, bottom), (x, bottom + 4.0), line);
            canvas.text((x, bottom + 13.0), text, tick.anchor(Anchor::Middle));
        }
        for (value, text) in y_ticks {
            let y = self.y.at(*value);
            canvas.line((left - 4.0, y), (left, y), line);
            canvas.text((left - 7.0, y), text, tick.anchor(Anchor::End));
        }
        let label = TextStyle::plain(LABEL_SIZE).anchor(Anchor::Middle);
        canvas.text(((left + right) / 2.0, bottom + 31.0), x_label, label);
        canvas.text((left - 50.0, (top + bottom) / 2.0), y_label, label.turned());
    }
}

/// Ticks at fifths of the unit interval.
pub(super) fn unit_ticks() -> Ticks {
    (0..=5)
        .map(|fifth| {
            let value = f64::from(fifth) / 5.0;
            (value, crate::number::fixed(value, 1))
        })
        .collect()
}

/// Round ticks over a range as plain numbers.
pub(super) fn plain_ticks(low: f64, high: f64, about: usize) -> Ticks {
    let (values, decimals) = crate::svg::nice_ticks(low, high, about);
    values
        .into_iter()
        .map(|value| (value, crate::number::fixed(value, decimals)))
        .collect()
}

/// Round ticks over a range of shares, labelled in per cent.
pub(super) fn percent_ticks(low: f64, high: f64, about: usize) -> Ticks {
    let (values, decimals) = crate::svg::nice_ticks(low * 100.0, high * 100.0, about);
    values
        .into_iter()
        .map(|value| (value / 100.0, crate::number::fixed(value, decimals)))
        .collect()
}

/// A panel's heading: the vessel's name with a swatch of its colour, and a note to its right.
pub(super) fn heading(canvas: &mut Canvas, (x, y): Point, name: &str, note: &str) {
    let ink = Ink::of_vessel(name);
    canvas.rectangle((x, y - 5.0), (x + 10.0, y + 5.0), ink, 1.0);
    let style = TextStyle::plain(14.0).bold();
    let shown = shorten(name, 24);
    canvas.text((x + 16.0, y), &shown, style);
    let after = x + 16.0 + text_width(&shown, 14.0) * 1.06 + 10.0;
    canvas.text(
        (after, y + 0.5),
        note,
        TextStyle::plain(LABEL_SIZE).ink(Ink::Muted),
    );
}

/// Lines of text under each other, the first at `at`.
pub(super) fn notes(canvas: &mut Canvas, at: Point, lines: &[String], style: TextStyle) {
    for (index, line) in lines.iter().enumerate() {
        let y = at.1 + index as f64 * style.size * 1.35;
        canvas.text((at.0, y), line, style);
    }
}

/// The reason of an undefined panel, in the middle of its plot area.
pub(super) fn undefined(canvas: &mut Canvas, axes: Axes, reason: &str) {
    let ((left, top), (right, bottom)) = axes.corners();
    let style = TextStyle::plain(13.0)
        .ink(Ink::Muted)
        .anchor(Anchor::Middle);
    let mut lines = vec!["Undefined".to_owned()];
    lines.extend(wrap(reason, (right - left) - 24.0, style.size));
    let height = (lines.len() - 1) as f64 * style.size * 1.35;
    let middle = ((left + right) / 2.0, (top + bottom - height) / 2.0);
    notes(canvas, middle, &lines, style);
}

/// Breaks text into lines of at most `width` user units, as far as its words allow.
pub(super) fn wrap(text: &str, width: f64, size: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = shorten(word, 48);
        match lines.last_mut() {
            Some(line) if text_width(&format!("{line} {word}"), size) <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// At most `most` characters, the rest replaced by an ellipsis.
pub(super) fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}
