//! The columns of a Parquet file as plain vectors.

use super::pages::{Allowance, Pages};
use super::source::Source;
use crate::ReadErrorKind;
use jiff::SignedDuration;
use jiff::civil::DateTime;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::{ByteArray, DataType, Int96};
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

/// Most bytes of the description of a file.
const MOST_FOOTER: u32 = 1 << 27;

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

/// Which columns of a file are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Numbers, lists of numbers, and the texts and times that are facts of an ECG.
    Signals,
    /// The same without lists.
    Facts,
    /// Every column but lists, whole numbers as words.
    Cells,
}

impl Table {
    /// Reads columns of a file that is open.
    pub(super) fn read(file: &Source, wanted: Wanted) -> Result<Table, ReadErrorKind> {
        let reader = open(file)?;
        let schema = reader.metadata().file_metadata().schema_descr();
        let kinds: Vec<Option<Kind>> = schema
            .columns()
            .iter()
            .map(|descriptor| Kind::of(descriptor, wanted))
            .collect();
        check_size(&reader, &kinds)?;
        let mut columns = Vec::new();
        let mut budget = Budget {
            values: MOST_VALUES,
            text: MOST_TEXT,
        };
        for (index, descriptor) in schema.columns().iter().enumerate() {
            let Some(kind) = kinds[index] else { continue };
            if let Some(cells) = read_column(file, &reader, index, (descriptor, kind), &mut budget)?
            {
                let name = name(descriptor);
                columns.push(Column { name, cells });
            }
        }
        Ok(Table {
            columns,
            metadata: facts(&reader),
        })
    }
}

/// The description of a file at its end.
///
/// # Errors
///
/// When there is none, or it takes more than [`MOST_FOOTER`] bytes.
pub(super) fn open(file: &Source) -> Result<SerializedFileReader<Source>, ReadErrorKind> {
    let size = file.len();
    if let Some(start) = size.checked_sub(8) {
        let end = file.get(start, 8).map_err(wrong)?;
        let length = u32::from_le_bytes([end[0], end[1], end[2], end[3]]);
        if length > MOST_FOOTER && &end[4..] == b"PAR1" {
            return Err(too_large(u64::from(MOST_FOOTER), u64::from(length)));
        }
    }
    SerializedFileReader::new(file.clone()).map_err(wrong)
}

/// Names of the columns.
pub(super) fn names(file: &Source) -> Result<Vec<String>, ReadErrorKind> {
    let reader = open(file)?;
    let schema = reader.metadata().file_metadata().schema_descr();
    Ok(schema.columns().iter().map(|column| name(column)).collect())
}

/// Key–value metadata.
fn facts(reader: &dyn FileReader) -> BTreeMap<String, String> {
    let pairs = reader
        .metadata()
        .file_metadata()
        .key_value_metadata()
        .into_iter()
        .flatten();
    pairs
        .filter_map(|pair| Some((pair.key.clone(), pair.value.clone()?)))
        .collect()
}

/// The name of the outermost field.
pub(super) fn name(descriptor: &ColumnDescriptor) -> String {
    let first = descriptor.path().parts().first();
    first.cloned().unwrap_or_default()
}

