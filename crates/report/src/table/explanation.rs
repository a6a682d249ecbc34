//! What drives the predictions of one vessel: shares by lead and wave, and trust checks.

use super::{Cell, Rows, Table};
use crate::explanation::{LeadWave, VesselCohort};
use crate::wording::file_stem;
use coronet_ecg::Lead;

/// A cell of the table of drivers.
struct Driver<'a> {
    lead: &'static str,
    wave: &'a str,
    cell: &'a LeadWave,
    /// Share with every weight shuffled.
    chance: Option<f64>,
}

/// Shares by lead and wave, the greatest first; `None` where they are not defined.
pub(super) fn drivers(vessel: &VesselCohort, waves: &[String]) -> Option<Table> {
    let cells = vessel.drivers.defined()?;
    let shuffled = vessel.shuffled.defined();
    let rows = cells.iter().zip(Lead::ALL).enumerate();
    let mut rows: Vec<Driver<'_>> = rows
        .flat_map(|(row, (cells, lead))| {
            let cells = cells.iter().zip(waves).enumerate();
            cells.map(move |(column, (cell, wave))| Driver {
                lead: lead.name(),
                wave,
                cell,
                chance: shuffled.and_then(|rows| rows.get(row)?.get(column).copied()),
            })
        })
        .collect();
    rows.sort_by(|a, b| b.cell.share.value.total_cmp(&a.cell.share.value));
    let table = Rows::of(rows)
        .text("lead", "Lead", |row| row.lead)
        .text("wave", "Wave", |row| row.wave)
        .interval("share", "Share", |row| {
            let share = coronet_evaluate::Statistic::Defined(row.cell.share.clone());
            Cell::percentage(&share, 1)
        })
        .number("samples_percent", "Samples, %", |row| {
            Cell::number(100.0 * row.cell.area, 1)
        })
        .number("shuffled_percent", "Shuffled weights, %", |row| {
            match row.chance {
                Some(share) => Cell::number(100.0 * share, 1),
                None => Cell::Undefined("shuffled weights were not asked".to_owned()),
            }
        })
        .table(
            &file_stem(&format!("drivers-{}", vessel.vessel)),
            format!(
                "Share of each lead and part of the beat in the variance of the logit of {} between patients, with percentile bootstrap intervals by patient; beside it the share of the samples, and the share with every weight of the networks shuffled.",
                vessel.vessel
            ),
        );
    Some(table)
}

/// The trust checks.
pub(super) fn trust(vessel: &VesselCohort) -> Table {
    Rows::of(&vessel.trust)
        .text("check", "Check", |row| row.0.as_str())
        .interval("value", "Value", |row| Cell::estimate(&row.1, 2))
        .table(
            &file_stem(&format!("trust-{}", vessel.vessel)),
            format!(
                "Trust checks of {}: rank correlations of pictures unless another unit is named, with t intervals over ECGs. By chance: two networks whose every weight is shuffled.",
                vessel.vessel
            ),
        )
}
