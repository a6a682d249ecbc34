//! Rows of text, interval and text: the common shape of forest plots and of observed rates.

use super::axes::{LABEL_SIZE, TICK_SIZE, Ticks, shorten, wrap};
use crate::palette::Ink;
use crate::svg::{Anchor, Canvas, Dash, Marker, Scale, Stroke, TextStyle};

/// Width of a panel of rows in user units.
pub(super) const WIDTH: f64 = 716.0;
/// Height of one row.
const ROW: f64 = 21.0;
/// Where the text columns left of the plot start or end.
const NAME_X: f64 = 4.0;
const COUNT_X: f64 = 236.0;
/// Left and right ends of the plot.
const PLOT: (f64, f64) = (254.0, 500.0);
/// Where the text columns right of the plot start or end.
const VALUE_X: f64 = 514.0;
const LAST_X: f64 = WIDTH - 4.0;
/// Middle of the heading row, and of the column heads.
const HEAD_Y: f64 = 14.0;
const COLUMN_Y: f64 = 38.0;

/// What a row shows in the plot.
pub(super) enum Mark {
    /// Value with limits, a marker of the given half-width.
    Interval {
        value: f64,
        limits: Option<(f64, f64)>,
        size: f64,
        marker: Marker,
        ink: Ink,
    },
    /// The reason why there is none.
    Reason(String),
}

/// One row.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) counts: String,
    pub(super) mark: Mark,
    pub(super) value: String,
    pub(super) last: String,
    pub(super) strong: bool,
}

/// Column heads and axis of a panel of rows.
pub(super) struct Frame<'a> {
    pub(super) vessel: &'a str,
    pub(super) note: String,
    pub(super) counts: &'a str,
    pub(super) value: &'a str,
    pub(super) last: &'a str,
    pub(super) axis: &'a str,
    pub(super) domain: (f64, f64),
    pub(super) ticks: Ticks,
    /// A dashed line through all rows, such as the overall value.
    pub(super) reference: Option<f64>,
}

/// Draws the panel and returns its height.
pub(super) fn draw(canvas: &mut Canvas, frame: &Frame<'_>, rows: &[Row]) -> f64 {
    let x = Scale::new(frame.domain, PLOT);
    let top = COLUMN_Y + 14.0;
    let bottom = top + rows.len() as f64 * ROW;
    super::axes::heading(canvas, (NAME_X, HEAD_Y), frame.vessel, &frame.note);
    column_heads(canvas, frame);
    let rule = Stroke::solid(Ink::Plain, 0.8);
    canvas.line((NAME_X, COLUMN_Y + 10.0), (LAST_X, COLUMN_Y + 10.0), rule);
    if let Some(reference) = frame.reference {
        let at = x.clamped(reference);
        let dashed = Stroke::solid(Ink::Reference, 0.9).dash(Dash::Dashed);
        canvas.line((at, top), (at, bottom), dashed);
    }
    for (index, row) in rows.iter().enumerate() {
        draw_row(canvas, x, top + (index as f64 + 0.5) * ROW, row);
    }
    axis(canvas, x, bottom, frame);
    bottom + 44.0
}

fn column_heads(canvas: &mut Canvas, frame: &Frame<'_>) {
    let style = TextStyle::plain(TICK_SIZE).ink(Ink::Muted);
    canvas.text((COUNT_X, COLUMN_Y), frame.counts, style.anchor(Anchor::End));
    canvas.text((VALUE_X, COLUMN_Y), frame.value, style);
    canvas.text((LAST_X, COLUMN_Y), frame.last, style.anchor(Anchor::End));
}

fn draw_row(canvas: &mut Canvas, x: Scale, y: f64, row: &Row) {
    let plain = TextStyle::plain(LABEL_SIZE);
    let style = if row.strong { plain.bold() } else { plain };
    canvas.text((NAME_X, y), &shorten(&row.name, 26), style);
    canvas.text((COUNT_X, y), &row.counts, style.anchor(Anchor::End));
    canvas.text((LAST_X, y), &row.last, style.anchor(Anchor::End));
    match &row.mark {
        Mark::Reason(reason) => reason_text(canvas, y, reason),
        Mark::Interval {
            value,
            limits,
            size,
            marker,
            ink,
        } => {
            canvas.text((VALUE_X, y), &row.value, style);
            if let Some((low, high)) = limits {
                canvas.line(
                    (x.clamped(*low), y),
                    (x.clamped(*high), y),
                    Stroke::solid(*ink, 1.4),
                );
                cut_arrows(canvas, x, y, (*low, *high), *ink);
            }
            let (least, greatest) = x.domain();
            if (least..=greatest).contains(value) {
                canvas.marker((x.at(*value), y), *marker, *size, *ink);
            }
        }
    }
}

/// Arrow heads where a limit lies outside the axis.
fn cut_arrows(canvas: &mut Canvas, x: Scale, y: f64, (low, high): (f64, f64), ink: Ink) {
    let (least, greatest) = x.domain();
    let (left, right) = x.range();
    if low < least {
        canvas.area(
            &[
                (left - 4.0, y),
                (left + 2.0, y - 3.5),
                (left + 2.0, y + 3.5),
            ],
            ink,
            1.0,
        );
    }
    if high > greatest {
        canvas.area(
            &[
                (right + 4.0, y),
                (right - 2.0, y - 3.5),
                (right - 2.0, y + 3.5),
            ],
            ink,
            1.0,
        );
    }
}

fn reason_text(canvas: &mut Canvas, y: f64, reason: &str) {
    let style = TextStyle::plain(TICK_SIZE).ink(Ink::Muted).halo();
    let text = format!("undefined: {reason}");
    let line = wrap(&text, LAST_X - PLOT.0 - 20.0, TICK_SIZE);
    let shown = match line.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first, ..] => format!("{first} …"),
    };
    canvas.text((PLOT.0, y), &shown, style);
}

fn axis(canvas: &mut Canvas, x: Scale, bottom: f64, frame: &Frame<'_>) {
    let line = Stroke::solid(Ink::Plain, 0.8);
    canvas.line((PLOT.0, bottom), (PLOT.1, bottom), line);
    for (value, text) in &frame.ticks {
        let at = x.at(*value);
        canvas.line((at, bottom), (at, bottom + 4.0), line);
        let style = TextStyle::plain(TICK_SIZE).anchor(Anchor::Middle).tick();
        canvas.text((at, bottom + 13.0), text, style);
    }
    let middle = (PLOT.0 + PLOT.1) / 2.0;
    let style = TextStyle::plain(LABEL_SIZE).anchor(Anchor::Middle);
    canvas.text((middle, bottom + 31.0), frame.axis, style);
}
