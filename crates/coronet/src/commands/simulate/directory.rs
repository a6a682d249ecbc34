//! The folder of a simulation: written aside, replaced only where it is one.

use super::MARK;
use crate::printer::Hint;
use anyhow::{Context, Result};
use fs_err as fs;
use std::path::{Path, PathBuf};

/// What a simulation consists of.
const OWN: [&str; 7] = [
    "records",
    "manifest.csv",
    "ccta.csv",
    "clinical.csv",
    "followup.csv",
    "truth.csv",
    MARK,
];

/// A folder beside its final place, removed again unless it is finished.
#[derive(Debug)]
pub(super) struct Aside {
    place: PathBuf,
    partial: PathBuf,
}

impl Aside {
    /// Starts a folder that will be `place`.
    pub(super) fn create(place: &Path) -> Result<Aside> {
        check_replaceable(place)?;
        let partial = beside(place, "partial");
        check_replaceable(&partial)?;
        if partial.exists() {
            fs::remove_dir_all(&partial)?;
        }
        fs::create_dir_all(&partial)?;
        let aside = Aside {
            place: place.to_owned(),
            partial,
        };
        // The mark goes first, so that a folder left by a lost process is known as ours.
        fs::write(aside.path().join(MARK), "{\"simulated\": true}\n")?;
        Ok(aside)
    }

    /// Where files are written.
    pub(super) fn path(&self) -> &Path {
        &self.partial
    }

    /// Moves the folder to its place.
    pub(super) fn finish(self) -> Result<()> {
        if !self.place.exists() {
            return Ok(fs::rename(&self.partial, &self.place)?);
        }
        let previous = beside(&self.place, "previous");
        check_replaceable(&previous)?;
        if previous.exists() {
            fs::remove_dir_all(&previous)?;
        }
        fs::rename(&self.place, &previous)?;
        if let Err(error) = fs::rename(&self.partial, &self.place) {
            fs::rename(&previous, &self.place)?;
            return Err(error.into());
        }
        Ok(fs::remove_dir_all(&previous)?)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // After `finish` it is not there any more; what cannot be removed stays for the next run.
        let _ = fs::remove_dir_all(&self.partial);
    }
}

/// `NAME.suffix` in the folder of `NAME`.
fn beside(place: &Path, suffix: &str) -> PathBuf {
    let place: PathBuf = place.components().collect();
    let mut name = place.into_os_string();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

/// Only a simulation or an empty folder may be replaced.
fn check_replaceable(place: &Path) -> Result<()> {
    let refuse = |got: &str| {
        let place = place.display();
        Err(Hint::error(
            format!("{place}: expected a new or empty folder or a simulation, got {got}"),
            "choose another folder with --out; nothing was changed",
        ))
    };
    if !place.exists() {
        return Ok(());
    }
    if !place.is_dir() {
        return refuse("a file");
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(place)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    if let Some(other) = names.iter().find(|name| !OWN.contains(&name.as_str())) {
        return refuse(&format!("a folder that holds {other}"));
    }
    if names.is_empty() || is_simulation(place)? {
        return Ok(());
    }
    refuse(&format!("a folder that holds {} without {MARK}", names[0]))
}

/// Whether a folder is marked as a simulated cohort.
pub(crate) fn is_simulation(folder: &Path) -> Result<bool> {
    let mark = folder.join(MARK);
    if !mark.is_file() {
        return Ok(false);
    }
    let text = fs::read(&mark)?;
    let value: serde_json::Value = serde_json::from_slice(&text)
        .with_context(|| format!("{} is not what a simulation writes", mark.display()))?;
    Ok(value.get("simulated") == Some(&serde_json::Value::Bool(true)))
}
