//! Files that hold several ECGs, of which some are read at a time.

use crate::part::Part;
use crate::sniff::{self, Content};
use crate::{ReadError, ReadErrorKind, ReadOptions, Recording, hdf5, npy, parquet};
use crate::{fhir, hl7, muse, schiller};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Whether a file is of a format that may hold several ECGs; `false` for what cannot be read.
pub fn holds_several(path: &Path) -> bool {
    const SEVERAL: [&str; 7] = [
        npy::NAME,
        hdf5::NAME,
        parquet::NAME,
        fhir::NAME,
        hl7::NAME,
        muse::NAME,
        schiller::NAME,
    ];
    match sniff::content(path) {
        Ok(Content::File(format)) => SEVERAL.contains(&format.name),
        Ok(Content::Wfdb(_)) | Err(_) => false,
    }
}

/// An open file of one or more ECGs.
///
/// HDF5, NumPy arrays in C order and Parquet tables with one ECG a row are read as they are asked
/// for and may be larger than memory; of other files all ECGs are held in memory.
#[derive(Debug)]
pub struct Container {
    path: PathBuf,
    kind: Kind,
    parts: Vec<Part>,
    /// Places of the parts by name.
    places: BTreeMap<String, Vec<usize>>,
    lost: Option<String>,
}

#[derive(Debug)]
enum Kind {
    Exams(Box<hdf5::Exams>),
    Array(npy::Batch),
    Rows(Box<parquet::Rows>),
    Held(Vec<Recording>),
}

/// Why no ECG of a file goes by a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unnamed {
    /// None is called so.
    #[error("no ECG `{name}` among {count}; the last is `{last}`")]
    Absent {
        /// The name.
        name: String,
        /// ECGs of the file.
        count: usize,
        /// The name of the last of them.
        last: String,
    },
    /// Several are called so.
    #[error("{count} ECGs are called `{name}`")]
    Several {
        /// The name.
        name: String,
        /// ECGs of that name.
        count: usize,
    },
}

