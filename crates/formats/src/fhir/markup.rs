//! FHIR as XML: the same resources, brought into the form of JSON.
//!
//! After the XML representation of FHIR: a primitive is an element with the attribute `value`, a
//! repeated element stands several times, and a resource within another in an element of its own.

use super::document::{self, Document};
use crate::ReadErrorKind;
use crate::xml::Element;
use serde_json::{Map, Value, json};

/// Elements of a resource that JSON has as lists, of those that are read.
const LISTS: [&str; 5] = ["entry", "contained", "identifier", "component", "version"];

/// Elements that JSON has as lists wherever they stand.
const LISTS_ANYWHERE: [&str; 2] = ["coding", "given"];

/// Elements that are numbers wherever they stand.
const NUMBERS: [&str; 4] = ["period", "interval", "factor", "dimensions"];

/// Elements whose value is a number.
const QUANTITIES: [&str; 2] = ["origin", "valueQuantity"];

/// The resources of a document.
pub(super) fn document(root: Element<'_>) -> Result<Document, ReadErrorKind> {
    document::of_value(resource(root)?, 0)
}

/// A resource: its name is its type.
fn resource(element: Element<'_>) -> Result<Value, ReadErrorKind> {
    let mut members = members(element)?;
    members.insert("resourceType".to_string(), json!(element.name()));
    for name in LISTS {
        list(&mut members, name);
    }
    if element.name() == "Patient" {
        list(&mut members, "name");
    }
    Ok(Value::Object(members))
}

fn members(element: Element<'_>) -> Result<Map<String, Value>, ReadErrorKind> {
    let mut members = Map::new();
    for child in element.children() {
        let name = child.name();
        let value = match name {
            // A narrative for people.
            "div" => continue,
            "resource" | "contained" => match child.children().next() {
                Some(inner) => resource(inner)?,
                None => continue,
            },
            _ => value(child, element.name())?,
        };
        add(&mut members, name, value);
    }
    for name in LISTS_ANYWHERE {
        list(&mut members, name);
    }
    Ok(members)
}

/// The value of an element within another of this name.
fn value(element: Element<'_>, within: &str) -> Result<Value, ReadErrorKind> {
    let name = element.name();
    let Some(text) = element.attribute("value") else {
        return members(element).map(Value::Object);
    };
    let is_number = NUMBERS.contains(&name) || (name == "value" && QUANTITIES.contains(&within));
    if !is_number {
        return Ok(json!(text));
    }
    let number = serde_json::from_str::<serde_json::Number>(text.trim());
    let number = number.map_err(|_| element.wrong("a decimal number", text))?;
    Ok(Value::Number(number))
}

/// Adds a member; one that comes again becomes a list.
fn add(members: &mut Map<String, Value>, name: &str, value: Value) {
    match members.get_mut(name) {
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = json!([first.take(), value]),
        None => drop(members.insert(name.to_string(), value)),
    }
}

/// A member that is a list however often it comes.
fn list(members: &mut Map<String, Value>, name: &str) {
    if let Some(value) = members.get_mut(name)
        && !value.is_array()
    {
        *value = json!([value.take()]);
    }
}
