//! `coronet convert`: an ECG in another format, and what that format cannot hold.

mod compare;
mod limits;
mod target;

use super::Status;
use super::inspect::Reading;
use crate::key::DeIdentify;
use crate::place::Place;
use crate::printer::{Hint, Printer};
use anyhow::{Context, Result};
use coronet_cohort::{deidentify_ecg, tells};
use coronet_ecg::Ecg;
use coronet_formats::{Container, ReadOptions, Recording, Unnamed};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use std::path::{Path, PathBuf};
use target::Target;

/// Arguments of `coronet convert`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example: a WFDB record as a table
  coronet convert patient7.hea patient7.csv

Example: without direct identifiers, dates moved, identifiers replaced by keyed hashes
  coronet convert export.xml study/r0007.hea --de-identify --key-file key.txt

Example: a record that states no date, and its offset from universal time
  coronet convert 00001_hr.hea 00001.dcm --start 1984-11-09T09:17:34
  coronet convert export.xml export.json --offset +08:00

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
    /// Which ECG of a file that holds several, such as `batch#3` or `3`; IN may say it too:
    /// `batch.npy#3`.
    #[arg(long, value_name = "NAME")]
    pub record: Option<String>,
    /// When the recording began, in local time, where the file does not say.
    #[arg(long, value_name = "DATETIME", value_parser = moment)]
    pub start: Option<DateTime>,
    /// Offset of that local time from universal time, without which FHIR holds no time of day.
    #[arg(long, value_name = "+HH:MM", value_parser = offset, allow_hyphen_values = true)]
    pub offset: Option<Offset>,
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
    add_start(&mut recording.ecg, args.start, printer);
    if let Some(key) = args.de_identify.key()? {
        check_name(&args.output, &recording)?;
        recording.ecg = deidentify_ecg(&recording.ecg, &recording.record_id, &key);
    }
    let ecg = target.holds(&recording.ecg)?;
    for limit in limits::of(&target, &recording.ecg) {
        printer.warn(&limit);
    }
    let (written, lost) = target.write(&ecg, args.offset)?;
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

fn moment(text: &str) -> Result<DateTime, String> {
    let plain = text.trim().replace(' ', "T");
    let read = plain.parse();
    read.map_err(|_| "expected a date and time such as 1984-11-09T09:17:34".to_owned())
}

fn offset(text: &str) -> Result<Offset, String> {
    let read = (|| {
        let (sign, rest) = match text.trim().split_at_checked(1)? {
            ("+", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return None,
        };
        let (hours, minutes) = rest.split_once(':')?;
        let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
        let is_time = (0..=14).contains(&hours) && (0..60).contains(&minutes);
        Offset::from_seconds(sign * (hours * 3600 + minutes * 60))
            .ok()
            .filter(|_| is_time)
    })();
    read.ok_or_else(|| "expected an offset from -14:59 to +14:59, such as +08:00".to_owned())
}

/// The start of the command line, where the file states none.
fn add_start(ecg: &mut Ecg, start: Option<DateTime>, printer: &Printer) {
    match (start, ecg.start) {
        (Some(given), Some(stated)) if given != stated => {
            printer.warn(&format!("the file states the start {stated}, which stays"));
        }
        (Some(given), None) => ecg.start = Some(given),
        _ => {}
    }
}

/// Refuses a path of the output that says who the patient is.
fn check_name(path: &Path, recording: &Recording) -> Result<()> {
    let subject = &recording.ecg.subject;
    let identifiers = [subject.patient_id.as_ref(), subject.name.as_ref()];
    let stem = path.with_extension("");
    let parts = || {
        stem.components().filter_map(|part| match part {
            std::path::Component::Normal(name) => Some(name.to_string_lossy()),
            _ => None,
        })
    };
    let told = |identifier: &&String| parts().any(|part| tells(identifier, &part));
    match identifiers.into_iter().flatten().any(|id| told(&id)) {
        false => Ok(()),
        true => Err(Hint::error(
            format!(
                "the name {} holds an identifier of the patient or a part of one",
                path.display()
            ),
            "choose a name and folders that do not, such as a running number",
        )),
    }
}

/// The only recording of a file, or the one of this name, which the path may hold too.
fn read(path: &Path, name: Option<&str>, options: &ReadOptions) -> Result<Recording> {
    let Place { file, part } = Place::of(path);
    let name = name.or(part.as_deref());
    let opened = Container::open(&file, options).context("cannot read the ECG")?;
    let count = opened.parts().len();
    let last = opened.parts().last();
    let last = last.map_or(String::new(), |last| last.record_id.clone());
    let place = match name {
        Some(name) => opened.find(name).map_err(|unnamed| {
            let message = match unnamed {
                Unnamed::Absent { .. } => format!("{} holds no ECG `{name}`", file.display()),
                other => format!("{}: {other}", file.display()),
            };
            Hint::error(message, format!("the last of its {count} is `{last}`"))
        })?,
        None if count == 1 => 0,
        None => {
            let message = format!("{} holds {count} ECGs, convert writes one", file.display());
            let hint = format!("pick one by name, the last is --record '{last}'");
            return Err(Hint::error(message, hint));
        }
    };
    let mut read = opened.read(&[place], options);
    read.remove(0).context("cannot read the ECG")
}
