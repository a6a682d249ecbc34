//! What the report says beside the numbers: where scores, labels and thresholds come from.

use super::frozen::Frozen;
use super::plan::{Plan, Run};
use super::{EvaluateSettings, Inputs};
use crate::output::hexadecimal;
use crate::run_directory::RunFacts;
use crate::settings::LabelSource;
use anyhow::{Context as _, Result};
use coronet_cohort::Flow;
use coronet_evaluate::{Evaluation, ModelComparison};
use coronet_report::{Comparison, Context, Exclusion, FlowStep, FoldTraining, RunFact};
use coronet_train::{EpochReport, Selection};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The origin of scores whose model was fitted on the same records.
const APPARENT: &str = "apparent";

/// The context of the report.
pub(super) fn context(
    settings: &EvaluateSettings,
    plan: &Plan,
    inputs: &Inputs,
    evaluation: &Evaluation,
    comparison: Option<ModelComparison>,
) -> Result<Context> {
    let caveats = plan.caveats;
    let mut run_facts = evaluation_facts(settings, plan, inputs);
    run_facts.extend(plan.run.iter().flat_map(run_lines));
    Ok(Context {
        title: settings.title.clone().unwrap_or_default(),
        question: String::new(),
        cohort: cohort(plan).to_owned(),
        simulated: caveats.simulated,
        surrogate: caveats.surrogate,
        shuffled_labels: caveats.shuffled_labels,
        selection_on_test_data: caveats.selection_on_test_data,
        apparent_performance: plan.config.score_origin.eq_ignore_ascii_case(APPARENT),
        best_achievable_auc: plan
            .truth
            .as_ref()
            .map(|truth| truth.best_achievable_auc())
            .unwrap_or_default(),
        run_facts,
        flow: facts_of(plan)
            .map(|facts| flow(&facts.flow, evaluation))
            .unwrap_or_default(),
        training: plan.run.as_ref().map(training).unwrap_or_default(),
        configuration: configuration(plan)?,
        explanation: plan.explanation.clone(),
        comparison: comparison.map(|result| compared(settings, result)),
        frozen_from: plan.frozen.as_ref().map(Frozen::name).unwrap_or_default(),
        next_commands: match settings.next_commands.is_empty() {
            true => next_commands(settings, plan),
            false => settings.next_commands.clone(),
        },
    })
}

/// The configuration as used, for `--config` of another call.
fn configuration(plan: &Plan) -> Result<String> {
    let text = toml::to_string_pretty(&plan.config)
        .context("the configuration has no TOML form: is the seed above 2^63 − 1?")?;
    let version = env!("CARGO_PKG_VERSION");
    Ok(format!(
        "# Used by coronet {version}; `coronet evaluate SCORES.csv --config FILE.toml` takes it again.\n{text}"
    ))
}

/// Names that tell two tables apart, though both may be called `scores.csv`.
fn compared(settings: &EvaluateSettings, result: ModelComparison) -> Comparison {
    let other = settings.compare.as_deref().unwrap_or(Path::new(""));
    let short = [file_name(&settings.scores), file_name(other)];
    let [first, second] = match short[0] == short[1] {
        false => short,
        true => [with_folder(&settings.scores), with_folder(other)],
    };
    Comparison {
        first,
        second,
        result,
    }
}

/// The last name of a path behind the last name of its folder.
pub(super) fn with_folder(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name);
    match folder {
        Some(folder) => format!("{}/{}", folder.display(), file_name(path)),
        None => file_name(path),
    }
}

/// SHA-256 of a file's bytes, in hexadecimal digits.
pub(super) fn fingerprint(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn facts_of(plan: &Plan) -> Option<&RunFacts> {
    plan.run.as_ref()?.facts.as_ref()
}

fn cohort(plan: &Plan) -> &'static str {
    let source = plan.run.as_ref().and_then(|run| run.config.label_source);
    match source {
        _ if plan.caveats.simulated => "Simulated patients with simulated coronary CT angiography",
        _ if plan.caveats.surrogate => {
            "Labels are a surrogate of the vessel's territory, not read off coronary CT angiography"
        }
        Some(LabelSource::Ccta) => "Grades are stenoses read off coronary CT angiography",
        _ => "",
    }
}

