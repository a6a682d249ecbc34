//! What a training run is told, resolved from file and arguments.

use crate::model::Architecture;
use crate::printer::Hint;
use crate::train::TrainConfig;
use anyhow::{Context, Result};
use coronet_cohort::LabelRule;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::path::Path;

/// `train.toml`, and `config.toml` of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// Which grades are positive.
    #[serde(default)]
    pub label_rule: LabelRule,
    /// What the grades come from; `None` where nobody has said, and nothing is claimed then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_source: Option<LabelSource>,
    /// Seed by which the labels are given to other patients, so that there is nothing to learn: a
    /// control for trust checks, never a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shuffle_labels: Option<u64>,
    /// Shape of the network: a known name, or its fields.
    #[serde(default, deserialize_with = "network")]
    pub network: Network,
    /// How it is trained.
    #[serde(default)]
    pub training: TrainConfig,
}

/// What grades come from; decides what a report may say of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelSource {
    /// Stenosis read off coronary CT angiography.
    Ccta,
    /// A surrogate, such as the territory of an infarct read off the ECG report.
    Surrogate,
    /// A simulation.
    Simulated,
}

impl LabelSource {
    /// The word of configuration files.
    pub fn name(self) -> &'static str {
        match self {
            LabelSource::Ccta => "ccta",
            LabelSource::Surrogate => "surrogate",
            LabelSource::Simulated => "simulated",
        }
    }

    /// The source of that word.
    pub fn of_name(name: &str) -> Option<LabelSource> {
        let all = [
            LabelSource::Ccta,
            LabelSource::Surrogate,
            LabelSource::Simulated,
        ];
        all.into_iter().find(|source| source.name() == name)
    }
}

/// A network by name or by its fields.
#[derive(Clone, Debug, PartialEq, Serialize)]
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

/// A name or a table; what is wrong with either is said by its key.
fn network<'de, D: Deserializer<'de>>(value: D) -> Result<Network, D::Error> {
    struct NameOrFields;

    impl<'de> Visitor<'de> for NameOrFields {
        type Value = Network;

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("the name of a network or a table of its fields")
        }

        fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Network, E> {
            Architecture::named(name).map_err(|error| E::custom(format!("network: {error}")))?;
            Ok(Network::Named(name.to_owned()))
        }

        fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Network, A::Error> {
            let fields = MapAccessDeserializer::new(fields);
            Architecture::deserialize(fields).map(Network::Fields)
        }
    }

    value.deserialize_any(NameOrFields)
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
            .with_context(|| format!("{}: network", path.display()))?;
        Ok(config)
    }

    /// The configuration as a TOML text.
    pub fn to_toml(&self) -> String {
        toml::to_string_pretty(self).expect("a configuration can be written, this is a bug")
    }
}
