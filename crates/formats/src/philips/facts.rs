//! Subject, device and time of a Philips file.

use crate::stated::{self, words};
use crate::xml::Element;
use coronet_ecg::{Device, Subject};
use jiff::civil::DateTime;

/// Start by date and time of the acquisition.
pub(super) fn start(root: Element<'_>) -> Option<DateTime> {
    let acquisition = root.find("dataacquisition")?;
    let date = stated::iso_date(acquisition.attribute("date")?)?;
    Some(date.to_datetime(stated::clock(acquisition.attribute("time")?)?))
}

/// The patient as written; a default age of the device is none of the patient.
pub(super) fn subject(root: Element<'_>) -> Subject {
    let Some(patient) = root.find("patient/generalpatientdata") else {
        return Subject::default();
    };
    let text = |path: &str| patient.text_at(path);
    let measure = |metric: &str, other: &str, factor: f64| {
        let stated = text(metric).and_then(stated::measured);
        stated.or_else(|| Some(text(other).and_then(stated::measured)? * factor))
    };
    let ages = [("age/years", "a"), ("age/months", "mo"), ("age/days", "d")];
    let parts = ["firstname", "middlename", "lastname"].map(|part| text(&format!("name/{part}")));
    Subject {
        patient_id: text("patientid").or_else(|| text("MRN")).and_then(words),
        age: ages
            .iter()
            .find_map(|(path, unit)| stated::age(text(path)?, unit)),
        sex: text("sex").and_then(stated::sex),
        name: stated::name(&parts),
        birth_date: text("age/dateofbirth").and_then(stated::iso_date),
        height: measure("height/cm", "height/inch", 2.54),
        weight: measure("weight/kg", "weight/lb", 0.453_592_37),
        race: text("race").and_then(words),
    }
}

/// The machine and the institution.
pub(super) fn device(root: Element<'_>) -> Device {
    let Some(acquisition) = root.find("dataacquisition") else {
        return Device::default();
    };
    let machine = acquisition.find("machine");
    let attribute = |name: &str| machine.and_then(|machine| machine.attribute(name));
    let described = attribute("detaildescription").and_then(words);
    Device {
        manufacturer: described
            .as_deref()
            .and_then(|text| text.split(':').next())
            .filter(|text| text.starts_with("Philips"))
            .map(str::to_string),
        model: machine.and_then(|machine| words(machine.text())),
        serial: attribute("machineid").and_then(words),
        software: described,
        institution: acquisition
            .text_at("acquirer/institutionname")
            .and_then(words),
    }
}
