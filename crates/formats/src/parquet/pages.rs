//! The pages of a column, with every size checked before memory is asked for it.
//!
//! A page header is a structure of Thrift's compact protocol (parquet.thrift, `PageHeader`). Pages
//! are decompressed here: what one says of its size has to be possible for the bytes that it has.

use super::source::Source;
use super::thrift::{Structure, structure};
use bytes::Bytes;
use parquet::basic::{Compression, Encoding};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Most bytes of a page.
const MOST_BYTES: usize = 1 << 27;

/// Bytes that are looked at for the header of a page; one with long statistics has more.
const HEADER: usize = 1 << 12;

/// Most bytes of the header of a page.
const MOST_HEADER: usize = 1 << 20;

/// The pages of a column chunk in order.
pub(super) struct Pages {
    file: Source,
    at: usize,
    end: usize,
    codec: Compression,
    /// Values that may still be given out, where there is a bound.
    allowance: Option<Allowance>,
}

/// Values that pages may give out until it is filled again; shared by the columns of a table.
#[derive(Clone, Debug)]
pub(super) struct Allowance {
    left: Arc<AtomicU64>,
    most: u64,
}

impl Allowance {
    pub(super) fn new(most: u64) -> Allowance {
        Allowance {
            left: Arc::new(AtomicU64::new(most)),
            most,
        }
    }

    /// Allows as much as at first.
    pub(super) fn fill(&self) {
        self.left.store(self.most, Ordering::Relaxed);
    }

    fn take(&self, values: u32) -> Result<()> {
        let left = self.left.load(Ordering::Relaxed);
        let rest = left.checked_sub(u64::from(values));
        let rest = rest.ok_or_else(|| wrong("values of a row", left, values))?;
        self.left.store(rest, Ordering::Relaxed);
        Ok(())
    }
}

/// A page before it is read.
pub(super) struct Header {
    kind: Kind,
    encoding: Encoding,
    /// Values, nulls among them; entries of a dictionary.
    pub(super) values: u32,
    /// Bytes when decompressed.
    plain: usize,
    /// Where the bytes begin and end in the file.
    start: usize,
    end: usize,
    sorted: bool,
}

/// What a page holds.
enum Kind {
    Dictionary,
    Data {
        definition: Encoding,
        repetition: Encoding,
    },
    /// Levels stand before the values and are never compressed.
    DataV2 {
        nulls: u32,
        rows: u32,
        definitions: u32,
        repetitions: u32,
        compressed: bool,
    },
    Index,
}

fn wrong(
    what: &str,
    expected: impl std::fmt::Display,
    got: impl std::fmt::Display,
) -> ParquetError {
    ParquetError::General(format!("{what}: expected {expected}, got {got}"))
}

impl Pages {
    /// The pages of a chunk of this file.
    pub(super) fn of(file: &Source, chunk: &ColumnChunkMetaData) -> Result<Pages> {
        let dictionary = chunk.dictionary_page_offset().filter(|offset| *offset > 0);
        let start = dictionary.unwrap_or(chunk.data_page_offset());
        let start = start.min(chunk.data_page_offset());
        let start = usize::try_from(start).ok();
        let length = usize::try_from(chunk.compressed_size()).ok();
        let end = start
            .zip(length)
            .and_then(|(start, length)| start.checked_add(length));
        let (Some(start), Some(end)) = (start, end.filter(|end| *end <= file.len())) else {
            let got = format!(
                "{} from {}",
                chunk.compressed_size(),
                chunk.data_page_offset()
            );
            return Err(wrong(
                "bytes of a column",
                format!("a part of {}", file.len()),
                got,
            ));
        };
        Ok(Pages {
            file: file.clone(),
            at: start,
            end,
            codec: chunk.compression(),
            allowance: None,
        })
    }

    /// The same pages under a bound.
    pub(super) fn within(mut self, allowance: &Allowance) -> Pages {
        self.allowance = Some(allowance.clone());
        self
    }

    /// The next page, passed over.
    pub(super) fn next_header(&mut self) -> Result<Option<Header>> {
        let header = self.header()?;
        if let Some(header) = &header {
            self.at = header.end;
        }
        Ok(header)
    }

    /// The header at the place that was reached.
    fn header(&self) -> Result<Option<Header>> {
        if self.at >= self.end {
            return Ok(None);
        }
        let rest = self.end - self.at;
        let first = self.file.get(self.at, rest.min(HEADER))?;
        let read = match structure(&first) {
            None if rest > HEADER => structure(&self.file.get(self.at, rest.min(MOST_HEADER))?),
            read => read,
        };
        let (read, length) =
            read.ok_or_else(|| wrong("page header", "a structure of Thrift", "other bytes"))?;
        let size = |field: i16, what: &str| {
            let number = read.number(field);
            number
                .and_then(|number| usize::try_from(number).ok())
                .ok_or_else(|| wrong(what, "a size", format!("{number:?}")))
        };
        let (plain, stored) = (size(2, "decompressed page")?, size(3, "page")?);
        let start = self.at + length;
        let end = start.checked_add(stored).filter(|end| *end <= self.end);
        let end = end.ok_or_else(|| wrong("bytes of a page", rest - length, stored))?;
        let header = Header::of(&read, plain, start, end)?;
        header.check_size(self.codec)?;
        Ok(Some(header))
    }

