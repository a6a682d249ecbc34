//! What the settings mean: configuration, label rule, run, frozen thresholds, known truth.

use super::caveats::Caveats;
use super::frozen::Frozen;
use super::predictions::Predictions;
use super::truth::Truth;
use super::{EvaluateSettings, Inputs, explanation};
use crate::printer::{Hint, Printer};
use crate::run_directory::{RunDirectory, RunFacts};
use crate::settings::RunConfig;
use anyhow::Result;
use coronet_cohort::LabelRule as RunRule;
use coronet_evaluate::{Evaluation, EvaluationConfig, LabelRule, ScoreTable};
use coronet_report::CohortExplanation;
use coronet_train::Selection;
use indexmap::IndexMap;
use std::path::Path;

/// Why frozen thresholds can miss by more than the patients differ.
const FOLDS_AGAINST_ONE: &str = "the frozen thresholds and map were chosen on out-of-fold scores, each by the network of one fold; where the scores here are means over all folds, as `predict` writes for new records, they spread less, and part of a shift at the thresholds is of that";

/// Everything read that an evaluation needs beside its table.
#[derive(Debug)]
pub(super) struct Plan {
    /// Settings of the statistics.
    pub(super) config: EvaluationConfig,
    /// Who decided the label rule.
    pub(super) rule_source: &'static str,
    /// The run the scores come from.
    pub(super) run: Option<Run>,
    /// Thresholds chosen elsewhere.
    pub(super) frozen: Option<Frozen>,
    /// What a simulation knows.
    pub(super) truth: Option<Truth>,
    /// What drives the predictions.
    pub(super) explanation: Option<CohortExplanation>,
    /// What the model has to do with the records, by a table of `predict`.
    pub(super) predictions: Predictions,
    /// What restrains every number.
    pub(super) caveats: Caveats,
}

/// A run whose out-of-fold scores are evaluated.
#[derive(Debug)]
pub(super) struct Run {
    /// Its folder.
    pub(super) directory: RunDirectory,
    /// Its configuration.
    pub(super) config: RunConfig,
    /// Its facts; `None` where they cannot be read.
    pub(super) facts: Option<RunFacts>,
}

impl Plan {
    /// Reads the files the settings name, and the run the scores lie in.
    pub(super) fn resolve(
        settings: &EvaluateSettings,
        table: &ScoreTable,
        inputs: &Inputs,
        printer: &Printer,
    ) -> Result<Plan> {
        let (mut config, stated_rule) = match &settings.config {
            Some(path) => read_config(path)?,
            None => (EvaluationConfig::default(), None),
        };
        config.bootstrap_replicates = settings.bootstrap.unwrap_or(config.bootstrap_replicates);
        config.seed = settings.seed.unwrap_or(config.seed);
        let run = Run::of(&settings.scores, printer)?;
        let frozen = match &settings.frozen {
            Some(path) => Some(read_frozen(path, &config)?),
            None => None,
        };
        let rules = [
            (settings.rule, "--rule"),
            (stated_rule, "the configuration file"),
            (
                run.as_ref().map(|run| rule_of(run.config.label_rule)),
                "the run",
            ),
            (frozen.as_ref().map(Frozen::rule), "the frozen thresholds"),
        ];
        let decided = rules
            .into_iter()
            .find_map(|(rule, source)| Some((rule?, source)));
        let (rule, rule_source) = decided.unwrap_or((LabelRule::Severe, "the default"));
        config.label_rule = rule;
        let predictions = Predictions::of(&inputs.scores);
        predictions.refuse_external(&config.score_origin)?;
        if config.score_origin == EvaluationConfig::default().score_origin {
            let frozen = frozen.as_ref().map(|_| "external");
            let of_run = run.as_ref().map(|run| score_origin(&run.config));
            let origin = of_run.or(predictions.origin()).or(frozen);
            config.score_origin = origin.unwrap_or(&config.score_origin).to_owned();
        }
        if let Some(frozen) = &frozen {
            let thresholds = frozen.thresholds(table, &config.endpoints)?;
            let maps = frozen.recalibration();
            let here = maps
                .into_iter()
                .filter(|(name, _)| thresholds.contains_key(name));
            let maps: IndexMap<_, _> = here.collect();
            config.frozen_recalibration = (!maps.is_empty()).then_some(maps);
            config.frozen_thresholds = Some(thresholds.into_iter().collect());
        }
        let truth = match &settings.truth {
            Some(path) => Some(Truth::read(path, rule, printer)?),
            None => None,
        };
        let explanation = explanation::read(settings, run.as_ref(), printer)?;
        let mut caveats = Caveats {
            simulated: truth.is_some()
                || inputs
                    .labels
                    .as_ref()
                    .is_some_and(|labels| labels.simulated),
            ..Caveats::default()
        };
        if let Some(run) = &run {
            caveats = caveats.or(Caveats::of_run(&run.config));
        }
        if let Some(frozen) = &frozen {
            caveats = caveats.or(frozen.caveats.of_other_scores());
        }
        Ok(Plan {
            config,
            rule_source,
            run,
            frozen,
            truth,
            explanation,
            predictions,
            caveats,
        })
    }

