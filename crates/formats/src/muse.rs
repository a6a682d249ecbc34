//! GE MUSE XML: root element `RestingECG`, samples as Base64 of 16-bit numbers.
//!
//! From the elements of the format as its files name them: a `Waveform` of type `Rhythm` has
//! `SampleBase` · 10^`SampleExponent` hertz and one `LeadData` a stored lead, whose sample times
//! `LeadAmplitudeUnitsPerBit` is in `LeadAmplitudeUnits`. Median beats are passed over. Files of
//! eight leads leave III, aVR, aVL and aVF to [`coronet_ecg::Ecg::standard_leads`].

mod facts;

use crate::finding::{channel, check_signals, departure, finding};
use crate::xml::{Document, Element};
use crate::{ReadErrorKind, ReadOptions, Unit, samples, stated};
use coronet_ecg::{Ecg, Finding, Hertz, Signal};

/// How the format is called.
pub(crate) const NAME: &str = "GE MUSE XML";

/// Reads each rhythm waveform.
///
/// Findings: `unit-not-stated`, `checksum-mismatch`, `lead-off`, `offset-not-applied`, `lengths-differ`,
/// `lead-repeated`, `time-not-understood`.
pub(crate) fn read(document: &Document, options: &ReadOptions) -> Result<Vec<Ecg>, ReadErrorKind> {
    let root = document.root();
    let rhythms: Vec<Element<'_>> = root
        .all("Waveform")
        .filter(|waveform| {
            let kind = waveform.text_at("WaveformType").unwrap_or_default();
            kind.eq_ignore_ascii_case("rhythm")
        })
        .collect();
    if rhythms.is_empty() {
        return Err(root.absent("Waveform", "a waveform of type Rhythm"));
    }
    rhythms
        .into_iter()
        .map(|waveform| ecg(root, waveform, options))
        .collect()
}

fn ecg(
    root: Element<'_>,
    waveform: Element<'_>,
    options: &ReadOptions,
) -> Result<Ecg, ReadErrorKind> {
    let mut findings = Vec::new();
    let rate = rate(waveform)?;
    let mut signals = waveform
        .all("LeadData")
        .map(|lead| signal(lead, options, &mut findings))
        .collect::<Result<Vec<Signal>, ReadErrorKind>>()?;
    check_signals(&mut signals, &waveform.path(), options, &mut findings)?;
    Ok(Ecg {
        rate,
        signals,
        start: facts::start(root, &mut findings),
        subject: facts::subject(root, &mut findings),
        device: facts::device(root),
        findings,
    })
}

fn rate(waveform: Element<'_>) -> Result<Hertz, ReadErrorKind> {
    let base = number(waveform, "SampleBase", "a number of hertz")?;
    let exponent = match waveform.find("SampleExponent") {
        Some(_) => number(waveform, "SampleExponent", "an exponent of ten")?,
        None => 0.0,
    };
    let value = base * 10_f64.powi(exponent as i32);
    Hertz::new(value).ok_or_else(|| waveform.wrong("a positive rate", &value.to_string()))
}

/// The number at a path below an element.
fn number(element: Element<'_>, path: &str, expected: &str) -> Result<f64, ReadErrorKind> {
    let found = element
        .find(path)
        .ok_or_else(|| element.absent(path, expected))?;
    stated::number(found.text()).ok_or_else(|| found.wrong(expected, found.text()))
}

fn signal(
    lead: Element<'_>,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Signal, ReadErrorKind> {
    let name = lead
        .text_at("LeadID")
        .ok_or_else(|| lead.absent("LeadID", "the name of a lead"))?;
    let per_bit = number(lead, "LeadAmplitudeUnitsPerBit", "a number")?;
    let unit = unit(lead, name, options, findings)?;
    let bytes = bytes(lead)?;
    verify(lead, name, &bytes, options, findings)?;
    let millivolts = samples::little_endian_16(&bytes)
        .map(|sample| unit.to_millivolts(f64::from(sample) * per_bit))
        .collect();
    Ok(Signal {
        channel: channel(name),
        millivolts,
    })
}

fn unit(
    lead: Element<'_>,
    name: &str,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Unit, ReadErrorKind> {
    if let Some(found) = lead.find("LeadAmplitudeUnits")
        && !found.text().is_empty()
    {
        return Unit::parse(found.text())
            .ok_or_else(|| found.wrong("a unit of voltage", found.text()));
    }
    if options.unit.is_none() {
        let message = format!("{name}: no LeadAmplitudeUnits, taken as µV");
        findings.push(finding("unit-not-stated", message));
    }
    Ok(options.unit.unwrap_or(Unit::Microvolt))
}

/// The bytes of a lead, as many as its counts say.
fn bytes(lead: Element<'_>) -> Result<Vec<u8>, ReadErrorKind> {
    if let Some(size) = lead.find("LeadSampleSize")
        && size.text() != "2"
    {
        return Err(size.wrong("2 bytes a sample", size.text()));
    }
    let data = lead
        .find("WaveFormData")
        .ok_or_else(|| lead.absent("WaveFormData", "samples"))?;
    let bytes = samples::base64(data.text()).map_err(|got| data.wrong("Base64", &got))?;
    let counts = [("LeadSampleCountTotal", 2.0), ("LeadByteCountTotal", 1.0)];
    for (path, width) in counts {
        if lead.find(path).is_some() {
            let stated = number(lead, path, "a count")? * width;
            if stated != bytes.len() as f64 {
                let expected = format!("{stated} bytes by {path}");
                return Err(data.wrong(&expected, &format!("{} bytes", bytes.len())));
            }
        }
    }
    Ok(bytes)
}

/// What the lead says of its own samples: checksum, contact, place in time.
fn verify(
    lead: Element<'_>,
    name: &str,
    bytes: &[u8],
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<(), ReadErrorKind> {
    if let Some(stated) = lead.text_at("LeadDataCRC32")
        && let Ok(stated) = stated.parse::<u32>()
    {
        let computed = crc32fast::hash(bytes);
        if stated != computed {
            let expected = format!("the checksum {computed} of the samples of {name}");
            let error = lead.wrong(&expected, &stated.to_string());
            departure("checksum-mismatch", error, options, findings)?;
        }
    }
    if lead
        .text_at("LeadOff")
        .is_some_and(|off| off.eq_ignore_ascii_case("true"))
    {
        findings.push(finding(
            "lead-off",
            format!("{name}: the device says it was off"),
        ));
    }
    for path in [
        "LeadTimeOffset",
        "LeadOffsetFirstSample",
        "FirstSampleBaseline",
    ] {
        if let Some(value) = lead.text_at(path)
            && stated::number(value) != Some(0.0)
        {
            let message = format!("{name}: {path} is {value} and was not applied");
            findings.push(finding("offset-not-applied", message));
        }
    }
    Ok(())
}
