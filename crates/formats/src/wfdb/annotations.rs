//! Annotation files of a record: beats, waves, rhythms and notes at sample numbers.
//!
//! The MIT format of annot(5): words of 16 bits, least significant byte first, the upper six bits
//! a type, the lower ten an interval or a value; `SKIP`, `NUM`, `SUB`, `CHN` and `AUX` words
//! carry what does not fit. The extension of the file is the annotator's name (`atr`, `qrs`; in
//! LUDB one for each lead) and says nothing of the format.

mod types;

use crate::{ReadError, ReadErrorKind};
use coronet_ecg::{Finding, Hertz};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// One annotation.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    /// Sample, or tick of [`Annotations::ticks`] where that is stated, from the start of the
    /// record.
    pub sample: i64,
    /// Type code of ecgcodes.h, 1 to 49: 1 normal beat, 24 peak of the P wave, 27 peak of the T
    /// wave, 28 rhythm change, 39 and 40 beginning and end of a waveform, …
    pub code: u8,
    /// Symbol of the type, such as `N`, `p`, `t`, `(`, `)`; empty where the file uses a code
    /// that neither the standard table nor the file itself defines.
    pub symbol: String,
    /// Subtype of this annotation.
    pub subtype: i8,
    /// Channel, in the order of the header from 0; stays until changed.
    pub channel: u8,
    /// Number; stays until changed.
    pub number: i8,
    /// Text beside it, such as `(AFIB` of a rhythm change.
    pub text: Option<String>,
}

/// A type that an annotation file defines for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomType {
    /// Its symbol.
    pub symbol: String,
    /// What it stands for.
    pub description: String,
}

/// The annotations of one file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotations {
    /// In file order, which is time order unless a finding says otherwise.
    pub annotations: Vec<Annotation>,
    /// Ticks a second that [`Annotation::sample`] counts, if the file states them; else they are
    /// the frames of the record.
    pub ticks: Option<Hertz>,
    /// Types the file defines, by code.
    pub types: BTreeMap<u8, CustomType>,
    /// `no-end-mark`, `extra-bytes`, `out-of-order`.
    pub findings: Vec<Finding>,
}

/// Largest file read.
const LIMIT: u64 = 256 << 20;

const SKIP: u8 = 59;
const NUM: u8 = 60;
const SUB: u8 = 61;
const CHN: u8 = 62;
const AUX: u8 = 63;
const NOTE: u8 = 22;
/// Codes above this one are not annotations (ACMAX).
const LAST_TYPE: u8 = 49;

/// Reads an annotation file.
///
/// # Errors
///
/// When it cannot be read, ends inside an annotation or holds a word of no meaning.
pub fn read(path: &Path) -> Result<Annotations, ReadError> {
    let failed = |error| ReadErrorKind::Io(error).at(path);
    let mut bytes = Vec::new();
    fs_err::File::open(path)
        .map_err(failed)?
        .take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > LIMIT {
        let got = bytes.len() as u64;
        return Err(ReadErrorKind::TooLarge {
            expected: LIMIT,
            got,
        }
        .at(path));
    }
    parse(&bytes).map_err(|kind| kind.at(path))
}

/// Parses the bytes of an annotation file.
///
/// # Errors
///
/// As [`read`].
pub fn parse(bytes: &[u8]) -> Result<Annotations, ReadErrorKind> {
    let mut words = Words { bytes, at: 0 };
    let mut found = Annotations::default();
    let mut current = Current::default();
    let mut definitions = Definitions::default();
    let mut ended = false;
    while let Some((code, value)) = words.next()? {
        match code {
            0 if value == 0 => {
                ended = true;
                break;
            }
            SKIP => current.sample = current.after(words.skip()?, words.at)?,
            1..=LAST_TYPE | 0 => {
                let sample = current.after(i64::from(value), words.at)?;
                let annotation = current.annotation(&mut words, code, sample)?;
                if !definitions.take(&annotation, &mut found) {
                    found.annotations.push(annotation);
                }
            }
            _ => {
                return Err(ReadErrorKind::Bytes {
                    offset: words.at as u64 - 2,
                    field: "annotation type",
                    expected: format!("1 to {LAST_TYPE}, or SKIP before an annotation"),
                    got: code.to_string(),
                });
            }
        }
    }
    found.findings = findings(&found, ended, bytes.len() - words.at);
    for annotation in &mut found.annotations {
        annotation.symbol = types::symbol(annotation.code, &found.types);
    }
    Ok(found)
}

