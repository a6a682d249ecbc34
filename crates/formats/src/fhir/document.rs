//! The resources of a document: one, those of a Bundle, or one a line.

use super::resource::Resource;
use crate::ReadErrorKind;
use serde::Deserialize;
use serde_json::Value;

/// The resources of a document, without those that cannot be read.
#[derive(Debug)]
pub(super) struct Document {
    /// What the document says it is.
    pub(super) kind: String,
    pub(super) resources: Vec<Named>,
    /// Resources that cannot be read, by their place, with what is wrong with them.
    pub(super) faulty: Vec<(String, ReadErrorKind)>,
}

/// A resource with the address it has in its Bundle.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) url: Option<String>,
    pub(super) resource: Resource,
}

/// A document before its resources are read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Outer {
    resource_type: String,
    /// Of a Bundle.
    entry: Vec<Entry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Entry {
    full_url: Option<String>,
    resource: Option<Value>,
}

/// Reads one resource or a Bundle.
pub(super) fn of_json(bytes: &[u8]) -> Result<Document, ReadErrorKind> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| wrong(&error, 0))?;
    of_value(value, 0)
}

/// Reads one resource a line; `None` where no line is one.
pub(super) fn of_lines(bytes: &[u8]) -> Option<Document> {
    let mut all = Document {
        kind: "NDJSON".to_string(),
        resources: Vec::new(),
        faulty: Vec::new(),
    };
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    for (at, line) in lines.filter(|(_, line)| !line.trim_ascii().is_empty()) {
        let value = serde_json::from_slice(line).map_err(|error| wrong(&error, at));
        match value.and_then(|value| of_value(value, at)) {
            Ok(document) => {
                all.resources.extend(document.resources);
                all.faulty.extend(document.faulty);
            }
            Err(error) => all.faulty.push((format!("line {}", at + 1), error)),
        }
    }
    (!all.resources.is_empty()).then_some(all)
}

/// The resources of a value that begins `lines` lines into its file.
pub(super) fn of_value(value: Value, lines: usize) -> Result<Document, ReadErrorKind> {
    let is_bundle = value.get("entry").is_some_and(Value::is_array);
    if !is_bundle {
        let resource: Resource = serde_json::from_value(value).map_err(|e| wrong(&e, lines))?;
        return Ok(Document {
            kind: resource.resource_type.clone(),
            resources: vec![Named {
                url: None,
                resource,
            }],
            faulty: Vec::new(),
        });
    }
    let outer: Outer = serde_json::from_value(value).map_err(|error| wrong(&error, lines))?;
    let mut document = Document {
        kind: outer.resource_type,
        resources: Vec::new(),
        faulty: Vec::new(),
    };
    for (at, entry) in outer.entry.into_iter().enumerate() {
        let Some(value) = entry.resource else {
            continue;
        };
        match serde_json::from_value(value) {
            Ok(resource) => document.resources.push(Named {
                url: entry.full_url,
                resource,
            }),
            Err(error) => {
                let named = (format!("entry {at}"), wrong(&error, lines));
                document.faulty.push(named);
            }
        }
    }
    Ok(document)
}

fn wrong(error: &serde_json::Error, lines: usize) -> ReadErrorKind {
    ReadErrorKind::Field {
        line: match error.line() {
            0 => 0,
            line => line + lines,
        },
        field: "JSON",
        expected: "a FHIR resource".to_string(),
        got: error.to_string(),
    }
}
