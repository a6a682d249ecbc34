//! What the records of a cohort say of one vessel.

use super::explaining::Found;
use super::groups::{Beats, GroupSettings, groups};
use super::record::Networks;
use super::trust::{Trust, trust};
use anyhow::Result;
use coronet_cohort::Vessel;
use coronet_cohort::simulate::lead_effects;
use coronet_ecg::Lead;
use coronet_evaluate::trend::spearman;
use coronet_evaluate::{Estimate, Statistic};
use coronet_evidence::{
    Drivers, FeatureDifference, LeadWaveShare, RecordShares, ShapeError, ShareTable, Wave, drivers,
    drivers_over_time, shares,
};
use coronet_explain::trust::mean_with_interval;
use serde::Serialize;

/// Share of the largest effect at which a lead counts as changed by the simulation.
const CHANGED: f64 = 0.5;
/// What the simulator changes.
const REPOLARISATION: [Wave; 2] = [Wave::StSegment, Wave::T];
/// What an infarct or ischaemia of a wall changes.
const VENTRICULAR: [Wave; 3] = [Wave::Qrs, Wave::StSegment, Wave::T];

/// What was found for one vessel.
#[derive(Debug, Serialize)]
pub(in super::super) struct VesselEvidence {
    pub(in super::super) vessel: String,
    /// What sets the logits of patients apart, by lead and wave.
    pub(in super::super) drivers: Statistic<Drivers>,
    /// The same by networks whose every weight is shuffled.
    pub(in super::super) drivers_shuffled: Statistic<Drivers>,
    /// The same by networks trained on shuffled labels, where they were given.
    pub(in super::super) drivers_label_randomised: Option<Statistic<Drivers>>,
    /// Rank correlation of the drivers by lead and wave with those of shuffled labels.
    pub(in super::super) label_randomised_correlation: Option<Statistic<Estimate>>,
    /// What sets the logits apart, `[lead][step of 20 ms]` along the beat.
    pub(in super::super) drivers_along_beat: Statistic<Vec<f64>>,
    /// The leads that a cardiologist would name for the vessel's territory.
    pub(in super::super) territory: Option<Recovery>,
    /// Simulations only: what the simulator changed.
    pub(in super::super) changed: Option<Recovery>,
    /// Magnitude of the attribution by lead and wave, over patients: what is large in everybody
    /// counts too.
    pub(in super::super) shares: Statistic<Vec<LeadWaveShare>>,
    /// Mean share of the magnitude, `[lead][wave]`, by networks whose every weight is shuffled.
    pub(in super::super) shuffled: Vec<[f64; 6]>,
    pub(in super::super) trust: Statistic<Trust>,
    /// Groups by the run's thresholds: high against low stratum.
    pub(in super::super) beats: Statistic<Beats>,
    pub(in super::super) features: Statistic<Vec<FeatureDifference>>,
}

/// What falls on named leads and waves.
#[derive(Debug, Serialize)]
pub(in super::super) struct Recovery {
    pub(in super::super) leads: Vec<&'static str>,
    pub(in super::super) waves: Vec<Wave>,
    /// Share in the differences between patients' logits.
    pub(in super::super) attribution: Statistic<Estimate>,
    /// Share of the samples.
    pub(in super::super) area: f64,
    /// The same with every weight of the networks shuffled.
    pub(in super::super) randomised: Statistic<Estimate>,
    /// The same of networks trained on shuffled labels, where they were given.
    pub(in super::super) label_randomised: Option<Statistic<Estimate>>,
    /// Mean share of the magnitude of the attribution, for comparison.
    pub(in super::super) magnitude: Statistic<Estimate>,
    /// The same with every weight shuffled.
    pub(in super::super) magnitude_randomised: Statistic<Estimate>,
}

/// Evidence on the class `class`, the `index`th of those asked for.
pub(super) fn evidence(
    networks: &Networks<'_>,
    (index, class): (usize, usize),
    found: &Found,
    simulated: bool,
    settings: &GroupSettings,
) -> Result<VesselEvidence> {
    let name = networks.model.model().labels[class].clone();
    let kept = &found.kept;
    let class_of = &kept.classes[index];
    let adds_up = networks.model.way().adds_up();
    let split = |records: ShareTable<'_>, network: &[u32]| -> Result<Statistic<Drivers>> {
        if !adds_up {
            let reason = "the values of this method do not add up to the logit";
            return Ok(Statistic::undefined(reason));
        }
        let patients = &kept.patients;
        Ok(drivers(records, patients, network, &settings.resampling)?)
    };
    let by = By {
        own: split(class_of.shares()?, &kept.networks)?,
        shuffled: split(class_of.shuffled()?, &kept.networks)?,
        control: class_of
            .control()?
            .map(|control| split(control, &kept.control_networks))
            .transpose()?,
        magnitudes: class_of.shares()?,
        shuffled_magnitudes: class_of.shuffled()?,
        patients: &kept.patients,
    };
    let vessel = Vessel::ALL.into_iter().find(|vessel| vessel.name() == name);
    let (beats, features) = groups(index, kept, settings)?;
    Ok(VesselEvidence {
        territory: vessel
            .and_then(territory)
            .map(|leads| by.recovery(leads, &VENTRICULAR))
            .transpose()?,
        changed: vessel
            .filter(|_| simulated)
            .map(|vessel| by.recovery(&changed(vessel), &REPOLARISATION))
            .transpose()?,
        label_randomised_correlation: by
            .control
            .as_ref()
            .map(|control| correlation(&by.own, control)),
        drivers_along_beat: match adds_up {
            true => drivers_over_time(
                class_of.along_beat()?,
                class_of.totals(),
                &kept.patients,
                &kept.networks,
            )?,
            false => Statistic::undefined("the values of this method do not add up to the logit"),
        },
        shares: shares(class_of.shares()?, &kept.patients, &settings.resampling)?,
        shuffled: mean_shares(class_of.shuffled()?, &kept.patients)?,
        trust: trust(networks, class, &found.trusted, settings.resampling.seed)?,
        drivers: by.own,
        drivers_shuffled: by.shuffled,
        drivers_label_randomised: by.control,
        beats,
        features,
        vessel: name,
    })
}

