//! Cumulative incidence of the event where deaths compete.

use super::axes::{Axes, TICK_SIZE, percent_ticks, plain_ticks};
use super::survival::{WIDTH, dash, end_labels, last_day};
use super::{Figure, Outline, Panel, assemble};
use crate::number;
use crate::palette::Ink;
use crate::svg::{Anchor, Canvas, Point, Scale, Stroke, TextStyle};
use coronet_evaluate::{CumulativeIncidencePoint, SurvivalEvaluation, SurvivalGroup};

pub(super) fn figure(survival: &SurvivalEvaluation) -> Figure {
    let outline = Outline {
        name: "cumulative-incidence",
        title: "Cumulative incidence with competing deaths".to_owned(),
        caption: format!(
            "Aalen–Johansen cumulative incidence of a major adverse cardiac event by ECG stratum, deaths from other causes counted as competing ({} events, {} competing deaths in {} records), bars: intervals at the horizons. \
             Unlike one minus Kaplan–Meier it does not credit the dead with events they can no longer have.",
            number::count(survival.events),
            number::count(survival.competing),
            number::count(survival.n)
        ),
        columns: 1,
    };
    let mut canvas = Canvas::new();
    draw(&mut canvas, survival);
    let panel = Panel {
        width: WIDTH,
        height: 300.0,
        body: canvas.into_body(),
        alt: alt(survival),
    };
    assemble(outline, vec![panel])
}

fn draw(canvas: &mut Canvas, survival: &SurvivalEvaluation) {
    let end = last_day(survival.groups.values());
    let greatest = survival
        .groups
        .values()
        .flat_map(|group| {
            let curve = group.incidence_curve.iter().map(|point| point.event);
            let limits = group
                .at
                .iter()
                .filter_map(|at| at.cumulative_incidence_interval.defined()?.high);
            curve.chain(limits)
        })
        .fold(0.0, f64::max);
    let top = ((greatest * 11.0).ceil() / 10.0).clamp(0.1, 1.0);
    let axes = Axes {
        x: Scale::new((0.0, end), (110.0, 610.0)),
        y: Scale::new((0.0, top), (252.0, 16.0)),
    };
    let mut ends = Vec::new();
    for (name, group) in &survival.groups {
        let line = steps(axes, &group.incidence_curve);
        canvas.polyline(
            &line,
            Stroke::solid(Ink::of_stratum(name), 1.8).dash(dash(name)),
        );
        intervals(canvas, axes, name, group);
        let value = group
            .incidence_curve
            .last()
            .map_or(0.0, |point| point.event);
        ends.push((name.clone(), axes.y.at(value)));
    }
    end_labels(canvas, ends, 618.0);
    let (x_ticks, y_ticks) = (plain_ticks(0.0, end, 6), percent_ticks(0.0, top, 5));
    axes.frame(
        canvas,
        (&x_ticks, "Days of follow-up"),
        (&y_ticks, "Cumulative incidence, %"),
    );
    let events = number::counted(survival.events, "event", "events");
    let deaths = number::counted(survival.competing, "competing death", "competing deaths");
    let style = TextStyle::plain(TICK_SIZE)
        .ink(Ink::Muted)
        .anchor(Anchor::Start);
    canvas.text((122.0, 24.0), &format!("{events}, {deaths}"), style);
}

/// The interval at each horizon the stratum reaches, a little beside that of the stratum before.
fn intervals(canvas: &mut Canvas, axes: Axes, name: &str, group: &SurvivalGroup) {
    let ink = Ink::of_stratum(name);
    let aside = match name {
        "low" => -3.0,
        "intermediate" => 0.0,
        _ => 3.0,
    };
    for at in &group.at {
        let found = at.cumulative_incidence_interval.defined();
        let limits = found.and_then(|found| found.low.zip(found.high));
        if let Some((low, high)) = limits.filter(|_| at.days <= axes.x.domain().1) {
            let place = |value: f64| (axes.x.at(at.days) + aside, axes.y.clamped(value));
            canvas.line(place(low), place(high), Stroke::solid(ink, 1.2));
        }
    }
}

fn steps(axes: Axes, curve: &[CumulativeIncidencePoint]) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::with_capacity(curve.len() * 2);
    for point in curve {
        let next = axes.at(point.days, point.event);
        if let Some(&(_, y)) = points.last() {
            points.push((next.0, y));
        }
        points.push(next);
    }
    points
}

fn alt(survival: &SurvivalEvaluation) -> String {
    let mut parts = Vec::new();
    for (name, group) in &survival.groups {
        for at in &group.at {
            let value = number::or_reason(&at.cumulative_incidence, |v| number::percent(*v, 1));
            parts.push(format!(
                "{name} at {} days {value}",
                number::fixed(at.days, 0)
            ));
        }
    }
    format!("Cumulative incidence: {}.", parts.join("; "))
}