pub(super) fn wrong(error: ParquetError) -> ReadErrorKind {
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
fn check_size(reader: &dyn FileReader, kinds: &[Option<Kind>]) -> Result<(), ReadErrorKind> {
    let groups = reader.metadata().row_groups();
    let wanted = |(chunk, kind): (_, &Option<Kind>)| kind.map(|_| chunk);
    let values = groups
        .iter()
        .flat_map(|group| group.columns().iter().zip(kinds).filter_map(wanted))
        .map(|chunk: &ColumnChunkMetaData| chunk)
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
        file: &Source,
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

/// `None` for columns of other kinds: bytes, lists of texts, lists of lists.
fn read_column(
    file: &Source,
    reader: &dyn FileReader,
    index: usize,
    (descriptor, kind): (&ColumnDescPtr, Kind),
    budget: &mut Budget,
) -> Result<Option<Cells>, ReadErrorKind> {
    let mut cells = Vec::new();
    for group in reader.metadata().row_groups() {
        let chunk = group.column(index);
        budget.take_pages(file, chunk)?;
        let pages = Pages::of(file, chunk).map_err(wrong)?;
        let mut column = get_column_reader(descriptor.clone(), Box::new(pages));
        let Some(read) = cells_of(&mut column, descriptor, kind, (usize::MAX, budget))? else {
            return Ok(None);
        };
        cells.push(read);
    }
    Ok(Some(match kind {
        Kind::Lists => Cells::Lists(cells.into_iter().flat_map(Rows::lists).collect()),
        Kind::Words | Kind::Moments(_) | Kind::Days => {
            Cells::Words(cells.into_iter().flat_map(Rows::words).collect())
        }
        Kind::Numbers => Cells::Numbers(cells.into_iter().flat_map(Rows::numbers).collect()),
    }))
}

/// The lists of one column of a row group, read from its first row to its last.
pub(super) struct Lists {
    descriptor: ColumnDescPtr,
    reader: ColumnReader,
    allowance: Allowance,
}

impl Lists {
    /// The column of a row group, unless it holds no lists of numbers.
    pub(super) fn of(
        file: &Source,
        reader: &dyn FileReader,
        (group, index): (usize, usize),
        allowance: &Allowance,
    ) -> Result<Option<Lists>, ReadErrorKind> {
        let schema = reader.metadata().file_metadata().schema_descr();
        let descriptor = schema.column(index);
        if !matches!(Kind::of(&descriptor, Wanted::Signals), Some(Kind::Lists)) {
            return Ok(None);
        }
        let chunk = reader.metadata().row_group(group).column(index);
        let pages = Pages::of(file, chunk).map_err(wrong)?.within(allowance);
        Ok(Some(Lists {
            reader: get_column_reader(descriptor.clone(), Box::new(pages)),
            descriptor,
            allowance: allowance.clone(),
        }))
    }

    pub(super) fn name(&self) -> String {
        name(&self.descriptor)
    }

    /// Passes over so many rows.
    pub(super) fn skip(&mut self, rows: usize) -> Result<(), ReadErrorKind> {
        const AT_ONCE: usize = 64;
        let mut left = rows;
        while left > 0 {
            self.allowance.fill();
            let count = left.min(AT_ONCE);
            let skipped = match &mut self.reader {
                ColumnReader::BoolColumnReader(reader) => reader.skip_records(count),
                ColumnReader::Int32ColumnReader(reader) => reader.skip_records(count),
                ColumnReader::Int64ColumnReader(reader) => reader.skip_records(count),
                ColumnReader::FloatColumnReader(reader) => reader.skip_records(count),
                ColumnReader::DoubleColumnReader(reader) => reader.skip_records(count),
                _ => Ok(count),
            };
            match skipped.map_err(wrong)? {
                0 => return Ok(()),
                skipped => left -= skipped.min(left),
            }
        }
        Ok(())
    }

    /// The next rows, at most so many; `None` where the column holds no numbers.
    pub(super) fn next(&mut self, rows: usize) -> Result<Option<Vec<Vec<f64>>>, ReadErrorKind> {
        self.allowance.fill();
        let mut budget = Budget { values: 0, text: 0 };
        let bound = (rows, &mut budget);
        let read = cells_of(&mut self.reader, &self.descriptor, Kind::Lists, bound)?;
        Ok(read.map(Rows::lists))
    }
}

/// How the cells of a column are kept.
#[derive(Clone, Copy)]
enum Kind {
    Numbers,
    Lists,
    Words,
    /// Moments since 1970.
    Moments(TimeUnit),
    /// Days since 1970.
    Days,
}

impl Kind {
    fn of(descriptor: &ColumnDescriptor, wanted: Wanted) -> Option<Kind> {
        let name = name(descriptor);
        let named = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
        let all = wanted == Wanted::Cells;
        let whole = matches!(descriptor.physical_type(), Type::INT32 | Type::INT64);
        match (descriptor.max_rep_level(), descriptor.logical_type_ref()) {
            (2.., _) => None,
            (1, _) => (wanted == Wanted::Signals).then_some(Kind::Lists),
            (_, Some(LogicalType::Timestamp(kind))) => Some(Kind::Moments(kind.unit)),
            _ if descriptor.converted_type() == ConvertedType::DATE => Some(Kind::Days),
            _ if descriptor.physical_type() == Type::INT96 => Some(Kind::Moments(TimeUnit::NANOS)),
            _ if descriptor.physical_type() == Type::BYTE_ARRAY => {
                let known = named(&IDENTIFIERS) || named(&RATES) || named(&FACTS);
                (all || known).then_some(Kind::Words)
            }
            _ if whole && descriptor.converted_type() == ConvertedType::DECIMAL => {
                Some(Kind::Numbers)
            }
            _ if whole && (all || named(&IDENTIFIERS)) => Some(Kind::Words),
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

/// The next rows of a column, at most so many.
fn cells_of(
    column: &mut ColumnReader,
    descriptor: &ColumnDescriptor,
    kind: Kind,
    (most, budget): (usize, &mut Budget),
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
            Rows::Words(rows((reader, most), descriptor, value, None)?)
        }
        (ColumnReader::Int64ColumnReader(reader), Kind::Words) => Rows::Words(rows(
            (reader, most),
            descriptor,
            |value| words(long(value)),
            None,
        )?),
        (ColumnReader::Int32ColumnReader(reader), Kind::Days) => {
            let value = |value| Ok(date(value));
            Rows::Words(rows((reader, most), descriptor, value, None)?)
        }
        (ColumnReader::Int96ColumnReader(reader), Kind::Moments(unit)) => {
            let value = |value: Int96| Ok(moment(value.to_nanos(), unit));
            Rows::Words(rows((reader, most), descriptor, value, None)?)
        }
        (ColumnReader::Int64ColumnReader(reader), Kind::Moments(unit)) => {
            let value = |value| Ok(moment(value, unit));
            Rows::Words(rows((reader, most), descriptor, value, None)?)
        }
        (ColumnReader::ByteArrayColumnReader(reader), Kind::Words) => {
            let value = |value: ByteArray| budget.text(value.data());
            Rows::Words(rows((reader, most), descriptor, value, None)?)
        }
        (ColumnReader::BoolColumnReader(reader), _) => {
            let value = |value| Ok(f64::from(u8::from(value)));
            Rows::Numbers(rows((reader, most), descriptor, value, nan)?)
        }
        (ColumnReader::Int32ColumnReader(reader), _) => {
            let value = |value| Ok(short(value) as f64 * scale);
            Rows::Numbers(rows((reader, most), descriptor, value, nan)?)
        }
        (ColumnReader::Int64ColumnReader(reader), _) => {
            let value = |value| Ok(long(value) as f64 * scale);
            Rows::Numbers(rows((reader, most), descriptor, value, nan)?)
        }
        (ColumnReader::FloatColumnReader(reader), _) => {
            let value = |value| Ok(f64::from(value));
            Rows::Numbers(rows((reader, most), descriptor, value, nan)?)
        }
        (ColumnReader::DoubleColumnReader(reader), _) => {
            Rows::Numbers(rows((reader, most), descriptor, Ok, nan)?)
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

/// A day since 1970 as a date of ISO 8601.
fn date(days: i32) -> Option<String> {
    let span = jiff::Span::new().try_days(days).ok()?;
    let date = jiff::civil::date(1970, 1, 1).checked_add(span).ok()?;
    Some(date.to_string())
}

/// The next rows of a column, at most so many: for a plain column one value each, for a list any number.
///
/// By the definition levels of Dremel (Melnik et al. 2010): a value is there at the highest
/// level; one below it an optional leaf is null; further below the list is empty or null.
fn rows<T: DataType, V: Clone>(
    (reader, most): (&mut ColumnReaderImpl<T>, usize),
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
    let mut left = most;
    while left > 0 {
        let (mut definitions, mut repetitions, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let read = reader.read_records(
            AT_ONCE.min(left),
            Some(&mut definitions),
            Some(&mut repetitions),
            &mut values,
        );
        let (records, _, levels) = read.map_err(wrong)?;
        if records == 0 && levels == 0 {
            break;
        }
        left = left.saturating_sub(records);
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
    Ok(rows)
}
