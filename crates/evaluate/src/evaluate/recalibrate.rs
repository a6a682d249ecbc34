//! Recalibration of one vessel: cross-fitted, frozen, and maps to be frozen.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::records::VesselRecords;
use crate::calibration::{
    Recalibration, brier, calibration_in_the_large, fit_intercept, fit_isotonic, fit_platt,
    fit_temperature, loess_calibration, logistic_calibration, observed_expected_interval,
};
use crate::config::EvaluationConfig;
use crate::evaluation::{CalibrationSummary, FrozenRecalibration, Recalibrations};
use crate::score_table::ScoreTable;
use crate::statistic::Statistic;

/// A way to fit a map.
type Fit = fn(&[f64], &[bool]) -> Statistic<Recalibration>;

const METHODS: [(&str, Fit); 4] = [
    ("intercept", fit_intercept),
    ("platt", fit_platt),
    ("temperature", fit_temperature),
    ("isotonic", fit_isotonic),
];
const PARTS: u32 = 5;

/// Every recalibration of a vessel.
pub(super) fn evaluate(
    table: &ScoreTable,
    records: &VesselRecords,
    config: &EvaluationConfig,
) -> Recalibrations {
    let (parts, named) = parts(table, records);
    let named_methods = || METHODS.iter().map(|(name, fit)| ((*name).to_owned(), *fit));
    Recalibrations {
        fitted: named_methods()
            .map(|(name, fit)| {
                (
                    name,
                    records.explain(fit(&records.scores, &records.positive)),
                )
            })
            .collect::<IndexMap<_, _>>(),
        cross_fitted: named_methods()
            .map(|(name, fit)| (name, cross_fitted(records, &parts, fit, config.confidence)))
            .collect(),
        parts: named.to_owned(),
        frozen: frozen(records, config),
    }
}

/// Calibration after a map fitted on this centre's own records, cross-fitted by patient.
pub(super) fn local(
    records: &VesselRecords,
    fit: Fit,
    level: f64,
) -> Statistic<CalibrationSummary> {
    cross_fitted(records, &by_patient(records), fit, level)
}

/// Calibration after the frozen map of the vessel.
pub(super) fn frozen(
    records: &VesselRecords,
    config: &EvaluationConfig,
) -> Statistic<FrozenRecalibration> {
    let Some(maps) = &config.frozen_recalibration else {
        return Statistic::undefined("no recalibration was frozen");
    };
    let Some(map) = maps.get(&records.name) else {
        return Statistic::undefined(format!("no frozen recalibration for {}", records.name));
    };
    let mapped: Vec<f64> = records.scores.iter().map(|p| map.apply(*p)).collect();
    Statistic::Defined(FrozenRecalibration {
        map: map.clone(),
        calibration: summary(&mapped, records, config.confidence),
    })
}

/// Calibration of these probabilities of the records.
pub(super) fn summary(
    probabilities: &[f64],
    records: &VesselRecords,
    level: f64,
) -> CalibrationSummary {
    let (p, y) = (probabilities, &records.positive);
    CalibrationSummary {
        n: p.len(),
        events: records.events,
        brier: records.explain(brier(p, y)),
        slope: records.explain(logistic_calibration(p, y, level).map(|line| line.slope)),
        in_the_large: records.explain(calibration_in_the_large(p, y, level)),
        observed_expected: records.explain(observed_expected_interval(p, y, level)),
        ici: records.explain(loess_calibration(p, y).map(|smooth| smooth.ici)),
    }
}

/// The folds of the table where it has at least two, else five parts by patient.
fn parts(table: &ScoreTable, records: &VesselRecords) -> (Vec<u32>, &'static str) {
    if let Some(folds) = &table.folds {
        let mut numbers: BTreeMap<Option<&String>, u32> = BTreeMap::new();
        records.rows.iter().for_each(|&row| {
            numbers.entry(folds[row].as_ref()).or_default();
        });
        if numbers.len() > 1 {
            numbers
                .values_mut()
                .zip(0..)
                .for_each(|(number, place)| *number = place);
            let part = |&row: &usize| numbers[&folds[row].as_ref()];
            return (
                records.rows.iter().map(part).collect(),
                "folds of the table",
            );
        }
    }
    (by_patient(records), "five parts by patient")
}

fn by_patient(records: &VesselRecords) -> Vec<u32> {
    // A multiplicative hash, so that an order in the identifiers is no order of the parts.
    let part = |patient: &u32| (patient.wrapping_mul(0x9e37_79b1) >> 16) % PARTS;
    records.patients.iter().map(part).collect()
}

fn cross_fitted(
    records: &VesselRecords,
    parts: &[u32],
    fit: Fit,
    level: f64,
) -> Statistic<CalibrationSummary> {
    let mut mapped = records.scores.clone();
    let mut numbers = parts.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.len() < 2 {
        return records.explain(Statistic::undefined("fewer than two parts"));
    }
    for part in numbers {
        let others = || parts.iter().enumerate().filter(|(_, of)| **of != part);
        let scores: Vec<f64> = others().map(|(place, _)| records.scores[place]).collect();
        let positive: Vec<bool> = others().map(|(place, _)| records.positive[place]).collect();
        let map = match fit(&scores, &positive) {
            Statistic::Defined(map) => map,
            Statistic::Undefined(undefined) => {
                let reason = format!("no map without one part: {}", undefined.reason);
                return records.explain(Statistic::undefined(reason));
            }
        };
        for (place, _) in parts.iter().enumerate().filter(|(_, of)| **of == part) {
            mapped[place] = map.apply(records.scores[place]);
        }
    }
    Statistic::Defined(summary(&mapped, records, level))
}
