//! Writing a store aside, so that it is whole or not there, and so that an interrupted one continues.

use super::description::{FORMAT, VERSION, hex};
use super::{
    CCTA_FLOW, DESCRIPTION, FLOW, FileEntry, PREPROCESS, ProfileEntry, Store, StoreDescription,
    StoreError, StoreRow, TABLE, TEXTS, WINDOWS, row,
};
use crate::Flow;
use coronet_ecg::Lead;
use fs_err::File;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const JOURNAL: &str = "journal.jsonl";
const META: &str = "meta.json";

/// All that a store, finished or not, may hold.
const OWN: [&str; 9] = [
    CCTA_FLOW,
    WINDOWS,
    TABLE,
    PREPROCESS,
    FLOW,
    DESCRIPTION,
    TEXTS,
    JOURNAL,
    META,
];

/// What is known of a store before its first window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoreMeta {
    /// The leads of a window in order.
    pub leads: Vec<Lead>,
    /// Samples of a lead.
    pub samples: usize,
    /// Name of the preprocessing profile.
    pub profile_name: String,
    /// Hash of the preprocessing profile.
    pub profile_hash: String,
    /// The preprocessing profile as text, kept word for word.
    pub profile_toml: String,
    /// Where the grades come from.
    pub label_source: String,
    /// SHA-256 of each input, by name.
    pub inputs: BTreeMap<String, String>,
}

/// Writes a store beside its final place (`NAME.partial`) and renames it when it is finished.
///
/// Windows go in the order they are appended. Each is journalled, so that when the process ends
/// early, a writer created with equal [`StoreMeta`] continues after the last whole window; see
/// [`StoreWriter::resumed`]. Two writers on one place at the same time are not supported.
#[derive(Debug)]
pub struct StoreWriter {
    directory: PathBuf,
    partial: PathBuf,
    meta: StoreMeta,
    windows: File,
    journal: File,
    journal_bytes: u64,
    rows: Vec<StoreRow>,
    /// SHA-256, cut to half, of record and window of each row.
    seen: BTreeSet<[u8; 16]>,
    resumed: usize,
    hasher: Sha256,
}

/// A line of the journal.
#[derive(Serialize, Deserialize)]
struct Entry {
    sha256: String,
    row: StoreRow,
}

impl StoreWriter {
    /// Starts a store at `directory`, or continues the one that was interrupted there.
    ///
    /// An existing store is replaced when the new one is finished, not before.
    ///
    /// # Errors
    /// `directory` (or `NAME.partial`) is there and holds something that is not a store; I/O.
    pub fn create(directory: &Path, meta: StoreMeta) -> Result<StoreWriter, StoreError> {
        // Without a slash at the end, which would put what belongs beside the store into it.
        let directory: PathBuf = directory.components().collect();
        check_replaceable(&directory)?;
        let partial = beside(&directory, "partial");
        prepare_partial(&partial, &meta)?;
        let open = |name: &str| {
            fs_err::OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(partial.join(name))
        };
        let mut writer = StoreWriter {
            windows: open(WINDOWS)?,
            journal: open(JOURNAL)?,
            directory,
            partial,
            meta,
            journal_bytes: 0,
            rows: Vec::new(),
            seen: BTreeSet::new(),
            resumed: 0,
            hasher: Sha256::new(),
        };
        writer.resume()?;
        Ok(writer)
    }

    /// The windows that an interrupted writer had already appended; do not append them again.
    pub fn resumed(&self) -> &[StoreRow] {
        &self.rows[..self.resumed]
    }

    /// The rows of all windows so far, resumed ones included.
    pub fn rows(&self) -> &[StoreRow] {
        &self.rows
    }

