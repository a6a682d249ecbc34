//! The baseline table: who was studied, by group.

use super::{Cell, Kind, Table, columns};
use crate::number::{count, fixed, percent};
use crate::wording::{capitalised, characteristic_name, group_name};
use coronet_evaluate::{Distribution, Evaluation, GroupCharacteristics, GroupShare, Statistic};

/// Characteristics in rows, groups in columns; nothing where the evaluation has no groups.
pub(super) fn table_one(evaluation: &Evaluation) -> Table {
    let names = shown_groups(evaluation);
    let mut heads = vec![(
        "characteristic".to_owned(),
        "Characteristic".to_owned(),
        Kind::Text,
    )];
    heads.extend(
        names
            .iter()
            .map(|name| ((*name).clone(), group_name(name), Kind::Number)),
    );
    heads.push((
        "standardised_difference".to_owned(),
        "Std. difference".to_owned(),
        Kind::Number,
    ));
    Table {
        name: "baseline".to_owned(),
        caption: "Baseline characteristics (Table 1): all records, those with and without an event in any vessel (among records with every grade), and by site. \
                  Numbers are medians with quartiles, or counts with the share of the records whose value is known; “missing” follows where values are. \
                  Std. difference: standardised difference between records with and without an event, no test."
            .to_owned(),
        columns: heads
            .iter()
            .map(|(key, head, kind)| super::column(key, head, *kind))
            .collect(),
        rows: rows(evaluation),
    }
}

/// Every group, but no single site, which is all records again.
fn shown_groups(evaluation: &Evaluation) -> Vec<&String> {
    let names = evaluation.table_one.groups.keys();
    let is_site = |name: &&String| name.starts_with("site=");
    let single = names.clone().filter(is_site).count() == 1;
    names.filter(|name| !(single && is_site(name))).collect()
}

fn rows(evaluation: &Evaluation) -> Vec<Vec<Cell>> {
    let groups: Vec<&GroupCharacteristics> = shown_groups(evaluation)
        .into_iter()
        .map(|name| &evaluation.table_one.groups[name])
        .collect();
    let Some(all) = groups.first() else {
        return Vec::new();
    };
    let mut rows = vec![
        std::iter::once(Cell::text("Records"))
            .chain(groups.iter().map(|group| Cell::count(group.n)))
            .chain([Cell::Empty])
            .collect(),
    ];
    for key in all.continuous.keys() {
        let cells = groups.iter().map(|group| match group.continuous.get(key) {
            Some(statistic) => Cell::of(statistic, |found| quartiles(key, found)),
            None => Cell::Empty,
        });
        rows.push(row(evaluation, key, cells.collect()));
    }
    for key in all.categorical.keys() {
        let cells = groups.iter().map(|group| match group.categorical.get(key) {
            Some(statistic) => Cell::of(statistic, share),
            None => Cell::Empty,
        });
        rows.push(row(evaluation, key, cells.collect()));
    }
    rows
}

fn row(evaluation: &Evaluation, key: &str, cells: Vec<Cell>) -> Vec<Cell> {
    let difference = evaluation.table_one.standardised_differences.get(key);
    let mut row = vec![Cell::Text(characteristic_name(key))];
    row.extend(cells);
    row.push(match difference {
        Some(Statistic::Defined(value)) => Cell::number(*value, 2),
        Some(Statistic::Undefined(undefined)) => Cell::Undefined(undefined.reason.clone()),
        None => Cell::Empty,
    });
    row
}

fn quartiles(key: &str, found: &Distribution) -> Cell {
    let (scale, decimals) = match key {
        "ptp" => (100.0, 1),
        "age" => (1.0, 1),
        _ => (1.0, 0),
    };
    let show = |value: f64| fixed(value * scale, decimals);
    let spread = quartile_text(found, show);
    Cell::Number {
        value: found.median,
        shown: with_missing(spread, found.missing),
    }
}

/// `59.2 (52.0–66.6)`; with “to” where a limit is negative.
pub(super) fn quartile_text(found: &Distribution, show: impl Fn(f64) -> String) -> String {
    let dash = match found.first_quartile < 0.0 {
        true => " to ",
        false => "–",
    };
    format!(
        "{} ({}{dash}{})",
        show(found.median),
        show(found.first_quartile),
        show(found.third_quartile)
    )
}

fn share(found: &GroupShare) -> Cell {
    let shown = format!("{} ({})", count(found.count), percent(found.share.value, 1));
    Cell::Number {
        value: found.share.value,
        shown: with_missing(shown, found.missing),
    }
}

fn with_missing(shown: String, missing: usize) -> String {
    match missing {
        0 => shown,
        missing => format!("{shown}, {} missing", count(missing)),
    }
}

/// All digits of the same table, one characteristic of one group a row.
pub(super) fn table_one_digits(evaluation: &Evaluation) -> Table {
    let mut rows = Vec::new();
    for (group, found) in &evaluation.table_one.groups {
        for (key, statistic) in &found.continuous {
            rows.push(distribution_row(group, key, statistic));
        }
        for (key, statistic) in &found.categorical {
            rows.push(share_row(group, key, statistic));
        }
    }
    Table {
        name: "baseline-digits".to_owned(),
        caption: "Baseline characteristics with all digits.".to_owned(),
        columns: columns(&[
            ("group", "Group", Kind::Text),
            ("characteristic", "Characteristic", Kind::Text),
            ("known", "Known", Kind::Number),
            ("missing", "Missing", Kind::Number),
            ("count", "Count", Kind::Number),
            ("share", "Share", Kind::Number),
            ("mean", "Mean", Kind::Number),
            ("sd", "SD", Kind::Number),
            ("median", "Median", Kind::Number),
            ("first_quartile", "First quartile", Kind::Number),
            ("third_quartile", "Third quartile", Kind::Number),
        ]),
        rows,
    }
}

fn distribution_row(group: &str, key: &str, statistic: &Statistic<Distribution>) -> Vec<Cell> {
    let mut row = vec![
        Cell::Text(capitalised(group)),
        Cell::Text(characteristic_name(key)),
    ];
    match statistic {
        Statistic::Undefined(undefined) => row.push(Cell::Undefined(undefined.reason.clone())),
        Statistic::Defined(found) => row.extend([
            Cell::count(found.n),
            Cell::count(found.missing),
            Cell::Empty,
            Cell::Empty,
            Cell::number(found.mean, 2),
            Cell::statistic(&found.sd, 2),
            Cell::number(found.median, 2),
            Cell::number(found.first_quartile, 2),
            Cell::number(found.third_quartile, 2),
        ]),
    }
    row.resize(11, Cell::Empty);
    row
}

fn share_row(group: &str, key: &str, statistic: &Statistic<GroupShare>) -> Vec<Cell> {
    let mut row = vec![
        Cell::Text(capitalised(group)),
        Cell::Text(characteristic_name(key)),
    ];
    match statistic {
        Statistic::Undefined(undefined) => row.push(Cell::Undefined(undefined.reason.clone())),
        Statistic::Defined(found) => row.extend([
            Cell::count(found.known),
            Cell::count(found.missing),
            Cell::count(found.count),
            Cell::number(found.share.value, 4),
        ]),
    }
    row.resize(11, Cell::Empty);
    row
}
