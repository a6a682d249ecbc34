//! Discrimination in subgroups, and differences between complementary ones.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::records::VesselRecords;
use super::vessel::auc;
use crate::config::EvaluationConfig;
use crate::discrimination::{delong, unpaired_difference};
use crate::evaluation::{Subgroup, SubgroupComparison};
use crate::proportion::holm;
use crate::score_table::{ScoreTable, Sex};
use crate::statistic::Statistic;

/// Records in a subgroup, and the subgroup it is compared with.
struct Definition {
    factor: &'static str,
    name: String,
    member: Vec<bool>,
}

/// Every subgroup the table allows, and the comparisons.
pub(super) fn evaluate(
    table: &ScoreTable,
    records: &VesselRecords,
    config: &EvaluationConfig,
) -> (IndexMap<String, Subgroup>, Vec<SubgroupComparison>) {
    let mut definitions = plain(table, config);
    let pairs: Vec<(usize, usize)> = (0..definitions.len() / 2)
        .map(|pair| (2 * pair, 2 * pair + 1))
        .collect();
    let mut comparisons: Vec<SubgroupComparison> = pairs
        .into_iter()
        .map(|(first, second)| compare(records, &definitions[first], &definitions[second], config))
        .collect();
    for site in sites(table) {
        comparisons.push(compare(records, &site, &others(table, &site), config));
        definitions.push(site);
    }
    correct(&mut comparisons);
    let results = definitions.into_iter().map(|definition| {
        let within = records.within(&definition.member, config.few_events);
        let result = Subgroup {
            n: within.rows.len(),
            events: within.events,
            auc: auc(&within, config),
        };
        (definition.name, result)
    });
    (results.collect(), comparisons)
}

/// Pairs of complementary subgroups, one after the other.
fn plain(table: &ScoreTable, config: &EvaluationConfig) -> Vec<Definition> {
    let (age, days) = (config.age_cut, config.interval_cut);
    let mut pairs = Vec::new();
    pair(
        &mut pairs,
        "normal ECG",
        ["normal_ecg".into(), "abnormal_ecg".into()],
        &table.normal_ecgs,
        |normal| *normal,
    );
    pair(
        &mut pairs,
        "sex",
        ["sex=M".into(), "sex=F".into()],
        &table.sexes,
        |sex| *sex == Sex::Male,
    );
    pair(
        &mut pairs,
        "age",
        [format!("age<{age}"), format!("age>={age}")],
        &table.ages,
        |years| *years < age,
    );
    let names = [format!("interval<={days}"), format!("interval>{days}")];
    pair(
        &mut pairs,
        "interval",
        names,
        &table.interval_days,
        |interval| interval.abs() <= days,
    );
    pairs
}

fn pair<T>(
    definitions: &mut Vec<Definition>,
    factor: &'static str,
    [first, second]: [String; 2],
    column: &Option<Vec<Option<T>>>,
    is_first: impl Fn(&T) -> bool,
) {
    let Some(values) = column else { return };
    let member = |wanted: bool| {
        values
            .iter()
            .map(|value| value.as_ref().map(&is_first) == Some(wanted))
            .collect()
    };
    definitions.push(Definition {
        factor,
        name: first,
        member: member(true),
    });
    definitions.push(Definition {
        factor,
        name: second,
        member: member(false),
    });
}

fn sites(table: &ScoreTable) -> Vec<Definition> {
    let Some(column) = &table.sites else {
        return Vec::new();
    };
    let names: BTreeSet<&String> = column.iter().flatten().collect();
    let definition = |site: &String| Definition {
        factor: "site",
        name: format!("site={site}"),
        member: column
            .iter()
            .map(|value| value.as_ref() == Some(site))
            .collect(),
    };
    names.into_iter().map(definition).collect()
}

/// Records of every other site.
fn others(table: &ScoreTable, site: &Definition) -> Definition {
    let known = table.sites.iter().flatten().map(Option::is_some);
    let member = known
        .zip(&site.member)
        .map(|(known, member)| known && !member)
        .collect();
    Definition {
        factor: "site",
        name: "other sites".to_owned(),
        member,
    }
}

fn compare(
    records: &VesselRecords,
    first: &Definition,
    second: &Definition,
    config: &EvaluationConfig,
) -> SubgroupComparison {
    let of = |definition: &Definition| {
        let within = records.within(&definition.member, config.few_events);
        match within.explain(delong(&within.scores, &within.positive)) {
            Statistic::Defined(delong) => Statistic::Defined(delong),
            Statistic::Undefined(undefined) => {
                Statistic::undefined(format!("{}: {}", definition.name, undefined.reason))
            }
        }
    };
    let result = of(first).and_then(|first| {
        of(second).and_then(|second| unpaired_difference(&first, &second, config.confidence))
    });
    SubgroupComparison {
        factor: first.factor.to_owned(),
        first: first.name.clone(),
        second: second.name.clone(),
        difference: result.clone().map(|result| result.difference),
        p_holm: result.clone().map(|result| result.test.p),
        test: result.map(|result| result.test),
    }
}

/// Replaces the plain p-values in `p_holm` by corrected ones.
fn correct(comparisons: &mut [SubgroupComparison]) {
    let p_values: Vec<f64> = comparisons
        .iter()
        .filter_map(|c| c.p_holm.defined().copied())
        .collect();
    let mut corrected = holm(&p_values).into_iter();
    for comparison in comparisons {
        if comparison.p_holm.defined().is_some() {
            comparison.p_holm = corrected
                .next()
                .map_or_else(|| Statistic::undefined("not tested"), Statistic::Defined);
        }
    }
}
