//! HDF5 files in the layouts of CODE-15 % (`tracings` `[exams, samples, leads]` with `exam_id`),
//! of SPH (`ecg` `[leads, samples]`), and MATLAB 7.3 matrices of one ECG.
//!
//! The container is read by `hdf5-reader`, which is Rust alone; datasets are read in blocks of
//! exams, so a file may be larger than memory when exams are read one by one.

mod layout;
mod number;

use crate::finding::finding;
use crate::{ReadError, ReadErrorKind, ReadOptions, Recording, Unit, stem};
use coronet_ecg::{Channel, Device, Ecg, Finding, Hertz, Lead, Signal, Subject};
use hdf5_reader::{Dataset, Hdf5File, OpenOptions, SliceInfo, SliceInfoElem};
use layout::{Family, Layout};
use number::Number;
use std::path::Path;

/// How the format is called.
pub(crate) const NAME: &str = "HDF5";

/// The first bytes of a superblock.
const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Whether a file begins as one of this format, behind a user block of MATLAB or none.
pub(crate) fn is_hdf5(head: &[u8]) -> bool {
    head.starts_with(SIGNATURE) || head.get(512..520) == Some(SIGNATURE)
}

/// Most bytes of a dataset that is read as a whole.
const LIMIT: u64 = 1 << 32;

/// Most bytes that are read at once, as numbers of 64 bits: a part of CODE-15 takes 7.9 GB.
const DECODED: u64 = 1 << 33;

/// As many of them any file may take; beyond that only [`SWELL`] bytes for each of its own.
const SMALL: u64 = 1 << 29;

/// ECGs of 16 or 32 bits are shrunk some fourfold, and padding of zeros further.
const SWELL: u64 = 32;

/// Most bytes of a block of exams, and of a chunk of a dataset.
const BLOCK: usize = 64 << 20;

/// Reads every ECG of a file. Exams are named by their identifiers, `stem#1111`.
///
/// Rows that are 0 in all leads at both ends of an exam are padding and cut.
///
/// # Errors
///
/// When there is no dataset of a known layout, it is truncated, or takes more than 2³³ bytes decoded
/// (2²⁹ and 32 times the size of the file): [`Exams`] reads such a file exam by exam.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Vec<Recording>, ReadError> {
    let exams = Exams::open(path)?;
    let got = exams
        .layout
        .numbers()
        .saturating_mul(size_of::<f64>() as u64);
    let expected = DECODED.min(SMALL.max(exams.size.saturating_mul(SWELL)));
    if got > expected {
        return Err(ReadErrorKind::TooLarge { expected, got }.at(path));
    }
    let mut recordings = Vec::new();
    let step = exams.in_a_block();
    for first in (0..exams.len()).step_by(step) {
        let block = exams.read(first, step.min(exams.len() - first), options)?;
        recordings.extend(block);
    }
    Ok(recordings)
}

/// An open file of exams.
pub struct Exams {
    path: std::path::PathBuf,
    dataset: Dataset,
    layout: Layout,
    /// Bytes of the file.
    size: u64,
    /// Identifiers, where the file has them.
    ids: Option<Vec<String>>,
}

impl std::fmt::Debug for Exams {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Exams")
            .field("path", &self.path)
            .field("layout", &self.layout)
            .finish_non_exhaustive()
    }
}

