//! A file read a few ECGs at a time gives what it gives as a whole.

use crate::made::{ecg, scratch};
use coronet_ecg::Ecg;
use coronet_formats::{
    Container, ReadOptions, Recording, Unnamed, holds_several, npy, parquet, read,
};
use std::path::Path;

fn check(path: &Path) {
    let options = ReadOptions::default();
    let whole = read(path, &options).unwrap();
    let container = Container::open(path, &options).unwrap();
    assert_eq!(container.parts().len(), whole.len(), "{}", path.display());
    let ids = container.parts().iter().map(|part| &part.record_id);
    assert!(ids.eq(whole.iter().map(|each| &each.record_id)));
    let count = whole.len();
    let every: Vec<usize> = (0..count).collect();
    let odd: Vec<usize> = (0..count).filter(|at| at % 2 == 1).collect();
    let first = vec![0];
    // Backwards too: what was passed over is read again.
    for places in [&every, &odd, &first, &vec![count - 1], &odd, &every] {
        let read = container.read(places, &options);
        let read: Vec<Recording> = read.into_iter().map(Result::unwrap).collect();
        let expected: Vec<Recording> = places.iter().map(|&at| whole[at].clone()).collect();
        assert!(same(&read, &expected), "{} {places:?}", path.display());
    }
    for (part, recording) in container.parts().iter().zip(&whole) {
        let place = container.find(&part.name).unwrap();
        assert_eq!(container.parts()[place].record_id, recording.record_id);
        assert_eq!(container.find(&recording.record_id), Ok(place));
    }
    let absent = container.find("of no such name").unwrap_err();
    assert!(matches!(absent, Unnamed::Absent { .. }), "{absent}");
}

/// Equal, where NaN equals NaN.
fn same(a: &[Recording], b: &[Recording]) -> bool {
    a.len() == b.len() && format!("{a:?}") == format!("{b:?}")
}

fn recordings(count: usize) -> Vec<Recording> {
    let one = |at: usize| -> Ecg {
        let mut one = ecg(40 + at, 250.0);
        one.signals[at % 3].millivolts[at % 40] = f64::NAN;
        one.subject.age = Some(at as f64);
        one.subject.patient_id = Some(format!("p{at}"));
        one
    };
    (0..count)
        .map(|at| Recording {
            record_id: format!("r{at}"),
            format: "made",
            ecg: one(at),
        })
        .collect()
}

#[test]
fn tables_of_parquet() {
    let folder = scratch();
    let path = folder.path().join("rows.parquet");
    parquet::write_recordings(&path, &recordings(70)).unwrap();
    assert!(holds_several(&path));
    check(&path);
    let container = Container::open(&path, &ReadOptions::default()).unwrap();
    assert_eq!(container.parts()[7].subject.age, Some(7.0));
    // As of recordings, an age of 0 is none.
    assert_eq!(container.parts()[0].subject.age, None);
    assert!(!container.is_held());
}

#[test]
fn arrays_of_numpy() {
    let folder = scratch();
    let path = folder.path().join("batch.npy");
    let values: Vec<f32> = (0..70 * 12 * 30)
        .map(|n| (n % 977) as f32 / 100.0)
        .collect();
    npy::write(&path, &[70, 12, 30], &values).unwrap();
    check(&path);
    npy::write(&path, &[12, 2100], &values).unwrap();
    check(&path);
}

#[test]
fn one_table_from_several_threads() {
    let folder = scratch();
    let path = folder.path().join("rows.parquet");
    parquet::write_recordings(&path, &recordings(64)).unwrap();
    let options = ReadOptions::default();
    let whole = read(&path, &options).unwrap();
    let container = Container::open(&path, &options).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (container, whole, options) = (&container, &whole, &options);
            scope.spawn(move || {
                for at in (thread..64).step_by(4) {
                    let read = container.read(&[at], options).remove(0).unwrap();
                    assert!(same(&[read], &whole[at..=at]));
                }
            });
        }
    });
}

#[test]
fn exams_of_hdf5_and_documents() {
    for (folder, names) in [
        ("formats/hdf5", &["code15_style_6.hdf5"][..]),
        ("formats/muse", &[]),
        ("formats/fhir", &[]),
        ("formats/hl7-aecg", &[]),
    ] {
        let Some(folder) = crate::data::data(folder) else {
            return;
        };
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let wanted = names.is_empty() || names.contains(&&*name);
            if wanted && path.is_file() && read(&path, &ReadOptions::default()).is_ok() {
                check(&path);
            }
        }
    }
}