impl Container {
    /// Opens a file and reads what it says of its ECGs.
    ///
    /// # Errors
    ///
    /// As for [`read`](crate::read), whatever the size of HDF5, NumPy and Parquet files.
    pub fn open(path: &Path, options: &ReadOptions) -> Result<Container, ReadError> {
        let (kind, parts) = open(path, options)?;
        let lost = match &kind {
            Kind::Held(recordings) => parts_left_out(recordings).map(str::to_owned),
            Kind::Exams(_) | Kind::Array(_) | Kind::Rows(_) => None,
        };
        let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, part) in parts.iter().enumerate() {
            places.entry(part.name.clone()).or_default().push(place);
        }
        Ok(Container {
            path: path.to_path_buf(),
            kind,
            parts,
            places,
            lost,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the file says of each of its ECGs, in their order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether all ECGs are in memory.
    pub fn is_held(&self) -> bool {
        matches!(self.kind, Kind::Held(_))
    }

    /// What of the file cannot be read at all, in words; rows of HDF5, NumPy and Parquet that
    /// cannot be read are errors of [`Container::read`].
    pub fn lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }

    /// The place of the ECG of this name: as it is called within the file, or as a recording.
    ///
    /// # Errors
    ///
    /// When none or several are called so.
    pub fn find(&self, name: &str) -> Result<usize, Unnamed> {
        let by_record = || {
            let mut parts = self.parts.iter();
            parts.position(|part| part.record_id == name)
        };
        match self.places.get(name).map(Vec::as_slice) {
            Some(&[place]) => Ok(place),
            Some(places) => Err(Unnamed::Several {
                name: name.to_string(),
                count: places.len(),
            }),
            None => by_record().ok_or_else(|| Unnamed::Absent {
                name: name.to_string(),
                count: self.parts.len(),
                last: self
                    .parts
                    .last()
                    .map_or(String::new(), |part| part.name.clone()),
            }),
        }
    }

    /// Reads the ECGs at some places, given in rising order; the answers stand in that order.
    ///
    /// # Panics
    ///
    /// When a place is not below the number of parts.
    pub fn read(
        &self,
        places: &[usize],
        options: &ReadOptions,
    ) -> Vec<Result<Recording, ReadError>> {
        let read = match &self.kind {
            Kind::Exams(exams) => by_runs(places, exams.in_a_block(), |first, count| {
                exams.read(first, count, options)
            }),
            Kind::Array(batch) => by_runs(places, BATCH, |first, count| {
                batch.read(first, count, options)
            }),
            Kind::Rows(rows) => rows.read(places, options),
            Kind::Held(all) => places.iter().map(|&at| Ok(all[at].clone())).collect(),
        };
        let sound = |recording: Recording| crate::without_zero_ages(vec![recording]).remove(0);
        read.into_iter().map(|read| read.map(sound)).collect()
    }
}

/// Arrays that are read at once.
const BATCH: usize = 64;

fn open(path: &Path, options: &ReadOptions) -> Result<(Kind, Vec<Part>), ReadError> {
    match crate::format_of(path)? {
        name if name == hdf5::NAME => {
            let exams = hdf5::Exams::open(path)?;
            check_count(exams.len(), path)?;
            let part = |exam| plain(exams.name(exam), exams.record_id(exam));
            let parts = (0..exams.len()).map(part).collect();
            Ok((Kind::Exams(Box::new(exams)), parts))
        }
        name if name == npy::NAME => {
            let batch = npy::Batch::open(path, options)?;
            if !batch.is_apart() {
                return held(path, options);
            }
            check_count(batch.len(), path)?;
            let part = |record| {
                let (name, record_id) = batch.names(record);
                plain(name, record_id)
            };
            let parts = (0..batch.len()).map(part).collect();
            Ok((Kind::Array(batch), parts))
        }
        name if name == parquet::NAME => match parquet::Rows::open(path)? {
            Some(rows) => {
                check_count(rows.len(), path)?;
                let parts = rows.parts();
                Ok((Kind::Rows(Box::new(rows)), parts))
            }
            None => held(path, options),
        },
        _ => held(path, options),
    }
}

/// Most ECGs of a file.
const MOST: usize = 1 << 21;

fn check_count(count: usize, path: &Path) -> Result<(), ReadError> {
    match count <= MOST {
        true => Ok(()),
        false => Err(ReadErrorKind::Element {
            element: "ECGs of the file".to_string(),
            expected: format!("at most {MOST}"),
            got: count.to_string(),
        }
        .at(path)),
    }
}

/// A part of which the file says nothing but its name.
fn plain(name: String, record_id: String) -> Part {
    Part {
        name,
        record_id,
        start: None,
        subject: coronet_ecg::Subject::default(),
    }
}

/// All ECGs of a file.
fn held(path: &Path, options: &ReadOptions) -> Result<(Kind, Vec<Part>), ReadError> {
    let recordings = crate::read(path, options)?;
    let parts = recordings.iter().enumerate().map(|(at, recording)| Part {
        name: at.to_string(),
        record_id: recording.record_id.clone(),
        start: recording.ecg.start,
        subject: recording.ecg.subject.clone(),
    });
    let parts = parts.collect();
    Ok((Kind::Held(recordings), parts))
}

/// What the finding `parts-left-out` of a file says, which its first recording carries.
pub fn parts_left_out(recordings: &[Recording]) -> Option<&str> {
    let mut findings = recordings.first()?.ecg.findings.iter();
    let found = findings.find(|finding| finding.code == "parts-left-out")?;
    Some(&found.message)
}

/// Reads places that follow each other together, at most `most` at a time. Where several cannot be
/// read together, each is tried by itself.
fn by_runs(
    places: &[usize],
    most: usize,
    read: impl Fn(usize, usize) -> Result<Vec<Recording>, ReadError>,
) -> Vec<Result<Recording, ReadError>> {
    let one = |place| read(place, 1).map(|mut recordings| recordings.remove(0));
    let mut all = Vec::with_capacity(places.len());
    let runs = places.chunk_by(|a, b| a + 1 == *b);
    for run in runs.flat_map(|run| run.chunks(most)) {
        match read(run[0], run.len()) {
            Ok(recordings) => all.extend(recordings.into_iter().map(Ok)),
            Err(_) if run.len() > 1 => all.extend(run.iter().map(|&place| one(place))),
            Err(error) => all.push(Err(error)),
        }
    }
    all
}

impl Unnamed {
    /// The error about a file.
    pub fn at(self, path: &Path) -> ReadError {
        let (expected, got) = match &self {
            Unnamed::Absent { name, .. } | Unnamed::Several { name, .. } => {
                (format!("one ECG `{name}`"), self.to_string())
            }
        };
        ReadErrorKind::Element {
            element: "parts of the file".to_string(),
            expected,
            got,
        }
        .at(path)
    }
}
