//! Discrimination in subgroups, and differences between complementary ones.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::records::VesselRecords;
use super::vessel::auc;
use crate::calibration::{logistic_calibration, observed_expected_interval};
use crate::config::{EvaluationConfig, SubgroupFactor};
use crate::discrimination::{
    clustered_area, clustered_unpaired_difference, delong, unpaired_difference,
};
use crate::distribution::chi_squared_upper;
use crate::evaluation::{Subgroup, SubgroupComparison, Thresholds};
use crate::proportion::{benjamini_hochberg, holm, wilson};
use crate::regression::logistic_regression;
use crate::score_table::{ScoreTable, Sex};
use crate::statistic::{Statistic, Test};

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
    thresholds: &Thresholds,
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
    let by_site = config.subgroups.contains(&SubgroupFactor::Site);
    let sites = if by_site { sites(table) } else { Vec::new() };
    match &sites[..] {
        [] | [_] => {}
        [first, second] => comparisons.push(compare(records, first, second, config)),
        several => comparisons.extend(
            several
                .iter()
                .map(|site| compare(records, site, &others(table, site), config)),
        ),
    }
    definitions.extend(sites);
    correct(&mut comparisons);
    let results = definitions.into_iter().map(|definition| {
        let within = records.within(&definition.member, config.few_events);
        (definition.name, subgroup(&within, thresholds, config))
    });
    (results.collect(), comparisons)
}

fn subgroup(
    records: &VesselRecords,
    thresholds: &Thresholds,
    config: &EvaluationConfig,
) -> Subgroup {
    let (p, y, level) = (&records.scores, &records.positive, config.confidence);
    let share = |threshold: &Statistic<f64>, class: bool| {
        threshold.clone().and_then(|threshold| {
            let members = || p.iter().zip(y).filter(|(_, of)| **of == class);
            let right = members().filter(|(p, _)| (**p >= threshold) == class);
            wilson(right.count(), members().count(), level)
        })
    };
    Subgroup {
        n: records.rows.len(),
        events: records.events,
        auc: auc(records, config),
        rate: wilson(records.events, records.rows.len(), level),
        observed_expected: records.explain(observed_expected_interval(p, y, level)),
        slope: records.explain(logistic_calibration(p, y, level).map(|line| line.slope)),
        sensitivity_rule_out: share(&thresholds.rule_out, true),
        specificity_rule_in: share(&thresholds.rule_in, false),
    }
}

/// Pairs of complementary subgroups, one after the other.
fn plain(table: &ScoreTable, config: &EvaluationConfig) -> Vec<Definition> {
    let (age, days) = (config.age_cut, config.interval_cut);
    let mut pairs = Vec::new();
    pair(
        &mut pairs,
        "normal ECG",
        ["normal_ecg".into(), "abnormal_ecg".into()],
        asked(SubgroupFactor::NormalEcg, &table.normal_ecgs, config),
        |normal| *normal,
    );
    pair(
        &mut pairs,
        "sex",
        ["sex=M".into(), "sex=F".into()],
        asked(SubgroupFactor::Sex, &table.sexes, config),
        |sex| *sex == Sex::Male,
    );
    pair(
        &mut pairs,
        "age",
        [format!("age<{age}"), format!("age>={age}")],
        asked(SubgroupFactor::Age, &table.ages, config),
        |years| *years < age,
    );
    let names = [format!("interval<={days}"), format!("interval>{days}")];
    pair(
        &mut pairs,
        "interval",
        names,
        asked(SubgroupFactor::Interval, &table.interval_days, config),
        |interval| interval.abs() <= days,
    );
    pairs
}

/// The column, where its factor is asked for.
fn asked<'a, T>(
    factor: SubgroupFactor,
    column: &'a Option<T>,
    config: &EvaluationConfig,
) -> Option<&'a T> {
    column
        .as_ref()
        .filter(|_| config.subgroups.contains(&factor))
}

