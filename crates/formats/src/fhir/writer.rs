//! A recording as an Observation, one component a signal.

use super::facts::AGE;
use crate::finding::finding;
use crate::{WriteError, atomic, start};
use coronet_ecg::{Channel, Device, Ecg, Finding, Lead, Sex, Signal, Subject};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde_json::{Map, Value, json};
use std::path::Path;

/// The version of FHIR to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// 4.0.1: the interval is `period`, in milliseconds.
    #[default]
    R4,
    /// 5.0.0: the interval is `interval` with `intervalUnit`.
    R5,
}

/// How an Observation is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WriteOptions {
    /// The version of FHIR.
    pub version: Version,
    /// Offset of the recording's local time from universal time; FHIR holds no time of day without
    /// one, so that the date alone is written where it is absent.
    pub offset: Option<Offset>,
}

/// Base of the MDC codes of lead potentials (ISO 11073-10101, partition 2).
const POTENTIAL: u32 = 131_328;

/// Writes an Observation as JSON, aside and then renamed.
///
/// Samples are decimals in millivolts, or in the unit of the channel, with all their digits, so that reading gives the same
/// numbers; invalid samples become `E`. Patient and device are contained resources; age is a
/// component of its own (LOINC 30525-0). Height, weight, race and institution have no place.
/// Finding `not-held`: the time of day, where no offset is given.
///
/// # Errors
///
/// When there is no sample, signals differ in length, or the system refuses.
pub fn write(path: &Path, ecg: &Ecg, options: &WriteOptions) -> Result<Vec<Finding>, WriteError> {
    check(ecg)?;
    let mut lost = Vec::new();
    let mut components: Vec<Value> = ecg
        .signals
        .iter()
        .map(|signal| component(signal, ecg, options.version))
        .collect();
    if let Some(age) = ecg.subject.age {
        components.push(json!({
            "code": {"coding": [{"system": "http://loinc.org", "code": AGE, "display": "Age"}]},
            "valueQuantity": quantity(age, "a"),
        }));
    }
    let mut observation = json!({
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/observation-category",
            "code": "procedure",
        }]}],
        "code": {"coding": [mdc(POTENTIAL, "MDC_ECG_ELEC_POTL")]},
    });
    let mut contained = Vec::new();
    if ecg.subject != Subject::default() {
        contained.push(patient(&ecg.subject));
        observation["subject"] = json!({"reference": "#patient"});
    }
    if ecg.device != Device::default() {
        contained.push(device(&ecg.device));
        observation["device"] = json!({"reference": "#device"});
    }
    if !contained.is_empty() {
        observation["contained"] = Value::Array(contained);
    }
    if let Some(start) = ecg.start {
        observation["effectiveDateTime"] = json!(match start::is_date_alone(ecg) {
            true => start.date().to_string(),
            false => moment(start, options.offset, &mut lost),
        });
    }
    observation["component"] = Value::Array(components);
    atomic::write(path, observation.to_string().as_bytes())?;
    Ok(lost)
}

/// A dateTime of FHIR, which has a time of day only with an offset (R4 and R5, 2.24.0.1).
fn moment(start: DateTime, offset: Option<Offset>, lost: &mut Vec<Finding>) -> String {
    let Some(offset) = offset else {
        let message = "FHIR does not hold a time of day without its offset from universal time";
        lost.push(finding("not-held", message));
        return start.date().to_string();
    };
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    format!("{start}{sign}{hours:02}:{rest:02}")
}

fn check(ecg: &Ecg) -> Result<(), WriteError> {
    let wrong = |field, expected: String, got: usize| WriteError::Value {
        field,
        expected,
        got: got.to_string(),
    };
    if ecg.is_empty() {
        return Err(wrong("samples", "at least one".to_string(), 0));
    }
    for signal in &ecg.signals {
        let got = signal.millivolts.len();
        if got != ecg.len() {
            return Err(wrong("samples of a signal", ecg.len().to_string(), got));
        }
    }
    Ok(())
}

fn quantity(value: f64, unit: &str) -> Value {
    json!({"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit})
}

fn mdc(code: u32, display: &str) -> Value {
    json!({"system": "urn:oid:2.16.840.1.113883.6.24", "code": code.to_string(), "display": display})
}

fn component(signal: &Signal, ecg: &Ecg, version: Version) -> Value {
    let code = match &signal.channel {
        Channel::Lead(lead) => json!({
            "coding": [mdc(POTENTIAL + scp_code(*lead), &format!("MDC_ECG_ELEC_POTL_{}", lead.name()))],
            "text": lead.name(),
        }),
        Channel::Other(name) | Channel::Quantity { name, .. } => json!({"text": name}),
    };
    let points: Vec<String> = signal
        .millivolts
        .iter()
        .map(|sample| match sample.is_finite() {
            true => sample.to_string(),
            false => "E".to_string(),
        })
        .collect();
    let origin = match &signal.channel {
        Channel::Quantity { unit, .. } => json!({"value": 0.0, "unit": unit}),
        Channel::Lead(_) | Channel::Other(_) => quantity(0.0, "mV"),
    };
    let mut data = json!({
        "origin": origin,
        "dimensions": 1,
        "data": points.join(" "),
    });
    let milliseconds = json!(1000.0 / ecg.rate.get());
    match version {
        Version::R4 => data["period"] = milliseconds,
        Version::R5 => {
            data["interval"] = milliseconds;
            data["intervalUnit"] = json!("ms");
        }
    }
    json!({"code": code, "valueSampledData": data})
}

/// The code of a lead in SCP-ECG.
fn scp_code(lead: Lead) -> u32 {
    (1..=64)
        .find(|&code| Lead::from_scp_code(code) == Some(lead))
        .expect("every standard lead has a code, this is a bug")
}

/// Members that are there.
fn members<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Map<String, Value> {
    let present = pairs.into_iter();
    present
        .filter_map(|(name, value)| Some((name.to_string(), value?)))
        .collect()
}

fn patient(subject: &Subject) -> Value {
    let gender = subject.sex.map(|sex| match sex {
        Sex::Male => json!("male"),
        Sex::Female => json!("female"),
    });
    Value::Object(members([
        ("resourceType", Some(json!("Patient"))),
        ("id", Some(json!("patient"))),
        (
            "identifier",
            subject.patient_id.as_ref().map(|id| json!([{"value": id}])),
        ),
        (
            "name",
            subject.name.as_ref().map(|name| json!([{"text": name}])),
        ),
        ("gender", gender),
        (
            "birthDate",
            subject.birth_date.map(|date| json!(date.to_string())),
        ),
    ]))
}

fn device(device: &Device) -> Value {
    let text = |text: &Option<String>| text.as_ref().map(|text| json!(text));
    let version = device
        .software
        .as_ref()
        .map(|text| json!([{"value": text}]));
    Value::Object(members([
        ("resourceType", Some(json!("Device"))),
        ("id", Some(json!("device"))),
        ("manufacturer", text(&device.manufacturer)),
        ("modelNumber", text(&device.model)),
        ("serialNumber", text(&device.serial)),
        ("version", version),
    ]))
}
