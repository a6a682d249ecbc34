//! Centre by centre, and pooled.

use super::{Cell, Kind, Table, columns};
use crate::wording::{level, pooled_name};
use coronet_evaluate::{
    CalibrationSummary, CentreEvaluation, Centres, Evaluation, Statistic, VesselEvaluation,
};

/// Discrimination and what the thresholds do at each centre.
pub(super) fn performance(evaluation: &Evaluation) -> Table {
    let mut rows = Vec::new();
    for_each(evaluation, |name, site, centre| {
        let at = |key: &str| centre.operating_points.get(key).and_then(|p| p.defined());
        let (out, into) = (at("rule_out"), at("rule_in"));
        rows.push(vec![
            Cell::text(name),
            Cell::text(site),
            Cell::count(centre.n),
            Cell::count(centre.events),
            Cell::percentage(&centre.rate, 1),
            Cell::estimate(&centre.auc, 3),
            out.map_or(Cell::Empty, |p| Cell::percentage(&p.sensitivity, 1)),
            out.map_or(Cell::Empty, |p| Cell::percentage(&p.npv, 1)),
            into.map_or(Cell::Empty, |p| Cell::percentage(&p.specificity, 1)),
            into.map_or(Cell::Empty, |p| Cell::percentage(&p.ppv, 1)),
        ]);
    });
    Table {
        name: "centres".to_owned(),
        caption: format!(
            "Centre by centre at the same thresholds everywhere, with {} intervals: observed rate of events, AUC (DeLong), sensitivity and negative predictive value at the rule-out threshold, \
             specificity and positive predictive value at the rule-in threshold (Wilson). Predictive values move with the rate of events.",
            level(&evaluation.config)
        ),
        columns: columns(&[
            ("vessel", "Vessel", Kind::Text),
            ("centre", "Centre", Kind::Text),
            ("n", "n", Kind::Number),
            ("events", "Events", Kind::Number),
            ("rate", "Observed rate", Kind::Interval),
            ("auc", "AUC", Kind::Interval),
            (
                "rule_out_sensitivity",
                "Rule-out sensitivity",
                Kind::Interval,
            ),
            ("rule_out_npv", "NPV", Kind::Interval),
            ("rule_in_specificity", "Rule-in specificity", Kind::Interval),
            ("rule_in_ppv", "PPV", Kind::Interval),
        ]),
        rows,
    }
}

/// Calibration at each centre, as given and repaired.
pub(super) fn calibration(evaluation: &Evaluation) -> Table {
    let mut rows = Vec::new();
    for_each(evaluation, |name, site, centre| {
        let given = Statistic::Defined(centre.calibration.clone());
        rows.push(row(name, site, "As given", &given));
        if evaluation.config.frozen_recalibration.is_some() {
            rows.push(row(
                name,
                site,
                "Map frozen elsewhere",
                &centre.after_frozen,
            ));
        }
        rows.push(row(
            name,
            site,
            "Own intercept, cross-fitted",
            &centre.after_intercept,
        ));
        rows.push(row(
            name,
            site,
            "Own intercept and slope, cross-fitted",
            &centre.after_platt,
        ));
    });
    Table {
        name: "centres-calibration".to_owned(),
        caption: format!(
            "Calibration centre by centre with {} intervals: as given, after the map frozen elsewhere where there is one, and after an update on the centre’s own records, each judged on records it was not fitted on. \
             In the large: 0 is ideal, below 0 risk was overestimated. O:E and slope: 1 is ideal.",
            level(&evaluation.config)
        ),
        columns: columns(&[
            ("vessel", "Vessel", Kind::Text),
            ("centre", "Centre", Kind::Text),
            ("probabilities", "Probabilities", Kind::Text),
            ("observed_expected", "O:E", Kind::Interval),
            ("in_the_large", "In the large", Kind::Interval),
            ("slope", "Slope", Kind::Interval),
            ("brier", "Brier", Kind::Number),
        ]),
        rows,
    }
}

fn row(name: &str, site: &str, label: &str, summary: &Statistic<CalibrationSummary>) -> Vec<Cell> {
    let mut row = vec![Cell::text(name), Cell::text(site), Cell::text(label)];
    match summary {
        Statistic::Defined(found) => row.extend([
            Cell::estimate(&found.observed_expected, 2),
            Cell::estimate(&found.in_the_large, 2),
            Cell::estimate(&found.slope, 2),
            Cell::statistic(&found.brier, 4),
        ]),
        Statistic::Undefined(undefined) => {
            row.push(Cell::Undefined(undefined.reason.clone()));
            row.resize(7, Cell::Empty);
        }
    }
    row
}

/// Pooled over the centres, with the spread between them.
pub(super) fn pooled(evaluation: &Evaluation) -> Table {
    let mut rows = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        let Some(centres) = several(vessel) else {
            continue;
        };
        for (key, pooled) in &centres.pooled {
            let mut row = vec![Cell::text(name), Cell::Text(pooled_name(key))];
            match pooled {
                Statistic::Defined(pooled) => row.extend([
                    Cell::count(pooled.centres),
                    Cell::shown_estimate(&pooled.random, 3),
                    Cell::estimate(&pooled.prediction, 3),
                    Cell::Number {
                        value: pooled.i_squared,
                        shown: crate::number::percent(pooled.i_squared, 0),
                    },
                    Cell::p(pooled.heterogeneity.p),
                ]),
                Statistic::Undefined(undefined) => {
                    row.push(Cell::Undefined(undefined.reason.clone()));
                    row.resize(7, Cell::Empty);
                }
            }
            rows.push(row);
        }
    }
    Table {
        name: "centres-pooled".to_owned(),
        caption: format!(
            "Pooled over centres by random effects with {} Hartung–Knapp intervals; where one more centre is expected (prediction interval); I², the share of the spread between centres that is not chance; Cochran’s Q test. \
             With few centres the spread between them is known badly.",
            level(&evaluation.config)
        ),
        columns: columns(&[
            ("vessel", "Vessel", Kind::Text),
            ("measure", "Measure", Kind::Text),
            ("centres", "Centres", Kind::Number),
            ("random", "Pooled", Kind::Interval),
            ("prediction", "One more centre", Kind::Interval),
            ("i_squared", "I²", Kind::Number),
            ("q_p", "p (Q)", Kind::Number),
        ]),
        rows,
    }
}

/// The centres, where there are at least two.
fn several(vessel: &VesselEvaluation) -> Option<&Centres> {
    let centres = vessel.centres.defined()?;
    (centres.centres.len() > 1).then_some(centres)
}

fn for_each(evaluation: &Evaluation, mut act: impl FnMut(&str, &str, &CentreEvaluation)) {
    for (name, vessel) in &evaluation.vessels {
        let centres = several(vessel);
        for (site, centre) in centres.iter().flat_map(|found| &found.centres) {
            act(name, site, centre);
        }
    }
}
