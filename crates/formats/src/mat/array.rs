//! Data elements and arrays.

use crate::ReadErrorKind;
use crate::bytes::{Cursor, Endian, at};
use flate2::read::ZlibDecoder;
use std::io::Read;

/// Bytes of the file header.
const HEADER: usize = 128;

/// Deepest nesting of cells and structures.
const DEEPEST: usize = 16;

/// Most bytes that compressed elements may unfold to.
const LIMIT: u64 = 1 << 27;

/// Most fields of a structure, and elements of a structure or cell array.
const MOST: usize = 1 << 16;

/// A named array.
#[derive(Clone, Debug)]
pub(super) struct Array {
    pub(super) name: String,
    pub(super) sides: Vec<usize>,
    pub(super) value: Value,
}

/// What an array holds; numbers column by column.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Numbers(Vec<f64>),
    Text(String),
    /// Fields of a structure (of its first element) or elements of a cell array.
    Parts(Vec<Array>),
    /// A class that is not read: sparse, object, function.
    Other,
}

/// Type numbers of data elements.
const MATRIX: u64 = 14;
const COMPRESSED: u64 = 15;

/// All variables of a file.
pub(super) fn variables(bytes: &[u8]) -> Result<Vec<Array>, ReadErrorKind> {
    let mut cursor = Cursor::new(bytes, 0, Endian::Little);
    cursor.take(HEADER - 4, "header")?;
    let version = cursor.take(2, "version")?;
    let endian = match cursor.take(2, "endian indicator")? {
        b"IM" => Endian::Little,
        b"MI" => Endian::Big,
        other => {
            let got = crate::bytes::text(other);
            return Err(at(126, "endian indicator", "IM or MI", got));
        }
    };
    let version = endian.unsigned(version);
    if version != 0x0100 {
        let got = format!("{version:#06x}");
        return Err(at(124, "version", "0x0100", got));
    }
    let mut cursor = Cursor::new(&bytes[HEADER..], HEADER, endian);
    let mut variables = Vec::new();
    let mut unfolded = 0;
    while cursor.left() > 0 {
        let element = element(&mut cursor, endian)?;
        match element.kind {
            MATRIX => variables.extend(matrix(&element, endian, 0)?),
            COMPRESSED => {
                let inflated = inflate(&element, LIMIT - unfolded)?;
                unfolded += inflated.len() as u64;
                let mut inner = Cursor::new(&inflated, element.offset, endian);
                let element = self::element(&mut inner, endian)?;
                if element.kind == MATRIX {
                    variables.extend(matrix(&element, endian, 0)?);
                }
            }
            // Other elements at this level carry no variable.
            _ => {}
        }
    }
    Ok(variables)
}

/// A tagged piece of the file.
struct Element<'b> {
    kind: u64,
    bytes: &'b [u8],
    /// Offset of the bytes; within a compressed element that of its start in the file.
    offset: usize,
}

/// Reads a tag and its bytes; elements other than compressed ones are padded to eight bytes, the
/// last one of a file perhaps not.
fn element<'b>(cursor: &mut Cursor<'b>, endian: Endian) -> Result<Element<'b>, ReadErrorKind> {
    let tag = cursor.unsigned(4, "tag of a data element")?;
    if tag >> 16 != 0 {
        let (kind, length) = (tag & 0xffff, tag >> 16);
        let offset = cursor.offset();
        let four = cursor.take(4, "small data element")?;
        let bytes = four.get(..length as usize).ok_or_else(|| {
            at(
                offset - 4,
                "length of a small data element",
                "at most 4",
                length,
            )
        })?;
        return Ok(Element {
            kind,
            bytes,
            offset: offset as usize,
        });
    }
    let length = cursor.unsigned(4, "length of a data element")? as usize;
    let offset = cursor.offset() as usize;
    let bytes = cursor.take(length, "data element")?;
    let padding = if tag == COMPRESSED {
        0
    } else {
        length.wrapping_neg() % 8
    };
    cursor.take(padding.min(cursor.left()), "padding")?;
    let _ = endian;
    Ok(Element {
        kind: tag,
        bytes,
        offset,
    })
}

fn inflate(element: &Element<'_>, limit: u64) -> Result<Vec<u8>, ReadErrorKind> {
    let mut inflated = Vec::new();
    ZlibDecoder::new(element.bytes)
        .take(limit + 1)
        .read_to_end(&mut inflated)
        .map_err(|error| {
            let offset = element.offset as u64;
            at(offset, "compressed data element", "a zlib stream", error)
        })?;
    let got = inflated.len() as u64;
    if got > limit {
        let expected = LIMIT;
        return Err(ReadErrorKind::TooLarge { expected, got });
    }
    Ok(inflated)
}

