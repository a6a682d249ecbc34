//! Observed event rates in the strata low, intermediate and high.

use super::axes::percent_ticks;
use super::rows::{Frame, Mark, Row, WIDTH, draw};
use super::{Figure, Outline, assemble, sample_line, vessel_panels};
use crate::number;
use crate::palette::Ink;
use crate::svg::{Canvas, Marker};
use coronet_evaluate::{Evaluation, Stratum, VesselEvaluation};

pub(super) fn figure(evaluation: &Evaluation) -> Figure {
    let level = number::setting(evaluation.config.confidence);
    let domain = (0.0, end_of_axis(evaluation));
    let outline = Outline {
        name: "strata",
        title: "Observed rates by stratum".to_owned(),
        caption: format!(
            "Observed rate of events with {level} Wilson interval in the strata low (p below the rule-out threshold), intermediate and high (p at or above the rule-in threshold) of each vessel; \
             the dashed line is the rate over all strata. Thresholds: {}.",
            threshold_source(evaluation)
        ),
        columns: 1,
    };
    let panels = vessel_panels(evaluation, |name, vessel, canvas| {
        panel(domain, name, vessel, canvas)
    });
    assemble(outline, panels)
}

fn threshold_source(evaluation: &Evaluation) -> String {
    let mut sources: Vec<&str> = evaluation
        .vessels
        .values()
        .map(|vessel| vessel.thresholds.source.as_str())
        .filter(|source| !source.is_empty())
        .collect();
    sources.dedup();
    if sources.is_empty() {
        "source not stated".to_owned()
    } else {
        sources.join("; ")
    }
}

/// One axis for all vessels, so that rates can be compared between panels.
fn end_of_axis(evaluation: &Evaluation) -> f64 {
    let greatest = evaluation
        .vessels
        .values()
        .filter_map(|vessel| vessel.strata.defined())
        .flat_map(|strata| strata.values())
        .filter_map(|stratum| stratum.rate.defined())
        .map(|rate| rate.high.unwrap_or(rate.value))
        .fold(0.0, f64::max);
    ((greatest * 10.0).ceil() / 10.0).clamp(0.1, 1.0)
}

fn panel(
    domain: (f64, f64),
    name: &str,
    vessel: &VesselEvaluation,
    canvas: &mut Canvas,
) -> (f64, f64, String) {
    let rows: Vec<Row> = match vessel.strata.defined() {
        Some(strata) => strata
            .iter()
            .map(|(stratum, rate)| row(stratum, rate))
            .collect(),
        None => vec![Row {
            name: "all strata".to_owned(),
            counts: format!(
                "{} / {}",
                number::count(vessel.events),
                number::count(vessel.n)
            ),
            mark: Mark::Reason(vessel.strata.reason().unwrap_or("not given").to_owned()),
            value: String::new(),
            last: String::new(),
            strong: false,
        }],
    };
    let frame = Frame {
        vessel: name,
        note: sample_line(vessel),
        counts: "events / n",
        value: "observed rate",
        last: "",
        axis: "Observed rate of events, %",
        domain,
        ticks: percent_ticks(domain.0, domain.1, 5),
        reference: (vessel.n > 0).then(|| vessel.events as f64 / vessel.n as f64),
    };
    let height = draw(canvas, &frame, &rows);
    let values: Vec<String> = rows
        .iter()
        .map(|row| match &row.mark {
            Mark::Interval { .. } => format!("{} {} ({})", row.name, row.value, row.counts),
            Mark::Reason(reason) => format!("{} undefined, {reason}", row.name),
        })
        .collect();
    (
        WIDTH,
        height,
        format!("Observed rates, {name}: {}.", values.join("; ")),
    )
}

fn row(stratum: &str, rate: &Stratum) -> Row {
    let marker = match stratum {
        "low" => Marker::Circle,
        "high" => Marker::Square,
        _ => Marker::Diamond,
    };
    let (mark, value) = match rate.rate.defined() {
        Some(estimate) => (
            Mark::Interval {
                value: estimate.value,
                limits: estimate.low.zip(estimate.high),
                size: 4.6,
                marker,
                ink: Ink::of_stratum(stratum),
            },
            number::estimate_percent(estimate, 1),
        ),
        None => (
            Mark::Reason(rate.rate.reason().unwrap_or("not given").to_owned()),
            String::new(),
        ),
    };
    Row {
        name: stratum.to_owned(),
        counts: format!("{} / {}", number::count(rate.events), number::count(rate.n)),
        mark,
        value,
        last: String::new(),
        strong: false,
    }
}
