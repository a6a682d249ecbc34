//! Schiller XML: root element `…schillerEDI.SchillerEDI`, samples as numbers parted by commas.
//!
//! From the elements of the format as its files name them: `eventdata/event/wavedata` of type
//! `ECG_RHYTHMS` has a sampling rate, a unit a bit, and one `channel` a lead. Averages are passed
//! over.

use crate::finding::{channel, check_signals, finding};
use crate::stated::{self, words};
use crate::xml::{Document, Element};
use crate::{ReadErrorKind, ReadOptions, Unit, samples};
use coronet_ecg::{Device, Ecg, Finding, Hertz, Signal, Subject};
use jiff::civil::DateTime;

/// How the format is called.
pub(crate) const NAME: &str = "Schiller XML";

/// Reads each rhythm of each event.
///
/// Findings: `unit-not-stated`, `lengths-differ`, `lead-repeated`.
pub(crate) fn read(document: &Document, options: &ReadOptions) -> Result<Vec<Ecg>, ReadErrorKind> {
    let root = document.root();
    let rhythm = |waves: &Element<'_>| waves.text_at("type") == Some("ECG_RHYTHMS");
    let ecgs = root
        .all("eventdata")
        .flat_map(|data| data.all("event"))
        .flat_map(|event| event.all("wavedata"))
        .filter(rhythm)
        .map(|waves| ecg(root, waves, options))
        .collect::<Result<Vec<Ecg>, ReadErrorKind>>()?;
    if ecgs.is_empty() {
        let path = "eventdata/event/wavedata";
        return Err(root.absent(path, "waves of type ECG_RHYTHMS"));
    }
    Ok(ecgs)
}

fn ecg(root: Element<'_>, waves: Element<'_>, options: &ReadOptions) -> Result<Ecg, ReadErrorKind> {
    let mut findings = Vec::new();
    let bit = per_bit(waves, options, &mut findings)?;
    let mut signals = waves
        .all("channel")
        .map(|channel| signal(channel, bit))
        .collect::<Result<Vec<Signal>, ReadErrorKind>>()?;
    check_signals(&mut signals, &waves.path(), options, &mut findings)?;
    Ok(Ecg {
        rate: rate(waves)?,
        signals,
        start: start(root),
        subject: subject(root),
        device: device(root),
        findings,
    })
}

fn rate(waves: Element<'_>) -> Result<Hertz, ReadErrorKind> {
    let path = "resolution/samplerate/value";
    let found = waves
        .find(path)
        .ok_or_else(|| waves.absent(path, "a number of hertz"))?;
    if let Some(exponent) = waves.find("resolution/samplerate/exponent")
        && exponent.text() != "1"
    {
        return Err(exponent.wrong("exponent 1", exponent.text()));
    }
    let rate = stated::number(found.text()).and_then(Hertz::new);
    rate.ok_or_else(|| found.wrong("a positive number of hertz", found.text()))
}

/// Millivolts a bit.
fn per_bit(
    waves: Element<'_>,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<f64, ReadErrorKind> {
    let path = "resolution/yres/unitperbit";
    let found = waves
        .find(path)
        .ok_or_else(|| waves.absent(path, "a unit a bit"))?;
    let value = stated::measured(found.text())
        .ok_or_else(|| found.wrong("a positive number", found.text()))?;
    let unit = match waves.find("resolution/yres/units") {
        Some(units) if !units.text().is_empty() => Unit::parse(units.text())
            .ok_or_else(|| units.wrong("a unit of voltage", units.text()))?,
        _ => {
            if options.unit.is_none() {
                findings.push(finding("unit-not-stated", "no units a bit, taken as µV"));
            }
            options.unit.unwrap_or(Unit::Microvolt)
        }
    };
    Ok(unit.to_millivolts(value))
}

fn signal(lead: Element<'_>, bit: f64) -> Result<Signal, ReadErrorKind> {
    let name = lead
        .text_at("name")
        .ok_or_else(|| lead.absent("name", "the name of a lead"))?;
    if let Some(kind) = lead.find("datastype")
        && kind.text() != "COMMASEPARATE"
    {
        return Err(kind.wrong("COMMASEPARATE", kind.text()));
    }
    let data = lead
        .find("data")
        .ok_or_else(|| lead.absent("data", "samples"))?;
    let values =
        samples::numbers(data.text(), &[',']).map_err(|got| data.wrong("a number", &got))?;
    if let Some(count) = lead.text_at("samplecount")
        && count != values.len().to_string()
    {
        let expected = format!("{count} samples by samplecount");
        return Err(data.wrong(&expected, &values.len().to_string()));
    }
    Ok(Signal {
        channel: channel(name),
        millivolts: values.into_iter().map(|value| value * bit).collect(),
    })
}

/// Start as `YYYYMMDD` and `HHMMSSmmm`.
fn start(root: Element<'_>) -> Option<DateTime> {
    let moment = root.find("examdescript/startdatetime")?;
    let time = moment.text_at("time").unwrap_or_default();
    let (clock, fraction) = time.split_at_checked(6).unwrap_or((time, ""));
    stated::hl7(&format!("{}{clock}.{fraction}", moment.text_at("date")?))
}

fn subject(root: Element<'_>) -> Subject {
    let Some(patient) = root.find("patdata") else {
        return Subject::default();
    };
    let text = |path: &str| patient.text_at(path);
    let measure = |path: &str, unit: &str| {
        let found = patient.find(path)?;
        let same = found.text_at("unit")?.eq_ignore_ascii_case(unit);
        same.then(|| found.text_at("value").and_then(stated::measured))?
    };
    let race = text("ethnic").filter(|race| *race != "ETHNIC_UNDEFINED");
    Subject {
        patient_id: text("id").and_then(words),
        age: None,
        sex: text("gender").and_then(stated::sex),
        name: stated::name(&[text("firstname"), text("lastname")]),
        birth_date: text("birthdate")
            .and_then(|text| stated::hl7_date(text).or_else(|| stated::iso_date(text))),
        height: measure("height", "cm"),
        weight: measure("weight", "kg"),
        race: race.and_then(words),
    }
}

fn device(root: Element<'_>) -> Device {
    let text = |path: &str| {
        let found = root.find("examdescript")?.text_at(path);
        found.and_then(words)
    };
    Device {
        manufacturer: text("aquiringdevice/hardware/vendor"),
        model: text("aquiringdevice/hardware/model"),
        serial: None,
        software: text("aquiringdevice/software/version"),
        institution: text("idu/aquiring_institute/name"),
    }
}
