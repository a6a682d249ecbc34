//! `coronet evaluate`: a table of scores in; evaluation, report, figures and tables out.

mod caveats;
mod directory;
mod explanation;
mod frozen;
mod labels;
mod plan;
mod predictions;
mod provenance;
mod talk;
mod truth;

use super::Status;
use crate::interrupt;
use crate::output;
use crate::printer::{Hint, Printer};
use anyhow::{Context as _, Result, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use coronet_evaluate::{
    Evaluation, EvaluationConfig, FindingKind, LabelRule, ModelComparison, ScoreTable,
    ScoreTableError,
};
use directory::OutputDirectory;
use labels::Labels;
use plan::Plan;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
pub(super) use talk::{marks, quoted_auc};

/// The label rules, by the words of the command line.
const RULES: [LabelRule; 4] = [
    LabelRule::Severe,
    LabelRule::Obstructive,
    LabelRule::Any,
    LabelRule::CadRads4b,
];

/// How often a running evaluation looks for Ctrl-C.
const PATIENCE: Duration = Duration::from_millis(50);

/// Arguments of `coronet evaluate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The table has one record a row: record_id, and for each vessel NAME_grade (0 to 4, empty where
missing) and NAME_prob (0 to 1). Further columns switch further analyses on: patient_id, fold,
site, age, sex, normal_ecg, interval_days, ptp, follow_up_days, event, and event_risk, any model's
probability of the event by the last horizon, for decision curves of follow-up.

Example: the scores of a run
  coronet evaluate run/scores.csv --out evaluation

Example: another hospital, with thresholds and recalibration of that run frozen, by centre
  coronet predict --model run store-of-hospital > predictions.csv
  coronet evaluate predictions.csv --labels store-of-hospital --frozen run --out external

Example: with what drives the predictions
  coronet explain --model run store --out run/explanation
  coronet evaluate run/scores.csv --out evaluation

Example: two models on the same patients
  coronet evaluate run/scores.csv --compare other.csv --out comparison

Example: endpoints, targets, subgroups, horizons and cut-offs of your own
  coronet evaluate scores.csv --config examples/evaluation.toml --out evaluation

Example: any risk model's scores, 50 % stenosis and more as positive
  coronet evaluate scores.csv --rule obstructive --out evaluation

Exit codes: 0 done, 1 done but values of the table were left out (each named), 2 not done.")]
pub struct EvaluateArgs {
    /// Table of scores (CSV).
    #[arg(value_name = "SCORES.csv")]
    pub scores: PathBuf,
    /// Folder to write; an earlier evaluation there is replaced.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Which grades are positive [default: of --config, of the run, of --frozen, else severe].
    #[arg(long, value_name = "RULE", value_parser = rule_parser())]
    pub rule: Option<LabelRule>,
    /// Endpoints, label rule, targets, subgroups, horizons, cut-offs (TOML); every evaluation
    /// writes the one it used as evaluation.toml.
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
    /// Table with grades and facts of patients, or a store, joined by record_id for columns that
    /// the scores lack or leave empty from top to bottom.
    #[arg(long, value_name = "TABLE_OR_STORE")]
    pub labels: Option<PathBuf>,
    /// Symptoms, risk factors and calcium score by patient_id (CSV), for the pre-test models.
    #[arg(long, value_name = "clinical.csv")]
    pub clinical: Option<PathBuf>,
    /// Another model's table of scores, compared on the records of both.
    #[arg(long, value_name = "OTHER.csv")]
    pub compare: Option<PathBuf>,
    /// Run, or earlier evaluation, whose thresholds and recalibration are used unchanged.
    #[arg(long, value_name = "RUN_OR_EVALUATION")]
    pub frozen: Option<PathBuf>,
    /// Bootstrap replicates, 0 for none, at most 100000 [default: 2000].
    #[arg(long, value_name = "N")]
    pub bootstrap: Option<usize>,
    /// Seed of the bootstrap [default: 0].
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// `simulation.json` of a simulated cohort, for its best achievable AUC.
    #[arg(long, value_name = "simulation.json")]
    pub truth: Option<PathBuf>,
    /// Folder written by `coronet explain` for a cohort, shown in the report [default: `explanation`
    /// of the run, where it is there].
    #[arg(long, value_name = "DIR")]
    pub explanation: Option<PathBuf>,
    /// Title of the report.
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
}

