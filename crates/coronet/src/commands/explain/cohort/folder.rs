//! The folder of a cohort's evidence: made beside its place, renamed when whole.

use crate::commands::explain::Form;
use crate::output;
use crate::printer::{Hint, Printer};
use anyhow::{Context, Result};
use fs_err as fs;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// What the folder holds, and nothing else.
const ENTRIES: [&str; 5] = [
    "explanation.html",
    "explanation.json",
    "section.json",
    "figures",
    "tables",
];

/// What an explanation was begun with.
const BEGUN: &str = "begun.json";
/// What became of each ECG.
pub(super) const JOURNAL: &str = "journal.jsonl";
/// Ending of the files of what was found of each ECG.
pub(super) const ROWS: &str = ".rows";
/// Held by the program at work.
const LOCK: &str = "lock";
/// The folder in the making.
const RESULT: &str = "result";
/// The folder that it replaces.
const EARLIER: &str = "earlier";

/// Facts that decide what is found of each ECG, by name.
pub(super) type Begun = BTreeMap<&'static str, String>;

/// A folder that may be written: absent, empty, or an earlier explanation.
pub(super) struct Folder {
    path: PathBuf,
}

/// What is kept beside the folder (`NAME.partial`) until it is whole, so that an explanation that
/// was broken off is continued.
pub(super) struct Partial {
    folder: PathBuf,
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Refuses the name of a file, and a folder that holds anything else than an earlier
    /// explanation.
    pub(super) fn check(path: &Path) -> Result<Folder> {
        if Form::of(path).is_ok() {
            return Err(Hint::error(
                format!(
                    "--out: expected a folder for a manifest or a store, got the name of a file, {}",
                    path.display()
                ),
                "the folder gets a page, explanation.html, with figures and tables; one ECG gets a file",
            ));
        }
        // Without a slash at the end, which would put what belongs beside the folder into it.
        let path: PathBuf = path.components().collect();
        path.file_name().with_context(|| {
            let got = path.display();
            format!("--out: expected the name of a folder, got {got}")
        })?;
        let what = "expected a new folder or an earlier explanation";
        only_own(&path, what, |name| ENTRIES.contains(&name))?;
        Ok(Folder { path })
    }

    /// Begins an explanation, or finds the one that was broken off.
    ///
    /// What is there is kept if it was begun with the same facts, and else given up, which is
    /// said.
    ///
    /// # Errors
    ///
    /// If another program is at work there, something else lies there, or the disk refuses.
    pub(super) fn begin(self, begun: &Begun, printer: &Printer) -> Result<Partial> {
        let mut path = self.path.as_os_str().to_owned();
        path.push(".partial");
        let path = PathBuf::from(path);
        let what = "expected what an explanation that was broken off has left";
        only_own(&path, what, |name| {
            let own = [BEGUN, JOURNAL, LOCK, RESULT, EARLIER];
            own.contains(&name) || name.ends_with(ROWS)
        })?;
        fs::create_dir_all(&path)?;
        let partial = Partial {
            _lock: lock(&path)?,
            folder: self.path,
            path,
        };
        partial.put_back()?;
        partial.keep_or_clear(begun, printer)?;
        Ok(partial)
    }
}

impl Partial {
    /// A file in it.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Lets `fill` write the folder aside, puts it in the place of an earlier one, and removes
    /// what was kept.
    pub(super) fn finish(self, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let (new, earlier) = (self.file(RESULT), self.file(EARLIER));
        fs::create_dir(&new)?;
        fill(&new)?;
        if self.folder.exists() {
            fs::rename(&self.folder, &earlier)?;
        }
        if let Err(error) = fs::rename(&new, &self.folder) {
            self.put_back()?;
            return Err(error.into());
        }
        self.discard()
    }

    /// Gives up and removes what was kept.
    pub(super) fn discard(self) -> Result<()> {
        Ok(fs::remove_dir_all(&self.path)?)
    }

    /// Undoes a change of places that was broken off.
    fn put_back(&self) -> Result<()> {
        let (new, earlier) = (self.file(RESULT), self.file(EARLIER));
        if earlier.exists() && !self.folder.exists() {
            fs::rename(&earlier, &self.folder)?;
        }
        for left in [new, earlier].iter().filter(|left| left.exists()) {
            fs::remove_dir_all(left)?;
        }
        Ok(())
    }

    fn keep_or_clear(&self, begun: &Begun, printer: &Printer) -> Result<()> {
        let wanted = serde_json::to_vec_pretty(begun)?;
        let file = self.file(BEGUN);
        let there = fs::read(&file).unwrap_or_default();
        if there == wanted {
            return Ok(());
        }
        if self.file(JOURNAL).exists() {
            let place = self.path.display();
            let changed = changed(&there, begun);
            printer.note(&format!(
                "{place} was begun with {changed}, and is begun anew"
            ));
        }
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_name() != LOCK {
                fs::remove_file(entry.path())?;
            }
        }
        output::write(&file, &wanted)
    }
}

/// In which facts an explanation was begun otherwise.
fn changed(there: &[u8], begun: &Begun) -> String {
    let there: BTreeMap<String, String> = serde_json::from_slice(there).unwrap_or_default();
    let mut names: BTreeSet<&str> = there.keys().map(String::as_str).collect();
    names.extend(begun.keys().copied());
    let differs = |name: &&str| there.get(*name) != begun.get(name);
    let names: Vec<String> = names
        .into_iter()
        .filter(differs)
        .map(|name| format!("another {name}"))
        .collect();
    names.join(", ")
}

/// Refuses a folder that holds anything else than what is ours.
fn only_own(path: &Path, expected: &str, own: impl Fn(&str) -> bool) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if !own(&name) {
            return Err(Hint::error(
                format!("{}: {expected}, got `{name}`", path.display()),
                "choose another folder with --out",
            ));
        }
    }
    Ok(())
}

/// Keeps a second program away; where a disk knows no locks there is none.
fn lock(path: &Path) -> Result<File> {
    let file = fs::File::create(path.join(LOCK))?.into_file();
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Hint::error(
            format!("{}: another explanation is at work there", path.display()),
            "wait for it, or choose another folder with --out",
        )),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}
