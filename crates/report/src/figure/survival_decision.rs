//! Decision curve for the event by a horizon.

use super::axes::{Axes, TICK_SIZE, percent_ticks, plain_ticks};
use super::survival::WIDTH;
use super::{Figure, Outline, Panel, assemble};
use crate::number;
use crate::palette::Ink;
use crate::svg::{Anchor, Canvas, Dash, Marker, Point, Scale, Stroke, TextStyle};
use coronet_evaluate::{
    Evaluation, Statistic, SurvivalDecision, SurvivalDecisionPoint, SurvivalEvaluation,
};

/// The figure, where a horizon is reached.
pub(super) fn figure(evaluation: &Evaluation, survival: &SurvivalEvaluation) -> Option<Figure> {
    let decision = survival.decision.defined()?;
    let competing = survival.competing > 0;
    let how = match competing {
        true => "Aalen–Johansen, deaths competing",
        false => "Kaplan–Meier",
    };
    let outline = Outline {
        name: "survival-decision",
        title: "Decision curve for the event".to_owned(),
        caption: format!(
            "Net benefit for the event by day {} against the threshold probability ({how}): acting on the predicted risk (solid, with pointwise {} intervals where they were computed), on everybody (dashed) and on nobody (zero line). Computed at the marked thresholds, with straight lines between. Risk: {}.",
            number::fixed(decision.days, 0),
            number::setting(evaluation.config.confidence),
            survival.risk_source
        ),
        columns: 1,
    };
    let mut points = match competing {
        true => decision.aalen_johansen.clone(),
        false => decision.kaplan_meier.clone(),
    };
    points.sort_by(|a, b| a.threshold.total_cmp(&b.threshold));
    let points = &points;
    let mut canvas = Canvas::new();
    draw(&mut canvas, points);
    let panel = Panel {
        width: WIDTH,
        height: 300.0,
        body: canvas.into_body(),
        alt: alt(evaluation, decision, points),
    };
    Some(assemble(outline, vec![panel]))
}

fn draw(canvas: &mut Canvas, points: &[SurvivalDecisionPoint]) {
    let end = points.last().map_or(1.0, |point| point.threshold);
    let greatest = points
        .iter()
        .filter_map(|point| {
            Some(
                point
                    .model
                    .defined()?
                    .value
                    .max(*point.treat_all.defined()?),
            )
        })
        .fold(0.0, f64::max);
    let top = if greatest > 0.0 { greatest * 1.15 } else { 0.1 };
    let axes = Axes {
        x: Scale::new((0.0, end), (110.0, 610.0)),
        y: Scale::new((-top * 0.18, top), (252.0, 16.0)),
    };
    let (a, b) = axes.corners();
    canvas.line(
        axes.at(0.0, 0.0),
        axes.at(end, 0.0),
        Stroke::solid(Ink::Plain, 0.8),
    );
    canvas.clipped(a, b, |canvas| curves(canvas, axes, points));
    let style = TextStyle::plain(TICK_SIZE);
    for (y, name) in label_places(axes, points) {
        canvas.text((618.0, y), name, style.anchor(Anchor::Start));
    }
    let x_ticks = percent_ticks(0.0, end, 6);
    let y_ticks = plain_ticks(-top * 0.18, top, 5);
    axes.frame(
        canvas,
        (&x_ticks, "Threshold probability, %"),
        (&y_ticks, "Net benefit"),
    );
}

fn curves(canvas: &mut Canvas, axes: Axes, points: &[SurvivalDecisionPoint]) {
    let limit = |pick: fn(&coronet_evaluate::Estimate) -> Option<f64>| {
        move |point: &SurvivalDecisionPoint| {
            Some(axes.at(point.threshold, pick(point.model.defined()?)?))
        }
    };
    let upper = points.iter().filter_map(limit(|model| model.high));
    let lower = points.iter().rev().filter_map(limit(|model| model.low));
    let band: Vec<Point> = upper.chain(lower).collect();
    canvas.area(&band, Ink::Plain, 0.12);
    let place = |point: &SurvivalDecisionPoint, value: Option<f64>| {
        axes.at(point.threshold, value.unwrap_or(f64::NAN))
    };
    let all: Vec<Point> = points
        .iter()
        .map(|point| place(point, point.treat_all.defined().copied()))
        .collect();
    canvas.polyline(&all, Stroke::solid(Ink::Reference, 1.3).dash(Dash::Dashed));
    let model: Vec<Point> = points
        .iter()
        .map(|point| place(point, point.model.defined().map(|model| model.value)))
        .collect();
    canvas.polyline(&model, Stroke::solid(Ink::Plain, 1.8));
    for at in model.into_iter().filter(|at| at.1.is_finite()) {
        canvas.marker(at, Marker::Circle, 3.0, Ink::Plain);
    }
}

/// Names at the right end: the model at its last value, the references beside the zero line.
fn label_places(axes: Axes, points: &[SurvivalDecisionPoint]) -> Vec<(f64, &'static str)> {
    let zero = axes.y.at(0.0);
    let last = points.iter().rev().find_map(|point| point.model.defined());
    let model = last.map_or(zero - 14.0, |model| axes.y.clamped(model.value));
    vec![
        (model.min(zero - 14.0), "model"),
        (zero, "treat none"),
        (zero + 14.0, "treat all (dashed)"),
    ]
}

fn alt(
    evaluation: &Evaluation,
    decision: &SurvivalDecision,
    points: &[SurvivalDecisionPoint],
) -> String {
    let asked = |t: f64| {
        let mut thresholds = evaluation.config.decision_thresholds.iter();
        thresholds.any(|asked| (asked - t).abs() < 1e-9)
    };
    let show = |value: &Statistic<f64>| number::or_reason(value, |value| number::fixed(*value, 4));
    let values: Vec<String> = points
        .iter()
        .filter(|point| asked(point.threshold))
        .map(|point| {
            format!(
                "at {} model {}, treat all {}",
                number::setting(point.threshold),
                number::or_reason(&point.model, |model| number::estimate(model, 4)),
                show(&point.treat_all)
            )
        })
        .collect();
    format!(
        "Decision curve for the event by day {}: {}.",
        number::fixed(decision.days, 0),
        values.join("; ")
    )
}
