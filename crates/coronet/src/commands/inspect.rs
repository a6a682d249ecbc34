//! `coronet inspect`: what is in ECG files, and what is wrong with them.

mod count;
mod details;
mod drawing;
mod entry;
mod facts;
mod reading;
mod summary;
mod text;

pub use drawing::{Drawing, LayoutChoice};
pub use entry::{Entry, Refusal};
pub use facts::{Inspection, LeadFacts, LeadSource};
pub use reading::Reading;

use super::Status;
use crate::printer::Printer;
use crate::{interrupt, progress};
use anyhow::{Context, Result, bail};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Arguments of `coronet inspect`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example: one ECG in full
  coronet inspect patient7.hea

Example: the ECG on paper, as a cardiologist reads it
  coronet inspect patient7.hea --png patient7.png --layout 6x2

Example: a line for each ECG below a folder, then counts
  coronet inspect ecgs/

Verdicts: good; doubtful, a person should look; unusable, a lead without signal or numbers that
cannot be an ECG. A header that contradicts its file, or does not state rate or unit, makes an ECG
doubtful at best.")]
pub struct InspectArgs {
    /// ECG files, record names without extension, or folders to look through.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Print one JSON array with everything found, refused files included.
    #[arg(long)]
    pub json: bool,
    /// Print every ECG in full; otherwise more than three get a line each.
    #[arg(long, conflicts_with = "json")]
    pub details: bool,
    /// The ECG on paper.
    #[command(flatten)]
    pub drawing: Drawing,
    /// What files do not say of themselves.
    #[command(flatten)]
    pub reading: Reading,
}

/// Most ECGs that are shown in full without being asked for it.
const IN_FULL: usize = 3;

/// Reads every file named and prints what it holds.
///
/// # Errors
///
/// When interrupted, or a drawing was asked for that cannot be made.
pub fn run(args: &InspectArgs, printer: &Printer) -> Result<Status> {
    args.drawing.check(&args.files)?;
    let (paths, mut refusals) = reading::paths(&args.files, printer);
    let mut entries = inspect(&paths, &args.reading, printer)?;
    entries.append(&mut refusals);
    if args.drawing.is_asked() {
        args.drawing.write(&paths, &args.reading, printer)?;
    }
    if args.json {
        let text = serde_json::to_string_pretty(&entries).context("cannot write JSON")?;
        printer.data(&text);
    } else if args.details || entries.len() <= IN_FULL {
        printer.data(details::render(&entries).trim_end());
    } else {
        printer.data(summary::render(&entries).trim_end());
    }
    Ok(close(&entries, args.json, printer))
}

/// Inspects files side by side; entries stand in the order of the files.
fn inspect(paths: &[PathBuf], reading: &Reading, printer: &Printer) -> Result<Vec<Entry>> {
    let options = reading.options();
    let bar = progress::bar(printer, "Inspecting", paths.len(), "files");
    let entries: Vec<Option<Vec<Entry>>> = paths
        .par_iter()
        .map(|path| {
            if interrupt::asked() {
                return None;
            }
            let entries = entry::of(path, &options);
            bar.inc(1);
            Some(entries)
        })
        .collect();
    bar.finish_and_clear();
    let done = entries.iter().flatten().count();
    if done < paths.len() {
        bail!("interrupted after {done} of {} files", paths.len());
    }
    Ok(entries.into_iter().flatten().flatten().collect())
}

/// Names what was refused where the output is for a program, and says how the whole ended.
fn close(entries: &[Entry], json: bool, printer: &Printer) -> Status {
    let refused: Vec<&Refusal> = entries.iter().filter_map(Entry::refusal).collect();
    let read = entries.iter().filter_map(Entry::inspection);
    let partly = read.filter(|read| read.lacks_parts());
    let partly: BTreeSet<&str> = partly.map(|read| read.path.as_str()).collect();
    for path in &partly {
        printer.warn(&format!(
            "{path}: parts of it could not be read, see `parts-left-out`"
        ));
    }
    if refused.is_empty() {
        return match partly.is_empty() {
            true => Status::Done,
            false => Status::DoneWithFailures,
        };
    }
    if json {
        for refusal in &refused {
            printer.warn(&format!("{}: {}", refusal.path, refusal.error));
        }
    } else {
        let noun = text::plural(refused.len(), "input");
        printer.warn(&format!("{noun} could not be read"));
    }
    Status::DoneWithFailures
}
