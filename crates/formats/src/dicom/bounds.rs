//! A walk over the elements of a file before any of them is read: every length lies within what
//! encloses it, and sequences nest to a bounded depth (PS3.5 7.1 and 7.5).

use crate::ReadErrorKind;
use crate::bytes::{Cursor, Endian, at};

/// Deepest nesting of sequences; waveform objects use four levels.
const DEEPEST: usize = 32;

/// Length that stands for "until the delimiter".
const UNDEFINED: u64 = 0xffff_ffff;

/// How the data set is encoded, and where it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Syntax {
    pub(super) endian: Endian,
    implicit: bool,
    pub(super) start: usize,
}

/// What the walk is within.
struct Level {
    /// Where it ends, unless a delimiter says so.
    end: Option<usize>,
    kind: Kind,
    implicit: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    DataSet,
    Sequence,
    /// Fragments of encapsulated data.
    Fragments,
}

struct Element {
    group: u64,
    number: u64,
    length: u64,
    sequence: bool,
}

impl Syntax {
    /// How the data set behind the file meta information is encoded.
    pub(super) fn of(bytes: &[u8]) -> Result<Syntax, ReadErrorKind> {
        let (offset, uid, start) = transfer_syntax(bytes)?;
        let (endian, implicit) = match uid.as_str() {
            "1.2.840.10008.1.2" => (Endian::Little, true),
            "1.2.840.10008.1.2.1" => (Endian::Little, false),
            "1.2.840.10008.1.2.2" => (Endian::Big, false),
            _ => {
                let expected = "implicit or explicit VR, deflated or not";
                return Err(at(offset, "TransferSyntaxUID", expected, uid));
            }
        };
        Ok(Syntax {
            endian,
            implicit,
            start,
        })
    }

    /// Walks the data set.
    pub(super) fn check(&self, bytes: &[u8]) -> Result<(), ReadErrorKind> {
        let data = &bytes[self.start..];
        let mut cursor = Cursor::new(data, self.start, self.endian);
        let mut levels = vec![Level {
            end: Some(bytes.len()),
            kind: Kind::DataSet,
            implicit: self.implicit,
        }];
        loop {
            let place = cursor.offset() as usize;
            while levels.last().is_some_and(|level| level.end == Some(place)) {
                levels.pop();
            }
            let Some(level) = levels.last() else {
                return Ok(());
            };
            let (kind, implicit) = (level.kind, level.implicit);
            let element = header(&mut cursor, implicit)?;
            if element.group == 0xfffe {
                delimiter(&element, &mut levels, &mut cursor, place)?;
                continue;
            }
            if kind != Kind::DataSet {
                let got = format!("({:04x},{:04x})", element.group, element.number);
                return Err(at(place as u64, "sequence", "an item", got));
            }
            if element.sequence || element.length == UNDEFINED {
                let pixels = element.group == 0x7fe0 && element.number == 0x0010;
                let kind = match pixels {
                    true => Kind::Fragments,
                    false => Kind::Sequence,
                };
                // Values of unknown VR and undefined length are implicit inside (CP-246).
                let implicit = implicit || !(element.sequence || pixels);
                push(&mut levels, &cursor, element.length, kind, implicit)?;
            } else {
                within(&levels, &cursor, element.length)?;
                cursor.take(element.length as usize, "value of an element")?;
            }
        }
    }
}

/// The transfer syntax of the file meta information (PS3.10 7.1): where it stands, what it is, and
/// where the data set begins.
pub(super) fn transfer_syntax(bytes: &[u8]) -> Result<(u64, String, usize), ReadErrorKind> {
    let mut cursor = Cursor::new(bytes, 0, Endian::Little);
    cursor.take(super::MAGIC.end, "preamble")?;
    let mut uid = None;
    while cursor.left() >= 8 && cursor.rest()[..2] == [2, 0] {
        let element = header(&mut cursor, false)?;
        let offset = cursor.offset();
        if element.length == UNDEFINED {
            let field = "length of file meta information";
            return Err(at(offset, field, "a defined length", "undefined"));
        }
        let value = cursor.take(element.length as usize, "file meta information")?;
        if element.number == 0x0010 {
            uid = Some((offset, crate::bytes::text(value)));
        }
    }
    let start = cursor.offset() as usize;
    let Some((offset, uid)) = uid else {
        let expected = "in the file meta information";
        return Err(at(start as u64, "TransferSyntaxUID", expected, "none"));
    };
    Ok((offset, uid, start))
}

