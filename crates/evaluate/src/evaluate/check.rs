//! Is the configuration possible, and does it fit the table?

use crate::config::EvaluationConfig;
use crate::score_table::ScoreTable;

/// A configuration that cannot be evaluated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// A number lies outside its range.
    #[error("evaluation setting `{field}`: expected {expected}, got {got}")]
    Setting {
        /// The setting.
        field: String,
        /// What is possible.
        expected: &'static str,
        /// The number given.
        got: f64,
    },
    /// An endpoint that the table does not have.
    #[error("evaluation setting `endpoints`: expected vessels of the table ({table}), got {got}")]
    UnknownEndpoint {
        /// The endpoint.
        got: String,
        /// Vessels of the table.
        table: String,
    },
    /// Targets of a vessel that the table does not have.
    #[error(
        "evaluation setting `vessel_targets`: expected vessels of the table ({table}), got {got}"
    )]
    UnknownTarget {
        /// The vessel.
        got: String,
        /// Vessels of the table.
        table: String,
    },
    /// A frozen recalibration map is not usable.
    #[error("frozen recalibration of {vessel}: expected {expected}")]
    Recalibration {
        /// The vessel.
        vessel: String,
        /// What is possible.
        expected: &'static str,
    },
    /// What is frozen is of other vessels.
    #[error(
        "frozen thresholds or recalibration are of vessels {frozen}, but the table has {table}"
    )]
    OtherVessels {
        /// Vessels with frozen thresholds.
        frozen: String,
        /// Vessels of the table.
        table: String,
    },
}

/// Most bootstrap replicates: each keeps a few kilobytes until its percentiles are taken.
const MOST_REPLICATES: f64 = 100_000.0;

/// Refuses impossible settings.
pub(crate) fn check(table: &ScoreTable, config: &EvaluationConfig) -> Result<(), EvaluateError> {
    let inside = |low: f64, high: f64| move |x: f64| x > low && x < high;
    setting(
        "confidence",
        config.confidence,
        "a number in (0, 1)",
        inside(0.0, 1.0),
    )?;
    setting(
        "bootstrap_replicates",
        config.bootstrap_replicates as f64,
        "0 to 100,000",
        |replicates| replicates <= MOST_REPLICATES,
    )?;
    setting(
        "decision_grid_end",
        config.decision_grid_end,
        "a number in (0, 1)",
        inside(0.0, 1.0),
    )?;
    for t in &config.decision_thresholds {
        setting(
            "decision_thresholds",
            *t,
            "a number in (0, 1)",
            inside(0.0, 1.0),
        )?;
    }
    for days in config.horizons.iter().chain(&config.landmark_days) {
        setting("horizons or landmark_days", *days, "days ≥ 0", |days| {
            days >= 0.0 && days.is_finite()
        })?;
    }
    for t in config
        .fixed_thresholds
        .iter()
        .chain([&config.pretest_low, &config.pretest_high])
    {
        setting(
            "fixed_thresholds or pretest_*",
            *t,
            "a number in [0, 1]",
            is_probability,
        )?;
    }
    let low = config.pretest_low;
    setting(
        "pretest_high",
        config.pretest_high,
        "at least pretest_low",
        |high| high >= low,
    )?;
    for cut in [config.age_cut, config.interval_cut] {
        setting("age_cut or interval_cut", cut, "a number", f64::is_finite)?;
    }
    targets(config)?;
    targeted_vessels(table, config)?;
    endpoints(table, config)?;
    frozen(table, config)?;
    frozen_recalibration(table, config)
}

fn endpoints(table: &ScoreTable, config: &EvaluationConfig) -> Result<(), EvaluateError> {
    let unknown = |name: &&String| !table.vessels.contains_key(*name);
    match config.endpoints.iter().find(unknown) {
        None => Ok(()),
        Some(name) => Err(EvaluateError::UnknownEndpoint {
            got: name.clone(),
            table: list(table.vessels.keys().collect()),
        }),
    }
}

fn targeted_vessels(table: &ScoreTable, config: &EvaluationConfig) -> Result<(), EvaluateError> {
    let unknown = |name: &&String| !table.vessels.contains_key(*name);
    match config.vessel_targets.keys().find(unknown) {
        None => Ok(()),
        Some(name) => Err(EvaluateError::UnknownTarget {
            got: name.clone(),
            table: list(table.vessels.keys().collect()),
        }),
    }
}

fn targets(config: &EvaluationConfig) -> Result<(), EvaluateError> {
    let named = config
        .vessel_targets
        .iter()
        .map(|(vessel, targets)| (format!("vessel_targets.{vessel}"), targets));
    let tables = config
        .sensitivity_targets
        .iter()
        .chain(&config.specificity_targets);
    for target in tables {
        setting(
            "sensitivity_targets or specificity_targets",
            *target,
            "a number in (0, 1]",
            |target| target > 0.0 && target <= 1.0,
        )?;
    }
    for (name, targets) in named.chain([("targets".to_owned(), &config.targets)]) {
        for target in [targets.rule_out_sensitivity, targets.rule_in_specificity] {
            setting(&name, target, "a number in (0, 1]", |target| {
                target > 0.0 && target <= 1.0
            })?;
        }
    }
    Ok(())
}

fn frozen(table: &ScoreTable, config: &EvaluationConfig) -> Result<(), EvaluateError> {
    let Some(frozen) = &config.frozen_thresholds else {
        return Ok(());
    };
    for (vessel, thresholds) in frozen {
        let name = format!("frozen_thresholds.{vessel}");
        setting(
            &name,
            thresholds.rule_out,
            "a number in [0, 1]",
            is_probability,
        )?;
        setting(
            &name,
            thresholds.rule_in,
            "a number in [rule_out, 1]",
            |rule_in| is_probability(rule_in) && rule_in >= thresholds.rule_out,
        )?;
        setting(
            &name,
            thresholds.youden.unwrap_or(0.0),
            "a number in [0, 1]",
            is_probability,
        )?;
    }
    known_vessels(table, frozen.keys())
}

fn frozen_recalibration(
    table: &ScoreTable,
    config: &EvaluationConfig,
) -> Result<(), EvaluateError> {
    let Some(frozen) = &config.frozen_recalibration else {
        return Ok(());
    };
    for (vessel, map) in frozen {
        if let Some(expected) = map.problem() {
            return Err(EvaluateError::Recalibration {
                vessel: vessel.clone(),
                expected,
            });
        }
    }
    known_vessels(table, frozen.keys())
}

/// Refuses what is frozen for vessels none of which the table has.
fn known_vessels<'a>(
    table: &ScoreTable,
    frozen: impl Iterator<Item = &'a String>,
) -> Result<(), EvaluateError> {
    let frozen: Vec<&String> = frozen.collect();
    if frozen
        .iter()
        .any(|vessel| table.vessels.contains_key(*vessel))
    {
        return Ok(());
    }
    Err(EvaluateError::OtherVessels {
        frozen: list(frozen),
        table: list(table.vessels.keys().collect()),
    })
}

fn list(names: Vec<&String>) -> String {
    let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
    names.join(", ")
}

fn is_probability(number: f64) -> bool {
    (0.0..=1.0).contains(&number)
}

fn setting(
    field: &str,
    got: f64,
    expected: &'static str,
    possible: impl Fn(f64) -> bool,
) -> Result<(), EvaluateError> {
    if possible(got) {
        Ok(())
    } else {
        Err(EvaluateError::Setting {
            field: field.to_owned(),
            expected,
            got,
        })
    }
}
