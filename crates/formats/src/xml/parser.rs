//! From bytes to a tree, event by event.

use super::encoding;
use super::tree::{Document, Node};
use crate::ReadErrorKind;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

/// Most bytes of a document.
const MOST_BYTES: usize = 1 << 28;

/// Deepest nesting; ECG documents stay below 30.
const MOST_DEPTH: usize = 64;

/// Most elements of a document; a day of ECG in every format here has fewer than 100,000.
const MOST_ELEMENTS: usize = 500_000;

/// Most attributes of an element.
const MOST_ATTRIBUTES: usize = 64;

/// The first element of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Root {
    /// Local name.
    pub name: String,
    /// Namespace, empty where there is none.
    pub namespace: String,
}

/// The root element of a document of which `head` holds the first bytes, if it is XML and the
/// start tag lies within them.
pub(crate) fn root(head: &[u8]) -> Option<Root> {
    let even = &head[..head.len() & !1];
    let text = encoding::text(head)
        .or_else(|_| encoding::text(even))
        .ok()
        .unwrap_or_else(|| String::from_utf8_lossy(head));
    if !text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('<')
    {
        return None;
    }
    let mut reader = Reader::from_str(&text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) | Event::Empty(tag) => {
                let attributes = attributes(&tag).ok()?;
                return Some(Root {
                    namespace: namespace(&tag, &attributes),
                    name: tag.local_name().as_ref().to_string(),
                });
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// The namespace that a start tag declares for its own prefix.
fn namespace(tag: &BytesStart<'_>, attributes: &[(String, String)]) -> String {
    let declaration = match tag.name().prefix() {
        None => "xmlns".to_string(),
        Some(prefix) => format!("xmlns:{}", prefix.as_ref()),
    };
    attributes
        .iter()
        .find(|(name, _)| *name == declaration)
        .map(|(_, value)| value.clone())
        .unwrap_or_default()
}

impl Document {
    /// Parses a whole document.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Document, ReadErrorKind> {
        if bytes.len() > MOST_BYTES {
            return Err(ReadErrorKind::TooLarge {
                expected: MOST_BYTES as u64,
                got: bytes.len() as u64,
            });
        }
        let text = encoding::text(bytes)?;
        let mut reader = Reader::from_str(&text);
        let mut builder = Builder::default();
        loop {
            let event = reader.read_event();
            let offset = reader.buffer_position();
            let wrong = |got: String| ReadErrorKind::Syntax {
                what: "XML",
                offset,
                got,
            };
            match event.map_err(|error| wrong(error.to_string()))? {
                Event::Eof => return builder.finish().map_err(wrong),
                event => builder.take(&event).map_err(wrong)?,
            }
        }
    }
}

/// The tree as far as it is read.
#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    open: Vec<usize>,
}

impl Builder {
    fn take(&mut self, event: &Event<'_>) -> Result<(), String> {
        match event {
            Event::Start(tag) => {
                let node = self.element(tag)?;
                self.open.push(node);
                if self.open.len() > MOST_DEPTH {
                    return Err(format!("elements nested deeper than {MOST_DEPTH}"));
                }
            }
            Event::Empty(tag) => {
                self.element(tag)?;
            }
            Event::End(_) => {
                self.open.pop();
            }
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let letter = resolve(reference)?;
                self.text(letter.encode_utf8(&mut [0; 4]));
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Eof => {}
        }
        Ok(())
    }

    fn element(&mut self, tag: &BytesStart<'_>) -> Result<usize, String> {
        if self.nodes.len() == MOST_ELEMENTS {
            return Err(format!("more than {MOST_ELEMENTS} elements"));
        }
        let parent = self.open.last().copied();
        if parent.is_none() && !self.nodes.is_empty() {
            return Err("a second root element".to_string());
        }
        let index = self.nodes.len();
        let attributes = attributes(tag)?;
        self.nodes.push(Node {
            name: tag.local_name().as_ref().to_string(),
            attributes,
            text: String::new(),
            parent,
            children: Vec::new(),
        });
        if let Some(parent) = parent {
            self.nodes[parent].children.push(index);
        }
        Ok(index)
    }

    fn text(&mut self, text: &str) {
        if let Some(&open) = self.open.last() {
            self.nodes[open].text.push_str(text);
        }
    }

    fn finish(self) -> Result<Document, String> {
        if let Some(&open) = self.open.last() {
            let name = &self.nodes[open].name;
            return Err(format!("the document ends inside element `{name}`"));
        }
        Document::new(self.nodes).ok_or_else(|| "no root element".to_string())
    }
}

fn attributes(tag: &BytesStart<'_>) -> Result<Vec<(String, String)>, String> {
    let mut read = Vec::new();
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| error.to_string())?;
        if read.len() == MOST_ATTRIBUTES {
            return Err(format!(
                "an element with more than {MOST_ATTRIBUTES} attributes"
            ));
        }
        let value =
            quick_xml::escape::unescape(&attribute.value).map_err(|error| error.to_string())?;
        read.push((attribute.key.as_ref().to_string(), value.into_owned()));
    }
    Ok(read)
}

/// A character reference or one of the five predefined entities.
fn resolve(reference: &BytesRef<'_>) -> Result<char, String> {
    if let Some(letter) = reference
        .resolve_char_ref()
        .map_err(|error| error.to_string())?
    {
        return Ok(letter);
    }
    match reference.as_ref() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        name => Err(format!(
            "reference to entity `{name}`, which is not expanded"
        )),
    }
}
