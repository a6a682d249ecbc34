//! Philips XML 1.03, 1.04 and 1.04.01: root element `restingecgdata`, document types `SierraECG`
//! and `PhilipsECG`.
//!
//! After the element names of the Philips ECG XML schema. `parsedwaveforms` holds all leads as
//! Base64 of 16-bit numbers, plain or compressed ([`xli`]); their resolution is in µV a bit. The
//! calibration pulse at the end of eleven-second recordings is cut.

mod facts;
mod lzw;
mod xli;

use crate::finding::{channel, check_signals, departure, finding};
use crate::xml::{Document, Element};
use crate::{ReadErrorKind, ReadOptions, calibration, samples, stated};
use coronet_ecg::{Ecg, Finding, Hertz, Signal};

/// How the format is called.
pub(crate) const NAME: &str = "Philips XML";

/// Namespace of the root element.
pub(crate) const NAMESPACE: &str = "http://www3.medical.philips.com";

/// Most leads of a document.
const MOST_LEADS: usize = 64;

/// Reads the parsed waveforms of a document.
///
/// Findings: `version-not-known` (lenient mode), `lead-names-by-acquisition`, `calibration-cut`,
/// `lengths-differ`, `lead-repeated`.
pub(crate) fn read(document: &Document, options: &ReadOptions) -> Result<Vec<Ecg>, ReadErrorKind> {
    let root = document.root();
    let mut findings = Vec::new();
    check_document(root, options, &mut findings)?;
    let waveforms = root
        .find("waveforms/parsedwaveforms")
        .ok_or_else(|| root.absent("waveforms/parsedwaveforms", "the samples of all leads"))?;
    let characteristics = root
        .find("dataacquisition/signalcharacteristics")
        .ok_or_else(|| root.absent("dataacquisition/signalcharacteristics", "the signals"))?;
    let source = Source {
        waveforms,
        characteristics,
    };
    let rate = source.rate()?;
    let bit = source.number("resolution", &["signalresolution", "resolution"])? / 1000.0;
    let names = source.names(&mut findings)?;
    let digital = source.digital(&names, rate, options, &mut findings)?;
    let mut signals: Vec<Signal> = names
        .iter()
        .zip(digital)
        .map(|(name, lead)| Signal {
            channel: channel(name),
            millivolts: lead
                .into_iter()
                .map(|sample| f64::from(sample) * bit)
                .collect(),
        })
        .collect();
    check_signals(&mut signals, &waveforms.path(), options, &mut findings)?;
    calibration::cut(&mut signals, rate.get(), &mut findings);
    Ok(vec![Ecg {
        rate,
        signals,
        start: facts::start(root),
        subject: facts::subject(root),
        device: facts::device(root),
        findings,
    }])
}

/// Type and version of the document.
fn check_document(
    root: Element<'_>,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<(), ReadErrorKind> {
    let known: [(&str, &[&str], &str); 2] = [
        (
            "documenttype",
            &["SierraECG", "PhilipsECG"],
            "SierraECG or PhilipsECG",
        ),
        (
            "documentversion",
            &["1.03", "1.04", "1.04.01"],
            "1.03, 1.04 or 1.04.01",
        ),
    ];
    let information = root
        .find("documentinfo")
        .ok_or_else(|| root.absent("documentinfo", "type and version"))?;
    for (name, values, expected) in known {
        let found = information
            .find(name)
            .ok_or_else(|| information.absent(name, expected))?;
        if !values.contains(&found.text()) {
            let error = found.wrong(expected, found.text());
            departure("version-not-known", error, options, findings)?;
        }
    }
    Ok(())
}

/// The two elements that describe the samples; the older version states less in the first.
struct Source<'d> {
    waveforms: Element<'d>,
    characteristics: Element<'d>,
}

