//! `store.json`: what a store holds and how to tell whether it is whole.

use super::{DESCRIPTION, StoreError, WINDOWS};
use coronet_ecg::Lead;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// The word by which a store is known.
pub(super) const FORMAT: &str = "coronet-store";
/// The version this program writes and reads.
pub(super) const VERSION: u32 = 1;

/// Size and SHA-256 of a file of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

/// The preprocessing profile by name and hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileEntry {
    /// Name, such as `ecgfounder`.
    pub name: String,
    /// Hash that must agree with that of the weights.
    pub hash: String,
}

/// What `store.json` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreDescription {
    /// `coronet-store`.
    pub format: String,
    /// Version of the format.
    pub version: u32,
    /// The leads in tensor order.
    pub leads: Vec<Lead>,
    /// Samples of a lead.
    pub samples: usize,
    /// Number of windows.
    pub count: usize,
    /// The preprocessing profile.
    pub profile: ProfileEntry,
    /// Where the grades come from, such as `manifest.csv` or `ccta.csv`.
    pub label_source: String,
    /// Size and hash of each file of the store.
    pub files: BTreeMap<String, FileEntry>,
    /// SHA-256 of each input the store was made from, by name.
    pub inputs: BTreeMap<String, String>,
    /// Identity of the content, see [`super::Store::hash`].
    pub content: String,
}

impl StoreDescription {
    pub(super) fn read(directory: &Path) -> Result<StoreDescription, StoreError> {
        /// The two fields that every version has.
        #[derive(Deserialize)]
        struct Head {
            format: String,
            version: u32,
        }
        let not_a_store = |reason: &str| StoreError::NotAStore {
            directory: directory.to_owned(),
            reason: reason.to_owned(),
        };
        let file = directory.join(DESCRIPTION);
        if !file.is_file() {
            return Err(not_a_store("no store.json"));
        }
        let bytes = fs_err::read(&file)?;
        let head: Head = serde_json::from_slice(&bytes)
            .map_err(|error| not_a_store(&format!("a store.json that is not one: {error}")))?;
        if head.format != FORMAT {
            return Err(not_a_store(&format!("format {:?}", head.format)));
        }
        if head.version != VERSION {
            return Err(StoreError::Version {
                file,
                expected: VERSION,
                got: head.version,
            });
        }
        serde_json::from_slice(&bytes).map_err(|error| StoreError::Malformed {
            file,
            reason: error.to_string(),
        })
    }

    /// Floats in `windows.f32`.
    pub(super) fn floats(&self) -> Result<usize, StoreError> {
        let size = self.leads.len().checked_mul(self.samples);
        size.and_then(|size| size.checked_mul(self.count))
            .filter(|floats| floats.checked_mul(size_of::<f32>()).is_some())
            .ok_or_else(|| StoreError::Malformed {
                file: WINDOWS.into(),
                reason: "the shape in store.json is larger than any memory".to_owned(),
            })
    }

    pub(super) fn check_sizes(&self, directory: &Path) -> Result<(), StoreError> {
        for name in [super::WINDOWS, super::TABLE, super::PREPROCESS, super::FLOW] {
            let file = directory.join(name);
            let expected = self.entry(directory, name)?.bytes;
            let got = fs_err::metadata(&file)?.len();
            if got != expected {
                return Err(mismatch(&file, "bytes", expected, got));
            }
        }
        let expected = self.floats()? as u64 * 4;
        let got = self.entry(directory, WINDOWS)?.bytes;
        if got != expected {
            let file = directory.join(DESCRIPTION);
            return Err(mismatch(&file, "bytes of windows.f32", expected, got));
        }
        Ok(())
    }

    /// The bytes of a small file, after comparing their hash.
    pub(super) fn read_checked(&self, directory: &Path, name: &str) -> Result<Vec<u8>, StoreError> {
        let bytes = fs_err::read(directory.join(name))?;
        let got = hex(&Sha256::digest(&bytes));
        let expected = &self.entry(directory, name)?.sha256;
        if &got != expected {
            return Err(mismatch(&directory.join(name), "SHA-256", expected, got));
        }
        Ok(bytes)
    }

    /// Compares the hash of a file that is read in pieces.
    pub(super) fn check_hash(&self, directory: &Path, name: &str) -> Result<(), StoreError> {
        let mut file = fs_err::File::open(directory.join(name))?;
        let mut hasher = Sha256::new();
        let mut piece = vec![0; 1 << 20];
        loop {
            match file.read(&mut piece)? {
                0 => break,
                read => hasher.update(&piece[..read]),
            }
        }
        let got = hex(&hasher.finalize());
        let expected = &self.entry(directory, name)?.sha256;
        if &got != expected {
            return Err(mismatch(&directory.join(name), "SHA-256", expected, got));
        }
        Ok(())
    }

    fn entry(&self, directory: &Path, name: &str) -> Result<&FileEntry, StoreError> {
        self.files.get(name).ok_or_else(|| StoreError::Malformed {
            file: directory.join(DESCRIPTION),
            reason: format!("expected an entry for {name} in files, got none"),
        })
    }

    /// The content hash as [`super::Store::hash`] defines it.
    pub(super) fn content_hash(&self) -> String {
        let mut hasher = Sha256::new();
        let leads: Vec<&str> = self.leads.iter().map(|lead| lead.name()).collect();
        let mut add = |text: &str| {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        add(&self.version.to_string());
        add(&leads.join(","));
        add(&self.samples.to_string());
        add(&self.profile.hash);
        for name in [super::WINDOWS, super::TABLE] {
            add(self.files.get(name).map_or("", |entry| &entry.sha256));
        }
        hex(&hasher.finalize())
    }
}

fn mismatch(file: &Path, field: &str, expected: impl ToString, got: impl ToString) -> StoreError {
    StoreError::Mismatch {
        file: file.to_owned(),
        field: field.to_owned(),
        expected: expected.to_string(),
        got: got.to_string(),
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
