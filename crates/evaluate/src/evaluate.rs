//! From a table and a configuration to an [`Evaluation`].

mod added_value;
mod any_vessel;
mod baseline;
mod centres;
mod check;
mod cox;
mod event_risk;
mod follow_up;
mod groups;
mod pretest;
mod recalibrate;
mod records;
mod subgroups;
mod thresholds;
mod vessel;

use std::borrow::Cow;

use indexmap::IndexMap;
use rayon::prelude::*;

pub use check::EvaluateError;
pub(crate) use check::check;
pub(crate) use records::few_events;
pub(crate) use vessel::vessel_thresholds;

use crate::config::EvaluationConfig;
use crate::evaluation::{Evaluation, Finding, FindingKind, Pretest, VesselEvaluation};
use crate::operating::RiskStratum;
use crate::score_table::ScoreTable;
use records::VesselRecords;

/// Computes every analysis the table allows.
///
/// Absent columns switch analyses off with a reason; the result does not depend on
/// the order of the rows or the number of threads.
///
/// # Errors
///
/// The configuration is impossible: a number out of its range, or frozen thresholds
/// of vessels none of which the table has.
pub fn evaluate(
    table: &ScoreTable,
    config: &EvaluationConfig,
) -> Result<Evaluation, EvaluateError> {
    check(table, config)?;
    let endpoints = endpoints(table, config);
    let table = endpoints.as_ref();
    let (pretest_probabilities, source) = pretest::resolve(table, config);
    let pretest = pretest::evaluate(table, source, config);
    let table: &ScoreTable = &with_pretest(table, pretest_probabilities);
    let mut findings = table.findings.clone();
    let (patients, _) = table.patient_numbers();
    let results: Vec<_> = table
        .vessels
        .keys()
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|name| {
            let records = VesselRecords::new(table, name, &patients, config);
            let certain = vessel::certain_probabilities(&records);
            (
                name.clone(),
                certain,
                vessel::evaluate(table, &records, config),
            )
        })
        .collect();
    let mut vessels = IndexMap::new();
    for (name, certain, result) in results {
        findings.extend(certain);
        vessels.insert(name, result);
    }
    findings.extend(without_thresholds(&vessels));
    let highest = highest_vessels(table, &vessels);
    let (any_vessel, (survival, survival_by_patient)) = rayon::join(
        || any_vessel::evaluate(table, &highest, config),
        || {
            (
                follow_up::evaluate(table, &highest, config),
                follow_up::evaluate_by_patient(table, &highest, config),
            )
        },
    );
    Ok(Evaluation {
        score_origin: config.score_origin.clone(),
        config: config.clone(),
        findings,
        warnings: warnings(table, config),
        switched_off: switched_off(table, &pretest),
        baseline: baseline::baseline(table),
        table_one: groups::evaluate(table, config),
        pretest,
        any_vessel,
        survival,
        survival_by_patient,
        vessels,
    })
}

/// The table with these pre-test probabilities; borrowed where it has them already.
fn with_pretest(table: &ScoreTable, pretest: Option<Vec<Option<f64>>>) -> Cow<'_, ScoreTable> {
    if pretest == table.pretest_probabilities {
        return Cow::Borrowed(table);
    }
    Cow::Owned(ScoreTable {
        pretest_probabilities: pretest,
        ..table.clone()
    })
}

/// The table with the vessels that are asked for, in its own order.
pub(crate) fn endpoints<'a>(
    table: &'a ScoreTable,
    config: &EvaluationConfig,
) -> Cow<'a, ScoreTable> {
    if config.endpoints.is_empty() {
        return Cow::Borrowed(table);
    }
    let mut chosen = table.clone();
    chosen
        .vessels
        .retain(|name, _| config.endpoints.contains(name));
    Cow::Owned(chosen)
}

/// The highest of a record's vessels.
#[derive(Clone, Copy)]
struct HighestVessel {
    stratum: RiskStratum,
    probability: f64,
}

/// Per record the highest of the vessels that have thresholds; none where one of them
/// has no probability, or no vessel has thresholds.
fn highest_vessels(
    table: &ScoreTable,
    vessels: &IndexMap<String, VesselEvaluation>,
) -> Vec<Option<HighestVessel>> {
    let with_thresholds: Vec<_> = vessels
        .iter()
        .filter_map(|(name, vessel)| {
            let thresholds = &vessel.thresholds;
            Some((
                name,
                *thresholds.rule_out.defined()?,
                *thresholds.rule_in.defined()?,
            ))
        })
        .collect();
    let highest = |record: usize| {
        let each = with_thresholds.iter().map(|(name, rule_out, rule_in)| {
            let probability = table.vessels[*name].probabilities[record]?;
            Some((
                RiskStratum::of(probability, *rule_out, *rule_in),
                probability,
            ))
        });
        let (strata, probabilities): (Vec<_>, Vec<_>) =
            each.collect::<Option<Vec<_>>>()?.into_iter().unzip();
        let stratum = strata.into_iter().max()?;
        Some(HighestVessel {
            stratum,
            probability: probabilities.into_iter().fold(0.0, f64::max),
        })
    };
    (0..table.len()).map(highest).collect()
}

