//! Kaplan–Meier curves by stratum with numbers at risk.

use super::axes::{Axes, LABEL_SIZE, TICK_SIZE, Ticks, notes, plain_ticks};
use super::{Figure, Outline, Panel, assemble};
use crate::number;
use crate::palette::Ink;
use crate::svg::{Anchor, Canvas, Dash, Point, Scale, Stroke, TextStyle};
use crate::wording::covariates;
use coronet_evaluate::{Evaluation, SurvivalEvaluation, SurvivalGroup, SurvivalPoint};

/// Width of follow-up panels in user units.
pub(super) const WIDTH: f64 = 716.0;
/// Ends of the plot area.
const X: (f64, f64) = (110.0, 610.0);
const Y: (f64, f64) = (20.0, 320.0);

pub(super) fn figure(evaluation: &Evaluation, survival: &SurvivalEvaluation) -> Figure {
    let level = number::setting(evaluation.config.confidence);
    let outline = Outline {
        name: "kaplan-meier",
        title: "Event-free survival by stratum".to_owned(),
        caption: format!(
            "Kaplan–Meier estimate of survival without a major adverse cardiac event by ECG stratum (the highest of the vessels), with pointwise {level} bands, ticks at censored times, \
             and numbers at risk under the axis. Competing deaths are censored here{}.{}",
            if survival.competing > 0 {
                "; see the cumulative incidence"
            } else {
                ""
            },
            survival.cox.defined().map_or_else(String::new, |cox| {
                format!(
                    " Hazard ratios are from a Cox model of {} records with {} on {}.",
                    number::count(cox.n),
                    number::counted(cox.events, "event", "events"),
                    covariates(cox)
                )
            })
        ),
        columns: 1,
    };
    let mut canvas = Canvas::new();
    let height = draw(&mut canvas, survival);
    let panel = Panel {
        width: WIDTH,
        height,
        body: canvas.into_body(),
        alt: alt(survival),
    };
    assemble(outline, vec![panel])
}

fn draw(canvas: &mut Canvas, survival: &SurvivalEvaluation) -> f64 {
    let end = last_day(survival.groups.values());
    let axes = Axes {
        x: Scale::new((0.0, end), X),
        y: Scale::new((0.0, 1.0), (Y.1, Y.0)),
    };
    let x_ticks = plain_ticks(0.0, end, 6);
    let y_ticks = super::axes::unit_ticks();
    let mut ends = Vec::new();
    for (name, group) in &survival.groups {
        draw_group(canvas, axes, name, group);
        let value = group.curve.last().map_or(1.0, |point| point.survival);
        ends.push((name.clone(), axes.y.at(value)));
    }
    axes.frame(
        canvas,
        (&x_ticks, "Days of follow-up"),
        (&y_ticks, "Event-free survival"),
    );
    end_labels(canvas, ends, X.1 + 8.0);
    notes(
        canvas,
        (X.0 + 10.0, Y.1 - 66.0),
        &panel_notes(survival),
        TextStyle::plain(LABEL_SIZE).halo(),
    );
    at_risk(canvas, axes, &x_ticks, survival)
}

/// The last day any curve reaches.
pub(super) fn last_day<'a>(groups: impl Iterator<Item = &'a SurvivalGroup>) -> f64 {
    let last = groups
        .filter_map(|group| group.curve.last())
        .map(|point| point.days)
        .fold(0.0, f64::max);
    if last > 0.0 { last } else { 1.0 }
}

/// The dash that tells a stratum apart without colour.
pub(super) fn dash(stratum: &str) -> Dash {
    match stratum {
        "low" => Dash::Solid,
        "intermediate" => Dash::Dashed,
        _ => Dash::Alternating,
    }
}

fn draw_group(canvas: &mut Canvas, axes: Axes, name: &str, group: &SurvivalGroup) {
    let ink = Ink::of_stratum(name);
    let value = |point: &SurvivalPoint| Some(point.survival);
    let mut band = steps(axes, &group.curve, |point| point.high.or(value(point)));
    let mut lower = steps(axes, &group.curve, |point| point.low.or(value(point)));
    lower.reverse();
    band.append(&mut lower);
    canvas.area(&band, ink, 0.15);
    let line = steps(axes, &group.curve, value);
    canvas.polyline(&line, Stroke::solid(ink, 1.8).dash(dash(name)));
    censor_ticks(canvas, axes, ink, group);
}

