//! Parquet tables in both layouts: round trips, missing channels and samples, units.

use crate::made::{codes, ecg, scratch};
use coronet_ecg::{Channel, Lead};
use coronet_formats::{ReadErrorKind, ReadOptions, Recording, parquet, read};

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
