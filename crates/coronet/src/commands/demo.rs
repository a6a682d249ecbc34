//! `coronet demo`: a whole study on simulated patients, in minutes.

use crate::commands::Status;
use crate::commands::evaluate::{self, EvaluateSettings};
use crate::commands::prepare::{self, PrepareSettings};
use crate::commands::simulate::{self, SimulateSettings, Tables};
use crate::commands::train::{self, TrainSettings};
use crate::output;
use crate::printer::{Hint, Printer};
use crate::settings::{LabelSource, Network, RunConfig};
use anyhow::Result;
use coronet_cohort::simulate::SimulationConfig;
use coronet_cohort::{LabelRule, Vessel};
use coronet_ecg::Profile;
use coronet_evaluate::Evaluation;
use coronet_model::{Architecture, DeviceChoice};
use coronet_train::{GradientSurgery, Selection, TaskWeighting, TrainConfig};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  coronet demo --out demo --patients 600 --seed 1

Everything shown is simulated. The same seed gives the same numbers.")]
pub struct DemoArgs {
    /// Folder of the demonstration; what an earlier one left there is removed first.
    #[arg(long, default_value = "demo")]
    pub out: PathBuf,
    /// Simulated patients.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    pub patients: u32,
    /// Seed of the simulation and of training.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Runs the command.
///
/// # Errors
///
/// If a file cannot be written, or the user breaks off.
pub fn run(args: DemoArgs, printer: &Printer) -> Result<Status> {
    let started = Instant::now();
    clear(&args.out)?;
    mark(&args)?;
    let at = |name: &str| args.out.join(name);
    printer.note("1/4 simulate: patients, CCTA findings, ECGs and follow-up, all simulated");
    let cohort = simulate::simulate(&simulation(&args, at("cohort")), printer)?;
    printer.note("2/4 prepare: read, check, preprocess and pair every ECG");
    let mut prepared = PrepareSettings::new(cohort.manifest.clone(), at("store"))?;
    prepared.profile = Profile::named("ecgfounder-eval")?;
    prepared.ccta = Some(at("cohort").join("ccta.csv"));
    prepared.clinical = Some(at("cohort").join("clinical.csv"));
    prepared.followup = Some(at("cohort").join("followup.csv"));
    prepare::prepare(&prepared, printer)?.print(printer);
    printer.note("3/4 train: a nano network from random weights, five folds");
    let settings = TrainSettings {
        store: at("store"),
        out: at("run"),
        config: config(args.seed),
        weights: None,
        device: DeviceChoice::Cpu,
        resume: false,
    };
    train::train(&settings, printer)?;
    printer.note("4/4 evaluate: statistics, figures and the report");
    let summary = evaluate::evaluate(&evaluation(&args), printer)?;
    compare(&summary.evaluation, &cohort.best_achievable_auc, printer);
    evaluate::marks(&summary.evaluation, printer);
    close(&args.out, &summary.report, started, printer);
    Ok(Status::Done)
}

/// What makes a folder a demonstration: written first, asked for before anything is removed.
const MARK: &str = "demo.json";

fn mark(args: &DemoArgs) -> Result<()> {
    let mark = serde_json::json!({
        "coronet": env!("CARGO_PKG_VERSION"),
        "simulated": true,
        "patients": args.patients,
        "seed": args.seed,
    });
    output::write(&args.out.join(MARK), format!("{mark:#}\n").as_bytes())
}

/// Removes what an earlier demonstration left, and nothing else: its folder bears the mark and
/// holds nothing of another name.
fn clear(out: &Path) -> Result<()> {
    let known = [MARK, "cohort", "store", "run", "evaluation"];
    if !out.exists() {
        return Ok(());
    }
    let marked = out.join(MARK).is_file();
    for entry in fs_err::read_dir(out)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let partial = name.strip_suffix(".partial");
        let is_known = known.contains(&partial.unwrap_or(&name));
        if !is_known || !marked {
            return Err(Hint::error(
                format!(
                    "{}: expected a new folder or an earlier demonstration, got `{name}`",
                    out.display()
                ),
                "choose another folder with --out",
            ));
        }
    }
    Ok(fs_err::remove_dir_all(out)?)
}

fn simulation(args: &DemoArgs, out: PathBuf) -> SimulateSettings {
    let config = SimulationConfig {
        patients: args.patients as usize,
        seed: args.seed,
        ..SimulationConfig::default()
    };
    SimulateSettings {
        out,
        config,
        tables: Tables::Separate,
    }
}

fn config(seed: u64) -> RunConfig {
    let mut nano = Architecture::named("nano").expect("a known variant, this is a bug");
    nano.norm = Some(true);
    nano.dropout = 0.1;
    RunConfig {
        label_rule: LabelRule::default(),
        label_source: Some(LabelSource::Simulated),
        shuffle_labels: None,
        network: Network::Fields(nano),
        training: TrainConfig {
            epochs: 8,
            batch_size: 16,
            augmented_copies: 1,
            learning_rate: 4e-3,
            weight_decay: 1e-2,
            task_weighting: TaskWeighting::Equal,
            gradient_surgery: GradientSurgery::Off,
            selection: Selection::LastEpoch,
            seed,
            ..TrainConfig::default()
        },
    }
}

fn evaluation(args: &DemoArgs) -> EvaluateSettings {
    EvaluateSettings {
        scores: args.out.join("run").join("scores.csv"),
        out: args.out.join("evaluation"),
        rule: None,
        config: None,
        labels: None,
        clinical: None,
        compare: None,
        frozen: None,
        bootstrap: None,
        seed: None,
        explanation: None,
        truth: Some(args.out.join("cohort").join("simulation.json")),
        title: Some("Demonstration on simulated patients".to_owned()),
        next_commands: vec![
            "coronet prepare manifest.csv --ccta ccta.csv --out store".to_owned(),
            "coronet train store --out run".to_owned(),
        ],
    }
}

/// The AUCs found beside the best that any reader of the simulated ECGs could reach.
fn compare(evaluation: &Evaluation, best: &[Option<f64>; 4], printer: &Printer) {
    printer.data("simulated  events   AUC (95 % interval)    best achievable");
    for (vessel, best) in Vessel::ALL.into_iter().zip(best) {
        let Some(found) = evaluation.vessels.get(vessel.name()) else {
            continue;
        };
        let auc = evaluate::quoted_auc(found);
        let best = best.map_or("undefined".to_owned(), |best| format!("{best:.3}"));
        printer.data(&format!(
            "{:<9} {:>7}   {auc:<22} {best}",
            vessel.name(),
            found.events
        ));
    }
}

fn close(out: &Path, report: &Path, started: Instant, printer: &Printer) {
    let out = out.display();
    printer.note(&format!(
        "\ndone in {:.0} s; everything above is simulated",
        started.elapsed().as_secs_f64()
    ));
    printer.note(&format!("open the report:   {}", report.display()));
    printer.note(&format!(
        "score an ECG:      coronet predict --model {out}/run {out}/cohort/records"
    ));
    printer.note("your own patients: coronet prepare manifest.csv --ccta ccta.csv --out store");
}
