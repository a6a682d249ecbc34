//! De-identification with a key: the same patient becomes the same pseudonym in every table and
//! file, and nobody without the key can tell who it is.
//!
//! Removed are the direct identifiers that an ECG or a table holds: names, dates of birth, device
//! serial numbers, institutions, findings (which quote the file). Identifiers of patients, records
//! and sites become keyed hashes
//! (HMAC-SHA-256, RFC 2104), dates move back by 1 to 365 days, the same number for everything of
//! a patient, so that intervals stay; ages above 89 become 90, as the Safe Harbor rule of HIPAA
//! (45 CFR 164.514(b)(2)) asks. Sex, age, height, weight, race, device model and the ECG itself
//! stay: an ECG can be as telling as a fingerprint to whoever has another one of the same person.

use crate::ManifestRow;
use coronet_ecg::{Channel, Device, Ecg, Subject};
use hmac::{Hmac, KeyInit, Mac};
use jiff::ToSpan;
use jiff::civil::DateTime;
use sha2::Sha256;
use std::fmt;

/// A secret that pseudonyms are made with.
#[derive(Clone)]
pub struct Key {
    mac: Hmac<Sha256>,
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(secret)")
    }
}

/// A key that is too short to keep a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a key of at least {} bytes, got {got}", Key::LEAST)]
pub struct ShortKey {
    /// Bytes given.
    pub got: usize,
}

impl Key {
    /// Fewest bytes of a key.
    pub const LEAST: usize = 16;

    /// A key of these bytes, white space at both ends left out.
    ///
    /// # Errors
    ///
    /// When it has fewer than [`Key::LEAST`].
    pub fn new(bytes: &[u8]) -> Result<Key, ShortKey> {
        let bytes = bytes.trim_ascii();
        if bytes.len() < Key::LEAST {
            return Err(ShortKey { got: bytes.len() });
        }
        let mac = Hmac::new_from_slice(bytes).map_err(|_| ShortKey { got: bytes.len() })?;
        Ok(Key { mac })
    }

    /// The pseudonym of a patient: `P` and 20 hexadecimal digits.
    pub fn patient(&self, patient_id: &str) -> String {
        self.pseudonym('P', "patient", patient_id)
    }

    /// The pseudonym of a record: `R` and 20 hexadecimal digits.
    pub fn record(&self, record_id: &str) -> String {
        self.pseudonym('R', "record", record_id)
    }

    /// The pseudonym of a site, which centres are told apart by: `S` and 20 hexadecimal digits.
    pub fn site(&self, site: &str) -> String {
        self.pseudonym('S', "site", site)
    }

    fn pseudonym(&self, letter: char, purpose: &str, id: &str) -> String {
        let digits = self.hash(purpose, id);
        let digits = digits[..10].iter().map(|byte| format!("{byte:02x}"));
        std::iter::once(letter.to_string()).chain(digits).collect()
    }

    /// Days by which the dates of a patient move back, 1 to 365.
    pub fn days(&self, patient_id: &str) -> i64 {
        let hash = self.hash("days", patient_id);
        let number = hash[..8]
            .iter()
            .fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
        1 + (number % 365) as i64
    }

    /// A number that tells two keys apart and does not give either away.
    pub fn fingerprint(&self) -> String {
        self.pseudonym('K', "key", "")
    }

    /// HMAC-SHA-256 of what the identifier is of and the identifier, parted by a zero byte.
    fn hash(&self, purpose: &str, id: &str) -> [u8; 32] {
        let mut mac = self.mac.clone();
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(id.trim().as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// An ECG without direct identifiers; one without a patient identifier moves its date by
/// `record_id`.
pub fn deidentify_ecg(ecg: &Ecg, record_id: &str, key: &Key) -> Ecg {
    let subject = &ecg.subject;
    let owner = subject.patient_id.as_deref().unwrap_or(record_id);
    let mut signals = ecg.signals.clone();
    for (at, signal) in signals.iter_mut().enumerate() {
        let quotes = |name: &str| identifiers(ecg).any(|word| tells(word, name));
        match &mut signal.channel {
            Channel::Other(name) | Channel::Quantity { name, .. } if quotes(name) => {
                *name = format!("channel {}", at + 1);
            }
            _ => {}
        }
    }
    Ecg {
        rate: ecg.rate,
        signals,
        start: moved(ecg.start, owner, key),
        subject: Subject {
            patient_id: subject.patient_id.as_deref().map(|id| key.patient(id)),
            age: ecg.age().map(capped),
            sex: subject.sex,
            height: subject.height,
            weight: subject.weight,
            race: subject.race.clone(),
            ..Subject::default()
        },
        device: Device {
            manufacturer: ecg.device.manufacturer.clone(),
            model: ecg.device.model.clone(),
            software: ecg.device.software.clone(),
            ..Device::default()
        },
        findings: Vec::new(),
    }
}

/// Whether a text, such as the name of a file or of a channel, holds an identifier, or a part of it of
/// three characters or more: `smithson-2.hea` tells `Smithson^John`. Case and what stands between
/// letters and digits do not matter.
pub fn tells(identifier: &str, text: &str) -> bool {
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(|letter| letter.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let text = plain(text);
    // Chinese names are two or three characters long, most of them.
    let is_telling =
        |part: &String| part.chars().count() > 2 || (part.len() > 2 && !part.is_ascii());
    let parts = identifier.split(|letter: char| !letter.is_alphanumeric());
    let mut parts = parts.map(plain).chain([plain(identifier)]);
    parts.any(|part| is_telling(&part) && text.contains(&part))
}

/// Texts of the recording that say who it is of, or where.
fn identifiers(ecg: &Ecg) -> impl Iterator<Item = &str> {
    let (subject, device) = (&ecg.subject, &ecg.device);
    [
        subject.patient_id.as_deref(),
        subject.name.as_deref(),
        device.serial.as_deref(),
        device.institution.as_deref(),
    ]
    .into_iter()
    .flatten()
    .filter(|text| text.len() > 1)
}

/// Replaces the identifiers of a row and moves its date; what the row is of stays.
pub fn deidentify_row(row: &mut ManifestRow, key: &Key) {
    let patient = row.facts.patient_id.clone();
    row.facts.recorded_at = moved(row.facts.recorded_at, &patient, key);
    row.facts.patient_id = key.patient(&patient);
    row.facts.age = row.facts.age.map(capped);
    row.facts.site = row.facts.site.as_deref().map(|site| key.site(site));
    row.record_id = key.record(&row.record_id);
}

fn moved(time: Option<DateTime>, owner: &str, key: &Key) -> Option<DateTime> {
    time.and_then(|time| time.checked_sub(key.days(owner).days()).ok())
}

fn capped(age: f64) -> f64 {
    if age > 89.0 { 90.0 } else { age }
}
