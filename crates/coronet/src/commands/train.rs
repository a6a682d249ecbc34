//! `coronet train`: cross-validate a network on a store.

mod dataset;
mod plan;
mod random;
mod scores;
mod watch;

use crate::commands::Status;
use crate::model_choice::{self, open_device};
use crate::output;
use crate::printer::{Hint, Printer, counted};
use crate::run_directory::{FoldFacts, RunDirectory, RunFacts};
use crate::settings::{LabelSource, RunConfig};
use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use coronet_cohort::Vessel;
use coronet_cohort::store::Store;
use coronet_model::checkpoint::{self, Thresholds, WeightsHeader};
use coronet_model::{Architecture, DeviceChoice, StateDict};
use coronet_train::{
    FoldInputs, FoldPlan, ProgressError, Selection, TrainError, clear_checkpoint, train_fold,
};
use dataset::Dataset;
use fs_err as fs;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use watch::Watch;

/// What to do where a run was begun with other things than it is offered.
const BEGUN_OTHERWISE: &str =
    "resume with what the run was begun with, or train into another folder";

/// Arguments of `train`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  coronet train store --out run --config examples/territory.toml
  coronet train store --out run --config train.toml --weights ecgfounder.pth

A run that was interrupted goes on with --resume and ends with the same weights.
Weights that learnt on this very store are refused; that they have not seen its patients in
another store either, nobody can check but you.
A control for `coronet explain --label-randomised`, which has learnt nothing:
  coronet train store --out run-shuffled --config train.toml --shuffle-labels 1")]
pub struct TrainArgs {
    /// Store written by `coronet prepare`.
    pub store: PathBuf,
    /// Folder of the run.
    #[arg(long)]
    pub out: PathBuf,
    /// Configuration file; the published values where a key is absent.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// Checkpoint to start from (.pth or safetensors); random weights without.
    #[arg(long)]
    pub weights: Option<PathBuf>,
    /// Give the labels to other patients, drawn by this seed: a control that can learn nothing,
    /// for trust checks. Overrides `shuffle_labels` of the configuration.
    #[arg(long, value_name = "SEED")]
    pub shuffle_labels: Option<u64>,
    /// Where to compute: `cpu`, `wgpu`, `vulkan`, `metal`, `cuda:N` or `rocm:N`; all but `cpu`
    /// need a build with the feature of that name.
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
    /// Go on with the interrupted run in --out.
    #[arg(long)]
    pub resume: bool,
}

/// What a run needs, resolved.
#[derive(Debug)]
pub struct TrainSettings {
    /// Folder of the store.
    pub store: PathBuf,
    /// Folder of the run.
    pub out: PathBuf,
    /// Configuration.
    pub config: RunConfig,
    /// Checkpoint to start from.
    pub weights: Option<PathBuf>,
    /// Where to compute.
    pub device: DeviceChoice,
    /// Whether an existing run is gone on with.
    pub resume: bool,
}

/// Runs the command.
///
/// # Errors
///
/// If the store, the configuration or the weights cannot be used, or the user breaks off.
pub fn run(args: &TrainArgs, printer: &Printer) -> Result<Status> {
    let mut config = match &args.config {
        Some(path) => RunConfig::read(path)?,
        None => RunConfig::default(),
    };
    config.shuffle_labels = args.shuffle_labels.or(config.shuffle_labels);
    let settings = TrainSettings {
        store: args.store.clone(),
        out: args.out.clone(),
        config,
        weights: args.weights.clone(),
        device: args.device,
        resume: args.resume,
    };
    train(&settings, printer)?;
    let out = args.out.display();
    printer.note(&format!(
        "next: coronet evaluate {out}/scores.csv --out evaluation"
    ));
    Ok(Status::Done)
}

