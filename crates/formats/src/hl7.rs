//! HL7 annotated ECG (aECG): `PORT_MT020001`, namespace `urn:hl7-org:v3`.
//!
//! After the HL7 Version 3 Implementation Guide for the Annotated ECG (2005): a `series` of code
//! `RHYTHM` holds sequence sets; a set holds one sequence of time, whose increment is the sample
//! interval, and one sequence a lead (`SLIST_PQ`: origin + scale × digits). Representative beats
//! (`derivedSeries`) are passed over.

mod facts;

use crate::finding::{channel, check_signals, departure, finding};
use crate::xml::{Document, Element};
use crate::{ReadErrorKind, ReadOptions, Unit, calibration, samples, start, stated};
use coronet_ecg::{Ecg, Finding, Hertz, Lead, Signal};
use jiff::civil::DateTime;

/// How the format is called.
pub(crate) const NAME: &str = "HL7 aECG";

/// Reads each sequence set of each rhythm series.
///
/// Findings: `unit-not-stated`, `calibration-cut`, `lengths-differ`, `lead-repeated`,
/// `time-not-understood`.
pub(crate) fn read(document: &Document, options: &ReadOptions) -> Result<Vec<Ecg>, ReadErrorKind> {
    let root = document.root();
    let series: Vec<Element<'_>> = root
        .all("component")
        .flat_map(|component| component.all("series"))
        .collect();
    let rhythm = |series: &&Element<'_>| match code(**series) {
        Some(code) => code.eq_ignore_ascii_case("RHYTHM"),
        None => true,
    };
    let mut ecgs = Vec::new();
    for series in series.iter().filter(rhythm) {
        for component in series.all("component") {
            for set in component.all("sequenceSet") {
                ecgs.push(ecg(root, *series, set, options)?);
            }
        }
    }
    if ecgs.is_empty() {
        let expected = "a series of code RHYTHM with a sequence set";
        return Err(match series.first() {
            Some(series) => series.wrong(expected, code(*series).unwrap_or("no sequence set")),
            None => root.absent("component/series", expected),
        });
    }
    Ok(ecgs)
}

fn code<'d>(element: Element<'d>) -> Option<&'d str> {
    element.find("code")?.attribute("code")
}

fn ecg(
    root: Element<'_>,
    series: Element<'_>,
    set: Element<'_>,
    options: &ReadOptions,
) -> Result<Ecg, ReadErrorKind> {
    let mut findings = Vec::new();
    let mut signals = Vec::new();
    let mut time = None;
    for component in set.all("component") {
        for sequence in component.all("sequence") {
            let code = code(sequence).unwrap_or_default();
            if code.to_ascii_uppercase().starts_with("TIME_") {
                time = Some(timing(sequence, &mut findings)?);
            } else {
                signals.push(signal(sequence, options, &mut findings)?);
            }
        }
    }
    let expected = "a sequence of TIME_ABSOLUTE or TIME_RELATIVE";
    let (rate, head) = time.ok_or_else(|| set.absent("component/sequence", expected))?;
    check_signals(&mut signals, &set.path(), options, &mut findings)?;
    calibration::cut(&mut signals, rate.get(), &mut findings);
    Ok(Ecg {
        rate,
        signals,
        start: head.or_else(|| start(root, series)),
        subject: facts::subject(root),
        device: facts::device(root, series),
        findings,
    })
}

/// Start of the series by its effective time, else that of the whole document.
fn start(root: Element<'_>, series: Element<'_>) -> Option<DateTime> {
    let time = |element: Element<'_>| {
        let time = element.find("effectiveTime")?;
        ["low", "center"]
            .iter()
            .find_map(|name| time.find(name)?.attribute("value"))
            .or_else(|| time.attribute("value"))
            .and_then(stated::hl7)
    };
    time(series).or_else(|| time(root))
}