/// Enters an item, or leaves an item or sequence.
fn delimiter(
    element: &Element,
    levels: &mut Vec<Level>,
    cursor: &mut Cursor<'_>,
    place: usize,
) -> Result<(), ReadErrorKind> {
    let kind = levels.last().map(|level| (level.kind, level.implicit));
    match (element.number, kind) {
        (0xe000, Some((Kind::Sequence, implicit))) => {
            push(levels, cursor, element.length, Kind::DataSet, implicit)
        }
        (0xe000, Some((Kind::Fragments, _))) if element.length != UNDEFINED => {
            within(levels, cursor, element.length)?;
            cursor.take(element.length as usize, "fragment").map(drop)
        }
        (0xe00d, Some((Kind::DataSet, _)))
        | (0xe0dd, Some((Kind::Sequence | Kind::Fragments, _)))
            if levels.len() > 1 && levels.last().is_some_and(|level| level.end.is_none()) =>
        {
            levels.pop();
            Ok(())
        }
        (number, _) => {
            let got = format!("(fffe,{number:04x})");
            let expected = "an element, or the delimiter of what is open";
            Err(at(place as u64, "delimiter", expected, got))
        }
    }
}

fn push(
    levels: &mut Vec<Level>,
    cursor: &Cursor<'_>,
    length: u64,
    kind: Kind,
    implicit: bool,
) -> Result<(), ReadErrorKind> {
    let end = match length {
        UNDEFINED => None,
        length => {
            within(levels, cursor, length)?;
            Some((cursor.offset() + length) as usize)
        }
    };
    if levels.len() > 2 * DEEPEST {
        let expected = format!("sequences nested at most {DEEPEST} deep");
        return Err(at(cursor.offset(), "sequence", expected, "a deeper one"));
    }
    levels.push(Level {
        end,
        kind,
        implicit,
    });
    Ok(())
}

/// Whether so many bytes lie within what is open.
fn within(levels: &[Level], cursor: &Cursor<'_>, length: u64) -> Result<(), ReadErrorKind> {
    let end = levels.iter().rev().find_map(|level| level.end);
    let left = (end.unwrap_or(0) as u64).saturating_sub(cursor.offset());
    if length > left {
        let expected = format!("at most {left} bytes");
        return Err(at(
            cursor.offset(),
            "length of an element",
            expected,
            length,
        ));
    }
    Ok(())
}

/// Tag, representation and length (PS3.5 7.1.2 and 7.1.3).
fn header(cursor: &mut Cursor<'_>, implicit: bool) -> Result<Element, ReadErrorKind> {
    let group = cursor.unsigned(2, "tag of an element")?;
    let number = cursor.unsigned(2, "tag of an element")?;
    let mut element = Element {
        group,
        number,
        length: 0,
        sequence: false,
    };
    if implicit || group == 0xfffe {
        element.length = cursor.unsigned(4, "length of an element")?;
        return Ok(element);
    }
    let offset = cursor.offset();
    let representation = cursor.take(2, "value representation")?;
    element.sequence = representation == b"SQ";
    element.length = match representation {
        b"AE" | b"AS" | b"AT" | b"CS" | b"DA" | b"DS" | b"DT" | b"FL" | b"FD" | b"IS" | b"LO"
        | b"LT" | b"PN" | b"SH" | b"SL" | b"SS" | b"ST" | b"TM" | b"UI" | b"UL" | b"US" => {
            cursor.unsigned(2, "length of an element")?
        }
        b"OB" | b"OD" | b"OF" | b"OL" | b"OV" | b"OW" | b"SQ" | b"SV" | b"UC" | b"UN" | b"UR"
        | b"UT" | b"UV" => {
            cursor.take(2, "reserved bytes of an element")?;
            cursor.unsigned(4, "length of an element")?
        }
        _ => {
            let got = crate::bytes::text(representation);
            let expected = "one of the standard's two letters";
            return Err(at(offset, "value representation", expected, got));
        }
    };
    Ok(element)
}
