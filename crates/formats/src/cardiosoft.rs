//! GE CardioSoft XML: root element `CardiologyXML`, samples as numbers parted by commas.
//!
//! From the elements of the format as its files name them: `StripData` is the printed strip, one
//! `WaveformData` a lead; `FullDisclosure` the whole recording, line after line one second of one
//! lead in the order of `LeadOrder`. `Resolution` is in µV a bit (`uVperLsb`). The strip is read,
//! the whole recording where there is no strip; median beats and vector loops are passed over.

mod facts;

use crate::finding::{channel, check_signals, finding};
use crate::xml::{Document, Element};
use crate::{ReadErrorKind, ReadOptions, Unit, samples, stated};
use coronet_ecg::{Ecg, Finding, Hertz, Signal};

/// How the format is called.
pub(crate) const NAME: &str = "GE CardioSoft XML";

/// Reads the strip, else the full disclosure.
///
/// Findings: `unit-not-stated`, `lengths-differ`, `lead-repeated`.
pub(crate) fn read(document: &Document, options: &ReadOptions) -> Result<Vec<Ecg>, ReadErrorKind> {
    let root = document.root();
    let mut findings = Vec::new();
    let strip = root.find("StripData");
    let strip = strip.filter(|strip| strip.find("WaveformData").is_some());
    let (source, mut signals) = match (strip, root.find("FullDisclosure")) {
        (Some(strip), _) => (strip, strip_signals(strip, options, &mut findings)?),
        (None, Some(full)) => (full, full_signals(full, options, &mut findings)?),
        (None, None) => return Err(root.absent("StripData", "samples of leads")),
    };
    check_signals(&mut signals, &source.path(), options, &mut findings)?;
    Ok(vec![Ecg {
        rate: rate(source)?,
        signals,
        start: facts::start(root),
        subject: facts::subject(root),
        device: facts::device(root),
        findings,
    }])
}

fn rate(source: Element<'_>) -> Result<Hertz, ReadErrorKind> {
    let found = source
        .find("SampleRate")
        .ok_or_else(|| source.absent("SampleRate", "a number of hertz"))?;
    let unit = found.attribute("units").unwrap_or("Hz");
    if !unit.eq_ignore_ascii_case("hz") {
        return Err(found.wrong("units Hz", unit));
    }
    let rate = stated::number(found.text()).and_then(Hertz::new);
    rate.ok_or_else(|| found.wrong("a positive number of hertz", found.text()))
}

/// Millivolts a bit.
fn resolution(
    source: Element<'_>,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<f64, ReadErrorKind> {
    let found = source
        .find("Resolution")
        .ok_or_else(|| source.absent("Resolution", "a number of microvolts a bit"))?;
    let value = stated::measured(found.text())
        .ok_or_else(|| found.wrong("a positive number", found.text()))?;
    let units = found.attribute("units").unwrap_or_default();
    let unit = units.to_ascii_lowercase();
    let unit = match unit.strip_suffix("perlsb") {
        Some(unit) => Unit::parse(unit).ok_or_else(|| found.wrong("units uVperLsb", units))?,
        None if units.is_empty() => {
            if options.unit.is_none() {
                let message = "no units of Resolution, taken as µV a bit";
                findings.push(finding("unit-not-stated", message));
            }
            options.unit.unwrap_or(Unit::Microvolt)
        }
        None => return Err(found.wrong("units uVperLsb", units)),
    };
    Ok(unit.to_millivolts(value))
}

fn strip_signals(
    strip: Element<'_>,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Signal>, ReadErrorKind> {
    let resolution = resolution(strip, options, findings)?;
    let count = strip.text_at("ChannelSampleCountTotal");
    let signal = |data: Element<'_>| {
        let lead = data
            .attribute("lead")
            .ok_or_else(|| data.wrong("an attribute `lead`", "none"))?;
        let values = values(data)?;
        if let Some(count) = count
            && count != values.len().to_string()
        {
            let expected = format!("{count} samples by ChannelSampleCountTotal");
            return Err(data.wrong(&expected, &values.len().to_string()));
        }
        Ok(Signal {
            channel: channel(lead),
            millivolts: values.iter().map(|value| value * resolution).collect(),
        })
    };
    strip.all("WaveformData").map(signal).collect()
}

fn values(data: Element<'_>) -> Result<Vec<f64>, ReadErrorKind> {
    samples::numbers(data.text(), &[',']).map_err(|got| data.wrong("a number", &got))
}

/// Blocks of one second, lead after lead.
fn full_signals(
    full: Element<'_>,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Signal>, ReadErrorKind> {
    let resolution = resolution(full, options, findings)?;
    let rate = rate(full)?.get();
    let order = full
        .text_at("LeadOrder")
        .ok_or_else(|| full.absent("LeadOrder", "names of leads"))?;
    let data = full
        .find("FullDisclosureData")
        .ok_or_else(|| full.absent("FullDisclosureData", "samples"))?;
    let values = values(data)?;
    let leads: Vec<&str> = order.split(',').map(str::trim).collect();
    let count = leads.len();
    let whole = rate.fract() == 0.0 && rate <= values.len() as f64;
    let block = if whole { rate as usize } else { 0 };
    let round = count * block;
    if round == 0 || !values.len().is_multiple_of(round) {
        let expected = format!("whole seconds of {count} leads at {rate} Hz");
        return Err(data.wrong(&expected, &format!("{} samples", values.len())));
    }
    let signal = |(index, lead): (usize, &&str)| Signal {
        channel: channel(lead),
        millivolts: values
            .chunks_exact(round)
            .flat_map(|second| &second[index * block..(index + 1) * block])
            .map(|value| value * resolution)
            .collect(),
    };
    Ok(leads.iter().enumerate().map(signal).collect())
}
