//! Decision curves: net benefit of the model, of treating all and of treating none.

use super::axes::{
    Axes, PANEL_HEIGHT, PANEL_WIDTH, PLOT_X, TICK_SIZE, Ticks, heading, percent_ticks, plain_ticks,
    undefined,
};
use super::{Figure, Outline, assemble, sample_line, vessel_panels};
use crate::number;
use crate::palette::Ink;
use crate::svg::{Anchor, Canvas, Dash, Point, Stroke, TextStyle};
use crate::wording::decision_limits;
use coronet_evaluate::{DecisionPoint, Evaluation, EvaluationConfig, VesselEvaluation};

pub(super) fn figure(evaluation: &Evaluation) -> Figure {
    let config = &evaluation.config;
    let band = decision_limits(evaluation).map_or_else(String::new, |method| {
        format!(
            ", with a pointwise {} band: {method}",
            number::setting(config.confidence)
        )
    });
    let outline = Outline {
        name: "decision-curves",
        title: "Decision curves".to_owned(),
        caption: format!(
            "Net benefit against the threshold probability by vessel: acting on the model (solid{band}), on everybody (dashed) and on nobody (zero line). \
             Shaded column: thresholds from {} to {}, the range in which referral for coronary CT is debated. \
             A curve above both references means that acting on the model would do more good than harm at that threshold, if its probabilities were used as they are.",
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
    let points = if vessel.decision_curve_fine.is_empty() {
        &vessel.decision_curve
    } else {
        &vessel.decision_curve_fine
    };
    let end = points.last().map_or(1.0, |point| point.threshold);
    let top = ceiling(points);
    let axes = Axes::square((0.0, end), (-top * 0.18, top));
    heading(canvas, (PLOT_X.0, 14.0), name, &sample_line(vessel));
    let x_ticks = percent_ticks(0.0, end, 6);
    let y_ticks: Ticks = plain_ticks(-top * 0.18, top, 5);
    if points.is_empty() {
        undefined(canvas, axes, "no threshold could be evaluated");
    } else if vessel.events == 0 {
        undefined(canvas, axes, "no events: no decision can have a benefit");
    } else {
        curves(canvas, axes, config, name, points);
    }
    axes.frame(
        canvas,
        (&x_ticks, "Threshold probability, %"),
        (&y_ticks, "Net benefit"),
    );
    (PANEL_WIDTH, PANEL_HEIGHT, alt(name, vessel, points))
}

/// Greatest benefit drawn, with some room above it.
fn ceiling(points: &[DecisionPoint]) -> f64 {
    let greatest = points
        .iter()
        .flat_map(|point| [point.model, point.treat_all, point.high.unwrap_or(0.0)])
        .filter(|value| value.is_finite())
        .fold(0.0, f64::max);
    if greatest > 0.0 { greatest * 1.15 } else { 0.1 }
}

fn curves(
    canvas: &mut Canvas,
    axes: Axes,
    config: &EvaluationConfig,
    name: &str,
    points: &[DecisionPoint],
) {
    let ink = Ink::of_vessel(name);
    let (a, b) = axes.corners();
    let (low, high) = (
        axes.x.clamped(config.pretest_low),
        axes.x.clamped(config.pretest_high),
    );
    canvas.rectangle((low, a.1), (high, b.1), Ink::Grid, 0.55);
    let end = axes.x.domain().1;
    canvas.line(
        axes.at(0.0, 0.0),
        axes.at(end, 0.0),
        Stroke::solid(Ink::Plain, 0.8),
    );
    canvas.clipped(a, b, |canvas| {
        let upper = points
            .iter()
            .filter_map(|p| p.high.map(|v| axes.at(p.threshold, v)));
        let lower = points
            .iter()
            .rev()
            .filter_map(|p| p.low.map(|v| axes.at(p.threshold, v)));
        let band: Vec<Point> = upper.chain(lower).collect();
        canvas.area(&band, ink, 0.16);
        let all: Vec<Point> = points
            .iter()
            .map(|p| axes.at(p.threshold, p.treat_all))
            .collect();
        canvas.polyline(&all, Stroke::solid(Ink::Reference, 1.3).dash(Dash::Dashed));
        let model: Vec<Point> = points
            .iter()
            .map(|p| axes.at(p.threshold, p.model))
            .collect();
        canvas.polyline(&model, Stroke::solid(ink, 1.8));
    });
    direct_labels(canvas, axes, points);
}

/// Names the lines: the model where it is still high, treat all where it falls through zero.
fn direct_labels(canvas: &mut Canvas, axes: Axes, points: &[DecisionPoint]) {
    let style = TextStyle::plain(TICK_SIZE).halo();
    let high = axes.y.domain().1 * 0.42;
    if let Some(point) = points.iter().rev().find(|point| point.model >= high) {
        let (x, y) = axes.at(point.threshold, point.model);
        canvas.text((x + 8.0, y - 8.0), "model", style);
    }
    let muted = style.ink(Ink::Muted);
    if let Some(point) = points.iter().find(|point| point.treat_all < 0.0) {
        let (x, y) = axes.at(point.threshold, 0.0);
        canvas.text((x + 10.0, y + 26.0), "treat all", muted);
    }
    let (right, zero) = (axes.x.range().1, axes.y.at(0.0));
    canvas.text(
        (right, zero + 14.0),
        "treat none",
        muted.anchor(Anchor::End),
    );
}

fn alt(name: &str, vessel: &VesselEvaluation, points: &[DecisionPoint]) -> String {
    let values: Vec<String> = vessel
        .decision_curve
        .iter()
        .map(|p| {
            let threshold = number::percent(p.threshold, 0);
            let (model, all) = (number::fixed(p.model, 4), number::fixed(p.treat_all, 4));
            format!("at {threshold} model {model}, treat all {all}")
        })
        .collect();
    if points.is_empty() || values.is_empty() {
        return format!("Decision curve, {name}: undefined.");
    }
    format!(
        "Decision curve, {name}: {}; {}.",
        values.join("; "),
        sample_line(vessel)
    )
}
