//! Networks of random weights.

use crate::support::NETWORK;
use coronet::ecg::Profile;
use coronet::model::checkpoint::{self, Thresholds, WeightsHeader};
use coronet::model::{Architecture, StateDict};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// File of [`headed`].
pub(crate) const HEADED: &str = "headed.safetensors";

fn architecture() -> Architecture {
    Architecture::from_toml(NETWORK.strip_prefix("[network]\n").unwrap()).unwrap()
}

/// Weights that name a profile, labels and thresholds, in `folder/headed.safetensors`, and say
/// that they learnt from simulated patients; every stratum is low or high.
pub(crate) fn headed(folder: &Path, profile: &str) {
    let architecture = architecture();
    let profile = Profile::named(profile).unwrap();
    let labels = ["RCA", "LM", "LAD", "LCX"].map(str::to_owned);
    let limits = Thresholds {
        rule_out: 0.5,
        rule_in: 0.5,
    };
    let source = ("label_source".to_owned(), "simulated".to_owned());
    let header = WeightsHeader {
        format: 1,
        labels: labels.to_vec(),
        profile: profile.to_toml(),
        profile_hash: profile.hash(),
        label_rule: "severe".to_owned(),
        thresholds: labels.map(|label| (label, limits)).into_iter().collect(),
        provenance: BTreeMap::from([source]),
        architecture,
    };
    let state = StateDict::initial(&header.architecture, 5);
    checkpoint::write(&folder.join(HEADED), &state, Some(&header)).unwrap();
}

/// Weights that say nothing of themselves, in `folder/bare.safetensors`, with `net.toml`.
pub(crate) fn bare(folder: &Path) {
    let state = StateDict::initial(&architecture(), 5);
    checkpoint::write(&folder.join("bare.safetensors"), &state, None).unwrap();
    let network = NETWORK.strip_prefix("[network]\n").unwrap();
    fs::write(folder.join("net.toml"), network).unwrap();
}