/// What an evaluation is made of; paths as given, not yet read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EvaluateSettings {
    /// Table of scores.
    pub scores: PathBuf,
    /// Folder to write.
    pub out: PathBuf,
    /// Which grades are positive; `None` for what configuration, run or frozen thresholds say.
    pub rule: Option<LabelRule>,
    /// An [`EvaluationConfig`] as TOML.
    pub config: Option<PathBuf>,
    /// Grades and facts of patients: a table, or a store.
    pub labels: Option<PathBuf>,
    /// Symptoms and risk factors by patient.
    pub clinical: Option<PathBuf>,
    /// Another model's table of scores.
    pub compare: Option<PathBuf>,
    /// Run or evaluation whose thresholds and recalibration are used unchanged.
    pub frozen: Option<PathBuf>,
    /// Bootstrap replicates, instead of the configuration's.
    pub bootstrap: Option<usize>,
    /// Seed of the bootstrap, instead of the configuration's.
    pub seed: Option<u64>,
    /// The simulator's `simulation.json`.
    pub truth: Option<PathBuf>,
    /// Folder of a cohort's explanation; `None` for that of the run.
    pub explanation: Option<PathBuf>,
    /// Title of the report.
    pub title: Option<String>,
    /// Commands the report proposes; empty for the usual ones.
    pub next_commands: Vec<String>,
}

/// What an evaluation came to.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluateSummary {
    /// The folder written.
    pub directory: PathBuf,
    /// The page in it.
    pub report: PathBuf,
    /// Everything found.
    pub evaluation: Evaluation,
    /// Commands worth running next.
    pub next_commands: Vec<String>,
    /// Whether values of the table were in error and were left out.
    pub status: Status,
}

impl EvaluateArgs {
    /// The settings these arguments mean.
    pub fn settings(&self) -> EvaluateSettings {
        let EvaluateArgs {
            scores,
            out,
            rule,
            config,
            labels,
            clinical,
            compare,
            frozen,
            bootstrap,
            seed,
            truth,
            explanation,
            title,
        } = self;
        EvaluateSettings {
            scores: scores.clone(),
            out: out.clone(),
            rule: *rule,
            config: config.clone(),
            labels: labels.clone(),
            clinical: clinical.clone(),
            compare: compare.clone(),
            frozen: frozen.clone(),
            bootstrap: *bootstrap,
            seed: *seed,
            truth: truth.clone(),
            explanation: explanation.clone(),
            title: title.clone(),
            next_commands: Vec::new(),
        }
    }
}

/// Runs the command: [`evaluate`], then the table of AUCs to stdout.
///
/// # Errors
///
/// As [`evaluate`].
pub fn run(args: &EvaluateArgs, printer: &Printer) -> Result<Status> {
    let summary = evaluate(&args.settings(), printer)?;
    print_table(&summary.evaluation, printer);
    talk::marks(&summary.evaluation, printer);
    talk::closing(&summary, printer);
    Ok(summary.status)
}

