//! NumPy arrays `[leads, samples]` or `[records, leads, samples]` in millivolts.

mod element;
mod header;

use crate::{ArrayOrder, ReadError, ReadErrorKind, ReadOptions, Recording, Unit, WriteError};
use crate::{atomic, stem};
use coronet_ecg::{Channel, Device, Ecg, Finding, Hertz, Lead, Signal, Subject};
pub(crate) use element::Element;
use header::ArrayHeader;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// How the format is called.
pub(crate) const NAME: &str = "NumPy array";

/// Rate of an array when the caller states none, in hertz.
const DEFAULT_RATE: f64 = 500.0;

/// Most bytes of one array.
const LIMIT: u64 = 1 << 32;

/// Reads an array of floats (16, 32, 64 bit) or integers (16, 32 bit) of either byte order.
///
/// Twelve rows are the standard leads in tensor order; any other number of rows keeps its
/// numbers as names. `[leads, samples]` gives one recording named by the file's stem,
/// `[records, leads, samples]` gives `stem#0`, `stem#1`, …
///
/// # Errors
///
/// When it is not an array of such shape and type, or is shorter than its header says.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Vec<Recording>, ReadError> {
    let batch = Batch::open(path, options)?;
    batch.read(0, batch.len(), options)
}

/// An open array of ECGs, read a few at a time where they lie one after the other.
#[derive(Debug)]
pub(crate) struct Batch {
    path: PathBuf,
    header: ArrayHeader,
    layout: Layout,
    /// Where the numbers begin in the file.
    start: u64,
    /// Bytes of all numbers.
    size: u64,
    /// Bytes behind the numbers.
    extra: u64,
}

impl Batch {
    /// Opens an array and reads its header.
    ///
    /// # Errors
    ///
    /// When it is not an array of such shape and type, or is shorter than its header says.
    pub(crate) fn open(path: &Path, options: &ReadOptions) -> Result<Batch, ReadError> {
        let failed = |error| ReadErrorKind::Io(error).at(path);
        let mut file = fs_err::File::open(path).map_err(failed)?;
        let got = file.metadata().map_err(failed)?.len();
        let (header, start) = ArrayHeader::read(&mut file, path)?;
        let layout = Layout::of(&header.shape, options).map_err(|kind| kind.at(path))?;
        let width = header.element.width() as u64;
        let size = header
            .shape
            .iter()
            .try_fold(width, |bytes, &side| bytes.checked_mul(side))
            .unwrap_or(u64::MAX);
        let expected = size.saturating_add(start);
        if expected > got {
            return Err(ReadErrorKind::Truncated { expected, got }.at(path));
        }
        Ok(Batch {
            path: path.to_path_buf(),
            header,
            layout,
            start,
            size,
            extra: got - expected,
        })
    }

    /// Number of ECGs.
    pub(crate) fn len(&self) -> usize {
        self.layout.records
    }

    /// Whether the numbers of an ECG lie together.
    pub(crate) fn is_apart(&self) -> bool {
        !self.header.fortran_order || self.len() == 1
    }

    /// What the ECG at a place is called: within the file, and as a recording.
    pub(crate) fn names(&self, record: usize) -> (String, String) {
        let stem = stem(&self.path);
        match self.header.shape.len() {
            3 => (record.to_string(), format!("{stem}#{record}")),
            _ => (record.to_string(), stem),
        }
    }

    /// Reads `count` ECGs from the one at `first` on.
    ///
    /// # Errors
    ///
    /// When the file ends before them, or they take more than 2³² bytes.
    pub(crate) fn read(
        &self,
        first: usize,
        count: usize,
        options: &ReadOptions,
    ) -> Result<Vec<Recording>, ReadError> {
        let (from, length) = match self.is_apart() {
            true => {
                let each = self.size / self.len() as u64;
                (first as u64 * each, count as u64 * each)
            }
            false => (0, self.size),
        };
        let bytes = self.bytes(from, length)?;
        let findings = findings(&self.header, self.extra, options);
        let source = Source {
            bytes: &bytes,
            before: from / self.header.element.width() as u64,
            header: &self.header,
            layout: &self.layout,
            unit: options.unit.unwrap_or(Unit::Millivolt),
        };
        let rate = options.rate.or(Hertz::new(DEFAULT_RATE));
        let rate = rate.expect("500 Hz is a rate, this is a bug");
        let recording = |record| Recording {
            record_id: self.names(record).1,
            format: NAME,
            ecg: Ecg {
                rate,
                signals: source.signals(record),
                start: None,
                subject: Subject::default(),
                device: Device::default(),
                findings: findings.clone(),
            },
        };
        Ok((first..first + count).map(recording).collect())
    }

    /// So many bytes of the numbers.
    fn bytes(&self, from: u64, length: u64) -> Result<Vec<u8>, ReadError> {
        let failed = |error| ReadErrorKind::Io(error).at(&self.path);
        if length > LIMIT {
            let (expected, got) = (LIMIT, length);
            return Err(ReadErrorKind::TooLarge { expected, got }.at(&self.path));
        }
        let mut file = fs_err::File::open(&self.path).map_err(failed)?;
        let start = self.start + from;
        file.seek(SeekFrom::Start(start)).map_err(failed)?;
        let mut bytes = Vec::with_capacity(length as usize);
        file.take(length).read_to_end(&mut bytes).map_err(failed)?;
        if (bytes.len() as u64) < length {
            let (expected, got) = (start + length, start + bytes.len() as u64);
            return Err(ReadErrorKind::Truncated { expected, got }.at(&self.path));
        }
        Ok(bytes)
    }
}