/// Drivers and magnitudes by the networks that were asked.
struct By<'a> {
    own: Statistic<Drivers>,
    shuffled: Statistic<Drivers>,
    control: Option<Statistic<Drivers>>,
    magnitudes: ShareTable<'a>,
    shuffled_magnitudes: ShareTable<'a>,
    patients: &'a [u32],
}

impl By<'_> {
    fn recovery(&self, leads: &[Lead], waves: &[Wave]) -> Result<Recovery> {
        let cells: Vec<(usize, Wave)> = leads
            .iter()
            .flat_map(|lead| waves.iter().map(|&wave| (lead.index(), wave)))
            .collect();
        let on = |cells_of: &[[f64; 6]]| -> f64 {
            let value = |&(lead, wave): &(usize, Wave)| cells_of[lead][wave as usize];
            cells.iter().map(value).sum()
        };
        let of = |table: ShareTable<'_>, pick: fn(&RecordShares) -> &[[f64; 6]]| {
            let patients = table.by_patient(self.patients)?;
            Ok::<Vec<f64>, ShapeError>(patients.map(|one| on(pick(&one))).collect())
        };
        let magnitude = |table: ShareTable<'_>| {
            let shares = of(table, |one| &one.attribution)?;
            let method = "mean share of the magnitude of the attribution, t interval over patients";
            Ok::<_, ShapeError>(mean_with_interval(&shares, method))
        };
        let share = |drivers: &Statistic<Drivers>| drivers.clone().map(|found| found.of(&cells));
        let areas = of(self.magnitudes, |one| &one.area)?;
        Ok(Recovery {
            leads: leads.iter().map(|lead| lead.name()).collect(),
            waves: waves.to_vec(),
            attribution: share(&self.own),
            area: areas.iter().sum::<f64>() / areas.len() as f64,
            randomised: share(&self.shuffled),
            label_randomised: self.control.as_ref().map(share),
            magnitude: magnitude(self.magnitudes)?,
            magnitude_randomised: magnitude(self.shuffled_magnitudes)?,
        })
    }
}

/// The leads whose ST segment and T wave the simulator changes most.
fn changed(vessel: Vessel) -> Vec<Lead> {
    let effects = lead_effects(vessel);
    let strong = |lead: &Lead| effects[lead.index()].abs() >= CHANGED;
    Lead::ALL.into_iter().filter(strong).collect()
}

/// The leads that look at the wall a vessel usually supplies: inferior, anterior with septum, and
/// lateral. The left main supplies two walls and has no leads of its own.
fn territory(vessel: Vessel) -> Option<&'static [Lead]> {
    match vessel {
        Vessel::Rca => Some(&[Lead::II, Lead::III, Lead::AVF]),
        Vessel::Lad => Some(&[Lead::V1, Lead::V2, Lead::V3, Lead::V4]),
        Vessel::Lcx => Some(&[Lead::I, Lead::AVL, Lead::V5, Lead::V6]),
        Vessel::Lm => None,
    }
}

/// Mean share of the magnitude by lead and wave, patients counting once.
fn mean_shares(records: ShareTable<'_>, patients: &[u32]) -> Result<Vec<[f64; 6]>> {
    let count = records.by_patient(patients)?.count();
    let mut mean = vec![[0.0; 6]; records.leads()];
    for record in records.by_patient(patients)? {
        for (mean, lead) in mean.iter_mut().zip(&record.attribution) {
            for (mean, share) in mean.iter_mut().zip(lead) {
                *mean += share / count as f64;
            }
        }
    }
    Ok(mean)
}

fn correlation(own: &Statistic<Drivers>, other: &Statistic<Drivers>) -> Statistic<Estimate> {
    let values = |drivers: &Drivers| -> Vec<f64> {
        drivers.cells.iter().map(|cell| cell.share.value).collect()
    };
    match (own, other) {
        (Statistic::Defined(own), Statistic::Defined(other)) => {
            let method = "Spearman correlation of the shares of leads and waves";
            spearman(&values(own), &values(other))
                .map(|found| Estimate::point(found.value, method, found.n))
        }
        (Statistic::Undefined(reason), _) | (_, Statistic::Undefined(reason)) => {
            Statistic::Undefined(reason.clone())
        }
    }
}
