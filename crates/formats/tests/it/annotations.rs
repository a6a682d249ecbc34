//! Annotation files: words made by hand after annot(5), and real ones.

use crate::data::data;
use coronet_formats::ReadErrorKind;
use coronet_formats::wfdb::annotations::{Annotations, parse, read};
use proptest::prelude::*;

fn word(code: u16, value: u16) -> [u8; 2] {
    (code << 10 | value).to_le_bytes()
}

fn file(words: &[[u8; 2]]) -> Vec<u8> {
    words.concat()
}

fn codes(found: &Annotations) -> Vec<&str> {
    let findings = found.findings.iter();
    findings.map(|finding| finding.code.as_str()).collect()
}

#[test]
fn intervals_add_up_and_symbols_follow_the_table() {
    let found = parse(&file(&[word(1, 18), word(24, 100), word(5, 1023), [0, 0]])).unwrap();
    let seen: Vec<(i64, &str)> = found
        .annotations
        .iter()
        .map(|annotation| (annotation.sample, annotation.symbol.as_str()))
        .collect();
    assert_eq!(seen, [(18, "N"), (118, "p"), (1141, "V")]);
    assert_eq!(codes(&found), Vec::<&str>::new());
}

#[test]
fn number_and_channel_stay_subtype_does_not() {
    let found = parse(&file(&[
        word(39, 5),
        word(60, 2),
        word(61, 0xff),
        word(62, 200),
        word(40, 7),
        word(40, 1),
        word(60, 0xfe),
        [0, 0],
    ]))
    .unwrap();
    let seen: Vec<(i8, i8, u8)> = found
        .annotations
        .iter()
        .map(|annotation| (annotation.number, annotation.subtype, annotation.channel))
        .collect();
    assert_eq!(seen, [(2, -1, 200), (2, 0, 200), (-2, 0, 200)]);
}

/// The upper half of a long interval stands first; it may lead back.
#[test]
fn long_intervals() {
    let mut bytes = file(&[word(59, 0), [1, 0], [2, 0], word(1, 3)]);
    bytes.extend(file(&[
        word(59, 0),
        [0xff, 0xff],
        [0xfe, 0xff],
        word(1, 0),
        [0, 0],
    ]));
    let found = parse(&bytes).unwrap();
    let samples: Vec<i64> = found.annotations.iter().map(|one| one.sample).collect();
    assert_eq!(samples, [65_541, 65_539]);
    assert_eq!(codes(&found), ["out-of-order"]);
}

#[test]
fn texts_are_padded_to_even_length() {
    let mut bytes = file(&[word(28, 10), word(63, 3)]);
    bytes.extend(*b"(N\0\0");
    bytes.extend(file(&[word(1, 1), word(63, 5)]));
    bytes.extend(*b"(AFIB\0");
    bytes.extend([0, 0]);
    let found = parse(&bytes).unwrap();
    let texts: Vec<&str> = found
        .annotations
        .iter()
        .filter_map(|one| one.text.as_deref())
        .collect();
    assert_eq!(texts, ["(N", "(AFIB"]);
}

#[test]
fn definitions_in_notes_are_taken_and_not_listed() {
    let mut bytes = Vec::new();
    for text in [
        "## time resolution: 1000",
        "## annotation type definitions",
        "42 # user type",
        "## end of definitions",
    ] {
        bytes.extend(word(22, 0));
        bytes.extend(word(63, text.len() as u16));
        bytes.extend(text.as_bytes());
        bytes.extend(vec![0; text.len() % 2]);
    }
    bytes.extend(file(&[word(42, 9), [0, 0]]));
    let found = parse(&bytes).unwrap();
    assert_eq!(found.ticks.map(coronet_ecg::Hertz::get), Some(1000.0));
    assert_eq!(found.annotations.len(), 1);
    assert_eq!(found.annotations[0].symbol, "#");
    assert_eq!(found.types[&42].description, "user type");
}

#[test]
fn what_is_broken_is_named_with_its_place() {
    let message = |bytes: &[u8]| parse(bytes).unwrap_err().to_string();
    assert_eq!(
        message(&file(&[word(1, 1), word(55, 3)])),
        "byte 2: annotation type: expected 1 to 49, or SKIP before an annotation, got `55`"
    );
    assert_eq!(
        message(&file(&[word(1, 1), word(63, 9), *b"ab"])),
        "truncated: expected 13 bytes, got 6"
    );
    assert_eq!(message(&[0, 4, 7]), "truncated: expected 4 bytes, got 3");
    assert_eq!(
        message(&file(&[word(59, 0), [1, 0]])),
        "truncated: expected 6 bytes, got 4"
    );
    assert_eq!(
        codes(&parse(&file(&[word(1, 1)])).unwrap()),
        ["no-end-mark"]
    );
    assert_eq!(
        codes(&parse(&file(&[word(1, 1), [0, 0], [9, 9]])).unwrap()),
        ["extra-bytes"]
    );
    assert_eq!(parse(&[]).unwrap().annotations, []);
}

/// Counts and places as wfdb-python 4.3.1 reads the same files.
#[test]
fn real_annotations() {
    let Some(folder) = data("formats/wfdb") else {
        return;
    };
    let beats = read(&folder.join("100.atr")).unwrap();
    let first = &beats.annotations[0];
    assert_eq!(beats.annotations.len(), 2274);
    assert_eq!((first.sample, first.symbol.as_str()), (18, "+"));
    assert_eq!(first.text.as_deref(), Some("(N"));
    assert_eq!(beats.annotations[2273].sample, 649_991);
    let count = |symbol: &str| {
        let all = beats.annotations.iter();
        all.filter(|one| one.symbol == symbol).count()
    };
    assert_eq!((count("N"), count("A"), count("V")), (2239, 33, 1));
    let missing = read(&folder.join("100.xyz")).unwrap_err();
    assert!(matches!(missing.kind, ReadErrorKind::Io(_)));
}

/// Counts as wfdb-python 4.3.1 gives them.
#[test]
fn every_delineation_of_ludb_is_read() {
    let Some(folder) = data("ludb/data") else {
        return;
    };
    let mut waves = std::collections::BTreeMap::<String, usize>::new();
    for number in 1..=40 {
        for lead in ["i", "ii", "v1", "v2", "v5"] {
            let found = read(&folder.join(format!("{number}.{lead}"))).unwrap();
            assert_eq!(codes(&found), Vec::<&str>::new(), "{number}.{lead}");
            for one in found.annotations {
                assert!((0..5000).contains(&one.sample));
                *waves.entry(one.symbol).or_default() += 1;
            }
        }
    }
    let waves: Vec<(&str, usize)> = waves.iter().map(|(key, &n)| (key.as_str(), n)).collect();
    let expected = [
        ("(", 4645),
        (")", 4663),
        ("N", 1778),
        ("p", 1333),
        ("t", 1551),
    ];
    assert_eq!(waves, expected);
}

proptest! {
    #[test]
    fn anything_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(found) = parse(&bytes) {
            prop_assert!(found.annotations.len() * 2 <= bytes.len());
        }
    }
}
