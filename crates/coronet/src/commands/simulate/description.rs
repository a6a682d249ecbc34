//! `simulation.json`: what was simulated, and the best that can be reached on it.

use super::{SimulateSettings, Tables};
use coronet_cohort::simulate::SimulationConfig;
use coronet_cohort::{LabelRule, Vessel};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Description<'a> {
    simulated: bool,
    coronet_version: &'static str,
    seed: u64,
    patients: usize,
    joined: bool,
    best_achievable_auc: Best,
    config: &'a SimulationConfig,
}

#[derive(Serialize)]
struct Best {
    label_rule: LabelRule,
    #[serde(flatten)]
    vessels: BTreeMap<&'static str, Auc>,
}

/// A number, or why there is none.
#[derive(Serialize)]
struct Auc {
    value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// The description as JSON.
pub(super) fn text(settings: &SimulateSettings, best: &[Option<f64>; 4]) -> String {
    let auc = |value: Option<f64>| Auc {
        value,
        reason: match value {
            Some(_) => None,
            None => Some("nearly no patient is positive, or nearly every one"),
        },
    };
    let description = Description {
        simulated: true,
        coronet_version: env!("CARGO_PKG_VERSION"),
        seed: settings.config.seed,
        patients: settings.config.patients,
        joined: settings.tables == Tables::Joined,
        best_achievable_auc: Best {
            label_rule: LabelRule::Severe,
            vessels: Vessel::ALL
                .iter()
                .map(|vessel| (vessel.name(), auc(best[vessel.index()])))
                .collect(),
        },
        config: &settings.config,
    };
    let mut text = serde_json::to_string_pretty(&description)
        .expect("a description holds only numbers and words, this is a bug");
    text.push('\n');
    text
}
