//! MATLAB 4 files (MAT-File Format, Level 4): matrices one after another, each behind five numbers
//! that say its type, sides, whether it has an imaginary part, and the length of its name.

use super::array::{Array, Value};
use crate::ReadErrorKind;
use crate::bytes::{Cursor, Endian, at};

/// Bytes of the five numbers.
const HEADER: usize = 20;

/// Longest name, with the zero byte behind it.
const LONGEST_NAME: u64 = 64;

/// Most matrices of a file.
const MOST: usize = 1 << 12;

/// How the numbers of a matrix are stored, by the tens of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Precision {
    Double,
    Single,
    Signed(usize),
    Unsigned(usize),
}

impl Precision {
    fn of(digit: u64) -> Option<Precision> {
        Some(match digit {
            0 => Precision::Double,
            1 => Precision::Single,
            2 => Precision::Signed(4),
            3 => Precision::Signed(2),
            4 => Precision::Unsigned(2),
            5 => Precision::Unsigned(1),
            _ => return None,
        })
    }

    fn width(self) -> usize {
        match self {
            Precision::Double => 8,
            Precision::Single => 4,
            Precision::Signed(width) | Precision::Unsigned(width) => width,
        }
    }

    fn number(self, endian: Endian, bytes: &[u8]) -> f64 {
        match self {
            Precision::Double => f64::from_bits(endian.unsigned(bytes)),
            Precision::Single => f64::from(f32::from_bits(endian.unsigned(bytes) as u32)),
            Precision::Signed(_) => endian.signed(bytes) as f64,
            Precision::Unsigned(_) => endian.unsigned(bytes) as f64,
        }
    }
}

/// What a matrix holds, by the last digit of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Numbers,
    Text,
    Sparse,
}

/// The header of a matrix.
struct Header {
    precision: Precision,
    kind: Kind,
    sides: [u64; 2],
    is_complex: bool,
    name_length: u64,
}

impl Header {
    /// The header in the first bytes of a matrix; `None` where they are none.
    fn of(bytes: &[u8], endian: Endian) -> Option<Header> {
        let mut words = bytes.get(..HEADER)?.chunks_exact(4);
        let mut next = || words.next().map(|word| endian.unsigned(word));
        let kind = next()?;
        let sides = [next()?, next()?];
        let (imaginary, name_length) = (next()?, next()?);
        let machine = if endian == Endian::Big { 1 } else { 0 };
        let possible = kind / 1000 == machine && kind / 100 % 10 == 0 && imaginary <= 1;
        if !possible || !(2..=LONGEST_NAME).contains(&name_length) {
            return None;
        }
        Some(Header {
            precision: Precision::of(kind / 10 % 10)?,
            kind: match kind % 10 {
                0 => Kind::Numbers,
                1 => Kind::Text,
                2 => Kind::Sparse,
                _ => return None,
            },
            sides,
            is_complex: imaginary == 1,
            name_length,
        })
    }
}

/// The order of bytes of a file that begins with a matrix, and its header.
fn first(head: &[u8]) -> Option<(Endian, Header)> {
    let mut orders = [Endian::Little, Endian::Big].into_iter();
    orders.find_map(|endian| Some((endian, Header::of(head, endian)?)))
}

fn name(head: &[u8], header: &Header) -> Option<String> {
    let bytes = head.get(HEADER..HEADER + header.name_length as usize)?;
    let (last, letters) = bytes.split_last()?;
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let is_name = *last == 0 && letters.iter().all(plain) && !letters[0].is_ascii_digit();
    is_name.then(|| crate::bytes::text(letters))
}

/// Whether a file begins with a matrix that stands for itself. One of whole numbers called `val` is
/// the signal file of a WFDB record, whose gains stand in its header.
pub(super) fn begins(head: &[u8]) -> bool {
    let Some((_, header)) = first(head) else {
        return false;
    };
    let whole = matches!(
        header.precision,
        Precision::Signed(_) | Precision::Unsigned(_)
    );
    name(head, &header).is_some_and(|name| !(whole && name == "val"))
}

/// All matrices of a file, but for sparse ones; of complex numbers the real part.
pub(super) fn variables(bytes: &[u8]) -> Result<Vec<Array>, ReadErrorKind> {
    let not_one = |offset, got: &str| at(offset, "header of a matrix", "a type of MATLAB 4", got);
    let (endian, _) = first(bytes).ok_or_else(|| not_one(0, "another"))?;
    let mut cursor = Cursor::new(bytes, 0, endian);
    let mut arrays = Vec::new();
    while cursor.left() > 0 && arrays.len() < MOST {
        let offset = cursor.offset();
        let head = cursor.rest();
        let header = Header::of(head, endian).ok_or_else(|| not_one(offset, "another"))?;
        let named = name(head, &header);
        let name = named.ok_or_else(|| at(offset + 20, "name", "letters, digits, _", "others"))?;
        cursor.take(HEADER + header.name_length as usize, "header of a matrix")?;
        arrays.push(array(&mut cursor, endian, &header, name)?);
    }
    Ok(arrays)
}

fn array(
    cursor: &mut Cursor<'_>,
    endian: Endian,
    header: &Header,
    name: String,
) -> Result<Array, ReadErrorKind> {
    let width = header.precision.width();
    let [rows, columns] = header.sides;
    let count = rows
        .checked_mul(columns)
        .and_then(|count| usize::try_from(count).ok());
    let size = count.and_then(|count| count.checked_mul(width));
    let offset = cursor.offset();
    let size = size.ok_or_else(|| {
        let got = format!("{rows} × {columns}");
        at(offset, "sides of a matrix", "those of a file", got)
    })?;
    let real = cursor.take(size, "numbers of a matrix")?;
    if header.is_complex {
        cursor.take(size, "imaginary part of a matrix")?;
    }
    let numbers = real.chunks_exact(width);
    let numbers = numbers.map(|bytes| header.precision.number(endian, bytes));
    let value = match header.kind {
        Kind::Numbers => Value::Numbers(numbers.collect()),
        Kind::Text => {
            let letter = |code: f64| char::from_u32(code as u32).unwrap_or('\u{fffd}');
            Value::Text(numbers.map(letter).collect())
        }
        Kind::Sparse => Value::Other,
    };
    Ok(Array {
        name,
        sides: header.sides.map(|side| side as usize).to_vec(),
        value,
    })
}
