//! Thresholds and recalibration of other data, to be used unchanged.

use super::caveats::Caveats;
use crate::output;
use crate::printer::Hint;
use crate::run_directory::RunDirectory;
use anyhow::{Context as _, Result};
use coronet_evaluate::calibration::Recalibration;
use coronet_evaluate::{
    Evaluation, EvaluationConfig, FrozenThresholds, LabelRule, ScoreTable, Statistic, Thresholds,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where the thresholds come from, and the evaluation that chose them.
#[derive(Clone, Debug)]
pub(super) struct Frozen {
    /// The file read: an `evaluation.json`, or the out-of-fold scores of a run.
    pub(super) file: PathBuf,
    /// Its bytes' fingerprint.
    pub(super) fingerprint: String,
    /// The evaluation that chose the thresholds.
    pub(super) evaluation: Evaluation,
    /// What restrains that evaluation.
    pub(super) caveats: Caveats,
}

/// What an `evaluation.json` says beside its statistics.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Beside {
    report: Caveats,
}

impl Frozen {
    /// Reads an `evaluation.json`, a folder with one, or a run, whose thresholds are chosen on its
    /// out-of-fold scores with the targets of `config`.
    pub(super) fn read(path: &Path, config: &EvaluationConfig) -> Result<Frozen> {
        let run = RunDirectory::new(path);
        let inside = path.join("evaluation.json");
        if path.is_dir() && !inside.is_file() && run.config().is_file() {
            return of_run(&run, config);
        }
        let file = if path.is_dir() {
            inside
        } else {
            path.to_owned()
        };
        let read = || {
            let bytes = output::read(&file)?;
            let not_one = || format!("{} is not an evaluation", file.display());
            let evaluation = serde_json::from_slice(&bytes).with_context(not_one)?;
            let beside: Beside = serde_json::from_slice(&bytes).with_context(not_one)?;
            anyhow::Ok((bytes, evaluation, beside.report))
        };
        let (bytes, evaluation, caveats) = read().map_err(|error| {
            let hint =
                "--frozen takes a run, the folder of an earlier evaluation, or its evaluation.json";
            Hint::error(format!("{error:#}"), hint)
        })?;
        Ok(Frozen {
            fingerprint: super::provenance::fingerprint(&bytes),
            file,
            evaluation,
            caveats,
        })
    }

    /// Folder and file name: what a sentence calls it.
    pub(super) fn name(&self) -> String {
        super::provenance::with_folder(&self.file)
    }

    /// File, fingerprint and label rule in words.
    pub(super) fn origin(&self) -> String {
        format!(
            "{}, SHA-256 {}, label rule {}",
            super::provenance::file_name(&self.file),
            self.fingerprint,
            self.rule().name()
        )
    }

    /// The rule under which the thresholds were chosen.
    pub(super) fn rule(&self) -> LabelRule {
        self.evaluation.config.label_rule
    }

    /// Thresholds by vessel, for a table of exactly the same vessels as far as they are endpoints.
    pub(super) fn thresholds(
        &self,
        table: &ScoreTable,
        endpoints: &[String],
    ) -> Result<BTreeMap<String, FrozenThresholds>> {
        self.refuse_other_vessels(table, endpoints)?;
        let vessels = self.evaluation.vessels.iter();
        let asked = |name: &String| endpoints.is_empty() || endpoints.contains(name);
        let thresholds: BTreeMap<_, _> = vessels
            .filter(|(name, _)| asked(name))
            .filter_map(|(name, vessel)| Some((name.clone(), frozen(&vessel.thresholds)?)))
            .collect();
        if thresholds.is_empty() {
            let message = format!("{} has no vessel with both thresholds", self.file.display());
            return Err(Hint::error(
                message,
                "freeze the thresholds of an evaluation with more events",
            ));
        }
        Ok(thresholds)
    }

    /// The fitted map by vessel: intercept and slope, else the intercept alone.
    ///
    /// A vessel whose map is undefined, as with too few events, has none.
    pub(super) fn recalibration(&self) -> BTreeMap<String, Recalibration> {
        let vessels = self.evaluation.vessels.iter();
        vessels
            .filter_map(|(name, vessel)| {
                let fitted = &vessel.recalibration.fitted;
                let map = ["platt", "intercept"]
                    .iter()
                    .find_map(|method| fitted.get(*method)?.defined())?;
                Some((name.clone(), map.clone()))
            })
            .collect()
    }

    fn refuse_other_vessels(&self, table: &ScoreTable, endpoints: &[String]) -> Result<()> {
        let sorted = |names: Vec<&String>| {
            let mut names: Vec<String> = names.into_iter().cloned().collect();
            names.sort();
            names
        };
        let asked = |name: &&String| endpoints.is_empty() || endpoints.contains(name);
        let frozen: Vec<&String> = self.evaluation.vessels.keys().filter(asked).collect();
        let here: Vec<&String> = table.vessels.keys().filter(asked).collect();
        if sorted(frozen.clone()) == sorted(here.clone()) {
            return Ok(());
        }
        let list = |names: &[&String]| {
            names
                .iter()
                .map(|name| name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let message = format!(
            "frozen thresholds of other vessels: {} has {}, the table has {}",
            self.file.display(),
            list(&frozen),
            list(&here)
        );
        let hint = "the table needs NAME_grade and NAME_prob of the same vessels; leave grades that are not known empty";
        Err(Hint::error(message, hint))
    }
}

/// Chooses the thresholds of a run on its out-of-fold scores.
fn of_run(run: &RunDirectory, config: &EvaluationConfig) -> Result<Frozen> {
    let file = run.scores();
    let bytes = output::read(&file).map_err(|error| {
        Hint::error(
            format!("{error:#}"),
            "has the run come to its end? `coronet train … --resume` goes on with it",
        )
    })?;
    let table = ScoreTable::from_csv(&bytes).with_context(|| file.display().to_string())?;
    let of_run = run.read_config()?;
    let caveats = Caveats::of_run(&of_run);
    let config = EvaluationConfig {
        label_rule: super::plan::rule_of(of_run.label_rule),
        score_origin: super::plan::score_origin(&of_run).to_owned(),
        bootstrap_replicates: 0,
        frozen_thresholds: None,
        frozen_recalibration: None,
        ..config.clone()
    };
    let evaluation = coronet_evaluate::evaluate(&table, &config)
        .with_context(|| format!("thresholds cannot be chosen on {}", file.display()))?;
    Ok(Frozen {
        fingerprint: super::provenance::fingerprint(&bytes),
        file,
        evaluation,
        caveats,
    })
}

fn frozen(thresholds: &Thresholds) -> Option<FrozenThresholds> {
    let defined = |threshold: &Statistic<f64>| threshold.defined().copied();
    Some(FrozenThresholds {
        rule_out: defined(&thresholds.rule_out)?,
        rule_in: defined(&thresholds.rule_in)?,
        youden: defined(&thresholds.youden),
    })
}
