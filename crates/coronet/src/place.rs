//! Where an ECG lies: in a file of its own, or under a name in a file of several.

use coronet_formats::{Container, ReadError, ReadOptions, Recording};
use std::collections::BTreeMap;
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

    /// Reads the ECG of the name, or every ECG of the file.
    ///
    /// # Errors
    ///
    /// When the file or the ECG cannot be read, or no ECG is called so.
    pub(crate) fn read(&self, options: &ReadOptions) -> Result<Vec<Recording>, ReadError> {
        let Some(name) = &self.part else {
            return coronet_formats::read(&self.file, options);
        };
        let container = Container::open(&self.file, options)?;
        let place = container.find(name);
        let place = place.map_err(|unnamed| unnamed.at(&self.file))?;
        container.read(&[place], options).into_iter().collect()
    }
}

/// What the ECGs of a file that holds several are called.
#[derive(Clone, Debug)]
pub(crate) enum Naming {
    /// By their own names behind the folders they lie in, each with its `/`.
    Inside(String),
    /// By their row of the manifest and their names within the file.
    Row(String),
}

impl Naming {
    /// By the folders of a file.
    pub(crate) fn inside(file: &Path) -> Naming {
        let file = text(file);
        let end = file.rfind('/').map_or(0, |at| at + 1);
        Naming::Inside(file[..end].to_owned())
    }

    /// The name of the ECG that is called `name` within the file and `record_id` as a recording.
    pub(crate) fn record_id(&self, name: &str, record_id: &str) -> String {
        match self {
            Naming::Inside(folders) => format!("{folders}{record_id}"),
            Naming::Row(row) => format!("{row}#{name}"),
        }
    }
}

/// What the ECGs of files are called: by the path without the extension, and with it where files
/// differ in that alone.
pub(crate) fn names(paths: &[PathBuf]) -> Vec<String> {
    let short: Vec<String> = paths
        .iter()
        .map(|path| text(&path.with_extension("")))
        .collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &short {
        *counts.entry(name).or_default() += 1;
    }
    let name = |(path, short): (&PathBuf, &String)| match counts[short.as_str()] {
        1 => short.clone(),
        _ => text(path),
    };
    paths.iter().zip(&short).map(name).collect()
}

/// A path with `/` between its parts.
fn text(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
