//! De-identification: stable, keyed, intervals kept, nothing direct left.

use coronet_cohort::{Key, deidentify_ecg, deidentify_row, parse_manifest};
use coronet_ecg::{Channel, Device, Ecg, Hertz, Sex, Signal, Subject};

fn key(text: &str) -> Key {
    Key::new(text.as_bytes()).unwrap()
}

fn ecg() -> Ecg {
    Ecg {
        rate: Hertz::new(500.0).unwrap(),
        signals: vec![Signal {
            channel: Channel::Other("ECG of Doe".to_owned()),
            millivolts: vec![0.5; 3],
        }],
        start: Some("2024-03-01T10:30:00".parse().unwrap()),
        subject: Subject {
            patient_id: Some("4711".to_owned()),
            sex: Some(Sex::Female),
            name: Some("Doe".to_owned()),
            birth_date: Some("1930-01-02".parse().unwrap()),
            ..Subject::default()
        },
        device: Device {
            serial: Some("SN123".to_owned()),
            model: Some("MAC".to_owned()),
            institution: Some("St. Elsewhere".to_owned()),
            ..Device::default()
        },
        findings: Vec::new(),
    }
}

#[test]
fn nothing_direct_is_left_and_the_rest_stays() {
    let (from, key) = (ecg(), key("0123456789abcdef"));
    let to = deidentify_ecg(&from, "r", &key);
    let text = format!("{to:?}");
    for word in ["4711", "Doe", "1930", "SN123", "Elsewhere", "2024-03-01"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    assert_eq!(to.subject.age, Some(90.0));
    assert_eq!(
        (to.subject.sex, to.device.model.as_deref()),
        (Some(Sex::Female), Some("MAC"))
    );
    assert_eq!(to.signals[0].millivolts, from.signals[0].millivolts);
    let moved = from
        .start
        .unwrap()
        .duration_until(to.start.unwrap())
        .as_hours();
    assert!(
        moved % 24 == 0 && (-365 * 24..=-24).contains(&moved),
        "{moved}"
    );
}

/// The expected digits are those of `hmac.new(key, b"patient\0" + b"4711", "sha256")` in Python.
#[test]
fn pseudonyms_are_hmac_sha_256() {
    let key = key("0123456789abcdef");
    assert_eq!(key.patient("4711"), PSEUDONYM);
    assert_eq!(key.patient(" 4711 "), PSEUDONYM);
    assert_ne!(key.record("4711")[1..], PSEUDONYM[1..]);
}

const PSEUDONYM: &str = "P2a789173cd9ecf173943";

#[test]
fn a_row_and_an_ecg_of_one_patient_move_together() {
    let key = key("0123456789abcdef");
    let table = "record_id,path,patient_id,recorded_at,age\n\
                 a,a,4711,2024-03-01T10:30:00,95\nb,b,4711,2024-03-08T10:30:00,95\nc,c,5,2024-03-01,40\n";
    let mut rows = parse_manifest("m", table.as_bytes()).unwrap().rows;
    for row in &mut rows {
        deidentify_row(row, &key);
    }
    let moved = deidentify_ecg(&ecg(), "r", &key);
    assert_eq!(rows[0].facts.recorded_at, moved.start);
    assert_eq!(
        Some(&rows[0].facts.patient_id),
        moved.subject.patient_id.as_ref()
    );
    let week = rows[0]
        .facts
        .recorded_at
        .unwrap()
        .duration_until(rows[1].facts.recorded_at.unwrap());
    assert_eq!(week.as_hours(), 7 * 24);
    assert_ne!(rows[0].facts.patient_id, rows[2].facts.patient_id);
    assert_ne!(rows[0].record_id, rows[1].record_id);
    assert_eq!(
        (rows[0].facts.age, rows[2].facts.age),
        (Some(90.0), Some(40.0))
    );
    assert_eq!(rows[0].path, "a");
}

#[test]
fn another_key_gives_other_pseudonyms_and_a_short_one_is_refused() {
    let (one, two) = (key("0123456789abcdef"), key("0123456789abcdeg"));
    assert_ne!(one.patient("4711"), two.patient("4711"));
    assert_ne!(one.fingerprint(), two.fingerprint());
    assert_eq!(Key::new(b"short  \n").unwrap_err().got, 5);
    assert!(!format!("{one:?}").contains("0123"));
    let days: std::collections::BTreeSet<i64> =
        (0..200).map(|n| one.days(&n.to_string())).collect();
    assert!(days.len() > 100 && days.iter().all(|day| (1..=365).contains(day)));
}
