//! Calibration plots: smoother, tenths with intervals, strip of predicted risks.

use super::axes::{
    Axes, LABEL_SIZE, PANEL_WIDTH, PLOT_X, PLOT_Y, TICK_SIZE, heading, notes, undefined, unit_ticks,
};
use super::{Figure, Outline, assemble, sample_line, vessel_panels};
use crate::number;
use crate::palette::Ink;
use crate::svg::{Anchor, Canvas, Dash, Marker, Point, Scale, Stroke, TextStyle};
use coronet_evaluate::{
    Calibration, CalibrationPoint, Estimate, Evaluation, Statistic, VesselEvaluation,
};

/// Height of the strip's half for one class.
const STRIP: f64 = 24.0;
/// Middle line of the strip.
const STRIP_MIDDLE: f64 = PLOT_Y.1 + 72.0;
/// Height of the panel with its strip.
const HEIGHT: f64 = STRIP_MIDDLE + STRIP + 8.0;

pub(super) fn figure(evaluation: &Evaluation) -> Figure {
    let level = number::setting(evaluation.config.confidence);
    let smoother = evaluation
        .vessels
        .values()
        .map(|vessel| vessel.calibration.smoother.as_str())
        .find(|smoother| !["", "none"].contains(smoother))
        .unwrap_or("not stated");
    let outline = Outline {
        name: "calibration",
        title: "Calibration".to_owned(),
        caption: format!(
            "Observed frequency of events against predicted probability by vessel. Line: smoother ({smoother}), shaded its pointwise {level} band, which grows where predicted risks are few and knows nothing of the smoother’s bias; points: ten groups of equal size with {level} Wilson intervals; \
             dashed diagonal: perfect agreement. Slope (ideal 1) and intercept (ideal 0) with {level} intervals in the panel. \
             The strip below counts predicted probabilities, records with the event upwards and without it downwards, each to its own greatest count."
        ),
        columns: 2,
    };
    assemble(outline, vessel_panels(evaluation, panel))
}

fn panel(name: &str, vessel: &VesselEvaluation, canvas: &mut Canvas) -> (f64, f64, String) {
    let axes = Axes::square((0.0, 1.0), (0.0, 1.0));
    let calibration = &vessel.calibration;
    heading(canvas, (PLOT_X.0, 14.0), name, &sample_line(vessel));
    let ticks = unit_ticks();
    axes.frame(
        canvas,
        (&ticks, "Predicted probability"),
        (&ticks, "Observed frequency"),
    );
    let ideal = Stroke::solid(Ink::Reference, 0.8).dash(Dash::Dashed);
    match reason(calibration) {
        Some(reason) => undefined(canvas, axes, reason),
        None => {
            canvas.line(axes.at(0.0, 0.0), axes.at(1.0, 1.0), ideal);
            curve(canvas, axes, name, calibration);
            summary(canvas, axes, calibration);
        }
    }
    strip(canvas, axes.x, name, vessel);
    let slope = interval_or_value(&calibration.slope_interval, &calibration.slope);
    let intercept = interval_or_value(&calibration.intercept_interval, &calibration.intercept);
    let alt = format!(
        "Calibration, {name}: slope {slope}, intercept {intercept}; {}.",
        sample_line(vessel)
    );
    (PANEL_WIDTH, HEIGHT, alt)
}

/// Why there is nothing to draw, if so.
fn reason(calibration: &Calibration) -> Option<&str> {
    if !calibration.bins.is_empty() || !calibration.curve.is_empty() {
        return None;
    }
    calibration
        .slope
        .reason()
        .or_else(|| calibration.ici.reason())
        .or(Some("no predicted probabilities"))
}

