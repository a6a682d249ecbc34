//! Sensitivity, specificity and predictive values along the threshold.

use super::axes::{
    Axes, PANEL_HEIGHT, PANEL_WIDTH, PLOT_X, PLOT_Y, TICK_SIZE, heading, undefined, unit_ticks,
};
use super::{Figure, Outline, assemble, sample_line, vessel_panels};
use crate::number;
use crate::palette::Ink;
use crate::svg::{Anchor, Canvas, Dash, Point, Scale, Stroke, TextStyle};
use coronet_evaluate::{Evaluation, Proportion, Statistic, ThresholdRow, VesselEvaluation};

/// Right end of the plot; the names of the lines stand beside it.
const RIGHT: f64 = 288.0;

/// A line: its name, dash, and value in a row.
type Line = (
    &'static str,
    Dash,
    fn(&ThresholdRow) -> &Statistic<Proportion>,
);

const LINES: [Line; 4] = [
    ("Sens.", Dash::Solid, |row| &row.sensitivity),
    ("Spec.", Dash::Dashed, |row| &row.specificity),
    ("PPV", Dash::Dotted, |row| &row.ppv),
    ("NPV", Dash::Alternating, |row| &row.npv),
];

pub(super) fn figure(evaluation: &Evaluation) -> Figure {
    let outline = Outline {
        name: "thresholds",
        title: "Threshold curves".to_owned(),
        caption: format!(
            "Sensitivity (solid), specificity (dashed), positive (dotted) and negative predictive value (dot-dashed) against the threshold at or above which a record is called positive, by vessel, with pointwise {} Wilson bands. \
             Thin vertical lines: the rule-out and rule-in thresholds. Predictive values hold for the event rate of these records.",
            number::setting(evaluation.config.confidence)
        ),
        columns: 2,
    };
    assemble(outline, vessel_panels(evaluation, panel))
}

fn panel(name: &str, vessel: &VesselEvaluation, canvas: &mut Canvas) -> (f64, f64, String) {
    let axes = Axes {
        x: Scale::new((0.0, 1.0), (PLOT_X.0, RIGHT)),
        y: Scale::new((0.0, 1.0), (PLOT_Y.1, PLOT_Y.0)),
    };
    heading(canvas, (PLOT_X.0, 14.0), name, &sample_line(vessel));
    let rows = &vessel.threshold_table;
    match reason(vessel) {
        Some(reason) => undefined(canvas, axes, &reason),
        None => {
            thresholds(canvas, axes, vessel);
            lines(canvas, axes, Ink::of_vessel(name), rows);
        }
    }
    let ticks = unit_ticks();
    axes.frame(canvas, (&ticks, "Threshold"), (&ticks, "Proportion"));
    (PANEL_WIDTH, PANEL_HEIGHT, alt(name, vessel))
}

/// Why there is nothing to draw, if so.
fn reason(vessel: &VesselEvaluation) -> Option<String> {
    let Some(row) = vessel.threshold_table.first() else {
        return Some("no threshold could be evaluated".to_owned());
    };
    let reason = row.sensitivity.reason().or(row.specificity.reason());
    reason.map(str::to_owned)
}

fn thresholds(canvas: &mut Canvas, axes: Axes, vessel: &VesselEvaluation) {
    let (top, bottom) = (axes.y.at(1.0), axes.y.at(0.0));
    for threshold in [&vessel.thresholds.rule_out, &vessel.thresholds.rule_in] {
        if let Some(value) = threshold.defined() {
            let x = axes.x.at(*value);
            canvas.line((x, top), (x, bottom), Stroke::solid(Ink::Reference, 0.7));
        }
    }
}

fn lines(canvas: &mut Canvas, axes: Axes, ink: Ink, rows: &[ThresholdRow]) {
    let mut ends: Vec<(f64, &str, Dash)> = Vec::new();
    for (name, dash, value) in LINES {
        for known in defined_runs(rows, value) {
            let upper = known.iter().map(|(t, p)| axes.at(*t, p.high));
            let lower = known.iter().rev().map(|(t, p)| axes.at(*t, p.low));
            let band: Vec<Point> = upper.chain(lower).collect();
            canvas.area(&band, ink, 0.08);
            let line: Vec<Point> = known.iter().map(|(t, p)| axes.at(*t, p.value)).collect();
            canvas.polyline(&line, Stroke::solid(ink, 1.5).dash(dash));
            ends.retain(|(_, of, _)| *of != name);
            ends.extend(line.last().map(|end| (end.1, name, dash)));
        }
    }
    names(canvas, ink, ends);
}

/// Neighbouring rows where `value` is defined, with it; a line ends where it is not.
fn defined_runs(
    rows: &[ThresholdRow],
    value: fn(&ThresholdRow) -> &Statistic<Proportion>,
) -> Vec<Vec<(f64, Proportion)>> {
    rows.chunk_by(|a, b| value(a).defined().is_some() == value(b).defined().is_some())
        .map(|run| {
            let points = run.iter();
            points
                .filter_map(|row| Some((row.threshold, *value(row).defined()?)))
                .collect::<Vec<_>>()
        })
        .filter(|run| !run.is_empty())
        .collect()
}

/// Names at the right, in the order of the lines' ends, moved apart and kept inside the panel.
fn names(canvas: &mut Canvas, ink: Ink, mut ends: Vec<(f64, &str, Dash)>) {
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let gap = 13.0;
    let mut below = PLOT_Y.1 + 4.0;
    let mut places: Vec<f64> = Vec::new();
    for (y, _, _) in ends.iter().rev() {
        let y = y.min(below);
        below = y - gap;
        places.push(y);
    }
    for ((_, name, dash), y) in ends.into_iter().rev().zip(places) {
        let x = RIGHT + 6.0;
        canvas.line((x, y), (x + 13.0, y), Stroke::solid(ink, 1.5).dash(dash));
        let style = TextStyle::plain(TICK_SIZE - 1.0).anchor(Anchor::Start);
        canvas.text((x + 16.0, y), name, style);
    }
}

fn alt(name: &str, vessel: &VesselEvaluation) -> String {
    if let Some(reason) = reason(vessel) {
        return format!("Threshold curves, {name}: undefined, {reason}.");
    }
    let at = |wanted: f64| {
        let mut rows = vessel.threshold_table.iter();
        rows.find(|row| (row.threshold - wanted).abs() < 1e-9)
    };
    let values: Vec<String> = [0.05, 0.1, 0.2, 0.5]
        .into_iter()
        .filter_map(at)
        .map(|row| {
            let show =
                |p: &Statistic<Proportion>| number::or_reason(p, |p| number::percent(p.value, 1));
            format!(
                "at {} sensitivity {}, specificity {}",
                number::percent(row.threshold, 0),
                show(&row.sensitivity),
                show(&row.specificity)
            )
        })
        .collect();
    format!(
        "Threshold curves, {name}: {}; {}.",
        values.join("; "),
        sample_line(vessel)
    )
}
