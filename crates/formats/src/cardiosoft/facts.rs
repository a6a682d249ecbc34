//! Subject, device and time of a CardioSoft file.

use crate::stated::{self, words};
use crate::xml::Element;
use coronet_ecg::{Device, Subject};
use jiff::civil::{Date, DateTime, Time};

/// Start by the observation's date and time.
pub(super) fn start(root: Element<'_>) -> Option<DateTime> {
    let moment = root.find("ObservationDateTime")?;
    let part = |name: &str| moment.text_at(name)?.parse::<i8>().ok();
    let time = Time::new(
        part("Hour")?,
        part("Minute")?,
        part("Second").unwrap_or(0),
        0,
    );
    Some(date(moment)?.to_datetime(time.ok()?))
}

fn date(element: Element<'_>) -> Option<Date> {
    let part = |name: &str| element.text_at(name)?.parse::<i16>().ok();
    let small = |name: &str| i8::try_from(part(name)?).ok();
    Date::new(part("Year")?, small("Month")?, small("Day")?).ok()
}

/// The patient as written.
pub(super) fn subject(root: Element<'_>) -> Subject {
    let Some(patient) = root.find("PatientInfo") else {
        return Subject::default();
    };
    let text = |path: &str| patient.text_at(path);
    let units = |path: &str| {
        let unit = patient
            .find(path)
            .and_then(|found| found.attribute("units"));
        unit.unwrap_or_default().to_ascii_lowercase()
    };
    let measure = |path: &str, factors: &[(&str, f64)]| {
        let unit = units(path);
        let (_, factor) = factors
            .iter()
            .find(|(prefix, _)| unit.starts_with(prefix))?;
        Some(text(path).and_then(stated::measured)? * factor)
    };
    Subject {
        patient_id: text("PID").and_then(words),
        age: text("Age").and_then(|age| stated::age(age, &units("Age"))),
        sex: text("Gender").and_then(stated::sex),
        name: stated::name(&[text("Name/GivenName"), text("Name/FamilyName")]),
        birth_date: patient.find("BirthDateTime").and_then(date),
        height: measure("Height", &[("centi", 1.0), ("cm", 1.0), ("inch", 2.54)]),
        weight: measure(
            "Weight",
            &[("kilo", 1.0), ("kg", 1.0), ("pound", 0.453_592_37)],
        ),
        race: text("Race").and_then(words),
    }
}

/// The recording program and the facility.
pub(super) fn device(root: Element<'_>) -> Device {
    let text = |path: &str| root.text_at(path).and_then(words);
    Device {
        manufacturer: None,
        model: text("ClinicalInfo/DeviceInfo/Desc"),
        serial: None,
        software: text("ClinicalInfo/DeviceInfo/SoftwareVer"),
        institution: text("PatientVisit/ServicingFacility/Name"),
    }
}
