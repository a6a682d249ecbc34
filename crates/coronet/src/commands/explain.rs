//! `coronet explain`: which parts of an ECG move the network's answer.

mod beat;
mod cohort;
mod obstacle;
mod reading;
mod record;
mod stamps;
mod table;
mod way;

use crate::commands::Status;
use crate::commands::predict::is_manifest;
use crate::model_choice::{Model, ModelArgs};
use crate::output;
use crate::printer::{Hint, Printer};
use anyhow::{Result, bail};
use coronet_report::{explanation_page, png};
use record::{Explained, Explainers};
use std::path::{Path, PathBuf};
use way::Way;

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  coronet explain --model run ecg.hea --out explanation.html
  coronet explain --model run ecg.hea --vessel LAD --method grad-cam --out lad.png
  coronet explain --model run ecg.hea --method occlusion-waves --out why.html
  coronet explain --model run manifest.csv --records 200 --out run/explanation
  coronet explain --model run store --label-randomised run-shuffled --out run/explanation

The ending of --out decides the form: .html (all vessels, words and tables), .svg or .png (the
picture of one vessel), .json (shares by lead and wave of the beat). A manifest or a store is explained
as a cohort into a folder: what sets the predictions of patients apart by lead and wave, with
intervals, trust checks, beats and measurements of high against low. `coronet evaluate` puts the
folder `explanation` of a run into the report. A cohort that was broken off is continued by the same
command.
An ECG without any signal gets no answer; one that `coronet inspect` calls unusable gets no stratum,
and in a cohort counts neither as high nor as low.
What moves the network is not what is wrong with a heart, and marked leads do not locate a
narrowing. Research use only: not a medical device, not for diagnosis.")]
pub struct ExplainArgs {
    /// The network.
    #[command(flatten)]
    pub network: ModelArgs,
    /// Vessel to explain; may be given several times. All of them by default, and for a picture
    /// the one with the highest probability.
    #[arg(long)]
    pub vessel: Vec<String>,
    /// Way of attribution: integrated-gradients, gradient, gradient-times-input, smooth-gradient,
    /// grad-cam, occlusion-leads, occlusion-time or occlusion-waves.
    #[arg(long, default_value = "integrated-gradients")]
    pub method: String,
    /// Which ECG of a file that holds several.
    #[arg(long)]
    pub record: Option<String>,
    /// Records of a manifest or store that are explained at most, spread evenly over it; 100
    /// where it is not given.
    #[arg(long, value_parser = at_least_one)]
    pub records: Option<usize>,
    /// Seed of everything that is drawn: bootstrap, permutations, random orders, shuffled weights,
    /// and noise.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Compare beats of high and low in pairs matched for age (5 years) and sex.
    #[arg(long)]
    pub matched: bool,
    /// Compare with a run of the same shape that was trained with `--shuffle-labels`; cohorts only.
    #[arg(long, value_name = "RUN")]
    pub label_randomised: Option<PathBuf>,
    /// Where to write: FILE.html, .svg, .png or .json; a folder for a manifest or store.
    #[arg(long)]
    pub out: PathBuf,
    /// An ECG file, or a manifest of them, or a store.
    pub input: PathBuf,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err(format!("expected at least 1, got {text}")),
        Ok(records) => Ok(records),
    }
}

/// What is written, by the ending of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Html,
    Svg,
    Png,
    Json,
}

impl Form {
    fn of(path: &Path) -> Result<Form> {
        let ending = path.extension().map(|ending| ending.to_string_lossy());
        Ok(match ending.as_deref() {
            Some("html") => Form::Html,
            Some("svg") => Form::Svg,
            Some("png") => Form::Png,
            Some("json") => Form::Json,
            _ => bail!(
                "--out: expected FILE.html, .svg, .png or .json, got {}",
                path.display()
            ),
        })
    }
}

/// Runs the command.
///
/// An ECG on which the attribution would mean nothing (no beats, paced, a flat lead) gets the
/// reason in place of the picture, and the command ends with failures.
///
/// # Errors
///
/// If model, ECG or method cannot be used, or the file cannot be written.
pub fn run(args: &ExplainArgs, printer: &Printer) -> Result<Status> {
    let model = Model::open(&args.network, printer)?;
    let stages = model.architecture.filter_list.len();
    let Some(way) = Way::named(&args.method, stages) else {
        let known = Way::names().join(", ");
        bail!("--method: expected one of {known}, got {}", args.method);
    };
    let classes = classes(&args.vessel, &model.labels)?;
    let explainers = Explainers::new(&model, way.seeded(args.seed), args.seed);
    if is_manifest(&args.input) || cohort::is_store(&args.input) {
        if args.record.is_some() {
            bail!("--record: expected one file of ECGs, got a manifest or a store");
        }
        return cohort::run(args, &explainers, &classes, printer);
    }
    if args.input.is_dir() {
        return Err(Hint::error(
            format!(
                "{}: expected an ECG, a manifest or a store, got a folder",
                args.input.display()
            ),
            "`coronet prepare FOLDER --out STORE` makes a store of a folder of ECGs",
        ));
    }
    for (given, option) in [
        (args.label_randomised.is_some(), "--label-randomised"),
        (args.matched, "--matched"),
        (args.records.is_some(), "--records"),
    ] {
        if given {
            bail!("{option}: expected a manifest or a store, got one ECG");
        }
    }
    let form = Form::of(&args.out)?;
    let mut explained = explainers.explain(&args.input, args.record.as_deref(), &classes)?;
    if matches!(form, Form::Svg | Form::Png) && explained.vessels.len() > 1 {
        keep_highest(&mut explained, printer);
    }
    let bytes = match form {
        Form::Html => explanation_page(&explained.page()).into_bytes(),
        Form::Json => explained.json()?,
        Form::Svg => explained.picture(0).into_bytes(),
        Form::Png => png(&explained.picture(0)),
    };
    output::write(&args.out, &bytes)?;
    if let Some(why) = &explained.unusable {
        let name = &explained.record_id;
        printer.warn(&format!("{name}: no stratum: unusable ECG: {why}"));
    }
    for vessel in &explained.vessels {
        printer.note(&format!("{}: {}", vessel.name, vessel.reading));
    }
    printer.note(&format!("written: {}", args.out.display()));
    match &explained.obstacle {
        None => Ok(Status::Done),
        Some(reason) => {
            printer.warn(&format!("{}: no picture: {reason}", explained.record_id));
            Ok(Status::DoneWithFailures)
        }
    }
}

/// The classes asked for; all where none is.
fn classes(asked: &[String], labels: &[String]) -> Result<Vec<usize>> {
    if asked.is_empty() {
        return Ok((0..labels.len()).collect());
    }
    asked
        .iter()
        .map(|vessel| {
            let found = labels
                .iter()
                .position(|label| label.eq_ignore_ascii_case(vessel));
            found.ok_or_else(|| {
                Hint::error(
                    format!("--vessel: the model has no output {vessel}"),
                    format!("expected one of {}", labels.join(", ")),
                )
            })
        })
        .collect()
}

fn keep_highest(explained: &mut Explained, printer: &Printer) {
    let highest = (0..explained.vessels.len()).max_by(|&a, &b| {
        let of = |index: usize| explained.vessels[index].probability;
        of(a).total_cmp(&of(b))
    });
    let kept = explained.vessels.swap_remove(highest.unwrap_or(0));
    printer.note(&format!(
        "the picture is of {}, the vessel with the highest probability; --vessel chooses another",
        kept.name
    ));
    explained.vessels = vec![kept];
}
