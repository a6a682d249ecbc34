//! From what the user named to windows.

use super::scorer::Scorer;
use crate::commands::prepare::{is_parquet_manifest, parquet_manifest};
use crate::output;
use crate::place::{self, Naming, Place};
use crate::printer::Printer;
use anyhow::{Context, Result, anyhow};
use coronet_cohort::store::Store;
use coronet_cohort::{ManifestRow, parse_open_manifest};
use coronet_ecg::{Finding, preprocess, quality};
use coronet_formats::{Container, ReadOptions, Recording, Unnamed, holds_several, parts_left_out};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Something to score.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// ECGs of a file, under the name of a manifest or of a place in a folder where there is one.
    File {
        /// The file.
        path: PathBuf,
        /// What its record is called, if it is its only one.
        record_id: Option<String>,
        /// What several records of it are called.
        naming: Naming,
        /// Its `patient_id` in a manifest.
        patient_id: Option<String>,
    },
    /// Some ECGs of a file that holds several.
    Parts {
        /// The file.
        file: PathBuf,
        /// The file, where it stays open.
        container: Option<Arc<Container>>,
        /// Its ECGs.
        parts: Vec<PartSource>,
    },
    /// One record of a store.
    Stored {
        /// The store.
        store: Arc<Store>,
        /// Its windows.
        windows: Vec<usize>,
    },
}

/// One ECG of a file that holds several.
#[derive(Clone, Debug)]
pub(super) struct PartSource {
    /// What it is called within the file.
    name: String,
    /// What its record is called.
    record_id: String,
    /// Its `patient_id` in a manifest.
    patient_id: Option<String>,
}

/// ECGs of a file that are read at once.
const PARTS: usize = 16;

/// A record as the network sees it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// Name of the record.
    pub(super) record_id: String,
    /// Whose it is, where that is known.
    pub(super) patient_id: Option<String>,
    /// Fingerprint of its decoded samples; empty where no model asks for it.
    pub(super) fingerprint: String,
    /// Leads and samples of every window.
    pub(super) shape: (usize, usize),
    /// Windows, lead-major.
    pub(super) windows: Vec<Vec<f32>>,
    /// Where each begins in the recording, in seconds, where that is known.
    pub(super) starts: Vec<Option<f64>>,
    /// What was found.
    pub(super) findings: Vec<Finding>,
}

/// Lists the sources; inputs that are not there are named and counted.
///
/// # Errors
///
/// If a manifest or a store cannot be used at all.
pub(super) fn sources(
    inputs: &[PathBuf],
    scorer: &Scorer,
    options: &ReadOptions,
    printer: &Printer,
) -> Result<(Vec<Source>, usize)> {
    let (mut sources, mut failed) = (Vec::new(), 0);
    for input in inputs {
        if input.join("store.json").is_file() {
            sources.extend(of_store(input, scorer)?);
        } else if is_manifest(input) {
            let (found, problems) = of_manifest(input, options, printer)?;
            sources.extend(found);
            failed += problems;
        } else {
            match coronet_formats::list(input) {
                Ok(paths) if paths.is_empty() => {
                    failed += 1;
                    printer.warn(&format!("{}: no ECG in this folder", input.display()));
                }
                Ok(paths) => sources.extend(
                    of_folder(input, paths)
                        .into_iter()
                        .flat_map(|source| source.apart(options)),
                ),
                Err(error) => {
                    failed += 1;
                    printer.warn(&error.to_string());
                }
            }
        }
    }
    Ok((sources, failed))
}

fn of_store(path: &Path, scorer: &Scorer) -> Result<Vec<Source>> {
    let store = Arc::new(Store::open(path)?);
    scorer.model().check_store(path, &store)?;
    let mut records: Vec<(String, Vec<usize>)> = Vec::new();
    for (index, row) in store.rows().iter().enumerate() {
        match records.last_mut() {
            Some((id, windows)) if *id == row.record_id => windows.push(index),
            _ => records.push((row.record_id.clone(), vec![index])),
        }
    }
    let source = |(_, windows)| Source::Stored {
        store: Arc::clone(&store),
        windows,
    };
    Ok(records.into_iter().map(source).collect())
}

