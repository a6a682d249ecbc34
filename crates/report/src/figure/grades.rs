//! Predicted probability by grade of stenosis: box plots with the trend test.

use super::axes::{
    Axes, LABEL_SIZE, PANEL_HEIGHT, PANEL_WIDTH, PLOT_X, TICK_SIZE, Ticks, heading, notes,
    plain_ticks, undefined,
};
use super::{Figure, Outline, assemble, sample_line, vessel_panels};
use crate::number;
use crate::palette::Ink;
use crate::svg::{Anchor, Canvas, Stroke, TextStyle};
use crate::wording::grade_name;
use coronet_evaluate::{Evaluation, GradeSummary, VesselEvaluation};

/// Half-width of a box, in grades.
const HALF: f64 = 0.26;

pub(super) fn figure(evaluation: &Evaluation) -> Figure {
    let outline = Outline {
        name: "grades",
        title: "Predicted probability by grade of stenosis".to_owned(),
        caption: "Distribution of the predicted probability within each grade (0 none, 1 mild, 2 moderate, 3 severe, 4 occluded), with the number of records above it: \
                  median (thick line), quartiles (box), 5th and 95th percentile (whiskers). Filled boxes are grades that count as events. \
                  Spearman's rank correlation and the Jonckheere–Terpstra test of a rise with the grade in the panel; a small p says that a trend exists, not how strong it is."
            .to_owned(),
        columns: 2,
    };
    assemble(outline, vessel_panels(evaluation, panel))
}

fn panel(name: &str, vessel: &VesselEvaluation, canvas: &mut Canvas) -> (f64, f64, String) {
    let top = vessel.grades.iter().map(|g| g.high).fold(0.0, f64::max);
    let top = ((top * 1.3 * 10.0).ceil() / 10.0).clamp(0.1, 1.0);
    let axes = Axes::square((-0.5, 4.5), (0.0, top));
    heading(canvas, (PLOT_X.0, 14.0), name, &sample_line(vessel));
    if vessel.grades.is_empty() {
        undefined(canvas, axes, "no record with grade and probability");
    }
    for grade in &vessel.grades {
        draw_box(canvas, axes, name, vessel.positive_from_grade, grade);
    }
    let x_ticks: Ticks = (0..=4u8)
        .map(|g| (f64::from(g), grade_name(g).to_owned()))
        .collect();
    let y_ticks = plain_ticks(0.0, top, 5);
    axes.frame(
        canvas,
        (&x_ticks, "Grade on CCTA"),
        (&y_ticks, "Predicted probability"),
    );
    let lines = trend_lines(vessel);
    notes(
        canvas,
        (PLOT_X.0 + 8.0, 44.0),
        &lines,
        TextStyle::plain(LABEL_SIZE),
    );
    (PANEL_WIDTH, PANEL_HEIGHT, alt(name, vessel, &lines))
}

fn draw_box(canvas: &mut Canvas, axes: Axes, name: &str, positive_from: u8, grade: &GradeSummary) {
    let ink = Ink::of_vessel(name);
    let x = f64::from(grade.grade);
    let thin = Stroke::solid(ink, 1.1);
    canvas.line(
        axes.at(x, grade.low),
        axes.at(x, grade.first_quartile),
        thin,
    );
    canvas.line(
        axes.at(x, grade.third_quartile),
        axes.at(x, grade.high),
        thin,
    );
    let (a, b) = (
        axes.at(x - HALF, grade.first_quartile),
        axes.at(x + HALF, grade.third_quartile),
    );
    let opacity = if grade.grade >= positive_from {
        0.45
    } else {
        0.08
    };
    canvas.rectangle(a, b, ink, opacity);
    canvas.polyline(&[a, (b.0, a.1), b, (a.0, b.1), a], thin);
    let median = Stroke::solid(ink, 2.6);
    canvas.line(
        axes.at(x - HALF, grade.median),
        axes.at(x + HALF, grade.median),
        median,
    );
    let above = axes.at(x, grade.high);
    let style = TextStyle::plain(TICK_SIZE)
        .ink(Ink::Muted)
        .anchor(Anchor::Middle);
    canvas.text((above.0, above.1 - 9.0), &number::count(grade.n), style);
}

fn trend_lines(vessel: &VesselEvaluation) -> Vec<String> {
    let spearman = number::or_reason(&vessel.trend.spearman, |s| number::fixed(s.value, 2));
    let trend = number::or_reason(&vessel.trend.jonckheere, |test| number::p_equals(test.p));
    vec![format!("Spearman ρ {spearman}"), format!("Trend {trend}")]
}

fn alt(name: &str, vessel: &VesselEvaluation, lines: &[String]) -> String {
    let medians: Vec<String> = vessel
        .grades
        .iter()
        .map(|g| {
            format!(
                "{} {} (n = {})",
                grade_name(g.grade),
                number::fixed(g.median, 3),
                number::count(g.n)
            )
        })
        .collect();
    format!(
        "Predicted probability by grade, {name}: median {}; {}.",
        medians.join(", "),
        lines.join("; ")
    )
}
