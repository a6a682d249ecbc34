//! Shares by lead and segment as a table.

use super::beat::{Shares, short_name};
use coronet_ecg::Lead;
use coronet_evidence::Wave;
use coronet_report::{Cell, Column, Kind, Table};

/// Per cent of the attribution by lead and segment, with the density of each lead.
pub(super) fn shares_table(vessel: &str, shares: &Shares) -> Table {
    let column = |key: String, head: String, kind| Column { key, head, kind };
    let mut columns = vec![column("lead".to_owned(), "Lead".to_owned(), Kind::Text)];
    columns.extend(Wave::ALL.iter().map(|wave| {
        let name = short_name(*wave);
        column(
            format!("{name}_percent"),
            format!("{name}, %"),
            Kind::Number,
        )
    }));
    columns.push(column(
        "all_percent".to_owned(),
        "All, %".to_owned(),
        Kind::Number,
    ));
    columns.push(column(
        "st_t_density".to_owned(),
        "ST–T density".to_owned(),
        Kind::Number,
    ));
    Table {
        name: format!("attribution-{vessel}"),
        caption: format!(
            "Share of the attribution of {vessel} by lead and segment of the beat; density: share of attribution over share of samples."
        ),
        columns,
        rows: Lead::ALL
            .into_iter()
            .map(|lead| row(lead, shares))
            .collect(),
    }
}

fn row(lead: Lead, shares: &Shares) -> Vec<Cell> {
    let percent = |share: f64| Cell::Number {
        value: 100.0 * share,
        shown: format!("{:.1}", 100.0 * share),
    };
    let mut cells = vec![Cell::Text(lead.name().to_owned())];
    let of = |waves: &[Wave]| shares.sum(&[lead], waves);
    cells.extend(
        Wave::ALL
            .iter()
            .map(|&wave| percent(of(&[wave]).attribution)),
    );
    cells.push(percent(of(&Wave::ALL).attribution));
    cells.push(match of(&[Wave::StSegment, Wave::T]).density() {
        Some(density) => Cell::Number {
            value: density,
            shown: format!("{density:.2}"),
        },
        None => Cell::Undefined("no ST segment and no T wave was delineated".to_owned()),
    });
    cells
}
