//! ROC curves with pointwise band, AUC and operating points.

use super::axes::{
    Axes, LABEL_SIZE, PANEL_HEIGHT, PANEL_WIDTH, PLOT_X, heading, notes, undefined, unit_ticks,
};
use super::{Figure, Outline, assemble, sample_line, vessel_panels};
use crate::number;
use crate::palette::Ink;
use crate::svg::{Anchor, Canvas, Dash, Marker, Point, Stroke, TextStyle};
use coronet_evaluate::{Evaluation, RocCurve, VesselEvaluation};

pub(super) fn figure(evaluation: &Evaluation) -> Figure {
    let level = number::setting(evaluation.config.confidence);
    let with_band = evaluation
        .vessels
        .values()
        .any(|vessel| vessel.roc.defined().is_some_and(|roc| !roc.band.is_empty()));
    let band = if with_band {
        format!("; shaded, the pointwise {level} bootstrap band of the sensitivity")
    } else {
        String::new()
    };
    let caption = format!(
        "Receiver operating characteristic curves by vessel{band}. AUC with {level} DeLong interval, records and events in each panel. \
         Marks are the operating points at the rule-out (circle) and rule-in (square) thresholds, with the threshold beside them; the dashed diagonal is chance."
    );
    let outline = Outline {
        name: "roc",
        title: "Discrimination: ROC curves".to_owned(),
        caption,
        columns: 2,
    };
    assemble(outline, vessel_panels(evaluation, panel))
}

fn panel(name: &str, vessel: &VesselEvaluation, canvas: &mut Canvas) -> (f64, f64, String) {
    let axes = Axes::square((0.0, 1.0), (0.0, 1.0));
    heading(canvas, (PLOT_X.0, 14.0), name, &sample_line(vessel));
    let ticks = unit_ticks();
    axes.frame(canvas, (&ticks, "1 − specificity"), (&ticks, "Sensitivity"));
    match vessel.roc.defined() {
        Some(roc) => curve(canvas, axes, name, vessel, roc),
        None => undefined(canvas, axes, vessel.roc.reason().unwrap_or("not given")),
    }
    let auc = number::or_reason(vessel.quoted_auc(), |auc| number::estimate(auc, 3));
    let alt = format!("ROC curve, {name}: AUC {auc}; {}.", sample_line(vessel));
    (PANEL_WIDTH, PANEL_HEIGHT, alt)
}

fn curve(canvas: &mut Canvas, axes: Axes, name: &str, vessel: &VesselEvaluation, roc: &RocCurve) {
    let ink = Ink::of_vessel(name);
    let upper = roc
        .band
        .iter()
        .map(|p| axes.at(p.false_positive_rate, p.high));
    let lower = roc
        .band
        .iter()
        .rev()
        .map(|p| axes.at(p.false_positive_rate, p.low));
    let band: Vec<Point> = upper.chain(lower).collect();
    canvas.area(&band, ink, 0.16);
    let chance = Stroke::solid(Ink::Reference, 0.8).dash(Dash::Dashed);
    canvas.line(axes.at(0.0, 0.0), axes.at(1.0, 1.0), chance);
    let points: Vec<Point> = roc
        .points
        .iter()
        .map(|p| axes.at(p.false_positive_rate, p.sensitivity))
        .collect();
    canvas.polyline(&points, Stroke::solid(ink, 1.8));
    operating_points(canvas, axes, vessel, ink);
    let auc = number::or_reason(vessel.quoted_auc(), |auc| {
        format!("AUC {}", number::estimate(auc, 3))
    });
    let style = TextStyle::plain(LABEL_SIZE + 1.0)
        .anchor(Anchor::End)
        .bold();
    notes(canvas, axes.at(0.985, 0.06), &[auc], style);
}

fn operating_points(canvas: &mut Canvas, axes: Axes, vessel: &VesselEvaluation, ink: Ink) {
    let named = [
        ("rule_out", "rule-out", Marker::Circle),
        ("rule_in", "rule-in", Marker::Square),
    ];
    let mut last_y = f64::NEG_INFINITY;
    for (key, label, marker) in named {
        let Some(point) = vessel.operating_points.get(key).and_then(|p| p.defined()) else {
            continue;
        };
        let (Some(sensitivity), Some(specificity)) =
            (point.sensitivity.defined(), point.specificity.defined())
        else {
            continue;
        };
        let at = axes.at(1.0 - specificity.value, sensitivity.value);
        canvas.marker(at, marker, 4.6, ink);
        let text = format!("{label} {}", number::fixed(point.threshold, 3));
        let y = (at.1 + 10.0).max(last_y + 14.0);
        let on_right = at.0 + 104.0 < axes.x.range().1;
        let (x, anchor) = if on_right {
            (at.0 + 8.0, Anchor::Start)
        } else {
            (at.0 - 8.0, Anchor::End)
        };
        let style = TextStyle::plain(11.0).anchor(anchor).halo();
        canvas.text((x, y), &text, style);
        last_y = if key == "rule_out" {
            f64::NEG_INFINITY
        } else {
            y
        };
    }
}
