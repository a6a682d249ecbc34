//! Patient flow: stations under each other, those who left to the right.

use super::axes::{LABEL_SIZE, TICK_SIZE, wrap};
use super::{Figure, Outline, Panel, assemble};
use crate::context::FlowStep;
use crate::number::count;
use crate::palette::Ink;
use crate::svg::{Canvas, Stroke, TextStyle};

const WIDTH: f64 = 716.0;
/// Left and right ends of the stations and of those who left.
const STATION: (f64, f64) = (6.0, 320.0);
const LEFT: (f64, f64) = (372.0, 710.0);
/// Between lines, inside boxes, and between stations.
const LINE: f64 = 15.0;
const PADDING: f64 = 9.0;
const GAP: f64 = 18.0;

/// The flow as a figure for files; nothing where no flow is known.
///
/// The page itself shows the same flow as a list, which stacks on a narrow screen.
pub(super) fn flow_figure(flow: &[FlowStep]) -> Option<Figure> {
    if flow.is_empty() {
        return None;
    }
    let mut canvas = Canvas::new();
    let mut y = 8.0;
    for (index, step) in flow.iter().enumerate() {
        y = draw_step(&mut canvas, y, step, index + 1 == flow.len());
    }
    let outline = Outline {
        name: "patient-flow",
        title: "Patient flow".to_owned(),
        caption:
            "Who reached each station of the study, and who left before the next one, by reason."
                .to_owned(),
        columns: 1,
    };
    let panel = Panel {
        width: WIDTH,
        height: y + 4.0,
        body: canvas.into_body(),
        alt: alt(flow),
    };
    Some(assemble(outline, vec![panel]))
}

/// Draws a station and those who left after it; returns where the next one begins.
fn draw_step(canvas: &mut Canvas, top: f64, step: &FlowStep, last: bool) -> f64 {
    let station = wrap(
        &step.label,
        STATION.1 - STATION.0 - 2.0 * PADDING,
        LABEL_SIZE,
    );
    let height = (station.len() + 1) as f64 * LINE + 2.0 * PADDING;
    frame(
        canvas,
        (STATION.0, top),
        (STATION.1, top + height),
        Ink::Plain,
    );
    let x = STATION.0 + PADDING;
    let mut y = top + PADDING + LINE / 2.0;
    canvas.text(
        (x, y),
        &count(step.n),
        TextStyle::plain(LABEL_SIZE + 1.0).bold(),
    );
    for line in &station {
        y += LINE;
        canvas.text((x, y), line, TextStyle::plain(LABEL_SIZE));
    }
    let bottom = top + height;
    if last {
        return bottom;
    }
    let middle = (STATION.0 + STATION.1) / 2.0;
    let next = bottom + GAP + excluded(canvas, (middle, bottom), step);
    arrow(canvas, (middle, bottom), (middle, next));
    next
}

/// Draws the box of those who left beside the way down; returns its height.
fn excluded(canvas: &mut Canvas, (middle, top): (f64, f64), step: &FlowStep) -> f64 {
    let width = LEFT.1 - LEFT.0 - 2.0 * PADDING;
    let lines: Vec<String> = step
        .excluded
        .iter()
        .flat_map(|left| {
            wrap(
                &format!("{} left: {}", count(left.n), left.reason),
                width,
                TICK_SIZE,
            )
        })
        .collect();
    if lines.is_empty() {
        return 0.0;
    }
    let height = lines.len() as f64 * LINE + 2.0 * PADDING;
    let start = top + GAP / 2.0;
    frame(
        canvas,
        (LEFT.0, start),
        (LEFT.1, start + height),
        Ink::Muted,
    );
    arrow(
        canvas,
        (middle, start + height / 2.0),
        (LEFT.0, start + height / 2.0),
    );
    for (index, line) in lines.iter().enumerate() {
        let y = start + PADDING + (index as f64 + 0.5) * LINE;
        canvas.text(
            (LEFT.0 + PADDING, y),
            line,
            TextStyle::plain(TICK_SIZE).ink(Ink::Muted),
        );
    }
    height
}

fn frame(canvas: &mut Canvas, a: (f64, f64), b: (f64, f64), ink: Ink) {
    let corners = [a, (b.0, a.1), b, (a.0, b.1), a];
    canvas.polyline(&corners, Stroke::solid(ink, 0.9));
}

fn arrow(canvas: &mut Canvas, from: (f64, f64), to: (f64, f64)) {
    canvas.line(from, to, Stroke::solid(Ink::Plain, 0.9));
    let head = if from.0 == to.0 {
        [to, (to.0 - 3.5, to.1 - 6.0), (to.0 + 3.5, to.1 - 6.0)]
    } else {
        [to, (to.0 - 6.0, to.1 - 3.5), (to.0 - 6.0, to.1 + 3.5)]
    };
    canvas.area(&head, Ink::Plain, 1.0);
}

fn alt(flow: &[FlowStep]) -> String {
    let steps: Vec<String> = flow
        .iter()
        .map(|step| {
            let left: Vec<String> = step
                .excluded
                .iter()
                .map(|left| format!("{} left, {}", count(left.n), left.reason))
                .collect();
            match left.is_empty() {
                true => format!("{} {}", count(step.n), step.label),
                false => format!("{} {} ({})", count(step.n), step.label, left.join("; ")),
            }
        })
        .collect();
    format!("Patient flow: {}.", steps.join("; "))
}