/// Evaluates a table of scores and writes `evaluation.json`, `evaluation.toml`, `report.html`,
/// `model-card.md`, `figures/*.svg`, `figures/*.png` and `tables/*.csv`.
///
/// What is imperfect in the table is named on stderr. The folder appears whole or not at all.
///
/// # Errors
///
/// If a file cannot be read or is not what it should be, the table has no usable record, the
/// settings are impossible, frozen thresholds are of other vessels, or the folder holds
/// something else than an earlier evaluation.
pub fn evaluate(settings: &EvaluateSettings, printer: &Printer) -> Result<EvaluateSummary> {
    let directory = OutputDirectory::check(&settings.out)?;
    let inputs = Inputs::read(settings, printer)?;
    let mut table = read_table(&settings.scores, &inputs.joined)?;
    inputs.add_clinical(settings, &mut table, printer)?;
    let plan = Plan::resolve(settings, &table, &inputs, printer)?;
    if table.is_empty() {
        talk::findings(&table.findings, printer);
        let hint = "every row below the header needs a record_id of its own and as many fields as the header";
        let message = format!("{} has no usable record", settings.scores.display());
        return Err(Hint::error(message, hint));
    }
    talk::start(&table, &plan.config, printer);
    plan.caveats.tell(printer);
    let other = inputs.other(settings, printer)?;
    let (mut evaluation, comparison) = compute(table, other, plan.config.clone())?;
    evaluation.warnings.extend(plan.warnings(&evaluation));
    talk::findings(&evaluation.findings, printer);
    talk::warnings(&evaluation, printer);
    let context = provenance::context(settings, &plan, &inputs, &evaluation, comparison)?;
    let comparison = context.comparison.as_ref();
    comparison.inspect(|comparison| talk::comparison(comparison, printer));
    let compared = comparison.map(|comparison| &comparison.result);
    let status = match inputs.of_others {
        0 => status(&evaluation, compared),
        _ => Status::DoneWithFailures,
    };
    directory.write(&evaluation, &context)?;
    Ok(EvaluateSummary {
        report: settings.out.join("report.html"),
        directory: settings.out.clone(),
        next_commands: context.next_commands,
        status,
        evaluation,
    })
}

/// The bytes that are evaluated, and what is joined to them.
struct Inputs {
    /// The table of scores as it lies on the disk.
    scores: Vec<u8>,
    /// The same with the columns of the labels.
    joined: Vec<u8>,
    /// Records whose labels are of another patient or signal.
    of_others: usize,
    /// Grades and facts from elsewhere.
    labels: Option<Labels>,
    /// Symptoms and risk factors as they lie on the disk.
    clinical: Option<Vec<u8>>,
    /// The other model's table as it lies on the disk.
    other: Option<Vec<u8>>,
}

impl Inputs {
    fn read(settings: &EvaluateSettings, printer: &Printer) -> Result<Inputs> {
        let scores = output::read(&settings.scores)?;
        let labels = settings.labels.as_deref().map(Labels::read).transpose()?;
        let (joined, of_others) = match &labels {
            Some(labels) => {
                let joined = labels.join_some(&scores)?;
                joined.tell(&labels.file, printer);
                (joined.table, joined.of_others.len())
            }
            None => (scores.clone(), 0),
        };
        let other = settings.compare.as_deref().map(output::read).transpose()?;
        let clinical = settings.clinical.as_deref().map(output::read).transpose()?;
        Ok(Inputs {
            scores,
            joined,
            of_others,
            labels,
            clinical,
            other,
        })
    }

    /// Joins symptoms and risk factors to the table by patient.
    fn add_clinical(
        &self,
        settings: &EvaluateSettings,
        table: &mut ScoreTable,
        printer: &Printer,
    ) -> Result<()> {
        let (Some(path), Some(bytes)) = (&settings.clinical, &self.clinical) else {
            return Ok(());
        };
        let join = table.join_clinical(bytes).map_err(|error| {
            let hint = "--clinical takes one patient a row: patient_id, symptom, family_history, smoking, dyslipidaemia, hypertension, diabetes, cacs; the scores need patient_id too";
            Hint::error(format!("{}: {error}", path.display()), hint)
        })?;
        printer.note(&format!(
            "{}: joined to {}; {} without a patient there",
            path.display(),
            talk::counted(join.joined, "record"),
            talk::counted(join.without, "record")
        ));
        Ok(())
    }