fn curve(canvas: &mut Canvas, axes: Axes, name: &str, calibration: &Calibration) {
    let ink = Ink::of_vessel(name);
    let (a, b) = axes.corners();
    canvas.clipped(a, b, |canvas| {
        let line: Vec<Point> = calibration
            .curve
            .iter()
            .map(|point| axes.at(point.predicted, point.observed))
            .collect();
        let limit = |pick: fn(&CalibrationPoint) -> Option<f64>| {
            move |point: &CalibrationPoint| Some(axes.at(point.predicted, pick(point)?))
        };
        let upper = calibration
            .curve
            .iter()
            .filter_map(limit(|point| point.high));
        let lower = calibration.curve.iter().rev();
        let lower = lower.filter_map(limit(|point| point.low));
        let band: Vec<Point> = upper.chain(lower).collect();
        canvas.area(&band, ink, 0.16);
        canvas.polyline(&line, Stroke::solid(ink, 1.8));
    });
    for bin in &calibration.bins {
        if let (Some(low), Some(high)) = (bin.observed.low, bin.observed.high) {
            let whisker = Stroke::solid(ink, 1.0);
            canvas.line(
                axes.at(bin.predicted, low),
                axes.at(bin.predicted, high),
                whisker,
            );
        }
        canvas.marker(
            axes.at(bin.predicted, bin.observed.value),
            Marker::Circle,
            3.8,
            ink,
        );
    }
}

/// Slope and intercept, in the corner the points leave free.
fn summary(canvas: &mut Canvas, axes: Axes, calibration: &Calibration) {
    let lines = [
        format!(
            "Slope {}",
            interval_or_value(&calibration.slope_interval, &calibration.slope)
        ),
        format!(
            "Intercept {}",
            interval_or_value(&calibration.intercept_interval, &calibration.intercept)
        ),
        format!(
            "ICI {}",
            number::or_reason(&calibration.ici, |v| number::fixed(*v, 3))
        ),
    ];
    let above = calibration
        .bins
        .iter()
        .filter(|bin| bin.observed.value > bin.predicted)
        .count();
    let style = TextStyle::plain(LABEL_SIZE);
    if above * 2 > calibration.bins.len() {
        notes(
            canvas,
            axes.at(0.985, 0.17),
            &lines,
            style.anchor(Anchor::End),
        );
    } else {
        notes(canvas, axes.at(0.025, 0.965), &lines, style);
    }
}

fn interval_or_value(interval: &Statistic<Estimate>, value: &Statistic<f64>) -> String {
    match interval {
        Statistic::Defined(estimate) => number::estimate(estimate, 2),
        Statistic::Undefined(_) => number::or_reason(value, |value| number::fixed(*value, 2)),
    }
}

fn strip(canvas: &mut Canvas, x: Scale, name: &str, vessel: &VesselEvaluation) {
    let histogram = &vessel.score_histogram;
    let (left, right) = x.range();
    let sides = [
        (&histogram.positives, -STRIP, Ink::of_vessel(name), "event"),
        (&histogram.negatives, STRIP, Ink::Reference, "none"),
    ];
    for (counts, reach, ink, label) in sides {
        bars(canvas, x, counts, reach, ink);
        let style = TextStyle::plain(TICK_SIZE)
            .ink(Ink::Muted)
            .anchor(Anchor::End);
        canvas.text((left - 7.0, STRIP_MIDDLE + reach * 0.5), label, style);
    }
    canvas.line(
        (left, STRIP_MIDDLE),
        (right, STRIP_MIDDLE),
        Stroke::solid(Ink::Plain, 0.6),
    );
}

fn bars(canvas: &mut Canvas, x: Scale, counts: &[usize], reach: f64, ink: Ink) {
    let most = counts.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return;
    }
    let bins = counts.len() as f64;
    for (index, &n) in counts.iter().enumerate().filter(|(_, n)| **n > 0) {
        let from = x.at(index as f64 / bins) + 0.4;
        let to = x.at((index + 1) as f64 / bins) - 0.4;
        let tip = STRIP_MIDDLE + reach * n as f64 / most as f64;
        canvas.rectangle((from, STRIP_MIDDLE), (to, tip), ink, 0.85);
    }
}
