//! ECG files of hospitals, devices and data sets to recordings, and recordings to files.
//!
//! [`read`] decides by content, not by extension, and returns what could be read with findings
//! beside it. Knows neither models nor patients. Sizes stated in a file are checked against the
//! size of the file before memory is asked for.

mod atomic;
mod bytes;
mod calibration;
mod cardiosoft;
mod checksum;
mod container;
pub mod csv;
pub mod dicom;
pub mod edf;
mod error;
pub mod fhir;
mod finding;
mod format;
pub mod hdf5;
mod head;
mod hl7;
mod ishne;
mod lead_code;
mod list;
mod mat;
mod mfer;
mod muse;
pub mod npy;
mod options;
pub mod parquet;
mod part;
mod philips;
mod quantise;
mod samples;
mod schiller;
mod scp;
mod sniff;
mod start;
mod stated;
mod text;
pub mod wfdb;
mod wide;
mod xml;

pub use container::{Container, Unnamed, holds_several, parts_left_out};
pub use error::{ReadError, ReadErrorKind, WriteError};
pub use finding::FINDING_CODES;
pub use list::list;
pub use options::{ArrayOrder, Leniency, ReadOptions, Unit};
pub use part::Part;

use coronet_ecg::Ecg;
use format::{Format, Reader};
use sniff::Content;
use std::io::Read;
use std::path::Path;

/// One ECG of a file, with the name it goes by.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// File name without extension; for a batch of arrays with `#0`, `#1`, … behind it.
    pub record_id: String,
    /// The format it was read from, by its usual name.
    pub format: &'static str,
    /// What was recorded.
    pub ecg: Ecg,
}

impl Recording {
    /// Whether it is a bare array, which may hold samples that were preprocessed elsewhere.
    pub fn is_array(&self) -> bool {
        self.format == npy::NAME
    }
}

/// Reads every ECG of a file.
///
/// `path` is a WFDB header `X.hea`, a record name without extension, a signal file with its
/// header beside it, or a file of any other format; which of these is decided by the bytes.
///
/// # Errors
///
/// When the file is absent, is none of these, contradicts itself or is shorter than it says.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Vec<Recording>, ReadError> {
    let format = match sniff::content(path)? {
        Content::Wfdb(header) => {
            let record = wfdb::read(&header, path, options)?;
            return Ok(without_zero_ages(vec![record]));
        }
        Content::File(format) => format,
    };
    if let Reader::Path(reader) = format.reader {
        return reader(path, options).map(without_zero_ages);
    }
    parse(format, &stem(path), &whole(path)?, options).map_err(|kind| kind.at(path))
}

fn without_zero_ages(mut recordings: Vec<Recording>) -> Vec<Recording> {
    for recording in &mut recordings {
        finding::drop_zero_age(&mut recording.ecg);
    }
    recordings
}

/// The name of a file's format, by its first bytes; of a WFDB record by its header or signal file.
///
/// # Errors
///
/// When the file is absent or of no known format.
pub fn format_of(path: &Path) -> Result<&'static str, ReadError> {
    Ok(match sniff::content(path)? {
        Content::Wfdb(_) => wfdb::NAME,
        Content::File(format) => format.name,
    })
}

/// Reads every ECG of a file that is already in memory, decided by its bytes.
///
/// For formats of one file; WFDB records and NumPy arrays are read by [`read`]. The recordings
/// are named `record_id`, or `record_id#0`, `record_id#1`, … where there are several.
///
/// # Errors
///
/// As for [`read`].
pub fn read_bytes(
    record_id: &str,
    bytes: &[u8],
    options: &ReadOptions,
) -> Result<Vec<Recording>, ReadErrorKind> {
    parse(sniff::format(bytes)?, record_id, bytes, options)
}

fn parse(
    format: &Format,
    record_id: &str,
    bytes: &[u8],
    options: &ReadOptions,
) -> Result<Vec<Recording>, ReadErrorKind> {
    let wide = format.is_text().then(|| wide::text(bytes)).flatten();
    let bytes = wide.as_deref().map_or(bytes, str::as_bytes);
    let ecgs = match format.reader {
        Reader::Bytes(reader) => reader(bytes, options)?,
        Reader::Xml(reader) => reader(&xml::Document::parse(bytes)?, options)?,
        Reader::Path(_) => {
            return Err(ReadErrorKind::NotSupported {
                what: "reading this format from memory",
                got: format.name.to_string(),
            });
        }
    };
    let several = ecgs.len() > 1;
    let name = |(index, ecg)| Recording {
        record_id: match several {
            true => format!("{record_id}#{index}"),
            false => record_id.to_string(),
        },
        format: format.name,
        ecg,
    };
    let recordings = ecgs.into_iter().enumerate().map(name).collect();
    Ok(without_zero_ages(recordings))
}

/// Most bytes of a file that is read as a whole.
const LIMIT: u64 = 1 << 30;

/// All bytes of a file.
pub(crate) fn whole(path: &Path) -> Result<Vec<u8>, ReadError> {
    let failed = |error| ReadErrorKind::Io(error).at(path);
    let mut bytes = Vec::new();
    fs_err::File::open(path)
        .map_err(failed)?
        .take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let got = bytes.len() as u64;
    if got > LIMIT {
        let expected = LIMIT;
        return Err(ReadErrorKind::TooLarge { expected, got }.at(path));
    }
    Ok(bytes)
}

/// The name of a record by its file.
pub(crate) fn stem(path: &Path) -> String {
    path.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}