/// A tick at every censored time, as far as ticks can be told apart.
fn censor_ticks(canvas: &mut Canvas, axes: Axes, ink: Ink, group: &SurvivalGroup) {
    let mut last = f64::NEG_INFINITY;
    for point in group.curve.iter().filter(|point| point.censored > 0) {
        let (x, y) = axes.at(point.days, point.survival);
        if x - last >= 0.7 {
            canvas.line((x, y - 3.0), (x, y + 3.0), Stroke::solid(ink, 0.7));
            last = x;
        }
    }
}

/// The corners of a right-continuous step line.
fn steps(
    axes: Axes,
    curve: &[SurvivalPoint],
    value: impl Fn(&SurvivalPoint) -> Option<f64>,
) -> Vec<Point> {
    let mut points = Vec::with_capacity(curve.len() * 2);
    let mut level: Option<f64> = None;
    for point in curve {
        let Some(next) = value(point) else { continue };
        if let Some(level) = level.filter(|level| *level != next) {
            points.push(axes.at(point.days, level));
        }
        points.push(axes.at(point.days, next));
        level = Some(next);
    }
    points
}

/// Names at the lines' ends, moved apart where they would overlap.
pub(super) fn end_labels(canvas: &mut Canvas, mut ends: Vec<(String, f64)>, x: f64) {
    ends.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut last = f64::NEG_INFINITY;
    for (name, y) in ends {
        let y = y.max(last + 14.0);
        let ink = Ink::of_stratum(&name);
        canvas.line(
            (x, y),
            (x + 16.0, y),
            Stroke::solid(ink, 1.8).dash(dash(&name)),
        );
        canvas.text((x + 20.0, y), &name, TextStyle::plain(LABEL_SIZE));
        last = y;
    }
}

fn panel_notes(survival: &SurvivalEvaluation) -> Vec<String> {
    let log_rank = number::or_reason(&survival.log_rank, |test| number::p_equals(test.p));
    let mut lines = vec![format!("Log-rank {log_rank}")];
    match survival.cox.defined() {
        Some(cox) => {
            let reference = cox.reference.as_deref().unwrap_or("the reference");
            for (name, term) in cox
                .terms
                .iter()
                .filter(|(name, _)| survival.groups.contains_key(*name))
            {
                lines.push(format!(
                    "HR {name} vs {reference} {}",
                    number::estimate(&term.hr, 2)
                ));
            }
        }
        None => lines.push(format!(
            "HR undefined: {}",
            survival.cox.reason().unwrap_or("not given")
        )),
    }
    lines
}

/// Rows of numbers at risk under the ticks; returns the height of the panel.
fn at_risk(canvas: &mut Canvas, axes: Axes, ticks: &Ticks, survival: &SurvivalEvaluation) -> f64 {
    let mut y = Y.1 + 58.0;
    let style = TextStyle::plain(TICK_SIZE);
    canvas.text((6.0, y), "Number at risk", style.ink(Ink::Muted));
    for (name, group) in &survival.groups {
        y += 16.0;
        let ink = Ink::of_stratum(name);
        canvas.rectangle((6.0, y - 4.0), (14.0, y + 4.0), ink, 1.0);
        canvas.text((20.0, y), name, style);
        for (days, _) in ticks {
            let n = number::count(at_risk_on(group, *days));
            canvas.text((axes.x.at(*days), y), &n, style.anchor(Anchor::Middle));
        }
    }
    y + 14.0
}

/// Records still followed just before `days`: those of the first step at or after it.
fn at_risk_on(group: &SurvivalGroup, days: f64) -> usize {
    group
        .curve
        .iter()
        .find(|point| point.days >= days)
        .map_or(0, |point| point.at_risk)
}

fn alt(survival: &SurvivalEvaluation) -> String {
    let mut parts = Vec::new();
    for (name, group) in &survival.groups {
        for at in &group.at {
            let value = number::or_reason(&at.survival, |s| number::estimate_percent(s, 1));
            parts.push(format!(
                "{name} at {} days {value}",
                number::fixed(at.days, 0)
            ));
        }
    }
    format!(
        "Kaplan–Meier curves: {}. {}.",
        parts.join("; "),
        panel_notes(survival).join("; ")
    )
}
