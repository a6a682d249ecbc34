//! Lead by wave: what sets the logits of patients apart, beside networks of shuffled weights.

use super::axes::{LABEL_SIZE, PANEL_WIDTH, TICK_SIZE, heading, wrap};
use super::{Figure, Outline, Panel, assemble};
use crate::explanation::{CohortExplanation, LeadWave, VesselCohort};
use crate::number;
use crate::palette::Ink;
use crate::svg::{Anchor, Canvas, Stroke, TextStyle};
use coronet_ecg::Lead;

/// Left end, width and height of the cells of the network.
const CELLS: (f64, f64, f64) = (42.0, 33.0, 21.0);
/// Left end and width of the cells of the shuffled networks.
const SHUFFLED: (f64, f64) = (262.0, 13.5);
/// Top of the first row.
const TOP: f64 = 62.0;
/// Opacity of the greatest share.
const FULL: f64 = 0.85;

/// What stands above the panels of the standalone file.
const HEADING: &str =
    "Share of each lead and part of the beat in the differences between patients' logits, per cent";

/// A panel for every vessel.
pub(super) fn figure(explanation: &CohortExplanation) -> Figure {
    let panels = explanation
        .vessels
        .iter()
        .map(|vessel| panel(vessel, explanation))
        .collect();
    let outline = Outline {
        name: "drivers",
        title: "What sets the predictions of patients apart".to_owned(),
        caption: "Share of each lead and part of the beat in the variance of the logit between patients, per cent (they add up to 100; below 0: pulls against the differences). Framed: the bootstrap interval by patient lies above the share of the samples, which is what an even spread would give. Right: networks whose every weight is shuffled, on the same scale.".to_owned(),
        columns: 2,
    };
    assemble(outline, panels).headed(HEADING)
}

fn panel(vessel: &VesselCohort, explanation: &CohortExplanation) -> Panel {
    let waves = &explanation.waves;
    let mut canvas = Canvas::new();
    let height = TOP + CELLS.2 * Lead::ALL.len() as f64 + 12.0;
    let alt = match &vessel.drivers {
        coronet_evaluate::Statistic::Undefined(undefined) => {
            heading(&mut canvas, (4.0, 12.0), &vessel.vessel, "");
            let style = TextStyle::plain(13.0).ink(Ink::Muted);
            for (row, line) in wrap(&undefined.reason, 320.0, style.size)
                .iter()
                .enumerate()
            {
                canvas.text((16.0, 60.0 + 18.0 * row as f64), line, style);
            }
            format!("{}: undefined, {}.", vessel.vessel, undefined.reason)
        }
        coronet_evaluate::Statistic::Defined(cells) => {
            draw(&mut canvas, vessel, cells, explanation);
            alt(vessel, cells, waves)
        }
    };
    Panel {
        width: PANEL_WIDTH,
        height,
        body: canvas.into_body(),
        alt,
    }
}

fn draw(
    canvas: &mut Canvas,
    vessel: &VesselCohort,
    cells: &[Vec<LeadWave>],
    explanation: &CohortExplanation,
) {
    let ink = Ink::of_vessel(&vessel.vessel);
    let n = cells.first().and_then(|row| row.first());
    let patients = n.map_or(0, |cell| cell.share.n);
    let mut note = number::counted(patients, "patient", "patients");
    if !explanation.limit.is_empty() {
        note = format!("{note} · {}", explanation.limit);
    }
    heading(canvas, (4.0, 12.0), &vessel.vessel, &note);
    let greatest = cells.iter().flatten().map(|cell| cell.share.value);
    let greatest = greatest.fold(0.01, f64::max);
    let strength = |share: f64| FULL * (share / greatest).clamp(0.0, 1.0);
    let small = TextStyle::plain(TICK_SIZE).ink(Ink::Muted).tick();
    let middle = small.anchor(Anchor::Middle);
    let right = (PANEL_WIDTH - 6.0, TOP - 10.0);
    canvas.text(right, "weights shuffled", small.anchor(Anchor::End));
    for (column, wave) in explanation.waves.iter().enumerate() {
        let x = CELLS.0 + CELLS.1 * (column as f64 + 0.5);
        canvas.text((x, TOP - 10.0), wave, middle);
    }
    for (row, lead) in cells.iter().enumerate() {
        let y = TOP + CELLS.2 * row as f64;
        let name = Lead::ALL.get(row).map_or("", |lead| lead.name());
        let label = TextStyle::plain(LABEL_SIZE).anchor(Anchor::End);
        canvas.text((CELLS.0 - 6.0, y + CELLS.2 / 2.0), name, label);
        for (column, cell) in lead.iter().enumerate() {
            let x = CELLS.0 + CELLS.1 * column as f64;
            draw_cell(canvas, (x, y), cell, ink, strength(cell.share.value));
        }
        let shuffled = vessel.shuffled.defined().and_then(|rows| rows.get(row));
        for (column, share) in shuffled.into_iter().flatten().enumerate() {
            let x = SHUFFLED.0 + SHUFFLED.1 * column as f64;
            let far = (x + SHUFFLED.1 - 1.0, y + CELLS.2 - 1.0);
            canvas.rectangle((x, y), far, Ink::Grid, 0.45);
            canvas.rectangle((x, y), far, ink, strength(*share));
        }
    }
}

fn draw_cell(canvas: &mut Canvas, (x, y): (f64, f64), cell: &LeadWave, ink: Ink, strength: f64) {
    let far = (x + CELLS.1 - 1.0, y + CELLS.2 - 1.0);
    canvas.rectangle((x, y), far, Ink::Grid, 0.45);
    canvas.rectangle((x, y), far, ink, strength);
    if cell.share.low.is_some_and(|low| low > cell.area) {
        let corners = [(x, y), (far.0, y), far, (x, far.1), (x, y)];
        let inside = corners.map(|(a, b)| {
            let towards = |value: f64, edge: f64| {
                if value > edge {
                    value - 0.7
                } else {
                    value + 0.7
                }
            };
            (towards(a, x + 1.0), towards(b, y + 1.0))
        });
        canvas.polyline(&inside, Stroke::solid(Ink::Plain, 1.2));
    }
    let shown = number::percent(cell.share.value, 0);
    let shown = shown.trim_end_matches(['%', ' ', '\u{a0}', '\u{202f}']);
    if shown != "0" && shown != "−0" && shown != "-0" {
        let at = (x + CELLS.1 / 2.0, y + CELLS.2 / 2.0);
        canvas.text(
            at,
            shown,
            TextStyle::plain(TICK_SIZE).anchor(Anchor::Middle),
        );
    }
}

fn alt(vessel: &VesselCohort, cells: &[Vec<LeadWave>], waves: &[String]) -> String {
    let mut named: Vec<(f64, String)> = Vec::new();
    for (row, lead) in cells.iter().enumerate() {
        for (cell, wave) in lead.iter().zip(waves) {
            let name = Lead::ALL.get(row).map_or("", |lead| lead.name());
            let share = number::estimate_percent(&cell.share, 1);
            named.push((cell.share.value, format!("{wave} in {name} {share}")));
        }
    }
    named.sort_by(|a, b| b.0.total_cmp(&a.0));
    let first: Vec<String> = named.into_iter().take(6).map(|(_, text)| text).collect();
    format!(
        "{}: greatest shares in the differences between logits: {}.",
        vessel.vessel,
        first.join("; ")
    )
}