fn without_thresholds(vessels: &IndexMap<String, VesselEvaluation>) -> Vec<Finding> {
    let undefined = vessels.iter().filter(|(_, vessel)| {
        vessel.thresholds.rule_out.defined().is_none()
            || vessel.thresholds.rule_in.defined().is_none()
    });
    let finding = |(name, vessel): (&String, &VesselEvaluation)| Finding {
        kind: FindingKind::VesselWithoutThresholds,
        column: format!("{name}_prob"),
        count: 0,
        examples: Vec::new(),
        expected: "rule-out and rule-in thresholds".to_owned(),
        consequence: format!(
            "{name} does not count for the highest stratum of a record: {}",
            vessel
                .thresholds
                .rule_out
                .reason()
                .or(vessel.thresholds.rule_in.reason())
                .unwrap_or_default()
        ),
    };
    undefined.map(finding).collect()
}

/// What is not corrected for patients with several records.
const RECORDS_AS_UNITS: &str = "Wilson's intervals of proportions, calibration slope and intercepts with their tests, observed over expected events, tests of trend, Mann-Whitney's test, the net reclassification of the pre-test categories and McNemar's test";

fn warnings(table: &ScoreTable, config: &EvaluationConfig) -> Vec<String> {
    let mut warnings = Vec::new();
    if table.is_empty() {
        warnings.push("the table has no usable records".to_owned());
    }
    if config.frozen_thresholds.is_none() {
        warnings.push(
            "thresholds are chosen on the scores they are judged on: sensitivity and specificity at them are optimistic"
                .to_owned(),
        );
    }
    warnings.extend(unknown_patients(table));
    let (_, patients) = table.patient_numbers();
    if patients < table.len() {
        let have = if patients == 1 {
            "patient has"
        } else {
            "patients have"
        };
        warnings.push(format!(
            "{patients} {have} {} records. Patients are the units of the AUC and its differences, of every bootstrap, of comparisons of two scores and of follow-up (one record a patient). Records count as independent, so that intervals are too narrow and p-values too small, in: {}",
            table.len(),
            RECORDS_AS_UNITS
        ));
    }
    warnings
}

/// A caveat where it is not known which records are of one patient.
fn unknown_patients(table: &ScoreTable) -> Option<String> {
    let without = match &table.patient_ids {
        None => table.len(),
        Some(ids) => ids.iter().filter(|id| id.is_none()).count(),
    };
    let records = match (without, table.patient_ids.is_some()) {
        (0, _) => return None,
        (_, false) => "no record has patient_id".to_owned(),
        (1, true) => "1 record has no patient_id".to_owned(),
        (without, true) => format!("{without} records have no patient_id"),
    };
    Some(format!(
        "{records}: each counts as a patient of its own; where patients have several records, every interval is too narrow"
    ))
}

fn switched_off(table: &ScoreTable, pretest: &Pretest) -> IndexMap<String, String> {
    let no_follow_up = table.follow_up_days.is_none() || table.events.is_none();
    let analyses = [
        (
            table.patient_ids.is_none(),
            "patient clusters",
            "no record has patient_id: each counts as a patient",
        ),
        (
            table.normal_ecgs.is_none(),
            "normal ECGs",
            "no record has normal_ecg",
        ),
        (
            table.sexes.is_none(),
            "subgroups by sex",
            "no record has sex",
        ),
        (
            table.ages.is_none(),
            "subgroups by age",
            "no record has age",
        ),
        (
            table.interval_days.is_none(),
            "subgroups by interval",
            "no record has interval_days",
        ),
        (
            table.sites.is_none(),
            "subgroups by site",
            "no record has site",
        ),
        (table.sites.is_none(), "centres", "no record has site"),
        (
            table.pretest_probabilities.is_none(),
            "pre-test probability",
            pretest.source.trim_start_matches("none: "),
        ),
        (
            no_follow_up,
            "follow-up",
            "no record has follow_up_days and event",
        ),
    ];
    let absent = analyses.into_iter().filter(|(absent, _, _)| *absent);
    absent
        .map(|(_, analysis, reason)| (analysis.to_owned(), reason.to_owned()))
        .collect()
}
