//! Shares by lead and segment as a table.

use super::beat::{Shares, short_name};
use coronet_ecg::Lead;
use coronet_evidence::Wave;
use coronet_report::{Cell, Rows, Table};

/// Per cent of the attribution by lead and segment, with the density of each lead.
pub(super) fn shares_table(vessel: &str, shares: &Shares) -> Table {
    let of = |lead: &Lead, waves: &[Wave]| shares.sum(&[*lead], waves);
    let percent =
        |lead: &Lead, waves: &[Wave]| Cell::number(100.0 * of(lead, waves).attribution, 1);
    let mut rows = Rows::of(Lead::ALL).text("lead", "Lead", |lead| lead.name());
    for wave in Wave::ALL {
        let name = short_name(wave);
        rows = rows.number(&format!("{name}_percent"), &format!("{name}, %"), |lead| {
            percent(lead, &[wave])
        });
    }
    rows.number("all_percent", "All, %", |lead| percent(lead, &Wave::ALL))
        .number("st_t_density", "ST–T density", |lead| {
            match of(lead, &[Wave::StSegment, Wave::T]).density() {
                Some(density) => Cell::number(density, 2),
                None => {
                    Cell::Undefined("no ST segment and no T wave was delineated".to_owned())
                }
            }
        })
        .table(
            &format!("attribution-{vessel}"),
            format!(
                "Share of the attribution of {vessel} by lead and segment of the beat; density: share of attribution over share of samples."
            ),
        )
}
