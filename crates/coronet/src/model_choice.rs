//! The network a command uses: the folds of a run, or a file of weights.

mod preprocessing;

use crate::commands::train::{LABEL_SOURCE, SHUFFLED_LABELS, read_profile};
use crate::printer::{Hint, Printer, counted};
use crate::run_directory::RunDirectory;
use crate::settings::LabelSource;
use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use coronet_ecg::Profile;
use coronet_evaluate::operating::RiskStratum;
use coronet_model::checkpoint::{self, Thresholds, WeightsHeader};
use coronet_model::{Architecture, DeviceChoice, StateDict};
use preprocessing::Skipped;
pub use preprocessing::unusable_ecg;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Arguments that choose a network.
#[derive(Clone, Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("network").required(true).args(["model", "weights"]))]
pub struct ModelArgs {
    /// Folder of a finished run.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["weights", "architecture"])]
    pub model: Option<PathBuf>,
    /// Checkpoint: .pth or safetensors.
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Shape of the network: a TOML file or a known name; weights written by coronet hold it.
    #[arg(long)]
    pub architecture: Option<String>,
    /// Preprocessing profile; that of the model where it has one, else `ecgfounder`. `raw` is for
    /// arrays (.npy) that were preprocessed as the model's own ECGs were.
    #[arg(long)]
    pub profile: Option<String>,
    /// Where to compute: `cpu`, `wgpu`, `vulkan`, `metal`, `cuda:N` or `rocm:N`; all but `cpu`
    /// need a build with the feature of that name.
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
}

/// A network as it was found, before it is made ready for any pass.
#[derive(Debug)]
pub struct Model {
    /// Its shape.
    pub architecture: Architecture,
    /// Tensors: one set a fold of a run, or one.
    pub states: Vec<StateDict>,
    /// What each output stands for.
    pub labels: Vec<String>,
    /// Thresholds by label, where the model has them.
    pub thresholds: BTreeMap<String, Thresholds>,
    /// How ECGs are preprocessed.
    pub profile: Profile,
    /// What of its own preprocessing was asked to be left out.
    skipped: Skipped,
    /// Fold of each fingerprint that a run has seen.
    pub seen: BTreeMap<String, usize>,
    /// Fold of each patient of a run, by identifier.
    pub patients: BTreeMap<String, usize>,
    /// Whether it was trained on labels of other patients, as a control.
    pub shuffled_labels: bool,
    /// Whether its labels are a surrogate of coronary disease.
    pub surrogate: bool,
    /// Whether it was trained on simulated patients.
    pub simulated: bool,
    /// Where to compute.
    pub device: Device,
}

/// Training on labels of other patients, in words.
const SHUFFLED: &str = "shuffled labels: it is a control and has learnt nothing of the vessels";
/// Training on a surrogate, in words.
const SURROGATE: &str = "surrogate labels, not on angiography";
/// Training on a simulation, in words.
const SIMULATED: &str = "simulated patients";

/// What a network learnt from that is not what its outputs are named after, where its weights
/// say so.
pub fn caveat(header: &WeightsHeader) -> Option<&'static str> {
    if header.provenance.contains_key(SHUFFLED_LABELS) {
        return Some(SHUFFLED);
    }
    match label_source(header)? {
        LabelSource::Surrogate => Some(SURROGATE),
        LabelSource::Simulated => Some(SIMULATED),
        LabelSource::Ccta => None,
    }
}

fn label_source(header: &WeightsHeader) -> Option<LabelSource> {
    LabelSource::of_name(header.provenance.get(LABEL_SOURCE)?)
}

