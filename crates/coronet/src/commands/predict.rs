//! `coronet predict`: score ECGs with a run's models or with weights.

mod answer;
mod inputs;
mod scorer;
mod workers;

use crate::commands::Status;
use crate::commands::inspect::Reading;
use crate::commands::prepare::WindowsChoice;
use crate::model_choice::{Model, ModelArgs};
use crate::printer::{Hint, Printer, counted};
use crate::progress;
pub(crate) use inputs::{is_manifest, manifest_bytes, noted};

use answer::Writer;
use anyhow::Result;
use clap::ValueEnum;
use scorer::{Outcome, Scorer};
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
An ECG without any signal (all zero, every lead flat) is refused and counts as failed. One that
`coronet inspect` calls unusable (a flat lead, lost contact, an amplitude that no ECG has) gets
probabilities but no stratum, with the reason in `stratum_reason` and a warning, and does not count
as failed. --profile raw is for arrays that were preprocessed as the model's own ECGs were; an ECG
file is then refused, unless the weights name no profile. A recording longer than the window is
cut, with the finding `record-cut`; `--windows every` takes every whole window, the answer is the
mean of their logits (finding `windows-averaged`), and JSON holds each.
`patient_id`, where it is known, and with --model the `fingerprint` of the samples stand behind, so
that `evaluate --labels` takes no label of another ECG that is called alike.
Research use only: not a medical device, not for diagnosis.")]
pub struct PredictArgs {
    /// The network.
    #[command(flatten)]
    pub network: ModelArgs,
    /// Windows of an ECG that is longer than one, over which its logits are averaged; those of the
    /// model where it is left out. Thresholds are of the model's own.
    #[arg(long, value_enum)]
    pub windows: Option<WindowsChoice>,
    /// What files do not say of themselves.
    #[command(flatten)]
    pub reading: Reading,
    /// Form of the answer.
    #[arg(long, value_enum, default_value = "csv")]
    pub format: Format,
    /// ECG files, folders, manifests (as text or Parquet), stores, or arrays `[12, L]` and
    /// `[N, 12, L]` in mV.
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
    let mut model = Model::open(&args.network, printer)?;
    if let Some(windows) = args.windows {
        model = model.with_windows(windows.rule())?;
    }
    let scorer = Scorer::new(model);
    let options = args.reading.options();
    let (sources, failed) = inputs::sources(&args.inputs, &scorer, &options, printer)?;
    let bar = progress::bar(printer, "predict", sources.len(), "inputs");
    let mut tally = Tally {
        writer: Writer::new(args.format, scorer.labels(), scorer.caveats()),
        failed,
        unusable: 0,
    };
    let mut done = 0;
    workers::score(&sources, &scorer, &options, |outcomes, count| {
        for outcome in outcomes {
            let warning = tally.take(outcome, printer)?;
            warning.inspect(|warning| bar.suspend(|| printer.warn(warning)));
        }
        done += count;
        bar.inc(count as u64);
        Ok(())
    })?;
    if done < sources.len() {
        let records = counted(tally.writer.written(), "record", "records");
        anyhow::bail!("interrupted after {records}");
    }
    bar.finish_and_clear();
    tally.finish(printer)
}

/// What became of the inputs so far.
struct Tally {
    writer: Writer,
    /// Inputs without an answer.
    failed: usize,
    /// Answers without a stratum, since the ECG is unusable.
    unusable: usize,
}

impl Tally {
    /// Writes the answer, if there is one; what is to be said of the record beside it.
    fn take(&mut self, outcome: Outcome, printer: &Printer) -> Result<Option<String>> {
        let answer = match outcome.answer {
            Ok(answer) => answer,
            Err(error) => {
                self.failed += 1;
                return Ok(Some(told(&outcome.name, &error)));
            }
        };
        self.writer.write(&answer, printer)?;
        self.unusable += usize::from(answer.unusable);
        let reason = answer.stratum_reason.filter(|_| answer.unusable);
        Ok(reason.map(|reason| format!("{}: no stratum: {reason}", answer.record_id)))
    }

    /// Ends the answers and sums up what was wrong.
    fn finish(&mut self, printer: &Printer) -> Result<Status> {
        self.writer.finish(printer)?;
        let written = self.writer.written();
        let inputs = counted(self.failed, "input", "inputs");
        if written == 0 {
            return Err(Hint::error(
                format!("no record could be scored ({inputs} failed)"),
                "`coronet inspect` shows what is in a file",
            ));
        }
        let records = counted(written, "record", "records");
        if self.unusable > 0 && written > 1 {
            let of = self.unusable;
            printer.warn(&format!(
                "{of} of {records} scored without a stratum, since the ECG is unusable; \
                 `stratum_reason` says why"
            ));
        }
        if self.failed == 0 {
            return Ok(Status::Done);
        }
        printer.warn(&format!("{inputs} failed, {records} scored"));
        Ok(Status::DoneWithFailures)
    }
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
