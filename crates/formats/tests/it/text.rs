//! Plain text without names: what is taken for what is a finding, and checked where it can be.

use crate::data::data;
use crate::made::codes;
use coronet_ecg::{Channel, Ecg, Hertz, Lead};
use coronet_formats::{ReadErrorKind, ReadOptions, Unit, read, read_bytes};

fn open(text: &str, options: &ReadOptions) -> Result<Ecg, ReadErrorKind> {
    let mut records = read_bytes("t", text.as_bytes(), options)?;
    Ok(records.remove(0).ecg)
}

/// Rows of twelve leads in microvolts whose limb leads follow from I and II.
fn twelve(rows: i32) -> String {
    (0..rows)
        .map(|row| {
            let (one, two) = (10 * (row % 7), 20 * (row % 5) - 30);
            let limbs = [
                one,
                two,
                two - one,
                -(one + two) / 2,
                one - two / 2,
                two - one / 2,
            ];
            let all = limbs.into_iter().chain((1..=6).map(|chest| chest * row));
            all.map(|value| value.to_string())
                .collect::<Vec<String>>()
                .join(" ")
                + "\n"
        })
        .collect()
}

#[test]
fn real_exports_are_read() {
    let Some(folder) = data("formats/text") else {
        return;
    };
    for (name, first, last) in [
        ("J123456_10sec.txt", [-0.068, -0.117, -0.049], 0.01),
        ("testing_ecg.txt", [0.019, -0.019, -0.039], -0.019),
    ] {
        let record = read(&folder.join(name), &ReadOptions::default())
            .unwrap()
            .remove(0);
        let ecg = record.ecg;
        assert_eq!(record.format, "text");
        assert_eq!((ecg.len(), ecg.rate.get()), (5000, 500.0), "{name}");
        let expected = [
            "unit-not-stated",
            "lead-names-by-position",
            "rate-not-stated",
        ];
        assert_eq!(codes(&ecg), expected, "{name}");
        let start = [Lead::I, Lead::II, Lead::III].map(|lead| ecg.lead(lead).unwrap()[0]);
        assert_eq!(start, first, "{name}");
        assert_eq!(ecg.lead(Lead::V6).unwrap()[0], last, "{name}");
    }
}

#[test]
fn bare_matrices_of_twelve_or_eight_columns() {
    let options = ReadOptions {
        unit: Some(Unit::Microvolt),
        rate: Hertz::new(250.0),
        ..ReadOptions::default()
    };
    let ecg = open(&twelve(40), &options).unwrap();
    assert_eq!(codes(&ecg), ["lead-names-by-position"]);
    assert_eq!((ecg.rate.get(), ecg.len()), (250.0, 40));
    assert_eq!(ecg.lead(Lead::V6).unwrap()[39], 6.0 * 39.0 / 1000.0);
    let eight = "0.1\t0.2\t0.3\t0.4\t0.5\t0.6\t0.7\t0.8\n".repeat(20);
    let ecg = open(&eight, &ReadOptions::default()).unwrap();
    assert_eq!(ecg.lead(Lead::V6).unwrap()[0], 0.8);
    assert!(ecg.findings[0].message.contains("taken as mV"));
}

#[test]
fn twelve_columns_in_another_order_are_no_leads() {
    let shuffled: String = twelve(40)
        .lines()
        .map(|row| {
            let mut cells: Vec<&str> = row.split(' ').collect();
            cells.rotate_left(6);
            cells.join(",") + "\n"
        })
        .collect();
    let ecg = open(&shuffled, &ReadOptions::default()).unwrap();
    assert_eq!(ecg.signals[0].channel, Channel::Other("1".to_string()));
    assert!(ecg.lead(Lead::I).is_none());
}

#[test]
fn faulty_texts_name_line_and_field() {
    let cases = [
        ("Rhythm signal: 2 X 2\n1 2\n3 x\n", 3, "sample"),
        ("Rhythm signal: 2 X 2\n1 2\n3\n", 3, "row"),
        ("Rhythm signal: 3 X 2\n1 2\n3 4\n", 3, "rows"),
        ("Rhythm signal: 99999999999 X 99999999999\n1 2\n", 2, "row"),
    ];
    for (text, expected_line, expected_field) in cases {
        let error = open(text, &ReadOptions::default()).unwrap_err();
        let ReadErrorKind::Field { line, field, .. } = error else {
            panic!("{text:?}: {error}");
        };
        assert_eq!((line, field), (expected_line, expected_field), "{text:?}");
    }
}