impl Source<'_> {
    /// A positive number by an attribute of the samples, else by an element of the signals.
    fn number(&self, attribute: &str, elements: &[&str]) -> Result<f64, ReadErrorKind> {
        let expected = "a positive number";
        if let Some(text) = self.waveforms.attribute(attribute) {
            let wrong = || {
                self.waveforms
                    .wrong(&format!("{attribute} as {expected}"), text)
            };
            return stated::measured(text).ok_or_else(wrong);
        }
        let found = elements
            .iter()
            .find_map(|name| self.characteristics.find(name));
        let found = found.ok_or_else(|| self.characteristics.absent(elements[0], expected))?;
        stated::measured(found.text()).ok_or_else(|| found.wrong(expected, found.text()))
    }

    fn rate(&self) -> Result<Hertz, ReadErrorKind> {
        let rate = self.number("samplespersecond", &["samplingrate"])?;
        Hertz::new(rate).ok_or_else(|| self.waveforms.wrong("a rate", &rate.to_string()))
    }

    /// Names of the leads in order: as labelled, else those of the acquisition type.
    fn names(&self, findings: &mut Vec<Finding>) -> Result<Vec<String>, ReadErrorKind> {
        if let Some(labels) = self.waveforms.attribute("leadlabels") {
            let count = self.number("numberofleads", &["numberchannelsvalid"])? as usize;
            let labels: Vec<String> = labels.split_whitespace().map(str::to_string).collect();
            if count > MOST_LEADS {
                let expected = format!("at most {MOST_LEADS} leads");
                return Err(self.waveforms.wrong(&expected, &count.to_string()));
            }
            if labels.len() < count {
                let got = format!("{} labels", labels.len());
                return Err(self
                    .waveforms
                    .wrong(&format!("labels of {count} leads"), &got));
            }
            return Ok(labels.into_iter().take(count).collect());
        }
        let kind = self
            .characteristics
            .text_at("acquisitiontype")
            .unwrap_or_default();
        let expected = "acquisition type STD-12 or 10-WIRE, where leads have no labels";
        if !["STD-12", "10-WIRE"].contains(&kind) {
            return Err(self.characteristics.wrong(expected, kind));
        }
        let count = self.number("numberofleads", &["numberchannelsallocated"])? as usize;
        if count != coronet_ecg::Lead::ALL.len() {
            let error = self
                .characteristics
                .wrong("12 channels", &count.to_string());
            return Err(error);
        }
        let message = format!("leads have no labels; order of acquisition type {kind}");
        findings.push(finding("lead-names-by-acquisition", message));
        let names = coronet_ecg::Lead::ALL.iter();
        Ok(names.map(|lead| lead.name().to_string()).collect())
    }

    /// Samples of each lead.
    fn digital(
        &self,
        names: &[String],
        rate: Hertz,
        options: &ReadOptions,
        findings: &mut Vec<Finding>,
    ) -> Result<Vec<Vec<i16>>, ReadErrorKind> {
        self.check_numbers()?;
        let waveforms = self.waveforms;
        let bytes =
            samples::base64(waveforms.text()).map_err(|got| waveforms.wrong("Base64", &got))?;
        let milliseconds = self.number("durationperchannel", &["duration"])?;
        let expected = (milliseconds * rate.get() / 1000.0) as usize;
        let compression = ["compressmethod", "compression"];
        let compression = compression
            .iter()
            .find_map(|name| waveforms.attribute(name));
        let decoded = match compression {
            Some("XLI") => xli::decode(&bytes, names),
            None | Some("" | "None" | "Uncompressed") => Ok(plain(&bytes, names.len())),
            Some(other) => return Err(waveforms.wrong("compression XLI or none", other)),
        };
        let decoded = decoded.map_err(|got| waveforms.wrong("XLI compressed leads", &got))?;
        if let Some(lead) = decoded.iter().find(|lead| lead.len() != expected) {
            let error = waveforms.wrong(
                &format!("{expected} samples a lead by durationperchannel"),
                &lead.len().to_string(),
            );
            departure("duration-mismatch", error, options, findings)?;
        }
        Ok(decoded)
    }

    /// What the samples are made of; nothing else has been seen.
    fn check_numbers(&self) -> Result<(), ReadErrorKind> {
        let encoding = self.waveforms.attribute("dataencoding").unwrap_or_default();
        if !encoding.eq_ignore_ascii_case("base64") {
            return Err(self.waveforms.wrong("data encoding Base64", encoding));
        }
        for (attribute, element, value) in [
            ("bitspersample", "bitspersample", "16"),
            ("signaloffset", "signaloffset", "0"),
            ("signalsigned", "signalsigned", "True"),
        ] {
            let stated = self.waveforms.attribute(attribute);
            let stated = stated.or_else(|| self.characteristics.text_at(element));
            if let Some(got) = stated.filter(|got| !got.eq_ignore_ascii_case(value)) {
                return Err(self.waveforms.wrong(&format!("{attribute} {value}"), got));
            }
        }
        Ok(())
    }
}

/// Leads one after the other.
fn plain(bytes: &[u8], leads: usize) -> Vec<Vec<i16>> {
    let all: Vec<i16> = samples::little_endian_16(bytes).collect();
    let each = all.len() / leads.max(1);
    all.chunks_exact(each.max(1))
        .take(leads)
        .map(<[i16]>::to_vec)
        .collect()
}
