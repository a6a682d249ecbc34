//! The packed store: round trip, resume, and refusal of what is not whole.

use coronet_cohort::store::{Store, StoreError, StoreMeta, StoreRow, StoreWriter};
use coronet_cohort::{Event, Facts, Flow, Grade, Grades};
use coronet_ecg::{Lead, Sex};
use std::collections::BTreeMap;
use std::path::Path;

const SAMPLES: usize = 5;

fn meta() -> StoreMeta {
    StoreMeta {
        leads: Lead::ALL.to_vec(),
        samples: SAMPLES,
        profile_name: "raw".to_owned(),
        profile_hash: "abc".to_owned(),
        profile_toml: "name = \"raw\"\n".to_owned(),
        label_source: "manifest.csv".to_owned(),
        inputs: BTreeMap::from([("manifest.csv".to_owned(), "00".to_owned())]),
    }
}

fn row(index: usize) -> StoreRow {
    StoreRow {
        record_id: format!("r{index}"),
        window: 0,
        facts: Facts {
            patient_id: format!("p,\"{index}"),
            recorded_at: Some(jiff::civil::date(2020, 1, 2).at(3, 4, 5, 0)),
            age: Some(56.1),
            sex: Some(Sex::Female),
            normal_ecg: Some(true),
            site: Some("Site A".to_owned()),
            interval_days: Some(-3.0),
            grades: Grades([
                Some(Grade::Severe),
                None,
                Some(Grade::None),
                Some(Grade::Mild),
            ]),
            ptp: Some(0.123456789),
            follow_up_days: Some(365.0),
            event: Some(Event::CompetingDeath),
        },
        fingerprint: format!("f{index}"),
        findings: "flat-lead;clipped".to_owned(),
        from_file: "age;sex".to_owned(),
        contradictions: "recorded_at: manifest 2020-01-02, file 2020-01-03".to_owned(),
    }
}

fn window(index: usize) -> Vec<f32> {
    (0..12 * SAMPLES)
        .map(|i| (i + 100 * index) as f32 / 7.0)
        .collect()
}

fn write(directory: &Path, count: usize) -> Store {
    let mut writer = StoreWriter::create(directory, meta()).unwrap();
    for index in writer.len()..count {
        writer.append(row(index), &window(index)).unwrap();
    }
    writer.finish(&Flow::new("ECGs", count)).unwrap()
}

#[test]
fn a_store_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = write(&path, 3);
    assert_eq!(store.shape(), (12, SAMPLES));
    assert_eq!(store.rows(), [row(0), row(1), row(2)]);
    for index in 0..3 {
        assert_eq!(store.window(index), window(index));
    }
    assert_eq!(store.profile_hash(), "abc");
    assert_eq!(store.profile_toml(), "name = \"raw\"\n");
    assert_eq!(store.flow().start, 3);
    store.verify().unwrap();
    assert!(!folder.path().join("store.partial").exists());
    let again = write(&path, 3);
    assert_eq!(again.hash(), store.hash());
    assert_ne!(write(&path, 2).hash(), store.hash());
}

#[test]
fn an_interrupted_writer_continues_and_ends_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let whole = write(&folder.path().join("whole"), 4);
    let path = folder.path().join("cut");
    let mut writer = StoreWriter::create(&path, meta()).unwrap();
    for index in 0..3 {
        writer.append(row(index), &window(index)).unwrap();
    }
    drop(writer);
    let partial = folder.path().join("cut.partial");
    let windows = std::fs::OpenOptions::new()
        .write(true)
        .open(partial.join("windows.f32"))
        .unwrap();
    windows.set_len((2 * 12 * SAMPLES * 4 + 7) as u64).unwrap();
    let writer = StoreWriter::create(&path, meta()).unwrap();
    assert_eq!(writer.resumed(), [row(0), row(1)]);
    drop(writer);
    assert_eq!(write(&path, 4).hash(), whole.hash());
    for name in ["windows.f32", "table.csv", "store.json"] {
        let read = |store: &str| std::fs::read(folder.path().join(store).join(name)).unwrap();
        assert_eq!(read("whole"), read("cut"), "{name}");
    }
}

