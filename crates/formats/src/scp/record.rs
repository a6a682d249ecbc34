//! The record: checksum, size, and the pointers of section 0 (EN 1064, 5.2 and 5.3).

use crate::bytes::{Cursor, Endian, at};
use crate::checksum::crc16_ccitt;
use crate::finding::finding;
use crate::{Leniency, ReadErrorKind};
use coronet_ecg::Finding;
use std::collections::BTreeMap;

/// Bytes of a section's header, and of a pointer.
const HEADER: usize = 16;
const POINTER: usize = 10;

/// Where section 0 begins.
const FIRST: usize = 6;

/// Whether a file begins as one of this format: section 0, whose first pointer gives its own
/// length. (`SCPECG` stands at offset 16 only since version 1.3.)
pub(crate) fn is_scp(head: &[u8]) -> bool {
    let Some(start) = head.get(..FIRST + HEADER + POINTER) else {
        return false;
    };
    let number = |range: std::ops::Range<usize>| Endian::Little.unsigned(&start[range]);
    let length = number(10..14);
    number(8..10) == 0
        && number(22..24) == 0
        && number(24..28) == length
        && length > HEADER as u64
        && length <= 1 << 16
        && (length - HEADER as u64).is_multiple_of(POINTER as u64)
}

/// The sections of a record by number.
pub(super) struct Record<'b> {
    sections: BTreeMap<u16, Section<'b>>,
}

/// The bytes of a section behind its header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section<'b> {
    pub(super) bytes: &'b [u8],
    /// Offset of these bytes in the file.
    pub(super) offset: usize,
}

impl<'b> Section<'b> {
    pub(super) fn cursor(&self) -> Cursor<'b> {
        Cursor::new(self.bytes, self.offset, Endian::Little)
    }
}

impl<'b> Record<'b> {
    pub(super) fn section(&self, number: u16) -> Option<Section<'b>> {
        self.sections.get(&number).copied()
    }

    /// The section, which the standard demands or another one refers to.
    pub(super) fn needed(&self, number: u16) -> Result<Section<'b>, ReadErrorKind> {
        let field = "pointer to a section";
        self.section(number).ok_or_else(|| {
            at(
                FIRST as u64 + HEADER as u64,
                field,
                format!("section {number}"),
                "none",
            )
        })
    }

    pub(super) fn parse(
        bytes: &'b [u8],
        leniency: Leniency,
        findings: &mut Vec<Finding>,
    ) -> Result<Record<'b>, ReadErrorKind> {
        let mut cursor = Cursor::new(bytes, 0, Endian::Little);
        let checksum = cursor.unsigned(2, "checksum of the record")? as u16;
        let size = cursor.unsigned(4, "size of the record")?;
        let pointers = pointers(bytes)?;
        let mut judge = |error: ReadErrorKind, code: &str| match leniency {
            Leniency::Strict => Err(error),
            Leniency::Lenient => {
                findings.push(finding(code, error.to_string()));
                Ok(())
            }
        };
        let held = bytes.len() as u64;
        if size > held {
            let truncated = ReadErrorKind::Truncated {
                expected: size,
                got: held,
            };
            judge(truncated, "truncated")?;
        }
        let whole = &bytes[..size.clamp(2, held) as usize];
        let computed = crc16_ccitt(&whole[2..]);
        if computed != checksum && size <= held {
            let got = format!("{checksum:#06x}");
            let expected = format!("{computed:#06x}, the CRC of the record");
            let error = at(0, "checksum of the record", expected, got);
            judge(error, "checksum-mismatch")?;
        }
        let mut sections = BTreeMap::new();
        for pointer in pointers.iter().filter(|pointer| pointer.length > 0) {
            let (section, broken) = section(bytes, pointer)?;
            if let Some(error) = broken {
                judge(error, "checksum-mismatch")?;
            }
            sections.insert(pointer.number, section);
        }
        if size < held {
            let message = format!("{} bytes after the record", held - size);
            findings.push(finding("extra-bytes", message));
        }
        Ok(Record { sections })
    }
}

/// An entry of section 0.
struct Pointer {
    /// Offset of the entry.
    at: u64,
    number: u16,
    length: u64,
    /// Byte of the record at which the section begins, counted from 1.
    index: u64,
}

fn pointers(bytes: &[u8]) -> Result<Vec<Pointer>, ReadErrorKind> {
    let mut cursor = Cursor::new(bytes, 0, Endian::Little);
    cursor.take(10, "header of section 0")?;
    let length = cursor.unsigned(4, "length of section 0")? as usize;
    cursor.take(8, "header of section 0")?;
    let mut cursor = Cursor::new(
        cursor.take(length.saturating_sub(HEADER), "pointers of section 0")?,
        FIRST + HEADER,
        Endian::Little,
    );
    let mut pointers = Vec::new();
    while cursor.left() >= POINTER {
        pointers.push(Pointer {
            at: cursor.offset(),
            number: cursor.unsigned(2, "number of a section")? as u16,
            length: cursor.unsigned(4, "length of a section")?,
            index: cursor.unsigned(4, "index of a section")?,
        });
    }
    let Some(own) = pointers.first() else {
        let field = "pointers of section 0";
        return Err(at(10, field, "at least one", "none"));
    };
    if own.index != FIRST as u64 + 1 {
        let expected = "7, since sections are counted from byte 1 of the record";
        return Err(at(own.at + 6, "index of section 0", expected, own.index));
    }
    Ok(pointers)
}

/// The bytes of a section, and the error of its checksum, if that does not hold.
fn section<'b>(
    bytes: &'b [u8],
    pointer: &Pointer,
) -> Result<(Section<'b>, Option<ReadErrorKind>), ReadErrorKind> {
    let number = pointer.number;
    let begin = pointer.index.wrapping_sub(1);
    let whole = usize::try_from(begin)
        .ok()
        .zip(usize::try_from(pointer.length).ok())
        .and_then(|(begin, length)| bytes.get(begin..begin.checked_add(length)?))
        .filter(|whole| whole.len() >= HEADER)
        .ok_or_else(|| {
            let expected = format!("a section within the {} bytes of the file", bytes.len());
            let got = format!(
                "section {number} of {} bytes at index {}",
                pointer.length, pointer.index
            );
            at(pointer.at, "pointer to a section", expected, got)
        })?;
    let mut cursor = Cursor::new(whole, begin as usize, Endian::Little);
    let checksum = cursor.unsigned(2, "checksum of a section")? as u16;
    let offset = cursor.offset();
    let got = cursor.unsigned(2, "number of a section")?;
    if got != u64::from(number) {
        return Err(at(offset, "number of a section", number.to_string(), got));
    }
    let offset = cursor.offset();
    let length = cursor.unsigned(4, "length of a section")?;
    if length != pointer.length {
        let expected = format!("{}, as its pointer says", pointer.length);
        return Err(at(offset, "length of a section", expected, length));
    }
    let computed = crc16_ccitt(&whole[2..]);
    let broken = (computed != checksum).then(|| {
        let expected = format!("{computed:#06x}, the CRC of section {number}");
        let got = format!("{checksum:#06x}");
        at(begin, "checksum of a section", expected, got)
    });
    let section = Section {
        bytes: &whole[HEADER..],
        offset: begin as usize + HEADER,
    };
    Ok((section, broken))
}
