//! Forest plots of the AUC by subgroup.

use super::axes::plain_ticks;
use super::rows::{Frame, Mark, Row, WIDTH, draw};
use super::{Figure, Outline, assemble, sample_line, vessel_panels};
use crate::number;
use crate::palette::Ink;
use crate::svg::{Canvas, Marker};
use crate::wording::subgroup_name;
use coronet_evaluate::{Estimate, Evaluation, Statistic, VesselEvaluation};

pub(super) fn figure(evaluation: &Evaluation) -> Figure {
    let level = number::setting(evaluation.config.confidence);
    let domain = domain(evaluation);
    let outline = Outline {
        name: "subgroups",
        title: "Discrimination by subgroup".to_owned(),
        caption: format!(
            "AUC with {level} DeLong interval by vessel and subgroup. Squares grow with the number of records; the dashed line is the value of all records; \
             arrows mark intervals that leave the axis. p: unpaired DeLong test between the subgroup it stands beside and the next one – of three or more sites, between the site and all others –, after Holm's correction over the comparisons of a vessel. \
             A subgroup with few events says little; a large p is no evidence of equal performance."
        ),
        columns: 1,
    };
    assemble(
        outline,
        vessel_panels(evaluation, |name, vessel, canvas| {
            panel(domain, name, vessel, canvas)
        }),
    )
}

/// One axis for all vessels: from the lowest limit, at most 0.5, at least 0, up to 1.
fn domain(evaluation: &Evaluation) -> (f64, f64) {
    let lowest = evaluation
        .vessels
        .values()
        .flat_map(|vessel| {
            vessel
                .subgroups
                .values()
                .map(|s| &s.auc)
                .chain([vessel.quoted_auc()])
        })
        .filter_map(Statistic::defined)
        .map(|auc| auc.low.unwrap_or(auc.value))
        .fold(0.5, f64::min);
    (((lowest * 10.0).floor() / 10.0).max(0.2), 1.0)
}

fn panel(
    domain: (f64, f64),
    name: &str,
    vessel: &VesselEvaluation,
    canvas: &mut Canvas,
) -> (f64, f64, String) {
    let ink = Ink::of_vessel(name);
    let mut rows = vec![row(
        "All records",
        vessel,
        (vessel.n, vessel.events),
        vessel.quoted_auc(),
        ink,
    )];
    rows[0].strong = true;
    for (key, subgroup) in &vessel.subgroups {
        let counts = (subgroup.n, subgroup.events);
        let mut row = row(&subgroup_name(key), vessel, counts, &subgroup.auc, ink);
        row.last = comparison(vessel, key);
        rows.push(row);
    }
    let frame = Frame {
        vessel: name,
        note: sample_line(vessel),
        counts: "events / n",
        value: "AUC (interval)",
        last: "p (Holm)",
        axis: "AUC",
        domain,
        ticks: plain_ticks(domain.0, domain.1, 5),
        reference: vessel.quoted_auc().defined().map(|auc| auc.value),
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
        format!("AUC by subgroup, {name}: {}.", values.join("; ")),
    )
}

fn row(
    name: &str,
    vessel: &VesselEvaluation,
    (n, events): (usize, usize),
    auc: &Statistic<Estimate>,
    ink: Ink,
) -> Row {
    let (mark, value) = match auc {
        Statistic::Undefined(undefined) => (Mark::Reason(undefined.reason.clone()), String::new()),
        Statistic::Defined(auc) => {
            let share = if vessel.n > 0 {
                n as f64 / vessel.n as f64
            } else {
                0.0
            };
            let mark = Mark::Interval {
                value: auc.value,
                limits: auc.low.zip(auc.high),
                size: 2.6 + 3.6 * share.clamp(0.0, 1.0).sqrt(),
                marker: Marker::Square,
                ink,
            };
            (mark, number::estimate(auc, 3))
        }
    };
    Row {
        name: name.to_owned(),
        counts: format!("{} / {}", number::count(events), number::count(n)),
        mark,
        value,
        last: String::new(),
        strong: false,
    }
}

/// The p-value beside the first of two compared subgroups.
fn comparison(vessel: &VesselEvaluation, subgroup: &str) -> String {
    vessel
        .subgroup_comparisons
        .iter()
        .find(|comparison| comparison.first == subgroup)
        .and_then(|comparison| comparison.p_holm.defined())
        .map(|p| number::p_value(*p))
        .unwrap_or_default()
}
