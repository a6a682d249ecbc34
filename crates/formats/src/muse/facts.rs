//! Subject, device and time of a MUSE file.

use crate::finding::finding;
use crate::stated::{self, words};
use crate::xml::Element;
use coronet_ecg::{Device, Finding, Subject};
use jiff::civil::{Date, DateTime};

/// Start by acquisition date and time.
pub(super) fn start(root: Element<'_>, findings: &mut Vec<Finding>) -> Option<DateTime> {
    let test = root.find("TestDemographics")?;
    let date = date(test.text_at("AcquisitionDate")?, findings)?;
    Some(date.to_datetime(stated::clock(test.text_at("AcquisitionTime")?)?))
}

/// A date of birth; it says who the patient is, and is not quoted.
fn birth_date(text: &str, findings: &mut Vec<Finding>) -> Option<Date> {
    let date = month_first(text);
    if date.is_none() {
        let message = "the date of birth is not of the form MM-DD-YYYY";
        findings.push(finding("time-not-understood", message));
    }
    date
}

/// A date, month first as MUSE writes it, or of ISO 8601.
fn month_first(text: &str) -> Option<Date> {
    stated::american_date(text).or_else(|| stated::iso_date(text))
}

/// The date of the recording; `time-not-understood` where it is none.
fn date(text: &str, findings: &mut Vec<Finding>) -> Option<Date> {
    let date = month_first(text);
    if date.is_none() {
        let message = format!("date `{text}` is not of the form MM-DD-YYYY");
        findings.push(finding("time-not-understood", message));
    }
    date
}

/// Demographics; inches and pounds become centimetres and kilograms.
pub(super) fn subject(root: Element<'_>, findings: &mut Vec<Finding>) -> Subject {
    let Some(patient) = root.find("PatientDemographics") else {
        return Subject::default();
    };
    let text = |path: &str| patient.text_at(path);
    let measure = |metric: &str, other: &str, factor: f64| {
        let stated = text(metric).and_then(stated::measured);
        stated.or_else(|| Some(text(other).and_then(stated::measured)? * factor))
    };
    Subject {
        patient_id: text("PatientID").and_then(words),
        age: text("PatientAge")
            .and_then(|age| stated::age(age, text("AgeUnits").unwrap_or_default())),
        sex: text("Gender").and_then(stated::sex),
        name: stated::name(&[text("PatientFirstName"), text("PatientLastName")]),
        birth_date: text("DateofBirth").and_then(|text| birth_date(text, findings)),
        height: measure("HeightCM", "HeightIN", 2.54),
        weight: measure("WeightKG", "WeightLBS", 0.453_592_37),
        race: text("Race").and_then(words),
    }
}

/// The cart and the site.
pub(super) fn device(root: Element<'_>) -> Device {
    let Some(test) = root.find("TestDemographics") else {
        return Device::default();
    };
    let text = |path: &str| test.text_at(path).and_then(words);
    Device {
        manufacturer: None,
        model: text("AcquisitionDevice"),
        serial: text("CartNumber"),
        software: text("AcquisitionSoftwareVersion").or_else(|| text("AnalysisSoftwareVersion")),
        institution: text("SiteName"),
    }
}
