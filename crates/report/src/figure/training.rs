//! The course of training: the AUC that chose the epoch, by epoch and fold.

use super::axes::{Axes, TICK_SIZE, plain_ticks};
use super::survival::WIDTH;
use super::{Figure, Outline, Panel, assemble};
use crate::Context;
use crate::context::FoldTraining;
use crate::number;
use crate::palette::Ink;
use crate::svg::{Canvas, Dash, Marker, Point, Scale, Stroke, TextStyle};

/// Inks and dashes by turns, so that five folds stay apart.
const LINES: [(Ink, Dash); 5] = [
    (Ink::Plain, Dash::Solid),
    (Ink::Muted, Dash::Dashed),
    (Ink::Reference, Dash::Solid),
    (Ink::Plain, Dash::Dotted),
    (Ink::Muted, Dash::Alternating),
];

/// What the epochs were judged on, in words.
struct Judged {
    set: &'static str,
    axis: &'static str,
    name: &'static str,
    caveat: &'static str,
}

impl Judged {
    fn of(context: &Context) -> Self {
        match context.selection_on_test_data {
            true => Self {
                set: "the test fold",
                axis: "Macro-AUC on the test fold",
                name: "AUC on the test fold",
                caveat: "The epoch was chosen on the data that are scored, so the scores are too favourable.",
            },
            false => Self {
                set: "the inner validation set",
                axis: "Inner macro-AUC",
                name: "inner AUC",
                caveat: "These values chose the epoch and are therefore too favourable: they are no validation.",
            },
        }
    }
}

/// The figure of the training course; nothing where no epoch is known.
pub(super) fn training_figure(context: &Context) -> Option<Figure> {
    let folds = &context.training;
    let judged = Judged::of(context);
    let epochs = folds.iter().map(|fold| fold.inner_auc.len()).max()?;
    let known = folds
        .iter()
        .any(|fold| fold.inner_auc.iter().any(Option::is_some));
    if epochs == 0 || !known {
        return None;
    }
    let outline = Outline {
        name: "training",
        title: "Training course".to_owned(),
        caption: format!(
            "Macro-averaged AUC on {} after each epoch, by fold; the circle marks the epoch that was kept. {}",
            judged.set, judged.caveat
        ),
        columns: 1,
    };
    let mut canvas = Canvas::new();
    draw(&mut canvas, folds, epochs, judged.axis);
    let panel = Panel {
        width: WIDTH,
        height: 300.0,
        body: canvas.into_body(),
        alt: alt(folds, judged.name),
    };
    Some(assemble(outline, vec![panel]))
}

fn draw(canvas: &mut Canvas, folds: &[FoldTraining], epochs: usize, axis: &str) {
    let values = || {
        folds
            .iter()
            .flat_map(|fold| fold.inner_auc.iter().flatten())
    };
    let low = values().copied().fold(0.5, f64::min);
    let low = (low * 10.0).floor() / 10.0;
    let axes = Axes {
        x: Scale::new((1.0, epochs as f64), (64.0, 620.0)),
        y: Scale::new((low, 1.0), (252.0, 16.0)),
    };
    let mut ends: Vec<(f64, String)> = Vec::new();
    for (index, fold) in folds.iter().enumerate() {
        let (ink, dash) = LINES[index % LINES.len()];
        let points: Vec<Point> = fold
            .inner_auc
            .iter()
            .enumerate()
            .map(|(epoch, auc)| axes.at((epoch + 1) as f64, auc.unwrap_or(f64::NAN)))
            .collect();
        canvas.polyline(&points, Stroke::solid(ink, 1.4).dash(dash));
        let chosen = fold
            .chosen_epoch
            .and_then(|epoch| points.get(epoch.checked_sub(1)?));
        if let Some(at) = chosen {
            canvas.marker(*at, Marker::Circle, 4.2, ink);
        }
        if let Some(at) = points.iter().rev().find(|point| point.1.is_finite()) {
            ends.push((at.1, format!("fold {}", fold.fold)));
        }
    }
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut last = f64::NEG_INFINITY;
    for (y, name) in ends {
        last = y.max(last + 13.0);
        canvas.text((628.0, last), &name, TextStyle::plain(TICK_SIZE));
    }
    let x_ticks = plain_ticks(1.0, epochs as f64, epochs.min(8))
        .into_iter()
        .filter(|(value, _)| value.fract() == 0.0)
        .map(|(value, _)| (value, number::fixed(value, 0)))
        .collect();
    let y_ticks = plain_ticks(low, 1.0, 5);
    axes.frame(canvas, (&x_ticks, "Epoch"), (&y_ticks, axis));
}

fn alt(folds: &[FoldTraining], name: &str) -> String {
    let parts: Vec<String> = folds
        .iter()
        .map(|fold| {
            let epoch = fold
                .chosen_epoch
                .map_or("unknown".to_owned(), |e| e.to_string());
            let auc = fold
                .chosen_epoch
                .and_then(|epoch| fold.inner_auc.get(epoch.checked_sub(1)?))
                .and_then(|auc| *auc)
                .map_or("undefined".to_owned(), |auc| number::fixed(auc, 3));
            format!("fold {} kept epoch {epoch} with {name} {auc}", fold.fold)
        })
        .collect();
    format!("Training course: {}.", parts.join("; "))
}
