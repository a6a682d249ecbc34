//! Waveform data as numbers (PS3.3 C.10.9.1.5 to C.10.9.1.7).

use super::tags::{self, text, wrong};
use crate::ReadErrorKind;
use crate::bytes::Endian;
use crate::finding::finding;
use coronet_ecg::Finding;
use dicom_core::value::PrimitiveValue;
use dicom_object::InMemDicomObject;
use std::borrow::Cow;

/// How a sample is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interpretation {
    /// Bytes of a sample.
    pub(super) width: usize,
    pub(super) signed: bool,
}

impl Interpretation {
    pub(super) fn of(
        object: &InMemDicomObject,
        name: &str,
    ) -> Result<Interpretation, ReadErrorKind> {
        let word = text(object, tags::INTERPRETATION).unwrap_or_default();
        let (width, signed) = match word.as_str() {
            "SB" => (1, true),
            "UB" => (1, false),
            "SS" => (2, true),
            "US" => (2, false),
            "SL" => (4, true),
            "UL" => (4, false),
            _ => {
                let element = format!("{name}/WaveformSampleInterpretation");
                return Err(wrong(element, "SB, UB, SS, US, SL or UL", word));
            }
        };
        let allocated = tags::number(object, tags::BITS_ALLOCATED).ok().flatten();
        if allocated != Some(8.0 * width as f64) {
            let element = format!("{name}/WaveformBitsAllocated");
            let got = allocated.map_or("nothing".to_string(), |bits| bits.to_string());
            return Err(wrong(element, format!("{} for {word}", 8 * width), got));
        }
        Ok(Interpretation { width, signed })
    }

    pub(super) fn value(self, bytes: &[u8]) -> i64 {
        match self.signed {
            true => Endian::Little.signed(bytes),
            false => Endian::Little.unsigned(bytes) as i64,
        }
    }
}

/// The bytes of an element with numbers of `width` bytes, least significant byte first.
///
/// The container has already turned words of 16 bits; bytes (OB) and numbers of 32 bits in words
/// of 16 are still in the order of the file.
pub(super) fn little_endian(
    object: &InMemDicomObject,
    tag: dicom_object::Tag,
    width: usize,
    endian: Endian,
) -> Option<Cow<'_, [u8]>> {
    let value = object.get(tag)?.value().primitive()?;
    Some(match value {
        PrimitiveValue::U8(bytes) => match endian {
            Endian::Little => Cow::Borrowed(bytes.as_slice()),
            Endian::Big => Cow::Owned(turned(bytes, width)),
        },
        PrimitiveValue::U16(words) => {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            match (endian, width) {
                // The first word of a number is its upper half.
                (Endian::Big, 4) => Cow::Owned(
                    bytes
                        .chunks_exact(4)
                        .flat_map(|four| [four[2], four[3], four[0], four[1]])
                        .collect(),
                ),
                // Bytes were turned in pairs.
                (Endian::Big, 1) => Cow::Owned(turned(&bytes, 2)),
                _ => Cow::Owned(bytes),
            }
        }
        PrimitiveValue::I16(words) => words.iter().flat_map(|word| word.to_le_bytes()).collect(),
        PrimitiveValue::U32(words) => words.iter().flat_map(|word| word.to_le_bytes()).collect(),
        PrimitiveValue::I32(words) => words.iter().flat_map(|word| word.to_le_bytes()).collect(),
        _ => return None,
    })
}

/// Numbers of `width` bytes with their bytes in the other order.
fn turned(bytes: &[u8], width: usize) -> Vec<u8> {
    let numbers = bytes.chunks_exact(width);
    numbers
        .flat_map(|number| number.iter().rev().copied())
        .collect()
}

/// Checks that the data holds what it should; an even length may add one byte.
pub(super) fn check_length(
    name: &str,
    expected: u64,
    got: u64,
    findings: &mut Vec<Finding>,
) -> Result<(), ReadErrorKind> {
    if got < expected {
        let element = format!("{name}/WaveformData");
        let got = format!("{got} bytes");
        return Err(wrong(element, format!("{expected} bytes"), got));
    }
    if got - expected > expected % 2 {
        let message = format!("{name}: {} bytes after the samples", got - expected);
        findings.push(finding("extra-bytes", message));
    }
    Ok(())
}
