//! A cursor over the bytes of a binary file, whose errors name offset and field.

use crate::ReadErrorKind;

/// Order of the bytes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endian {
    Little,
    Big,
}

impl Endian {
    /// An unsigned number of at most eight bytes.
    pub(crate) fn unsigned(self, bytes: &[u8]) -> u64 {
        let join = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
        match self {
            Endian::Little => bytes.iter().rev().fold(0, join),
            Endian::Big => bytes.iter().fold(0, join),
        }
    }

    /// A number of at most eight bytes in two's complement; 0 where there is no byte.
    pub(crate) fn signed(self, bytes: &[u8]) -> i64 {
        if bytes.is_empty() {
            return 0;
        }
        let spare = 64 - 8 * bytes.len() as u32;
        ((self.unsigned(bytes) << spare) as i64) >> spare
    }
}

/// A place in a part of a file.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'b> {
    bytes: &'b [u8],
    at: usize,
    /// Offset of the part in the file.
    base: usize,
    endian: Endian,
}

impl<'b> Cursor<'b> {
    /// The beginning of `bytes`, which lie at `base` in their file.
    pub(crate) fn new(bytes: &'b [u8], base: usize, endian: Endian) -> Cursor<'b> {
        Cursor {
            bytes,
            at: 0,
            base,
            endian,
        }
    }

    /// Offset in the file.
    pub(crate) fn offset(&self) -> u64 {
        (self.base + self.at) as u64
    }

    /// Bytes that follow.
    pub(crate) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The bytes that follow.
    pub(crate) fn rest(&self) -> &'b [u8] {
        &self.bytes[self.at..]
    }

    /// The next `count` bytes.
    pub(crate) fn take(
        &mut self,
        count: usize,
        field: &'static str,
    ) -> Result<&'b [u8], ReadErrorKind> {
        if self.left() < count {
            let got = format!("{} bytes", self.left());
            return Err(at(self.offset(), field, format!("{count} bytes"), got));
        }
        let taken = &self.bytes[self.at..self.at + count];
        self.at += count;
        Ok(taken)
    }

    /// An unsigned number of `width` bytes.
    pub(crate) fn unsigned(
        &mut self,
        width: usize,
        field: &'static str,
    ) -> Result<u64, ReadErrorKind> {
        let endian = self.endian;
        self.take(width, field).map(|bytes| endian.unsigned(bytes))
    }

    /// A number of `width` bytes in two's complement.
    pub(crate) fn signed(
        &mut self,
        width: usize,
        field: &'static str,
    ) -> Result<i64, ReadErrorKind> {
        let endian = self.endian;
        self.take(width, field).map(|bytes| endian.signed(bytes))
    }

    /// A field of `count` bytes as text.
    pub(crate) fn text(
        &mut self,
        count: usize,
        field: &'static str,
    ) -> Result<String, ReadErrorKind> {
        self.take(count, field).map(text)
    }
}

/// The error about a field at an offset.
pub(crate) fn at(
    offset: u64,
    field: &'static str,
    expected: impl Into<String>,
    got: impl ToString,
) -> ReadErrorKind {
    ReadErrorKind::Bytes {
        offset,
        field,
        expected: expected.into(),
        got: got.to_string(),
    }
}

/// Bytes up to the first NUL as text: UTF-8 where they are, else ISO 8859-1; trimmed.
pub(crate) fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0);
    let bytes = &bytes[..end.unwrap_or(bytes.len())];
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_string(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    };
    text.trim().to_string()
}

/// The text unless it is empty.
pub(crate) fn stated(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
