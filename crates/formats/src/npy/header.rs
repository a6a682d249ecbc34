//! The header of NPY format versions 1 to 3 (NEP 1).

use super::element::Element;
use crate::{ReadError, ReadErrorKind};
use std::io::Read;
use std::path::Path;

/// Shape and type of an array.
#[derive(Debug)]
pub(super) struct ArrayHeader {
    pub(super) element: Element,
    pub(super) fortran_order: bool,
    pub(super) shape: Vec<u64>,
}

/// Longest header dictionary read.
const LIMIT: usize = 65_536;

impl ArrayHeader {
    /// Reads up to the first element; also returns how many bytes that were.
    pub(super) fn read(file: &mut impl Read, path: &Path) -> Result<(ArrayHeader, u64), ReadError> {
        let mut exactly = |bytes: &mut [u8], start: u64| {
            file.read_exact(bytes).map_err(|error| {
                let kind = if error.kind() == std::io::ErrorKind::UnexpectedEof {
                    ReadErrorKind::Truncated {
                        expected: start + bytes.len() as u64,
                        got: start,
                    }
                } else {
                    ReadErrorKind::Io(error)
                };
                kind.at(path)
            })
        };
        let mut magic = [0; 8];
        exactly(&mut magic, 0)?;
        let wide = match magic[6] {
            1 => 2,
            2 | 3 => 4,
            version => {
                let got = version.to_string();
                let what = "NPY format version";
                return Err(ReadErrorKind::NotSupported { what, got }.at(path));
            }
        };
        let mut length = [0; 4];
        exactly(&mut length[..wide], 8)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > LIMIT {
            return Err(ReadErrorKind::TooLarge {
                expected: LIMIT as u64,
                got: length as u64,
            }
            .at(path));
        }
        let start = 8 + wide as u64;
        let mut text = vec![0; length];
        exactly(&mut text, start)?;
        let header = parse(&String::from_utf8_lossy(&text)).map_err(|kind| kind.at(path))?;
        Ok((header, start + length as u64))
    }
}

/// A header of version 1 for C order, padded to a multiple of 64 bytes.
pub(super) fn write(element: &str, shape: &[usize]) -> Vec<u8> {
    let sides: String = shape.iter().map(|side| format!("{side}, ")).collect();
    let mut text =
        format!("{{'descr': '{element}', 'fortran_order': False, 'shape': ({sides}), }}");
    while (10 + text.len() + 1) % 64 != 0 {
        text.push(' ');
    }
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&(text.len() as u16).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

fn parse(text: &str) -> Result<ArrayHeader, ReadErrorKind> {
    let wrong = |field, expected: &str, got: &str| ReadErrorKind::Field {
        line: 0,
        field,
        expected: expected.to_string(),
        got: got.to_string(),
    };
    let descr = entry(text, "descr").unwrap_or_default();
    let descr = descr.split(',').next().unwrap_or_default().trim();
    let name = descr.trim_matches(['\'', '"']);
    let types = "floats of 2, 4 or 8 bytes or integers of 2 or 4";
    let element = Element::parse(name).ok_or_else(|| wrong("descr", types, name))?;
    let order = entry(text, "fortran_order").unwrap_or_default();
    let fortran_order = match order.split([',', '}']).next().unwrap_or_default().trim() {
        "True" => true,
        "False" => false,
        other => return Err(wrong("fortran_order", "True or False", other)),
    };
    let shape = entry(text, "shape")
        .and_then(|rest| rest.strip_prefix('('))
        .and_then(|rest| rest.split(')').next())
        .ok_or_else(|| wrong("shape", "a tuple", text.trim()))?;
    let shape: Vec<u64> = shape
        .split(',')
        .map(str::trim)
        .filter(|side| !side.is_empty())
        .map(|side| {
            let side = side.trim_end_matches('L');
            side.parse()
                .map_err(|_| wrong("shape", "non-negative integers", side))
        })
        .collect::<Result<_, _>>()?;
    Ok(ArrayHeader {
        element,
        fortran_order,
        shape,
    })
}

/// What follows `'key':`.
fn entry<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let at = text
        .find(&format!("'{key}'"))
        .or_else(|| text.find(&format!("\"{key}\"")))?;
    let rest = &text[at + key.len() + 2..];
    Some(rest.trim_start().strip_prefix(':')?.trim_start())
}
