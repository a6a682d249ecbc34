//! What a training run is told, resolved from file and arguments.

use crate::model::Architecture;
use crate::printer::Hint;
use crate::train::TrainConfig;
use anyhow::{Context, Result};
use coronet_cohort::LabelRule;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// `train.toml`, and `config.toml` of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// Which grades are positive.
    #[serde(default)]
    pub label_rule: LabelRule,
    /// What the grades come from.
    #[serde(default)]
    pub label_source: LabelSource,
    /// Seed by which the labels are given to other patients, so that there is nothing to learn: a
    /// control for trust checks, never a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shuffle_labels: Option<u64>,
    /// Shape of the network: a known name, or its fields.
    #[serde(default)]
    pub network: Network,
    /// How it is trained.
    #[serde(default)]
    pub training: TrainConfig,
}

/// What grades come from; decides what a report may say of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelSource {
    /// Stenosis read off coronary CT angiography.
    #[default]
    Ccta,
    /// A surrogate, such as the territory of an infarct read off the ECG report.
    Surrogate,
    /// A simulation.
    Simulated,
}

/// A network by name or by its fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Network {
    /// One of the known variants.
    Named(String),
    /// Fields of an architecture.
    Fields(Architecture),
}

impl Default for Network {
    fn default() -> Self {
        Network::Named("ecgfounder-12".to_owned())
    }
}

impl Network {
    /// The architecture, checked.
    ///
    /// # Errors
    ///
    /// If the name is unknown or a field out of its range.
    pub fn architecture(&self) -> Result<Architecture> {
        match self {
            Network::Named(name) => Ok(Architecture::named(name)?),
            Network::Fields(architecture) => {
                architecture.check()?;
                Ok(architecture.clone())
            }
        }
    }
}

impl RunConfig {
    /// Reads and checks a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, holds unknown keys, or a value out of its range.
    pub fn read(path: &Path) -> Result<RunConfig> {
        let text = fs_err::read_to_string(path)?;
        let config: RunConfig = toml::from_str(&text).map_err(|error| {
            let hint =
                "examples/territory.toml shows the keys; `coronet train --help` names the file";
            Hint::error(format!("{}: {error}", path.display()), hint)
        })?;
        config
            .training
            .check()
            .with_context(|| path.display().to_string())?;
        config
            .network
            .architecture()
            .with_context(|| path.display().to_string())?;
        Ok(config)
    }

    /// The configuration as a TOML text.
    pub fn to_toml(&self) -> String {
        toml::to_string_pretty(self).expect("a configuration can be written, this is a bug")
    }
}
