//! Where an ECG lies: in a file of its own, or under a name in a file of several.

use std::path::{Path, PathBuf};

/// A file, or one ECG of it.
///
/// `exams.hdf5#1111` is the ECG `1111` of `exams.hdf5`, unless a file of the whole name is there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The file.
    pub(crate) file: PathBuf,
    /// What the ECG is called within it; absent where the whole file is meant.
    pub(crate) part: Option<String>,
}

impl Place {
    /// The place that a path names, by which files are there.
    pub(crate) fn of(path: &Path) -> Place {
        let whole = || Place {
            file: path.to_owned(),
            part: None,
        };
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return whole();
        };
        if !name.contains('#') || path.exists() {
            return whole();
        }
        let cuts = name.rmatch_indices('#').map(|(at, _)| at);
        let mut places = cuts.map(|at| Place {
            file: path.with_file_name(&name[..at]),
            part: Some(name[at + 1..].to_owned()),
        });
        places
            .find(|place| place.file.is_file())
            .unwrap_or_else(whole)
    }
}