    /// Number of windows so far, resumed ones included.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no window yet.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Appends one window, `[leads, samples]` lead-major.
    ///
    /// # Errors
    /// A window of another size, a sample that is not finite, a window that is there already; I/O, after
    /// which the window is not in the store and the call may be repeated.
    pub fn append(&mut self, row: StoreRow, window: &[f32]) -> Result<(), StoreError> {
        self.check(&row, window)?;
        let bytes: Vec<u8> = window
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let entry = Entry {
            sha256: hex(&Sha256::digest(&bytes)),
            row,
        };
        let mut line = serde_json::to_vec(&entry).map_err(|error| StoreError::Malformed {
            file: self.partial.join(JOURNAL),
            reason: error.to_string(),
        })?;
        line.push(b'\n');
        self.windows
            .seek(SeekFrom::Start((self.rows.len() * bytes.len()) as u64))?;
        self.windows.write_all(&bytes)?;
        self.journal.seek(SeekFrom::Start(self.journal_bytes))?;
        self.journal.write_all(&line)?;
        self.journal_bytes += line.len() as u64;
        self.accept(entry.row, &bytes);
        Ok(())
    }

    /// Writes the table and the description, moves the store to its place, and opens it there.
    ///
    /// # Errors
    /// No window was appended; I/O, after which the partial store is still there to be continued.
    pub fn finish(mut self, flow: &Flow) -> Result<Store, StoreError> {
        if self.rows.is_empty() {
            return Err(StoreError::Empty {
                directory: self.directory,
            });
        }
        let mut files = BTreeMap::new();
        let flow = pretty(&self.partial.join(FLOW), flow)?;
        let table = row::write_table(&self.partial.join(TABLE), &self.rows)?;
        let profile = self.meta.profile_toml.clone().into_bytes();
        for (name, bytes) in [(TABLE, table), (PREPROCESS, profile), (FLOW, flow)] {
            write_synced(&self.partial.join(name), &bytes)?;
            let sha256 = hex(&Sha256::digest(&bytes));
            let bytes = bytes.len() as u64;
            files.insert(name.to_owned(), FileEntry { bytes, sha256 });
        }
        let bytes = (self.rows.len() * self.window_bytes()) as u64;
        self.windows.set_len(bytes)?;
        self.windows.sync_all()?;
        let sha256 = hex(&std::mem::take(&mut self.hasher).finalize());
        files.insert(WINDOWS.to_owned(), FileEntry { bytes, sha256 });
        let file = self.partial.join(DESCRIPTION);
        write_synced(&file, &pretty(&file, &self.describe(files))?)?;
        // The journal goes last: while it is there, an interrupted writer loses nothing.
        move_into_place(&self.partial, &self.directory)?;
        fs_err::remove_file(self.directory.join(JOURNAL))?;
        fs_err::remove_file(self.directory.join(META))?;
        Store::open(&self.directory)
    }

    /// Gives up and removes what was written.
    ///
    /// # Errors
    /// I/O.
    pub fn discard(self) -> Result<(), StoreError> {
        Ok(fs_err::remove_dir_all(&self.partial)?)
    }

    fn describe(&self, files: BTreeMap<String, FileEntry>) -> StoreDescription {
        let mut description = StoreDescription {
            format: FORMAT.to_owned(),
            version: VERSION,
            leads: self.meta.leads.clone(),
            samples: self.meta.samples,
            count: self.rows.len(),
            profile: ProfileEntry {
                name: self.meta.profile_name.clone(),
                hash: self.meta.profile_hash.clone(),
            },
            label_source: self.meta.label_source.clone(),
            files,
            inputs: self.meta.inputs.clone(),
            content: String::new(),
        };
        description.content = description.content_hash();
        description
    }

    fn window_bytes(&self) -> usize {
        self.meta.leads.len() * self.meta.samples * size_of::<f32>()
    }

    fn check(&self, row: &StoreRow, window: &[f32]) -> Result<(), StoreError> {
        let fault = |expected: String, got: String| StoreError::Window {
            record_id: row.record_id.clone(),
            expected,
            got,
        };
        let expected = self.meta.leads.len() * self.meta.samples;
        if window.len() != expected {
            let got = format!("{} samples", window.len());
            return Err(fault(format!("{expected} samples"), got));
        }
        if let Some(at) = window.iter().position(|value| !value.is_finite()) {
            let got = format!("{} at sample {at}", window[at]);
            return Err(fault("finite samples".to_owned(), got));
        }
        if self.seen.contains(&identity(row)) {
            let got = format!("window {} twice", row.window);
            return Err(fault("each window once".to_owned(), got));
        }
        Ok(())
    }

