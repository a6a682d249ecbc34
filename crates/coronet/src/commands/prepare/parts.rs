//! Rows of a manifest as ECGs: files of several are opened, and empty cells filled from the files.

use super::PrepareSettings;
use super::source::Naming;
use crate::place::{self, Place};
use crate::printer::{Hint, Printer};
use crate::{interrupt, progress};
use anyhow::Result;
use coronet_cohort::{ManifestRow, Problem, Said, fill};
use coronet_ecg::{Device, Ecg, Hertz};
use coronet_formats::{Container, Part, ReadOptions, Unnamed, holds_several};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The ECGs of a manifest.
#[derive(Debug)]
pub(super) struct Expanded {
    /// One ECG a row, in the order of the manifest and of the files.
    pub(super) rows: Vec<ManifestRow>,
    /// ECGs that cannot be told apart, or are nobody's.
    pub(super) problems: Vec<Problem>,
    /// What of files cannot be read at all, by file.
    pub(super) lost: Vec<String>,
    /// ECGs that count as a patient of their own.
    pub(super) anonymous: usize,
}

/// What a file says before its samples are read.
#[derive(Debug)]
enum Contents {
    /// It is one ECG; what it says was not needed, or is said.
    One(Option<Box<Said>>),
    /// Its ECGs, and their places by both of their names.
    Several(Vec<(Part, Said)>, BTreeMap<String, usize>),
    /// It cannot be opened, which reading it will tell.
    Refused,
}

/// Takes every ECG of files that hold several, and fills what the manifest leaves empty.
///
/// Every file is opened once. Dates are looked for in single files only where ECGs are paired with
/// CCTAs by them; age and sex follow when the samples are read.
///
/// # Errors
///
/// The user asked to stop.
pub(super) fn expand(
    rows: Vec<ManifestRow>,
    (folder, naming): (&Path, Naming),
    settings: &PrepareSettings,
    printer: &Printer,
) -> Result<Expanded> {
    let places: Vec<Place> = rows
        .par_iter()
        .map(|row| Place::of(&folder.join(&row.path)))
        .collect();
    let mut wanted: BTreeMap<&Path, bool> = BTreeMap::new();
    for (row, place) in rows.iter().zip(&places) {
        let undated = settings.ccta.is_some() && row.facts.recorded_at.is_none();
        let lacks = row.facts.patient_id.is_empty() || undated;
        *wanted.entry(&place.file).or_default() |= lacks && place.part.is_none();
    }
    let named: BTreeSet<&Path> = places
        .iter()
        .filter(|place| place.part.is_some())
        .map(|place| place.file.as_path())
        .collect();
    let wanted: Vec<(&Path, bool)> = wanted.into_iter().collect();
    let bar = progress::bar(printer, "listing", wanted.len(), "files");
    let opened: Vec<Option<(PathBuf, Contents, Option<String>)>> = wanted
        .par_iter()
        .map(|&(file, lacks)| {
            bar.inc(1);
            let (contents, lost) = contents(file, lacks, named.contains(file), &settings.reading);
            (!interrupt::asked()).then(|| (file.to_owned(), contents, lost))
        })
        .collect();
    bar.finish_and_clear();
    let Some(opened) = opened.into_iter().collect::<Option<Vec<_>>>() else {
        let hint = "the same command starts again";
        return Err(Hint::error("stopped as asked; nothing was written", hint));
    };
    let mut expanding = Expanding {
        file: settings.manifest.display().to_string(),
        naming,
        files: BTreeMap::new(),
        names: BTreeSet::new(),
        expanded: Expanded {
            rows: Vec::with_capacity(rows.len()),
            problems: Vec::new(),
            lost: Vec::new(),
            anonymous: 0,
        },
    };
    for (file, contents, lost) in opened {
        expanding.expanded.lost.extend(lost);
        expanding.files.insert(file, contents);
    }
    for (row, place) in rows.into_iter().zip(&places) {
        expanding.add(row, place);
    }
    Ok(expanding.expanded)
}

