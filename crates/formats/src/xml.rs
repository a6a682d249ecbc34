//! XML documents as trees of elements, bounded in size, depth and number.
//!
//! Only the five predefined entities and character references are resolved; a reference to any
//! other entity is an error, so that declarations in a document type cannot make text grow.

mod encoding;
mod parser;
mod tree;

pub(crate) use parser::{Root, root};
pub(crate) use tree::{Document, Element};
