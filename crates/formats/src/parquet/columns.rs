//! The columns of a Parquet file as plain vectors.

use super::pages::Pages;
use crate::ReadErrorKind;
use bytes::Bytes;
use jiff::SignedDuration;
use jiff::civil::DateTime;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescPtr;
use parquet::schema::types::ColumnDescriptor;
use std::collections::BTreeMap;

/// Most values of a file, over all columns.
const MOST_VALUES: u64 = 1 << 27;

/// Most bytes of all texts of a file, with what it takes to keep each.
const MOST_TEXT: u64 = 1 << 28;

/// Columns that name a record or a patient: whole numbers there are words, not quantities.
pub(super) const IDENTIFIERS: [&str; 4] = ["record_id", "ecg_id", "id", "patient_id"];

/// Columns that hold the rate of an ECG.
pub(super) const RATES: [&str; 5] = [
    "rate",
    "sampling_rate",
    "sampling_frequency",
    "frequency",
    "fs",
];

/// Other columns that may be texts.
const FACTS: [&str; 5] = ["start", "recorded_at", "age", "sex", "gender"];

/// A table in memory.
pub(super) struct Table {
    /// Columns in order.
    pub(super) columns: Vec<Column>,
    /// Key–value metadata.
    pub(super) metadata: BTreeMap<String, String>,
}

/// A column by the name of its outermost field.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) cells: Cells,
}

/// One entry a row.
pub(super) enum Cells {
    /// Numbers; null is NaN.
    Numbers(Vec<f64>),
    /// Texts and times; null is absent.
    Words(Vec<Option<String>>),
    /// Lists of numbers; a null list is empty, a null element NaN.
    Lists(Vec<Vec<f64>>),
}

impl Table {
    /// Reads all columns that are numbers or lists of numbers, and the texts and times that are
    /// facts of an ECG.
    pub(super) fn read(bytes: Vec<u8>) -> Result<Table, ReadErrorKind> {
        let file = Bytes::from(bytes);
        let reader = SerializedFileReader::new(file.clone()).map_err(wrong)?;
        let metadata = reader.metadata();
        check_size(&reader)?;
        let pairs = metadata.file_metadata().key_value_metadata();
        let facts = pairs
            .into_iter()
            .flatten()
            .filter_map(|pair| Some((pair.key.clone(), pair.value.clone()?)))
            .collect();
        let schema = metadata.file_metadata().schema_descr();
        let mut columns = Vec::new();
        let mut budget = Budget {
            values: MOST_VALUES,
            text: MOST_TEXT,
        };
        for (index, descriptor) in schema.columns().iter().enumerate() {
            let name = descriptor.path().parts().first();
            if let Some(cells) = read_column(&file, &reader, index, descriptor, &mut budget)? {
                let name = name.cloned().unwrap_or_default();
                columns.push(Column { name, cells });
            }
        }
        Ok(Table {
            columns,
            metadata: facts,
        })
    }
}

fn wrong(error: ParquetError) -> ReadErrorKind {
    let got = error.to_string();
    match error {
        ParquetError::NYI(_) => ReadErrorKind::NotSupported {
            what: "part of Parquet",
            got,
        },
        _ => ReadErrorKind::Element {
            element: "Parquet".to_string(),
            expected: "a whole file that agrees with itself".to_string(),
            got,
        },
    }
}

/// Values stated by the metadata, before memory is asked for them.
fn check_size(reader: &dyn FileReader) -> Result<(), ReadErrorKind> {
    let groups = reader.metadata().row_groups();
    let values = groups
        .iter()
        .flat_map(|group| group.columns())
        .map(|chunk| u64::try_from(chunk.num_values()).unwrap_or(u64::MAX))
        .fold(0_u64, u64::saturating_add);
    if values > MOST_VALUES {
        return Err(too_large(MOST_VALUES * 8, values.saturating_mul(8)));
    }
    Ok(())
}

fn too_large(expected: u64, got: u64) -> ReadErrorKind {
    ReadErrorKind::TooLarge { expected, got }
}

/// What may still be read of a file.
struct Budget {
    values: u64,
    text: u64,
}

impl Budget {
    /// Takes the values of a column as its pages count them: a page of a few bytes can hold any
    /// number of nulls, or of entries of a dictionary.
    fn take_pages(
        &mut self,
        file: &Bytes,
        chunk: &ColumnChunkMetaData,
    ) -> Result<(), ReadErrorKind> {
        let mut pages = Pages::of(file, chunk).map_err(wrong)?;
        while let Some(page) = pages.next_header().map_err(wrong)? {
            if !page.is_data() {
                continue;
            }
            let levels = u64::from(page.values);
            self.values = self.values.checked_sub(levels).ok_or_else(|| {
                let before = MOST_VALUES - self.values;
                let all = before.saturating_add(levels);
                too_large(MOST_VALUES * 8, all.saturating_mul(8))
            })?;
        }
        Ok(())
    }