#[test]
fn other_inputs_start_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut writer = StoreWriter::create(&path, meta()).unwrap();
    writer.append(row(0), &window(0)).unwrap();
    drop(writer);
    let other = StoreMeta {
        profile_hash: "def".to_owned(),
        ..meta()
    };
    assert!(StoreWriter::create(&path, other).unwrap().is_empty());
}

#[test]
fn what_is_not_whole_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    write(&path, 2);
    let cut = |name: &str| {
        let file = path.join(name);
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
        let error = Store::open(&path).unwrap_err();
        std::fs::write(&file, bytes).unwrap();
        error
    };
    for name in ["windows.f32", "table.csv", "preprocess.toml", "flow.json"] {
        let error = cut(name);
        assert!(matches!(error, StoreError::Mismatch { .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
    let json = std::fs::read_to_string(path.join("store.json")).unwrap();
    let replaced = |from: &str, to: &str| {
        std::fs::write(path.join("store.json"), json.replace(from, to)).unwrap();
        Store::open(&path).unwrap_err()
    };
    let newer = replaced("\"version\": 1", "\"version\": 2");
    assert!(matches!(newer, StoreError::Version { got: 2, .. }));
    let other = replaced("coronet-store", "another-store");
    assert!(matches!(other, StoreError::NotAStore { .. }));
    let huge = replaced("\"samples\": 5", "\"samples\": 18446744073709551615");
    assert!(matches!(huge, StoreError::Malformed { .. }), "{huge}");
    let wrong = replaced("\"samples\": 5", "\"samples\": 6");
    assert!(matches!(wrong, StoreError::Mismatch { .. }), "{wrong}");
}

#[test]
fn a_changed_window_is_found_by_verification() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    write(&path, 2);
    let file = path.join("windows.f32");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[10] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert!(Store::open(&path).unwrap().verify().is_err());
}

#[test]
fn only_a_store_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thesis");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("chapter1.txt"), "years of work").unwrap();
    let error = StoreWriter::create(&path, meta()).unwrap_err();
    assert!(matches!(error, StoreError::NotAStore { .. }));
    assert!(path.join("chapter1.txt").exists());
}

#[test]
fn nothing_that_is_not_of_a_store_is_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    write(&path, 2);
    std::fs::write(path.join("notes.txt"), "mine").unwrap();
    let error = StoreWriter::create(&path, meta()).unwrap_err().to_string();
    assert!(error.contains("notes.txt"), "{error}");
    std::fs::remove_file(path.join("notes.txt")).unwrap();
    let previous = folder.path().join("store.previous");
    std::fs::create_dir(&previous).unwrap();
    std::fs::write(previous.join("backup.csv"), "mine").unwrap();
    let mut writer = StoreWriter::create(&path, meta()).unwrap();
    writer.append(row(0), &window(0)).unwrap();
    assert!(writer.finish(&Flow::default()).is_err());
    assert!(previous.join("backup.csv").exists());
    // What was done is not lost: the next writer continues.
    std::fs::remove_dir_all(&previous).unwrap();
    let writer = StoreWriter::create(&path, meta()).unwrap();
    assert_eq!(writer.resumed().len(), 1);
    assert_eq!(writer.finish(&Flow::default()).unwrap().len(), 1);
}

#[test]
fn a_place_may_end_with_a_slash() {
    let folder = tempfile::tempdir().unwrap();
    let store = write(&folder.path().join("store/"), 2);
    assert_eq!(store.len(), 2);
    let mut names: Vec<String> = std::fs::read_dir(folder.path().join("store"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let own = [
        "flow.json",
        "preprocess.toml",
        "store.json",
        "table.csv",
        "windows.f32",
    ];
    assert_eq!(names, own);
}

#[test]
fn windows_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = StoreWriter::create(&folder.path().join("s"), meta()).unwrap();
    assert!(writer.append(row(0), &window(0)[1..]).is_err());
    let mut broken = window(0);
    broken[3] = f32::NAN;
    assert!(writer.append(row(0), &broken).is_err());
    writer.append(row(0), &window(0)).unwrap();
    assert!(writer.append(row(0), &window(0)).is_err());
    assert_eq!(writer.len(), 1);
    writer.discard().unwrap();
    let empty = StoreWriter::create(&folder.path().join("s"), meta()).unwrap();
    assert!(matches!(
        empty.finish(&Flow::default()),
        Err(StoreError::Empty { .. })
    ));
}