/// The probability of a logit.
pub fn probability(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

impl Model {
    /// Opens what the arguments name.
    ///
    /// # Errors
    ///
    /// If weights or architecture cannot be used, or the profile is another than theirs.
    pub fn open(args: &ModelArgs, printer: &Printer) -> Result<Model> {
        let (device, _) = open_device(args.device, printer)?;
        let model = match (&args.model, &args.weights) {
            (Some(run), _) => Model::of_run(&RunDirectory::new(run), args, device),
            (None, Some(weights)) => Model::of_weights(weights, args, device, printer),
            (None, None) => bail!("expected --model or --weights"),
        }?;
        for caveat in model.caveats() {
            printer.warn(&format!("the network was trained on {caveat}"));
        }
        Ok(model)
    }

    /// What the network learnt from that is not what its outputs are named after.
    pub fn caveats(&self) -> Vec<&'static str> {
        let all = [
            (self.shuffled_labels, SHUFFLED),
            (self.surrogate, SURROGATE),
            (self.simulated, SIMULATED),
        ];
        let hold = all.into_iter().filter(|(holds, _)| *holds);
        hold.map(|(_, caveat)| caveat).collect()
    }

    /// The stratum of a label's probability, or why there is none; `unusable` says why the ECG
    /// cannot carry one.
    ///
    /// # Errors
    ///
    /// The reason, in words.
    pub fn stratum(
        &self,
        label: &str,
        probability: f64,
        unusable: Option<&str>,
    ) -> Result<&'static str, String> {
        if let Some(why) = unusable {
            return Err(format!("unusable ECG: {why}"));
        }
        let limits = self.thresholds.get(label);
        let limits = limits.ok_or_else(|| format!("the model has no thresholds of {label}"))?;
        Ok(RiskStratum::of(probability, limits.rule_out, limits.rule_in).name())
    }

    /// Opens a finished run whatever its labels.
    ///
    /// # Errors
    ///
    /// As [`Model::open`].
    pub fn of_folder(run: &Path, args: &ModelArgs) -> Result<Model> {
        Model::of_run(&RunDirectory::new(run), args, args.device.open()?)
    }

    fn of_run(run: &RunDirectory, args: &ModelArgs, device: Device) -> Result<Model> {
        let facts = run.read_facts().map_err(|error| {
            Hint::error(
                format!("{} is not a finished run: {error:#}", run.path.display()),
                "`coronet train … --resume` finishes one that was interrupted",
            )
        })?;
        let (mut states, mut header) = (Vec::new(), None);
        for fold in &facts.folds {
            let path = run.weights(fold.fold);
            let checkpoint = checkpoint::read(&path)?;
            let found = checkpoint.header.clone();
            let found = found.with_context(|| format!("{}: written by no run", path.display()))?;
            states.push(checkpoint.strict(&path, &found.architecture)?);
            header = Some(found);
        }
        let header: WeightsHeader = header.context("the run has no folds")?;
        let profile_of_run = read_profile(run)?;
        if profile_of_run.hash() != header.profile_hash {
            return Err(Hint::error(
                format!(
                    "{}: expected the profile of the weights, {}, got {}",
                    run.profile().display(),
                    header.profile_hash,
                    profile_of_run.hash()
                ),
                "the file was changed after training; the weights hold the profile they learnt on",
            ));
        }
        let source = run.read_config()?.label_source;
        let (profile, skipped) =
            preprocessing::choose(args.profile.as_deref(), Some(profile_of_run))?;
        Ok(Model {
            shuffled_labels: facts.shuffled_labels.is_some(),
            surrogate: source == Some(LabelSource::Surrogate),
            simulated: source == Some(LabelSource::Simulated),
            states,
            architecture: header.architecture,
            labels: header.labels,
            thresholds: header.thresholds,
            profile,
            skipped,
            seen: read_folds(&run.signals(), "fingerprint")?,
            patients: read_folds(&run.scores(), "patient_id")?,
            device,
        })
    }

    fn of_weights(
        path: &Path,
        args: &ModelArgs,
        device: Device,
        printer: &Printer,
    ) -> Result<Model> {
        let checkpoint = checkpoint::read(path)?;
        let header = checkpoint.header.clone();
        let architecture = match (&args.architecture, &header) {
            (Some(asked), _) => read_architecture(asked)?,
            (None, Some(header)) => header.architecture.clone(),
            (None, None) => {
                let known = coronet_model::VARIANTS.join(", ");
                let hint = format!("give --architecture FILE.toml, or one of {known}");
                return Err(Hint::error(
                    format!(
                        "{}: the file does not say the network's shape",
                        path.display()
                    ),
                    hint,
                ));
            }
        };
        if !checkpoint.beside.is_empty() {
            let tensors = counted(
                checkpoint.beside.len(),
                "tensor beside the network is",
                "tensors beside the network are",
            );
            printer.note(&format!("{}: {tensors} not used", path.display()));
        }
        let state = checkpoint.strict(path, &architecture)?;
        if architecture.norm.is_none() {
            let word = if state.trained_with_norm().unwrap_or(true) {
                "used"
            } else {
                "skipped"
            };
            printer.note(&format!("norm layers: {word}, as the checkpoint was trained; `norm` in the architecture overrides"));
        }
        let of_model = header
            .as_ref()
            .map(|header| Profile::from_toml(&header.profile))
            .transpose()?;
        let provenance = header.as_ref().map(|header| &header.provenance);
        let source = header.as_ref().and_then(label_source);
        let (profile, skipped) = preprocessing::choose(args.profile.as_deref(), of_model)?;
        Ok(Model {
            shuffled_labels: provenance.is_some_and(|facts| facts.contains_key(SHUFFLED_LABELS)),
            surrogate: source == Some(LabelSource::Surrogate),
            simulated: source == Some(LabelSource::Simulated),
            states: vec![state],
            labels: labels(header.as_ref(), architecture.n_classes),
            thresholds: header.map(|header| header.thresholds).unwrap_or_default(),
            profile,
            skipped,
            architecture,
            seen: BTreeMap::new(),
            patients: BTreeMap::new(),
            device,
        })
    }
}