impl Exams {
    /// Opens a file and reads what describes its exams.
    ///
    /// # Errors
    ///
    /// As for [`read`], whatever the size of the dataset.
    pub fn open(path: &Path) -> Result<Exams, ReadError> {
        let options = OpenOptions::default()
            .with_max_chunk_bytes(BLOCK)
            .with_max_read_bytes(LIMIT as usize)
            .with_max_object_header_bytes(16 << 20);
        // The crate reports a file that does not open as one of no known form.
        let size = fs_err::metadata(path)
            .map_err(|error| ReadErrorKind::Io(error).at(path))?
            .len();
        let failed = |error: hdf5_reader::error::Error| refused(&error).at(path);
        let file = Hdf5File::open_with_options(path, options).map_err(failed)?;
        let datasets = file
            .root_group()
            .and_then(|root| root.datasets())
            .map_err(failed)?;
        let (dataset, layout) = layout::find(datasets).map_err(|kind| kind.at(path))?;
        check_size(&dataset, &layout, size).map_err(|kind| kind.at(path))?;
        let ids = match file.dataset("exam_id") {
            Ok(ids) => Some(identifiers(&ids, layout.exams).map_err(|kind| kind.at(path))?),
            Err(_) => None,
        };
        Ok(Exams {
            path: path.to_path_buf(),
            dataset,
            layout,
            size,
            ids,
        })
    }

