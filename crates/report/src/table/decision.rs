//! Net benefit at the configured threshold probabilities.

use super::vessel::within_vessels;
use super::{Cell, Table};
use crate::wording::{decision_limits, level};
use coronet_evaluate::Evaluation;

pub(super) fn decision_curves(evaluation: &Evaluation) -> Table {
    within_vessels(evaluation, |vessel| &vessel.decision_curve)
        .number("threshold", "Threshold", |row| {
            Cell::setting(row.1.threshold)
        })
        .interval("model", "Model", |row| {
            Cell::range(row.1.model, row.1.low.zip(row.1.high), 4)
        })
        .number("treat_all", "Treat all", |row| {
            Cell::number(row.1.treat_all, 4)
        })
        .interval("advantage", "Advantage", |row| {
            Cell::band(&row.1.advantage, 4)
        })
        .interval("interventions_avoided", "Interventions avoided", |row| {
            Cell::band(&row.1.interventions_avoided_band, 3)
        })
        .table(
            "decision-curves",
            format!(
                "Net benefit by vessel at the configured threshold probabilities: acting on the model and acting on everybody (acting on nobody is 0); \
             “advantage” is the model less the better of the two. Interventions avoided per patient at equal true positives, against acting on everybody. \
             {}",
                decision_limits(evaluation).map_or_else(
                    || "No limits were asked for.".to_owned(),
                    |method| format!("Pointwise {} limits: {method}.", level(&evaluation.config)),
                )
            ),
        )
}
