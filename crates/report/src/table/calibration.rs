//! Whether the probabilities are as large as they should be, as given and after recalibration.

use super::vessel::{counted_vessels, vessels, within_vessels};
use super::{Cell, Table};
use crate::wording::{level, recalibration_name};
use coronet_evaluate::{CalibrationSummary, Evaluation, Statistic, VesselEvaluation};

pub(super) fn lines(evaluation: &Evaluation) -> Table {
    counted_vessels(evaluation)
        .interval("slope", "Slope", |row| {
            Cell::estimate(&row.1.calibration.slope_interval, 2)
        })
        .interval("intercept", "Intercept", |row| {
            Cell::estimate(&row.1.calibration.intercept_interval, 2)
        })
        .interval("in_the_large", "In the large", |row| {
            Cell::estimate(&row.1.calibration.in_the_large_interval, 2)
        })
        .interval("observed_expected", "O:E", |row| {
            Cell::estimate(&row.1.calibration.observed_expected_interval, 2)
        })
        .table(
            "calibration",
            format!(
                "Calibration by vessel. Slope and intercept of the logistic recalibration model and calibration-in-the-large, with {} Wald intervals (ideal 1, 0 and 0); O:E, observed over expected events, with the interval of its logarithm (ideal 1).",
                level(&evaluation.config)
            ),
        )
}

pub(super) fn errors(evaluation: &Evaluation) -> Table {
    let error = |statistic: &Statistic<f64>| Cell::statistic(statistic, 3);
    counted_vessels(evaluation)
        .number("brier", "Brier", |row| error(&row.1.calibration.brier))
        .number("scaled_brier", "Scaled Brier", |row| {
            error(&row.1.calibration.scaled_brier)
        })
        .number("ici", "ICI", |row| error(&row.1.calibration.ici))
        .number("e50", "E50", |row| error(&row.1.calibration.e50))
        .number("e90", "E90", |row| error(&row.1.calibration.e90))
        .number("e_max", "Emax", |row| error(&row.1.calibration.e_max))
        .number("ece", "ECE", |row| error(&row.1.calibration.ece))
        .table(
            "calibration-errors",
            "Errors of the probabilities by vessel: Brier score and its share of the score of the observed rate (scaled); ICI, E50, E90 and Emax, the mean, median, 90th percentile and greatest distance of the smoother from the predicted probability; ECE over ten groups of equal size.",
        )
}

/// Tests and further errors, which depend on choices of grouping.
pub(super) fn tests(evaluation: &Evaluation) -> Table {
    vessels(evaluation)
        .number("spiegelhalter_z", "Spiegelhalter z", |row| {
            Cell::of(&row.1.calibration.spiegelhalter, |test| {
                Cell::number(test.z.unwrap_or(test.statistic), 2)
            })
        })
        .number("spiegelhalter_p", "p", |row| {
            Cell::of(&row.1.calibration.spiegelhalter, |test| Cell::p(test.p))
        })
        .number("hosmer_lemeshow", "Hosmer–Lemeshow χ²", |row| {
            Cell::of(&row.1.calibration.hosmer_lemeshow, |found| {
                Cell::number(found.test.statistic, 2)
            })
        })
        .number("hosmer_lemeshow_groups", "Groups", |row| {
            Cell::of(&row.1.calibration.hosmer_lemeshow, |found| {
                Cell::count(found.groups)
            })
        })
        .number("hosmer_lemeshow_p", "p", |row| {
            Cell::of(&row.1.calibration.hosmer_lemeshow, |found| {
                Cell::p(found.test.p)
            })
        })
        .number("loess_ici", "ICI (LOESS)", |row| {
            Cell::of(&row.1.calibration.loess, |loess| Cell::number(loess.ici, 3))
        })
        .number("loess_e90", "E90 (LOESS)", |row| {
            Cell::of(&row.1.calibration.loess, |loess| Cell::number(loess.e90, 3))
        })
        .number("ece_equal_width", "ECE, equal width", |row| {
            Cell::statistic(&row.1.calibration.ece_equal_width, 3)
        })
        .number("mce_equal_width", "MCE", |row| {
            Cell::statistic(&row.1.calibration.mce_equal_width, 3)
        })
        .table(
            "calibration-tests",
            "Further measures of calibration by vessel: Spiegelhalter’s z; Hosmer and Lemeshow’s test, which changes with its groups (and has as many degrees of freedom as groups) and is not for headlines; ICI and E90 by LOESS of degree 2; \
             expected and maximum calibration error over ten bins of equal width.",
        )
}

/// After recalibration: on records the map was not fitted on.
pub(super) fn recalibrated(evaluation: &Evaluation) -> Table {
    let mut all = evaluation.vessels.values();
    let parts = all.next().map_or("", |v| v.recalibration.parts.as_str());
    within_vessels(evaluation, maps)
        .text("probabilities", "Probabilities", |row| row.1.0.clone())
        .number("brier", "Brier", |row| {
            Cell::of(&row.1.1, |found| Cell::statistic(&found.brier, 4))
        })
        .interval("slope", "Slope", |row| {
            Cell::only(&row.1.1, |found| Cell::estimate(&found.slope, 2))
        })
        .interval("in_the_large", "In the large", |row| {
            Cell::only(&row.1.1, |found| Cell::estimate(&found.in_the_large, 2))
        })
        .interval("observed_expected", "O:E", |row| {
            Cell::only(&row.1.1, |found| Cell::estimate(&found.observed_expected, 2))
        })
        .number("ici", "ICI (LOESS)", |row| {
            Cell::only(&row.1.1, |found| Cell::statistic(&found.ici, 3))
        })
        .table(
            "recalibration",
            format!(
                "Calibration as given and after recalibration, each record mapped by a function fitted on other records ({parts}). \
                 Slope and calibration-in-the-large with {} Wald intervals (ideal 1 and 0), O:E with the interval of its logarithm (ideal 1).",
                level(&evaluation.config)
            ),
        )
}

/// The probabilities as given, and by every map, with their calibration.
fn maps(vessel: &VesselEvaluation) -> Vec<(String, Statistic<CalibrationSummary>)> {
    let found = &vessel.calibration;
    let given = CalibrationSummary {
        n: vessel.n,
        events: vessel.events,
        brier: found.brier.clone(),
        slope: found.slope_interval.clone(),
        in_the_large: found.in_the_large_interval.clone(),
        observed_expected: found.observed_expected_interval.clone(),
        ici: found.loess.clone().map(|loess| loess.ici),
    };
    let mut rows = vec![("As given".to_owned(), Statistic::Defined(given))];
    for (method, summary) in &vessel.recalibration.cross_fitted {
        let label = format!("{}, cross-fitted", recalibration_name(method));
        rows.push((label, summary.clone()));
    }
    if let Some(frozen) = vessel.recalibration.frozen.defined() {
        let summary = Statistic::Defined(frozen.calibration.clone());
        rows.push(("Map frozen elsewhere".to_owned(), summary));
    }
    rows
}
