//! Subject and device of an annotated ECG.

use crate::stated::{self, words};
use crate::xml::Element;
use coronet_ecg::{Device, Subject};

/// The code of LOINC for a reported age.
const REPORTED_AGE: &str = "21612-7";

/// The trial subject with its demographics, and a reported age where one is a control variable.
pub(super) fn subject(root: Element<'_>) -> Subject {
    let path = "componentOf/timepointEvent/componentOf/subjectAssignment/subject/trialSubject";
    let Some(trial) = root.find(path) else {
        return Subject {
            age: age(root),
            ..Subject::default()
        };
    };
    let id = trial.find("id");
    let id = id.and_then(|id| id.attribute("extension").or_else(|| id.attribute("root")));
    let person = trial.find("subjectDemographicPerson");
    let of = |name: &str, attribute: &str| person?.find(name)?.attribute(attribute);
    Subject {
        patient_id: id.and_then(words),
        age: age(root),
        sex: of("administrativeGenderCode", "code").and_then(stated::sex),
        name: person.and_then(|person| name(person.find("name")?)),
        birth_date: of("birthTime", "value").and_then(stated::hl7_date),
        race: of("raceCode", "displayName")
            .or_else(|| of("raceCode", "code"))
            .and_then(words),
        ..Subject::default()
    }
}

/// A name as text, or its parts in order.
fn name(element: Element<'_>) -> Option<String> {
    let parts: Vec<Option<&str>> = std::iter::once(element)
        .chain(element.children())
        .map(|part| Some(part.text()))
        .collect();
    stated::name(&parts)
}

fn age(root: Element<'_>) -> Option<f64> {
    root.all("controlVariable")
        .flat_map(|variable| variable.all("relatedObservation"))
        .filter(|observation| {
            let code = observation
                .find("code")
                .and_then(|code| code.attribute("code"));
            code == Some(REPORTED_AGE)
        })
        .find_map(|observation| {
            let value = observation.find("value")?;
            stated::age(
                value.attribute("value")?,
                value.attribute("unit").unwrap_or_default(),
            )
        })
}

/// The device of a series, and the site of the trial.
pub(super) fn device(root: Element<'_>, series: Element<'_>) -> Device {
    let author = series.find("author/seriesAuthor");
    let text = |path: &str| {
        author
            .and_then(|author| author.text_at(path))
            .and_then(words)
    };
    let id = author.and_then(|author| {
        let id = author
            .find("id")
            .or_else(|| author.find("manufacturedSeriesDevice/id"));
        id?.attribute("extension")
    });
    let site = "componentOf/timepointEvent/componentOf/subjectAssignment/componentOf/clinicalTrial/location/trialSite/location/name";
    Device {
        manufacturer: text("manufacturerOrganization/name"),
        model: text("manufacturedSeriesDevice/manufacturerModelName"),
        serial: id.and_then(words),
        software: text("manufacturedSeriesDevice/softwareName"),
        institution: root.text_at(site).and_then(words),
    }
}
