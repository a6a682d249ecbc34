//! `coronet convert`: an ECG in another format, and what that format cannot hold.

mod compare;
mod limits;
mod target;

use super::Status;
use super::inspect::Reading;
use crate::key::DeIdentify;
use crate::printer::{Hint, Printer};
use anyhow::{Context, Result};
use coronet_cohort::deidentify_ecg;
use coronet_formats::{ReadOptions, Recording};
use std::path::{Path, PathBuf};
use target::Target;

/// Arguments of `coronet convert`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example: a WFDB record as a table
  coronet convert patient7.hea patient7.csv

Example: without direct identifiers, dates moved, identifiers replaced by keyed hashes
  coronet convert export.xml study/r0007.hea --de-identify --key-file key.txt

Example: one ECG of a batch of arrays as a WFDB record
  coronet convert batch.npy patient7.hea --record 'batch#3' --rate 400

A NumPy array gets the twelve standard leads in millivolts, [12, samples], in the order I, II, III,
aVR, aVL, aVF, V1 to V6. The other formats get every channel of the file.")]
pub struct ConvertArgs {
    /// An ECG file, or a record name without extension.
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// What to write, by its extension: .dcm, .edf, .npy, .csv, .json (FHIR), .parquet, or .hea or
    /// none for a WFDB record.
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
    /// Which ECG of a file that holds several, such as `batch#3`.
    #[arg(long, value_name = "NAME")]
    pub record: Option<String>,
    /// Whose ECG it is.
    #[command(flatten)]
    pub de_identify: DeIdentify,
    /// Replace what is there.
    #[arg(long)]
    pub force: bool,
    /// What the input does not say of itself.
    #[command(flatten)]
    pub reading: Reading,
}

/// Reads an ECG, writes it, and reads it back to say how near it came.
///
/// # Errors
///
/// When the input cannot be read, the output is there already, or the format cannot hold the ECG.
pub fn run(args: &ConvertArgs, printer: &Printer) -> Result<Status> {
    let target = Target::of(&args.output)?;
    let options = args.reading.options();
    let mut recording = read(&args.input, args.record.as_deref(), &options)?;
    if !args.force {
        target.check_absent()?;
    }
    for finding in &recording.ecg.findings {
        printer.warn(&format!("{}: {}", finding.code, finding.message));
    }
    if let Some(key) = args.de_identify.key()? {
        check_name(&args.output, &recording)?;
        recording.ecg = deidentify_ecg(&recording.ecg, &recording.record_id, &key);
    }
    let ecg = target.holds(&recording.ecg)?;
    for limit in limits::of(&target, &recording.ecg) {
        printer.warn(&limit);
    }
    let (written, lost) = target.write(&ecg)?;
    for lost in lost {
        printer.warn(&format!("{}: {}", lost.code, lost.message));
    }
    let difference = compare::with_file(&written, &ecg)?;
    printer.note(&format!(
        "wrote {}: {} signals, {} Hz, {} s; read back, samples differ by at most {difference}",
        written.display(),
        ecg.signals.len(),
        ecg.rate.get(),
        ecg.seconds(),
    ));
    Ok(Status::Done)
}

/// Refuses a name of the output that says who the patient is.
fn check_name(path: &Path, recording: &Recording) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_lowercase();
    let subject = &recording.ecg.subject;
    let identifiers = [subject.patient_id.as_ref(), subject.name.as_ref()];
    let identifiers = identifiers.into_iter().flatten();
    let told = identifiers.filter(|id| id.len() > 2 && name.contains(&id.to_lowercase()));
    match told.count() {
        0 => Ok(()),
        _ => Err(Hint::error(
            format!(
                "the name {} holds an identifier of the patient",
                path.display()
            ),
            "choose a name that does not, such as a running number",
        )),
    }
}

/// The only recording of a file, or the one of this name.
fn read(path: &Path, name: Option<&str>, options: &ReadOptions) -> Result<Recording> {
    let mut recordings = coronet_formats::read(path, options).context("cannot read the ECG")?;
    let count = recordings.len();
    let last = recordings.last().map(|last| last.record_id.clone());
    if let Some(name) = name {
        let found = recordings.into_iter().find(|each| each.record_id == name);
        return found.ok_or_else(|| {
            let message = format!("{} holds no ECG `{name}`", path.display());
            let hint = format!("the last of its {count} is `{}`", last.unwrap_or_default());
            Hint::error(message, hint)
        });
    }
    match recordings.pop() {
        Some(recording) if count == 1 => Ok(recording),
        _ => {
            let message = format!("{} holds {count} ECGs, convert writes one", path.display());
            let hint = format!(
                "pick one by name, the last is --record '{}'",
                last.unwrap_or_default()
            );
            Err(Hint::error(message, hint))
        }
    }
}
