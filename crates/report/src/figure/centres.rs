//! Forest plots centre by centre: discrimination, and calibration before and after its repair.

use super::axes::{Ticks, plain_ticks};
use super::rows::{Frame, Mark, Row, WIDTH, draw};
use super::{Figure, Outline, Panel, assemble, sample_line};
use crate::number;
use crate::palette::Ink;
use crate::svg::{Canvas, Marker};
use coronet_evaluate::{
    CalibrationSummary, CentreEvaluation, Centres, Estimate, Evaluation, Statistic,
    VesselEvaluation,
};

/// Observed over expected events the axis shows.
const RATIOS: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];

/// Both figures; none where the table names no centres.
pub(super) fn figures(evaluation: &Evaluation) -> Vec<Figure> {
    let any = evaluation
        .vessels
        .values()
        .any(|vessel| several(vessel).is_some());
    match any {
        true => vec![discrimination(evaluation), calibration(evaluation)],
        false => Vec::new(),
    }
}

/// The centres, where there are at least two.
fn several(vessel: &VesselEvaluation) -> Option<&Centres> {
    let centres = vessel.centres.defined()?;
    (centres.centres.len() > 1).then_some(centres)
}

fn panels(
    evaluation: &Evaluation,
    draw: impl Fn(&str, &VesselEvaluation, &Centres, &mut Canvas) -> (f64, String),
) -> Vec<Panel> {
    let mut panels = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        let Some(centres) = several(vessel) else {
            continue;
        };
        let mut canvas = Canvas::new();
        let (height, alt) = draw(name, vessel, centres, &mut canvas);
        panels.push(Panel {
            width: WIDTH,
            height,
            body: canvas.into_body(),
            alt,
        });
    }
    panels
}

fn discrimination(evaluation: &Evaluation) -> Figure {
    let level = number::setting(evaluation.config.confidence);
    let outline = Outline {
        name: "centres",
        title: "Discrimination by centre".to_owned(),
        caption: format!(
            "AUC with {level} DeLong interval at each centre, and pooled by random effects (diamond; I², the share of the spread that is not chance, beside it). \
             Squares grow with the number of records; the dashed line is the value of all records."
        ),
        columns: 1,
    };
    let least = evaluation
        .vessels
        .values()
        .filter_map(|vessel| vessel.centres.defined())
        .flat_map(|centres| centres.centres.values())
        .filter_map(|centre| centre.auc.defined())
        .map(|auc| auc.low.unwrap_or(auc.value))
        .fold(0.5, f64::min);
    let domain = (((least * 10.0).floor() / 10.0).max(0.2), 1.0);
    assemble(
        outline,
        panels(evaluation, |name, vessel, centres, canvas| {
            discrimination_panel(domain, name, vessel, centres, canvas)
        }),
    )
}

fn discrimination_panel(
    domain: (f64, f64),
    name: &str,
    vessel: &VesselEvaluation,
    centres: &Centres,
    canvas: &mut Canvas,
) -> (f64, String) {
    let ink = Ink::of_vessel(name);
    let mut rows: Vec<Row> = centres
        .centres
        .iter()
        .map(|(site, centre)| {
            let size = share_size(centre.n, vessel.n);
            let marker = (Marker::Square, size, ink);
            estimate_row(site, counts(centre), &centre.auc, marker, Place::plain(3))
        })
        .collect();
    if let Some(pooled) = centres.pooled.get("auc") {
        let random = pooled.clone().map(|pooled| pooled.random);
        let marker = (Marker::Diamond, 5.0, Ink::Plain);
        let mut row = estimate_row("Pooled", String::new(), &random, marker, Place::plain(3));
        row.strong = true;
        row.last = pooled
            .defined()
            .map_or_else(String::new, |pooled| number::percent(pooled.i_squared, 0));
        rows.push(row);
    }
    let frame = Frame {
        vessel: name,
        note: sample_line(vessel),
        counts: "events / n",
        value: "AUC (interval)",
        last: "I²",
        axis: "AUC",
        domain,
        ticks: plain_ticks(domain.0, domain.1, 5),
        reference: vessel.quoted_auc().defined().map(|auc| auc.value),
    };
    let height = draw(canvas, &frame, &rows);
    (height, alt("AUC by centre", name, &rows))
}

