//! DICOM in every encoding, and what a broken one is refused with.

use crate::made::{codes, ecg, scratch};
use coronet_ecg::{Channel, Ecg, Lead};
use coronet_formats::{ReadErrorKind, ReadOptions, dicom, read_bytes};
use dicom_core::value::{DataSetSequence, PrimitiveValue};
use dicom_core::{DataElement, VR};
use dicom_object::{DefaultDicomObject, FileMetaTableBuilder, InMemDicomObject, Tag};

const WAVEFORM: Tag = Tag(0x5400, 0x0100);
const DATA: Tag = Tag(0x5400, 0x1010);
const CHANNELS: Tag = Tag(0x003a, 0x0200);
const SOURCE: Tag = Tag(0x003a, 0x0208);

/// A written object, to be changed.
fn object() -> DefaultDicomObject {
    let folder = scratch();
    let path = folder.path().join("x.dcm");
    dicom::write(&path, &ecg(50, 500.0), &dicom::WriteOptions::default()).unwrap();
    dicom_object::open_file(&path).unwrap()
}

/// The bytes of an object in a transfer syntax.
fn bytes(object: &DefaultDicomObject, syntax: &str) -> Vec<u8> {
    let meta = FileMetaTableBuilder::new().transfer_syntax(syntax);
    let inner: InMemDicomObject = (**object).clone();
    let mut bytes = Vec::new();
    inner
        .with_meta(meta)
        .unwrap()
        .write_all(&mut bytes)
        .unwrap();
    bytes
}

fn one(bytes: &[u8]) -> Ecg {
    read_bytes("x", bytes, &ReadOptions::default())
        .unwrap()
        .remove(0)
        .ecg
}

fn group(object: &DefaultDicomObject) -> InMemDicomObject {
    object.element(WAVEFORM).unwrap().items().unwrap()[0].clone()
}

fn with_groups(
    mut object: DefaultDicomObject,
    groups: Vec<InMemDicomObject>,
) -> DefaultDicomObject {
    object.put(DataElement::new(
        WAVEFORM,
        VR::SQ,
        DataSetSequence::from(groups),
    ));
    object
}

fn put(group: &mut InMemDicomObject, tag: Tag, vr: VR, value: PrimitiveValue) {
    group.put(DataElement::new(tag, vr, value));
}

/// Stored numbers of the first group.
fn numbers(group: &InMemDicomObject) -> Vec<i16> {
    let value = group.element(DATA).unwrap();
    let words = value.value().to_multi_int::<u16>().unwrap();
    words.into_iter().map(|word| word as i16).collect()
}

const SYNTAXES: [&str; 3] = [
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",
];

#[test]
fn every_transfer_syntax_gives_the_same() {
    let object = object();
    let expected = one(&bytes(&object, SYNTAXES[1]));
    for syntax in SYNTAXES {
        assert_eq!(one(&bytes(&object, syntax)), expected, "{syntax}");
    }
    let mut compressed = bytes(&object, SYNTAXES[1]);
    let uid = b"1.2.840.10008.1.2.1\0";
    let at = compressed.windows(20).position(|part| part == uid).unwrap();
    compressed[at + 18] = b'5';
    let error = read_bytes("x", &compressed, &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("TransferSyntaxUID"), "{error}");
}

