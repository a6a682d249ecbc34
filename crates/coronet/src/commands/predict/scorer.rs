//! Windows to logits: one model, or the folds of a run.

use super::answer::Answer;
use super::inputs::Record;
use super::{PredictArgs, profile};
use crate::commands::train::{device, read_profile};
use crate::printer::{Hint, Printer};
use crate::run_directory::RunDirectory;
use anyhow::{Context, Result, bail};
use coronet_ecg::{Finding, Profile};
use coronet_model::checkpoint::{self, Thresholds, WeightsHeader};
use coronet_model::{Architecture, Inference};
use std::collections::BTreeMap;
use std::path::Path;

/// Everything that turns windows into answers.
#[derive(Debug)]
pub(super) struct Scorer {
    networks: Vec<Inference>,
    architecture: Architecture,
    labels: Vec<String>,
    thresholds: BTreeMap<String, Thresholds>,
    profile: Profile,
    /// Fold of each fingerprint that a run has seen.
    seen: BTreeMap<String, usize>,
}

impl Scorer {
    /// Opens what the arguments name.
    ///
    /// # Errors
    ///
    /// If weights or architecture cannot be used, or the profile is another than theirs.
    pub(super) fn open(args: &PredictArgs, printer: &Printer) -> Result<Scorer> {
        match (&args.model, &args.weights) {
            (Some(run), _) => Scorer::of_run(&RunDirectory::new(run), args),
            (None, Some(weights)) => Scorer::of_weights(weights, args, printer),
            (None, None) => bail!("expected --model or --weights"),
        }
    }

    fn of_run(run: &RunDirectory, args: &PredictArgs) -> Result<Scorer> {
        let facts = run.read_facts().map_err(|error| {
            Hint::error(
                format!("{} is not a finished run: {error:#}", run.path.display()),
                "`coronet train … --resume` finishes one that was interrupted",
            )
        })?;
        let device = device(&args.device)?;
        let (mut networks, mut header) = (Vec::new(), None);
        for fold in &facts.folds {
            let path = run.weights(fold.fold);
            let checkpoint = checkpoint::read(&path)?;
            let found = checkpoint.header.clone();
            let found = found.with_context(|| format!("{}: written by no run", path.display()))?;
            let state = checkpoint.strict(&path, &found.architecture)?;
            networks.push(Inference::new(&found.architecture, &state, &device));
            header = Some(found);
        }
        let header: WeightsHeader = header.context("the run has no folds")?;
        Ok(Scorer {
            networks,
            architecture: header.architecture,
            labels: header.labels,
            thresholds: header.thresholds,
            profile: profile(args.profile.as_deref(), Some(read_profile(run)?))?,
            seen: read_seen(run)?,
        })
    }

    fn of_weights(path: &Path, args: &PredictArgs, printer: &Printer) -> Result<Scorer> {
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
            printer.note(&format!(
                "{}: {} tensors beside the network are not used",
                path.display(),
                checkpoint.beside.len()
            ));
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
        let device = device(&args.device)?;
        Ok(Scorer {
            networks: vec![Inference::new(&architecture, &state, &device)],
            labels: labels(header.as_ref(), architecture.n_classes),
            thresholds: header.map(|header| header.thresholds).unwrap_or_default(),
            profile: profile(args.profile.as_deref(), of_model)?,
            architecture,
            seen: BTreeMap::new(),
        })
    }

    /// What each output stands for.
    pub(super) fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How ECGs are preprocessed.
    pub(super) fn profile(&self) -> &Profile {
        &self.profile
    }

    /// One answer a record, in order.
    pub(super) fn answers(&self, records: &[Record]) -> Vec<Result<Answer>> {
        let mut answers: Vec<Result<Answer>> = Vec::with_capacity(records.len());
        let mut from = 0;
        while from < records.len() {
            let shape = records[from].shape;
            let same = records[from..]
                .iter()
                .take_while(|record| record.shape == shape)
                .count();
            answers.extend(self.of_one_shape(&records[from..from + same], shape));
            from += same;
        }
        answers
    }

    fn of_one_shape(
        &self,
        records: &[Record],
        (leads, samples): (usize, usize),
    ) -> Vec<Result<Answer>> {
        if leads != self.architecture.in_channels || samples == 0 {
            let expected = self.architecture.in_channels;
            let wrong = || {
                anyhow::anyhow!("expected {expected} leads with samples, got {leads} × {samples}")
            };
            return records.iter().map(|_| Err(wrong())).collect();
        }
        let folds: Vec<Option<usize>> = records
            .iter()
            .map(|record| self.seen.get(&record.fingerprint).copied())
            .collect();
        let mut logits: Vec<Vec<Vec<f32>>> = vec![Vec::new(); records.len()];
        for (number, network) in self.networks.iter().enumerate() {
            let used: Vec<usize> = (0..records.len())
                .filter(|&record| folds[record].is_none_or(|fold| fold == number))
                .collect();
            let windows: Vec<&[f32]> = used
                .iter()
                .flat_map(|&record| records[record].windows.iter().map(Vec::as_slice))
                .collect();
            let mut scored = network.score(&windows, (leads, samples)).into_iter();
            for record in used {
                let count = records[record].windows.len();
                logits[record].extend(scored.by_ref().take(count));
            }
        }
        let answers = records.iter().zip(&logits).zip(folds);
        answers
            .map(|((record, logits), fold)| self.answer(record, logits, fold))
            .collect()
    }

    /// The mean over models and windows, as logits.
    fn answer(&self, record: &Record, all: &[Vec<f32>], fold: Option<usize>) -> Result<Answer> {
        let logits: Vec<f32> = (0..self.labels.len())
            .map(|class| {
                let sum: f64 = all.iter().map(|logits| f64::from(logits[class])).sum();
                (sum / all.len() as f64) as f32
            })
            .collect();
        if logits.iter().any(|logit| !logit.is_finite()) {
            bail!("the network's answer is not finite");
        }
        let mut findings = record.findings.clone();
        if let Some(fold) = fold {
            findings.push(Finding {
                code: "in-training-data".to_owned(),
                message: format!("the run has seen this signal; scored by fold {} alone, which has not learnt from it", fold + 1),
            });
        }
        Ok(Answer::new(
            record.record_id.clone(),
            logits,
            &self.labels,
            &self.thresholds,
            findings,
        ))
    }
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

/// Fold of every signal that a run has seen.
fn read_seen(run: &RunDirectory) -> Result<BTreeMap<String, usize>> {
    let path = run.signals();
    let mut reader = csv::Reader::from_reader(fs_err::File::open(&path)?);
    let mut seen = BTreeMap::new();
    for row in reader.deserialize::<(String, usize)>() {
        let (fingerprint, fold) = row.with_context(|| path.display().to_string())?;
        seen.insert(fingerprint, fold);
    }
    Ok(seen)
}