/// An array, or none for an empty element.
fn matrix(
    element: &Element<'_>,
    endian: Endian,
    depth: usize,
) -> Result<Option<Array>, ReadErrorKind> {
    if element.bytes.is_empty() {
        return Ok(None);
    }
    let offset = element.offset as u64;
    if depth > DEEPEST {
        let expected = format!("arrays nested at most {DEEPEST} deep");
        return Err(at(offset, "array", expected, "a deeper one"));
    }
    let mut cursor = Cursor::new(element.bytes, element.offset, endian);
    let flags = self::element(&mut cursor, endian)?;
    let flags = Cursor::new(flags.bytes, flags.offset, endian).unsigned(4, "array flags")?;
    let dimensions = self::element(&mut cursor, endian)?;
    let sides: Vec<usize> = dimensions
        .bytes
        .chunks_exact(4)
        .map(|side| endian.unsigned(side) as usize)
        .collect();
    let count = sides
        .iter()
        .try_fold(1_usize, |count, &side| count.checked_mul(side))
        .filter(|_| (2..=8).contains(&sides.len()));
    let Some(count) = count else {
        let got = format!("{sides:?}");
        let expected = "two to eight sides";
        return Err(at(
            dimensions.offset as u64,
            "dimensions of an array",
            expected,
            got,
        ));
    };
    let name = crate::bytes::text(self::element(&mut cursor, endian)?.bytes);
    let value = match flags & 0xff {
        1 => parts(&mut cursor, endian, count, depth, None)?,
        2 => {
            let names = field_names(&mut cursor, endian)?;
            parts(
                &mut cursor,
                endian,
                count.min(1) * names.len(),
                depth,
                Some(names),
            )?
        }
        4 => Value::Text(letters(&self::element(&mut cursor, endian)?, endian)),
        6..=15 => {
            let part = self::element(&mut cursor, endian)?;
            Value::Numbers(numbers(&part, endian, count)?)
        }
        _ => Value::Other,
    };
    Ok(Some(Array { name, sides, value }))
}

/// Elements of a cell array, or fields of a structure's first element.
fn parts(
    cursor: &mut Cursor<'_>,
    endian: Endian,
    count: usize,
    depth: usize,
    names: Option<Vec<String>>,
) -> Result<Value, ReadErrorKind> {
    if count > MOST {
        let expected = format!("at most {MOST} parts");
        return Err(at(
            cursor.offset(),
            "dimensions of an array",
            expected,
            count,
        ));
    }
    let mut parts = Vec::new();
    for index in 0..count {
        let element = element(cursor, endian)?;
        if element.kind != MATRIX {
            let offset = element.offset as u64;
            return Err(at(
                offset,
                "type of a data element",
                "14, an array",
                element.kind,
            ));
        }
        let Some(mut part) = matrix(&element, endian, depth + 1)? else {
            continue;
        };
        if let Some(names) = &names {
            part.name.clone_from(&names[index]);
        }
        parts.push(part);
    }
    Ok(Value::Parts(parts))
}

fn field_names(cursor: &mut Cursor<'_>, endian: Endian) -> Result<Vec<String>, ReadErrorKind> {
    let length = element(cursor, endian)?;
    let width = endian.unsigned(length.bytes.get(..4).unwrap_or_default()) as usize;
    let names = element(cursor, endian)?;
    if width == 0 || names.bytes.len() / width > MOST {
        let offset = length.offset as u64;
        return Err(at(offset, "length of field names", "1 to 64", width));
    }
    let names = names.bytes.chunks_exact(width);
    Ok(names.map(crate::bytes::text).collect())
}

/// Characters of 8 or 16 bits.
fn letters(element: &Element<'_>, endian: Endian) -> String {
    match element.kind {
        4 | 17 => {
            let units: Vec<u16> = element
                .bytes
                .chunks_exact(2)
                .map(|two| endian.unsigned(two) as u16)
                .collect();
            String::from_utf16_lossy(&units)
        }
        _ => crate::bytes::text(element.bytes),
    }
}

/// Numbers of any numeric type; MATLAB stores whole numbers of a double array in fewer bytes.
fn numbers(element: &Element<'_>, endian: Endian, count: usize) -> Result<Vec<f64>, ReadErrorKind> {
    type Read = fn(Endian, &[u8]) -> f64;
    let (width, read): (usize, Read) = match element.kind {
        1 => (1, |endian, bytes| endian.signed(bytes) as f64),
        2 => (1, |endian, bytes| endian.unsigned(bytes) as f64),
        3 => (2, |endian, bytes| endian.signed(bytes) as f64),
        4 => (2, |endian, bytes| endian.unsigned(bytes) as f64),
        5 => (4, |endian, bytes| endian.signed(bytes) as f64),
        6 => (4, |endian, bytes| endian.unsigned(bytes) as f64),
        7 => (4, |endian, bytes| {
            f64::from(f32::from_bits(endian.unsigned(bytes) as u32))
        }),
        9 => (8, |endian, bytes| f64::from_bits(endian.unsigned(bytes))),
        12 => (8, |endian, bytes| endian.signed(bytes) as f64),
        13 => (8, |endian, bytes| endian.unsigned(bytes) as f64),
        other => {
            let offset = element.offset as u64;
            let expected = "a type of numbers";
            return Err(at(offset, "type of a data element", expected, other));
        }
    };
    if count.checked_mul(width) != Some(element.bytes.len()) {
        let expected = format!("{count} numbers of {width} bytes");
        let got = format!("{} bytes", element.bytes.len());
        return Err(at(
            element.offset as u64,
            "numbers of an array",
            expected,
            got,
        ));
    }
    let numbers = element.bytes.chunks_exact(width);
    Ok(numbers.map(|bytes| read(endian, bytes)).collect())
}
