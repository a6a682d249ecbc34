//! Precision–recall curves beside the observed rate.

use super::axes::{
    Axes, LABEL_SIZE, PANEL_HEIGHT, PANEL_WIDTH, PLOT_X, heading, undefined, unit_ticks,
};
use super::{Figure, Outline, assemble, sample_line, vessel_panels};
use crate::number;
use crate::palette::Ink;
use crate::svg::{Anchor, Canvas, Dash, Point, Stroke, TextStyle};
use coronet_evaluate::{Evaluation, PrecisionRecallPoint, VesselEvaluation};

pub(super) fn figure(evaluation: &Evaluation) -> Figure {
    let level = number::setting(evaluation.config.confidence);
    let outline = Outline {
        name: "precision-recall",
        title: "Precision–recall curves".to_owned(),
        caption: format!(
            "Precision (positive predictive value) against recall (sensitivity) by vessel, with the average precision, its {level} interval where it was computed, records and events. \
             The dashed line is the observed rate of events, which a score without information attains; average precision cannot be compared between cohorts of different prevalence."
        ),
        columns: 2,
    };
    assemble(outline, vessel_panels(evaluation, panel))
}

fn panel(name: &str, vessel: &VesselEvaluation, canvas: &mut Canvas) -> (f64, f64, String) {
    let axes = Axes::square((0.0, 1.0), (0.0, 1.0));
    heading(canvas, (PLOT_X.0, 14.0), name, &sample_line(vessel));
    let ticks = unit_ticks();
    axes.frame(
        canvas,
        (&ticks, "Recall (sensitivity)"),
        (&ticks, "Precision"),
    );
    let average = number::or_reason(&vessel.average_precision, |ap| number::estimate(ap, 3));
    match vessel.precision_recall.defined() {
        Some(points) => {
            curve(canvas, axes, name, vessel, points);
            let style = TextStyle::plain(LABEL_SIZE + 1.0)
                .anchor(Anchor::End)
                .bold();
            canvas.text(axes.at(0.985, 0.965), &format!("AP {average}"), style);
        }
        None => {
            let reason = vessel.precision_recall.reason().unwrap_or("not given");
            undefined(canvas, axes, reason);
        }
    }
    let alt = format!(
        "Precision–recall curve, {name}: average precision {average}; {}.",
        sample_line(vessel)
    );
    (PANEL_WIDTH, PANEL_HEIGHT, alt)
}

fn curve(
    canvas: &mut Canvas,
    axes: Axes,
    name: &str,
    vessel: &VesselEvaluation,
    points: &[PrecisionRecallPoint],
) {
    if vessel.n > 0 {
        let rate = vessel.events as f64 / vessel.n as f64;
        let dashed = Stroke::solid(Ink::Reference, 0.8).dash(Dash::Dashed);
        canvas.line(axes.at(0.0, rate), axes.at(1.0, rate), dashed);
    }
    canvas.polyline(
        &steps(axes, points),
        Stroke::solid(Ink::of_vessel(name), 1.8),
    );
}

/// Horizontal to each point from the recall before it, as the step rule of average precision adds up;
/// straight lines between points would show more than any threshold attains.
fn steps(axes: Axes, points: &[PrecisionRecallPoint]) -> Vec<Point> {
    let mut before = 0.0;
    let mut line = Vec::new();
    for point in points {
        line.push(axes.at(before, point.precision));
        line.push(axes.at(point.recall, point.precision));
        before = point.recall;
    }
    line
}
