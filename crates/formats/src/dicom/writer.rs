//! 12-lead and general ECG waveform objects, explicit VR little endian.

use super::tags;
use crate::finding::{finding, name};
use crate::quantise::{Quantised, quantise};
use crate::{WriteError, atomic};
use coronet_ecg::{Channel, Ecg, Finding, Lead, Sex};
use dicom_core::value::{DataSetSequence, PrimitiveValue};
use dicom_core::{DataElement, VR};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject, Tag};
use jiff::civil::DateTime;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Largest stored magnitude; −32768 marks an invalid sample.
const LARGEST: i32 = 32_767;

/// How an object is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WriteOptions {
    /// Start of recordings that do not state theirs, since the object must.
    pub start: Option<DateTime>,
}

/// Writes a waveform object, aside and then renamed, and says what of the recording it could not
/// hold.
///
/// A 12-lead ECG object (1.2.840.10008.5.1.4.1.1.9.1.1) where its limits allow, 13 channels,
/// 16384 samples, 200 to 1000 Hz, else a general ECG object (…9.1.2). Samples are 16-bit with a
/// sensitivity in microvolts that keeps them exact, where there is one; invalid samples become
/// the padding value. Identifiers of study, series and instance are derived from the content.
///
/// # Errors
///
/// When neither object allows the rate or the number of channels, no start is known, signals
/// differ in length, or the system refuses.
pub fn write(path: &Path, ecg: &Ecg, options: &WriteOptions) -> Result<Vec<Finding>, WriteError> {
    let class = Class::of(ecg)?;
    let start = ecg
        .start
        .or(options.start)
        .ok_or_else(|| WriteError::Value {
            field: "start",
            expected: "a date and time, which the object must state".to_string(),
            got: "none".to_string(),
        })?;
    let mut lost: Vec<Finding> = crate::start::lost(ecg).into_iter().collect();
    let columns: Vec<Quantised> = ecg
        .signals
        .iter()
        .map(|signal| quantise(signal, LARGEST))
        .collect();
    for (signal, column) in ecg.signals.iter().zip(&columns).filter(|(_, c)| !c.exact) {
        let message = format!(
            "{}: stored in steps of {} µV, off by at most {:.4} µV",
            name(&signal.channel),
            column.step,
            column.error
        );
        lost.push(finding("rounded", message));
    }
    let samples = interleaved(&columns, ecg.len());
    let identity = Identity::of(ecg, start, &samples);
    let mut object = general(ecg, start, class, &identity, &mut lost);
    let group = group(ecg, &columns, samples, &mut lost);
    put_sequence(&mut object, tags::WAVEFORM_SEQUENCE, vec![group]);
    atomic::write(path, &encoded(object, class, &identity)?)?;
    Ok(lost)
}

/// A storage class and its limits (PS3.3 A.34.3 and A.34.4).
#[derive(Clone, Copy, Debug)]
enum Class {
    TwelveLead,
    General,
}

impl Class {
    fn of(ecg: &Ecg) -> Result<Class, WriteError> {
        let value = |field, expected: &str, got: String| {
            Err(WriteError::Value {
                field,
                expected: expected.to_string(),
                got,
            })
        };
        let different = |signal: &&coronet_ecg::Signal| signal.millivolts.len() != ecg.len();
        if let Some(signal) = ecg.signals.iter().find(different) {
            let got = signal.millivolts.len().to_string();
            return value("samples of a signal", &ecg.len().to_string(), got);
        }
        if ecg.is_empty() {
            return value("samples", "at least one", "0".to_string());
        }
        if !(200.0..=1000.0).contains(&ecg.rate.get()) {
            return value("rate", "200 to 1000 Hz", ecg.rate.get().to_string());
        }
        match ecg.signals.len() {
            0..=13 if ecg.len() <= 16_384 => Ok(Class::TwelveLead),
            0..=24 => Ok(Class::General),
            more => value("channels", "at most 24", more.to_string()),
        }
    }

    fn uid(self) -> &'static str {
        match self {
            Class::TwelveLead => "1.2.840.10008.5.1.4.1.1.9.1.1",
            Class::General => "1.2.840.10008.5.1.4.1.1.9.1.2",
        }
    }
}

