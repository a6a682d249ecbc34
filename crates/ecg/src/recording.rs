//! A recording as it was read: leads by name, millivolts, hertz, facts and findings.

use crate::Lead;
use serde::Serialize;

/// Sampling rate in hertz; finite and positive.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
pub struct Hertz(f64);

impl Hertz {
    /// `None` unless `value` is finite and above zero.
    pub fn new(value: f64) -> Option<Hertz> {
        (value.is_finite() && value > 0.0).then_some(Hertz(value))
    }

    /// The rate as samples a second.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// What a signal was called in its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Channel {
    /// One of the twelve standard leads.
    Lead(Lead),
    /// Any other voltage (Frank leads, a rhythm strip …), by its own name.
    Other(String),
    /// What is no voltage (respiration, saturation …): its samples are in this unit, not in
    /// millivolts.
    Quantity {
        /// The channel's own name.
        name: String,
        /// The unit in the words of the file.
        unit: String,
    },
}

impl Channel {
    /// The name the channel goes by.
    pub fn name(&self) -> &str {
        match self {
            Channel::Lead(lead) => lead.name(),
            Channel::Other(name) | Channel::Quantity { name, .. } => name,
        }
    }
}

/// One channel of a recording; samples in millivolts (those of a [`Channel::Quantity`] in its
/// unit), invalid samples are NaN.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Signal {
    /// Which lead or other channel this is.
    pub channel: Channel,
    /// Samples in millivolts, or in the unit of the channel; NaN where the file marks a sample as invalid.
    pub millivolts: Vec<f64>,
}

/// Sex as the file or the manifest states it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize,
)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Sex {
    #[serde(rename = "M")]
    Male,
    #[serde(rename = "F")]
    Female,
}

/// Facts on the patient as written in the recording, none of them checked.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Subject {
    /// Patient identifier, if the recording holds one.
    pub patient_id: Option<String>,
    /// Age in years.
    pub age: Option<f64>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Name in one line, in the order of its parts in the file.
    pub name: Option<String>,
    /// Date of birth.
    pub birth_date: Option<jiff::civil::Date>,
    /// Height in centimetres.
    pub height: Option<f64>,
    /// Weight in kilograms.
    pub weight: Option<f64>,
    /// Race or ethnic group in the words of the file.
    pub race: Option<String>,
}

/// What recorded the ECG, in the words of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Device {
    /// Manufacturer.
    pub manufacturer: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Serial number or other identifier.
    pub serial: Option<String>,
    /// Software version.
    pub software: Option<String>,
    /// Hospital, department or room that the file names as the place.
    pub institution: Option<String>,
}

/// Something a reader of the ECG should know that did not stop it from being read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
pub struct Finding {
    /// Stable kebab-case word for the kind, such as `unit-not-stated` or `flat-lead`.
    pub code: String,
    /// What was found where, for a person.
    pub message: String,
}

/// A recorded ECG: signals of equal length at one rate, with the facts read beside them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ecg {
    /// Samples a second of every signal.
    pub rate: Hertz,
    /// The channels in file order; all of one length.
    pub signals: Vec<Signal>,
    /// Start of the recording in local time, where known.
    pub start: Option<jiff::civil::DateTime>,
    /// Patient facts as read.
    pub subject: Subject,
    /// What recorded it, as read.
    pub device: Device,
    /// Findings of the reader.
    pub findings: Vec<Finding>,
}

impl Ecg {
    /// Samples per signal.
    pub fn len(&self) -> usize {
        self.signals
            .first()
            .map_or(0, |signal| signal.millivolts.len())
    }

    /// Whether there is no sample at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Duration in seconds.
    pub fn seconds(&self) -> f64 {
        self.len() as f64 / self.rate.get()
    }

    /// Age in years: as stated, else whole years from birth to the start of the recording.
    pub fn age(&self) -> Option<f64> {
        if self.subject.age.is_some() {
            return self.subject.age;
        }
        let (birth, start) = (self.subject.birth_date?, self.start?.date());
        let before = (start.month(), start.day()) < (birth.month(), birth.day());
        let years = start.year() - birth.year() - i16::from(before);
        (years >= 0).then_some(f64::from(years))
    }

    /// The samples of a standard lead in millivolts, if the recording has it.
    pub fn lead(&self, lead: Lead) -> Option<&[f64]> {
        self.signals
            .iter()
            .find(|signal| signal.channel == Channel::Lead(lead))
            .map(|signal| signal.millivolts.as_slice())
    }
}
