//! Which files are meant, and what they do not say of themselves.

use super::entry::Entry;
use super::text;
use crate::printer::Printer;
use coronet_ecg::Hertz;
use coronet_formats::{ArrayOrder, Leniency, ReadOptions, Unit};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Facts the caller knows on files that do not state them.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Reading {
    /// Sampling rate of arrays, and of tables without a time column [default: 500].
    #[arg(long, value_name = "HZ", value_parser = rate)]
    pub rate: Option<Hertz>,
    /// Unit of arrays, and of table columns that state none: V, mV, uV or nV [default: mV].
    #[arg(long, value_parser = unit)]
    pub unit: Option<Unit>,
    /// Arrays are stored [samples, leads], not [leads, samples].
    #[arg(long)]
    pub samples_first: bool,
    /// Read what can be decoded of files that depart from their standard, with findings.
    #[arg(long)]
    pub lenient: bool,
}

impl Reading {
    /// The same for the readers.
    pub fn options(&self) -> ReadOptions {
        ReadOptions {
            rate: self.rate,
            unit: self.unit,
            array_order: match self.samples_first {
                true => ArrayOrder::SamplesFirst,
                false => ArrayOrder::LeadsFirst,
            },
            leniency: match self.lenient {
                true => Leniency::Lenient,
                false => Leniency::Strict,
            },
        }
    }
}

fn rate(text: &str) -> Result<Hertz, String> {
    let value = text.parse().ok().and_then(Hertz::new);
    value.ok_or_else(|| "expected a number of hertz above zero".to_owned())
}

fn unit(text: &str) -> Result<Unit, String> {
    Unit::parse(text).ok_or_else(|| "expected V, mV, uV or nV".to_owned())
}

/// The files of all inputs in the order given, each once, and refusals of folders without any.
///
/// A signal file whose header is named too counts through its header.
pub(super) fn paths(inputs: &[PathBuf], printer: &Printer) -> (Vec<PathBuf>, Vec<Entry>) {
    let mut refusals = Vec::new();
    let mut paths = Vec::new();
    let mut seen = BTreeSet::new();
    for input in inputs {
        match coronet_formats::list(input) {
            Ok(found) if found.is_empty() => {
                let expected = "no ECG file of a known format in it";
                refusals.push(Entry::refused(input, expected));
            }
            Ok(found) => paths.extend(found.into_iter().filter(|path| seen.insert(path.clone()))),
            Err(error) => {
                refusals.push(Entry::refused(input, &super::entry::reason(input, &error)))
            }
        }
    }
    let named = paths.len();
    paths.retain(|path| !has_header_in(path, &seen));
    if paths.len() < named {
        let files = text::plural(named - paths.len(), "signal file");
        printer.note(&format!("{files} read through the headers named beside"));
    }
    (paths, refusals)
}

fn has_header_in(path: &Path, named: &BTreeSet<PathBuf>) -> bool {
    let is_signal_file = path
        .extension()
        .is_some_and(|extension| extension == "dat" || extension == "mat");
    is_signal_file && named.contains(&path.with_extension("hea"))
}
