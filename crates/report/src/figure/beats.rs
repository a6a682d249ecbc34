//! Mean beats of the high and of the low stratum, lead by lead.

use super::axes::TICK_SIZE;
use super::{Figure, Outline, Panel, named};
use crate::explanation::{Curve, GroupBeats, VesselCohort};
use crate::number;
use crate::palette::Ink;
use crate::svg::{Anchor, Canvas, Dash, Point, Scale, Stroke, TextStyle, nice_ticks};
use coronet_ecg::Lead;

const WIDTH: f64 = 226.0;
const HEIGHT: f64 = 158.0;
/// Plot area.
const X: (f64, f64) = (36.0, 222.0);
const Y: (f64, f64) = (128.0, 22.0);
/// p-value below which a cluster is marked.
const MARKED: f64 = 0.05;
/// Opacity of the strongest step of the drivers.
const FULL: f64 = 0.6;

/// Twelve panels; `None` where the beats were not compared.
pub(super) fn figure(vessel: &VesselCohort) -> Option<Figure> {
    let beats = vessel.beats.defined()?;
    let strongest = beats.drivers.iter().flatten().flatten();
    let strongest = strongest.copied().fold(0.0, f64::max);
    let panels = Lead::ALL
        .into_iter()
        .filter(|lead| lead.index() < beats.high.len().min(beats.low.len()))
        .map(|lead| panel(vessel, beats, lead, strongest))
        .collect();
    let caption = format!(
        "Mean beats in {} of the high ({}, solid) and of the low stratum of {} ({}, dashed), {}; bands: pointwise bootstrap by patient. Wash: where the logits of patients are set apart. Bars below: a cluster permutation test over time and leads saw a difference (p < 0.05 after Holm's correction over vessels); its place is approximate. Strata are by the network's own predictions.",
        beats.unit,
        number::counted(beats.n.0, "patient", "patients"),
        vessel.vessel,
        number::count(beats.n.1),
        beats.design
    );
    let heading = format!(
        "{}: mean beats of the high (n = {}) and of the low stratum (n = {}) of the model, {}",
        vessel.vessel,
        number::count(beats.n.0),
        number::count(beats.n.1),
        beats.unit
    );
    let outline = Outline {
        name: "beats",
        title: format!("Beats of high and low risk of {}", vessel.vessel),
        caption,
        columns: 3,
    };
    let figure = named(&format!("beats-{}", vessel.vessel), outline, panels);
    Some(figure.headed(&heading))
}

fn panel(vessel: &VesselCohort, beats: &GroupBeats, lead: Lead, strongest: f64) -> Panel {
    let mut canvas = Canvas::new();
    let index = lead.index();
    let (high, low) = (&beats.high[index], &beats.low[index]);
    let time = &beats.milliseconds;
    let first = time.first().copied().unwrap_or(0.0);
    let last = time.last().copied().unwrap_or(1.0);
    let x = Scale::new((first, last), X);
    let y = Scale::new(reach(high, low), Y);
    wash(&mut canvas, vessel, beats, index, strongest, x);
    for (curve, ink, dash) in [
        (low, Ink::Low, Dash::Dashed),
        (high, Ink::High, Dash::Solid),
    ] {
        let at = |values: &[f64]| -> Vec<Point> {
            let points = time.iter().zip(values);
            points
                .map(|(&time, &value)| (x.at(time), y.at(value)))
                .collect()
        };
        let mut around = at(&curve.low);
        around.extend(at(&curve.high).into_iter().rev());
        canvas.area(&around, ink, 0.3);
        canvas.polyline(&at(&curve.mean), Stroke::solid(ink, 1.5).dash(dash));
    }
    axes(&mut canvas, x, y);
    let name = TextStyle::plain(13.0).bold();
    canvas.text((X.0 + 2.0, 10.0), lead.name(), name);
    if index == 0 {
        key(&mut canvas);
    }
    let differences = beats.differences.iter();
    let marked: Vec<_> = differences
        .filter(|one| one.lead == index && one.p < MARKED)
        .collect();
    for one in &marked {
        let (from, to) = one.milliseconds;
        canvas.rectangle(
            (x.at(from), Y.0 + 1.0),
            (x.at(to), Y.0 + 4.0),
            Ink::Plain,
            1.0,
        );
    }
    Panel {
        width: WIDTH,
        height: HEIGHT,
        body: canvas.into_body(),
        alt: alt(lead, &marked),
    }
}

