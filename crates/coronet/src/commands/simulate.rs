//! `coronet simulate`: a cohort with known truth, in the files of a real one.

mod description;
mod directory;
mod joined;

use crate::commands::Status;
use crate::interrupt;
use crate::printer::{Hint, Printer, counted};
use crate::progress;
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use coronet_cohort::simulate::{
    Oracle, Recording, SimulatedPatient, Simulation, SimulationConfig, Wording, ccta_csv,
    clinical_csv, followup_csv, manifest_csv, truth_csv,
};
use coronet_cohort::{LabelRule, Vessel};
use coronet_formats::wfdb;
pub(crate) use directory::is_simulation;

use directory::Aside;
use fs_err as fs;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Name of the file by which a simulated cohort is known.
pub const MARK: &str = "simulation.json";

/// Arguments of `coronet simulate`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: 600 simulated patients, and a store of them
  coronet simulate --out cohort --patients 600 --seed 1
  coronet prepare cohort/manifest.csv --ccta cohort/ccta.csv --clinical cohort/clinical.csv \\
    --followup cohort/followup.csv --out store

Equal patients, seed and sites give equal files, byte for byte.")]
pub struct SimulateArgs {
    /// Where the cohort is written; a simulation that is there is replaced.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Number of patients.
    #[arg(long, default_value_t = 600)]
    pub patients: usize,
    /// Seed of everything.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Hospitals: 1, or 3 with other devices, sampling rates and prevalences.
    #[arg(long, value_enum, default_value_t = Sites::One)]
    pub sites: Sites,
    /// How the CCTA reports are worded: plain cells, or as people type, with free reports in two
    /// languages, slips, branches and findings of other organs.
    #[arg(long, value_enum, default_value_t = Reports::Tidy)]
    pub wording: Reports,
    /// Write one manifest with grades, pre-test probability and follow-up already joined, in place of
    /// four tables.
    #[arg(long)]
    pub joined: bool,
}

/// How many hospitals are simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Sites {
    /// One referral hospital.
    #[default]
    #[value(name = "1")]
    One,
    /// Three hospitals that differ.
    #[value(name = "3")]
    Three,
}

/// How CCTA reports are worded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Reports {
    /// A plain cell for each vessel.
    #[default]
    Tidy,
    /// As people type.
    Messy,
}

/// Which tables go beside the ECGs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tables {
    /// `manifest.csv`, `ccta.csv`, `clinical.csv` and `followup.csv`, as hospitals export them.
    #[default]
    Separate,
    /// `manifest.csv` alone, with all of it joined.
    Joined,
}

/// What is simulated, and where to.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulateSettings {
    /// Where the cohort is written.
    pub out: PathBuf,
    /// The cohort.
    pub config: SimulationConfig,
    /// Which tables are written.
    pub tables: Tables,
}

/// What was simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulationSummary {
    /// Where the cohort lies.
    pub directory: PathBuf,
    /// The manifest, for `prepare`.
    pub manifest: PathBuf,
    /// Number of patients.
    pub patients: usize,
    /// Number of ECGs.
    pub ecgs: usize,
    /// Patients whose true grade is severe, by vessel in the order of [`Vessel::ALL`].
    pub severe: [usize; 4],
    /// Best AUC any reader of the ECGs could reach under the rule `severe`; `None` where undefined.
    pub best_achievable_auc: [Option<f64>; 4],
}

impl SimulateSettings {
    /// The settings of arguments.
    pub fn resolve(args: &SimulateArgs) -> SimulateSettings {
        let SimulateArgs {
            out,
            patients,
            seed,
            sites,
            wording,
            joined,
        } = args;
        let config = match sites {
            Sites::One => SimulationConfig::default(),
            Sites::Three => SimulationConfig::three_sites(),
        };
        SimulateSettings {
            out: out.clone(),
            config: SimulationConfig {
                patients: *patients,
                seed: *seed,
                wording: match wording {
                    Reports::Tidy => Wording::Tidy,
                    Reports::Messy => Wording::Messy,
                },
                ..config
            },
            tables: match joined {
                true => Tables::Joined,
                false => Tables::Separate,
            },
        }
    }
}

/// Runs `coronet simulate`.
///
/// # Errors
///
/// As [`simulate`].
pub fn run(args: &SimulateArgs, printer: &Printer) -> Result<Status> {
    let settings = SimulateSettings::resolve(args);
    let summary = simulate(&settings, printer)?;
    summary.print(printer);
    let directory = summary.directory.display();
    let tables = match settings.tables {
        Tables::Separate => format!(
            " --ccta {directory}/ccta.csv --clinical {directory}/clinical.csv \
             --followup {directory}/followup.csv"
        ),
        Tables::Joined => String::new(),
    };
    let manifest = summary.manifest.display();
    printer.note(&format!(
        "next: coronet prepare {manifest}{tables} --out store"
    ));
    Ok(Status::Done)
}