fn evaluation_facts(settings: &EvaluateSettings, plan: &Plan, inputs: &Inputs) -> Vec<RunFact> {
    let config = &plan.config;
    let mut facts = vec![
        fact(
            "Evaluated with",
            format!("coronet {}", env!("CARGO_PKG_VERSION")),
        ),
        fact(
            "Score table",
            format!(
                "{}, SHA-256 {}",
                file_name(&settings.scores),
                fingerprint(&inputs.scores)
            ),
        ),
        fact("Score origin", config.score_origin.clone()),
        fact(
            "Label rule",
            format!("{}, from {}", config.label_rule.name(), plan.rule_source),
        ),
        fact(
            "Bootstrap",
            format!(
                "{} replicates, seed {}",
                config.bootstrap_replicates, config.seed
            ),
        ),
    ];
    if let Some(path) = &settings.config {
        facts.push(fact("Configuration file", file_name(path)));
    }
    if let Some(labels) = &inputs.labels {
        let (name, hash) = (file_name(&labels.file), &labels.fingerprint);
        facts.push(fact(
            "Labels joined from",
            format!("{name}, SHA-256 {hash}"),
        ));
    }
    if let (Some(path), Some(bytes)) = (&settings.clinical, &inputs.clinical) {
        let (name, hash) = (file_name(path), fingerprint(bytes));
        facts.push(fact("Clinical table", format!("{name}, SHA-256 {hash}")));
    }
    if let (Some(path), Some(bytes)) = (&settings.compare, &inputs.other) {
        let (name, hash) = (file_name(path), fingerprint(bytes));
        facts.push(fact("Compared with", format!("{name}, SHA-256 {hash}")));
    }
    if let Some(frozen) = &plan.frozen {
        facts.push(fact("Frozen thresholds and recalibration", frozen.origin()));
    }
    facts
}

fn run_lines(run: &Run) -> Vec<RunFact> {
    let training = &run.config.training;
    let selection = match training.selection {
        Selection::TestFold => "on the test fold, as the published code does".to_owned(),
        Selection::LastEpoch => "none chosen: the last epoch was kept".to_owned(),
        Selection::Inner => format!(
            "on {} of each training part",
            percent(training.inner_fraction)
        ),
    };
    let mut facts = vec![
        fact(
            "Folds",
            format!("{}, stratified, grouped by patient", training.folds),
        ),
        fact("Epoch chosen", selection),
        fact("Training seed", training.seed.to_string()),
        fact(
            "Epochs, at most",
            format!("{}, patience {}", training.epochs, training.patience),
        ),
        fact(
            "Optimiser",
            format!(
                "AdamW, rate {}, decay {}",
                training.learning_rate, training.weight_decay
            ),
        ),
        fact("Tuning", word(&training.tuning)),
        fact("Task weighting", word(&training.task_weighting)),
        fact("Gradient surgery", word(&training.gradient_surgery)),
    ];
    facts.extend(run.facts.iter().flat_map(finished_run_lines));
    facts
}

fn finished_run_lines(facts: &RunFacts) -> Vec<RunFact> {
    let norm = if facts.norm { "used" } else { "skipped" };
    let mut lines = vec![
        fact("Trained with", format!("coronet {}", facts.coronet_version)),
        fact("Store", facts.store_hash.clone()),
        fact("Source of the labels", facts.label_source.clone()),
        fact(
            "Preprocessing profile",
            format!("{}, hash {}", facts.profile_name, facts.profile_hash),
        ),
        fact(
            "Network",
            format!("{} parameters, norm layers {norm}", facts.parameters),
        ),
        fact("Initial weights", facts.initial_weights.clone()),
        fact("Device", facts.device.clone()),
        fact("Windows", facts.windows.to_string()),
        fact("Leakage audit", leakage(facts)),
    ];
    lines.extend(facts.folds.iter().map(|fold| {
        let (train, inner, test) = (fold.train, fold.inner, fold.test);
        let counts =
            format!("{train} windows learnt from, {inner} to choose the epoch, {test} scored");
        fact(
            &format!("Fold {}", fold.fold),
            format!("{counts}; weights {}", fold.weights),
        )
    }));
    lines
}

