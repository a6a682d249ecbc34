//! Interventions avoided against acting on everybody, along the threshold probability.

use super::axes::{
    Axes, PANEL_HEIGHT, PANEL_WIDTH, PLOT_X, heading, percent_ticks, plain_ticks, undefined,
};
use super::{Figure, Outline, assemble, sample_line, vessel_panels};
use crate::number;
use crate::palette::Ink;
use crate::svg::{Canvas, Point, Stroke};
use crate::wording::decision_limits;
use coronet_evaluate::{DecisionPoint, Evaluation, EvaluationConfig, VesselEvaluation};

/// Lowest value drawn: at low thresholds the curve falls without bound.
const LOWEST: f64 = -0.2;

pub(super) fn figure(evaluation: &Evaluation) -> Figure {
    let config = &evaluation.config;
    let band = decision_limits(evaluation).map_or_else(String::new, |method| {
        format!(
            " with a pointwise {} band ({method})",
            number::setting(config.confidence)
        )
    });
    let outline = Outline {
        name: "interventions-avoided",
        title: "Interventions avoided".to_owned(),
        caption: format!(
            "Net interventions avoided per 100 patients by acting on the model in place of acting on everybody, at equal true positives, against the threshold probability,{band}. \
             Shaded column: thresholds from {} to {}. Below zero, acting on everybody does more good; curves are cut off at −20.",
            number::setting(config.pretest_low),
            number::setting(config.pretest_high)
        ),
        columns: 2,
    };
    assemble(
        outline,
        vessel_panels(evaluation, |name, vessel, canvas| {
            panel(config, name, vessel, canvas)
        }),
    )
}

fn panel(
    config: &EvaluationConfig,
    name: &str,
    vessel: &VesselEvaluation,
    canvas: &mut Canvas,
) -> (f64, f64, String) {
    let points = &vessel.decision_curve_fine;
    let end = points.last().map_or(1.0, |point| point.threshold);
    let axes = Axes::square((0.0, end), (LOWEST, 1.0));
    heading(canvas, (PLOT_X.0, 14.0), name, &sample_line(vessel));
    if points.is_empty() {
        undefined(canvas, axes, "no threshold could be evaluated");
    } else if vessel.events == 0 {
        undefined(canvas, axes, "no events: no decision can have a benefit");
    } else {
        curve(canvas, axes, config, Ink::of_vessel(name), points);
    }
    let x_ticks = percent_ticks(0.0, end, 6);
    let y_ticks = plain_ticks(LOWEST * 100.0, 100.0, 6)
        .into_iter()
        .map(|(value, text)| (value / 100.0, text))
        .collect();
    axes.frame(
        canvas,
        (&x_ticks, "Threshold probability, %"),
        (&y_ticks, "Avoided per 100 patients"),
    );
    (PANEL_WIDTH, PANEL_HEIGHT, alt(name, vessel))
}

fn curve(
    canvas: &mut Canvas,
    axes: Axes,
    config: &EvaluationConfig,
    ink: Ink,
    points: &[DecisionPoint],
) {
    let (a, b) = axes.corners();
    let (low, high) = (
        axes.x.clamped(config.pretest_low),
        axes.x.clamped(config.pretest_high),
    );
    canvas.rectangle((low, a.1), (high, b.1), Ink::Grid, 0.55);
    let zero = Stroke::solid(Ink::Plain, 0.8);
    canvas.line(axes.at(0.0, 0.0), axes.at(axes.x.domain().1, 0.0), zero);
    canvas.clipped(a, b, |canvas| {
        let limit = |pick: fn(&DecisionPoint) -> Option<f64>| {
            move |point: &DecisionPoint| pick(point).map(|value| axes.at(point.threshold, value))
        };
        let upper = points
            .iter()
            .filter_map(limit(|p| p.interventions_avoided_band.high));
        let lower = points
            .iter()
            .rev()
            .filter_map(limit(|p| p.interventions_avoided_band.low));
        let band: Vec<Point> = upper.chain(lower).collect();
        canvas.area(&band, ink, 0.16);
        let line: Vec<Point> = points
            .iter()
            .map(|p| axes.at(p.threshold, p.interventions_avoided))
            .collect();
        canvas.polyline(&line, Stroke::solid(ink, 1.8));
    });
}

fn alt(name: &str, vessel: &VesselEvaluation) -> String {
    let values: Vec<String> = vessel
        .decision_curve
        .iter()
        .map(|point| {
            format!(
                "at {} {}",
                number::setting(point.threshold),
                number::fixed(point.interventions_avoided, 3)
            )
        })
        .collect();
    format!(
        "Interventions avoided per patient, {name}: {}; {}.",
        values.join("; "),
        sample_line(vessel)
    )
}
