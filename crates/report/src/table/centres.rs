//! Centre by centre, and pooled.

use super::vessel::within_vessels;
use super::{Cell, Table};
use crate::wording::{level, pooled_name};
use coronet_evaluate::{
    CalibrationSummary, CentreEvaluation, Centres, Estimate, Evaluation, OperatingPoint, Statistic,
    VesselEvaluation,
};

/// Discrimination and what the thresholds do at each centre.
pub(super) fn performance(evaluation: &Evaluation) -> Table {
    let at = |centre: &CentreEvaluation,
              key: &str,
              pick: fn(&OperatingPoint) -> &Statistic<Estimate>| {
        let point = centre
            .operating_points
            .get(key)
            .and_then(Statistic::defined);
        point.map_or(Cell::Empty, |point| Cell::percentage(pick(point), 1))
    };
    within_vessels(evaluation, several)
        .text("centre", "Centre", |row| row.1.0)
        .count("n", "n", |row| row.1.1.n)
        .count("events", "Events", |row| row.1.1.events)
        .interval("rate", "Observed rate", |row| {
            Cell::percentage(&row.1.1.rate, 1)
        })
        .interval("auc", "AUC", |row| Cell::estimate(&row.1.1.auc, 3))
        .interval("rule_out_sensitivity", "Rule-out sensitivity", |row| {
            at(row.1.1, "rule_out", |point| &point.sensitivity)
        })
        .interval("rule_out_npv", "NPV", |row| {
            at(row.1.1, "rule_out", |point| &point.npv)
        })
        .interval("rule_in_specificity", "Rule-in specificity", |row| {
            at(row.1.1, "rule_in", |point| &point.specificity)
        })
        .interval("rule_in_ppv", "PPV", |row| {
            at(row.1.1, "rule_in", |point| &point.ppv)
        })
        .table(
            "centres",
            format!(
                "Centre by centre at the same thresholds everywhere, with {} intervals: observed rate of events, AUC (DeLong), sensitivity and negative predictive value at the rule-out threshold, \
                 specificity and positive predictive value at the rule-in threshold (Wilson). Predictive values move with the rate of events.",
                level(&evaluation.config)
            ),
        )
}

/// Calibration at each centre, as given and repaired.
pub(super) fn calibration(evaluation: &Evaluation) -> Table {
    let with_frozen = evaluation.config.frozen_recalibration.is_some();
    let rows = |vessel| {
        let centres = several(vessel).into_iter();
        centres.flat_map(move |(site, centre)| {
            let maps = maps(centre, with_frozen).into_iter();
            maps.map(move |(label, summary)| (site, label, summary))
        })
    };
    within_vessels(evaluation, rows)
        .text("centre", "Centre", |row| row.1.0)
        .text("probabilities", "Probabilities", |row| row.1.1)
        .interval("observed_expected", "O:E", |row| {
            Cell::of(&row.1.2, |found| Cell::estimate(&found.observed_expected, 2))
        })
        .interval("in_the_large", "In the large", |row| {
            Cell::only(&row.1.2, |found| Cell::estimate(&found.in_the_large, 2))
        })
        .interval("slope", "Slope", |row| {
            Cell::only(&row.1.2, |found| Cell::estimate(&found.slope, 2))
        })
        .number("brier", "Brier", |row| {
            Cell::only(&row.1.2, |found| Cell::statistic(&found.brier, 4))
        })
        .table(
            "centres-calibration",
            format!(
                "Calibration centre by centre with {} intervals: as given, after the map frozen elsewhere where there is one, and after an update on the centre’s own records, each judged on records it was not fitted on. \
                 In the large: 0 is ideal, below 0 risk was overestimated. O:E and slope: 1 is ideal.",
                level(&evaluation.config)
            ),
        )
}

/// The probabilities as given, and by every map, with their calibration.
fn maps(
    centre: &CentreEvaluation,
    with_frozen: bool,
) -> Vec<(&'static str, Statistic<CalibrationSummary>)> {
    let given = Statistic::Defined(centre.calibration.clone());
    let mut maps = vec![("As given", given)];
    if with_frozen {
        maps.push(("Map frozen elsewhere", centre.after_frozen.clone()));
    }
    maps.extend([
        (
            "Own intercept, cross-fitted",
            centre.after_intercept.clone(),
        ),
        (
            "Own intercept and slope, cross-fitted",
            centre.after_platt.clone(),
        ),
    ]);
    maps
}

/// Pooled over the centres, with the spread between them.
pub(super) fn pooled(evaluation: &Evaluation) -> Table {
    let rows = |vessel| {
        at_least_two(vessel)
            .into_iter()
            .flat_map(|found| &found.pooled)
    };
    within_vessels(evaluation, rows)
        .text("measure", "Measure", |row| pooled_name(row.1.0))
        .number("centres", "Centres", |row| {
            Cell::of(row.1.1, |found| Cell::count(found.centres))
        })
        .interval("random", "Pooled", |row| {
            Cell::only(row.1.1, |found| Cell::shown_estimate(&found.random, 3))
        })
        .interval("prediction", "One more centre", |row| {
            Cell::only(row.1.1, |found| Cell::estimate(&found.prediction, 3))
        })
        .number("i_squared", "I²", |row| {
            Cell::only(row.1.1, |found| Cell::share(found.i_squared, 0))
        })
        .number("q_p", "p (Q)", |row| {
            Cell::only(row.1.1, |found| Cell::p(found.heterogeneity.p))
        })
        .table(
            "centres-pooled",
            format!(
                "Pooled over centres by random effects with {} Hartung–Knapp intervals; where one more centre is expected (prediction interval); I², the share of the spread between centres that is not chance; Cochran’s Q test. \
                 With few centres the spread between them is known badly.",
                level(&evaluation.config)
            ),
        )
}

/// Names and values of the centres, where there are at least two.
fn several(vessel: &VesselEvaluation) -> Vec<(&str, &CentreEvaluation)> {
    let centres = at_least_two(vessel).into_iter();
    let named = centres.flat_map(|found| &found.centres);
    named
        .map(|(site, centre)| (site.as_str(), centre))
        .collect()
}

fn at_least_two(vessel: &VesselEvaluation) -> Option<&Centres> {
    let centres = vessel.centres.defined()?;
    (centres.centres.len() > 1).then_some(centres)
}
