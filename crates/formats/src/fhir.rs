//! HL7 FHIR Observations with SampledData, as JSON, XML or NDJSON (R4 and R5).
//!
//! After the definition of SampledData: a measured value is origin + factor × point, in the unit
//! of the origin; points lie `period` milliseconds apart (R4), or `interval` times `intervalUnit`
//! (R5); `dimensions` points stand at each time; `E`, `U` and `L` are an error, above and below
//! what can be measured. One component is one lead, named by an MDC code. A Bundle gives the
//! Observations in it; patients and devices are followed within the document only.

mod document;
mod facts;
mod markup;
mod resource;
mod writer;

pub use writer::{Version, WriteOptions, write};

use crate::finding::{channel, check_signals, finding, in_unit, left_out, name, not_a_voltage};
use crate::head::Head;
use crate::{ReadErrorKind, ReadOptions, Unit, lead_code, start, stated, xml};
use coronet_ecg::{Channel, Ecg, Finding, Hertz, Lead, Signal};
use document::{Document, Named};
use resource::{CodeableConcept, Coding, Resource, SampledData};

/// How the format is called.
pub(crate) const NAME: &str = "FHIR Observation";

/// Most bytes of a document.
const MOST_BYTES: usize = 1 << 28;

/// Whether a text begins as a FHIR resource.
pub(crate) fn is_resource(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with('{') && (text.contains("\"resourceType\"") || text.contains("SampledData"))
}

/// Whether a document of XML begins as a FHIR resource that can hold an ECG.
pub(crate) fn is_xml(head: &Head<'_>) -> bool {
    const NAMESPACE: &str = "http://hl7.org/fhir";
    head.has_root("Observation", NAMESPACE) || head.has_root("Bundle", NAMESPACE)
}