/// Which line is which, beside the name of the first lead.
fn key(canvas: &mut Canvas) {
    let small = TextStyle::plain(TICK_SIZE).ink(Ink::Muted);
    for (name, ink, dash, left) in [
        ("high", Ink::High, Dash::Solid, X.1 - 104.0),
        ("low", Ink::Low, Dash::Dashed, X.1 - 46.0),
    ] {
        let line = [(left, 10.0), (left + 20.0, 10.0)];
        canvas.polyline(&line, Stroke::solid(ink, 1.5).dash(dash));
        canvas.text((left + 25.0, 10.0), name, small);
    }
}

/// Least and greatest limit of both bands, with some room.
fn reach(high: &Curve, low: &Curve) -> (f64, f64) {
    let values = || {
        let both = [high, low].into_iter();
        both.flat_map(|curve| curve.low.iter().chain(&curve.high))
            .copied()
    };
    let least = values().fold(f64::INFINITY, f64::min);
    let most = values().fold(f64::NEG_INFINITY, f64::max);
    let room = 0.06 * (most - least).max(0.1);
    (least - room, most + room)
}

fn wash(
    canvas: &mut Canvas,
    vessel: &VesselCohort,
    beats: &GroupBeats,
    lead: usize,
    strongest: f64,
    x: Scale,
) {
    let steps = beats.drivers.as_ref().and_then(|drivers| drivers.get(lead));
    let ink = Ink::of_vessel(&vessel.vessel);
    for (edges, &share) in beats.edges.windows(2).zip(steps.into_iter().flatten()) {
        let opacity = FULL * (share / strongest.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        if opacity >= 0.02 {
            canvas.rectangle((x.at(edges[0]), Y.1), (x.at(edges[1]), Y.0), ink, opacity);
        }
    }
}

fn axes(canvas: &mut Canvas, x: Scale, y: Scale) {
    let line = Stroke::solid(Ink::Plain, 0.8);
    canvas.line((X.0, Y.0), (X.1, Y.0), line);
    canvas.line((X.0, Y.0), (X.0, Y.1), line);
    let tick = TextStyle::plain(TICK_SIZE).ink(Ink::Muted).tick();
    for time in [-200.0, 0.0, 200.0, 400.0] {
        let (first, last) = x.domain();
        if (first..=last).contains(&time) {
            let shown = number::fixed(time, 0);
            let shown = if time == 0.0 { "0 ms" } else { &shown };
            let at = (x.at(time).min(X.1 - 8.0), Y.0 + 13.0);
            canvas.text(at, shown, tick.anchor(Anchor::Middle));
        }
    }
    let (low, high) = y.domain();
    let (values, decimals) = nice_ticks(low, high, 5);
    for value in values {
        canvas.line((X.0 - 3.0, y.at(value)), (X.0, y.at(value)), line);
        let shown = number::fixed(value, decimals);
        canvas.text((X.0 - 5.0, y.at(value)), &shown, tick.anchor(Anchor::End));
    }
}

fn alt(lead: Lead, marked: &[&crate::explanation::Difference]) -> String {
    let spans: Vec<String> = marked
        .iter()
        .map(|one| {
            let (from, to) = one.milliseconds;
            let p = number::p_equals(one.p);
            format!(
                "{} to {} ms, {p}",
                number::fixed(from, 0),
                number::fixed(to, 0)
            )
        })
        .collect();
    let found = match spans.is_empty() {
        true => "no difference marked".to_owned(),
        false => format!("differences at {}", spans.join("; ")),
    };
    format!("{}: mean beats of high and low, {found}.", lead.name())
}
