//! Pre-test probability of obstructive coronary disease from what is known before a test.
//!
//! A model is asked for by name and answers for one patient, or says which fact it lacks. A missing
//! risk factor is missing, not absent.

mod models;
mod tables;

use serde::{Deserialize, Serialize};

use crate::score_table::Sex;
use crate::statistic::Statistic;

/// What a patient complains of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symptom {
    /// Typical angina.
    Typical,
    /// Atypical angina.
    Atypical,
    /// Chest pain that is not angina.
    NonAnginal,
    /// Shortness of breath only.
    Dyspnoea,
    /// Chest pain that is not angina, with shortness of breath.
    NonAnginalDyspnoea,
    /// No symptom.
    None,
}

impl Symptom {
    /// Every symptom.
    pub const ALL: [Self; 6] = [
        Self::Typical,
        Self::Atypical,
        Self::NonAnginal,
        Self::Dyspnoea,
        Self::NonAnginalDyspnoea,
        Self::None,
    ];

    /// The word used in tables: `typical`, `atypical`, `non-anginal`, `dyspnoea`,
    /// `non-anginal-dyspnoea`, `none`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Typical => "typical",
            Self::Atypical => "atypical",
            Self::NonAnginal => "non-anginal",
            Self::Dyspnoea => "dyspnoea",
            Self::NonAnginalDyspnoea => "non-anginal-dyspnoea",
            Self::None => "none",
        }
    }

    /// The symptom of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|symptom| symptom.name() == word)
    }
}

/// What is known of a patient; nothing is assumed of what is not.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PretestPatient {
    /// Age in years.
    pub age: Option<f64>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Symptom.
    pub symptom: Option<Symptom>,
    /// Coronary disease in the family.
    pub family_history: Option<bool>,
    /// Smoking, current or past.
    pub smoking: Option<bool>,
    /// Dyslipidaemia.
    pub dyslipidaemia: Option<bool>,
    /// Hypertension.
    pub hypertension: Option<bool>,
    /// Diabetes.
    pub diabetes: Option<bool>,
    /// Coronary artery calcium score (Agatston), ≥ 0.
    pub calcium: Option<f64>,
}

impl PretestPatient {
    fn age(&self) -> Result<f64, String> {
        self.age.ok_or_else(|| "age is missing".to_owned())
    }

    fn male(&self) -> Result<f64, String> {
        let sex = self.sex.ok_or_else(|| "sex is missing".to_owned())?;
        Ok(flag(sex == Sex::Male))
    }

    fn symptom(&self) -> Result<Symptom, String> {
        self.symptom.ok_or_else(|| "symptom is missing".to_owned())
    }

    fn calcium(&self) -> Result<f64, String> {
        self.calcium
            .ok_or_else(|| "calcium score is missing".to_owned())
    }

    /// How many of the five risk factors there are; all must be known.
    fn risk_factors(&self) -> Result<u8, String> {
        let factors = [
            ("family_history", self.family_history),
            ("smoking", self.smoking),
            ("dyslipidaemia", self.dyslipidaemia),
            ("hypertension", self.hypertension),
            ("diabetes", self.diabetes),
        ];
        let mut count = 0;
        for (name, factor) in factors {
            count += u8::from(factor.ok_or_else(|| format!("{name} is missing"))?);
        }
        Ok(count)
    }
}

fn known(name: &str, factor: Option<bool>) -> Result<f64, String> {
    factor.map(flag).ok_or_else(|| format!("{name} is missing"))
}

fn flag(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

/// A published way to a pre-test probability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PretestModel {
    /// Age, sex and symptom (Winther et al., JACC 76 (2020) 2421).
    Basic,
    /// Risk-factor-weighted clinical likelihood (the same paper).
    RfCl,
    /// The same with the calcium score (the same paper).
    CacsCl,
    /// Look-up table of the ESC guideline 2024, figure 4; another rounding of RF-CL, and not derived from it.
    Esc2024,
    /// Look-up table of the ESC guideline 2019.
    Esc2019,
    /// Look-up table of the AHA/ACC guideline 2021.
    AhaAcc2021,
    /// CAD Consortium 2, basic (Genders et al., BMJ 344 (2012) e3485).
    Cad2Basic,
    /// CAD Consortium 2, clinical.
    Cad2Clinical,
    /// CAD Consortium 2, clinical with the calcium score.
    Cad2ClinicalCacs,
}

impl PretestModel {
    /// Every model.
    pub const ALL: [Self; 9] = [
        Self::Basic,
        Self::RfCl,
        Self::CacsCl,
        Self::Esc2024,
        Self::Esc2019,
        Self::AhaAcc2021,
        Self::Cad2Basic,
        Self::Cad2Clinical,
        Self::Cad2ClinicalCacs,
    ];

    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::RfCl => "rf-cl",
            Self::CacsCl => "cacs-cl",
            Self::Esc2024 => "esc2024",
            Self::Esc2019 => "esc2019",
            Self::AhaAcc2021 => "aha-acc2021",
            Self::Cad2Basic => "cad2-basic",
            Self::Cad2Clinical => "cad2-clinical",
            Self::Cad2ClinicalCacs => "cad2-clinical-cacs",
        }
    }

    /// The probability in [0, 1] of one patient.
    ///
    /// Undefined where a fact the model needs is missing, or the patient is outside it (age outside
    /// a table, a symptom the table does not have). Equations are not cut off at the ages
    /// they were fitted on, except that a calcium score below 0 is refused.
    pub fn probability(self, patient: &PretestPatient) -> Statistic<f64> {
        let answer = match self {
            Self::Basic => models::basic(patient),
            Self::RfCl => models::rf_cl(patient),
            Self::CacsCl => models::cacs_cl(patient),
            Self::Esc2024 => tables::esc_2024(patient),
            Self::Esc2019 => tables::esc_2019(patient),
            Self::AhaAcc2021 => tables::aha_acc_2021(patient),
            Self::Cad2Basic => models::cad2_basic(patient),
            Self::Cad2Clinical => models::cad2_clinical(patient),
            Self::Cad2ClinicalCacs => models::cad2_clinical_cacs(patient),
        };
        match answer {
            Ok(probability) => Statistic::Defined(probability),
            Err(reason) => Statistic::undefined(reason),
        }
    }
}