fn leakage(facts: &RunFacts) -> String {
    let report = &facts.leakage;
    let (patients, signals) = (
        report.patients_in_several_folds.len(),
        report.signals_in_several_folds.len(),
    );
    let found = match report.is_clean() {
        true => "no patient and no equal signal in two folds".to_owned(),
        false => format!("{patients} patients and {signals} equal signals in several folds"),
    };
    match report.patients_contradicted.len() {
        0 => found,
        count => format!(
            "{found}, by the patients of the manifest; the ECG files of {count} windows name others"
        ),
    }
}

/// The stations of the run's flow, then those whose scores are evaluated.
fn flow(flow: &Flow, evaluation: &Evaluation) -> Vec<FlowStep> {
    let unit = if flow.unit.is_empty() {
        "records"
    } else {
        &flow.unit
    };
    let mut stations = vec![station(capitalised(unit), flow.start)];
    for step in &flow.steps {
        if let Some(last) = stations.last_mut() {
            let excluded = step.excluded.iter();
            last.excluded = excluded
                .map(|(reason, n)| Exclusion {
                    reason: reason.clone(),
                    n: *n,
                })
                .collect();
        }
        let kept = step.kept.iter();
        let kept: String = kept
            .map(|(what, n)| format!("; {n} kept: {what}"))
            .collect();
        stations.push(station(
            format!("{} after step “{}”{kept}", capitalised(unit), step.name),
            step.remaining,
        ));
    }
    stations.push(station(
        "Records scored out of fold".to_owned(),
        evaluation.baseline.records,
    ));
    stations
}

fn station(label: String, n: usize) -> FlowStep {
    FlowStep {
        label,
        n,
        excluded: Vec::new(),
    }
}

/// Inner AUC by epoch of every fold whose figures can be read.
fn training(run: &Run) -> Vec<FoldTraining> {
    let folds = run.facts.iter().flat_map(|facts| &facts.folds);
    let course = |fold: &crate::run_directory::FoldFacts| {
        let history = run.directory.read_history(fold.fold).ok()?;
        Some(FoldTraining {
            fold: fold.fold,
            inner_auc: by_epoch(&history),
            chosen_epoch: Some(fold.best_epoch + 1),
        })
    };
    folds.filter_map(course).collect()
}

/// The values in order of their epochs; an epoch that was repeated after an interruption counts
/// as it was last, one that is absent has none.
fn by_epoch(history: &[EpochReport]) -> Vec<Option<f64>> {
    let epochs = history
        .iter()
        .map(|report| report.epoch + 1)
        .max()
        .unwrap_or_default();
    let at = |epoch| history.iter().rev().find(|report| report.epoch == epoch);
    (0..epochs)
        .map(|epoch| at(epoch).and_then(|report| report.inner_macro_auc))
        .collect()
}

fn next_commands(settings: &EvaluateSettings, plan: &Plan) -> Vec<String> {
    let mut commands = Vec::new();
    if let Some(run) = &plan.run {
        let run = quoted(&run.directory.path);
        commands.push(format!("coronet predict --model {run} ECG_FILES"));
    }
    if plan.frozen.is_none() {
        let frozen = quoted(&settings.out);
        let external = quoted(&external(&settings.out));
        commands.push(format!(
            "coronet evaluate OTHER_HOSPITAL.csv --frozen {frozen} --out {external}"
        ));
    }
    commands
}

/// A folder beside `out`, for the same thresholds in other patients.
fn external(out: &Path) -> PathBuf {
    let name = out.file_name().unwrap_or(out.as_os_str()).display();
    out.with_file_name(format!("{name}-external"))
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:,@%".contains(c);
    match text.chars().all(plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

fn fact(name: &str, value: String) -> RunFact {
    RunFact {
        name: name.to_owned(),
        value,
    }
}

/// The last name of a path: reports travel, and folders of a workplace need not.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .display()
        .to_string()
}

/// A setting in the word the configuration file uses.
fn word(setting: &impl Serialize) -> String {
    match serde_json::to_value(setting) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(other) => other.to_string().replace(['{', '}', '"'], ""),
        Err(_) => "not known".to_owned(),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
