//! The packed store: preprocessed windows for memory-mapped reading, and their table.
//!
//! A directory of
//!
//! | file | holds |
//! |---|---|
//! | `windows.f32` | little-endian 32-bit floats, `[windows, leads, samples]`, lead-major |
//! | `table.csv` | one row a window: who, when, grades, follow-up, fingerprint, findings |
//! | `preprocess.toml` | the preprocessing profile as text |
//! | `flow.json` | the inclusion flow |
//! | `store.json` | format, version, shape, profile name and hash, sizes and SHA-256 of the files |

mod description;
mod error;
mod map;
mod row;
mod writer;

pub use description::{FileEntry, ProfileEntry, StoreDescription};
pub use error::StoreError;
pub use row::StoreRow;
pub use writer::{StoreMeta, StoreWriter};

use crate::Flow;
use std::path::{Path, PathBuf};

pub(crate) const WINDOWS: &str = "windows.f32";
pub(crate) const TABLE: &str = "table.csv";
pub(crate) const PREPROCESS: &str = "preprocess.toml";
pub(crate) const FLOW: &str = "flow.json";
pub(crate) const DESCRIPTION: &str = "store.json";

/// Name of the list of texts and their grades that may lie in a store.
pub const TEXTS: &str = "ccta-texts.csv";

/// What became of the CCTAs, where there is a table of them.
pub const CCTA_FLOW: &str = "ccta-flow.json";

/// An open store; windows are read from the memory map on use.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    description: StoreDescription,
    rows: Vec<StoreRow>,
    profile_toml: String,
    flow: Flow,
    windows: map::Floats,
}

impl Store {
    /// Opens a store, checking format, version, sizes of all files and the contents of the small ones.
    ///
    /// `windows.f32` is checked by size only; the table is read, a row a window. [`Store::verify`]
    /// reads it all.
    ///
    /// # Errors
    /// Not a store, another version, a file that is missing, cut short or changed.
    pub fn open(directory: &Path) -> Result<Store, StoreError> {
        let description = StoreDescription::read(directory)?;
        description.check_sizes(directory)?;
        let table = description.read_checked(directory, TABLE)?;
        let profile = description.read_checked(directory, PREPROCESS)?;
        let flow = description.read_checked(directory, FLOW)?;
        let rows = row::read_table(&directory.join(TABLE), &table)?;
        if rows.len() != description.count {
            return Err(StoreError::Mismatch {
                file: directory.join(TABLE),
                field: "rows".to_owned(),
                expected: description.count.to_string(),
                got: rows.len().to_string(),
            });
        }
        let flow = serde_json::from_slice(&flow).map_err(|error| StoreError::Malformed {
            file: directory.join(FLOW),
            reason: error.to_string(),
        })?;
        let profile_toml = String::from_utf8(profile).map_err(|error| StoreError::Malformed {
            file: directory.join(PREPROCESS),
            reason: error.to_string(),
        })?;
        let windows = map::Floats::open(&directory.join(WINDOWS), description.floats()?)?;
        Ok(Store {
            directory: directory.to_owned(),
            description,
            rows,
            profile_toml,
            flow,
            windows,
        })
    }

    /// Reads all windows and compares their SHA-256 with the one in `store.json`.
    ///
    /// # Errors
    /// The file has changed since it was written, or cannot be read.
    pub fn verify(&self) -> Result<(), StoreError> {
        self.description.check_hash(&self.directory, WINDOWS)
    }

    /// The table, one row a window.
    pub fn rows(&self) -> &[StoreRow] {
        &self.rows
    }

    /// Number of windows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no window; a written store always has one.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Leads and samples of every window.
    pub fn shape(&self) -> (usize, usize) {
        (self.description.leads.len(), self.description.samples)
    }

    /// Window `index`, `[leads, samples]` lead-major.
    ///
    /// # Panics
    /// If `index` is not below [`Store::len`], as a slice would.
    pub fn window(&self, index: usize) -> &[f32] {
        let (leads, samples) = self.shape();
        let size = leads * samples;
        &self.windows.as_slice()[index * size..(index + 1) * size]
    }

    /// Hash of the preprocessing profile the windows were made with.
    pub fn profile_hash(&self) -> &str {
        &self.description.profile.hash
    }

    /// The preprocessing profile as written in `preprocess.toml`.
    pub fn profile_toml(&self) -> &str {
        &self.profile_toml
    }

    /// What `store.json` says.
    pub fn meta(&self) -> &StoreDescription {
        &self.description
    }

    /// The inclusion flow that led to this store.
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    /// Identity of the content: SHA-256 over version, shape, profile hash and the hashes of windows
    /// and table. Equal for equal content wherever the store lies and whenever it was made.
    pub fn hash(&self) -> &str {
        &self.description.content
    }

    /// Where the store lies.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}