/// Writes a simulated cohort; the folder is whole or not there.
///
/// # Errors
///
/// The configuration cannot be simulated, the folder holds something else than a simulation, the
/// disk refuses, or the user asked to stop.
pub fn simulate(settings: &SimulateSettings, printer: &Printer) -> Result<SimulationSummary> {
    if settings.config.patients == 0 {
        let hint = "simulate some hundred patients at least: `--patients 600`";
        return Err(Hint::error(
            "patients: expected at least 1 patient, got 0",
            hint,
        ));
    }
    let simulation = Simulation::new(settings.config.clone())?;
    let aside = Aside::create(&settings.out)?;
    let patients: Vec<SimulatedPatient> = (0..settings.config.patients)
        .into_par_iter()
        .map(|index| simulation.patient(index))
        .collect();
    let oracle = Oracle::new(&simulation);
    let best = oracle.best_achievable_auc(&simulation, LabelRule::Severe);
    let description = description::text(settings, &best);
    write(&aside, MARK, &description)?;
    let ids = write_tables(&aside, &patients, &oracle, settings.tables)?;
    let ecgs = write_ecgs(&aside, &simulation, &patients, &ids, printer)?;
    aside.finish()?;
    Ok(SimulationSummary {
        directory: settings.out.clone(),
        manifest: settings.out.join("manifest.csv"),
        patients: patients.len(),
        ecgs,
        severe: Vessel::ALL.map(|vessel| severe(&patients, vessel)),
        best_achievable_auc: best,
    })
}

impl SimulationSummary {
    /// Says what was simulated, each line labelled so.
    pub fn print(&self, printer: &Printer) {
        let (patients, ecgs) = (self.patients, self.ecgs);
        let directory = self.directory.display();
        printer.note(&format!(
            "simulated: {} with {} in {directory}",
            counted(patients, "patient", "patients"),
            counted(ecgs, "ECG", "ECGs")
        ));
        let severe: Vec<String> = Vessel::ALL
            .iter()
            .map(|vessel| format!("{vessel} {}", self.severe[vessel.index()]))
            .collect();
        let severe = severe.join(", ");
        printer.note(&format!(
            "simulated: patients with severe stenosis: {severe}"
        ));
        let best: Vec<String> = Vessel::ALL
            .iter()
            .map(|vessel| match self.best_achievable_auc[vessel.index()] {
                Some(auc) => format!("{vessel} {auc:.3}"),
                None => format!("{vessel} undefined"),
            })
            .collect();
        printer.note(&format!(
            "simulated: best achievable AUC for severe stenosis: {}",
            best.join(", ")
        ));
    }
}

fn severe(patients: &[SimulatedPatient], vessel: Vessel) -> usize {
    let threshold = LabelRule::Severe.threshold(vessel);
    let is_severe = |patient: &&SimulatedPatient| patient.grades[vessel.index()] >= threshold;
    patients.iter().filter(is_severe).count()
}

/// Writes the tables and returns the ids of the ECGs in the manifest.
fn write_tables(
    aside: &Aside,
    patients: &[SimulatedPatient],
    oracle: &Oracle,
    tables: Tables,
) -> Result<BTreeSet<String>> {
    let manifest = manifest_csv(patients, &record_path);
    let truth = truth_csv(patients, oracle, LabelRule::Severe);
    write(aside, "truth.csv", &truth)?;
    let ccta = ccta_csv(patients);
    let clinical = clinical_csv(patients);
    let followup = followup_csv(patients);
    match tables {
        Tables::Separate => {
            write(aside, "manifest.csv", &manifest)?;
            write(aside, "ccta.csv", &ccta)?;
            write(aside, "clinical.csv", &clinical)?;
            write(aside, "followup.csv", &followup)?;
            let recordings = patients.iter().flat_map(|patient| &patient.recordings);
            Ok(recordings
                .map(|recording| recording.record_id.clone())
                .collect())
        }
        Tables::Joined => {
            let rows = joined::join(&manifest, &ccta, &clinical, &followup)?;
            write(aside, "manifest.csv", &joined::csv(&rows)?)?;
            Ok(rows.into_iter().map(|row| row.record_id).collect())
        }
    }
}

fn write(aside: &Aside, name: &str, text: &str) -> Result<()> {
    let path = aside.path().join(name);
    fs::write(&path, text).with_context(|| format!("cannot write {name}"))
}

/// Where an ECG lies, relative to the manifest; a thousand patients a folder.
fn record_path(patient: &SimulatedPatient, recording: &Recording) -> String {
    format!("{}/{}", record_folder(patient), recording.record_id)
}

fn record_folder(patient: &SimulatedPatient) -> String {
    format!("records/{:03}", patient.index / 1000)
}

/// Writes the ECGs of the manifest and returns how many.
fn write_ecgs(
    aside: &Aside,
    simulation: &Simulation,
    patients: &[SimulatedPatient],
    ids: &BTreeSet<String>,
    printer: &Printer,
) -> Result<usize> {
    for thousand in patients.chunks(1000) {
        fs::create_dir_all(aside.path().join(record_folder(&thousand[0])))?;
    }
    let bar = progress::bar(printer, "simulating", ids.len(), "ECGs");
    patients.par_iter().try_for_each(|patient| -> Result<()> {
        let folder = aside.path().join(record_folder(patient));
        for recording in &patient.recordings {
            if ids.contains(&recording.record_id) {
                stop_if_asked()?;
                write_ecg(&folder, simulation, patient, recording)?;
                bar.inc(1);
            }
        }
        Ok(())
    })?;
    bar.finish_and_clear();
    Ok(ids.len())
}

fn write_ecg(
    folder: &Path,
    simulation: &Simulation,
    patient: &SimulatedPatient,
    recording: &Recording,
) -> Result<()> {
    let ecg = simulation.ecg(patient, recording);
    let options = wfdb::WriteOptions {
        gain: Some(1000.0),
        comments: vec!["Simulated by coronet: not an ECG of a person".to_owned()],
    };
    wfdb::write(folder, &recording.record_id, &ecg, &options)?;
    Ok(())
}

fn stop_if_asked() -> Result<()> {
    if interrupt::asked() {
        let hint = "the same command starts again from the beginning";
        return Err(Hint::error(
            "stopped as asked; nothing was left behind",
            hint,
        ));
    }
    Ok(())
}
