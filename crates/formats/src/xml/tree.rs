//! A document and its elements.

use crate::ReadErrorKind;

/// A parsed document.
#[derive(Debug)]
pub(crate) struct Document {
    nodes: Vec<Node>,
}

/// An element with its place in the tree.
#[derive(Debug)]
pub(super) struct Node {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
    pub parent: Option<usize>,
    pub children: Vec<usize>,
}

impl Document {
    /// `None` unless there is a root element.
    pub(super) fn new(nodes: Vec<Node>) -> Option<Document> {
        (!nodes.is_empty()).then_some(Document { nodes })
    }

    /// The root element.
    pub(crate) fn root(&self) -> Element<'_> {
        Element {
            document: self,
            index: 0,
        }
    }
}

/// An element of a document; names are without prefix.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'d> {
    document: &'d Document,
    index: usize,
}

impl<'d> Element<'d> {
    fn node(self) -> &'d Node {
        &self.document.nodes[self.index]
    }

    /// Local name.
    pub(crate) fn name(self) -> &'d str {
        &self.node().name
    }

    /// Its own text without that of its children, trimmed.
    pub(crate) fn text(self) -> &'d str {
        self.node().text.trim()
    }

    /// Value of an attribute by its name as written.
    pub(crate) fn attribute(self, name: &str) -> Option<&'d str> {
        let attributes = &self.node().attributes;
        let found = attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Child elements in order.
    pub(crate) fn children(self) -> impl Iterator<Item = Element<'d>> {
        self.node().children.iter().map(move |&index| Element {
            document: self.document,
            index,
        })
    }

    /// Child elements of one name in order.
    pub(crate) fn all(self, name: &str) -> impl Iterator<Item = Element<'d>> {
        self.children().filter(move |child| child.name() == name)
    }

    /// The first element at a path of child names parted by `/`.
    pub(crate) fn find(self, path: &str) -> Option<Element<'d>> {
        match path.split_once('/') {
            None => self.all(path).next(),
            Some((first, rest)) => self.all(first).find_map(|child| child.find(rest)),
        }
    }

    /// The text of the first element at a path, if it is there and not empty.
    pub(crate) fn text_at(self, path: &str) -> Option<&'d str> {
        self.find(path)
            .map(Element::text)
            .filter(|text| !text.is_empty())
    }

    /// Names from the root to this element, parted by `/`.
    pub(crate) fn path(self) -> String {
        let mut names = vec![self.name()];
        let mut node = self.node();
        while let Some(parent) = node.parent {
            node = &self.document.nodes[parent];
            names.push(&node.name);
        }
        names.reverse();
        names.join("/")
    }

    /// The error that this element holds something else than expected.
    pub(crate) fn wrong(self, expected: &str, got: &str) -> ReadErrorKind {
        ReadErrorKind::Element {
            element: self.path(),
            expected: expected.to_string(),
            got: got.chars().take(60).collect(),
        }
    }

    /// The error that nothing stands at a path below this element.
    pub(crate) fn absent(self, path: &str, expected: &str) -> ReadErrorKind {
        ReadErrorKind::Element {
            element: format!("{}/{path}", self.path()),
            expected: expected.to_string(),
            got: "nothing".to_string(),
        }
    }
}
