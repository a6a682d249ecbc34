//! Fingerprints of everything a store is made of, so that a change is seen and a resume is safe.

use super::PrepareSettings;
use super::tables::Cohort;
use crate::interrupt;
use crate::output::hexadecimal;
use crate::place::Place;
use crate::printer::{Hint, Printer};
use crate::progress;
use anyhow::Result;
use coronet_cohort::{Key, PairsOfCcta};
use coronet_formats::ReadOptions;
use coronet_formats::wfdb::Header;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

/// SHA-256 of each table, of the contents of all ECG files, and of the settings, by name.
///
/// Of files only the contents count, neither their times nor where they lie.
///
/// # Errors
///
/// The user asked to stop.
pub(super) fn fingerprints(
    settings: &PrepareSettings,
    cohort: &Cohort,
    printer: &Printer,
) -> Result<BTreeMap<String, String>> {
    let mut inputs = BTreeMap::new();
    for (name, bytes) in &cohort.tables {
        inputs.insert((*name).to_owned(), hexadecimal(&Sha256::digest(bytes)));
    }
    inputs.insert("ecgs".to_owned(), ecgs(cohort, printer)?);
    let settings = hexadecimal(&Sha256::digest(canonical(settings)));
    inputs.insert("settings".to_owned(), settings);
    Ok(inputs)
}

/// Settings that are not in the profile, one a line.
fn canonical(settings: &PrepareSettings) -> String {
    let codes: Vec<&str> = settings
        .exclude_findings
        .iter()
        .map(String::as_str)
        .collect();
    let key = settings.key.as_ref().map(Key::fingerprint);
    let pairs = match settings.pairing.pairs {
        PairsOfCcta::Nearest => "",
        PairsOfCcta::All => "pairs=all\n",
    };
    let reading = match settings.reading == ReadOptions::default() {
        true => String::new(),
        false => format!("reading={:?}\n", settings.reading),
    };
    format!(
        "version={}\nwindow_days={}\ndirection={:?}\nrevascularised={:?}\nexclude={}\nkey={}\n{pairs}{reading}",
        env!("CARGO_PKG_VERSION"),
        settings.pairing.window_days,
        settings.pairing.direction,
        settings.prior_revascularisation,
        codes.join(","),
        key.unwrap_or_default()
    )
}

/// One fingerprint over the files of all rows in order; a file of several ECGs is read once.
fn ecgs(cohort: &Cohort, printer: &Printer) -> Result<String> {
    let places: Vec<Place> = cohort
        .rows
        .par_iter()
        .map(|row| cohort.place(row))
        .collect();
    let files: BTreeSet<&Path> = places.iter().map(|place| place.file.as_path()).collect();
    let files: Vec<&Path> = files.into_iter().collect();
    let bar = progress::bar(printer, "checking", files.len(), "files");
    let each: Vec<Option<[u8; 32]>> = files
        .par_iter()
        .map(|file| {
            if interrupt::asked() {
                return None;
            }
            bar.inc(1);
            Some(fingerprint_of_files(file))
        })
        .collect();
    bar.finish_and_clear();
    let mut hashes = BTreeMap::new();
    for (file, hash) in files.into_iter().zip(each) {
        let Some(hash) = hash else {
            let hint = "the same command starts again";
            return Err(Hint::error("stopped as asked; nothing was written", hint));
        };
        hashes.insert(file, hash);
    }
    let mut hasher = Sha256::new();
    for place in &places {
        hasher.update(hashes[place.file.as_path()]);
        hasher.update(place.part.as_deref().unwrap_or_default());
    }
    Ok(hexadecimal(&hasher.finalize()))
}

/// Fingerprint of the files of one ECG; what is missing or unreadable counts as such.
pub(in crate::commands) fn fingerprint_of_files(path: &Path) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for file in files(path) {
        if let Some(name) = file.file_name() {
            hasher.update(name.as_encoded_bytes());
        }
        match content(&file) {
            Ok(hash) => hasher.update(hash),
            Err(error) => hasher.update(format!("not readable: {:?}", error.kind())),
        }
    }
    hasher.finalize().into()
}

/// The file itself, the WFDB headers that may belong to it, and the signal files these name.
fn files(path: &Path) -> BTreeSet<PathBuf> {
    let mut appended = path.as_os_str().to_owned();
    appended.push(".hea");
    let headers = [PathBuf::from(appended), path.with_extension("hea")];
    let mut files = BTreeSet::new();
    if path.is_file() {
        files.insert(path.to_owned());
    }
    for header in headers.into_iter().filter(|header| header.is_file()) {
        if let Ok(parsed) = Header::read(&header) {
            let beside = |name: &str| header.with_file_name(name);
            files.extend(parsed.signals.iter().map(|signal| beside(&signal.file)));
            let segments = parsed.segments.iter().filter(|segment| !segment.is_gap());
            for segment in segments.map(|segment| beside(&format!("{}.hea", segment.name))) {
                if let Ok(parsed) = Header::read(&segment) {
                    files.extend(parsed.signals.iter().map(|signal| beside(&signal.file)));
                }
                files.insert(segment);
            }
        }
        files.insert(header);
    }
    files
}

/// SHA-256 of a file, read in pieces.
fn content(path: &Path) -> std::io::Result<[u8; 32]> {
    let mut file = fs_err::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hasher.finalize().into()),
            read => hasher.update(&piece[..read]),
        }
    }
}