    /// The page of a header.
    fn page(&self, header: &Header) -> Result<Page> {
        let stored = self.file.get(header.start, header.end - header.start)?;
        let values = header.values;
        let encoding = header.encoding;
        Ok(match header.kind {
            Kind::Dictionary => Page::DictionaryPage {
                buf: self.decompressed(&stored, 0, header.plain)?,
                num_values: values,
                encoding,
                is_sorted: header.sorted,
            },
            Kind::Data {
                definition,
                repetition,
            } => Page::DataPage {
                buf: self.decompressed(&stored, 0, header.plain)?,
                num_values: values,
                encoding,
                def_level_encoding: definition,
                rep_level_encoding: repetition,
                statistics: None,
            },
            Kind::DataV2 {
                nulls,
                rows,
                definitions,
                repetitions,
                compressed,
            } => {
                let levels = definitions as usize + repetitions as usize;
                let buf = match compressed {
                    true => self.decompressed(&stored, levels, header.plain)?,
                    false => stored,
                };
                Page::DataPageV2 {
                    buf,
                    num_values: values,
                    encoding,
                    num_nulls: nulls,
                    num_rows: rows,
                    def_levels_byte_len: definitions,
                    rep_levels_byte_len: repetitions,
                    is_compressed: false,
                    statistics: None,
                }
            }
            Kind::Index => return Err(wrong("page", "data or a dictionary", "an index")),
        })
    }

    /// The bytes of a page of which the first `levels` are as they are.
    fn decompressed(&self, stored: &Bytes, levels: usize, plain: usize) -> Result<Bytes> {
        if self.codec == Compression::UNCOMPRESSED {
            return Ok(stored.clone());
        }
        let (before, rest) = stored
            .split_at_checked(levels)
            .filter(|_| levels <= plain)
            .ok_or_else(|| wrong("levels of a page", format!("at most {plain} bytes"), levels))?;
        let mut bytes = Vec::with_capacity(plain);
        bytes.extend_from_slice(before);
        // No bytes at all stand for a page of nulls.
        if plain > levels {
            decompress(self.codec, rest, plain - levels, &mut bytes)?;
        }
        match bytes.len() == plain {
            true => Ok(Bytes::from(bytes)),
            false => Err(wrong("bytes of a page", plain, bytes.len())),
        }
    }
}

/// Adds `plain` bytes, or fewer.
fn decompress(codec: Compression, stored: &[u8], plain: usize, bytes: &mut Vec<u8>) -> Result<()> {
    let failed = |error: String| wrong("page", format!("one of {codec}"), error);
    let limit = plain as u64;
    match codec {
        Compression::SNAPPY => {
            let length =
                snap::raw::decompress_len(stored).map_err(|error| failed(error.to_string()))?;
            if length != plain {
                return Err(wrong("bytes of a page", plain, length));
            }
            let from = bytes.len();
            bytes.resize(from + plain, 0);
            let mut decoder = snap::raw::Decoder::new();
            let read = decoder.decompress(stored, &mut bytes[from..]);
            read.map_err(|error| failed(error.to_string()))?;
        }
        Compression::GZIP(_) => {
            let mut decoder = flate2::read::MultiGzDecoder::new(stored).take(limit);
            let read = decoder.read_to_end(bytes);
            read.map_err(|error| failed(error.to_string()))?;
        }
        Compression::ZSTD(_) => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(stored);
            let mut decoder = decoder
                .map_err(|error| failed(error.to_string()))?
                .take(limit);
            let read = decoder.read_to_end(bytes);
            read.map_err(|error| failed(error.to_string()))?;
        }
        other => return Err(ParquetError::NYI(format!("compression {other}"))),
    }
    Ok(())
}

/// Most bytes that so many compressed ones can become.
fn most(codec: Compression, stored: usize) -> usize {
    let times = match codec {
        Compression::UNCOMPRESSED => return stored,
        // A copy of 64 bytes takes three.
        Compression::SNAPPY => 22,
        // The limit of deflate.
        Compression::GZIP(_) => 1032,
        _ => usize::MAX,
    };
    stored
        .saturating_mul(times)
        .saturating_add(64)
        .min(MOST_BYTES)
}

