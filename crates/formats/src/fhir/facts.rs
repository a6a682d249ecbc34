//! Patient and device of an Observation.

use super::document::Named;
use super::resource::{Component, Reference, Resource};
use crate::stated::{self, words};
use coronet_ecg::{Device, Subject};
use serde_json::Value;

/// LOINC code of an age.
pub(super) const AGE: &str = "30525-0";

/// The subject by its own words, completed by the Patient it names.
pub(super) fn subject(observation: &Resource, all: &[Named]) -> Subject {
    let mut subject = Subject {
        age: age(observation),
        ..Subject::default()
    };
    let Some(reference) = &observation.subject else {
        return subject;
    };
    subject.name = reference.display.as_deref().and_then(words);
    subject.patient_id = identifier(reference);
    let Some(patient) = observation.follow(reference, all) else {
        return subject;
    };
    let own = patient
        .identifier
        .iter()
        .find_map(|own| own.value.as_deref());
    subject.patient_id = own.or(subject.patient_id.as_deref()).and_then(words);
    subject.sex = patient.gender.as_deref().and_then(stated::sex);
    subject.birth_date = patient.birth_date.as_deref().and_then(stated::iso_date);
    subject.name = name(&patient.name).or(subject.name);
    subject
}

/// The identifier of a reference, else the last part of its address.
fn identifier(reference: &Reference) -> Option<String> {
    let stated = reference
        .identifier
        .as_ref()
        .and_then(|own| own.value.as_deref());
    let address = reference
        .reference
        .as_deref()
        .filter(|text| !text.starts_with('#'));
    stated
        .or_else(|| address?.rsplit('/').next())
        .and_then(words)
}

/// The first name of a patient: its text, else given and family names.
fn name(names: &Value) -> Option<String> {
    let first = names.get(0)?;
    if let Some(text) = first.get("text").and_then(Value::as_str) {
        return words(text);
    }
    let given = first.get("given").and_then(Value::as_array);
    let mut parts: Vec<Option<&str>> = given.into_iter().flatten().map(Value::as_str).collect();
    parts.push(first.get("family").and_then(Value::as_str));
    stated::name(&parts)
}

/// An age that stands as a component.
fn age(observation: &Resource) -> Option<f64> {
    let of_age = |part: &&Component| {
        let mut codes = part.code.coding.iter();
        codes.any(|own| own.code.as_deref() == Some(AGE))
    };
    let quantity = observation
        .component
        .iter()
        .find(of_age)?
        .value_quantity
        .as_ref()?;
    let unit = quantity.code.as_deref().or(quantity.unit.as_deref());
    stated::age(&quantity.value?.to_string(), unit.unwrap_or_default())
}

/// The device by the words of the reference, else the Device it names.
pub(super) fn device(observation: &Resource, all: &[Named]) -> Device {
    let Some(reference) = &observation.device else {
        return Device::default();
    };
    let mut device = Device {
        model: reference.display.as_deref().and_then(words),
        ..Device::default()
    };
    if let Some(found) = observation.follow(reference, all) {
        let version = found
            .version
            .get(0)
            .and_then(|version| version.get("value"));
        device.manufacturer = found.manufacturer.as_str().and_then(words);
        device.model = found
            .model_number
            .as_deref()
            .and_then(words)
            .or(device.model);
        device.serial = found.serial_number.as_deref().and_then(words);
        device.software = version.and_then(Value::as_str).and_then(words);
    }
    device
}
