//! What a cohort table says of one ECG and its patient.

use crate::Grades;
use coronet_ecg::Sex;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// How follow-up ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Event {
    /// 0: censored without an event.
    Censored,
    /// 1: major adverse cardiac event.
    Mace,
    /// 2: death from another cause, which competes.
    CompetingDeath,
}

impl Event {
    /// The event of a number 0–2; `None` for any other.
    pub fn from_number(number: u8) -> Option<Event> {
        [Event::Censored, Event::Mace, Event::CompetingDeath]
            .get(usize::from(number))
            .copied()
    }

    /// The event as its number 0–2.
    pub fn number(self) -> u8 {
        self as u8
    }
}

impl From<Event> for u8 {
    fn from(event: Event) -> u8 {
        event.number()
    }
}

impl TryFrom<u8> for Event {
    type Error = String;

    fn try_from(number: u8) -> Result<Event, String> {
        Event::from_number(number).ok_or_else(|| format!("expected an event 0–2, got {number}"))
    }
}

/// The facts a manifest or a store row carries on one ECG; what is not known is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Patient identifier; never empty.
    pub patient_id: String,
    /// Start of the ECG in local time.
    pub recorded_at: Option<DateTime>,
    /// Age in years.
    pub age: Option<f64>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Whether the ECG was read as normal.
    pub normal_ecg: Option<bool>,
    /// Site or hospital.
    pub site: Option<String>,
    /// Days from the CCTA to the ECG; negative where the ECG came first.
    pub interval_days: Option<f64>,
    /// Grades of the four vessels.
    pub grades: Grades,
    /// Pre-test probability, 0–1.
    pub ptp: Option<f64>,
    /// Days of follow-up.
    pub follow_up_days: Option<f64>,
    /// How follow-up ended.
    pub event: Option<Event>,
}