/// Cross-validates a network and writes the run.
///
/// # Errors
///
/// If an input cannot be used, the loss diverges, a file cannot be written, or the user
/// breaks off; a later call with `resume` goes on then.
pub fn train(settings: &TrainSettings, printer: &Printer) -> Result<RunFacts> {
    let store = Store::open(&settings.store)?;
    store.verify()?;
    let (device, device_name) = open_device(settings.device, printer)?;
    let mut config = settings.config.clone();
    if store.meta().label_source == "simulated" {
        config.label_source = Some(LabelSource::Simulated);
    }
    let run = find_run(settings, &config)?;
    let architecture = config.network.architecture()?;
    let mut dataset = Dataset::new(&store, config.label_rule, architecture.n_classes)?;
    if let Some(seed) = config.shuffle_labels {
        dataset.shuffle(seed);
    }
    check_leads(&store, &architecture)?;
    let start = initial_weights(settings, &config, &architecture, &store, printer)?;
    let plans = plan::plans(&store, &dataset, &config.training)?;
    begin(&run, &config, &store)?;
    describe(&dataset, &plans.folds, &config, printer);
    let job = Job {
        run: &run,
        config: &config,
        architecture: &start.architecture,
        start: &start,
        store: &store,
        dataset: &dataset,
        device: &device,
        device_name: &device_name,
        printer,
    };
    let mut watch = Watch::new(printer, plans.folds.len(), &config.training);
    let mut results = Vec::new();
    for plan in &plans.folds {
        results.push(job.fold(plan, &mut watch)?);
    }
    watch.close();
    let records = scores::scored_records(&store, &plans.folds, &results);
    let thresholds = scores::thresholds(&store, &records, config.label_rule);
    for plan in &plans.folds {
        job.put_thresholds(plan, &thresholds)?;
    }
    scores::write_scores(&run.scores(), &store, &records)?;
    scores::write_signals(&run.signals(), &store, &plans.folds)?;
    let facts = job.facts(&plans, &results);
    let text = serde_json::to_string_pretty(&facts)?;
    output::write(&run.facts(), text.as_bytes())?;
    output::write(
        &run.model_card(),
        scores::model_card(&run, &config, &facts)?.as_bytes(),
    )?;
    let (count, path) = (records.len(), run.scores());
    let scored = counted(count, "record", "records");
    printer.note(&format!("{scored} scored out of fold: {}", path.display()));
    Ok(facts)
}

/// Finds the run as it was left, or its place free; writes nothing.
fn find_run(settings: &TrainSettings, config: &RunConfig) -> Result<RunDirectory> {
    let run = RunDirectory::new(&settings.out);
    let exists = run.config().exists();
    if !exists && settings.resume {
        return Err(Hint::error(
            format!(
                "{}: expected a run to go on with (--resume), got no {}",
                settings.out.display(),
                run.config().display()
            ),
            "leave --resume out to begin a run there",
        ));
    }
    if exists && !settings.resume {
        return Err(Hint::error(
            format!("{} already holds a run", settings.out.display()),
            "add --resume to go on with it, or choose another folder",
        ));
    }
    if exists && run.read_config()? != *config {
        return Err(Hint::error(
            format!(
                "{}: the run was begun with another configuration",
                run.config().display()
            ),
            "resume with the configuration it was begun with",
        ));
    }
    let occupied = settings.out.is_dir() && fs::read_dir(&settings.out)?.next().is_some();
    if !exists && occupied {
        bail!(
            "{}: expected a new or empty folder, got other files",
            settings.out.display()
        );
    }
    Ok(run)
}

/// Writes what a run is begun with, if it is not there; the configuration first, since it makes a
/// folder a run, which --resume goes on with.
fn begin(run: &RunDirectory, config: &RunConfig, store: &Store) -> Result<()> {
    let begun = run.profile().exists().then(|| read_profile(run));
    if let Some(begun) = begun.transpose()?.map(|profile| profile.hash())
        && begun != store.profile_hash()
    {
        return Err(Hint::error(
            format!(
                "{}: the run was begun with the profile {}, but the store holds {}",
                run.profile().display(),
                short(&begun),
                short(store.profile_hash())
            ),
            BEGUN_OTHERWISE,
        ));
    }
    let texts = [
        (run.config(), config.to_toml()),
        (run.profile(), store.profile_toml().to_owned()),
    ];
    for (path, text) in texts {
        if !path.exists() {
            output::write(&path, text.as_bytes())?;
        }
    }
    Ok(())
}