    /// A text, or none where it is no UTF-8.
    fn text(&mut self, bytes: &[u8]) -> Result<Option<String>, ReadErrorKind> {
        let cost = (bytes.len() + size_of::<Option<String>>()) as u64;
        self.text = self
            .text
            .checked_sub(cost)
            .ok_or_else(|| too_large(MOST_TEXT, MOST_TEXT - self.text + cost))?;
        Ok(std::str::from_utf8(bytes).ok().map(str::to_string))
    }
}

/// `None` for columns of other kinds: bytes, texts that are no facts, lists of texts, lists of
/// lists.
fn read_column(
    file: &Bytes,
    reader: &dyn FileReader,
    index: usize,
    descriptor: &ColumnDescPtr,
    budget: &mut Budget,
) -> Result<Option<Cells>, ReadErrorKind> {
    let Some(kind) = Kind::of(descriptor) else {
        return Ok(None);
    };
    let mut cells = Vec::new();
    for group in reader.metadata().row_groups() {
        let chunk = group.column(index);
        budget.take_pages(file, chunk)?;
        let pages = Pages::of(file, chunk).map_err(wrong)?;
        let column = get_column_reader(descriptor.clone(), Box::new(pages));
        let Some(read) = cells_of(column, descriptor, kind, budget)? else {
            return Ok(None);
        };
        cells.push(read);
    }
    Ok(Some(match kind {
        Kind::Lists => Cells::Lists(cells.into_iter().flat_map(Rows::lists).collect()),
        Kind::Words | Kind::Moments(_) => {
            Cells::Words(cells.into_iter().flat_map(Rows::words).collect())
        }
        Kind::Numbers => Cells::Numbers(cells.into_iter().flat_map(Rows::numbers).collect()),
    }))
}

/// How the cells of a column are kept.
#[derive(Clone, Copy)]
enum Kind {
    Numbers,
    Lists,
    Words,
    Moments(TimeUnit),
}

impl Kind {
    fn of(descriptor: &ColumnDescriptor) -> Option<Kind> {
        let name = descriptor.path().parts().first();
        let named = |names: &[&str]| {
            name.is_some_and(|name| names.iter().any(|known| name.eq_ignore_ascii_case(known)))
        };
        let whole = matches!(descriptor.physical_type(), Type::INT32 | Type::INT64);
        match (descriptor.max_rep_level(), descriptor.logical_type_ref()) {
            (2.., _) => None,
            (1, _) => Some(Kind::Lists),
            (_, Some(LogicalType::Timestamp(kind))) => Some(Kind::Moments(kind.unit)),
            _ if descriptor.physical_type() == Type::BYTE_ARRAY => {
                let wanted = named(&IDENTIFIERS) || named(&RATES) || named(&FACTS);
                wanted.then_some(Kind::Words)
            }
            _ if whole && named(&IDENTIFIERS) => Some(Kind::Words),
            _ => Some(Kind::Numbers),
        }
    }
}

/// The rows of one row group.
enum Rows {
    Numbers(Ragged<f64>),
    Words(Ragged<Option<String>>),
}

/// Rows of any number of values, one after the other.
struct Ragged<V> {
    values: Vec<V>,
    /// Where each row of a list begins; empty where each row is one value.
    starts: Vec<usize>,
}

impl Rows {
    fn lists(self) -> Vec<Vec<f64>> {
        let Rows::Numbers(rows) = self else {
            return Vec::new();
        };
        let ends = rows.starts.iter().skip(1).copied();
        let ends = ends.chain([rows.values.len()]);
        let bounds = rows.starts.iter().zip(ends);
        bounds
            .map(|(&start, end)| rows.values[start..end].to_vec())
            .collect()
    }

    fn numbers(self) -> Vec<f64> {
        match self {
            Rows::Numbers(rows) => rows.values,
            Rows::Words(_) => Vec::new(),
        }
    }

    fn words(self) -> Vec<Option<String>> {
        match self {
            Rows::Words(rows) => rows.values,
            Rows::Numbers(_) => Vec::new(),
        }
    }
}