/// What a file says, and what of it cannot be read.
fn contents(
    file: &Path,
    lacks: bool,
    is_named: bool,
    options: &ReadOptions,
) -> (Contents, Option<String>) {
    if !is_named && !holds_several(file) {
        return (single(file, lacks, options), None);
    }
    let Ok(container) = Container::open(file, options) else {
        return (Contents::Refused, None);
    };
    let lost = container.lost();
    let lost = lost.map(|lost| format!("{}: {lost}", file.display()));
    let said = |part: &Part| (part.clone(), said(part));
    let mut parts: Vec<(Part, Said)> = container.parts().iter().map(said).collect();
    match parts.len() {
        1 if !is_named => (
            Contents::One(parts.pop().map(|(_, said)| Box::new(said))),
            lost,
        ),
        _ => {
            let names = |(at, (part, _)): (usize, &(Part, Said))| {
                [(part.record_id.clone(), at), (part.name.clone(), at)]
            };
            let places = parts.iter().enumerate().flat_map(names).collect();
            (Contents::Several(parts, places), lost)
        }
    }
}

fn single(file: &Path, lacks: bool, options: &ReadOptions) -> Contents {
    if !lacks {
        return Contents::One(None);
    }
    match coronet_formats::read(file, options).as_deref() {
        Ok([recording]) => Contents::One(Some(Box::new(Said::of(&recording.ecg)))),
        _ => Contents::Refused,
    }
}

/// What a file says of one of its ECGs.
fn said(part: &Part) -> Said {
    let ecg = Ecg {
        rate: Hertz::new(1.0).expect("1 Hz is a rate, this is a bug"),
        signals: Vec::new(),
        start: part.start,
        subject: part.subject.clone(),
        device: Device::default(),
        findings: Vec::new(),
    };
    Said::of(&ecg)
}

struct Expanding {
    /// The manifest, for messages.
    file: String,
    naming: Naming,
    files: BTreeMap<PathBuf, Contents>,
    /// Names of ECGs so far.
    names: BTreeSet<String>,
    expanded: Expanded,
}

impl Expanding {
    /// Adds the ECGs of a row.
    fn add(&mut self, mut row: ManifestRow, place: &Place) {
        let files = std::mem::take(&mut self.files);
        match (files.get(&place.file), &place.part) {
            (Some(Contents::Several(parts, _)), None) => self.add_all(&row, parts),
            (Some(Contents::Several(parts, places)), Some(name)) => {
                if let Some((_, said)) = places.get(name).and_then(|&at| parts.get(at)) {
                    fill(&mut row, said);
                }
                self.keep(row);
            }
            (Some(Contents::One(Some(said))), _) => {
                fill(&mut row, said);
                self.keep(row);
            }
            (Some(Contents::One(None) | Contents::Refused) | None, _) => self.keep(row),
        }
        self.files = files;
    }

    /// Adds every ECG of a file.
    fn add_all(&mut self, row: &ManifestRow, parts: &[(Part, Said)]) {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (part, _) in parts {
            *counts.entry(&part.name).or_default() += 1;
        }
        for (part, said) in parts {
            let mut own = row.clone();
            own.record_id = self.name(row, part);
            own.path = format!("{}#{}", row.path, part.name);
            let count = counts[part.name.as_str()];
            if count > 1 {
                let name = part.name.clone();
                let got = Unnamed::Several { name, count }.to_string();
                let problem = own.problem(&self.file, "path", "ECGs of different names", &got);
                self.expanded.problems.push(problem);
                continue;
            }
            fill(&mut own, said);
            if own.facts.patient_id.is_empty() {
                own.facts.patient_id = own.record_id.clone();
                self.expanded.anonymous += 1;
            }
            self.keep(own);
        }
    }

    fn name(&self, row: &ManifestRow, part: &Part) -> String {
        let naming = match self.naming {
            Naming::ByRow => place::Naming::Row(row.record_id.clone()),
            Naming::ByFile => place::Naming::inside(Path::new(&row.path)),
        };
        naming.record_id(&part.name, &part.record_id)
    }

    /// Keeps an ECG that is somebody's and has a name of its own.
    fn keep(&mut self, mut row: ManifestRow) {
        if row.facts.patient_id.is_empty() {
            match self.naming {
                Naming::ByRow => {
                    let problem = row.without_patient(&self.file);
                    self.expanded.problems.push(problem);
                    return;
                }
                Naming::ByFile => {
                    row.facts.patient_id = row.record_id.clone();
                    self.expanded.anonymous += 1;
                }
            }
        }
        if !self.names.insert(row.record_id.clone()) {
            let (expected, got) = ("an ECG of another name", row.record_id.as_str());
            let problem = row.problem(&self.file, "record_id", expected, got);
            self.expanded.problems.push(problem);
            return;
        }
        self.expanded.rows.push(row);
    }
}