/// Reads each Observation that has sampled data: of a resource, of a Bundle, or of one resource a
/// line (NDJSON, as bulk exports have it).
///
/// An Observation or a line that cannot be read is named and left out, the others are read.
///
/// Findings: `unit-not-stated`, `not-a-voltage`, `observations-left-out`, `parts-left-out`,
/// `invalid-samples`, `lead-contradicted`, `lengths-differ`, `lead-repeated`,
/// `time-of-day-not-stated`.
pub(crate) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Vec<Ecg>, ReadErrorKind> {
    if bytes.len() > MOST_BYTES {
        return Err(ReadErrorKind::TooLarge {
            expected: MOST_BYTES as u64,
            got: bytes.len() as u64,
        });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let document = match document::of_json(bytes) {
        Ok(document) => document,
        Err(error) => document::of_lines(bytes).ok_or(error)?,
    };
    ecgs(&document, options)
}

/// The same of a document of XML.
pub(crate) fn read_xml(
    document: &xml::Document,
    options: &ReadOptions,
) -> Result<Vec<Ecg>, ReadErrorKind> {
    ecgs(&markup::document(document.root())?, options)
}

fn ecgs(document: &Document, options: &ReadOptions) -> Result<Vec<Ecg>, ReadErrorKind> {
    let all = &document.resources;
    let sampled = all.iter().map(|named| &named.resource).enumerate();
    let sampled = sampled
        .filter(|(_, resource)| resource.resource_type == "Observation" && resource.has_samples());
    let (voltages, others): (Vec<_>, Vec<_>) =
        sampled.partition(|(_, observation)| may_be_ecg(observation));
    let mut ecgs = Vec::new();
    let mut faulty = Vec::new();
    for (at, observation) in voltages {
        match ecg(observation, all, options) {
            Ok(ecg) => ecgs.push(ecg),
            Err(error) => faulty.push((observation.called(at), error)),
        }
    }
    let mut findings: Vec<Finding> = left_out("Observations", &faulty)
        .into_iter()
        .chain(left_out("resources", &document.faulty))
        .collect();
    if ecgs.is_empty() {
        if let Some((_, error)) = faulty.into_iter().next() {
            return Err(error);
        }
        let expected = "an Observation with valueSampledData of voltages, or a Bundle with one";
        let got = document.kind.as_str();
        return Err(match findings.pop() {
            Some(finding) => wrong("resourceType", expected, &finding.message),
            None => wrong("resourceType", expected, got),
        });
    }
    if !others.is_empty() {
        let count = others.len();
        let message = format!("{count} Observations are of no voltage and not read");
        findings.push(finding("observations-left-out", message));
    }
    for ecg in &mut ecgs {
        ecg.findings.extend(findings.clone());
    }
    Ok(ecgs)
}

fn wrong(element: &str, expected: &str, got: &str) -> ReadErrorKind {
    ReadErrorKind::Element {
        element: element.to_string(),
        expected: expected.to_string(),
        got: got.chars().take(60).collect(),
    }
}

fn ecg(observation: &Resource, all: &[Named], options: &ReadOptions) -> Result<Ecg, ReadErrorKind> {
    let mut findings = Vec::new();
    let mut signals = Vec::new();
    let mut rate = None;
    for (element, code, data) in observation.samples() {
        let own = interval(&element, data)?;
        if *rate.get_or_insert(own) != own {
            let expected = "one interval for all components";
            return Err(wrong(&element, expected, &format!("{} Hz", own.get())));
        }
        signals.extend(read_samples(&element, code, data, options, &mut findings)?);
    }
    check_signals(
        &mut signals,
        "Observation.component",
        options,
        &mut findings,
    )?;
    let rate = rate.ok_or_else(|| wrong("Observation.component", "sampled data", "none"))?;
    if observation
        .effective()
        .is_some_and(|text| !text.contains('T'))
    {
        findings.push(start::date_alone("the observation"));
    }
    Ok(Ecg {
        rate,
        signals,
        start: observation.start(),
        subject: facts::subject(observation, all),
        device: facts::device(observation, all),
        findings,
    })
}

/// The rate by the interval between samples.
fn interval(element: &str, data: &SampledData) -> Result<Hertz, ReadErrorKind> {
    let seconds = match (data.period, data.interval) {
        (Some(period), _) => period / 1000.0,
        (None, Some(interval)) => {
            let unit = data.interval_unit.as_deref().unwrap_or_default();
            let scale = match unit {
                "s" => 1.0,
                "ms" => 1e-3,
                "us" => 1e-6,
                _ => {
                    let element = format!("{element}.intervalUnit");
                    return Err(wrong(&element, "s, ms or us", unit));
                }
            };
            interval * scale
        }
        (None, None) => {
            return Err(wrong(element, "period or interval", "nothing"));
        }
    };
    stated::rate(seconds).ok_or_else(|| wrong(element, "a positive interval", &seconds.to_string()))
}

/// The signals of one list of points, one a dimension, in millivolts.
fn read_samples(
    element: &str,
    code: &CodeableConcept,
    data: &SampledData,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Signal>, ReadErrorKind> {
    let channel = lead(code, findings);
    let name = name(&channel).to_string();
    let (channel, unit) = in_its_unit(element, channel, data, options, findings)?;
    let factor = data.factor.unwrap_or(1.0);
    let origin = data.origin.value.unwrap_or(0.0);
    let mut values = Vec::with_capacity(data.data.len() / 4);
    let mut invalid = 0_usize;
    for word in data.data.split_ascii_whitespace() {
        let value = match word {
            "E" | "U" | "L" => {
                invalid += 1;
                f64::NAN
            }
            _ => {
                let expected = "decimals, E, U or L";
                let number = stated::number(word);
                number.ok_or_else(|| wrong(&format!("{element}.data"), expected, word))?
            }
        };
        values.push(unit.to_millivolts(origin + factor * value));
    }
    if invalid > 0 {
        let message = format!("{name}: {invalid} samples marked E, U or L");
        findings.push(finding("invalid-samples", message));
    }
    let dimensions = data.dimensions.unwrap_or(1);
    if dimensions == 0 || !(values.len() as u64).is_multiple_of(dimensions) {
        let element = format!("{element}.dimensions");
        let expected = format!("a divisor of {} points", values.len());
        return Err(wrong(&element, &expected, &dimensions.to_string()));
    }
    if dimensions == 1 {
        let millivolts = values;
        return Ok(vec![Signal {
            channel,
            millivolts,
        }]);
    }
    Ok(apart(&channel, &values, dimensions as usize))
}

/// Points of several dimensions taken apart.
fn apart(channel: &Channel, values: &[f64], dimensions: usize) -> Vec<Signal> {
    let numbered = |dimension: usize| {
        let name = format!("{} {}", channel.name(), dimension + 1);
        match channel {
            Channel::Quantity { unit, .. } => in_unit(Channel::Other(name), Some(unit)),
            Channel::Lead(_) | Channel::Other(_) => Channel::Other(name),
        }
    };
    (0..dimensions.min(values.len()))
        .map(|dimension| Signal {
            channel: numbered(dimension),
            millivolts: values
                .iter()
                .skip(dimension)
                .step_by(dimensions)
                .copied()
                .collect(),
        })
        .collect()
}

/// The unit that an origin states, in words.
fn unit_in_words(data: &SampledData) -> Option<&str> {
    data.origin.code.as_deref().or(data.origin.unit.as_deref())
}

/// The unit of voltage of the origin.
fn voltage(data: &SampledData) -> Option<Unit> {
    let words = [data.origin.code.as_deref(), data.origin.unit.as_deref()];
    words.into_iter().flatten().find_map(Unit::parse)
}

/// A channel with the unit of its origin: microvolts with a finding where it states none; a
/// quantity of its own where that is no voltage, unless it is a lead.
fn in_its_unit(
    element: &str,
    channel: Channel,
    data: &SampledData,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<(Channel, Unit), ReadErrorKind> {
    match (voltage(data), unit_in_words(data), &channel) {
        (Some(unit), _, _) => Ok((channel, unit)),
        (None, Some(text), Channel::Lead(_)) => {
            let element = format!("{element}.origin.unit");
            Err(wrong(&element, "a unit of voltage", text))
        }
        (None, Some(text), _) => {
            findings.push(not_a_voltage(channel.name(), text));
            Ok((in_unit(channel, Some(text)), Unit::Millivolt))
        }
        (None, None, _) => {
            if options.unit.is_none() {
                let message = format!("{}: no unit of origin, taken as µV", channel.name());
                findings.push(finding("unit-not-stated", message));
            }
            Ok((channel, options.unit.unwrap_or(Unit::Microvolt)))
        }
    }
}

/// Whether any of the samples is a lead, a voltage, or in no stated unit.
fn may_be_ecg(observation: &Resource) -> bool {
    observation.samples().any(|(_, code, data)| {
        matches!(lead(code, &mut Vec::new()), Channel::Lead(_))
            || voltage(data).is_some()
            || unit_in_words(data).is_none()
    })
}

/// The channel of a coded concept: by a number of MDC or SCP-ECG, else by its words. Words that
/// name another lead than the number are a finding; the number counts.
fn lead(concept: &CodeableConcept, findings: &mut Vec<Finding>) -> Channel {
    let codings = concept.coding.iter();
    let words = codings
        .clone()
        .flat_map(|coding| [coding.display.as_deref(), coding.code.as_deref()])
        .chain([concept.text.as_deref()])
        .flatten();
    let named = words
        .clone()
        .find_map(|word| Some((word, Lead::parse(word)?)));
    let Some(number) = codings.clone().find_map(lead_number) else {
        let text = concept.text.as_deref().or(words.into_iter().next());
        return match named {
            Some((_, lead)) => Channel::Lead(lead),
            None => channel(text.unwrap_or("signal")),
        };
    };
    let numeric = lead_code::channel(number);
    if let Some((word, lead)) = named
        && numeric != Channel::Lead(lead)
    {
        let name = name(&numeric);
        let message = format!("the code {number} says {name}, its words `{word}`; the code counts");
        findings.push(finding("lead-contradicted", message));
    }
    numeric
}

/// Code systems of ISO 11073-10101 (MDC).
const MDC: [&str; 2] = [
    "urn:oid:2.16.840.1.113883.6.24",
    "urn:iso:std:iso:11073:10101",
];

/// Numbers that are MDC codes of leads whatever the system: 131072 and the 511 after it.
const MDC_LEADS: std::ops::Range<u32> = 131_072..131_584;

/// The number of a lead, if it is one of MDC or of SCP-ECG (`5.6.3-9-1`, or a system of that
/// name); a code that says no more than that a lead follows is none.
fn lead_number(coding: &Coding) -> Option<u32> {
    let code = coding.code.as_deref()?;
    let scp = code.strip_prefix("5.6.3-9-");
    let number = scp.unwrap_or(code).parse().ok()?;
    let system = coding.system.as_deref().unwrap_or_default();
    let system = system.trim_end_matches('/').to_ascii_lowercase();
    let by_system = MDC.contains(&system.as_str()) || system.replace('-', "").contains("scpecg");
    let is_lead = MDC_LEADS.contains(&number) || scp.is_some() || (by_system && number < 256);
    (is_lead && !lead_code::is_unspecified(number)).then_some(number)
}
