//! Recordings as tables.

use crate::finding::name;
use crate::{Recording, WriteError, atomic, start};
use coronet_ecg::{Channel, Ecg, Sex, Signal};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};
use std::path::Path;
use std::sync::Arc;

type Group<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

/// Writes one sample a row: a time column in seconds and the signals in millivolts as 64-bit
/// numbers, invalid samples as null; rate, start, patient identifier, age and sex as metadata.
///
/// # Errors
///
/// When there is no sample, signals differ in length, or the system refuses.
pub fn write(path: &Path, ecg: &Ecg) -> Result<(), WriteError> {
    check(ecg)?;
    let bytes = samples(ecg).map_err(failed)?;
    atomic::write(path, &bytes)
}

/// Writes one ECG a row: identifier, rate, start, patient identifier, age, sex, and a list of
/// millivolts for each channel that any of them has, null where an ECG has it not.
///
/// # Errors
///
/// When an ECG has no sample, its signals differ in length, or the system refuses.
pub fn write_recordings(path: &Path, recordings: &[Recording]) -> Result<(), WriteError> {
    for recording in recordings {
        check(&recording.ecg)?;
    }
    let bytes = one_a_row(recordings).map_err(failed)?;
    atomic::write(path, &bytes)
}

fn failed(error: ParquetError) -> WriteError {
    WriteError::Value {
        field: "table",
        expected: "a table that Parquet can hold".to_string(),
        got: error.to_string(),
    }
}

fn check(ecg: &Ecg) -> Result<(), WriteError> {
    for signal in &ecg.signals {
        if signal.millivolts.len() != ecg.len() {
            return Err(WriteError::Value {
                field: "samples of a signal",
                expected: ecg.len().to_string(),
                got: signal.millivolts.len().to_string(),
            });
        }
    }
    if ecg.is_empty() {
        return Err(WriteError::Value {
            field: "samples",
            expected: "at least one".to_string(),
            got: "0".to_string(),
        });
    }
    Ok(())
}

fn heading(channel: &Channel) -> String {
    match channel {
        Channel::Quantity { name, unit } => format!("{name} ({unit})"),
        Channel::Lead(_) | Channel::Other(_) => format!("{} (mV)", name(channel)),
    }
}

/// A schema of columns, and a file of it written by `fill`.
fn file(
    columns: Vec<TypePtr>,
    metadata: Vec<KeyValue>,
    fill: impl FnOnce(&mut Group<'_>) -> Result<(), ParquetError>,
) -> Result<Vec<u8>, ParquetError> {
    let schema = Type::group_type_builder("ecg")
        .with_fields(columns)
        .build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(metadata))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    fill(&mut group)?;
    group.close()?;
    writer.into_inner()
}

fn plain(
    name: &str,
    kind: Physical,
    logical: Option<LogicalType>,
) -> Result<TypePtr, ParquetError> {
    let column = Type::primitive_type_builder(name, kind)
        .with_logical_type(logical)
        .with_repetition(Repetition::OPTIONAL)
        .build()?;
    Ok(Arc::new(column))
}

/// An optional list of optional numbers, in the three levels of the Parquet format.
fn list(name: &str) -> Result<TypePtr, ParquetError> {
    let element = plain("element", Physical::DOUBLE, None)?;
    let repeated = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![element])
        .build()?;
    let list = Type::group_type_builder(name)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(repeated)])
        .build()?;
    Ok(Arc::new(list))
}

fn put<T: DataType>(
    group: &mut Group<'_>,
    values: &[T::T],
    definitions: &[i16],
    repetitions: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let column = group.next_column()?;
    let mut column =
        column.ok_or_else(|| ParquetError::General("a column too many".to_string()))?;
    column
        .typed::<T>()
        .write_batch(values, Some(definitions), repetitions)?;
    column.close()
}

/// A column of values that may be absent.
fn put_optional<T: DataType>(
    group: &mut Group<'_>,
    cells: &[Option<T::T>],
) -> Result<(), ParquetError> {
    let definitions: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let values: Vec<T::T> = cells.iter().flatten().cloned().collect();
    put::<T>(group, &values, &definitions, None)
}