fn pair<T>(
    definitions: &mut Vec<Definition>,
    factor: &'static str,
    [first, second]: [String; 2],
    column: Option<&Vec<Option<T>>>,
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

/// Each site, where there are several.
fn sites(table: &ScoreTable) -> Vec<Definition> {
    let Some(column) = &table.sites else {
        return Vec::new();
    };
    let names: BTreeSet<&String> = column.iter().flatten().collect();
    if names.len() < 2 {
        return Vec::new();
    }
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
    let few = config.few_events;
    let parts = [first, second].map(|of| (of, records.within(&of.member, few)));
    let result = match records.clustered() {
        true => both(&parts, |of| {
            clustered_area(&of.scores, &of.positive, &of.patients)
        })
        .and_then(|[first, second]| {
            clustered_unpaired_difference(&first, &second, config.confidence)
        }),
        false => both(&parts, |of| delong(&of.scores, &of.positive))
            .and_then(|[first, second]| unpaired_difference(&first, &second, config.confidence)),
    };
    SubgroupComparison {
        factor: first.factor.to_owned(),
        first: first.name.clone(),
        second: second.name.clone(),
        difference: result.clone().map(|result| result.difference),
        p_holm: result.clone().map(|result| result.test.p),
        p_benjamini_hochberg: result.clone().map(|result| result.test.p),
        calibration_interaction: calibration_interaction(records, first, second),
        test: result.map(|result| result.test),
    }
}

/// The area of both subgroups, or which of them has none and why.
fn both<T>(
    parts: &[(&Definition, VesselRecords); 2],
    area: impl Fn(&VesselRecords) -> Statistic<T>,
) -> Statistic<[T; 2]> {
    let of = |(definition, records): &(&Definition, VesselRecords)| match records
        .explain(area(records))
    {
        Statistic::Undefined(undefined) => {
            Statistic::undefined(format!("{}: {}", definition.name, undefined.reason))
        }
        defined => defined,
    };
    of(&parts[0]).and_then(|first| of(&parts[1]).map(|second| [first, second]))
}

/// Likelihood ratio of y ~ logit p + subgroup + logit p · subgroup against y ~ logit p, two degrees of
/// freedom, over the records of both subgroups whose probability has a logit.
fn calibration_interaction(
    records: &VesselRecords,
    first: &Definition,
    second: &Definition,
) -> Statistic<Test> {
    let (mut logits, mut group, mut positive) = (Vec::new(), Vec::new(), Vec::new());
    for (place, &row) in records.rows.iter().enumerate() {
        let p = records.scores[place];
        if (first.member[row] || second.member[row]) && p > 0.0 && p < 1.0 {
            logits.push((p / (1.0 - p)).ln());
            group.push(f64::from(u8::from(first.member[row])));
            positive.push(records.positive[place]);
        }
    }
    let product = logits.iter().zip(&group).map(|(l, g)| l * g).collect();
    let small = logistic_regression(std::slice::from_ref(&logits), &positive);
    let large = logistic_regression(&[logits, group, product], &positive);
    small.and_then(|small| {
        large.map(|large| {
            let statistic = (2.0 * (large.log_likelihood - small.log_likelihood)).max(0.0);
            Test {
                statistic,
                df: Some(2.0),
                z: None,
                p: chi_squared_upper(statistic, 2.0),
                method: "likelihood ratio, calibration line by subgroup".to_owned(),
            }
        })
    })
}

/// Replaces the plain p-values in `p_holm` and `p_benjamini_hochberg` by corrected ones.
fn correct(comparisons: &mut [SubgroupComparison]) {
    let tested: Vec<usize> = (0..comparisons.len())
        .filter(|&place| comparisons[place].p_holm.defined().is_some())
        .collect();
    let p_values: Vec<f64> = tested
        .iter()
        .filter_map(|&place| comparisons[place].p_holm.defined().copied())
        .collect();
    let corrected = holm(&p_values)
        .into_iter()
        .zip(benjamini_hochberg(&p_values));
    for (&place, (holm, discovery)) in tested.iter().zip(corrected) {
        comparisons[place].p_holm = Statistic::Defined(holm);
        comparisons[place].p_benjamini_hochberg = Statistic::Defined(discovery);
    }
}
