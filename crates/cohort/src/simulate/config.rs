//! What is simulated, with the defaults of the demonstration.

use serde::{Deserialize, Serialize};

/// A hospital with its device and its patients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Name, as in the `site` column.
    pub name: String,
    /// Sampling rate of its device in hertz.
    pub rate: f64,
    /// Standard deviation of the muscle noise at each electrode, in millivolts.
    pub noise: f64,
    /// Amplitude of the baseline wander at each electrode, in millivolts.
    pub wander: f64,
    /// Amplitude of the mains interference at each electrode, in millivolts.
    pub mains: f64,
    /// Mains frequency in hertz.
    pub mains_hertz: f64,
    /// Shift of the burden of disease in standard deviations; above 0 more disease.
    pub burden_shift: f64,
    /// Share of the patients; the shares of all sites need not add up to one.
    pub weight: f64,
}

impl Site {
    /// A 500 Hz device of ordinary quality in a referral hospital.
    pub fn referral(name: &str) -> Site {
        Site {
            name: name.to_owned(),
            rate: 500.0,
            noise: 0.008,
            wander: 0.06,
            mains: 0.004,
            mains_hertz: 50.0,
            burden_shift: 0.0,
            weight: 1.0,
        }
    }
}

/// How the CCTA reports are worded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wording {
    /// A cell for each vessel, in one of a few plain forms.
    #[default]
    Tidy,
    /// As people type: cells and free reports, English and Chinese, with slips, branches and
    /// findings of other organs.
    Messy,
}

/// A cohort to simulate.
///
/// The default gives severe stenosis in about 16 % (RCA), 4.5 % (LM), 21 % (LAD) and 14 % (LCX) of patients,
/// and best achievable AUCs of 0.89, 0.90, 0.88 and 0.89 under the rule `severe` ([`super::Oracle`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SimulationConfig {
    /// Seed of everything.
    pub seed: u64,
    /// Number of patients.
    pub patients: usize,
    /// Put before the number in patient and record ids, so that two cohorts can be told apart.
    pub id_prefix: String,
    /// The sites, at least one.
    pub sites: Vec<Site>,
    /// Length of an ECG in seconds.
    pub seconds: f64,
    /// Mean ischaemic effect of grades 0–4; individual scatter has standard deviation 1.
    pub effect_means: [f64; 5],
    /// How far one unit of effect moves the ST segment of the heart vector, in millivolts.
    pub millivolts_per_effect: f64,
    /// The ECG is read as normal where the positive effects add up to less than this.
    pub normal_below: f64,
    /// Share of patients with a second ECG.
    pub repeat_share: f64,
    /// Share of patients whose ECG lies outside 90 days of the CCTA.
    pub late_share: f64,
    /// Share of vessels that the CCTA report leaves ungraded.
    pub ungraded_share: f64,
    /// How the CCTA reports are worded.
    pub wording: Wording,
    /// Share of recordings with a fault of leads or electrodes.
    pub fault_share: f64,
}

impl Default for SimulationConfig {
    fn default() -> SimulationConfig {
        SimulationConfig {
            seed: 1,
            patients: 600,
            id_prefix: String::new(),
            sites: vec![Site::referral("A")],
            seconds: 10.0,
            effect_means: [0.0, 0.1, 0.4, 1.6, 2.05],
            millivolts_per_effect: 0.08,
            normal_below: 2.0,
            repeat_share: 0.08,
            late_share: 0.03,
            ungraded_share: 0.01,
            wording: Wording::Tidy,
            fault_share: 0.02,
        }
    }
}

impl SimulationConfig {
    /// Three hospitals for external validation: other devices, rates and prevalences.
    pub fn three_sites() -> SimulationConfig {
        let referral = Site::referral("A");
        SimulationConfig {
            sites: vec![
                referral.clone(),
                Site {
                    name: "B".to_owned(),
                    rate: 250.0,
                    noise: 0.015,
                    wander: 0.1,
                    mains: 0.008,
                    mains_hertz: 60.0,
                    burden_shift: -0.4,
                    ..referral.clone()
                },
                Site {
                    name: "C".to_owned(),
                    rate: 1000.0,
                    noise: 0.005,
                    burden_shift: 0.3,
                    ..referral
                },
            ],
            ..SimulationConfig::default()
        }
    }

    /// Checks that every number can be used.
    pub(super) fn check(&self) -> Result<(), InvalidConfig> {
        let fault = |field: &str, expected: &str, got: String| {
            Err(InvalidConfig {
                field: field.to_owned(),
                expected: expected.to_owned(),
                got,
            })
        };
        if self.sites.is_empty() {
            return fault("sites", "at least one site", "none".to_owned());
        }
        if !(1.0..=3600.0).contains(&self.seconds) {
            return fault("seconds", "1–3600", self.seconds.to_string());
        }
        let shares = [
            ("repeat_share", self.repeat_share),
            ("late_share", self.late_share),
            ("ungraded_share", self.ungraded_share),
            ("fault_share", self.fault_share),
        ];
        for (field, share) in shares {
            if !(0.0..=1.0).contains(&share) {
                return fault(field, "a share 0–1", share.to_string());
            }
        }
        let finite = [self.millivolts_per_effect, self.normal_below];
        if let Some(got) = finite
            .iter()
            .chain(&self.effect_means)
            .find(|v| !v.is_finite())
        {
            let field = "effect_means, millivolts_per_effect, normal_below";
            return fault(field, "finite numbers", got.to_string());
        }
        for site in &self.sites {
            if !(50.0..=10_000.0).contains(&site.rate) {
                return fault("sites.rate", "50–10000 Hz", site.rate.to_string());
            }
            let levels = [
                site.noise,
                site.wander,
                site.mains,
                site.mains_hertz,
                site.weight,
            ];
            if let Some(got) = levels.iter().find(|v| !v.is_finite() || **v < 0.0) {
                return fault(
                    "sites",
                    "levels that are finite and not negative",
                    got.to_string(),
                );
            }
            if !site.burden_shift.is_finite() {
                return fault(
                    "sites.burden_shift",
                    "a finite number",
                    site.burden_shift.to_string(),
                );
            }
        }
        if self.sites.iter().map(|site| site.weight).sum::<f64>() <= 0.0 {
            return fault("sites.weight", "a positive sum", "0".to_owned());
        }
        Ok(())
    }
}

/// A configuration that cannot be simulated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: expected {expected}, got {got}")]
pub struct InvalidConfig {
    /// The field.
    pub field: String,
    /// What it may be.
    pub expected: String,
    /// What it is.
    pub got: String,
}
