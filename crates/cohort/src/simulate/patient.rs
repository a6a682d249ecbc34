//! One simulated patient: who, what the CCTA shows, when the ECGs were taken, and what came after.

use super::config::{SimulationConfig, Site, Wording};
use super::faults::LeadFault;
use super::random::{self, Purpose, chance, exponential, normal, uniform};
use super::{disease, faults, wording};
use crate::clinical::{RiskFactors, Symptom, risk_factor_clinical_likelihood};
use crate::{Event, Grade, Vessel};
use coronet_ecg::Sex;
use jiff::ToSpan;
use jiff::civil::{DateTime, date};
use rand::{Rng, RngExt};

/// One ECG of a simulated patient, not yet drawn; see [`super::Simulation::ecg`].
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Identifier of the ECG.
    pub record_id: String,
    /// Which ECG of the patient, from 0.
    pub number: usize,
    /// Start in local time.
    pub recorded_at: DateTime,
    /// A fault of leads or electrodes, if there is one.
    pub fault: Option<LeadFault>,
}

/// A simulated patient with the truth that a real cohort hides.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedPatient {
    /// Number in the cohort.
    pub index: usize,
    /// Identifier.
    pub patient_id: String,
    /// Position of the site in the configuration.
    pub site: usize,
    /// Name of the site.
    pub site_name: String,
    /// Age in years.
    pub age: f64,
    /// Sex.
    pub sex: Sex,
    /// Symptom.
    pub symptom: Symptom,
    /// Risk factors.
    pub risk_factors: RiskFactors,
    /// Pre-test probability (risk-factor-weighted clinical likelihood), 0–1.
    pub ptp: f64,
    /// True grade of each vessel, in the order of [`Vessel::ALL`].
    pub grades: [Grade; 4],
    /// Ischaemic effect of each vessel: what the ECG carries.
    pub effects: [f64; 4],
    /// Whether the effects are too small for the ECG to be read as abnormal.
    pub normal_ecg: bool,
    /// When the CCTA was done.
    pub ccta_at: DateTime,
    /// What the CCTA report says of each vessel, where it has a cell for each.
    pub wording: [String; 4],
    /// The report as one text, where it is written so; else empty.
    pub report: String,
    /// The ECGs; the first belongs to the CCTA.
    pub recordings: Vec<Recording>,
    /// Days of follow-up after the CCTA.
    pub follow_up_days: f64,
    /// How follow-up ended.
    pub event: Event,
}

pub(super) fn simulate(config: &SimulationConfig, index: usize) -> SimulatedPatient {
    let mut random = random::stream(config.seed, index, Purpose::Patient);
    let site = draw_site(&mut random, &config.sites);
    let shift = config.sites.get(site).map_or(0.0, |site| site.burden_shift);
    let person = Person::draw(&mut random);
    let (grades, effects) = draw_disease(config, &mut random, &person, shift);
    let positive: f64 = effects.iter().map(|effect| effect.max(0.0)).sum();
    let mut report = random::stream(config.seed, index, Purpose::Report);
    let ccta_at = date(2020, 1, 6).at(8, 0, 0, 0)
        + report.random_range(0..1400i64).days()
        + report.random_range(0..540i64).minutes();
    let tidy = wording::report(&mut report, &grades, config.ungraded_share);
    let (wording, free) = match config.wording {
        Wording::Tidy => (tidy, String::new()),
        Wording::Messy => messy(config, index, &grades),
    };
    let mut after = random::stream(config.seed, index, Purpose::FollowUp);
    let (follow_up_days, event) = follow_up(&mut after, person.age, &grades);
    let patient_id = format!("{}P{index:05}", config.id_prefix);
    SimulatedPatient {
        index,
        recordings: recordings(config, &mut report, index, ccta_at),
        patient_id,
        site,
        site_name: config
            .sites
            .get(site)
            .map_or(String::new(), |s| s.name.clone()),
        age: person.age,
        sex: person.sex,
        symptom: person.symptom,
        risk_factors: person.risk_factors,
        ptp: person.ptp(),
        grades,
        effects,
        normal_ecg: positive < config.normal_below,
        ccta_at,
        wording,
        report: free,
        follow_up_days,
        event,
    }
}

/// The cells or the text of a messy report.
fn messy(config: &SimulationConfig, index: usize, grades: &[Grade; 4]) -> ([String; 4], String) {
    let mut random = random::stream(config.seed, index, Purpose::Wording);
    let said = grades.map(|grade| (!chance(&mut random, config.ungraded_share)).then_some(grade));
    let messy = wording::messy(&mut random, &said);
    (messy.cells, messy.report)
}

