//! Numbers of a dataset, whatever their type.

use crate::npy::Element;
use hdf5_reader::error::{Error, Result};
use hdf5_reader::{ByteOrder, Datatype, H5Type};

/// A number of a dataset: a float of 16, 32 or 64 bits, or an integer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number(pub(super) f64);

impl H5Type for Number {
    fn hdf5_type() -> Datatype {
        f64::hdf5_type()
    }

    fn from_bytes(bytes: &[u8], dtype: &Datatype) -> Result<Self> {
        let (element, width) = element(dtype).ok_or_else(|| mismatch(dtype))?;
        match bytes.get(..width) {
            Some(bytes) => Ok(Number(value(element, dtype, bytes))),
            None => Err(Error::InvalidData(format!(
                "expected {width} bytes of a number, got {}",
                bytes.len()
            ))),
        }
    }

    fn element_size(dtype: &Datatype) -> usize {
        element(dtype).map_or(8, |(_, width)| width)
    }

    fn decode_vec(raw: &[u8], dtype: &Datatype, count: usize) -> Option<Result<Vec<Self>>> {
        let (element, width) = element(dtype)?;
        let bytes = raw.get(..count.checked_mul(width)?)?;
        let numbers = bytes.chunks_exact(width);
        Some(Ok(numbers
            .map(|bytes| Number(value(element, dtype, bytes)))
            .collect()))
    }
}

/// How the bytes of a number are read, and how many there are.
fn element(dtype: &Datatype) -> Option<(Element, usize)> {
    let (size, order, float) = match dtype {
        Datatype::FloatingPoint { size, byte_order } => (*size, *byte_order, true),
        Datatype::FixedPoint {
            size, byte_order, ..
        } => (*size, *byte_order, false),
        _ => return None,
    };
    let width = usize::from(size);
    let big_endian = order == ByteOrder::BigEndian;
    match (float, width) {
        (true, 2 | 4 | 8) => Some((Element::Float { width, big_endian }, width)),
        (false, 1 | 2 | 4 | 8) => Some((Element::Integer { width, big_endian }, width)),
        _ => None,
    }
}

/// Integers of any width and sign; floats as arrays have them.
fn value(element: Element, dtype: &Datatype, bytes: &[u8]) -> f64 {
    let Datatype::FixedPoint { signed, .. } = dtype else {
        return element.value(bytes);
    };
    let Element::Integer { big_endian, .. } = element else {
        return element.value(bytes);
    };
    let endian = match big_endian {
        true => crate::bytes::Endian::Big,
        false => crate::bytes::Endian::Little,
    };
    match signed {
        true => endian.signed(bytes) as f64,
        false => endian.unsigned(bytes) as f64,
    }
}

fn mismatch(dtype: &Datatype) -> Error {
    Error::TypeMismatch {
        expected: "a number".to_string(),
        actual: format!("{dtype:?}"),
    }
}
