//! Who was studied.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::evaluation::{Baseline, Distribution, GradeCounts, SexCounts};
use crate::quantile::{quantile, sorted};
use crate::score_table::{ScoreTable, Sex, VesselColumns};
use crate::statistic::Statistic;

/// Counts and distributions of the whole table.
pub(super) fn baseline(table: &ScoreTable) -> Baseline {
    let sex = |wanted: Option<Sex>| {
        table
            .sexes
            .iter()
            .flatten()
            .filter(|sex| **sex == wanted)
            .count()
    };
    let no_sex = if table.sexes.is_some() {
        sex(None)
    } else {
        table.len()
    };
    let normal =
        |flags: &Vec<Option<bool>>| flags.iter().filter(|flag| **flag == Some(true)).count();
    Baseline {
        records: table.len(),
        patients: match &table.patient_ids {
            Some(_) => Statistic::Defined(table.patient_numbers().1),
            None => Statistic::undefined("no record has patient_id"),
        },
        age: distribution_of(&table.ages, "age"),
        sex: SexCounts {
            female: sex(Some(Sex::Female)),
            male: sex(Some(Sex::Male)),
            missing: no_sex,
        },
        normal_ecg: match &table.normal_ecgs {
            Some(flags) => Statistic::Defined(normal(flags)),
            None => Statistic::undefined("no record has normal_ecg"),
        },
        interval_days: distribution_of(&table.interval_days, "interval_days"),
        pretest_probability: distribution_of(&table.pretest_probabilities, "ptp"),
        follow_up_days: distribution_of(&table.follow_up_days, "follow_up_days"),
        folds: names(&table.folds),
        sites: names(&table.sites),
        grades: table
            .vessels
            .iter()
            .map(|(name, columns)| (name.clone(), grades(columns)))
            .collect(),
    }
}

/// A summary of the values of a column.
pub(super) fn distribution_of(
    column: &Option<Vec<Option<f64>>>,
    name: &str,
) -> Statistic<Distribution> {
    let Some(cells) = column else {
        return Statistic::undefined(format!("no record has {name}"));
    };
    let values: Vec<f64> = sorted(&cells.iter().flatten().copied().collect::<Vec<f64>>());
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let at = |probability| quantile(&values, probability);
    let (Some(minimum), Some(first_quartile), Some(median), Some(third_quartile), Some(maximum)) =
        (at(0.0), at(0.25), at(0.5), at(0.75), at(1.0))
    else {
        return Statistic::undefined(format!("column {name} has no values"));
    };
    Statistic::Defined(Distribution {
        n,
        missing: cells.len() - n,
        mean,
        sd: if n < 2 {
            Statistic::undefined("fewer than two values")
        } else {
            Statistic::Defined((squares / (n as f64 - 1.0)).sqrt())
        },
        minimum,
        first_quartile,
        median,
        third_quartile,
        maximum,
    })
}

fn names(column: &Option<Vec<Option<String>>>) -> IndexMap<String, usize> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    for name in column.iter().flatten().flatten() {
        *counts.entry(name).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|(name, count)| (name.clone(), count))
        .collect()
}

fn grades(columns: &VesselColumns) -> GradeCounts {
    let count = |grade: Option<u8>| columns.grades.iter().filter(|cell| **cell == grade).count();
    GradeCounts {
        none: count(Some(0)),
        mild: count(Some(1)),
        moderate: count(Some(2)),
        severe: count(Some(3)),
        occluded: count(Some(4)),
        missing: count(None),
    }
}