fn check_leads(store: &Store, architecture: &Architecture) -> Result<()> {
    let (leads, _) = store.shape();
    if leads != architecture.in_channels {
        bail!(
            "in_channels: expected the store's {leads} leads, got {}",
            architecture.in_channels
        );
    }
    Ok(())
}

/// What training starts from.
struct Start {
    state: StateDict,
    architecture: Architecture,
    description: String,
}

fn initial_weights(
    settings: &TrainSettings,
    config: &RunConfig,
    architecture: &Architecture,
    store: &Store,
    printer: &Printer,
) -> Result<Start> {
    let seed = config.training.seed;
    let mut architecture = architecture.clone();
    let Some(path) = &settings.weights else {
        let state = StateDict::initial(&architecture, seed);
        architecture.norm.get_or_insert(true);
        let description = format!("random, seed {seed}");
        return Ok(Start {
            state,
            architecture,
            description,
        });
    };
    let checkpoint = checkpoint::read(path)?;
    if let Some(header) = &checkpoint.header
        && header.profile_hash != store.profile_hash()
    {
        return Err(Hint::error(
            format!(
                "{}: trained on profile {}, but the store holds {}",
                path.display(),
                short(&header.profile_hash),
                short(store.profile_hash())
            ),
            "prepare the store with the profile of the weights",
        ));
    }
    refuse_seen(path, checkpoint.header.as_ref(), store)?;
    let checkpoint_caveat = checkpoint.header.as_ref().and_then(model_choice::caveat);
    let (state, new_head) = checkpoint.backbone(path, &architecture, seed)?;
    if architecture.norm.is_none() {
        let norm = state.trained_with_norm().unwrap_or(true);
        let word = if norm { "used" } else { "skipped" };
        printer.note(&format!(
            "norm layers: {word}, as the checkpoint was trained; set `norm` to override"
        ));
        architecture.norm = Some(norm);
    }
    if new_head {
        printer.note("head: new, since that of the checkpoint has another shape");
    }
    let fingerprint = state.fingerprint();
    let mut description = format!("{} ({})", path.display(), short(&fingerprint));
    if let Some(caveat) = checkpoint_caveat {
        printer.warn(&format!("{}: trained on {caveat}", path.display()));
        description = format!("{description}, trained on {caveat}");
    }
    Ok(Start {
        state,
        architecture,
        description,
    })
}

/// Weights that learnt on this very store know the records of every test part but one.
fn refuse_seen(path: &Path, header: Option<&WeightsHeader>, store: &Store) -> Result<()> {
    let learnt = header.and_then(|header| header.provenance.get("store"));
    if learnt.is_none_or(|learnt| learnt != store.hash()) {
        return Ok(());
    }
    Err(Hint::error(
        format!(
            "{}: expected weights that have not seen this store, got weights trained on it",
            path.display()
        ),
        "records of the test parts would have been learnt from; begin from weights of other patients",
    ))
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

fn describe(dataset: &Dataset<'_>, folds: &[FoldPlan], config: &RunConfig, printer: &Printer) {
    let counts: Vec<String> = Vessel::ALL
        .iter()
        .zip(dataset.counts())
        .map(|(vessel, (positive, known))| format!("{} {positive}/{known}", vessel.name()))
        .collect();
    printer.note(&format!(
        "{}, {}; positive/known: {}",
        counted(dataset.len(), "window", "windows"),
        counted(folds.len(), "fold", "folds"),
        counts.join(", ")
    ));
    if config.training.selection == Selection::TestFold {
        printer.warn("selection = \"test-fold\": epochs are chosen on the data that is scored");
    }
    match config.label_source {
        Some(LabelSource::Simulated) => printer.note("labels and ECGs are simulated"),
        Some(LabelSource::Surrogate) => {
            printer.note("labels are a surrogate of coronary disease, not angiography");
        }
        Some(LabelSource::Ccta) => {}
        None => printer.note(
            "nobody says what the grades come from: `label_source` of the configuration does",
        ),
    }
    if let Some(seed) = config.shuffle_labels {
        printer.warn(&format!(
            "labels are shuffled among patients (seed {seed}): this run is a control and no model"
        ));
    }
}

/// Provenance of weights that were trained on shuffled labels: the seed.
pub const SHUFFLED_LABELS: &str = "shuffled_labels";

/// Provenance of weights: what the grades they learnt from come from, where that is known.
pub const LABEL_SOURCE: &str = "label_source";

/// A trained fold as kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptFold {
    /// The chosen epoch, from 0.
    pub best_epoch: usize,
    /// Fingerprint of the weights.
    pub weights: String,
    /// Where it was trained.
    #[serde(default)]
    pub device: String,
    /// Identity of the store it was trained on.
    #[serde(default)]
    pub store: String,
    /// Fingerprint of the tensors it was begun from.
    #[serde(default)]
    pub initial: String,
    /// Windows scored, as indices of the store.
    pub test: Vec<usize>,
    /// Their logits.
    pub logits: Vec<Vec<f32>>,
}