/// Files of a folder, called as `prepare` calls them. A file that was named itself has no such name.
fn of_folder(folder: &Path, paths: Vec<PathBuf>) -> Vec<Source> {
    let itself = Path::new("");
    let within = |path: &PathBuf| path.strip_prefix(folder).unwrap_or(itself).to_owned();
    let inside: Vec<PathBuf> = paths.iter().map(within).collect();
    let names = place::names(&inside);
    let files = paths.into_iter().zip(inside).zip(names);
    let source = |((path, inside), name): ((PathBuf, PathBuf), String)| Source::File {
        record_id: Some(name).filter(|_| inside != itself),
        naming: Naming::inside(&inside),
        path,
        patient_id: None,
    };
    files.map(source).collect()
}

/// Whether a file is a table with the columns of a manifest, as text or as Parquet.
pub(crate) fn is_manifest(path: &Path) -> bool {
    is_text_manifest(path) || is_parquet_manifest(path)
}

/// A manifest as a table of text, also where it is one of Parquet.
///
/// # Errors
///
/// When it cannot be read.
pub(crate) fn manifest_bytes(path: &Path) -> Result<Vec<u8>> {
    match is_parquet_manifest(path) {
        true => parquet_manifest(path),
        false => output::read(path),
    }
}

fn is_text_manifest(path: &Path) -> bool {
    use std::io::{BufRead, BufReader, Read};
    let Ok(file) = fs_err::File::open(path) else {
        return false;
    };
    let mut line = String::new();
    if BufReader::new(file.take(65_536))
        .read_line(&mut line)
        .is_err()
    {
        return false;
    }
    let line = line.trim_start_matches('\u{feff}');
    let columns: Vec<&str> = line
        .split(char::from(coronet_cohort::delimiter(line)))
        .map(|name| name.trim().trim_matches('"'))
        .collect();
    columns.contains(&"record_id") && columns.contains(&"path")
}

