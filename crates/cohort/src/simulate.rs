//! Simulated cohorts with known truth, so that recovery can be measured.
//!
//! A patient has age, sex, risk factors and symptoms; these and a hidden frailty set a burden of
//! atherosclerosis, which with vessel-specific chance sets the grade of each vessel. Each grade draws a
//! scalar ischaemic *effect*, and the effects alone carry what the ECG knows of the vessels, so the best
//! achievable AUC is known ([`Oracle`]). Everything is a pure function of the
//! configuration and the patient's number, so patients can be made in any order and in parallel.
//!
//! Magnitudes are those of two public tables of invasive angiography in referred patients. Z-Alizadeh Sani
//! (303 patients, ≥ 50 %): LAD 58 %, LCX 39 %, RCA 38 %, three vessels 21 %, none 28 %; age 59 ± 10, 58 % men,
//! diabetes 30 %, hypertension 59 %, dyslipidaemia 37 %, current smoking 21 %, family history 16 %. UCI Cleveland
//! (282 patients, ≥ 50 %): LM 4.3 %, LAD 30 %, LCX 27 %, RCA 27 %, and LAD with RCA 17 % where independence
//! would give 8 %; Hungarian LM 5.1 %, Long Beach LM 5 %.

mod config;
mod disease;
mod faults;
mod heart;
mod ischaemia;
mod leads;
mod oracle;
mod patient;
mod random;
mod tables;
mod wording;

pub use config::{InvalidConfig, SimulationConfig, Site, Wording};
pub use faults::LeadFault;
pub use oracle::Oracle;
pub use patient::{Recording, SimulatedPatient};
pub use tables::{ccta_csv, clinical_csv, followup_csv, manifest_csv, truth_csv};

use coronet_ecg::Ecg;

/// What simulated ischaemia of a vessel's territory does to each of the twelve leads in tensor
/// order: the ST–T change relative to the lead that changes most, with its sign.
pub fn lead_effects(vessel: crate::Vessel) -> [f64; 12] {
    ischaemia::lead_effects(vessel)
}

/// A cohort that can be simulated, patient by patient in any order.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    config: SimulationConfig,
}

impl Simulation {
    /// A simulation of a configuration that has been checked.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn new(config: SimulationConfig) -> Result<Simulation, InvalidConfig> {
        config.check()?;
        Ok(Simulation { config })
    }

    /// The configuration.
    pub fn config(&self) -> &SimulationConfig {
        &self.config
    }

    /// Patient `index`; depends on nothing but the configuration and `index`.
    pub fn patient(&self, index: usize) -> SimulatedPatient {
        patient::simulate(&self.config, index)
    }

    /// All patients of the cohort in order, without their ECGs.
    pub fn patients(&self) -> impl Iterator<Item = SimulatedPatient> + '_ {
        (0..self.config.patients).map(|index| self.patient(index))
    }

    /// One ECG of a patient: twelve leads in millivolts at the rate of the patient's site.
    ///
    /// Einthoven's and Goldberger's relations hold for signal and noise alike, except for the lead that
    /// a fault has spoiled.
    ///
    /// # Panics
    /// If the patient is not one of this simulation (its site does not exist).
    pub fn ecg(&self, patient: &SimulatedPatient, recording: &Recording) -> Ecg {
        leads::record(&self.config, patient, recording)
    }
}
