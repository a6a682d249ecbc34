//! The bytes of a document as text.

use crate::ReadErrorKind;
use std::borrow::Cow;

/// Decodes UTF-8, UTF-16 of either byte order, US-ASCII, ISO-8859-1 and Windows-1252.
///
/// A byte order mark decides; then zero bytes around the first `<`; then the declaration; UTF-8
/// in the absence of all (XML 1.0, appendix F). Wrong UTF-8 is an error.
pub(super) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, ReadErrorKind> {
    Ok(match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(utf8(rest)?),
        [0xff, 0xfe, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)?),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)?),
        [b'<', 0, ..] => Cow::Owned(utf16(bytes, u16::from_le_bytes)?),
        [0, b'<', ..] => Cow::Owned(utf16(bytes, u16::from_be_bytes)?),
        _ => declared(bytes)?,
    })
}

/// A text by the encoding that its declaration names.
fn declared(bytes: &[u8]) -> Result<Cow<'_, str>, ReadErrorKind> {
    let name = declaration(bytes).to_ascii_lowercase();
    match name.as_str() {
        "" | "utf-8" | "utf8" | "us-ascii" | "ascii" => utf8(bytes).map(Cow::Borrowed),
        "iso-8859-1" | "latin1" | "latin-1" | "windows-1252" | "cp1252" => {
            Ok(std::str::from_utf8(bytes).map_or_else(
                |_| Cow::Owned(bytes.iter().map(|&byte| windows_1252(byte)).collect()),
                |text| match text.is_ascii() {
                    true => Cow::Borrowed(text),
                    false => Cow::Owned(bytes.iter().map(|&byte| windows_1252(byte)).collect()),
                },
            ))
        }
        _ => Err(ReadErrorKind::NotSupported {
            what: "XML encoding",
            got: name,
        }),
    }
}

/// The value of `encoding` in a declaration; empty where there is none.
fn declaration(bytes: &[u8]) -> &str {
    let head = &bytes[..bytes.len().min(200)];
    let Some(end) = head.windows(2).position(|pair| pair == b"?>") else {
        return "";
    };
    let text = std::str::from_utf8(&head[..end]).unwrap_or_default();
    let Some((_, after)) = text.split_once("encoding") else {
        return "";
    };
    let after = after.trim_start().trim_start_matches('=').trim_start();
    let Some(quote) = after.chars().next().filter(|quote| "\"'".contains(*quote)) else {
        return "";
    };
    after[1..].split(quote).next().unwrap_or_default()
}

fn utf8(bytes: &[u8]) -> Result<&str, ReadErrorKind> {
    std::str::from_utf8(bytes).map_err(|error| ReadErrorKind::Syntax {
        what: "XML text",
        offset: error.valid_up_to() as u64,
        got: "not UTF-8".to_string(),
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, ReadErrorKind> {
    let wrong = |offset: usize, got: &str| ReadErrorKind::Syntax {
        what: "XML text",
        offset: offset as u64,
        got: got.to_string(),
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(wrong(bytes.len(), "half a UTF-16 code unit"));
    }
    let mut text = String::with_capacity(pairs.len());
    for letter in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
        text.push(letter.map_err(|_| wrong(text.len(), "half a UTF-16 surrogate pair"))?);
    }
    Ok(text)
}

/// ISO-8859-1 with the letters that Windows puts in place of its control characters.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}