    fn accept(&mut self, row: StoreRow, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.seen.insert(identity(&row));
        self.rows.push(row);
    }

    /// Takes over the whole windows of the journal, up to the first that is torn.
    fn resume(&mut self) -> Result<(), StoreError> {
        let journal = std::io::BufReader::new(self.journal.try_clone()?);
        let mut bytes = vec![0; self.window_bytes()];
        for line in journal.split(b'\n') {
            let line = line?;
            let Ok(entry) = serde_json::from_slice::<Entry>(&line) else {
                break;
            };
            let whole = self.windows.read_exact(&mut bytes).is_ok();
            if !whole || hex(&Sha256::digest(&bytes)) != entry.sha256 {
                break;
            }
            self.journal_bytes += line.len() as u64 + 1;
            self.accept(entry.row, &bytes);
        }
        self.resumed = self.rows.len();
        self.journal.set_len(self.journal_bytes)?;
        Ok(())
    }
}

fn identity(row: &StoreRow) -> [u8; 16] {
    let mut hasher = Sha256::new();
    hasher.update(row.window.to_le_bytes());
    hasher.update(&row.record_id);
    let digest = hasher.finalize();
    std::array::from_fn(|at| digest[at])
}

/// `NAME.suffix` in the directory of `NAME`.
fn beside(directory: &Path, suffix: &str) -> PathBuf {
    let mut name = directory.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

fn names_in(directory: &Path) -> Result<Vec<String>, StoreError> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(directory)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Only a store or an empty directory may be replaced.
fn check_replaceable(directory: &Path) -> Result<(), StoreError> {
    if !directory.exists() || (directory.is_dir() && names_in(directory)?.is_empty()) {
        return Ok(());
    }
    match StoreDescription::read(directory) {
        Ok(_) | Err(StoreError::Version { .. }) => check_own(directory),
        Err(error) => Err(error),
    }
}

/// A directory with anything that no store holds is not taken away.
fn check_own(directory: &Path) -> Result<(), StoreError> {
    let names = names_in(directory)?;
    let foreign = names.iter().find(|name| !OWN.contains(&name.as_str()));
    match foreign {
        Some(other) => Err(StoreError::NotAStore {
            directory: directory.to_owned(),
            reason: format!("a directory that also holds {other}"),
        }),
        None => Ok(()),
    }
}

/// Makes the partial directory; empties one left by a run with other inputs.
fn prepare_partial(partial: &Path, meta: &StoreMeta) -> Result<(), StoreError> {
    fs_err::create_dir_all(partial)?;
    let file = partial.join(META);
    check_own(partial)?;
    let names = names_in(partial)?;
    let wanted = pretty(&file, meta)?;
    if file.is_file() && fs_err::read(&file)? == wanted {
        return Ok(());
    }
    for name in names {
        fs_err::remove_file(partial.join(name))?;
    }
    write_synced(&file, &wanted)
}

fn move_into_place(partial: &Path, directory: &Path) -> Result<(), StoreError> {
    if !directory.exists() {
        return Ok(fs_err::rename(partial, directory)?);
    }
    let previous = beside(directory, "previous");
    if previous.exists() {
        check_replaceable(&previous)?;
        fs_err::remove_dir_all(&previous)?;
    }
    fs_err::rename(directory, &previous)?;
    if let Err(error) = fs_err::rename(partial, directory) {
        fs_err::rename(&previous, directory)?;
        return Err(error.into());
    }
    Ok(fs_err::remove_dir_all(&previous)?)
}

fn pretty(file: &Path, value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| StoreError::Malformed {
        file: file.to_owned(),
        reason: error.to_string(),
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}
