//! The files of a run, which `train` writes and `predict` and `evaluate` read.

use crate::settings::RunConfig;
use anyhow::{Context, Result};
use coronet_cohort::Flow;
use coronet_cohort::leakage::LeakageReport;
use coronet_train::EpochReport;
use fs_err as fs;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A folder with `config.toml`, `preprocess.toml`, `run.json`, `scores.csv`,
/// `model-card.md` and one folder a fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDirectory {
    /// The folder.
    pub path: PathBuf,
}

/// What `run.json` says of a finished run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunFacts {
    /// Version of coronet.
    pub coronet_version: String,
    /// Identity of the store's content.
    pub store_hash: String,
    /// Where the store's grades come from.
    pub label_source: String,
    /// Seed by which the labels were given to other patients; a run that has one is no model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shuffled_labels: Option<u64>,
    /// Name of the preprocessing profile.
    pub profile_name: String,
    /// Hash of the preprocessing profile.
    pub profile_hash: String,
    /// What the network started from: `random, seed 1`, or a file and its fingerprint.
    pub initial_weights: String,
    /// Where the network computed.
    pub device: String,
    /// Whether norm layers were used.
    pub norm: bool,
    /// Parameters of the network.
    pub parameters: usize,
    /// Windows learnt from or scored.
    pub windows: usize,
    /// Inclusion flow of the store.
    pub flow: Flow,
    /// Patients and signals across folds.
    pub leakage: LeakageReport,
    /// One entry a fold.
    pub folds: Vec<FoldFacts>,
}

/// What `run.json` says of a fold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldFacts {
    /// Number of the fold, from 0.
    pub fold: usize,
    /// Windows learnt from.
    pub train: usize,
    /// Windows the epoch was chosen on.
    pub inner: usize,
    /// Windows scored.
    pub test: usize,
    /// The chosen epoch, from 0.
    pub best_epoch: usize,
    /// Fingerprint of the weights.
    pub weights: String,
}

impl RunDirectory {
    /// The run at `path`, which need not exist yet.
    pub fn new(path: &Path) -> RunDirectory {
        RunDirectory {
            path: path.to_owned(),
        }
    }

    /// The resolved configuration.
    pub fn config(&self) -> PathBuf {
        self.path.join("config.toml")
    }

    /// The preprocessing profile.
    pub fn profile(&self) -> PathBuf {
        self.path.join("preprocess.toml")
    }

    /// Versions, hashes, counts.
    pub fn facts(&self) -> PathBuf {
        self.path.join("run.json")
    }

    /// Out-of-fold scores.
    pub fn scores(&self) -> PathBuf {
        self.path.join("scores.csv")
    }

    /// Fingerprint of every signal of the run's data with its fold.
    pub fn signals(&self) -> PathBuf {
        self.path.join("signals.csv")
    }

    /// The model card.
    pub fn model_card(&self) -> PathBuf {
        self.path.join("model-card.md")
    }

    /// The folder of a fold.
    pub fn fold(&self, fold: usize) -> PathBuf {
        self.path.join(format!("fold-{fold}"))
    }

    /// The weights of a fold.
    pub fn weights(&self, fold: usize) -> PathBuf {
        self.fold(fold).join("weights.safetensors")
    }

    /// Reads the configuration.
    ///
    /// # Errors
    ///
    /// If it is not there or not a configuration.
    pub fn read_config(&self) -> Result<RunConfig> {
        RunConfig::read(&self.config())
    }

    /// Reads the facts of a finished run.
    ///
    /// # Errors
    ///
    /// If the run is not finished or the file is damaged.
    pub fn read_facts(&self) -> Result<RunFacts> {
        let path = self.facts();
        let text = fs::read(&path)?;
        serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))
    }

    /// Figures of every epoch of a fold.
    ///
    /// # Errors
    ///
    /// If they are not there or damaged.
    pub fn read_history(&self, fold: usize) -> Result<Vec<EpochReport>> {
        let path = self.fold(fold).join("metrics.jsonl");
        let text = fs::read_to_string(&path)?;
        let lines = text.lines().map(serde_json::from_str);
        lines
            .collect::<Result<_, _>>()
            .with_context(|| format!("{} is damaged", path.display()))
    }
}