/// A device ready to be used, with its name and the part behind it; says which part a device
/// other than the CPU turned out to be.
///
/// # Errors
///
/// If this build or this machine has no such device.
pub fn open_device(choice: DeviceChoice, printer: &Printer) -> Result<(Device, String)> {
    let device = choice.open()?;
    let name = choice.describe(&device);
    if choice != DeviceChoice::Cpu {
        printer.note(&format!("device: {name}"));
    }
    Ok((device, name))
}

fn read_architecture(asked: &str) -> Result<Architecture> {
    let path = Path::new(asked);
    if !path.exists() && !asked.contains(['/', '.']) {
        return Ok(Architecture::named(asked)?);
    }
    let text = fs_err::read_to_string(path)?;
    Architecture::from_toml(&text).with_context(|| asked.to_owned())
}

fn labels(header: Option<&WeightsHeader>, classes: usize) -> Vec<String> {
    if let Some(header) = header
        && header.labels.len() == classes
    {
        return header.labels.clone();
    }
    if classes == coronet_cohort::Vessel::ALL.len() {
        return coronet_cohort::Vessel::ALL
            .map(|vessel| vessel.name().to_owned())
            .to_vec();
    }
    (0..classes).map(|class| format!("class_{class}")).collect()
}

/// Fold of every value of `column` in a table of a run that has a column `fold`.
fn read_folds(path: &Path, column: &str) -> Result<BTreeMap<String, usize>> {
    let named = || path.display().to_string();
    let mut reader = csv::Reader::from_reader(fs_err::File::open(path)?);
    let header = reader.headers().with_context(named)?.clone();
    let place = |name: &str| {
        let at = header.iter().position(|of| of == name);
        at.with_context(|| format!("{}: expected a column `{name}`", path.display()))
    };
    let (value, fold) = (place(column)?, place("fold")?);
    let mut folds = BTreeMap::new();
    for row in reader.records() {
        let row = row.with_context(named)?;
        folds.insert(
            row[value].to_owned(),
            row[fold].parse().with_context(named)?,
        );
    }
    Ok(folds)
}
