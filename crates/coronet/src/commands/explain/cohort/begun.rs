//! What an explanation is begun with, by which it is known again.

use super::folder::Begun;
use super::record::Networks;
use super::source::Source;
use crate::commands::explain::ExplainArgs;
use crate::model_choice::Model;
use crate::output::hexadecimal;
use coronet_model::StateDict;
use sha2::{Digest, Sha256};

/// Every fact that decides what is found of an ECG, and which ECGs are asked about.
///
/// What only decides how ECGs are compared afterwards (`--matched`) is not among them.
pub(super) fn facts(
    args: &ExplainArgs,
    networks: &Networks<'_>,
    classes: &[usize],
    (source, records): (&Source, usize),
) -> Begun {
    let model = networks.model.model();
    let vessels: Vec<&str> = classes.iter().map(|&class| &*model.labels[class]).collect();
    let control = networks.control.map(|control| fingerprint(control.model()));
    Begun::from([
        ("version of coronet", env!("CARGO_PKG_VERSION").to_owned()),
        ("model", fingerprint(model)),
        ("--label-randomised", control.unwrap_or_default()),
        ("--profile", format!("{:?}", args.network.profile)),
        ("--device", args.network.device.to_string()),
        ("--vessel", vessels.join(", ")),
        ("--method", format!("{:?}", networks.model.way())),
        ("--seed", args.seed.to_string()),
        ("--records", records.to_string()),
        ("manifest or store", source.hash().to_owned()),
    ])
}

/// SHA-256 over all that a model answers by: its networks, its thresholds, and whom it knows.
fn fingerprint(model: &Model) -> String {
    let mut hasher = Sha256::new();
    for state in model.states.iter().map(StateDict::fingerprint) {
        hasher.update(state);
    }
    let rest = (&model.architecture, &model.labels, &model.thresholds);
    hasher.update(format!("{rest:?}{}", model.profile.hash()));
    hasher.update(format!("{:?}{:?}", model.seen, model.patients));
    hexadecimal(&hasher.finalize())
}
