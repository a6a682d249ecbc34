//! What a format cannot hold of an ECG.

use super::target::Target;
use coronet_ecg::{Channel, Ecg};

/// One line for each fact that is lost or changed.
pub(super) fn of(target: &Target, ecg: &Ecg) -> Vec<String> {
    let mut limits = Vec::new();
    match target {
        Target::Npy(_) => {
            limits.push(format!(
                "an array states no rate: read it with --rate {}",
                ecg.rate.get()
            ));
            limits.extend(derived(ecg));
            limits.extend(other_channels(ecg));
            limits.extend(facts(ecg, "an array"));
            limits.extend(further(ecg, "an array", &[]));
            limits.extend(invalid(ecg, "not a number (NaN)"));
        }
        Target::Csv(_) => {
            limits.extend(facts(ecg, "a table"));
            limits.extend(further(ecg, "a table", &[]));
            limits.extend(invalid(ecg, "empty cells"));
        }
        Target::Fhir(_) => {
            let kept = ["name", "date of birth", "device"];
            limits.extend(further(ecg, "a FHIR Observation", &kept));
            limits.extend(invalid(ecg, "E, as SampledData defines"));
        }
        Target::Parquet(_) => {
            limits.extend(further(ecg, "a Parquet table", &[]));
            limits.extend(invalid(ecg, "null"));
        }
        Target::Wfdb { .. } => {
            limits.extend(further(ecg, "a WFDB record", &[]));
            limits.extend(invalid(
                ecg,
                "the least number of the storage format, as WFDB defines",
            ));
        }
        // These say themselves what they could not hold.
        Target::Dicom(_) => limits.extend(invalid(ecg, "the padding value")),
        Target::Edf(_) => {}
    }
    limits
}

fn derived(ecg: &Ecg) -> Option<String> {
    let derived = ecg.standard_leads().ok()?.derived;
    let names: Vec<&str> = derived.iter().map(|lead| lead.name()).collect();
    let names = (!names.is_empty()).then(|| names.join(", "))?;
    Some(format!(
        "not in the file, written as derived from I and II: {names}"
    ))
}

/// Channels that an array of twelve rows has no place for.
fn other_channels(ecg: &Ecg) -> Option<String> {
    let mut seen = Vec::new();
    let mut left_out = Vec::new();
    for signal in &ecg.signals {
        match &signal.channel {
            Channel::Other(name) | Channel::Quantity { name, .. } => left_out.push(name.clone()),
            Channel::Lead(lead) if seen.contains(lead) => {
                left_out.push(format!("a further {}", lead.name()));
            }
            Channel::Lead(lead) => seen.push(*lead),
        }
    }
    let names = (!left_out.is_empty()).then(|| left_out.join(", "))?;
    Some(format!(
        "an array holds the twelve leads only, left out: {names}"
    ))
}

fn facts(ecg: &Ecg, format: &str) -> Option<String> {
    let subject = &ecg.subject;
    let facts = [
        ("start", ecg.start.is_some()),
        ("patient identifier", subject.patient_id.is_some()),
        ("age", subject.age.is_some()),
        ("sex", subject.sex.is_some()),
    ];
    let stated = facts.iter().filter(|(_, stated)| *stated);
    let names: Vec<&str> = stated.map(|(name, _)| *name).collect();
    let names = (!names.is_empty()).then(|| names.join(", "))?;
    Some(format!("{format} does not hold: {names}"))
}

/// The facts that few formats hold, but for those that this one keeps.
fn further(ecg: &Ecg, format: &str, kept: &[&str]) -> Option<String> {
    let (subject, device) = (&ecg.subject, &ecg.device);
    let facts = [
        ("name", subject.name.is_some()),
        ("date of birth", subject.birth_date.is_some()),
        ("height", subject.height.is_some()),
        ("weight", subject.weight.is_some()),
        ("race", subject.race.is_some()),
        (
            "device",
            device.manufacturer.is_some() || device.model.is_some(),
        ),
        ("institution", device.institution.is_some()),
    ];
    let lost = facts
        .iter()
        .filter(|(name, stated)| *stated && !kept.contains(name));
    let names: Vec<&str> = lost.map(|(name, _)| *name).collect();
    let names = (!names.is_empty()).then(|| names.join(", "))?;
    Some(format!("{format} does not hold: {names}"))
}

fn invalid(ecg: &Ecg, written: &str) -> Option<String> {
    let samples = ecg.signals.iter().flat_map(|signal| &signal.millivolts);
    let invalid = samples.filter(|sample| !sample.is_finite()).count();
    (invalid > 0).then(|| format!("{invalid} invalid samples are written as {written}"))
}