/// Samples of all channels, one after the other within each instant.
fn interleaved(columns: &[Quantised], length: usize) -> Vec<u16> {
    let mut samples = Vec::with_capacity(length * columns.len());
    for at in 0..length {
        for column in columns {
            let unit = column.units[at].map_or(i16::MIN, |unit| unit as i16);
            samples.push(unit as u16);
        }
    }
    samples
}

/// Identifiers under 2.25, the arc of numbers that need no registration.
struct Identity {
    study: String,
    series: String,
    instance: String,
}

impl Identity {
    fn of(ecg: &Ecg, start: DateTime, samples: &[u16]) -> Identity {
        let patient = ecg.subject.patient_id.as_deref().unwrap_or_default();
        let mut hash = Sha256::new();
        hash.update(format!("{patient}\0{start}\0{}", ecg.rate.get()));
        let study = uid(&hash, "study");
        for sample in samples {
            hash.update(sample.to_le_bytes());
        }
        Identity {
            study,
            series: uid(&hash, "series"),
            instance: uid(&hash, "instance"),
        }
    }
}

fn uid(content: &Sha256, level: &str) -> String {
    let digest = content.clone().chain_update(level).finalize();
    let number = digest
        .iter()
        .take(16)
        .fold(0_u128, |number, &byte| number << 8 | u128::from(byte));
    format!("2.25.{number}")
}

fn put(object: &mut InMemDicomObject, tag: Tag, vr: VR, value: impl Into<PrimitiveValue>) {
    object.put(DataElement::new(tag, vr, value.into()));
}

fn put_sequence(object: &mut InMemDicomObject, tag: Tag, items: Vec<InMemDicomObject>) {
    object.put(DataElement::new(tag, VR::SQ, DataSetSequence::from(items)));
}

/// Everything but the waveform.
fn general(
    ecg: &Ecg,
    start: DateTime,
    class: Class,
    identity: &Identity,
    lost: &mut Vec<Finding>,
) -> InMemDicomObject {
    let mut object = InMemDicomObject::new_empty();
    let day = start.strftime("%Y%m%d").to_string();
    let time = start.strftime("%H%M%S%.6f").to_string();
    let together = format!("{day}{time}");
    let subject = &ecg.subject;
    let device = &ecg.device;
    let mut long = |text: &Option<String>, what: &str| {
        held(text.as_deref().unwrap_or_default(), 64, what, lost)
    };
    let manufacturer = long(&device.manufacturer, "manufacturer");
    let model = long(&device.model, "device model");
    let patient_id = match long(&subject.patient_id, "patient identifier") {
        // One that is cut may be that of another patient.
        id if id.chars().count() < length(&subject.patient_id) => String::new(),
        id => id,
    };
    let institution = long(&device.institution, "institution");
    let serial = long(&device.serial, "serial number");
    let software = long(&device.software, "software version");
    let name = subject.name.as_deref().unwrap_or_default();
    let name = held(&name.replace(['^', '='], " "), 64, "patient name", lost);
    let race = held(
        subject.race.as_deref().unwrap_or_default(),
        16,
        "race",
        lost,
    );
    let sex = match subject.sex {
        Some(Sex::Male) => "M",
        Some(Sex::Female) => "F",
        None => "",
    };
    let birth = subject
        .birth_date
        .map(|date| date.strftime("%Y%m%d").to_string());
    let elements = [
        (
            tags::SPECIFIC_CHARACTER_SET,
            VR::CS,
            "ISO_IR 192".to_string(),
        ),
        (tags::SOP_CLASS_UID, VR::UI, class.uid().to_string()),
        (tags::SOP_INSTANCE_UID, VR::UI, identity.instance.clone()),
        (tags::STUDY_DATE, VR::DA, day.clone()),
        (tags::CONTENT_DATE, VR::DA, day),
        (tags::ACQUISITION_DATE_TIME, VR::DT, together),
        (tags::STUDY_TIME, VR::TM, time.clone()),
        (tags::CONTENT_TIME, VR::TM, time),
        (tags::ACCESSION_NUMBER, VR::SH, String::new()),
        (tags::MODALITY, VR::CS, "ECG".to_string()),
        (tags::MANUFACTURER, VR::LO, manufacturer),
        (tags::REFERRING_PHYSICIAN, VR::PN, String::new()),
        (tags::MODEL_NAME, VR::LO, model),
        (tags::PATIENT_NAME, VR::PN, name),
        (tags::PATIENT_ID, VR::LO, patient_id),
        (tags::PATIENT_BIRTH_DATE, VR::DA, birth.unwrap_or_default()),
        (tags::PATIENT_SEX, VR::CS, sex.to_string()),
        (tags::STUDY_INSTANCE_UID, VR::UI, identity.study.clone()),
        (tags::SERIES_INSTANCE_UID, VR::UI, identity.series.clone()),
        (tags::STUDY_ID, VR::SH, String::new()),
        (tags::SERIES_NUMBER, VR::IS, "1".to_string()),
        (tags::INSTANCE_NUMBER, VR::IS, "1".to_string()),
    ];
    for (tag, vr, value) in elements {
        put(&mut object, tag, vr, value);
    }
    let age = subject.age.filter(|age| (0.0..1000.0).contains(age));
    let optional = [
        (
            tags::PATIENT_AGE,
            VR::AS,
            age.map(|age| age_string(age, lost)),
        ),
        (
            tags::PATIENT_SIZE,
            VR::DS,
            subject.height.map(|height| decimal(height / 100.0)),
        ),
        (tags::PATIENT_WEIGHT, VR::DS, subject.weight.map(decimal)),
        (tags::ETHNIC_GROUP, VR::SH, Some(race)),
        (tags::INSTITUTION_NAME, VR::LO, Some(institution)),
        (tags::SERIAL_NUMBER, VR::LO, Some(serial)),
        (tags::SOFTWARE_VERSIONS, VR::LO, Some(software)),
    ];
    for (tag, vr, value) in optional {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            put(&mut object, tag, vr, value);
        }
    }
    put_sequence(&mut object, tags::ACQUISITION_CONTEXT, Vec::new());
    object
}

