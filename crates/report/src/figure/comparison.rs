//! Difference in AUC between two models, by vessel.

use super::axes::plain_ticks;
use super::rows::{Frame, Mark, Row, WIDTH, draw};
use super::{Figure, Outline, Panel, assemble};
use crate::context::Comparison;
use crate::number;
use crate::palette::Ink;
use crate::svg::{Canvas, Marker};
use coronet_evaluate::{Evaluation, ScoreComparison, Statistic};

pub(super) fn figure(evaluation: &Evaluation, comparison: &Comparison) -> Figure {
    let level = number::setting(evaluation.config.confidence);
    let outline = Outline {
        name: "comparison",
        title: "Two models: difference in AUC".to_owned(),
        caption: format!(
            "AUC of the second model ({}) minus AUC of the first ({}) on the same records, by vessel, with {level} intervals and p-values of the paired DeLong test. \
             To the right of the dashed line the second model discriminates better; an interval across it leaves the question open.",
            comparison.second, comparison.first
        ),
        columns: 1,
    };
    let mut canvas = Canvas::new();
    let rows: Vec<Row> = comparison
        .result
        .vessels
        .iter()
        .map(|(name, found)| row(name, &found.scores))
        .collect();
    let reach = reach(&rows);
    let frame = Frame {
        vessel: "",
        note: "AUC, second minus first".to_owned(),
        counts: "events / n",
        value: "difference (interval)",
        last: "p",
        axis: "Difference in AUC",
        domain: (-reach, reach),
        ticks: plain_ticks(-reach, reach, 4),
        reference: Some(0.0),
    };
    let height = draw(&mut canvas, &frame, &rows);
    let values: Vec<String> = rows
        .iter()
        .map(|row| match &row.mark {
            Mark::Interval { .. } => format!("{} {} ({})", row.name, row.value, row.counts),
            Mark::Reason(reason) => format!("{} undefined, {reason}", row.name),
        })
        .collect();
    let panel = Panel {
        width: WIDTH,
        height,
        body: canvas.into_body(),
        alt: format!(
            "Difference in AUC, second minus first: {}.",
            values.join("; ")
        ),
    };
    assemble(outline, vec![panel])
}

fn row(name: &str, found: &ScoreComparison) -> Row {
    let (mark, value) = match &found.auc_difference {
        Statistic::Undefined(undefined) => (Mark::Reason(undefined.reason.clone()), String::new()),
        Statistic::Defined(difference) => {
            let mark = Mark::Interval {
                value: difference.value,
                limits: difference.low.zip(difference.high),
                size: 4.6,
                marker: Marker::Square,
                ink: Ink::of_vessel(name),
            };
            (mark, number::estimate(difference, 3))
        }
    };
    let test = found.auc_test.defined();
    Row {
        name: name.to_owned(),
        counts: format!(
            "{} / {}",
            number::count(found.events),
            number::count(found.n)
        ),
        mark,
        value,
        last: test.map_or_else(String::new, |test| number::p_value(test.p)),
        strong: false,
    }
}

/// Half the width of the axis: all limits, at least 0.05.
fn reach(rows: &[Row]) -> f64 {
    let greatest = rows
        .iter()
        .filter_map(|row| match row.mark {
            Mark::Interval { value, limits, .. } => Some((value, limits)),
            Mark::Reason(_) => None,
        })
        .flat_map(|(value, limits)| {
            let (low, high) = limits.unwrap_or((value, value));
            [low.abs(), high.abs()]
        })
        .fold(0.05, f64::max);
    (greatest * 20.0).ceil() / 20.0
}
