//! Parquet tables in both layouts: round trips, missing channels and samples, units.

use crate::made::{codes, ecg, scratch};
use ::parquet::data_type::{DoubleType, Int64Type};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use coronet_ecg::{Channel, Lead};
use coronet_formats::{ReadErrorKind, ReadOptions, Recording, parquet, read};
use std::sync::Arc;

fn open(path: &std::path::Path) -> Vec<Recording> {
    read(path, &ReadOptions::default()).unwrap()
}

#[test]
fn one_sample_a_row_is_read_as_written() {
    let folder = scratch();
    let path = folder.path().join("p");
    for rate in [100.0, 257.0, 500.0, 976.5625] {
        let mut made = ecg(200, rate);
        made.signals[2].millivolts[5] = f64::NAN;
        made.signals[3].millivolts[6] = 0.1 + 0.2;
        parquet::write(&path, &made).unwrap();
        let mut got = open(&path).remove(0);
        assert_eq!((got.format, got.record_id.as_str()), ("Parquet", "p"));
        assert!(got.ecg.signals[2].millivolts[5].is_nan());
        got.ecg.signals[2].millivolts[5] = 0.0;
        made.signals[2].millivolts[5] = 0.0;
        assert_eq!(got.ecg, made);
    }
}

#[test]
fn one_ecg_a_row_is_read_as_written() {
    let folder = scratch();
    let path = folder.path().join("p.parquet");
    let recordings: Vec<Recording> = (0..3)
        .map(|index| {
            let mut made = ecg(100 + 50 * index, 250.0);
            if index == 1 {
                made.signals.truncate(3);
                made.subject = coronet_ecg::Subject::default();
                made.start = None;
            }
            Recording {
                record_id: format!("r{index}"),
                format: "Parquet",
                ecg: made,
            }
        })
        .collect();
    parquet::write_recordings(&path, &recordings).unwrap();
    assert_eq!(open(&path), recordings);
}

#[test]
fn an_invalid_sample_of_a_list_is_null() {
    let folder = scratch();
    let path = folder.path().join("p.parquet");
    let mut made = ecg(10, 250.0);
    made.signals[0].millivolts[0] = f64::NAN;
    made.signals[0].millivolts[9] = f64::NAN;
    let recording = Recording {
        record_id: "r".to_string(),
        format: "Parquet",
        ecg: made,
    };
    parquet::write_recordings(&path, &[recording.clone(), recording]).unwrap();
    for got in open(&path) {
        let lead = got.ecg.lead(Lead::I).unwrap();
        assert_eq!(lead.len(), 10);
        assert!(lead[0].is_nan() && lead[9].is_nan() && lead[1].is_finite());
        assert_eq!(codes(&got.ecg), Vec::<&str>::new());
    }
}