fn length(text: &Option<String>) -> usize {
    text.as_deref()
        .map_or(0, |text| text.trim().chars().count())
}

/// An age as whole years, below two years as months, below three months as days (PS3.5, AS).
fn age_string(age: f64, lost: &mut Vec<Finding>) -> String {
    let (in_a_year, unit) = match age {
        age if age < 0.25 => (365.25, 'D'),
        age if age < 2.0 => (12.0, 'M'),
        _ => (1.0, 'Y'),
    };
    // A written age is read again as itself, whatever the rounding of the division.
    let number = (age * in_a_year + 1e-6).floor();
    if (number / in_a_year - age).abs() > 1e-6 {
        let message =
            format!("the age is held as {number} of the unit {unit}, without the fraction");
        lost.push(finding("not-held", message));
    }
    format!("{number:03}{unit}")
}

/// A text as its value representation holds it (PS3.5, table 6.2-1): at most so many characters,
/// none of control, no separator of values; with a finding, which does not quote it, where it is
/// another text then.
fn held(text: &str, most: usize, what: &str, lost: &mut Vec<Finding>) -> String {
    let plain = |letter: char| match letter {
        '\\' => '/',
        letter if letter.is_control() => ' ',
        letter => letter,
    };
    let text = text.trim();
    let held: String = text.chars().map(plain).take(most).collect();
    if held != text {
        let message = format!(
            "the {what} is changed: a value has at most {most} characters, none of control and no \\"
        );
        lost.push(finding("not-held", message));
    }
    held
}

/// The multiplex group of the rhythm.
fn group(
    ecg: &Ecg,
    columns: &[Quantised],
    samples: Vec<u16>,
    lost: &mut Vec<Finding>,
) -> InMemDicomObject {
    let mut group = InMemDicomObject::new_empty();
    put(&mut group, tags::GROUP_TIME_OFFSET, VR::DS, "0");
    put(&mut group, tags::ORIGINALITY, VR::CS, "ORIGINAL");
    let channels = ecg.signals.len() as u16;
    put(
        &mut group,
        tags::CHANNELS,
        VR::US,
        PrimitiveValue::from(channels),
    );
    let length = ecg.len() as u32;
    put(
        &mut group,
        tags::SAMPLES,
        VR::UL,
        PrimitiveValue::from(length),
    );
    let rate = decimal(ecg.rate.get());
    put(&mut group, tags::SAMPLING_FREQUENCY, VR::DS, rate);
    put(&mut group, tags::GROUP_LABEL, VR::SH, "RHYTHM");
    let definitions = ecg
        .signals
        .iter()
        .zip(columns)
        .map(|(signal, column)| definition(&signal.channel, column, lost))
        .collect();
    put_sequence(&mut group, tags::CHANNEL_DEFINITIONS, definitions);
    put(
        &mut group,
        tags::BITS_ALLOCATED,
        VR::US,
        PrimitiveValue::from(16_u16),
    );
    put(&mut group, tags::INTERPRETATION, VR::CS, "SS");
    let padding = PrimitiveValue::U16([i16::MIN as u16].as_slice().into());
    put(&mut group, tags::PADDING_VALUE, VR::OW, padding);
    let data = PrimitiveValue::U16(samples.into());
    put(&mut group, tags::WAVEFORM_DATA, VR::OW, data);
    group
}