    /// The other model's table; grades it lacks are those of the first.
    fn other(&self, settings: &EvaluateSettings, printer: &Printer) -> Result<Option<ScoreTable>> {
        let (Some(path), Some(bytes)) = (&settings.compare, &self.other) else {
            return Ok(None);
        };
        let first = Labels::of_scores(&settings.scores, &self.joined)?;
        let table = read_table(path, &first.join(bytes).table)?;
        if table.is_empty() {
            let message = format!("{} has no usable record", path.display());
            return Err(Hint::error(
                message,
                "--compare takes a table like the first",
            ));
        }
        printer.note(&format!(
            "comparing with {} of {}",
            talk::counted(table.len(), "record"),
            path.display()
        ));
        Ok(Some(table))
    }
}

/// Prints vessel, n, events and AUC, or why there is none, to stdout.
pub fn print_table(evaluation: &Evaluation, printer: &Printer) {
    for line in talk::table(evaluation) {
        printer.data(&line);
    }
}

fn rule_parser() -> impl TypedValueParser<Value = LabelRule> {
    let names = RULES.map(LabelRule::name);
    PossibleValuesParser::new(names).map(|name| {
        let known = RULES.into_iter().find(|rule| rule.name() == name);
        known.expect("only known names pass, this is a bug")
    })
}

fn read_table(path: &Path, bytes: &[u8]) -> Result<ScoreTable> {
    let mut table = ScoreTable::from_csv(bytes).map_err(|error| {
        let mut message = format!("{}: {error}", path.display());
        if let ScoreTableError::Csv(cause) = &error {
            message = format!("{message}: {cause}");
        }
        let message = message.replace(char::is_control, "\u{fffd}");
        Hint::error(message, table_hint(&error))
    })?;
    predictions::know_own_columns(&mut table);
    Ok(table)
}

fn table_hint(error: &ScoreTableError) -> &'static str {
    match error {
        ScoreTableError::NotUtf8 { .. } => "save the table as CSV in UTF-8",
        ScoreTableError::RepeatedColumn { .. } => "leave one of the two columns out",
        ScoreTableError::NoVessel { got } if got.contains("_prob") && !got.contains("_grade") => {
            "scores without grades, as `predict` writes them, need --labels TABLE_OR_STORE with NAME_grade by record_id"
        }
        _ => {
            "one record a row: record_id, and for each vessel NAME_grade (0 to 4, empty where missing) and NAME_prob (0 to 1)"
        }
    }
}

/// Computes aside, so that Ctrl-C is answered at once; nothing has been written yet.
fn compute(
    table: ScoreTable,
    other: Option<ScoreTable>,
    config: EvaluationConfig,
) -> Result<(Evaluation, Option<ModelComparison>)> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let found = coronet_evaluate::evaluate(&table, &config).and_then(|evaluation| {
            let compared = other.map(|other| coronet_evaluate::compare(&table, &other, &config));
            Ok((evaluation, compared.transpose()?))
        });
        // The receiver is gone only after an interruption.
        let _ = sender.send(found);
    });
    loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(result) => return result.context("the evaluation cannot be done"),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                bail!("the evaluation ended without a result, this is a bug")
            }
            Err(mpsc::RecvTimeoutError::Timeout) if interrupt::asked() => {
                bail!("interrupted; nothing was written")
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Values that were left out because they are in error make the difference; columns that are
/// ignored, identical rows and grades that are missing do not.
fn status(evaluation: &Evaluation, comparison: Option<&ModelComparison>) -> Status {
    let harmless = |kind: FindingKind| {
        matches!(
            kind,
            FindingKind::UnknownColumn
                | FindingKind::IncompleteVessel
                | FindingKind::RepeatedRecord
                | FindingKind::MissingGrade
                | FindingKind::ZeroFollowUp
                | FindingKind::CertainProbability
                | FindingKind::VesselWithoutThresholds
                | FindingKind::PatientsDiffer
        )
    };
    let of_comparison = comparison
        .into_iter()
        .flat_map(|result| result.disagreements.iter().chain(&result.second_findings));
    let mut findings = evaluation.findings.iter().chain(of_comparison);
    match findings.all(|finding| harmless(finding.kind)) {
        true => Status::Done,
        false => Status::DoneWithFailures,
    }
}