fn findings(found: &Annotations, ended: bool, left: usize) -> Vec<Finding> {
    let ordered = found
        .annotations
        .is_sorted_by_key(|annotation| annotation.sample);
    [
        (!ended).then(|| {
            (
                "no-end-mark",
                "the file ends without an end mark".to_string(),
            )
        }),
        (left > 0).then(|| ("extra-bytes", format!("{left} bytes after the end mark"))),
        (!ordered).then(|| {
            (
                "out-of-order",
                "annotations are not in time order".to_string(),
            )
        }),
    ]
    .into_iter()
    .flatten()
    .map(|(code, message)| Finding {
        code: code.to_string(),
        message,
    })
    .collect()
}

/// What stays from one annotation to the next.
#[derive(Default)]
struct Current {
    sample: i64,
    channel: u8,
    number: i8,
}

impl Current {
    fn after(&self, interval: i64, at: usize) -> Result<i64, ReadErrorKind> {
        self.sample
            .checked_add(interval)
            .ok_or(ReadErrorKind::Bytes {
                offset: at as u64,
                field: "sample number",
                expected: "a 64-bit integer".to_string(),
                got: format!("{} and {interval} more", self.sample),
            })
    }

    /// The annotation of a type word with the words that belong to it.
    fn annotation(
        &mut self,
        words: &mut Words<'_>,
        code: u8,
        sample: i64,
    ) -> Result<Annotation, ReadErrorKind> {
        self.sample = sample;
        let (mut subtype, mut text) = (0, None);
        while let Some((extra, value)) = words.peek() {
            match extra {
                NUM => self.number = value as u8 as i8,
                SUB => subtype = value as u8 as i8,
                CHN => self.channel = value as u8,
                AUX => {}
                _ => break,
            }
            words.at += 2;
            if extra == AUX {
                text = Some(words.text(usize::from(value))?);
            }
        }
        Ok(Annotation {
            sample,
            code,
            symbol: String::new(),
            subtype,
            channel: self.channel,
            number: self.number,
            text,
        })
    }
}

/// The notes at the start of a file that define its time resolution and its types.
#[derive(Default)]
struct Definitions {
    inside: bool,
}

impl Definitions {
    /// Whether the annotation is such a note, in which case it has been taken.
    fn take(&mut self, annotation: &Annotation, found: &mut Annotations) -> bool {
        let text = annotation.text.as_deref();
        let Some(text) = text.filter(|_| annotation.code == NOTE && annotation.sample == 0) else {
            return false;
        };
        if let Some(ticks) = text.strip_prefix("## time resolution:") {
            found.ticks = ticks.trim().parse().ok().and_then(Hertz::new);
            return found.ticks.is_some();
        }
        match text {
            "## annotation type definitions" => self.inside = true,
            "## end of definitions" if self.inside => self.inside = false,
            _ => return self.inside && define(text, &mut found.types),
        }
        true
    }
}

/// `42 label what it stands for`
fn define(text: &str, types: &mut BTreeMap<u8, CustomType>) -> bool {
    let mut words = text.splitn(3, ' ');
    let code = words.next().and_then(|word| word.parse().ok());
    let (Some(code), Some(symbol)) = (code, words.next()) else {
        return false;
    };
    let description = words.next().unwrap_or("").to_string();
    let symbol = symbol.to_string();
    types.insert(
        code,
        CustomType {
            symbol,
            description,
        },
    );
    true
}

/// The file as words of 16 bits.
struct Words<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Words<'_> {
    fn peek(&self) -> Option<(u8, u16)> {
        let two = self.bytes.get(self.at..)?.first_chunk()?;
        let word = u16::from_le_bytes(*two);
        Some(((word >> 10) as u8, word & 0x3ff))
    }

    /// Type and value of the next word; `None` at the end of the file.
    fn next(&mut self) -> Result<Option<(u8, u16)>, ReadErrorKind> {
        if self.at == self.bytes.len() {
            return Ok(None);
        }
        let word = self.peek().ok_or_else(|| self.truncated(2))?;
        self.at += 2;
        Ok(Some(word))
    }

    /// annot(5): a long interval as two words, the upper first.
    fn skip(&mut self) -> Result<i64, ReadErrorKind> {
        let four = self.bytes[self.at..].first_chunk::<4>();
        let [a, b, c, d] = *four.ok_or_else(|| self.truncated(4))?;
        self.at += 4;
        Ok(i64::from(i32::from_le_bytes([c, d, a, b])))
    }

    /// annot(5): a string, padded to an even number of bytes.
    fn text(&mut self, length: usize) -> Result<String, ReadErrorKind> {
        let bytes = self.bytes.get(self.at..self.at + length);
        let bytes = bytes.ok_or_else(|| self.truncated(length))?;
        self.at = (self.at + length + length % 2).min(self.bytes.len());
        let text = String::from_utf8_lossy(bytes);
        Ok(text.trim_end_matches('\0').to_string())
    }

    fn truncated(&self, needed: usize) -> ReadErrorKind {
        ReadErrorKind::Truncated {
            expected: (self.at + needed) as u64,
            got: self.bytes.len() as u64,
        }
    }
}