#[test]
fn a_table_without_leads_is_refused() {
    let folder = scratch();
    let path = folder.path().join("p.parquet");
    let mut made = ecg(10, 250.0);
    made.signals.truncate(1);
    made.signals[0].channel = Channel::Other("pressure".to_string());
    parquet::write(&path, &made).unwrap();
    let error = read(&path, &ReadOptions::default()).unwrap_err();
    assert!(
        matches!(error.kind, ReadErrorKind::Element { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("names of leads"), "{error}");
}

/// A table of one ECG a row whose identifiers are integers, written by the library itself.
fn with_integer_ids(ids: &[i64], unsigned: bool) -> Vec<u8> {
    with_rows(ids, unsigned, &vec![3; ids.len()])
}

/// The same with the definition level of each list: 3 one sample, 0 a null list.
fn with_rows(ids: &[i64], unsigned: bool, present: &[i16]) -> Vec<u8> {
    let kind = if unsigned { "(INTEGER(64,false))" } else { "" };
    let schema = format!(
        "message t {{ required int64 patient_id {kind};
        required double rate; optional group i (LIST) {{
        repeated group list {{ optional double element; }} }} }}"
    );
    let schema = Arc::new(parse_message_type(&schema.replace("group i ", "group I_mV ")).unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<Int64Type>()
        .write_batch(ids, None, None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let rates = vec![500.0; ids.len()];
    column
        .typed::<DoubleType>()
        .write_batch(&rates, None, None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let samples = vec![1.0; present.iter().filter(|&&level| level == 3).count()];
    let new = vec![0; ids.len()];
    let written = column.typed::<DoubleType>();
    written
        .write_batch(&samples, Some(present), Some(&new))
        .unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn rows_without_samples_do_not_refuse_the_others() {
    let folder = scratch();
    let path = folder.path().join("p.parquet");
    std::fs::write(&path, with_rows(&[1, 2, 3], false, &[3, 0, 3])).unwrap();
    let got = open(&path);
    let ids: Vec<&str> = got.iter().map(|each| each.record_id.as_str()).collect();
    assert_eq!(ids, ["p#0", "p#2"]);
    assert_eq!(codes(&got[0].ecg), ["rows-without-samples"]);
    std::fs::write(&path, with_rows(&[1], false, &[0])).unwrap();
    let error = read(&path, &ReadOptions::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("expected at least one with samples"),
        "{error}"
    );
}

#[test]
fn integer_identifiers_keep_every_digit() {
    let folder = scratch();
    let path = folder.path().join("p.parquet");
    let ids = [110_101_199_003_071_234, 110_101_199_003_071_235, -7];
    let named = |recordings: Vec<Recording>| {
        let ids = recordings.into_iter();
        ids.map(|each| each.ecg.subject.patient_id.unwrap())
            .collect::<Vec<String>>()
    };
    std::fs::write(&path, with_integer_ids(&ids, false)).unwrap();
    let expected = ["110101199003071234", "110101199003071235", "-7"];
    assert_eq!(named(open(&path)), expected);
    std::fs::write(&path, with_integer_ids(&ids, true)).unwrap();
    assert_eq!(named(open(&path))[2], "18446744073709551609");
}

/// A table of lists, one ECG a row, as its recordings are, ragged or not.
pub(crate) fn write_lists(path: &std::path::Path, recordings: &[Recording]) {
    let leads = recordings[0].ecg.signals.iter().map(|signal| {
        let name = signal.channel.name();
        format!("required group {name}_mV (LIST) {{ repeated group list {{ required double element; }} }}")
    });
    let leads: Vec<String> = leads.collect();
    let schema = format!(
        "message t {{ required binary record_id (UTF8); required double rate; {} }}",
        leads.join(" ")
    );
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let ids: Vec<::parquet::data_type::ByteArray> = recordings
        .iter()
        .map(|recording| recording.record_id.as_str().into())
        .collect();
    let mut column = group.next_column().unwrap().unwrap();
    let typed = column.typed::<::parquet::data_type::ByteArrayType>();
    typed.write_batch(&ids, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let rates: Vec<f64> = recordings.iter().map(|each| each.ecg.rate.get()).collect();
    let typed = column.typed::<DoubleType>();
    typed.write_batch(&rates, None, None).unwrap();
    column.close().unwrap();
    for lead in 0..recordings[0].ecg.signals.len() {
        let lists = recordings
            .iter()
            .map(|each| &each.ecg.signals[lead].millivolts);
        let values: Vec<f64> = lists.clone().flatten().copied().collect();
        let new = lists.flat_map(|list| (0..list.len()).map(|at| i16::from(at > 0)));
        let new: Vec<i16> = new.collect();
        let mut column = group.next_column().unwrap().unwrap();
        let typed = column.typed::<DoubleType>();
        typed
            .write_batch(&values, Some(&vec![1; new.len()]), Some(&new))
            .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Tables that pyarrow 26.0.1 wrote of `((7 k + row) mod 50)` and `((3 k + row) mod 50)` microvolts, 40
/// samples, the third row without II.
#[test]
fn every_compression_and_version_of_pages_is_read() {
    let files: [(&str, &[u8]); 4] = [
        (
            "zstd, pages of version 1",
            include_bytes!("../fixtures/zstd-1.parquet"),
        ),
        (
            "zstd, pages of version 2",
            include_bytes!("../fixtures/zstd-2.parquet"),
        ),
        (
            "gzip, pages of version 1",
            include_bytes!("../fixtures/gzip-1.parquet"),
        ),
        (
            "snappy, pages of version 2",
            include_bytes!("../fixtures/snappy-2.parquet"),
        ),
    ];
    let folder = scratch();
    let path = folder.path().join("p.parquet");
    for (name, bytes) in files {
        std::fs::write(&path, bytes).unwrap();
        let got = open(&path);
        assert_eq!(got.len(), 3, "{name}");
        for (row, got) in got.iter().enumerate() {
            assert_eq!(
                got.ecg.signals.len(),
                if row == 2 { 1 } else { 2 },
                "{name}"
            );
            for (signal, step) in got.ecg.signals.iter().zip([7, 3]) {
                let made: Vec<f64> = (0..40)
                    .map(|at| f64::from((at * step + row as i32) % 50) / 1000.0)
                    .collect();
                assert_eq!(signal.millivolts, made, "{name}");
            }
        }
    }
}

/// A page may say that it holds two gibibytes; what its bytes cannot become is not asked for.
#[test]
fn a_page_that_says_it_is_large_is_refused_before_memory_is_taken() {
    let folder = scratch();
    let path = folder.path().join("p.parquet");
    let bytes = include_bytes!("../fixtures/zstd-1.parquet");
    for at in 4..bytes.len().min(2000) {
        // A varint of five bytes where a size may stand.
        let mut changed = bytes.to_vec();
        let end = (at + 5).min(changed.len());
        changed[at..end].copy_from_slice(&[0xfe, 0xff, 0xff, 0xff, 0x0f][..end - at]);
        std::fs::write(&path, &changed).unwrap();
        let held = crate::memory::peak(|| drop(read(&path, &ReadOptions::default())));
        assert!(held < 1 << 28, "byte {at}: {held}");
    }
}
