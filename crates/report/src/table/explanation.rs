//! What drives the predictions of one vessel: shares by lead and wave, and trust checks.

use super::{Cell, Kind, Table, columns};
use crate::explanation::VesselCohort;
use crate::number;
use coronet_ecg::Lead;

/// Shares by lead and wave, the greatest first; `None` where they are not defined.
pub(super) fn drivers(vessel: &VesselCohort, waves: &[String]) -> Option<Table> {
    let cells = vessel.drivers.defined()?;
    let shuffled = vessel.shuffled.defined();
    let mut rows: Vec<(f64, Vec<Cell>)> = Vec::new();
    for (row, lead) in cells.iter().enumerate() {
        for (column, (cell, wave)) in lead.iter().zip(waves).enumerate() {
            let chance = shuffled.and_then(|rows| rows.get(row)?.get(column));
            let name = Lead::ALL.get(row).map_or("", |lead| lead.name());
            rows.push((
                cell.share.value,
                vec![
                    Cell::text(name),
                    Cell::text(wave),
                    percent(&cell.share),
                    Cell::number(100.0 * cell.area, 1),
                    match chance {
                        Some(share) => Cell::number(100.0 * share, 1),
                        None => Cell::Undefined("shuffled weights were not asked".to_owned()),
                    },
                ],
            ));
        }
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    Some(Table {
        name: format!("drivers-{}", vessel.vessel),
        caption: format!(
            "Share of each lead and part of the beat in the variance of the logit of {} between patients, with percentile bootstrap intervals by patient; beside it the share of the samples, and the share with every weight of the networks shuffled.",
            vessel.vessel
        ),
        columns: columns(&[
            ("lead", "Lead", Kind::Text),
            ("wave", "Wave", Kind::Text),
            ("share_percent", "Share, %", Kind::Interval),
            ("samples_percent", "Samples, %", Kind::Number),
            ("shuffled_percent", "Shuffled weights, %", Kind::Number),
        ]),
        rows: rows.into_iter().map(|(_, row)| row).collect(),
    })
}

fn percent(estimate: &coronet_evaluate::Estimate) -> Cell {
    let limits = estimate.low.zip(estimate.high);
    Cell::Interval {
        value: 100.0 * estimate.value,
        limits: limits.map(|(low, high)| (100.0 * low, 100.0 * high)),
        shown: number::estimate_percent(estimate, 1),
    }
}

/// The trust checks.
pub(super) fn trust(vessel: &VesselCohort) -> Table {
    let row = |(name, value): &(
        String,
        coronet_evaluate::Statistic<coronet_evaluate::Estimate>,
    )| { vec![Cell::text(name), Cell::estimate(value, 2)] };
    Table {
        name: format!("trust-{}", vessel.vessel),
        caption: format!(
            "Trust checks of {}: rank correlations of pictures unless another unit is named, with t intervals over ECGs. By chance: two networks whose every weight is shuffled.",
            vessel.vessel
        ),
        columns: columns(&[
            ("check", "Check", Kind::Text),
            ("value", "Value", Kind::Interval),
        ]),
        rows: vessel.trust.iter().map(row).collect(),
    }
}