fn samples(ecg: &Ecg) -> Result<Vec<u8>, ParquetError> {
    let mut columns = vec![plain("time (s)", Physical::DOUBLE, None)?];
    for signal in &ecg.signals {
        columns.push(plain(&heading(&signal.channel), Physical::DOUBLE, None)?);
    }
    file(columns, metadata(ecg), |group| {
        let times = (0..ecg.len()).map(|at| Some(at as f64 / ecg.rate.get()));
        put_optional::<DoubleType>(group, &times.collect::<Vec<Option<f64>>>())?;
        for signal in &ecg.signals {
            let valid = |sample: &f64| Some(*sample).filter(|sample| sample.is_finite());
            let cells: Vec<Option<f64>> = signal.millivolts.iter().map(valid).collect();
            put_optional::<DoubleType>(group, &cells)?;
        }
        Ok(())
    })
}

fn sex(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "M",
        Sex::Female => "F",
    }
}

fn metadata(ecg: &Ecg) -> Vec<KeyValue> {
    let subject = &ecg.subject;
    let facts = [
        ("rate", Some(ecg.rate.get().to_string())),
        ("unit", Some("mV".to_string())),
        ("start", start::text(ecg)),
        ("patient_id", subject.patient_id.clone()),
        ("age", subject.age.map(|age| age.to_string())),
        ("sex", subject.sex.map(|own| sex(own).to_string())),
    ];
    facts
        .into_iter()
        .filter_map(|(key, value)| Some(KeyValue::new(key.to_string(), value?)))
        .collect()
}

fn one_a_row(recordings: &[Recording]) -> Result<Vec<u8>, ParquetError> {
    let mut channels: Vec<&Channel> = Vec::new();
    for signal in recordings
        .iter()
        .flat_map(|recording| &recording.ecg.signals)
    {
        if !channels.contains(&&signal.channel) {
            channels.push(&signal.channel);
        }
    }
    let word = |name: &str| plain(name, Physical::BYTE_ARRAY, Some(LogicalType::String));
    let mut columns = vec![
        word("record_id")?,
        plain("rate", Physical::DOUBLE, None)?,
        word("start")?,
        word("patient_id")?,
        plain("age", Physical::DOUBLE, None)?,
        word("sex")?,
    ];
    for channel in &channels {
        columns.push(list(&heading(channel))?);
    }
    file(columns, Vec::new(), |group| {
        put_facts(group, recordings)?;
        channels
            .iter()
            .try_for_each(|channel| put_lists(group, recordings, channel))
    })
}

fn put_facts(group: &mut Group<'_>, recordings: &[Recording]) -> Result<(), ParquetError> {
    let words = |group: &mut Group<'_>, word: &dyn Fn(&Recording) -> Option<String>| {
        let cells = recordings.iter().map(|recording| {
            let word = word(recording)?;
            Some(ByteArray::from(word.into_bytes()))
        });
        put_optional::<ByteArrayType>(group, &cells.collect::<Vec<Option<ByteArray>>>())
    };
    let numbers = |group: &mut Group<'_>, number: &dyn Fn(&Ecg) -> Option<f64>| {
        let cells = recordings.iter().map(|recording| number(&recording.ecg));
        put_optional::<DoubleType>(group, &cells.collect::<Vec<Option<f64>>>())
    };
    words(group, &|recording| Some(recording.record_id.clone()))?;
    numbers(group, &|ecg| Some(ecg.rate.get()))?;
    words(group, &|recording| start::text(&recording.ecg))?;
    words(group, &|recording| recording.ecg.subject.patient_id.clone())?;
    numbers(group, &|ecg| ecg.subject.age)?;
    words(group, &|recording| {
        recording.ecg.subject.sex.map(|own| sex(own).to_string())
    })
}

/// The lists of one channel; levels as in the reader.
fn put_lists(
    group: &mut Group<'_>,
    recordings: &[Recording],
    channel: &Channel,
) -> Result<(), ParquetError> {
    const NO_LIST: i16 = 0;
    const NULL: i16 = 2;
    const VALUE: i16 = 3;
    let (mut values, mut definitions, mut repetitions) = (Vec::new(), Vec::new(), Vec::new());
    for recording in recordings {
        let mut signals = recording.ecg.signals.iter();
        let Some(Signal { millivolts, .. }) = signals.find(|signal| signal.channel == *channel)
        else {
            definitions.push(NO_LIST);
            repetitions.push(0);
            continue;
        };
        for (at, &sample) in millivolts.iter().enumerate() {
            repetitions.push(i16::from(at > 0));
            definitions.push(if sample.is_finite() { VALUE } else { NULL });
            values.extend(Some(sample).filter(|sample| sample.is_finite()));
        }
    }
    put::<DoubleType>(group, &values, &definitions, Some(&repetitions))
}
