//! Every ECG of a cohort, one after the other; what a program that was broken off has found is
//! taken up.

use super::folder::Partial;
use super::kept::{Entry, Kept, KeptWriter, Outcome, Owner};
use super::record::{self, Networks, Read, Trusted};
use super::source::Source;
use crate::commands::prepare::fingerprint_of_files;
use crate::output::hexadecimal;
use crate::printer::{Hint, Printer};
use crate::{interrupt, progress};
use anyhow::{Result, anyhow};
use indicatif::ProgressBar;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Windows of the trust checks.
const TRUSTED: usize = 6;

/// ECGs that are read, and their beats found, at a time.
const CHUNK: usize = 32;

/// What was found of all ECGs.
pub(super) struct Found {
    pub(super) kept: Kept,
    pub(super) trusted: Vec<Trusted>,
    /// ECGs left out, by reason.
    pub(super) left_out: BTreeMap<String, usize>,
}

/// Explains the ECGs `chosen`.
///
/// # Errors
///
/// If what is found cannot be kept, or the user has asked to stop.
pub(super) fn explain_all(
    networks: &Networks<'_>,
    classes: &[usize],
    (source, chosen): (&Source, &[usize]),
    partial: &Partial,
    printer: &Printer,
) -> Result<Found> {
    let control = networks.control.is_some();
    let mut explaining = Explaining {
        networks,
        classes,
        source,
        owners: Owners::default(),
        files: Files::default(),
        kept: KeptWriter::open(partial, classes.len(), control)?,
        trusted: Vec::new(),
        left_out: BTreeMap::new(),
        printer,
        bar: progress::bar(printer, "explain", chosen.len(), "ECGs"),
    };
    let done = explaining.resume(chosen)?;
    let mut count = done;
    for chunk in chosen[done..].chunks(CHUNK) {
        for ready in explaining.read(chunk) {
            if interrupt::asked() {
                explaining.bar.finish_and_clear();
                return Err(stopped(&format!("{count} of {} ECGs", chosen.len())));
            }
            explaining.add(ready)?;
            count += 1;
        }
    }
    explaining.bar.finish_and_clear();
    Ok(Found {
        kept: explaining.kept.finish()?,
        trusted: explaining.trusted,
        left_out: explaining.left_out,
    })
}

/// The error of a user who asked to stop when so much was done.
pub(super) fn stopped(done: &str) -> anyhow::Error {
    Hint::error(
        format!("stopped as asked; {done} are explained"),
        "nothing is lost: the same command continues where this one stopped",
    )
}

/// An ECG that was read, or why it could not be.
struct Ready {
    index: usize,
    files: String,
    read: Result<Read>,
}

struct Explaining<'a> {
    networks: &'a Networks<'a>,
    classes: &'a [usize],
    source: &'a Source,
    owners: Owners,
    files: Files,
    kept: KeptWriter,
    trusted: Vec<Trusted>,
    left_out: BTreeMap<String, usize>,
    printer: &'a Printer,
    bar: ProgressBar,
}

impl Explaining<'_> {
    /// Takes up what is there; how many ECGs that are.
    fn resume(&mut self, chosen: &[usize]) -> Result<usize> {
        let (source, owners, files) = (self.source, &mut self.owners, &mut self.files);
        let entries = self.kept.resume(|number, entry| {
            let index = *chosen.get(number)?;
            let same = entry.ecg == index && entry.files == files.sha256(source, index);
            same.then(|| owners.of(source, index))
        })?;
        if !entries.is_empty() {
            let done = entries.len();
            self.printer
                .note(&format!("continuing: {done} ECGs are done already"));
        }
        for entry in &entries {
            self.tell(entry);
            if let Outcome::Kept(explained) = &entry.outcome
                && explained.trusted
            {
                let loaded = self.source.load(entry.ecg, self.networks.model.model())?;
                self.trusted.push(Trusted::of(loaded));
            }
        }
        self.bar.inc(entries.len() as u64);
        Ok(entries.len())
    }

    /// Reads some ECGs, side by side; none after the user has asked to stop.
    fn read(&mut self, chunk: &[usize]) -> Vec<Ready> {
        let of = |&index: &usize| (index, self.files.sha256(self.source, index));
        let hashed: Vec<(usize, String)> = chunk.iter().map(of).collect();
        let (source, model) = (self.source, self.networks.model.model());
        let read = |(index, files)| {
            let read = match interrupt::asked() {
                true => Err(anyhow!("stopped as asked")),
                false => record::read(source, index, model),
            };
            Ready { index, files, read }
        };
        hashed.into_par_iter().map(read).collect()
    }

    /// Explains an ECG, or finds why it cannot be.
    fn add(&mut self, ready: Ready) -> Result<()> {
        let Ready { index, files, read } = ready;
        let owner = self.owners.of(self.source, index);
        let explained = read.and_then(|read| record::explain(self.networks, self.classes, read));
        let outcome = match explained {
            Ok(mut record) => {
                let room = self.trusted.len() < TRUSTED;
                let trusted = record.trusted.take().filter(|_| room);
                let outcome = self.kept.push(&record, owner, trusted.is_some())?;
                self.trusted.extend(trusted);
                outcome
            }
            Err(error) => Outcome::LeftOut {
                reason: error.root_cause().to_string(),
                message: format!("{error:#}"),
            },
        };
        let entry = Entry {
            ecg: index,
            files,
            outcome,
        };
        self.kept.note(&entry)?;
        self.tell(&entry);
        self.bar.inc(1);
        Ok(())
    }

    /// Names and counts an ECG that was left out.
    fn tell(&mut self, entry: &Entry) {
        let Outcome::LeftOut { reason, message } = &entry.outcome else {
            return;
        };
        let name = self.source.name(entry.ecg);
        let warning = format!("{name}: {message}");
        self.bar.suspend(|| self.printer.warn(&warning));
        *self.left_out.entry(reason.clone()).or_default() += 1;
    }
}

/// Patients, numbered as they come.
#[derive(Default)]
struct Owners {
    numbers: BTreeMap<String, u32>,
}

impl Owners {
    fn of(&mut self, source: &Source, index: usize) -> Owner {
        let facts = source.facts(index);
        let next = self.numbers.len() as u32;
        let known = self.numbers.get(&facts.patient_id).copied();
        let patient = known.unwrap_or_else(|| {
            self.numbers.insert(facts.patient_id.clone(), next);
            next
        });
        Owner {
            patient,
            age: facts.age,
            sex: facts.sex,
        }
    }
}

/// Hashes of files; that of the last is remembered, since neighbours may be of one file.
#[derive(Default)]
struct Files {
    last: Option<(PathBuf, String)>,
}

impl Files {
    fn sha256(&mut self, source: &Source, index: usize) -> String {
        let Some(file) = source.file(index) else {
            return String::new();
        };
        match &self.last {
            Some((last, hash)) if *last == file => hash.clone(),
            _ => {
                let hash = hexadecimal(&fingerprint_of_files(&file));
                self.last = Some((file, hash.clone()));
                hash
            }
        }
    }
}
