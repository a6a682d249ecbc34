//! The key file of de-identification.

use crate::output;
use crate::printer::Hint;
use anyhow::{Context, Result};
use coronet_cohort::Key;
use std::path::{Path, PathBuf};

/// Whether, and with which key, direct identifiers are removed.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct DeIdentify {
    /// Remove direct identifiers, replace identifiers by keyed hashes and move the dates of each
    /// patient back by 1 to 365 days, the same number everywhere.
    #[arg(long, requires = "key_file")]
    pub de_identify: bool,
    /// The key, 16 bytes or more, such as `openssl rand -hex 32` writes; keep it secret and safe.
    #[arg(long, value_name = "FILE", requires = "de_identify")]
    pub key_file: Option<PathBuf>,
}

impl DeIdentify {
    /// The key, where de-identification is asked for.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is too short to be a key.
    pub fn key(&self) -> Result<Option<Key>> {
        match &self.key_file {
            Some(path) if self.de_identify => read(path).map(Some),
            _ => Ok(None),
        }
    }
}

fn read(path: &Path) -> Result<Key> {
    let bytes = output::read(path).context("the key file cannot be read")?;
    Key::new(&bytes).map_err(|error| {
        let message = format!("{}: {error}", path.display());
        Hint::error(message, "openssl rand -hex 32 > key.txt makes a key")
    })
}