    /// Caveats that only the origin of scores and thresholds can tell.
    pub(super) fn warnings(&self, evaluation: &Evaluation) -> Vec<String> {
        let mut warnings = self.predictions.warnings(&self.config.score_origin);
        let Some(frozen) = &self.frozen else {
            return warnings;
        };
        warnings.extend(frozen.caveats.of_thresholds());
        if frozen.rule() != self.config.label_rule {
            warnings.push(format!(
                "the frozen thresholds were chosen for the label rule `{}`, but are judged under `{}`",
                frozen.rule().name(),
                self.config.label_rule.name()
            ));
        }
        if same_scores(&frozen.evaluation, evaluation) {
            warnings.push(
                "the frozen thresholds were chosen on these same scores: sensitivity and specificity at them are optimistic, and this is no external validation"
                    .to_owned(),
            );
        } else if frozen.evaluation.score_origin.starts_with("out-of-fold") {
            warnings.push(FOLDS_AGAINST_ONE.to_owned());
        }
        warnings
    }
}

impl Run {
    /// The run whose `scores.csv` this is; `None` for a table that lies elsewhere.
    fn of(scores: &Path, printer: &Printer) -> Result<Option<Run>> {
        let folder = scores
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let directory = RunDirectory::new(folder.unwrap_or(Path::new(".")));
        if !directory.config().is_file() || scores.file_name() != directory.scores().file_name() {
            return Ok(None);
        }
        let config = directory.read_config().map_err(|error| {
            let message =
                format!("the scores lie in a run whose configuration cannot be read: {error:#}");
            Hint::error(
                message,
                "copy the scores to a folder of their own to evaluate them without the run",
            )
        })?;
        let facts = match directory.facts().exists() {
            true => directory.read_facts().map_err(|error| format!("{error:#}")),
            false => Err(format!("{} is not there", directory.facts().display())),
        };
        if let Err(why) = &facts {
            printer.warn(&format!(
                "the report leaves out the facts of the run: {why}"
            ));
        }
        Ok(Some(Run {
            directory,
            config,
            facts: facts.ok(),
        }))
    }
}

/// Where the scores of a run come from.
pub(super) fn score_origin(config: &RunConfig) -> &'static str {
    match config.training.selection {
        Selection::TestFold => "out-of-fold, epochs chosen on the test fold",
        Selection::Inner | Selection::LastEpoch => "out-of-fold",
    }
}

/// The same rule in the words of the statistics.
pub(super) fn rule_of(rule: RunRule) -> LabelRule {
    match rule {
        RunRule::Severe => LabelRule::Severe,
        RunRule::Obstructive => LabelRule::Obstructive,
        RunRule::Any => LabelRule::Any,
        RunRule::CadRads4b => LabelRule::CadRads4b,
    }
}

/// The configuration, and its label rule where the file states one.
fn read_config(path: &Path) -> Result<(EvaluationConfig, Option<LabelRule>)> {
    let text = fs_err::read_to_string(path)?;
    let config: EvaluationConfig = toml::from_str(&text).map_err(|error| {
        let hint = "every evaluation writes its configuration as evaluation.toml, with all keys";
        Hint::error(
            format!("{}: {}", path.display(), error.to_string().trim_end()),
            hint,
        )
    })?;
    let keys: toml::Table = toml::from_str(&text)?;
    let stated = keys.contains_key("label_rule").then_some(config.label_rule);
    Ok((config, stated))
}

fn read_frozen(path: &Path, config: &EvaluationConfig) -> Result<Frozen> {
    if config.frozen_thresholds.is_some() || config.frozen_recalibration.is_some() {
        let message = "thresholds are frozen twice: by --frozen and by `frozen_thresholds` or `frozen_recalibration` of the configuration";
        return Err(Hint::error(message, "leave one of them out"));
    }
    Frozen::read(path, config)
}

/// Equal counts and equal areas in every vessel: the same scores, for all that can be known.
fn same_scores(earlier: &Evaluation, now: &Evaluation) -> bool {
    earlier.baseline == now.baseline
        && earlier.vessels.iter().all(|(name, before)| {
            now.vessels.get(name).is_some_and(|after| {
                (before.n, before.events) == (after.n, after.events)
                    && before.score_histogram == after.score_histogram
            })
        })
}
