//! Element types of an array.

/// A number type and its byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    /// IEEE 754 binary16, binary32 or binary64.
    Float { width: usize, big_endian: bool },
    /// Two's complement.
    Integer { width: usize, big_endian: bool },
}

impl Element {
    /// Reads a type string such as `<f4`; on this side `=` is little-endian.
    pub(super) fn parse(text: &str) -> Option<Element> {
        let mut letters = text.chars();
        let big_endian = match letters.next()? {
            '<' | '=' => false,
            '>' => true,
            _ => return None,
        };
        let kind = letters.next()?;
        let width: usize = letters.as_str().parse().ok()?;
        match (kind, width) {
            ('f', 2 | 4 | 8) => Some(Element::Float { width, big_endian }),
            ('i', 2 | 4) => Some(Element::Integer { width, big_endian }),
            _ => None,
        }
    }

    /// Bytes of one number.
    pub(super) fn width(self) -> usize {
        match self {
            Element::Float { width, .. } | Element::Integer { width, .. } => width,
        }
    }

    /// The number in `bytes`, which are [`Element::width`] long.
    pub(crate) fn value(self, bytes: &[u8]) -> f64 {
        let (Element::Float { width, big_endian } | Element::Integer { width, big_endian }) = self;
        let mut little = [0_u8; 8];
        for (place, &byte) in bytes.iter().take(width).enumerate() {
            little[if big_endian { width - 1 - place } else { place }] = byte;
        }
        let bits = u64::from_le_bytes(little);
        match (self, width) {
            (Element::Float { .. }, 2) => half(bits as u16),
            (Element::Float { .. }, 4) => f64::from(f32::from_bits(bits as u32)),
            (Element::Float { .. }, _) => f64::from_bits(bits),
            (Element::Integer { .. }, 2) => f64::from(bits as u16 as i16),
            (Element::Integer { .. }, _) => f64::from(bits as u32 as i32),
        }
    }
}

/// IEEE 754 binary16.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f64::from(bits & 0x3ff);
    sign * match exponent {
        0 => fraction * 2.0_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2.0_f64.powi(exponent - 15),
    }
}
