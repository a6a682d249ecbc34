//! Evidence over the ECGs of a manifest or a store, one after the other.

mod begun;
mod explaining;
mod folder;
mod groups;
mod kept;
mod page;
mod record;
mod rows;
mod section;
mod source;
mod trust;
mod vessel;

use super::ExplainArgs;
use super::record::Explainers;
use super::stamps::Limits;
use super::way::Way;
use crate::commands::Status;
use crate::interrupt;
use crate::model_choice::Model;
use crate::printer::{Hint, Printer};
use anyhow::{Result, bail};
use coronet_evaluate::proportion::holm;
use coronet_evidence::Resampling;
use coronet_model::StateDict;
use explaining::{explain_all, stopped};
use folder::Folder;
use groups::GroupSettings;
use record::Networks;
use serde::Serialize;
use source::Source;
use std::collections::BTreeMap;
use vessel::VesselEvidence;

pub(super) use source::is_store;

/// Records that are explained where no number is asked for.
const RECORDS: usize = 100;
/// Bootstrap replicates.
const REPLICATES: usize = 1000;

/// Everything that was found.
#[derive(Debug, Serialize)]
pub(super) struct Evidence {
    pub(super) research_use_only: bool,
    #[serde(flatten)]
    pub(super) limits: Limits,
    #[serde(flatten)]
    pub(super) origin: Origin,
    pub(super) method: Way,
    pub(super) seed: u64,
    /// ECGs of the manifest or store.
    pub(super) manifest_records: usize,
    /// Records explained.
    pub(super) explained: usize,
    /// Records left out, by reason.
    pub(super) left_out: BTreeMap<String, usize>,
    /// Unit of amplitudes.
    pub(super) unit: &'static str,
    pub(super) vessels: Vec<VesselEvidence>,
}

/// Which networks and which data the evidence is of.
#[derive(Debug, Serialize)]
pub(super) struct Origin {
    /// Fingerprint of the weights of each network, in the order of the folds.
    pub(super) weights: Vec<String>,
    /// Hash of the preprocessing profile.
    pub(super) profile: String,
    /// Hash of the store; empty for a manifest.
    pub(super) store: String,
}

impl Origin {
    fn of(model: &Model, source: &Source) -> Origin {
        Origin {
            weights: model.states.iter().map(StateDict::fingerprint).collect(),
            profile: model.profile.hash(),
            store: source.store_hash(),
        }
    }
}

/// Explains the ECGs that `args.input` names, and writes the folder `args.out`.
pub(super) fn run(
    args: &ExplainArgs,
    explainers: &Explainers<'_>,
    classes: &[usize],
    printer: &Printer,
) -> Result<Status> {
    let folder = Folder::check(&args.out)?;
    let seed = args.seed;
    let source = Source::open(&args.input, explainers.model(), printer)?;
    let control = control(args, explainers.model())?;
    let control = control
        .as_ref()
        .map(|model| Explainers::new(model, explainers.way().clone(), seed));
    let networks = Networks {
        model: explainers,
        shuffled: &explainers.shuffled(),
        control: control.as_ref(),
    };
    let chosen = spread(source.len(), args.records.unwrap_or(RECORDS));
    let begun = begun::facts(args, &networks, classes, (&source, chosen.len()));
    let partial = folder.begin(&begun, printer)?;
    let found = explain_all(&networks, classes, (&source, &chosen), &partial, printer)?;
    let explained = found.kept.len();
    if explained == 0 {
        partial.discard()?;
        bail!("no ECG of {} could be explained", args.input.display());
    }
    let settings = GroupSettings {
        matched: args.matched,
        unit: source.unit(),
        thresholds: !explainers.model().thresholds.is_empty(),
        resampling: Resampling {
            replicates: REPLICATES,
            seed,
            confidence: 0.95,
        },
    };
    let mut vessels = classes
        .iter()
        .enumerate()
        .map(|(index, &class)| {
            stop_where_asked()?;
            let asked = (index, class);
            vessel::evidence(&networks, asked, &found, source.simulated(), &settings)
        })
        .collect::<Result<Vec<_>>>()?;
    correct_over_vessels(&mut vessels);
    let failed = found.left_out.values().sum::<usize>() + source.problems();
    let evidence = Evidence {
        research_use_only: true,
        limits: Limits::of(explainers.model(), source.simulated()),
        origin: Origin::of(explainers.model(), &source),
        method: explainers.way().clone(),
        seed,
        manifest_records: source.len(),
        explained,
        left_out: found.left_out.clone(),
        unit: source.unit(),
        vessels,
    };
    // What was kept is mapped until here, and goes with the folder beside.
    drop(found);
    page::write(partial, &evidence)?;
    printer.note(&format!(
        "{} of {} ECGs explained; the page is {}",
        evidence.explained,
        evidence.manifest_records,
        args.out.join("explanation.html").display()
    ));
    Ok(match failed {
        0 => Status::Done,
        _ => Status::DoneWithFailures,
    })
}

/// An error where the user has asked to stop.
fn stop_where_asked() -> Result<()> {
    if interrupt::asked() {
        return Err(stopped("all ECGs"));
    }
    Ok(())
}

/// The run of shuffled labels to compare with; refused where its labels were not shuffled, or its
/// outputs or windows are others.
fn control(args: &ExplainArgs, model: &Model) -> Result<Option<Model>> {
    let Some(run) = &args.label_randomised else {
        return Ok(None);
    };
    let control = Model::of_folder(run, &args.network)?;
    if !control.shuffled_labels {
        return Err(Hint::error(
            format!(
                "--label-randomised: {} was not trained on shuffled labels",
                run.display()
            ),
            "`coronet train … --shuffle-labels 1` trains such a control",
        ));
    }
    if control.labels != model.labels || control.profile.hash() != model.profile.hash() {
        bail!(
            "--label-randomised: {} has other outputs or another preprocessing than the model",
            run.display()
        );
    }
    Ok(Some(control))
}

/// At most `most` of `count`, spread evenly.
fn spread(count: usize, most: usize) -> Vec<usize> {
    let chosen = count.min(most);
    (0..chosen).map(|index| index * count / chosen).collect()
}

/// Holm's correction of the cluster tests: each asks about another vessel of the same patients.
fn correct_over_vessels(vessels: &mut [VesselEvidence]) {
    let mut tested: Vec<(&mut Option<f64>, f64)> = Vec::new();
    for vessel in vessels {
        if let coronet_evaluate::Statistic::Defined(beats) = &mut vessel.beats
            && let Some(p) = beats.test.defined().map(|test| test.p)
        {
            tested.push((&mut beats.p_over_vessels, p));
        }
    }
    let p_values: Vec<f64> = tested.iter().map(|(_, p)| *p).collect();
    for ((corrected, _), p) in tested.into_iter().zip(holm(&p_values)) {
        *corrected = Some(p);
    }
}