fn calibration(evaluation: &Evaluation) -> Figure {
    let level = number::setting(evaluation.config.confidence);
    let frozen = match evaluation.config.frozen_recalibration.is_some() {
        true => "after the map frozen elsewhere (diamond), ",
        false => "",
    };
    let outline = Outline {
        name: "centres-calibration",
        title: "Calibration by centre, before and after its repair".to_owned(),
        caption: format!(
            "Observed over expected events with {level} interval at each centre: probabilities as given (circle), {frozen}and after an update of the intercept on the centre’s own records, \
             judged on records it was not fitted on (square). 1 is ideal; to the left risk was overestimated. The axis is logarithmic."
        ),
        columns: 1,
    };
    assemble(
        outline,
        panels(evaluation, |name, vessel, centres, canvas| {
            let with_frozen = evaluation.config.frozen_recalibration.is_some();
            calibration_panel(with_frozen, name, vessel, centres, canvas)
        }),
    )
}

fn calibration_panel(
    with_frozen: bool,
    name: &str,
    vessel: &VesselEvaluation,
    centres: &Centres,
    canvas: &mut Canvas,
) -> (f64, String) {
    let ink = Ink::of_vessel(name);
    let mut rows = Vec::new();
    for (site, centre) in &centres.centres {
        let given = Statistic::Defined(centre.calibration.clone());
        let mut steps = vec![(format!("{site}, as given"), given, Marker::Circle, ink)];
        if with_frozen {
            let label = format!("{site}, frozen map");
            steps.push((label, centre.after_frozen.clone(), Marker::Diamond, ink));
        }
        let label = format!("{site}, own intercept");
        steps.push((
            label,
            centre.after_intercept.clone(),
            Marker::Square,
            Ink::Plain,
        ));
        for (label, summary, marker, ink) in steps {
            let ratio = observed_expected(&summary);
            rows.push(estimate_row(
                &label,
                counts(centre),
                &ratio,
                (marker, 4.0, ink),
                Place {
                    of: f64::ln,
                    decimals: 2,
                },
            ));
        }
    }
    let ticks: Ticks = RATIOS
        .iter()
        .map(|ratio| {
            let text = ratio.to_string();
            (ratio.ln(), text)
        })
        .collect();
    let frame = Frame {
        vessel: name,
        note: sample_line(vessel),
        counts: "events / n",
        value: "O:E (interval)",
        last: "",
        axis: "Observed over expected events",
        domain: (RATIOS[0].ln(), RATIOS[4].ln()),
        ticks,
        reference: Some(0.0),
    };
    let height = draw(canvas, &frame, &rows);
    (
        height,
        alt("Observed over expected events by centre", name, &rows),
    )
}

fn observed_expected(summary: &Statistic<CalibrationSummary>) -> Statistic<Estimate> {
    summary
        .clone()
        .and_then(|summary| summary.observed_expected)
}

fn counts(centre: &CentreEvaluation) -> String {
    format!(
        "{} / {}",
        number::count(centre.events),
        number::count(centre.n)
    )
}

fn share_size(n: usize, of: usize) -> f64 {
    let share = if of > 0 { n as f64 / of as f64 } else { 0.0 };
    2.6 + 3.6 * share.clamp(0.0, 1.0).sqrt()
}

/// Where a value stands on the axis, and with how many decimals it is shown.
struct Place {
    of: fn(f64) -> f64,
    decimals: usize,
}

impl Place {
    fn plain(decimals: usize) -> Place {
        Place {
            of: |value| value,
            decimals,
        }
    }
}

/// A row with its marker.
fn estimate_row(
    name: &str,
    counts: String,
    estimate: &Statistic<Estimate>,
    (marker, size, ink): (Marker, f64, Ink),
    place: Place,
) -> Row {
    let (mark, value) = match estimate {
        Statistic::Undefined(undefined) => (Mark::Reason(undefined.reason.clone()), String::new()),
        Statistic::Defined(found) => {
            let limits = found.low.zip(found.high);
            let mark = Mark::Interval {
                value: (place.of)(found.value),
                limits: limits.map(|(low, high)| ((place.of)(low), (place.of)(high))),
                size,
                marker,
                ink,
            };
            (mark, number::estimate(found, place.decimals))
        }
    };
    Row {
        name: name.to_owned(),
        counts,
        mark,
        value,
        last: String::new(),
        strong: false,
    }
}

fn alt(what: &str, vessel: &str, rows: &[Row]) -> String {
    let values: Vec<String> = rows
        .iter()
        .map(|row| match &row.mark {
            Mark::Interval { .. } => format!("{} {}", row.name, row.value),
            Mark::Reason(reason) => format!("{} undefined, {reason}", row.name),
        })
        .collect();
    format!("{what}, {vessel}: {}.", values.join("; "))
}
