//! `coronet predict`: score ECGs with a run's models or with weights.

mod answer;
mod inputs;
mod scorer;
mod workers;

use crate::commands::Status;
use crate::commands::inspect::Reading;
use crate::model_choice::{Model, ModelArgs};
use crate::printer::{Hint, Printer};
use crate::progress;
pub(crate) use inputs::is_manifest;

use answer::Writer;
use anyhow::Result;
use clap::ValueEnum;
use scorer::Scorer;
use std::path::PathBuf;

/// Arguments of `predict`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  coronet predict --model run ecgs/ --format csv > predictions.csv
  coronet predict --weights ecgfounder.pth --architecture examples/ecgfounder-12.toml one.hea
  coronet predict --weights w.safetensors --profile raw batch.npy --format json

With --model, a record that none of the folds has seen gets the mean of all folds' models,
and one that was in the run's data the model of its own fold, with a finding; another ECG
of a patient of the run's data has a finding too.
Research use only: not a medical device, not for diagnosis.")]
pub struct PredictArgs {
    /// The network.
    #[command(flatten)]
    pub network: ModelArgs,
    /// What files do not say of themselves.
    #[command(flatten)]
    pub reading: Reading,
    /// Form of the answer.
    #[arg(long, value_enum, default_value = "csv")]
    pub format: Format,
    /// ECG files, folders, manifests, stores, or arrays `[12, L]` and `[N, 12, L]` in mV.
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
}

/// Form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One row a record.
    Csv,
    /// An array of objects.
    Json,
}

/// Runs the command.
///
/// # Errors
///
/// If the model cannot be used, or the user breaks off.
pub fn run(args: &PredictArgs, printer: &Printer) -> Result<Status> {
    let scorer = Scorer::new(Model::open(&args.network, printer)?);
    let options = args.reading.options();
    let (sources, mut failed) = inputs::sources(&args.inputs, &scorer, &options, printer)?;
    let bar = progress::bar(printer, "predict", sources.len(), "inputs");
    let mut writer = Writer::new(args.format, scorer.labels(), scorer.caveats());
    let mut done = 0;
    workers::score(&sources, &scorer, &options, |outcomes, count| {
        for outcome in outcomes {
            match outcome.answer {
                Ok(answer) => writer.write(&answer, printer)?,
                Err(error) => {
                    failed += 1;
                    bar.suspend(|| printer.warn(&told(&outcome.name, &error)));
                }
            }
        }
        done += count;
        bar.inc(count as u64);
        Ok(())
    })?;
    if done < sources.len() {
        anyhow::bail!("interrupted after {} records", writer.written());
    }
    bar.finish_and_clear();
    writer.finish(printer)?;
    finish(writer.written(), failed, printer)
}

/// An error that names its file, once.
fn told(name: &str, error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    match text.contains(name) {
        true => text,
        false => format!("{name}: {text}"),
    }
}

fn finish(written: usize, failed: usize, printer: &Printer) -> Result<Status> {
    if written == 0 {
        return Err(Hint::error(
            format!("no record could be scored ({failed} inputs failed)"),
            "`coronet inspect` shows what is in a file",
        ));
    }
    if failed == 0 {
        return Ok(Status::Done);
    }
    printer.warn(&format!("{failed} inputs failed, {written} records scored"));
    Ok(Status::DoneWithFailures)
}