/// Writes numbers as a little-endian array of 32-bit floats in C order, aside and then renamed.
///
/// # Errors
///
/// When the shape does not hold as many numbers as given, or the system refuses.
pub fn write(path: &Path, shape: &[usize], data: &[f32]) -> Result<(), WriteError> {
    if shape.iter().product::<usize>() != data.len() {
        return Err(WriteError::Value {
            field: "shape",
            expected: format!("a shape of {} numbers", data.len()),
            got: format!("{shape:?}"),
        });
    }
    let mut bytes = header::write("<f4", shape);
    for value in data {
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    atomic::write(path, &bytes)
}

/// Writes the signals of a recording as `[signals, samples]` in millivolts, in their order.
///
/// # Errors
///
/// When signals differ in length, or the system refuses.
pub fn write_ecg(path: &Path, ecg: &Ecg) -> Result<(), WriteError> {
    let data: Vec<f32> = ecg
        .signals
        .iter()
        .flat_map(|signal| signal.millivolts.iter().map(|&sample| sample as f32))
        .collect();
    write(path, &[ecg.signals.len(), ecg.len()], &data)
}

/// Sizes of the three axes, whatever their order in the file.
#[derive(Debug)]
struct Layout {
    records: usize,
    leads: usize,
    samples: usize,
    order: ArrayOrder,
}

impl Layout {
    fn of(shape: &[u64], options: &ReadOptions) -> Result<Layout, ReadErrorKind> {
        let expected = match options.array_order {
            ArrayOrder::LeadsFirst => "[leads, samples] or [records, leads, samples]",
            ArrayOrder::SamplesFirst => "[samples, leads] or [records, samples, leads]",
        };
        let wrong = || ReadErrorKind::Shape {
            expected,
            got: shape.to_vec(),
        };
        let (records, first, second) = match *shape {
            [first, second] => (1, first, second),
            [records, first, second] => (records, first, second),
            _ => return Err(wrong()),
        };
        let (leads, samples) = match options.array_order {
            ArrayOrder::LeadsFirst => (first, second),
            ArrayOrder::SamplesFirst => (second, first),
        };
        let turned = samples == 12 && leads != 12;
        if records == 0 || leads == 0 || samples == 0 || leads > 64 || turned {
            return Err(wrong());
        }
        let size = |side: u64| usize::try_from(side).map_err(|_| wrong());
        Ok(Layout {
            records: size(records)?,
            leads: size(leads)?,
            samples: size(samples)?,
            order: options.array_order,
        })
    }

    /// Position of an element, counted in elements.
    fn position(&self, header: &ArrayHeader, at: [usize; 3]) -> usize {
        let [record, lead, sample] = at;
        let (sizes, place) = match self.order {
            ArrayOrder::LeadsFirst => (
                [self.records, self.leads, self.samples],
                [record, lead, sample],
            ),
            ArrayOrder::SamplesFirst => (
                [self.records, self.samples, self.leads],
                [record, sample, lead],
            ),
        };
        if header.fortran_order {
            place[0] + sizes[0] * (place[1] + sizes[1] * place[2])
        } else {
            (place[0] * sizes[1] + place[1]) * sizes[2] + place[2]
        }
    }
}

struct Source<'a> {
    bytes: &'a [u8],
    /// Numbers of the file before these bytes.
    before: u64,
    header: &'a ArrayHeader,
    layout: &'a Layout,
    unit: Unit,
}

impl Source<'_> {
    fn signals(&self, record: usize) -> Vec<Signal> {
        (0..self.layout.leads)
            .map(|lead| Signal {
                channel: if self.layout.leads == Lead::ALL.len() {
                    Channel::Lead(Lead::ALL[lead])
                } else {
                    Channel::Other(format!("row {lead}"))
                },
                millivolts: (0..self.layout.samples)
                    .map(|sample| self.value([record, lead, sample]))
                    .collect(),
            })
            .collect()
    }

    fn value(&self, at: [usize; 3]) -> f64 {
        let position = self.layout.position(self.header, at) - self.before as usize;
        let width = self.header.element.width();
        let bytes = &self.bytes[position * width..(position + 1) * width];
        let value = self.unit.to_millivolts(self.header.element.value(bytes));
        if value.is_finite() { value } else { f64::NAN }
    }
}

fn findings(header: &ArrayHeader, extra: u64, options: &ReadOptions) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut push = |code: &str, message: String| {
        findings.push(Finding {
            code: code.to_string(),
            message,
        });
    };
    if options.rate.is_none() {
        let message = format!("an array states no rate, taken as {DEFAULT_RATE} Hz");
        push("rate-not-stated", message);
    }
    if options.unit.is_none() && !matches!(header.element, Element::Float { .. }) {
        let message = "an array of integers states no unit, taken as mV".to_string();
        push("unit-not-stated", message);
    }
    if extra > 0 {
        push("extra-bytes", format!("{extra} bytes after the array"));
    }
    findings
}
