//! The first bytes of a file, as the formats look at them.

use crate::text;
use crate::xml::{self, Root};
use crate::{ReadError, ReadErrorKind, wide};
use std::io::Read;
use std::path::Path;

/// Bytes looked at.
const LENGTH: u64 = 8192;

/// The beginning of a file.
pub(crate) struct Head<'h> {
    /// At most the first 8192 bytes.
    pub bytes: &'h [u8],
    /// Whether no byte of the head speaks against a text in an ASCII-compatible encoding, or in
    /// UTF-16 with its mark.
    pub is_text: bool,
    /// The head as UTF-8, wrong bytes replaced; empty unless [`is_text`](Self::is_text).
    pub text: String,
    /// Root element, where the file begins as an XML document of any encoding.
    pub root: Option<Root>,
}

impl Head<'_> {
    /// Looks at the first bytes of a file.
    pub(crate) fn of(bytes: &[u8]) -> Head<'_> {
        let wide = wide::text(bytes).filter(|text| is_wide_text(text));
        let is_text = wide.is_some() || !bytes.iter().any(|&byte| is_binary(byte));
        let text = match (wide, is_text) {
            (Some(text), _) => text,
            (None, true) => String::from_utf8_lossy(bytes).into_owned(),
            (None, false) => String::new(),
        };
        Head {
            bytes,
            is_text,
            text,
            root: xml::root(bytes),
        }
    }

    /// Whether the file begins as an XML document with this root element and namespace; absent
    /// namespaces are the empty string.
    pub(crate) fn has_root(&self, name: &str, namespace: &str) -> bool {
        self.root
            .as_ref()
            .is_some_and(|root| root.name == name && root.namespace == namespace)
    }

    /// What the bytes look like to a person.
    pub(crate) fn describe(&self) -> String {
        let known: [(&[u8], &str); 3] = [
            (b"PK\x03\x04", "a ZIP archive"),
            (b"\x1f\x8b", "a gzip file"),
            (b"%PDF", "a PDF file"),
        ];
        if self.bytes.is_empty() {
            return "an empty file".to_string();
        }
        if let Some(root) = &self.root {
            return format!("an XML file with root element `{}`", root.name);
        }
        if self.bytes.starts_with(b"<?xml") {
            return "an XML file".to_string();
        }
        if self.is_text && text::is_numbers(&self.text) {
            return "a table of numbers without lead names".to_string();
        }
        known
            .iter()
            .find(|(magic, _)| self.bytes.starts_with(magic))
            .map_or(
                match self.is_text {
                    true => "other text",
                    false => "other bytes",
                },
                |(_, name)| name,
            )
            .to_string()
    }
}

/// The first bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, ReadError> {
    let failed = |error| ReadErrorKind::Io(error).at(path);
    let file = fs_err::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(LENGTH).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Whether a text that was decoded from UTF-16 is one; a half letter at the end of the head is none
/// of its faults.
fn is_wide_text(text: &str) -> bool {
    let text = text.strip_suffix('\u{fffd}').unwrap_or(text);
    let wrong = |letter: char| letter == '\u{fffd}' || u8::try_from(letter).is_ok_and(is_binary);
    !text.is_empty() && !text.contains(wrong)
}

fn is_binary(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1a)
}
