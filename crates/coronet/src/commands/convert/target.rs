//! What is written, and where.

use crate::printer::Hint;
use anyhow::{Context, Result};
use coronet_ecg::{Channel, Ecg, Finding, Lead, Signal};
use coronet_formats::{csv, dicom, edf, fhir, npy, parquet, wfdb};
use jiff::tz::Offset;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// A file of a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A NumPy array of the twelve leads.
    Npy(PathBuf),
    /// A table of all channels.
    Csv(PathBuf),
    /// A DICOM waveform object.
    Dicom(PathBuf),
    /// An EDF+ file.
    Edf(PathBuf),
    /// A FHIR Observation of all channels.
    Fhir(PathBuf),
    /// A Parquet table of all channels.
    Parquet(PathBuf),
    /// A WFDB record: header and signal file.
    Wfdb {
        /// Folder of both files.
        folder: PathBuf,
        /// Their name without extension.
        name: String,
    },
}

impl Target {
    /// By the extension of `path`.
    pub(super) fn of(path: &Path) -> Result<Target> {
        let extension = path
            .extension()
            .map(|text| text.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("npy") => Ok(Target::Npy(path.to_path_buf())),
            Some("csv") => Ok(Target::Csv(path.to_path_buf())),
            Some("dcm") => Ok(Target::Dicom(path.to_path_buf())),
            Some("edf") => Ok(Target::Edf(path.to_path_buf())),
            Some("json") => Ok(Target::Fhir(path.to_path_buf())),
            Some("parquet") => Ok(Target::Parquet(path.to_path_buf())),
            Some("hea") | None => record(path),
            Some(other) => {
                let message = format!("{}: cannot write `.{other}`", path.display());
                let hint = "end the name in .dcm, .edf, .npy, .csv, .json, .parquet, or .hea for a WFDB record";
                Err(Hint::error(message, hint))
            }
        }
    }

    /// Refuses to go on where something is.
    pub(super) fn check_absent(&self) -> Result<()> {
        for path in self.files() {
            if path.symlink_metadata().is_ok() {
                let message = format!("{} is there already", path.display());
                return Err(Hint::error(message, "--force replaces it"));
            }
        }
        Ok(())
    }

    fn files(&self) -> Vec<PathBuf> {
        match self {
            Target::Npy(path)
            | Target::Csv(path)
            | Target::Dicom(path)
            | Target::Edf(path)
            | Target::Fhir(path)
            | Target::Parquet(path) => {
                vec![path.clone()]
            }
            Target::Wfdb { folder, name } => ["hea", "dat"]
                .map(|extension| folder.join(format!("{name}.{extension}")))
                .to_vec(),
        }
    }

    /// The part of an ECG that the format holds.
    pub(super) fn holds<'a>(&self, ecg: &'a Ecg) -> Result<Cow<'a, Ecg>> {
        match self {
            Target::Npy(_) => twelve_leads(ecg).map(Cow::Owned),
            _ => Ok(Cow::Borrowed(ecg)),
        }
    }

    /// Writes the files; returns the one to read back, and what the writer could not hold.
    pub(super) fn write(
        &self,
        ecg: &Ecg,
        offset: Option<Offset>,
    ) -> Result<(PathBuf, Vec<Finding>)> {
        let files = self.files();
        let folder = files[0].parent().unwrap_or(Path::new(""));
        if !folder.as_os_str().is_empty() {
            fs_err::create_dir_all(folder)?;
        }
        let failed = || format!("cannot write {}", files[0].display());
        let mut limits = Vec::new();
        match self {
            Target::Npy(path) => npy::write_ecg(path, ecg).with_context(failed)?,
            Target::Csv(path) => csv::write(path, ecg).with_context(failed)?,
            Target::Dicom(path) => {
                let options = dicom::WriteOptions::default();
                if ecg.start.is_none() {
                    return Err(Hint::error(
                        "a DICOM waveform needs the start of the recording, which the file does not state",
                        "give it with --start, such as --start 1984-11-09T09:17:34",
                    ));
                }
                limits = dicom::write(path, ecg, &options).with_context(failed)?;
            }
            Target::Edf(path) => limits = edf::write(path, ecg).with_context(failed)?,
            Target::Fhir(path) => {
                let options = fhir::WriteOptions {
                    offset,
                    ..fhir::WriteOptions::default()
                };
                limits = fhir::write(path, ecg, &options).with_context(failed)?;
            }
            Target::Parquet(path) => parquet::write(path, ecg).with_context(failed)?,
            Target::Wfdb { folder, name } => {
                let options = wfdb::WriteOptions::default();
                wfdb::write(folder, name, ecg, &options).with_context(failed)?;
            }
        }
        Ok((files[0].clone(), limits))
    }
}

/// A record by its header or its name.
fn record(path: &Path) -> Result<Target> {
    let name = path.file_stem().filter(|_| !path.is_dir());
    let Some(name) = name else {
        let message = format!("{} is no name of a record", path.display());
        let hint = "end with a file name such as patient7.hea, patient7.dcm or patient7.csv";
        return Err(Hint::error(message, hint));
    };
    Ok(Target::Wfdb {
        folder: path.parent().unwrap_or(Path::new("")).to_path_buf(),
        name: name.to_string_lossy().into_owned(),
    })
}

/// The twelve leads in tensor order, derived ones included.
fn twelve_leads(ecg: &Ecg) -> Result<Ecg> {
    let leads = ecg.standard_leads().map_err(|missing| {
        let message = format!("an array has no names of leads: {missing}");
        Hint::error(message, "a .csv table or a WFDB record holds any channels")
    })?;
    let signals = Lead::ALL.into_iter().zip(leads.millivolts);
    Ok(Ecg {
        signals: signals
            .map(|(lead, millivolts)| Signal {
                channel: Channel::Lead(lead),
                millivolts,
            })
            .collect(),
        ..ecg.clone()
    })
}
