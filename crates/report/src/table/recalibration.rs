//! Calibration after recalibration: on records the map was not fitted on.

use super::{Cell, Kind, Table, columns};
use crate::wording::{level, recalibration_name};
use coronet_evaluate::{CalibrationSummary, Evaluation, Statistic};

pub(super) fn table(evaluation: &Evaluation) -> Table {
    let mut rows = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        rows.push(given(name, vessel));
        for (method, summary) in &vessel.recalibration.cross_fitted {
            let label = format!("{}, cross-fitted", recalibration_name(method));
            rows.push(row(name, &label, summary));
        }
        if let Some(frozen) = vessel.recalibration.frozen.defined() {
            let summary = Statistic::Defined(frozen.calibration.clone());
            rows.push(row(name, "Map frozen elsewhere", &summary));
        }
    }
    Table {
        name: "recalibration".to_owned(),
        caption: format!(
            "Calibration as given and after recalibration, each record mapped by a function fitted on other records ({}). \
             Slope and calibration-in-the-large with {} Wald intervals (ideal 1 and 0), O:E with the interval of its logarithm (ideal 1).",
            parts(evaluation),
            level(&evaluation.config)
        ),
        columns: columns(&[
            ("vessel", "Vessel", Kind::Text),
            ("probabilities", "Probabilities", Kind::Text),
            ("brier", "Brier", Kind::Number),
            ("slope", "Slope", Kind::Interval),
            ("in_the_large", "In the large", Kind::Interval),
            ("observed_expected", "O:E", Kind::Interval),
            ("ici", "ICI (LOESS)", Kind::Number),
        ]),
        rows,
    }
}

fn parts(evaluation: &Evaluation) -> &str {
    let mut vessels = evaluation.vessels.values();
    vessels
        .next()
        .map_or("", |vessel| vessel.recalibration.parts.as_str())
}

fn given(name: &str, vessel: &coronet_evaluate::VesselEvaluation) -> Vec<Cell> {
    let found = &vessel.calibration;
    vec![
        Cell::text(name),
        Cell::text("As given"),
        Cell::statistic(&found.brier, 4),
        Cell::estimate(&found.slope_interval, 2),
        Cell::estimate(&found.in_the_large_interval, 2),
        Cell::estimate(&found.observed_expected_interval, 2),
        Cell::of(&found.loess, |loess| Cell::number(loess.ici, 3)),
    ]
}

fn row(name: &str, label: &str, summary: &Statistic<CalibrationSummary>) -> Vec<Cell> {
    let mut row = vec![Cell::text(name), Cell::text(label)];
    match summary {
        Statistic::Defined(found) => row.extend([
            Cell::statistic(&found.brier, 4),
            Cell::estimate(&found.slope, 2),
            Cell::estimate(&found.in_the_large, 2),
            Cell::estimate(&found.observed_expected, 2),
            Cell::statistic(&found.ici, 3),
        ]),
        Statistic::Undefined(undefined) => {
            row.push(Cell::Undefined(undefined.reason.clone()));
            row.resize(7, Cell::Empty);
        }
    }
    row
}