/// A file of explicit little endian with its data set deflated (PS3.5 A.5).
fn deflated(plain: &[u8]) -> Vec<u8> {
    use flate2::{Compression, write::DeflateEncoder};
    use std::io::Write;
    let uid = b"1.2.840.10008.1.2.1\0";
    let at = plain.windows(20).position(|part| part == uid).unwrap();
    // Group length, at byte 140, counts the bytes of the file meta information behind it.
    let length = u32::from_le_bytes(plain[140..144].try_into().unwrap());
    let start = 144 + length as usize;
    let mut bytes = plain[..140].to_vec();
    bytes.extend((length + 2).to_le_bytes());
    bytes.extend(&plain[144..at - 2]);
    bytes.extend([22, 0]);
    bytes.extend(b"1.2.840.10008.1.2.1.99");
    bytes.extend(&plain[at + 20..start]);
    let mut encoder = DeflateEncoder::new(bytes, Compression::default());
    encoder.write_all(&plain[start..]).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_deflated_data_set_gives_the_same() {
    let plain = bytes(&object(), SYNTAXES[1]);
    let packed = deflated(&plain);
    assert!(packed.len() < plain.len());
    assert_eq!(one(&packed), one(&plain));
    let cut = &packed[..packed.len() - 20];
    let error = read_bytes("x", cut, &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("deflated data set"), "{error}");
}

#[test]
fn the_code_of_a_channel_counts_whatever_its_meaning() {
    let other = |name: &str| Channel::Other(name.to_string());
    let cases: [(&str, &str, Channel, &[&str]); 9] = [
        (
            "5.6.3-9-1",
            "Lead I (Einthoven)",
            Channel::Lead(Lead::I),
            &[],
        ),
        ("5.6.3-9-65", "Lead -aVR", other("Lead -aVR"), &[]),
        (
            "5.6.3-9-65",
            "aVR",
            other("lead 65"),
            &["lead-contradicted"],
        ),
        ("5.6.3-9-24", "Lead I (Frank)", other("Lead I (Frank)"), &[]),
        ("MDC_ECG_LEAD_CM5", "CM5", other("CM5"), &[]),
        ("2:1", "V1", Channel::Lead(Lead::I), &["lead-contradicted"]),
        ("5.6.3-9-0", "Lead V1", Channel::Lead(Lead::V1), &[]),
        ("own", "Lead V1", Channel::Lead(Lead::V1), &[]),
        ("own", "Lead I (Frank)", other("Lead I (Frank)"), &[]),
    ];
    for (code, meaning, expected, found) in cases {
        let object = object();
        let mut group = group(&object);
        let channels = group.element(CHANNELS).unwrap().items().unwrap();
        let mut channels = channels.to_vec();
        let mut source = channels[0].element(SOURCE).unwrap().items().unwrap()[0].clone();
        put(&mut source, Tag(0x0008, 0x0100), VR::SH, code.into());
        put(&mut source, Tag(0x0008, 0x0104), VR::LO, meaning.into());
        let source = DataSetSequence::from(vec![source]);
        channels[0].put(DataElement::new(SOURCE, VR::SQ, source));
        let channels = DataSetSequence::from(channels);
        group.put(DataElement::new(CHANNELS, VR::SQ, channels));
        let ecg = one(&bytes(&with_groups(object, vec![group]), SYNTAXES[1]));
        assert_eq!(ecg.signals[0].channel, expected, "{code} {meaning}");
        let found_too = codes(&ecg)
            .into_iter()
            .filter(|code| *code != "lead-repeated");
        assert_eq!(found_too.collect::<Vec<&str>>(), found, "{code} {meaning}");
    }
}

#[test]
fn ages_that_are_none_are_absent() {
    let cases: [(&str, Option<f64>, &[&str]); 5] = [
        ("061Y", Some(61.0), &[]),
        ("006M", Some(0.5), &[]),
        ("infY", None, &[]),
        ("-01Y", None, &[]),
        ("000Y", None, &["age-zero"]),
    ];
    for (written, age, found) in cases {
        let mut object = object();
        object.put(DataElement::new(
            Tag(0x0010, 0x1010),
            VR::AS,
            PrimitiveValue::from(written),
        ));
        let ecg = one(&bytes(&object, SYNTAXES[1]));
        assert_eq!(
            (ecg.subject.age, codes(&ecg).as_slice()),
            (age, found),
            "{written}"
        );
    }
}

#[test]
fn every_interpretation_of_samples() {
    let made = ecg(50, 500.0);
    for (word, bits) in [("SL", 32_u16), ("UL", 32), ("US", 16), ("SB", 8), ("UB", 8)] {
        let object = object();
        let mut group = group(&object);
        let narrow = bits == 8;
        let stored: Vec<i64> = numbers(&group)
            .into_iter()
            .map(|number| i64::from(number) / if narrow { 16 } else { 1 })
            .map(|number| match word {
                "US" | "UL" => number + 2000,
                "UB" => number + 100,
                _ => number,
            })
            .collect();
        let data = match bits {
            // 32-bit samples as words of 16, the lower half first.
            32 => PrimitiveValue::U16(
                stored
                    .iter()
                    .flat_map(|number| [*number as u16, (*number >> 16) as u16])
                    .collect(),
            ),
            16 => PrimitiveValue::U16(stored.iter().map(|number| *number as u16).collect()),
            _ => PrimitiveValue::U8(stored.iter().map(|number| *number as u8).collect()),
        };
        let vr = if narrow { VR::OB } else { VR::OW };
        put(&mut group, DATA, vr, data);
        put(
            &mut group,
            Tag(0x5400, 0x1004),
            VR::US,
            PrimitiveValue::from(bits),
        );
        put(
            &mut group,
            Tag(0x5400, 0x1006),
            VR::CS,
            PrimitiveValue::from(word),
        );
        group.remove_element(Tag(0x5400, 0x100a));
        let ecg = one(&bytes(&with_groups(object, vec![group]), SYNTAXES[1]));
        let offset = match word {
            "US" | "UL" => 2.0,
            "UB" => 0.1,
            _ => 0.0,
        };
        for (signal, made) in ecg.signals.iter().zip(&made.signals) {
            for (got, made) in signal.millivolts.iter().zip(&made.millivolts) {
                let expected = match narrow {
                    true => ((made * 1000.0).round() / 16.0).trunc() / 1000.0,
                    false => *made,
                };
                assert!(
                    (got - expected - offset).abs() < 1e-9,
                    "{word}: {got} {expected}"
                );
            }
        }
    }
}

#[test]
fn sensitivity_correction_and_baseline() {
    let object = object();
    let mut group = group(&object);
    let mut definitions = group
        .element(Tag(0x003a, 0x0200))
        .unwrap()
        .items()
        .unwrap()
        .to_vec();
    let text = |text: &str| PrimitiveValue::from(text);
    put(
        &mut definitions[1],
        Tag(0x003a, 0x0210),
        VR::DS,
        text("2.5"),
    );
    put(
        &mut definitions[1],
        Tag(0x003a, 0x0212),
        VR::DS,
        text("0.5"),
    );
    put(
        &mut definitions[1],
        Tag(0x003a, 0x0213),
        VR::DS,
        text("-40"),
    );
    put(
        &mut definitions[2],
        Tag(0x003a, 0x0215),
        VR::DS,
        text("0.5"),
    );
    let definitions = DataSetSequence::from(definitions);
    group.put(DataElement::new(Tag(0x003a, 0x0200), VR::SQ, definitions));
    let raw = f64::from(numbers(&group)[1]);
    let ecg = one(&bytes(&with_groups(object, vec![group]), SYNTAXES[1]));
    let got = ecg.lead(Lead::II).unwrap()[0] * 1000.0;
    assert!((got - (raw * 2.5 * 0.5 - 40.0)).abs() < 1e-9);
    assert_eq!(codes(&ecg), ["channel-skew"]);
}

#[test]
fn groups_of_leads_are_joined_and_beats_left_out() {
    let object = object();
    let whole = group(&object);
    let all = numbers(&whole);
    let definitions = whole
        .element(Tag(0x003a, 0x0200))
        .unwrap()
        .items()
        .unwrap()
        .to_vec();
    let part = |leads: std::ops::Range<usize>, offset: &str| {
        let mut group = whole.clone();
        let items = definitions[leads.clone()].to_vec();
        put(
            &mut group,
            Tag(0x003a, 0x0005),
            VR::US,
            PrimitiveValue::from(items.len() as u16),
        );
        put(
            &mut group,
            Tag(0x0018, 0x1068),
            VR::DS,
            PrimitiveValue::from(offset),
        );
        let items = DataSetSequence::from(items);
        group.put(DataElement::new(Tag(0x003a, 0x0200), VR::SQ, items));
        let data = all
            .chunks(12)
            .flat_map(|frame| frame[leads.clone()].to_vec());
        let data = PrimitiveValue::U16(data.map(|number| number as u16).collect());
        put(&mut group, DATA, VR::OW, data);
        group
    };
    let mut beat = whole.clone();
    put(
        &mut beat,
        Tag(0x003a, 0x0020),
        VR::SH,
        PrimitiveValue::from("MEDIAN BEAT"),
    );
    put(
        &mut beat,
        Tag(0x003a, 0x0004),
        VR::CS,
        PrimitiveValue::from("DERIVED"),
    );
    let groups = vec![beat, part(0..6, "0"), part(6..12, "100")];
    let ecg = one(&bytes(&with_groups(object, groups), SYNTAXES[1]));
    assert_eq!((ecg.signals.len(), ecg.len()), (12, 100));
    let (limb, chest) = (ecg.lead(Lead::I).unwrap(), ecg.lead(Lead::V1).unwrap());
    assert!(limb[49].is_finite() && limb[50].is_nan());
    assert!(chest[49].is_nan() && chest[50].is_finite());
    assert_eq!(codes(&ecg), ["groups-left-out", "leads-not-simultaneous"]);
    assert_eq!(ecg.signals[0].channel, Channel::Lead(Lead::I));
}

/// Nested beyond any waveform object: the walk refuses what would exhaust the stack.
#[test]
fn sequences_within_sequences_are_refused() {
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM");
    bytes.extend([2, 0, 0x10, 0, b'U', b'I', 20, 0]);
    bytes.extend(b"1.2.840.10008.1.2.1\0");
    for _ in 0..100_000 {
        bytes.extend([
            0x00, 0x54, 0x00, 0x01, b'S', b'Q', 0, 0, 0xff, 0xff, 0xff, 0xff,
        ]);
        bytes.extend([0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff]);
    }
    let error = read_bytes("x", &bytes, &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("nested at most 32"), "{error}");
}

#[test]
fn lengths_beyond_the_file_are_refused() {
    let whole = bytes(&object(), SYNTAXES[1]);
    for length in [140, 200, 400, 900, whole.len() - 1] {
        let error = read_bytes("x", &whole[..length], &ReadOptions::default()).unwrap_err();
        let named = matches!(
            error,
            ReadErrorKind::Bytes { .. } | ReadErrorKind::Element { .. }
        );
        assert!(named, "{length}: {error}");
    }
    let mut huge = whole;
    let head = [0x00, 0x54, 0x10, 0x10, b'O', b'W', 0, 0];
    let at = huge.windows(8).position(|part| part == head).unwrap();
    huge[at + 8..at + 12].copy_from_slice(&[0xfe, 0xff, 0xff, 0x7f]);
    let error = read_bytes("x", &huge, &ReadOptions::default()).unwrap_err();
    assert!(
        error.to_string().contains("length of an element"),
        "{error}"
    );
}

#[test]
fn what_is_missing_is_named() {
    for (tag, keyword) in [
        (Tag(0x003a, 0x0005), "NumberOfWaveformChannels"),
        (Tag(0x003a, 0x0010), "NumberOfWaveformSamples"),
        (Tag(0x003a, 0x001a), "SamplingFrequency"),
        (Tag(0x003a, 0x0200), "ChannelDefinitionSequence"),
        (Tag(0x5400, 0x1004), "WaveformBitsAllocated"),
        (Tag(0x5400, 0x1006), "WaveformSampleInterpretation"),
        (DATA, "WaveformData"),
    ] {
        let object = object();
        let mut group = group(&object);
        group.remove_element(tag);
        let bytes = bytes(&with_groups(object, vec![group]), SYNTAXES[1]);
        let error = read_bytes("x", &bytes, &ReadOptions::default()).unwrap_err();
        let ReadErrorKind::Element { element, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(element, format!("WaveformSequence[0]/{keyword}"));
    }
}