    /// Number of exams.
    pub fn len(&self) -> usize {
        self.layout.exams
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads `count` exams from the one at `first` on.
    ///
    /// # Errors
    ///
    /// When the file ends before them, or cannot be decoded.
    ///
    /// # Panics
    ///
    /// When there are fewer.
    pub fn read(
        &self,
        first: usize,
        count: usize,
        options: &ReadOptions,
    ) -> Result<Vec<Recording>, ReadError> {
        assert!(count <= self.len() && first <= self.len() - count);
        let all = || SliceInfoElem::Slice {
            start: 0,
            end: u64::MAX,
            step: 1,
        };
        let mut selections = vec![all(), all()];
        if self.layout.rank == 3 {
            let exams = SliceInfoElem::Slice {
                start: first as u64,
                end: (first + count) as u64,
                step: 1,
            };
            selections.insert(0, exams);
        }
        let block = self
            .dataset
            .read_slice::<Number>(&SliceInfo { selections })
            .map_err(|error| refused(&error).at(&self.path))?;
        let numbers = block.into_raw_vec_and_offset().0;
        let size = self.layout.leads * self.layout.samples;
        let mut recordings = Vec::with_capacity(count);
        for (exam, numbers) in numbers.chunks_exact(size).enumerate() {
            recordings.push(Recording {
                record_id: self.record_id(first + exam),
                format: NAME,
                ecg: ecg(numbers, &self.layout, options),
            });
        }
        Ok(recordings)
    }

    /// What an exam is called within the file: by its identifier, else by its place.
    pub(crate) fn name(&self, exam: usize) -> String {
        match &self.ids {
            Some(ids) => ids[exam].clone(),
            None => exam.to_string(),
        }
    }

    /// What the recording of an exam is called.
    pub(crate) fn record_id(&self, exam: usize) -> String {
        let stem = stem(&self.path);
        match &self.ids {
            Some(ids) => format!("{stem}#{}", ids[exam]),
            None if self.layout.rank == 3 => format!("{stem}#{exam}"),
            None => stem,
        }
    }

    /// Exams of a block; at least one.
    pub(crate) fn in_a_block(&self) -> usize {
        let exam = self.layout.leads * self.layout.samples * size_of::<Number>();
        (BLOCK / exam.max(1)).max(1)
    }
}

/// Compression does not shrink numbers more than a thousandfold (deflate's limit is 1032), so a
/// dataset far larger than its file is a fault; parts that were never written aside, the file
/// holds what it says.
fn check_size(dataset: &Dataset, layout: &Layout, size: u64) -> Result<(), ReadErrorKind> {
    let most = match dataset.chunks() {
        Some(_) => size.saturating_mul(1100),
        None => size,
    };
    if layout.bytes() > most {
        return Err(ReadErrorKind::Truncated {
            expected: layout.bytes(),
            got: size,
        });
    }
    Ok(())
}

fn identifiers(dataset: &Dataset, exams: usize) -> Result<Vec<String>, ReadErrorKind> {
    if dataset.shape() != [exams as u64] {
        return Err(ReadErrorKind::Element {
            element: "exam_id".to_string(),
            expected: format!("{exams} identifiers, one an exam"),
            got: format!("{:?}", dataset.shape()),
        });
    }
    let numbers = dataset
        .read_array::<Number>()
        .map_err(|error| refused(&error))?;
    Ok(numbers.iter().map(|id| id.0.to_string()).collect())
}

fn refused(error: &hdf5_reader::error::Error) -> ReadErrorKind {
    ReadErrorKind::Element {
        element: NAME.to_string(),
        expected: "a file that can be decoded".to_string(),
        got: error.to_string(),
    }
}

/// One exam of numbers in the order of the file.
fn ecg(numbers: &[Number], layout: &Layout, options: &ReadOptions) -> Ecg {
    let mut findings = Vec::new();
    let unit = options.unit.unwrap_or(Unit::Millivolt);
    if options.unit.is_none() {
        let message = match layout.family {
            Family::Code15 | Family::Sph => {
                format!(
                    "the file states no unit, taken as mV as in {}",
                    layout.family.name()
                )
            }
            Family::Matrix => "the file states no unit, taken as mV".to_string(),
        };
        findings.push(finding("unit-not-stated", message));
    }
    let (first, last) = match layout.family {
        Family::Code15 => recorded(numbers, layout),
        _ => (0, layout.samples),
    };
    if last - first < layout.samples {
        let (before, after) = (first, layout.samples - last);
        let message = format!("{before} samples of 0 before and {after} after the recording");
        findings.push(finding("padding-cut", message));
    }
    let value = |number: Number| {
        let value = unit.to_millivolts(number.0);
        if value.is_finite() { value } else { f64::NAN }
    };
    let signals: Vec<Signal> = (0..layout.leads)
        .map(|lead| Signal {
            channel: channel(layout, lead),
            millivolts: (first..last)
                .map(|sample| value(numbers[layout.position(lead, sample)]))
                .collect(),
        })
        .collect();
    names_of(&signals, &mut findings);
    Ecg {
        rate: rate(layout, options, &mut findings),
        signals,
        start: None,
        subject: Subject::default(),
        device: Device::default(),
        findings,
    }
}

/// First sample and end of what is not 0 in all leads; everything where all is 0.
fn recorded(numbers: &[Number], layout: &Layout) -> (usize, usize) {
    let silent = |sample: usize| {
        (0..layout.leads).all(|lead| numbers[layout.position(lead, sample)].0 == 0.0)
    };
    let Some(first) = (0..layout.samples).find(|&sample| !silent(sample)) else {
        return (0, layout.samples);
    };
    let last = (first..layout.samples)
        .rev()
        .find(|&sample| !silent(sample));
    (first, last.unwrap_or(first) + 1)
}

/// Twelve leads are the standard ones in tensor order, as both data sets have them.
fn channel(layout: &Layout, lead: usize) -> Channel {
    match layout.leads {
        12 => Channel::Lead(Lead::ALL[lead]),
        _ => Channel::Other(format!("row {lead}")),
    }
}

fn names_of(signals: &[Signal], findings: &mut Vec<Finding>) {
    let message = match signals.len() {
        12 => "the file names no leads, taken in the order I, II, III, aVR, aVL, aVF, V1 to V6",
        _ => "the file names no leads",
    };
    findings.push(finding("lead-not-stated", message));
}

fn rate(layout: &Layout, options: &ReadOptions, findings: &mut Vec<Finding>) -> Hertz {
    if let Some(rate) = options.rate {
        return rate;
    }
    let hertz = layout.family.rate();
    let message = match layout.family {
        Family::Matrix => format!("the file states no rate, taken as {hertz} Hz"),
        family => format!(
            "the file states no rate, taken as {hertz} Hz as in {}",
            family.name()
        ),
    };
    findings.push(finding("rate-not-stated", message));
    Hertz::new(hertz).expect("a fixed rate is positive, this is a bug")
}
