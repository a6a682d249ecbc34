//! What an ECG file says of its ECG and patient, beside what the manifest says.
//!
//! The manifest counts. Where it says nothing the file is asked, and the row keeps which facts are
//! the file's; where both say something and differ, both are told.

use crate::ManifestRow;
use coronet_ecg::{Ecg, Sex};
use jiff::civil::DateTime;
use std::collections::BTreeSet;
use std::fmt;

/// A fact that a manifest and an ECG file may both state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileFact {
    /// Whose ECG it is.
    Patient,
    /// When it was recorded.
    Date,
    /// How old the patient was.
    Age,
    /// The patient's sex.
    Sex,
}

impl FileFact {
    /// All of them.
    pub const ALL: [FileFact; 4] = [
        FileFact::Patient,
        FileFact::Date,
        FileFact::Age,
        FileFact::Sex,
    ];

    /// The column of a manifest that states it.
    pub fn column(self) -> &'static str {
        match self {
            FileFact::Patient => "patient_id",
            FileFact::Date => "recorded_at",
            FileFact::Age => "age",
            FileFact::Sex => "sex",
        }
    }

    /// The code of the finding that manifest and file contradict each other in it.
    pub fn contradicted(self) -> &'static str {
        match self {
            FileFact::Patient => "patient-contradicted",
            FileFact::Date => "date-contradicted",
            FileFact::Age => "age-contradicted",
            FileFact::Sex => "sex-contradicted",
        }
    }
}

/// What an ECG file says; what it does not state, or states as nobody's age, is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// Identifier of the patient.
    pub patient_id: Option<String>,
    /// Start of the ECG in local time.
    pub recorded_at: Option<DateTime>,
    /// Age in years.
    pub age: Option<f64>,
    /// Sex.
    pub sex: Option<Sex>,
}

impl Said {
    /// What a recording says.
    pub fn of(ecg: &Ecg) -> Said {
        Said::new(
            ecg.subject.patient_id.as_deref(),
            ecg.start,
            ecg.age(),
            ecg.subject.sex,
        )
    }

    /// The same of facts without a recording.
    pub fn new(
        patient_id: Option<&str>,
        recorded_at: Option<DateTime>,
        age: Option<f64>,
        sex: Option<Sex>,
    ) -> Said {
        let id = patient_id.map(str::trim).filter(|id| !id.is_empty());
        Said {
            patient_id: id.map(str::to_owned),
            recorded_at,
            age: age.filter(|age| (0.0..=120.0).contains(age)),
            sex,
        }
    }
}

/// Puts what a file says into the cells that are empty, and notes which these are.
pub fn fill(row: &mut ManifestRow, said: &Said) {
    let facts = &mut row.facts;
    let mut take = |fact, is_empty: bool, is_said: bool| {
        let taken = is_empty && is_said;
        if taken {
            row.from_file.insert(fact);
        }
        taken
    };
    let is_said = said.patient_id.is_some();
    if take(FileFact::Patient, facts.patient_id.is_empty(), is_said) {
        facts.patient_id = said.patient_id.clone().unwrap_or_default();
    }
    let is_said = said.recorded_at.is_some();
    if take(FileFact::Date, facts.recorded_at.is_none(), is_said) {
        facts.recorded_at = said.recorded_at;
    }
    if take(FileFact::Age, facts.age.is_none(), said.age.is_some()) {
        facts.age = said.age;
    }
    if take(FileFact::Sex, facts.sex.is_none(), said.sex.is_some()) {
        facts.sex = said.sex;
    }
}

/// A fact in which the manifest and the file differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The fact.
    pub fact: FileFact,
    /// What the manifest says.
    pub manifest: String,
    /// What the file says.
    pub file: String,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (column, manifest, file) = (self.fact.column(), &self.manifest, &self.file);
        write!(formatter, "{column}: manifest {manifest}, file {file}")
    }
}

/// Years by which ages may differ: both are whole years of life most often, of days up to months
/// apart.
const AGE: f64 = 1.0;

/// Facts that the manifest states otherwise than the file: another calendar day, another sex, an age
/// that differs by more than a year, another patient. Case, and zeros at the start of an
/// identifier, make no difference.
pub fn contradictions(row: &ManifestRow, said: &Said) -> Vec<Contradiction> {
    let facts = &row.facts;
    let own = |fact| !row.from_file.contains(&fact);
    let mut found = Vec::new();
    let mut add = |fact, manifest: String, file: String| {
        found.push(Contradiction {
            fact,
            manifest,
            file,
        });
    };
    if let (true, Some(file)) = (own(FileFact::Patient), &said.patient_id)
        && !facts.patient_id.is_empty()
        && plain(file) != plain(&facts.patient_id)
    {
        add(FileFact::Patient, facts.patient_id.clone(), file.clone());
    }
    if let (true, Some(manifest), Some(file)) =
        (own(FileFact::Date), facts.recorded_at, said.recorded_at)
        && manifest.date() != file.date()
    {
        let (manifest, file) = (manifest.date(), file.date());
        add(FileFact::Date, manifest.to_string(), file.to_string());
    }
    if let (true, Some(manifest), Some(file)) = (own(FileFact::Age), facts.age, said.age)
        && (manifest - file).abs() > AGE
    {
        add(FileFact::Age, manifest.to_string(), file.to_string());
    }
    if let (true, Some(manifest), Some(file)) = (own(FileFact::Sex), facts.sex, said.sex)
        && manifest != file
    {
        let letter = |sex| match sex {
            Sex::Male => "M".to_owned(),
            Sex::Female => "F".to_owned(),
        };
        add(FileFact::Sex, letter(manifest), letter(file));
    }
    found
}

/// An identifier as it is compared.
fn plain(id: &str) -> String {
    let id = id.trim().to_lowercase();
    match id.trim_start_matches('0') {
        "" => id,
        rest => rest.to_owned(),
    }
}

/// The columns of some facts, parted by `;`.
pub fn columns(facts: &BTreeSet<FileFact>) -> String {
    let names: Vec<&str> = facts.iter().map(|fact| fact.column()).collect();
    names.join(";")
}