impl Header {
    fn of(read: &Structure, plain: usize, start: usize, end: usize) -> Result<Header> {
        let (place, at): (i16, &str) = match read.number(1) {
            Some(0) => (5, "data page"),
            Some(1) => (6, "index page"),
            Some(2) => (7, "dictionary page"),
            Some(3) => (8, "data page"),
            other => return Err(wrong("kind of a page", "0 to 3", format!("{other:?}"))),
        };
        let own = read.part(place);
        let own = own.ok_or_else(|| wrong(at, "its header", "none"))?;
        let count = |field: i16, what: &str| {
            let number = own.number(field);
            number
                .and_then(|number| u32::try_from(number).ok())
                .filter(|number| i32::try_from(*number).is_ok())
                .ok_or_else(|| wrong(what, "a count", format!("{number:?}")))
        };
        let coded = |field: i16| encoding(own.number(field));
        let (kind, encoding) = match place {
            5 => {
                let (definition, repetition) = (coded(3)?, coded(4)?);
                (
                    Kind::Data {
                        definition,
                        repetition,
                    },
                    coded(2)?,
                )
            }
            7 => (Kind::Dictionary, coded(2)?),
            8 => {
                let kind = Kind::DataV2 {
                    nulls: count(2, "nulls of a page")?,
                    rows: count(3, "rows of a page")?,
                    definitions: count(5, "definition levels")?,
                    repetitions: count(6, "repetition levels")?,
                    compressed: own.flag(7).unwrap_or(true),
                };
                (kind, coded(4)?)
            }
            _ => (Kind::Index, Encoding::PLAIN),
        };
        Ok(Header {
            values: match kind {
                Kind::Index => 0,
                _ => count(1, "values of a page")?,
            },
            kind,
            encoding,
            plain,
            start,
            end,
            sorted: own.flag(3).unwrap_or(false),
        })
    }

    pub(super) fn is_data(&self) -> bool {
        matches!(self.kind, Kind::Data { .. } | Kind::DataV2 { .. })
    }

    /// What is stated can come of the bytes that are there: of levels that are never compressed, of a
    /// dictionary, of which each entry takes one byte at least, and of all together.
    fn check_size(&self, codec: Compression) -> Result<()> {
        let stored = self.end - self.start;
        let compressed = !matches!(
            self.kind,
            Kind::DataV2 {
                compressed: false,
                ..
            }
        );
        let most = match compressed {
            true => most(codec, stored),
            false => stored,
        };
        if self.plain > most {
            let expected = format!("at most {most} of {stored} bytes");
            return Err(wrong("bytes of a page", expected, self.plain));
        }
        if matches!(self.kind, Kind::Dictionary) && self.values as usize > self.plain {
            let expected = format!("at most {} entries in as many bytes", self.plain);
            return Err(wrong("dictionary page", expected, self.values));
        }
        if let Kind::DataV2 {
            definitions,
            repetitions,
            ..
        } = self.kind
        {
            let levels = u64::from(definitions) + u64::from(repetitions);
            if levels > (stored.min(self.plain)) as u64 {
                return Err(wrong(
                    "levels of a page",
                    format!("at most {stored} bytes"),
                    levels,
                ));
            }
        }
        Ok(())
    }
}

fn encoding(number: Option<i64>) -> Result<Encoding> {
    #[expect(deprecated, reason = "old files use it for levels")]
    let packed = Encoding::BIT_PACKED;
    Ok(match number {
        Some(0) => Encoding::PLAIN,
        Some(2) => Encoding::PLAIN_DICTIONARY,
        Some(3) => Encoding::RLE,
        Some(4) => packed,
        Some(5) => Encoding::DELTA_BINARY_PACKED,
        Some(6) => Encoding::DELTA_LENGTH_BYTE_ARRAY,
        Some(7) => Encoding::DELTA_BYTE_ARRAY,
        Some(8) => Encoding::RLE_DICTIONARY,
        Some(9) => Encoding::BYTE_STREAM_SPLIT,
        other => return Err(wrong("encoding of a page", "0 to 9", format!("{other:?}"))),
    })
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        while let Some(header) = self.next_header()? {
            if matches!(header.kind, Kind::Index) {
                continue;
            }
            if let (Some(allowance), true) = (&self.allowance, header.is_data()) {
                allowance.take(header.values)?;
            }
            return self.page(&header).map(Some);
        }
        Ok(None)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        Ok(self.header()?.map(|header| PageMetadata {
            num_rows: match header.kind {
                Kind::DataV2 { rows, .. } => Some(rows as usize),
                _ => None,
            },
            num_levels: header.is_data().then_some(header.values as usize),
            is_dict: matches!(header.kind, Kind::Dictionary),
        }))
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.next_header().map(drop)
    }
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Result<Page>> {
        self.get_next_page().transpose()
    }
}
