//! The columns of a Parquet file as plain vectors.

use crate::ReadErrorKind;
use jiff::SignedDuration;
use jiff::civil::DateTime;
use parquet::basic::{LogicalType, TimeUnit};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use std::collections::BTreeMap;

/// Most values of a file, over all columns.
const MOST_VALUES: u64 = 1 << 27;

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
    /// Reads all columns that are numbers, texts, times or lists of numbers.
    pub(super) fn read(bytes: Vec<u8>) -> Result<Table, ReadErrorKind> {
        let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).map_err(wrong)?;
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
        for (index, descriptor) in schema.columns().iter().enumerate() {
            let name = descriptor.path().parts().first();
            if let Some(cells) = read_column(&reader, index, descriptor)? {
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
        return Err(ReadErrorKind::TooLarge {
            expected: 8 * MOST_VALUES,
            got: values.saturating_mul(8),
        });
    }
    Ok(())
}

/// `None` for columns of other kinds: bytes, lists of texts, lists of lists.
fn read_column(
    reader: &dyn FileReader,
    index: usize,
    descriptor: &ColumnDescriptor,
) -> Result<Option<Cells>, ReadErrorKind> {
    let is_list = descriptor.max_rep_level() == 1;
    if descriptor.max_rep_level() > 1 {
        return Ok(None);
    }
    let mut cells = Vec::new();
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).map_err(wrong)?;
        let column = group.get_column_reader(index).map_err(wrong)?;
        let Some(read) = cells_of(column, descriptor).map_err(wrong)? else {
            return Ok(None);
        };
        cells.push(read);
    }
    Ok(Some(match is_list {
        true => Cells::Lists(cells.into_iter().flat_map(Rows::lists).collect()),
        false if cells.iter().any(|rows| matches!(rows, Rows::Words(_))) => {
            Cells::Words(cells.into_iter().flat_map(Rows::words).collect())
        }
        false => Cells::Numbers(cells.into_iter().flat_map(Rows::numbers).collect()),
    }))
}

/// The rows of one row group.
enum Rows {
    Numbers(Ragged<f64>),
    Words(Ragged<Option<String>>),
}

/// Rows of any number of values, one after the other.
struct Ragged<V> {
    values: Vec<V>,
    /// Where each row begins.
    starts: Vec<usize>,
}

impl<V: Clone> Ragged<V> {
    fn rows(&self) -> impl Iterator<Item = &[V]> {
        let ends = self.starts.iter().skip(1).copied();
        let ends = ends.chain([self.values.len()]);
        let bounds = self.starts.iter().zip(ends);
        bounds.map(|(&start, end)| &self.values[start..end])
    }

    /// The first value of each row, `null` where it has none.
    fn first(self, null: V) -> Vec<V> {
        let one_each = self.starts.iter().copied().eq(0..self.values.len());
        match one_each {
            true => self.values,
            false => self
                .rows()
                .map(|row| row.first().unwrap_or(&null).clone())
                .collect(),
        }
    }
}

impl Rows {
    fn lists(self) -> Vec<Vec<f64>> {
        match self {
            Rows::Numbers(rows) => rows.rows().map(<[f64]>::to_vec).collect(),
            Rows::Words(_) => Vec::new(),
        }
    }

    fn numbers(self) -> Vec<f64> {
        match self {
            Rows::Numbers(rows) => rows.first(f64::NAN),
            Rows::Words(_) => Vec::new(),
        }
    }

    fn words(self) -> Vec<Option<String>> {
        match self {
            Rows::Words(rows) => rows.first(None),
            Rows::Numbers(_) => Vec::new(),
        }
    }
}

fn cells_of(
    column: ColumnReader,
    descriptor: &ColumnDescriptor,
) -> Result<Option<Rows>, ParquetError> {
    let list = descriptor.max_rep_level() == 1;
    Ok(Some(match column {
        ColumnReader::BoolColumnReader(reader) => Rows::Numbers(rows(
            reader,
            descriptor,
            |value| f64::from(u8::from(value)),
            f64::NAN,
        )?),
        ColumnReader::Int32ColumnReader(reader) => {
            Rows::Numbers(rows(reader, descriptor, f64::from, f64::NAN)?)
        }
        ColumnReader::Int64ColumnReader(reader) => match descriptor.logical_type_ref() {
            Some(LogicalType::Timestamp(kind)) if !list => {
                let unit = kind.unit;
                Rows::Words(rows(reader, descriptor, |value| moment(value, unit), None)?)
            }
            _ => Rows::Numbers(rows(reader, descriptor, |value| value as f64, f64::NAN)?),
        },
        ColumnReader::FloatColumnReader(reader) => {
            Rows::Numbers(rows(reader, descriptor, f64::from, f64::NAN)?)
        }
        ColumnReader::DoubleColumnReader(reader) => {
            Rows::Numbers(rows(reader, descriptor, |value| value, f64::NAN)?)
        }
        ColumnReader::ByteArrayColumnReader(reader) if !list => {
            let word =
                |value: ByteArray| std::str::from_utf8(value.data()).ok().map(str::to_string);
            Rows::Words(rows(reader, descriptor, word, None)?)
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
    value: impl Fn(T::T) -> V,
    null: V,
) -> Result<Ragged<V>, ParquetError> {
    const AT_ONCE: usize = 1 << 16;
    let (present, list) = (descriptor.max_def_level(), descriptor.max_rep_level() == 1);
    let leaf_is_optional = descriptor.self_type().is_optional();
    let mut rows = Ragged {
        values: Vec::new(),
        starts: Vec::new(),
    };
    loop {
        let (mut definitions, mut repetitions, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let (records, _, levels) = reader.read_records(
            AT_ONCE,
            Some(&mut definitions),
            Some(&mut repetitions),
            &mut values,
        )?;
        if records == 0 && levels == 0 {
            return Ok(rows);
        }
        let mut values = values.into_iter();
        for level in 0..levels {
            let definition = definitions.get(level).copied().unwrap_or(present);
            if repetitions
                .get(level)
                .is_none_or(|&repetition| repetition == 0)
            {
                rows.starts.push(rows.values.len());
            }
            let cell = match definition == present {
                true => values.next().map(&value),
                false if !list || (leaf_is_optional && definition == present - 1) => {
                    Some(null.clone())
                }
                false => None,
            };
            rows.values.extend(cell);
        }
    }
}