/// Age, sex, symptom and risk factors.
pub(super) struct Person {
    age: f64,
    sex: Sex,
    symptom: Symptom,
    risk_factors: RiskFactors,
}

impl Person {
    pub(super) fn draw(random: &mut impl Rng) -> Person {
        let age = disease::AGE.0 + disease::AGE.1 * normal(random);
        let male = chance(random, disease::MEN);
        let mut left = random.random::<f64>();
        let symptom = Symptom::ALL.into_iter().find(|symptom| {
            left -= disease::SYMPTOMS[*symptom as usize];
            left < 0.0
        });
        Person {
            age: (age.clamp(30.0, 89.0) * 10.0).round() / 10.0,
            sex: if male { Sex::Male } else { Sex::Female },
            symptom: symptom.unwrap_or(Symptom::Dyspnoea),
            risk_factors: RiskFactors {
                family_history: chance(random, disease::FAMILY_HISTORY),
                smoking: chance(random, disease::SMOKING),
                dyslipidaemia: chance(random, disease::DYSLIPIDAEMIA),
                hypertension: chance(random, disease::HYPERTENSION),
                diabetes: chance(random, disease::DIABETES),
            },
        }
    }

    pub(super) fn risk(&self) -> f64 {
        disease::risk(self.age, self.sex, self.symptom, self.risk_factors)
    }

    fn ptp(&self) -> f64 {
        let exact =
            risk_factor_clinical_likelihood(self.age, self.sex, self.symptom, self.risk_factors);
        (exact * 1e4).round() / 1e4
    }
}

fn draw_site(random: &mut impl Rng, sites: &[Site]) -> usize {
    let total: f64 = sites.iter().map(|site| site.weight).sum();
    let mut left = random.random::<f64>() * total;
    let chosen = sites.iter().position(|site| {
        left -= site.weight;
        left < 0.0
    });
    chosen.unwrap_or(0)
}

/// True grades and the effects they draw.
pub(super) fn draw_disease(
    config: &SimulationConfig,
    random: &mut impl Rng,
    person: &Person,
    shift: f64,
) -> ([Grade; 4], [f64; 4]) {
    let burden = disease::burden(random, person.risk(), shift);
    let grades = Vessel::ALL.map(|vessel| disease::grade(random, vessel, burden));
    let mean = |grade: Grade| config.effect_means[usize::from(grade.number())];
    let effects = grades.map(|grade| mean(grade) + normal(random));
    (grades, effects)
}

/// The ECG of the CCTA within some weeks of it (or too late), and sometimes a second one.
fn recordings(
    config: &SimulationConfig,
    random: &mut impl Rng,
    index: usize,
    ccta_at: DateTime,
) -> Vec<Recording> {
    let late = chance(random, config.late_share);
    let nearest = if late {
        uniform(random, 95.0, 400.0)
    } else {
        uniform(random, 0.0, 1.0).powi(2) * 80.0
    };
    let mut days = vec![nearest];
    if chance(random, config.repeat_share) {
        days.push(nearest + uniform(random, 2.0, 500.0));
    }
    days.into_iter()
        .enumerate()
        .map(|(number, days)| {
            let before = chance(random, 0.7);
            let minutes = (days * 1440.0).round() as i64;
            let minutes = if before { -minutes } else { minutes };
            Recording {
                record_id: format!("{}R{index:05}-{number}", config.id_prefix),
                number,
                recorded_at: ccta_at + minutes.minutes(),
                fault: faults::draw(random, config.fault_share),
            }
        })
        .collect()
}

/// Exponential times to MACE and to death of other causes, and censoring after one to five years.
///
/// MACE: 0.8 % a year without stenosis, times 1.5 for each grade of the worst vessel and 1.15 for each
/// grade of the others; competing death: 0.6 % a year at sixty, doubling every ten years.
fn follow_up(random: &mut impl Rng, age: f64, grades: &[Grade; 4]) -> (f64, Event) {
    const YEAR: f64 = 365.25;
    let worst = grades.iter().map(|grade| grade.number()).max().unwrap_or(0);
    let sum: u8 = grades.iter().map(|grade| grade.number()).sum();
    let mace_rate = 0.008 * 1.5f64.powi(i32::from(worst)) * 1.15f64.powi(i32::from(sum - worst));
    let death_rate = 0.006 * 2f64.powf((age - 60.0) / 10.0);
    let mace = exponential(random, mace_rate) * YEAR;
    let death = exponential(random, death_rate) * YEAR;
    let censored = uniform(random, 1.0, 5.0) * YEAR;
    let (days, event) = if mace <= death && mace <= censored {
        (mace, Event::Mace)
    } else if death <= censored {
        (death, Event::CompetingDeath)
    } else {
        (censored, Event::Censored)
    };
    (days.ceil(), event)
}