/// Rate, and the time of the first sample where it is absolute.
fn timing(
    sequence: Element<'_>,
    findings: &mut Vec<Finding>,
) -> Result<(Hertz, Option<DateTime>), ReadErrorKind> {
    let expected = "the interval between samples";
    let increment = sequence
        .find("value/increment")
        .ok_or_else(|| sequence.absent("value/increment", expected))?;
    let text = increment.attribute("value").unwrap_or_default();
    let unit = increment.attribute("unit").unwrap_or_default();
    let scale = match unit.trim() {
        "s" => 1.0,
        "ms" => 1e-3,
        "us" => 1e-6,
        "" => {
            findings.push(finding("unit-not-stated", "no unit of time, taken as s"));
            1.0
        }
        other => return Err(increment.wrong("unit s, ms or us", other)),
    };
    let rate = stated::number(text).and_then(|step| stated::rate(step * scale));
    let rate = rate.ok_or_else(|| increment.wrong("a positive number", text))?;
    let head = sequence
        .find("value/head")
        .and_then(|head| head.attribute("value"))
        .filter(|_| code(sequence).is_some_and(|code| code.eq_ignore_ascii_case("TIME_ABSOLUTE")));
    let start = head.and_then(stated::hl7);
    if let (Some(text), None) = (head, start) {
        let message =
            format!("time of the first sample `{text}` is not of the form YYYYMMDDHHMMSS");
        findings.push(finding("time-not-understood", message));
    }
    if start.is_some() && head.is_some_and(|text| text.trim().len() == 8) {
        findings.push(start::date_alone("the first sample"));
    }
    Ok((rate, start))
}

fn signal(
    sequence: Element<'_>,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Signal, ReadErrorKind> {
    let coded = sequence.find("code");
    let name = coded
        .and_then(|coded| coded.attribute("code"))
        .unwrap_or_default();
    let channel = match name.parse().ok().and_then(Lead::from_scp_code) {
        Some(lead) => coronet_ecg::Channel::Lead(lead),
        None => channel(name),
    };
    let value = sequence
        .find("value")
        .ok_or_else(|| sequence.absent("value", "a list of samples"))?;
    let digits = value
        .find("digits")
        .ok_or_else(|| value.absent("digits", "samples"))?;
    let (origin, _) = quantity(value, "origin", name, options, findings)?.unwrap_or_default();
    let scale = quantity(value, "scale", name, options, findings)?;
    let is_absent = scale.is_none();
    if is_absent {
        let error = value.absent("scale", "the size of a digit");
        departure("scale-not-stated", error, options, findings)?;
    }
    let unit = options.unit.unwrap_or(Unit::Microvolt);
    let (scale, stated) = scale.unwrap_or((unit.to_millivolts(1.0), false));
    if !stated && options.unit.is_none() {
        let message = match is_absent {
            true => format!("{name}: no scale, a digit taken as 1 µV"),
            false => format!("{name}: no unit of scale, taken as µV"),
        };
        findings.push(finding("unit-not-stated", message));
    }
    let digits =
        samples::numbers(digits.text(), &[]).map_err(|got| digits.wrong("a number", &got))?;
    let millivolts = digits
        .into_iter()
        .map(|digit| origin + digit * scale)
        .collect();
    Ok(Signal {
        channel,
        millivolts,
    })
}

/// A physical quantity in millivolts and whether its unit is stated; without unit it is that of
/// the options, else microvolts.
fn quantity(
    value: Element<'_>,
    name: &str,
    lead: &str,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Option<(f64, bool)>, ReadErrorKind> {
    let Some(element) = value.find(name) else {
        return Ok(None);
    };
    let text = element.attribute("value").unwrap_or_default();
    let number = stated::number(text).ok_or_else(|| element.wrong("a number", text))?;
    let written = element.attribute("unit").unwrap_or_default();
    let unit = match Unit::parse(written) {
        Some(unit) => unit,
        None if written.trim().is_empty() => {
            let unit = options.unit.unwrap_or(Unit::Microvolt);
            return Ok(Some((unit.to_millivolts(number), false)));
        }
        None => {
            let error = element.wrong(&format!("a unit of voltage for {lead}"), written);
            departure("not-a-voltage", error, options, findings)?;
            Unit::Microvolt
        }
    };
    Ok(Some((unit.to_millivolts(number), true)))
}
