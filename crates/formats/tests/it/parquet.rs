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
    let samples = vec![1.0; ids.len()];
    let (present, new) = (vec![3; ids.len()], vec![0; ids.len()]);
    let written = column.typed::<DoubleType>();
    written
        .write_batch(&samples, Some(&present), Some(&new))
        .unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes
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
