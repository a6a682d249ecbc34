//! Structures of Thrift's compact protocol, as far as page headers use them.

use std::collections::BTreeMap;

/// Structures within structures; those of a page header go three deep.
const DEPTH: usize = 8;

/// The fields of a structure by their numbers.
#[derive(Debug, Default)]
pub(super) struct Structure {
    fields: BTreeMap<i16, Value>,
}

/// What a field holds; texts and lists are passed over.
#[derive(Debug)]
enum Value {
    Number(i64),
    Flag(bool),
    Part(Structure),
    Other,
}

impl Structure {
    pub(super) fn number(&self, field: i16) -> Option<i64> {
        match self.fields.get(&field)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn flag(&self, field: i16) -> Option<bool> {
        match self.fields.get(&field)? {
            Value::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    pub(super) fn part(&self, field: i16) -> Option<&Structure> {
        match self.fields.get(&field)? {
            Value::Part(part) => Some(part),
            _ => None,
        }
    }
}

/// The structure at the start of some bytes, and how many it takes; `None` where there is none.
pub(super) fn structure(bytes: &[u8]) -> Option<(Structure, usize)> {
    let mut reader = Reader { bytes, at: 0 };
    let structure = reader.structure(DEPTH)?;
    Some((structure, reader.at))
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        let end = self.at.checked_add(usize::try_from(count).ok()?)?;
        self.at = Some(end).filter(|end| *end <= self.bytes.len())?;
        Some(())
    }

    /// Seven bits a byte, the lowest first.
    fn varint(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// A signed number whose sign is its lowest bit.
    fn zigzag(&mut self) -> Option<i64> {
        let number = self.varint()?;
        Some((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
    }

    fn structure(&mut self, depth: usize) -> Option<Structure> {
        let depth = depth.checked_sub(1)?;
        let mut structure = Structure::default();
        let mut field = 0_i16;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(structure);
            }
            field = match head >> 4 {
                0 => i16::try_from(self.zigzag()?).ok()?,
                step => field.checked_add(i16::from(step))?,
            };
            let value = self.value(head & 0xf, depth)?;
            structure.fields.insert(field, value);
        }
    }

    fn value(&mut self, kind: u8, depth: usize) -> Option<Value> {
        Some(match kind {
            1 => Value::Flag(true),
            2 => Value::Flag(false),
            3 => Value::Number(i64::from(self.byte()?.cast_signed())),
            4..=6 => Value::Number(self.zigzag()?),
            12 => Value::Part(self.structure(depth)?),
            _ => {
                self.pass(kind, depth)?;
                Value::Other
            }
        })
    }

    /// Passes over a double, a text, or a list; a page header holds no map.
    fn pass(&mut self, kind: u8, depth: usize) -> Option<()> {
        match kind {
            7 => self.skip(8),
            8 => {
                let length = self.varint()?;
                self.skip(length)
            }
            9 | 10 => {
                let depth = depth.checked_sub(1)?;
                let head = self.byte()?;
                let count = match head >> 4 {
                    15 => self.varint()?,
                    count => u64::from(count),
                };
                for _ in 0..count {
                    match head & 0xf {
                        // A flag of a list takes a byte.
                        1 | 2 => drop(self.byte()?),
                        kind => drop(self.value(kind, depth)?),
                    }
                }
                Some(())
            }
            _ => None,
        }
    }
}
