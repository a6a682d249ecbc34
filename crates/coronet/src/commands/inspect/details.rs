//! Few ECGs: each in full.

use super::count;
use super::entry::Entry;
use super::facts::{Inspection, LeadFacts, LeadSource};
use super::summary;
use super::text::{self, Align, NONE};
use coronet_ecg::Device;
use coronet_ecg::Sex;
use coronet_ecg::quality::Fault;

/// All entries, an empty line between them.
pub(super) fn render(entries: &[Entry]) -> String {
    let blocks: Vec<String> = entries
        .iter()
        .map(|entry| match entry {
            Entry::Read(inspection) => block(inspection),
            Entry::Refused(refusal) => format!("{}\n  refused: {}\n", refusal.path, refusal.error),
        })
        .collect();
    blocks.join("\n") + &summary::same_signal(entries)
}

fn block(inspection: &Inspection) -> String {
    let mut text = format!("{}\n", inspection.label());
    text += &text::columns(&facts(inspection), &[Align::Left, Align::Left], "  ");
    text.push('\n');
    text += &leads(inspection);
    text + &findings(inspection)
}

fn facts(inspection: &Inspection) -> Vec<Vec<String>> {
    let not_stated = || "not stated".to_owned();
    let mut facts = vec![
        ("verdict", text::verdict(inspection.verdict).to_owned()),
        ("record", inspection.record_id.clone()),
        ("leads", sources(inspection)),
        (
            "sampling rate",
            format!("{} Hz", text::number(inspection.rate_hertz, 6)),
        ),
        (
            "duration",
            format!(
                "{} s, {} samples a lead",
                text::number(inspection.seconds, 3),
                inspection.samples
            ),
        ),
        (
            "start",
            inspection
                .start
                .as_ref()
                .map_or_else(not_stated, |start| start.replace('T', " ")),
        ),
        ("patient", patient(inspection).unwrap_or_else(not_stated)),
        (
            "device",
            device(&inspection.device).unwrap_or_else(not_stated),
        ),
        ("identifies by", identifies(inspection)),
        (
            "heart rate",
            inspection
                .heart_rate
                .map_or("not found".to_owned(), |beats| format!("{beats:.0}/min")),
        ),
        ("fingerprint", inspection.fingerprint.clone()),
    ];
    if !inspection.other_channels.is_empty() {
        facts.insert(3, ("other channels", inspection.other_channels.join(", ")));
    }
    let rows = facts.into_iter();
    rows.map(|(name, value)| vec![name.to_owned(), value])
        .collect()
}

/// `12 stored`, `8 stored; derived from I and II: III, aVR, aVL, aVF; missing: V6`.
fn sources(inspection: &Inspection) -> String {
    let names = |source: LeadSource| {
        let leads = inspection.leads.iter();
        let names: Vec<&str> = leads
            .filter(|lead| lead.source == source)
            .map(|lead| lead.lead.name())
            .collect();
        names.join(", ")
    };
    let mut text = format!("{} stored", inspection.count(LeadSource::Stored));
    if inspection.count(LeadSource::Derived) > 0 {
        text += &format!("; derived from I and II: {}", names(LeadSource::Derived));
    }
    if inspection.count(LeadSource::Missing) > 0 {
        text += &format!("; missing: {}", names(LeadSource::Missing));
    }
    text
}

/// Manufacturer, model and software in one line.
fn device(device: &Device) -> Option<String> {
    let named = [&device.manufacturer, &device.model];
    let named: Vec<&str> = named.into_iter().flatten().map(String::as_str).collect();
    let mut parts = Vec::new();
    if !named.is_empty() {
        parts.push(named.join(" "));
    }
    let software = device.software.as_ref();
    parts.extend(software.map(|software| format!("software {software}")));
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The kinds of direct identifiers in the file.
fn identifies(inspection: &Inspection) -> String {
    match inspection.direct_identifiers.as_slice() {
        [] => "no name, date of birth, identifier, serial number or institution".to_owned(),
        kinds => kinds.join(", "),
    }
}

fn patient(inspection: &Inspection) -> Option<String> {
    let mut facts = Vec::new();
    facts.extend(
        inspection
            .age_years
            .map(|age| format!("{} years", text::number(age, 1))),
    );
    facts.extend(inspection.sex.map(|sex| {
        let word = match sex {
            Sex::Male => "male",
            Sex::Female => "female",
        };
        word.to_owned()
    }));
    facts.extend(
        inspection
            .patient_id
            .as_ref()
            .map(|patient| format!("identifier {patient}")),
    );
    (!facts.is_empty()).then(|| facts.join(", "))
}

fn leads(inspection: &Inspection) -> String {
    let heads = ["lead", "min mV", "max mV", "SD mV", "invalid", "quality"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(inspection.leads.iter().map(lead));
    let align = [
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Left,
    ];
    text::columns(&rows, &align, "  ")
}

fn lead(facts: &LeadFacts) -> Vec<String> {
    let millivolts =
        |value: Option<f64>| value.map_or(NONE.to_owned(), |value| format!("{value:.3}"));
    let invalid = facts.quality.as_ref().map(|quality| quality.missing);
    vec![
        facts.lead.name().to_owned(),
        millivolts(facts.range.map(|range| range.minimum_millivolts)),
        millivolts(facts.range.map(|range| range.maximum_millivolts)),
        millivolts(facts.range.map(|range| range.sd_millivolts)),
        invalid.map_or(NONE.to_owned(), |share| {
            format!("{} %", text::number(100.0 * share, 1))
        }),
        remark(facts),
    ]
}

fn remark(facts: &LeadFacts) -> String {
    match (facts.source, &facts.quality) {
        (LeadSource::Missing, _) => "missing".to_owned(),
        (LeadSource::Derived, _) => "derived from I and II".to_owned(),
        (LeadSource::Stored, Some(quality)) if !quality.faults.is_empty() => {
            let codes: Vec<&str> = quality
                .faults
                .iter()
                .map(|fault: &Fault| fault.code())
                .collect();
            codes.join(", ")
        }
        (LeadSource::Stored, _) => "ok".to_owned(),
    }
}

/// Most findings of one code that are printed one by one.
const OF_ONE_CODE: usize = 3;

fn findings(inspection: &Inspection) -> String {
    let mut rows = Vec::new();
    for (code, findings) in count::codes(inspection) {
        let shown = match findings.len() <= OF_ONE_CODE {
            true => findings.len(),
            false => OF_ONE_CODE - 1,
        };
        for finding in &findings[..shown] {
            rows.push(vec![code.to_owned(), finding.message.clone()]);
        }
        if shown < findings.len() {
            let more = format!("and {} more (--json lists all)", findings.len() - shown);
            rows.push(vec![code.to_owned(), more]);
        }
    }
    match rows.is_empty() {
        true => "\n  no findings\n".to_owned(),
        false => {
            let table = text::columns(&rows, &[Align::Left, Align::Left], "    ");
            format!("\n  findings\n{table}")
        }
    }
}
