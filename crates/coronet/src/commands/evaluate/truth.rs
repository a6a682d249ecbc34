//! What a simulation knows of its own cohort.

use crate::output;
use crate::printer::{Hint, Printer};
use anyhow::Result;
use coronet_evaluate::LabelRule;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The part of `simulation.json` an evaluation needs.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Truth {
    /// Always true; a file that says otherwise is not from the simulator.
    simulated: bool,
    /// Best achievable AUC by vessel.
    best_achievable_auc: Best,
}

/// Best achievable AUCs and what they hold for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Best {
    /// The rule they hold for, where the file says so.
    #[serde(default)]
    label_rule: Option<LabelRule>,
    /// By vessel.
    #[serde(flatten)]
    vessels: BTreeMap<String, Option<Auc>>,
}

/// A number, or an object with one; null where it is not defined.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Auc {
    /// The number itself.
    Plain(f64),
    /// Beside its reason.
    Described {
        /// The number.
        value: Option<f64>,
    },
}

impl Truth {
    /// Reads `simulation.json`; the best achievable AUC of another label rule is left out.
    pub(super) fn read(path: &Path, rule: LabelRule, printer: &Printer) -> Result<Truth> {
        let bytes = output::read(path)?;
        let refuse = |why: String| {
            let message = format!("{} is not the truth of a simulation: {why}", path.display());
            Hint::error(
                message,
                "`coronet simulate` writes simulation.json beside the cohort",
            )
        };
        let mut truth: Truth =
            serde_json::from_slice(&bytes).map_err(|error| refuse(error.to_string()))?;
        if !truth.simulated {
            return Err(refuse("`simulated` is false".to_owned()));
        }
        for (vessel, auc) in truth.best_achievable_auc() {
            if !(0.0..=1.0).contains(&auc) {
                let why = format!("best achievable AUC of {vessel}: expected 0 to 1, got {auc}");
                return Err(refuse(why));
            }
        }
        if let Some(other) = truth
            .best_achievable_auc
            .label_rule
            .filter(|other| *other != rule)
        {
            printer.warn(&format!(
                "{}: the best achievable AUC holds for the label rule `{}`, not `{}`, and is left out",
                path.display(),
                other.name(),
                rule.name()
            ));
            truth.best_achievable_auc.vessels.clear();
        }
        Ok(truth)
    }

    /// Best achievable AUC of the vessels where it is defined.
    pub(super) fn best_achievable_auc(&self) -> BTreeMap<String, f64> {
        let defined = |auc: &Option<Auc>| match (*auc)? {
            Auc::Plain(value) => Some(value),
            Auc::Described { value } => value,
        };
        let vessels = self.best_achievable_auc.vessels.iter();
        vessels
            .filter_map(|(vessel, auc)| Some((vessel.clone(), defined(auc)?)))
            .collect()
    }
}
