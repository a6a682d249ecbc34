//! The folder of a cohort's evidence: written aside, renamed when whole.

use crate::commands::explain::Form;
use crate::printer::Hint;
use anyhow::Result;
use fs_err as fs;
use std::path::{Path, PathBuf};

/// What the folder holds, and nothing else.
const ENTRIES: [&str; 5] = [
    "explanation.html",
    "explanation.json",
    "section.json",
    "figures",
    "tables",
];

/// A folder that may be written: absent, empty, or an earlier explanation.
pub(super) struct Folder {
    path: PathBuf,
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
        if path.exists() {
            for entry in fs::read_dir(path)? {
                let name = entry?.file_name();
                if !ENTRIES.contains(&name.to_string_lossy().as_ref()) {
                    return Err(Hint::error(
                        format!(
                            "{}: expected a new folder or an earlier explanation, got `{}`",
                            path.display(),
                            name.to_string_lossy()
                        ),
                        "choose another folder with --out",
                    ));
                }
            }
        }
        Ok(Folder {
            path: path.to_owned(),
        })
    }

    /// The nearest folder around it that is there, on whose disk there is room for its files.
    pub(super) fn aside(&self) -> &Path {
        let around = self.path.ancestors().skip(1);
        let mut there = around.filter(|path| path.is_dir());
        there.next().unwrap_or(Path::new("."))
    }

    /// Lets `fill` write into a folder aside, and puts it in the place of an earlier one.
    pub(super) fn write(&self, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let parent = self
            .path
            .parent()
            .filter(|path| !path.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        fs::create_dir_all(parent)?;
        let aside = tempfile::tempdir_in(parent)?;
        let new = aside.path().join("new");
        fs::create_dir(&new)?;
        fill(&new)?;
        let earlier = aside.path().join("earlier");
        if self.path.exists() {
            fs::rename(&self.path, &earlier)?;
        }
        if let Err(error) = fs::rename(&new, &self.path) {
            if earlier.exists() {
                fs::rename(&earlier, &self.path)?;
            }
            return Err(error.into());
        }
        Ok(())
    }
}