fn of_manifest(
    path: &Path,
    options: &ReadOptions,
    printer: &Printer,
) -> Result<(Vec<Source>, usize)> {
    let manifest = parse_open_manifest(&path.display().to_string(), &manifest_bytes(path)?)?;
    for problem in &manifest.problems {
        printer.warn(&problem.to_string());
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut sources: Vec<Source> = Vec::new();
    for row in manifest.rows {
        let Place { file, part } = Place::of(&folder.join(&row.path));
        let Some(name) = part else {
            sources.extend(of_row(file, row).apart(options));
            continue;
        };
        let part = PartSource {
            name,
            record_id: row.record_id,
            patient_id: Some(row.facts.patient_id).filter(|id| !id.is_empty()),
        };
        match sources.last_mut() {
            Some(Source::Parts {
                file: last, parts, ..
            }) if *last == file && parts.len() < PARTS => parts.push(part),
            _ => sources.push(Source::Parts {
                container: None,
                parts: vec![part],
                file,
            }),
        }
    }
    keep_open(&mut sources, options);
    Ok((sources, manifest.problems.len()))
}

/// The file of a row.
fn of_row(path: PathBuf, row: ManifestRow) -> Source {
    Source::File {
        path,
        naming: Naming::Row(row.record_id.clone()),
        record_id: Some(row.record_id),
        patient_id: Some(row.facts.patient_id).filter(|id| !id.is_empty()),
    }
}

/// Opens each file of several ECGs once, unless that takes all of it into memory.
fn keep_open(sources: &mut [Source], options: &ReadOptions) {
    let mut open: BTreeMap<PathBuf, Option<Arc<Container>>> = BTreeMap::new();
    for source in sources {
        let Source::Parts {
            file, container, ..
        } = source
        else {
            continue;
        };
        if container.is_none() {
            let opened = open.entry(file.clone()).or_insert_with(|| {
                let opened = Container::open(file, options).ok();
                opened.filter(|opened| !opened.is_held()).map(Arc::new)
            });
            container.clone_from(opened);
        }
    }
}

impl Source {
    /// Files of several ECGs that need not be in memory as a whole, some ECGs at a time.
    fn apart(self, options: &ReadOptions) -> Vec<Source> {
        let Source::File {
            path,
            naming,
            patient_id,
            ..
        } = &self
        else {
            return vec![self];
        };
        let opened = holds_several(path).then(|| Container::open(path, options).ok());
        let Some(container) = opened.flatten().filter(|opened| !opened.is_held()) else {
            return vec![self];
        };
        if container.parts().len() < 2 {
            return vec![self];
        }
        let container = Arc::new(container);
        let part = |part: &coronet_formats::Part| PartSource {
            name: part.name.clone(),
            record_id: naming.record_id(&part.name, &part.record_id),
            patient_id: patient_id.clone(),
        };
        let parts: Vec<PartSource> = container.parts().iter().map(part).collect();
        let source = |parts: &[PartSource]| Source::Parts {
            file: path.clone(),
            container: Some(Arc::clone(&container)),
            parts: parts.to_vec(),
        };
        parts.chunks(PARTS).map(source).collect()
    }

    /// What to call the source in a message.
    pub(super) fn name(&self) -> String {
        match self {
            Source::File { path, .. } => path.display().to_string(),
            Source::Parts { file, .. } => file.display().to_string(),
            Source::Stored { store, windows } => {
                let id = windows
                    .first()
                    .map_or("", |&index| &store.rows()[index].record_id);
                format!("{}: {id}", store.directory().display())
            }
        }
    }

    /// Reads the ECGs of the source; one that cannot be read is one failure.
    pub(super) fn open(&self, options: &ReadOptions) -> Vec<(String, Result<Opened>)> {
        match self {
            Source::Stored { store, windows } => {
                vec![(self.name(), Ok(Opened::Stored(stored(store, windows))))]
            }
            Source::Parts {
                file,
                container,
                parts,
            } => of_parts(file, container.as_deref(), parts, options),
            Source::File { .. } => self.of_file(options),
        }
    }

    /// Reads every ECG of a file.
    fn of_file(&self, options: &ReadOptions) -> Vec<(String, Result<Opened>)> {
        let Source::File {
            path,
            record_id,
            naming,
            patient_id,
        } = self
        else {
            return Vec::new();
        };
        let recordings = match coronet_formats::read(path, options) {
            Ok(recordings) => recordings,
            Err(error) => return vec![(self.name(), Err(error.into()))],
        };
        let single = recordings.len() == 1;
        let lost = parts_left_out(&recordings);
        let lost = lost.map(|lost| (self.name(), Err(anyhow!("{lost}"))));
        let opened = recordings.into_iter().enumerate().map(|(at, recording)| {
            let record_id = match record_id {
                Some(id) if single => id.clone(),
                _ => naming.record_id(&at.to_string(), &recording.record_id),
            };
            (
                self.name(),
                Ok(recorded(record_id, recording, patient_id.as_ref())),
            )
        });
        opened.chain(lost).collect()
    }
}

fn recorded(record_id: String, mut recording: Recording, patient_id: Option<&String>) -> Opened {
    recording.record_id = record_id;
    if patient_id.is_some() {
        recording.ecg.subject.patient_id = patient_id.cloned();
    }
    Opened::Recording(Box::new(recording))
}

/// Reads some ECGs of a file that holds several.
fn of_parts(
    file: &Path,
    container: Option<&Container>,
    parts: &[PartSource],
    options: &ReadOptions,
) -> Vec<(String, Result<Opened>)> {
    let name = |part: &PartSource| format!("{}#{}", file.display(), part.name);
    let opened = match container {
        Some(_) => None,
        None => match Container::open(file, options) {
            Ok(opened) => Some(opened),
            Err(error) => {
                let message = error.to_string();
                let failed = |part| (name(part), Err(anyhow!("{message}")));
                return parts.iter().map(failed).collect();
            }
        },
    };
    let Some(container) = container.or(opened.as_ref()) else {
        return Vec::new();
    };
    let found: Vec<Result<usize, Unnamed>> = parts
        .iter()
        .map(|part| container.find(&part.name))
        .collect();
    let places: BTreeSet<usize> = found.iter().flatten().copied().collect();
    let places: Vec<usize> = places.into_iter().collect();
    let read = container.read(&places, options);
    let mut read: BTreeMap<usize, _> = places.into_iter().zip(read).collect();
    let mut opened = |part: &PartSource, found: Result<usize, Unnamed>| -> Result<Opened> {
        let place = found.map_err(|unnamed| unnamed.at(file))?;
        let recording = match read.remove(&place) {
            Some(recording) => recording?,
            // Named twice.
            None => container.read(&[place], options).remove(0)?,
        };
        let patient_id = part.patient_id.as_ref();
        Ok(recorded(part.record_id.clone(), recording, patient_id))
    };
    parts
        .iter()
        .zip(found)
        .map(|(part, found)| (name(part), opened(part, found)))
        .collect()
}

/// A record of a source, read but not preprocessed.
#[derive(Debug)]
pub(super) enum Opened {
    /// A recording of a file, under the name of the record.
    Recording(Box<Recording>),
    /// Windows of a store are preprocessed.
    Stored(Record),
}

impl Opened {
    /// Preprocesses the record.
    ///
    /// # Errors
    ///
    /// If model or profile refuses the recording, or it carries no signal.
    pub(super) fn record(self, scorer: &Scorer) -> Result<Record> {
        let recording = match self {
            Opened::Stored(record) => {
                let windows = record.windows.iter().map(Vec::as_slice);
                return match quality::no_signal(None, windows) {
                    Some(no_signal) => Err(no_signal.into()),
                    None => Ok(record),
                };
            }
            Opened::Recording(recording) => recording,
        };
        scorer.model().accepts(&recording)?;
        let name = || format!("record {}", recording.record_id);
        record(&recording, scorer).with_context(name)
    }
}

fn stored(store: &Store, windows: &[usize]) -> Record {
    let first = windows.first().map(|&index| &store.rows()[index]);
    Record {
        record_id: first.map_or(String::new(), |row| row.record_id.clone()),
        patient_id: first.map(|row| row.facts.patient_id.clone()),
        fingerprint: first.map_or(String::new(), |row| row.fingerprint.clone()),
        shape: store.shape(),
        windows: windows
            .iter()
            .map(|&index| store.window(index).to_vec())
            .collect(),
        starts: vec![None; windows.len()],
        findings: first.map_or(Vec::new(), |row| noted(&row.findings)),
    }
}

/// The findings that a store holds, of which it keeps the codes.
pub(crate) fn noted(codes: &str) -> Vec<Finding> {
    let codes = codes.split(';').map(str::trim);
    let finding = |code: &str| Finding {
        code: code.to_owned(),
        message: "noted by `coronet prepare`; `coronet inspect` of the file says where".to_owned(),
    };
    codes.filter(|code| !code.is_empty()).map(finding).collect()
}

fn record(recording: &Recording, scorer: &Scorer) -> Result<Record> {
    let (ecg, model) = (&recording.ecg, scorer.model());
    let preprocessed = preprocess(ecg, &model.profile)?;
    let findings = model.findings(recording, &preprocessed)?;
    let windows = preprocessed.windows;
    let first = windows.first().context("no window")?;
    Ok(Record {
        record_id: recording.record_id.clone(),
        patient_id: ecg.subject.patient_id.clone(),
        fingerprint: scorer.fingerprint(ecg),
        shape: (first.leads, first.samples),
        starts: windows
            .iter()
            .map(|window| Some(window.start_seconds))
            .collect(),
        windows: windows.into_iter().map(|window| window.data).collect(),
        findings,
    })
}