fn definition(channel: &Channel, column: &Quantised, lost: &mut Vec<Finding>) -> InMemDicomObject {
    let mut definition = InMemDicomObject::new_empty();
    let source = match channel {
        Channel::Lead(lead) => {
            let value = format!("5.6.3-9-{}", scp_code(*lead));
            code(&value, "SCPECG", "1.3", &format!("Lead {}", lead.name()))
        }
        Channel::Other(name) | Channel::Quantity { name, .. } => {
            put(
                &mut definition,
                tags::CHANNEL_LABEL,
                VR::SH,
                held(name, 16, "label of a channel", lost),
            );
            code("5.6.3-9-0", "SCPECG", "1.3", "Unspecified lead")
        }
    };
    put_sequence(&mut definition, tags::CHANNEL_SOURCE, vec![source]);
    let (step, unit) = match channel {
        Channel::Quantity { unit, .. } => {
            let unit = held(unit, 16, "unit of a channel", lost);
            (column.step / 1e3, unit_code(&unit))
        }
        _ => (column.step, code("uV", "UCUM", "1.4", "microvolt")),
    };
    put(&mut definition, tags::SENSITIVITY, VR::DS, decimal(step));
    put_sequence(&mut definition, tags::SENSITIVITY_UNITS, vec![unit]);
    put(&mut definition, tags::SENSITIVITY_CORRECTION, VR::DS, "1");
    put(&mut definition, tags::BASELINE, VR::DS, "0");
    put(&mut definition, tags::SAMPLE_SKEW, VR::DS, "0");
    put(
        &mut definition,
        tags::BITS_STORED,
        VR::US,
        PrimitiveValue::from(16_u16),
    );
    definition
}

/// Units of UCUM that channels beside an ECG are in.
const UCUM: [&str; 10] = [
    "%", "/min", "1/min", "Cel", "L/min", "Ohm", "kPa", "mm[Hg]", "ms", "s",
];

/// The code of a unit that is none of voltage; one that is not known to be of UCUM is of a scheme
/// of this library's own.
fn unit_code(unit: &str) -> InMemDicomObject {
    match UCUM.contains(&unit) {
        true => code(unit, "UCUM", "1.4", unit),
        false => code(unit, "99CORONET", "1", unit),
    }
}

fn code(value: &str, scheme: &str, version: &str, meaning: &str) -> InMemDicomObject {
    let mut code = InMemDicomObject::new_empty();
    put(&mut code, tags::CODE_VALUE, VR::SH, value);
    put(&mut code, tags::CODING_SCHEME, VR::SH, scheme);
    put(&mut code, tags::CODING_SCHEME_VERSION, VR::SH, version);
    put(&mut code, tags::CODE_MEANING, VR::LO, meaning);
    code
}

fn scp_code(lead: Lead) -> u32 {
    (1..=64)
        .find(|code| Lead::from_scp_code(*code) == Some(lead))
        .expect("every standard lead has a code, this is a bug")
}

/// A number in the sixteen characters of a decimal string.
fn decimal(value: f64) -> String {
    let plain = value.to_string();
    match plain.len() {
        0..=16 => plain,
        _ => format!("{value:.9e}"),
    }
}

fn encoded(
    object: InMemDicomObject,
    class: Class,
    identity: &Identity,
) -> Result<Vec<u8>, WriteError> {
    let refused = |error: &dyn std::error::Error| WriteError::Value {
        field: "object",
        expected: "an object that can be encoded".to_string(),
        got: super::chain(error),
    };
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax("1.2.840.10008.1.2.1")
        .media_storage_sop_class_uid(class.uid())
        .media_storage_sop_instance_uid(identity.instance.clone());
    let file = object.with_meta(meta).map_err(|error| refused(&error))?;
    let mut bytes = Vec::new();
    file.write_all(&mut bytes)
        .map_err(|error| refused(&error))?;
    Ok(bytes)
}
