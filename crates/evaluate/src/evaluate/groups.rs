//! Characteristics by group.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::baseline::distribution_of;
use super::thresholds::proportion;
use crate::config::EvaluationConfig;
use crate::evaluation::{GroupCharacteristics, GroupShare, TableOne};
use crate::proportion::wilson;
use crate::score_table::{ScoreTable, Sex};
use crate::statistic::Statistic;

/// The columns of a table that characterise its records.
struct Columns {
    continuous: Vec<(String, Option<Vec<Option<f64>>>)>,
    categorical: Vec<(String, Option<Vec<Option<bool>>>)>,
}

/// Characteristics of all records, of those with and without an event, and by site.
pub(super) fn evaluate(table: &ScoreTable, config: &EvaluationConfig) -> TableOne {
    let columns = Columns::new(table, config);
    let event = any_positive(table, config);
    let with = |wanted: bool| event.iter().map(|class| *class == Some(wanted)).collect();
    let mut members: Vec<(String, Vec<bool>)> = vec![
        ("all".to_owned(), vec![true; table.len()]),
        ("event".to_owned(), with(true)),
        ("no event".to_owned(), with(false)),
    ];
    if let Some(sites) = &table.sites {
        let names: BTreeSet<&String> = sites.iter().flatten().collect();
        members.extend(names.into_iter().map(|site| {
            let of = sites.iter().map(|cell| cell.as_ref() == Some(site));
            (format!("site={site}"), of.collect())
        }));
    }
    let differences = columns.differences(&members[1].1, &members[2].1);
    let group = |(name, member): (String, Vec<bool>)| {
        let group = columns.group(&member, config.confidence);
        (name, group)
    };
    TableOne {
        groups: members.into_iter().map(group).collect(),
        standardised_differences: differences,
    }
}

/// Is any vessel positive? Unknown where a grade is missing.
pub(super) fn any_positive(table: &ScoreTable, config: &EvaluationConfig) -> Vec<Option<bool>> {
    let of = |row: usize| {
        let positive = table.vessels.iter().map(|(name, columns)| {
            Some(columns.grades[row]? >= config.label_rule.positive_from(name))
        });
        let known: Vec<bool> = positive.collect::<Option<_>>()?;
        Some(known.contains(&true))
    };
    (0..table.len()).map(of).collect()
}

impl Columns {
    fn new(table: &ScoreTable, config: &EvaluationConfig) -> Self {
        let male = table.sexes.as_ref().map(|column| {
            column
                .iter()
                .map(|sex| sex.map(|sex| sex == Sex::Male))
                .collect()
        });
        let mut categorical = vec![
            ("male".to_owned(), male),
            ("normal_ecg".to_owned(), table.normal_ecgs.clone()),
        ];
        for (name, columns) in &table.vessels {
            let least = config.label_rule.positive_from(name);
            let positive = |grade: &Option<u8>| grade.map(|grade| grade >= least);
            let column = columns.grades.iter().map(positive).collect();
            categorical.push((format!("{name} positive"), Some(column)));
        }
        let continuous = [
            ("age", &table.ages),
            ("interval_days", &table.interval_days),
            ("ptp", &table.pretest_probabilities),
            ("follow_up_days", &table.follow_up_days),
        ];
        Self {
            continuous: continuous
                .map(|(name, column)| (name.to_owned(), column.clone()))
                .into(),
            categorical,
        }
    }

    fn group(&self, member: &[bool], level: f64) -> GroupCharacteristics {
        let share = |column: Vec<Option<bool>>| {
            let known = column.iter().flatten().count();
            let count = column.iter().flatten().filter(|yes| **yes).count();
            proportion(&wilson(count, known, level)).map(|share| GroupShare {
                count,
                known,
                missing: column.len() - known,
                share,
            })
        };
        GroupCharacteristics {
            n: member.iter().filter(|inside| **inside).count(),
            continuous: self
                .continuous
                .iter()
                .map(|(name, column)| {
                    let column = column.as_ref().map(|column| pick(column, member));
                    (name.clone(), distribution_of(&column, name))
                })
                .collect(),
            categorical: self
                .categorical
                .iter()
                .map(|(name, column)| {
                    let share = match column {
                        Some(column) => share(pick(column, member)),
                        None => Statistic::undefined(format!("no record has {name}")),
                    };
                    (name.clone(), share)
                })
                .collect(),
        }
    }

    fn differences(&self, first: &[bool], second: &[bool]) -> IndexMap<String, Statistic<f64>> {
        let mut differences = IndexMap::new();
        for (name, column) in &self.continuous {
            let gap = match column {
                Some(column) => standardised(&pick(column, first), &pick(column, second)),
                None => Statistic::undefined(format!("no record has {name}")),
            };
            differences.insert(name.clone(), gap);
        }
        for (name, column) in &self.categorical {
            let numbers = |column: &[Option<bool>], member: &[bool]| -> Vec<Option<f64>> {
                let number = |yes: Option<bool>| yes.map(|yes| f64::from(u8::from(yes)));
                pick(column, member).into_iter().map(number).collect()
            };
            let gap = match column {
                Some(column) => standardised(&numbers(column, first), &numbers(column, second)),
                None => Statistic::undefined(format!("no record has {name}")),
            };
            differences.insert(name.clone(), gap);
        }
        differences
    }
}

fn pick<T: Copy>(column: &[Option<T>], member: &[bool]) -> Vec<Option<T>> {
    let inside = column.iter().zip(member).filter(|(_, inside)| **inside);
    inside.map(|(cell, _)| *cell).collect()
}

/// Difference of means over √((s₁² + s₂²)/2), the variances with denominator n: of a yes/no
/// column that is p (1 − p).
fn standardised(first: &[Option<f64>], second: &[Option<f64>]) -> Statistic<f64> {
    let moments = |column: &[Option<f64>]| {
        let values: Vec<f64> = column.iter().flatten().copied().collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>()
            / n;
        (mean, variance)
    };
    let ((mean, variance), (other, other_variance)) = (moments(first), moments(second));
    let spread = ((variance + other_variance) / 2.0).sqrt();
    Statistic::finite(
        (mean - other) / spread,
        "a group without values, or no spread in both",
    )
}