struct Job<'a> {
    run: &'a RunDirectory,
    config: &'a RunConfig,
    architecture: &'a Architecture,
    start: &'a Start,
    store: &'a Store,
    dataset: &'a Dataset<'a>,
    device: &'a Device,
    device_name: &'a str,
    printer: &'a Printer,
}

impl Job<'_> {
    /// Trains a fold, or takes it as an earlier call left it.
    fn fold(&self, plan: &FoldPlan, watch: &mut Watch) -> Result<KeptFold> {
        let folder = self.run.fold(plan.fold);
        fs::create_dir_all(&folder)?;
        let kept_at = folder.join("result.json");
        if let Some(kept) = self.kept(&kept_at, plan)? {
            watch.skip(plan.fold);
            return Ok(kept);
        }
        let inputs = FoldInputs {
            config: &self.config.training,
            architecture: self.architecture,
            initial: &self.start.state,
            examples: self.dataset,
            data: self.store.hash(),
            plan,
            device: self.device,
            folder: &folder,
        };
        let result =
            train_fold(inputs, &mut |event| watch.see(event)).map_err(|error| match error {
                TrainError::Interrupted { .. } => Hint::error(
                    error.to_string(),
                    "the same command with --resume goes on from the last epoch",
                ),
                TrainError::Progress(ProgressError::Foreign { .. }) => {
                    Hint::error(error.to_string(), BEGUN_OTHERWISE)
                }
                other => other.into(),
            })?;
        checkpoint::write(
            &self.run.weights(plan.fold),
            &result.state,
            Some(&self.header(plan)),
        )?;
        let kept = KeptFold {
            best_epoch: result.best_epoch,
            weights: result.state.fingerprint(),
            device: self.device_name.to_owned(),
            store: self.store.hash().to_owned(),
            initial: self.start.state.fingerprint(),
            test: plan.test.clone(),
            logits: result.test_logits,
        };
        output::write(&kept_at, serde_json::to_string(&kept)?.as_bytes())?;
        clear_checkpoint(&folder)?;
        Ok(kept)
    }

    /// The fold as an earlier call left it, if it finished; refused where that learnt on other data or
    /// began from other tensors.
    fn kept(&self, path: &Path, plan: &FoldPlan) -> Result<Option<KeptFold>> {
        let Ok(bytes) = fs::read(path) else {
            return Ok(None);
        };
        let kept = match serde_json::from_slice::<KeptFold>(&bytes) {
            Ok(kept) => kept,
            Err(error) => {
                let path = path.display();
                self.printer
                    .warn(&format!("{path}: {error}; the fold is trained anew"));
                return Ok(None);
            }
        };
        let pairs = [
            ("store", &kept.store, self.store.hash()),
            (
                "initial weights",
                &kept.initial,
                &self.start.state.fingerprint(),
            ),
        ];
        for (what, begun, offered) in pairs {
            if begun != offered {
                return Err(Hint::error(
                    format!(
                        "{}: the fold was trained with {what} {}, got {}",
                        path.display(),
                        short(begun),
                        short(offered)
                    ),
                    BEGUN_OTHERWISE,
                ));
            }
        }
        if kept.test != plan.test {
            return Ok(None);
        }
        let weights = self.run.weights(plan.fold);
        let found = checkpoint::read(&weights).map(|found| found.state.fingerprint());
        if found.is_ok_and(|found| found == kept.weights) {
            return Ok(Some(kept));
        }
        self.printer.warn(&format!(
            "{}: not the weights that {} tells of; the fold is trained anew",
            weights.display(),
            path.display()
        ));
        Ok(None)
    }

    /// Writes the thresholds of the whole run beside the weights of a fold.
    fn put_thresholds(
        &self,
        plan: &FoldPlan,
        thresholds: &BTreeMap<String, Thresholds>,
    ) -> Result<()> {
        let path = self.run.weights(plan.fold);
        let state = checkpoint::read(&path)?.state;
        let header = WeightsHeader {
            thresholds: thresholds.clone(),
            ..self.header(plan)
        };
        Ok(checkpoint::write(&path, &state, Some(&header))?)
    }

    fn header(&self, plan: &FoldPlan) -> WeightsHeader {
        let mut provenance = BTreeMap::from([
            ("coronet".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("fold".to_owned(), plan.fold.to_string()),
            ("initial_weights".to_owned(), self.start.description.clone()),
            ("seed".to_owned(), self.config.training.seed.to_string()),
            ("store".to_owned(), self.store.hash().to_owned()),
        ]);
        if let Some(seed) = self.config.shuffle_labels {
            provenance.insert(SHUFFLED_LABELS.to_owned(), seed.to_string());
        }
        if let Some(source) = self.config.label_source {
            provenance.insert(LABEL_SOURCE.to_owned(), source.name().to_owned());
        }
        WeightsHeader {
            format: 1,
            architecture: self.architecture.clone(),
            labels: Vessel::ALL
                .iter()
                .map(|vessel| vessel.name().to_owned())
                .collect(),
            profile: self.store.profile_toml().to_owned(),
            profile_hash: self.store.profile_hash().to_owned(),
            label_rule: rule_name(self.config),
            thresholds: BTreeMap::new(),
            provenance,
        }
    }

    fn facts(&self, plans: &plan::Plans, results: &[KeptFold]) -> RunFacts {
        let folds = plans
            .folds
            .iter()
            .zip(results)
            .map(|(plan, kept)| FoldFacts {
                fold: plan.fold,
                train: plan.train.len(),
                inner: plan.inner.len(),
                test: plan.test.len(),
                best_epoch: kept.best_epoch,
                weights: kept.weights.clone(),
            });
        RunFacts {
            coronet_version: env!("CARGO_PKG_VERSION").to_owned(),
            store_hash: self.store.hash().to_owned(),
            label_source: self.store.meta().label_source.clone(),
            shuffled_labels: self.config.shuffle_labels,
            profile_name: self.store.meta().profile.name.clone(),
            profile_hash: self.store.profile_hash().to_owned(),
            initial_weights: self.start.description.clone(),
            device: self.devices(results),
            norm: self.architecture.norm.unwrap_or(true),
            parameters: self.parameters(),
            windows: self.dataset.len(),
            flow: self.store.flow().clone(),
            leakage: plans.leakage.clone(),
            folds: folds.collect(),
        }
    }

    /// Where the folds were trained: a run may be gone on with elsewhere.
    fn devices(&self, results: &[KeptFold]) -> String {
        let names = results.iter().map(|kept| kept.device.as_str());
        let known: BTreeSet<&str> = names.filter(|name| !name.is_empty()).collect();
        Vec::from_iter(known).join(", ")
    }

    fn parameters(&self) -> usize {
        coronet_model::expected_tensors(self.architecture)
            .iter()
            .filter(|tensor| tensor.role == coronet_model::Role::Parameter)
            .map(|tensor| tensor.shape.iter().product::<usize>())
            .sum()
    }
}

/// The rule as a word of configuration files.
pub fn rule_name(config: &RunConfig) -> String {
    let value = serde_json::to_value(config.label_rule).ok();
    value
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Reads the store's profile out of a run, for prediction.
///
/// # Errors
///
/// If the file is not there or not a profile.
pub fn read_profile(run: &RunDirectory) -> Result<coronet_ecg::Profile> {
    let path = run.profile();
    let text = fs::read_to_string(&path)?;
    coronet_ecg::Profile::from_toml(&text).with_context(|| path.display().to_string())
}
