//! The baseline table: who was studied, by group.

use super::{Cell, Rows, Table};
use crate::number::{count, fixed, percent};
use crate::wording::{capitalised, characteristic_name, group_name};
use coronet_evaluate::{Distribution, Evaluation, GroupCharacteristics, GroupShare, Statistic};

/// Characteristics in rows, groups in columns; nothing where the evaluation has no groups.
pub(super) fn table_one(evaluation: &Evaluation) -> Table {
    let groups = &evaluation.table_one.groups;
    let names = shown_groups(evaluation);
    let all = names.first().map(|name| &groups[*name]);
    let mut rows = Rows::of(all.into_iter().flat_map(characteristics)).text(
        "characteristic",
        "Characteristic",
        |row| match row {
            Characteristic::Records => "Records".to_owned(),
            Characteristic::Continuous(key) | Characteristic::Categorical(key) => {
                characteristic_name(key)
            }
        },
    );
    for name in names {
        let group = &groups[name];
        rows = rows.number(name, &group_name(name), |row| of_group(group, row));
    }
    rows.number("standardised_difference", "Std. difference", |row| {
        difference(evaluation, row)
    })
    .table(
        "baseline",
        "Baseline characteristics (Table 1): all records, those with and without an event in any vessel (among records with every grade), and by site. \
         Numbers are medians with quartiles, or counts with the share of the records whose value is known; “missing” follows where values are. \
         Std. difference: standardised difference between records with and without an event, no test.",
    )
}

/// Every group, but no single site, which is all records again.
fn shown_groups(evaluation: &Evaluation) -> Vec<&String> {
    let names = evaluation.table_one.groups.keys();
    let is_site = |name: &&String| name.starts_with("site=");
    let single = names.clone().filter(is_site).count() == 1;
    names.filter(|name| !(single && is_site(name))).collect()
}

/// A row of the baseline table.
enum Characteristic<'a> {
    Records,
    Continuous(&'a str),
    Categorical(&'a str),
}

fn characteristics(all: &GroupCharacteristics) -> Vec<Characteristic<'_>> {
    let continuous = all.continuous.keys();
    let categorical = all.categorical.keys();
    std::iter::once(Characteristic::Records)
        .chain(continuous.map(|key| Characteristic::Continuous(key)))
        .chain(categorical.map(|key| Characteristic::Categorical(key)))
        .collect()
}

fn of_group(group: &GroupCharacteristics, row: &Characteristic<'_>) -> Cell {
    let cell = match row {
        Characteristic::Records => Some(Cell::count(group.n)),
        Characteristic::Continuous(key) => {
            let found = group.continuous.get(*key);
            found.map(|found| Cell::of(found, |found| quartiles(key, found)))
        }
        Characteristic::Categorical(key) => {
            let found = group.categorical.get(*key);
            found.map(|found| Cell::of(found, share))
        }
    };
    cell.unwrap_or(Cell::Empty)
}

fn difference(evaluation: &Evaluation, row: &Characteristic<'_>) -> Cell {
    let (Characteristic::Continuous(key) | Characteristic::Categorical(key)) = row else {
        return Cell::Empty;
    };
    let found = evaluation.table_one.standardised_differences.get(*key);
    found.map_or(Cell::Empty, |found| Cell::statistic(found, 2))
}

/// From the unit of the evaluation to that of the row's name: pre-test probability is shown in per cent.
fn scale(key: &str) -> f64 {
    match key {
        "ptp" => 100.0,
        _ => 1.0,
    }
}

fn quartiles(key: &str, found: &Distribution) -> Cell {
    let scale = scale(key);
    let decimals = match key {
        "ptp" | "age" => 1,
        _ => 0,
    };
    let show = |value: f64| fixed(value * scale, decimals);
    let spread = quartile_text(found, show);
    Cell::Number {
        value: found.median * scale,
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
    let groups = &evaluation.table_one.groups;
    let rows = groups.iter().flat_map(|(group, found)| {
        let continuous = found.continuous.iter();
        let continuous = continuous.map(move |(key, d)| (group, key, Digits::Continuous(d)));
        let categorical = found.categorical.iter();
        let categorical = categorical.map(move |(key, s)| (group, key, Digits::Categorical(s)));
        continuous.chain(categorical)
    });
    Rows::of(rows)
        .text("group", "Group", |row| capitalised(row.0))
        .text("characteristic", "Characteristic", |row| {
            characteristic_name(row.1)
        })
        .number("known", "Known", |row| match row.2 {
            Digits::Continuous(found) => Cell::of(found, |d| Cell::count(d.n)),
            Digits::Categorical(found) => Cell::of(found, |s| Cell::count(s.known)),
        })
        .number("missing", "Missing", |row| match row.2 {
            Digits::Continuous(found) => Cell::only(found, |d| Cell::count(d.missing)),
            Digits::Categorical(found) => Cell::only(found, |s| Cell::count(s.missing)),
        })
        .number("count", "Count", |row| {
            row.2.categorical(|s| Cell::count(s.count))
        })
        .number("share", "Share", |row| {
            row.2.categorical(|s| Cell::number(s.share.value, 4))
        })
        .number("mean", "Mean", |row| {
            row.2.continuous(|d| Cell::number(d.mean * scale(row.1), 2))
        })
        .number("sd", "SD", |row| {
            row.2
                .continuous(|d| Cell::statistic(&d.sd.clone().map(|sd| sd * scale(row.1)), 2))
        })
        .number("median", "Median", |row| {
            row.2
                .continuous(|d| Cell::number(d.median * scale(row.1), 2))
        })
        .number("first_quartile", "First quartile", |row| {
            row.2
                .continuous(|d| Cell::number(d.first_quartile * scale(row.1), 2))
        })
        .number("third_quartile", "Third quartile", |row| {
            row.2
                .continuous(|d| Cell::number(d.third_quartile * scale(row.1), 2))
        })
        .table(
            "baseline-digits",
            "Baseline characteristics with all digits.",
        )
}

/// What is known of one characteristic in one group.
enum Digits<'a> {
    Continuous(&'a Statistic<Distribution>),
    Categorical(&'a Statistic<GroupShare>),
}

impl Digits<'_> {
    /// The cell of a distribution; nothing for a share, or where it is undefined.
    fn continuous(&self, cell: impl FnOnce(&Distribution) -> Cell) -> Cell {
        match self {
            Digits::Continuous(found) => Cell::only(found, cell),
            Digits::Categorical(_) => Cell::Empty,
        }
    }

    /// The cell of a share; nothing for a distribution, or where it is undefined.
    fn categorical(&self, cell: impl FnOnce(&GroupShare) -> Cell) -> Cell {
        match self {
            Digits::Categorical(found) => Cell::only(found, cell),
            Digits::Continuous(_) => Cell::Empty,
        }
    }
}