fn cells_of(
    column: ColumnReader,
    descriptor: &ColumnDescriptor,
    kind: Kind,
    budget: &mut Budget,
) -> Result<Option<Rows>, ReadErrorKind> {
    let is_signed = !matches!(
        descriptor.converted_type(),
        ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64
    );
    let scale = match descriptor.converted_type() {
        ConvertedType::DECIMAL => 10_f64.powi(-descriptor.type_scale()),
        _ => 1.0,
    };
    let short = |value: i32| match is_signed {
        true => i64::from(value),
        false => i64::from(value.cast_unsigned()),
    };
    let long = |value: i64| match is_signed {
        true => i128::from(value),
        false => i128::from(value.cast_unsigned()),
    };
    let nan = f64::NAN;
    let mut words = |number: i128| budget.text(number.to_string().as_bytes());
    Ok(Some(match (column, kind) {
        (ColumnReader::Int32ColumnReader(reader), Kind::Words) => {
            let value = |value| words(i128::from(short(value)));
            Rows::Words(rows(reader, descriptor, value, None)?)
        }
        (ColumnReader::Int64ColumnReader(reader), Kind::Words) => {
            Rows::Words(rows(reader, descriptor, |value| words(long(value)), None)?)
        }
        (ColumnReader::Int64ColumnReader(reader), Kind::Moments(unit)) => {
            let value = |value| Ok(moment(value, unit));
            Rows::Words(rows(reader, descriptor, value, None)?)
        }
        (ColumnReader::ByteArrayColumnReader(reader), Kind::Words) => {
            let value = |value: ByteArray| budget.text(value.data());
            Rows::Words(rows(reader, descriptor, value, None)?)
        }
        (ColumnReader::BoolColumnReader(reader), _) => {
            let value = |value| Ok(f64::from(u8::from(value)));
            Rows::Numbers(rows(reader, descriptor, value, nan)?)
        }
        (ColumnReader::Int32ColumnReader(reader), _) => {
            let value = |value| Ok(short(value) as f64 * scale);
            Rows::Numbers(rows(reader, descriptor, value, nan)?)
        }
        (ColumnReader::Int64ColumnReader(reader), _) => {
            let value = |value| Ok(long(value) as f64 * scale);
            Rows::Numbers(rows(reader, descriptor, value, nan)?)
        }
        (ColumnReader::FloatColumnReader(reader), _) => {
            let value = |value| Ok(f64::from(value));
            Rows::Numbers(rows(reader, descriptor, value, nan)?)
        }
        (ColumnReader::DoubleColumnReader(reader), _) => {
            Rows::Numbers(rows(reader, descriptor, Ok, nan)?)
        }
        _ => return Ok(None),
    }))
}

/// A moment since 1970 as a date and time of ISO 8601.
fn moment(value: i64, unit: TimeUnit) -> Option<String> {
    let duration = match unit {
        TimeUnit::MILLIS => SignedDuration::from_millis(value),
        TimeUnit::MICROS => SignedDuration::from_micros(value),
        TimeUnit::NANOS => SignedDuration::from_nanos(value),
    };
    let epoch = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    epoch
        .checked_add(duration)
        .ok()
        .map(|moment| moment.to_string())
}

/// All rows of a column: for a plain column one value each, for a list any number.
///
/// By the definition levels of Dremel (Melnik et al. 2010): a value is there at the highest
/// level; one below it an optional leaf is null; further below the list is empty or null.
fn rows<T: DataType, V: Clone>(
    mut reader: ColumnReaderImpl<T>,
    descriptor: &ColumnDescriptor,
    mut value: impl FnMut(T::T) -> Result<V, ReadErrorKind>,
    null: V,
) -> Result<Ragged<V>, ReadErrorKind> {
    const AT_ONCE: usize = 1 << 16;
    let (present, list) = (descriptor.max_def_level(), descriptor.max_rep_level() == 1);
    let leaf_is_optional = descriptor.self_type().is_optional();
    let mut rows = Ragged {
        values: Vec::new(),
        starts: Vec::new(),
    };
    loop {
        let (mut definitions, mut repetitions, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let read = reader.read_records(
            AT_ONCE,
            Some(&mut definitions),
            Some(&mut repetitions),
            &mut values,
        );
        let (records, _, levels) = read.map_err(wrong)?;
        if records == 0 && levels == 0 {
            return Ok(rows);
        }
        let mut values = values.into_iter();
        for level in 0..levels {
            let definition = definitions.get(level).copied().unwrap_or(present);
            if list
                && repetitions
                    .get(level)
                    .is_none_or(|&repetition| repetition == 0)
            {
                rows.starts.push(rows.values.len());
            }
            let cell = match definition == present {
                true => values.next().map(&mut value).transpose()?,
                false if !list || (leaf_is_optional && definition == present - 1) => {
                    Some(null.clone())
                }
                false => None,
            };
            rows.values.extend(cell);
        }
    }
}
