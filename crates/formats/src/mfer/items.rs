//! Tag, length, value (ISO 22077-1, 4).

use crate::ReadErrorKind;
use crate::bytes::{Cursor, Endian, at};

pub(super) const NOTHING: u64 = 0x00;
pub(super) const BYTE_ORDER: u64 = 0x01;
pub(super) const BLOCK: u64 = 0x04;
pub(super) const CHANNELS: u64 = 0x05;
pub(super) const SEQUENCES: u64 = 0x06;
pub(super) const WAVEFORM: u64 = 0x08;
pub(super) const LEAD: u64 = 0x09;
pub(super) const DATA_TYPE: u64 = 0x0a;
pub(super) const INTERVAL: u64 = 0x0b;
pub(super) const RESOLUTION: u64 = 0x0c;
pub(super) const OFFSET: u64 = 0x0d;
pub(super) const COMPRESSION: u64 = 0x0e;
pub(super) const FILTER: u64 = 0x11;
pub(super) const INVALID: u64 = 0x12;
pub(super) const MANUFACTURER: u64 = 0x17;
pub(super) const WAVE: u64 = 0x1e;
pub(super) const CHANNEL: u64 = 0x3f;
pub(super) const PREAMBLE: u64 = 0x40;
pub(super) const SKEW: u64 = 0x43;
pub(super) const GROUP: u64 = 0x67;
pub(super) const END: u64 = 0x80;
pub(super) const PATIENT_NAME: u64 = 0x81;
pub(super) const PATIENT_ID: u64 = 0x82;
pub(super) const AGE: u64 = 0x83;
pub(super) const SEX: u64 = 0x84;
pub(super) const TIME: u64 = 0x85;

/// Deepest nesting of groups and channel attributes.
const DEEPEST: usize = 8;

/// Whether a file begins as one of this format: a preamble, or a byte order followed by further
/// definitions that belong to the format.
pub(crate) fn is_mfer(head: &[u8]) -> bool {
    if head.first() == Some(&(PREAMBLE as u8)) && head.get(2..5) == Some(b"MFR") {
        return true;
    }
    if !(head.starts_with(&[1, 1, 0]) || head.starts_with(&[1, 1, 1])) {
        return false;
    }
    let mut items = Items::new(head, 0, 0);
    let mut known = 0;
    while let Ok(Some(item)) = items.next() {
        if !matches!(item.tag, 0x01..=0x17 | WAVE | CHANNEL..=0x46 | GROUP..=0x69 | 0x81..=0x88) {
            return false;
        }
        known += 1;
    }
    known >= 3
}

/// One definition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'b> {
    pub(super) tag: u64,
    /// The channel of a channel attribute.
    pub(super) channel: usize,
    pub(super) value: &'b [u8],
    /// Offset of the value in the file.
    pub(super) offset: usize,
    depth: usize,
}

impl<'b> Item<'b> {
    /// The definitions within a group or channel attribute.
    pub(super) fn items(&self) -> Result<Items<'b>, ReadErrorKind> {
        if self.depth + 1 > DEEPEST {
            let expected = format!("groups nested at most {DEEPEST} deep");
            let offset = self.offset as u64;
            return Err(at(offset, "group of definitions", expected, "a deeper one"));
        }
        Ok(Items::new(self.value, self.offset, self.depth + 1))
    }
}

/// Definitions in their order, to the end mark or the end of the bytes.
pub(super) struct Items<'b> {
    cursor: Cursor<'b>,
    depth: usize,
    ended: bool,
}

impl<'b> Items<'b> {
    pub(super) fn new(bytes: &'b [u8], offset: usize, depth: usize) -> Items<'b> {
        Items {
            cursor: Cursor::new(bytes, offset, Endian::Big),
            depth,
            ended: false,
        }
    }

    /// Bytes behind the end mark.
    pub(super) fn left(&self) -> usize {
        self.cursor.left()
    }

    pub(super) fn next(&mut self) -> Result<Option<Item<'b>>, ReadErrorKind> {
        while !self.ended && self.cursor.left() > 0 {
            let tag = self.cursor.unsigned(1, "tag")?;
            match tag {
                NOTHING => continue,
                END => {
                    // Its length, 0, may be left out.
                    if self.cursor.rest().first() == Some(&0) {
                        self.cursor.take(1, "length of the end")?;
                    }
                    self.ended = true;
                    return Ok(None);
                }
                _ => {}
            }
            let channel = match tag {
                CHANNEL => channel(&mut self.cursor)?,
                _ => 0,
            };
            let value_length = length(&mut self.cursor)?;
            let offset = self.cursor.offset() as usize;
            let value = match value_length {
                Some(length) => self.cursor.take(length, "value of a definition")?,
                None => indefinite(&mut self.cursor)?,
            };
            return Ok(Some(Item {
                tag,
                channel,
                value,
                offset,
                depth: self.depth,
            }));
        }
        Ok(None)
    }
}

/// The number of a channel, seven bits a byte, the last without the high bit.
fn channel(cursor: &mut Cursor<'_>) -> Result<usize, ReadErrorKind> {
    let offset = cursor.offset();
    let mut channel = 0;
    for _ in 0..4 {
        let byte = cursor.unsigned(1, "channel of an attribute")? as usize;
        channel = channel << 7 | byte & 0x7f;
        if byte & 0x80 == 0 {
            return Ok(channel);
        }
    }
    Err(at(
        offset,
        "channel of an attribute",
        "at most four bytes",
        "more",
    ))
}

/// One byte up to 127, else the number of bytes that hold the length; `None` for a value that
/// ends with a mark.
fn length(cursor: &mut Cursor<'_>) -> Result<Option<usize>, ReadErrorKind> {
    let offset = cursor.offset();
    let first = cursor.unsigned(1, "length of a definition")? as usize;
    match first {
        0..=0x7f => Ok(Some(first)),
        0x80 => Ok(None),
        0x81..=0x84 => {
            let length = cursor.unsigned(first & 0x7f, "length of a definition")?;
            Ok(Some(length as usize))
        }
        more => {
            let got = more & 0x7f;
            Err(at(
                offset,
                "length of a definition",
                "at most four bytes",
                got,
            ))
        }
    }
}

/// A value of indefinite length: definitions up to two bytes of 0 at its own level.
fn indefinite<'b>(cursor: &mut Cursor<'b>) -> Result<&'b [u8], ReadErrorKind> {
    let offset = cursor.offset();
    let all = cursor.rest();
    let mut inner = cursor.clone();
    let mut open = 1;
    loop {
        let at_end = inner.rest();
        if at_end.starts_with(&[0, 0]) {
            inner.take(2, "end of contents")?;
            open -= 1;
            if open == 0 {
                let length = (inner.offset() - offset) as usize;
                cursor.take(length, "value of a definition")?;
                return Ok(&all[..length - 2]);
            }
            continue;
        }
        if at_end.is_empty() {
            let expected = "two bytes of 0 at the end of contents";
            return Err(at(offset, "value of indefinite length", expected, "none"));
        }
        let tag = inner.unsigned(1, "tag")?;
        if tag == NOTHING {
            continue;
        }
        if tag == CHANNEL {
            channel(&mut inner)?;
        }
        match length(&mut inner)? {
            Some(length) => drop(inner.take(length, "value of a definition")?),
            None => open += 1,
        }
    }
}
