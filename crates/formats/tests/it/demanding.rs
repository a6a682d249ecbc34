//! Small files that ask for much memory are refused before they get it.

use crate::encoded::{Mfer, tlv};
use crate::made::{ecg, scratch};
use crate::memory::peak;
use coronet_formats::{Leniency, ReadOptions, dicom, read};
use dicom_core::value::{DataSetSequence, PrimitiveValue};
use dicom_core::{DataElement, VR};
use dicom_object::Tag;
use std::path::Path;

/// Most bytes that reading a file of a few kilobytes may take, for all that it says.
const ALLOWED: usize = 300 << 20;

/// The most that reading held at once, in both modes, and what was told of it.
fn held(path: &Path) -> (usize, String) {
    let mut told = String::new();
    let bytes = peak(|| {
        for leniency in [Leniency::Strict, Leniency::Lenient] {
            let options = ReadOptions {
                leniency,
                ..ReadOptions::default()
            };
            told = match read(path, &options) {
                Ok(records) => format!("{} records", records.len()),
                Err(error) => error.to_string(),
            };
        }
    });
    (bytes, told)
}

fn check(name: &str, bytes: &[u8], expected: &str) {
    let folder = scratch();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    check_file(&path, expected);
}

fn check_file(path: &Path, expected: &str) {
    let (bytes, told) = held(path);
    assert!(bytes < ALLOWED, "{}: {bytes} bytes; {told}", path.display());
    assert!(told.contains(expected), "{told}");
}

#[test]
fn mfer_of_many_empty_frames() {
    let mut bytes = Mfer::new(true).bytes;
    bytes.extend(tlv(0x05, None, &[0, 4]));
    let with = |frame: &[u8]| {
        let mut bytes = bytes.clone();
        for _ in 0..25_000 {
            bytes.extend(frame);
        }
        bytes
    };
    check("x", &with(&[0x1e, 0]), "a byte of each of 1024 channels");
    // A definition before each frame describes the channels anew.
    let mut frame = tlv(0x04, None, &[1]);
    frame.extend([0x1e, 0x82, 4, 0]);
    frame.extend([0; 1024]);
    check("x", &with(&frame), "fewer changes of definitions");
}

#[test]
fn dicom_of_groups_far_apart() {
    let folder = scratch();
    let path = folder.path().join("x.dcm");
    dicom::write(&path, &ecg(8000, 500.0), &dicom::WriteOptions::default()).unwrap();
    let mut object = dicom_object::open_file(&path).unwrap();
    let waveform = Tag(0x5400, 0x0100);
    let first = object.element(waveform).unwrap().items().unwrap()[0].clone();
    let mut groups = vec![first.clone()];
    // Many channels of one sample, to be lengthened to the whole timeline.
    let definitions = first.element(Tag(0x003a, 0x0200)).unwrap();
    let other = definitions.items().unwrap()[0].clone();
    let mut many = first;
    let count = 1000_u16;
    let channels: Vec<_> = (0..count)
        .map(|at| {
            let mut channel = other.clone();
            channel.remove_element(Tag(0x003a, 0x0208));
            let label = PrimitiveValue::from(format!("x{at}"));
            channel.put(DataElement::new(Tag(0x003a, 0x0203), VR::SH, label));
            channel
        })
        .collect();
    let mut put = |tag, vr, value: PrimitiveValue| many.put(DataElement::new(tag, vr, value));
    put(Tag(0x003a, 0x0005), VR::US, PrimitiveValue::from(count));
    put(Tag(0x003a, 0x0010), VR::UL, PrimitiveValue::from(1_u32));
    put(Tag(0x0018, 0x1068), VR::DS, PrimitiveValue::from("250000"));
    let samples = PrimitiveValue::U16(vec![0; count.into()].into());
    put(Tag(0x5400, 0x1010), VR::OW, samples);
    let sequence = DataSetSequence::from(channels);
    many.put(DataElement::new(Tag(0x003a, 0x0200), VR::SQ, sequence));
    groups.push(many);
    let sequence = DataSetSequence::from(groups);
    object.put(DataElement::new(waveform, VR::SQ, sequence));
    object.write_to_file(&path).unwrap();
    check_file(&path, "samples of all channels on one timeline");
}

#[test]
fn wfdb_of_wide_frames() {
    let folder = scratch();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    // One lead of 10000 samples a frame makes every other signal as long.
    let narrow = "~ 0 1/mV 16 0 0 0 0 x\n".repeat(99);
    let wide = format!("w 100 500 20000\n~ 0x10000 1/mV 16 0 0 0 0 II\n{narrow}");
    put("w.hea", &wide);
    check_file(&folder.path().join("w.hea"), "expected at most");
    let part = "p 2 500 1\n~ 0x10000 1/mV 16 0 0 0 0 I\n~ 0 1/mV 16 0 0 0 0 II\n";
    put("p.hea", part);
    put("m.hea", "m/2 2 500 100000001\np 1\n~ 100000000\n");
    check_file(&folder.path().join("m.hea"), "expected at most");
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_of_few_bytes_and_many_values() {
    use parquet::data_type::{ByteArray, ByteArrayType, DoubleType};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use std::sync::Arc;
    // A text that counts is refused; one that is no fact of an ECG is not read.
    let cases = [
        ("patient_id", "expected at most 268435456 bytes"),
        ("note", "1 records"),
    ];
    for (name, expected) in cases {
        let schema =
            format!("message t {{ required binary {name} (UTF8); required double I_mV; }}");
        let schema = Arc::new(parse_message_type(&schema).unwrap());
        let mut bytes = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let texts = vec![ByteArray::from("x".repeat(1 << 18).as_str()); 10_000];
        let written = column.typed::<ByteArrayType>();
        written.write_batch(&texts, None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let written = column.typed::<DoubleType>();
        written
            .write_batch(&vec![0.5; texts.len()], None, None)
            .unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        assert!(bytes.len() < 1 << 20, "{}", bytes.len());
        check("x.parquet", &bytes, expected);
    }
}
