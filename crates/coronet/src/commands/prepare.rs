//! `coronet prepare`: from a manifest of ECGs to a store of preprocessed windows.

mod columns;
mod ecg;
mod exclusions;
mod inputs;
mod pack;
mod parts;
mod shelf;
mod source;
mod summary;
mod tables;
mod texts;

pub use columns::ColumnMap;
pub(in crate::commands) use inputs::fingerprint_of_files;
pub(crate) use source::{is_parquet_manifest, parquet_manifest};
pub use summary::{EqualSignal, PrepareSummary, VesselCounts};

use crate::commands::Status;
use crate::commands::inspect::Reading;
use crate::key::DeIdentify;
use crate::printer::{Hint, Printer};
use anyhow::Result;
use clap::{Args, ValueEnum};
use coronet_cohort::store::{Store, StoreMeta};
use coronet_cohort::{Direction, Key, PairingRule, PairsOfCcta};
use coronet_ecg::{Lead, Notch, Profile, WindowRule};
use coronet_formats::ReadOptions;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Arguments of `coronet prepare`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: grades in the manifest
  coronet prepare manifest.csv --out store

Example: tables as the hospital exports them
  coronet prepare manifest.csv --ccta ccta.csv --clinical clinical.csv --followup followup.csv \\
    --out store

Example: a table with columns of its own, and a folder tree of ECGs
  coronet prepare ludb.csv --column record_id=ID --column patient_id=ID --column age=Age \\
    --column sex=Sex --path 'data/{ID}' --out store
  coronet prepare ecgs/ --ccta ccta.csv --out store

Example: files that hold many ECGs, such as those of CODE-15 %
  coronet prepare exams.csv --column record_id=exam_id --column sex=is_male \\
    --path '{trace_file}#{exam_id}' --out store
  coronet prepare ecgs.parquet --ccta ccta.csv --out store

The manifest is a table as text or Parquet. It has the columns record_id, path, patient_id, and may
have recorded_at, age, sex, normal_ecg, site, interval_days, RCA_grade, LM_grade, LAD_grade,
LCX_grade, ptp, follow_up_days, event. Paths are relative to the manifest. Records that cannot be
used are named, counted and left out. An interrupted run is continued by the same command.

A path FILE#NAME is one ECG of a file that holds several (HDF5, NumPy, Parquet, FHIR, XML):
exams.hdf5#1111, batch.npy#3. A path without a name takes every ECG of its file, called
RECORD_ID#NAME. Where patient_id, recorded_at, age or sex are empty they are the file's (column
from_file of STORE/table.csv); where both say something else the manifest counts, a warning tells,
and the column contradictions holds both.

The CCTA table has patient_id and performed_at, and a column for each of RCA, LM, LAD and LCX — per
cent, CAD-RADS, English or Chinese words — or a column report with the text of the report. What was
understood how is counted, and listed text by text in STORE/ccta-texts.csv; STORE/ccta-flow.json
counts what became of the CCTAs, STORE/flow.json what became of the ECGs.")]
pub struct PrepareArgs {
    /// The manifest: one ECG a row; or a folder, or a file of ECGs, of which every ECG counts.
    #[arg(value_name = "MANIFEST")]
    pub manifest: PathBuf,
    /// Where the store is written.
    #[arg(long, value_name = "STORE")]
    pub out: PathBuf,
    /// A column of the manifest (of no other table) under another name; further columns are then
    /// passed over. Columns is_male and is_female may stand for sex.
    #[arg(long = "column", value_name = "NAME=COLUMN")]
    pub columns: Vec<String>,
    /// The path of an ECG made of cells of its row, such as `data/{ID}`.
    #[arg(long = "path", value_name = "TEMPLATE")]
    pub path: Option<String>,
    /// CCTA findings: patient_id, performed_at, RCA, LM, LAD, LCX.
    #[arg(long, value_name = "FILE")]
    pub ccta: Option<PathBuf>,
    /// Pre-test probability: patient_id, ptp; prior_revascularisation (0/1), and symptoms and risk
    /// factors for `evaluate --clinical`, may stand beside it.
    #[arg(long, value_name = "FILE")]
    pub clinical: Option<PathBuf>,
    /// Follow-up: patient_id, follow_up_days, event.
    #[arg(long, value_name = "FILE")]
    pub followup: Option<PathBuf>,
    /// Preprocessing: ecgfounder, anyecg-ccta or ecgfounder-eval.
    #[arg(long, value_name = "NAME", default_value = "ecgfounder")]
    pub profile: String,
    /// Mains frequency that the profile's notch removes [default: 50].
    #[arg(long, value_enum, value_name = "HERTZ")]
    pub notch: Option<NotchChoice>,
    /// Windows of an ECG that is longer than one: the first 10 s, or every whole 10 s, each of them
    /// learnt from with the labels of its ECG; the prediction of an ECG is the mean over its windows.
    #[arg(long, value_enum, default_value_t = WindowsChoice::First)]
    pub windows: WindowsChoice,
    /// Most days between an ECG and its CCTA.
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    pub window_days: u32,
    /// Side of the CCTA on which its ECG may lie.
    #[arg(long, value_enum, default_value_t = DirectionChoice::Either)]
    pub direction: DirectionChoice,
    /// ECGs of a CCTA: the nearest, or every one within the window, each with the CCTA nearest to it;
    /// folds keep the ECGs of a patient together.
    #[arg(long, value_enum, default_value_t = PairsChoice::Nearest)]
    pub pairs: PairsChoice,
    /// Patients who have had a stent or a bypass, by the clinical table (prior_revascularisation) or
    /// the words of their CCTA.
    #[arg(long, value_enum, default_value_t = PriorRevascularisation::Exclude)]
    pub prior_revascularisation: PriorRevascularisation,
    /// Leave out ECGs with any of these findings, such as `flat-lead,limb-leads-swapped`, or
    /// `unusable-ecg` for all that `coronet inspect` calls unusable; a code that is none lists them.
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub exclude_findings: Vec<String>,
    /// Whose ECGs they are.
    #[command(flatten)]
    pub de_identify: DeIdentify,
    /// What files do not say of themselves.
    #[command(flatten)]
    pub reading: Reading,
}

/// Mains frequency as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum NotchChoice {
    /// 50 Hz.
    #[value(name = "50")]
    Hertz50,
    /// 60 Hz.
    #[value(name = "60")]
    Hertz60,
    /// No notch.
    None,
}

/// Windows of an ECG as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WindowsChoice {
    /// The first.
    First,
    /// Every whole one, end to end.
    Every,
}

impl WindowsChoice {
    /// The rule of a profile.
    pub(crate) fn rule(self) -> WindowRule {
        match self {
            WindowsChoice::First => WindowRule::First,
            WindowsChoice::Every => WindowRule::Every,
        }
    }
}

/// What becomes of patients who have had a stent or a bypass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PriorRevascularisation {
    /// Their ECGs are left out, and counted.
    Exclude,
    /// They stay.
    Keep,
}

/// ECGs of a CCTA as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PairsChoice {
    /// The nearest.
    Nearest,
    /// Every one within the window.
    All,
}

/// Side of the CCTA as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DirectionChoice {
    /// Before or after.
    Either,
    /// The day of the CCTA or before.
    Before,
    /// The day of the CCTA or after.
    After,
}

/// What is prepared, and how.
#[derive(Clone, Debug)]
pub struct PrepareSettings {
    /// The manifest, or a folder of ECGs.
    pub manifest: PathBuf,
    /// Names of its columns, where they are not those of a manifest.
    pub columns: ColumnMap,
    /// The key to replace identifiers with, where they are to be replaced.
    pub key: Option<Key>,
    /// Where the store is written.
    pub out: PathBuf,
    /// CCTA findings, where they are not in the manifest.
    pub ccta: Option<PathBuf>,
    /// Symptoms, risk factors and pre-test probability.
    pub clinical: Option<PathBuf>,
    /// Follow-up.
    pub followup: Option<PathBuf>,
    /// The preprocessing profile.
    pub profile: Profile,
    /// Which ECG belongs to which CCTA.
    pub pairing: PairingRule,
    /// What becomes of patients who have had a stent or a bypass.
    pub prior_revascularisation: PriorRevascularisation,
    /// Codes of findings that exclude an ECG.
    pub exclude_findings: BTreeSet<String>,
    /// What files do not say of themselves, and what to do with those that depart from their
    /// standard.
    pub reading: ReadOptions,
}

impl PrepareSettings {
    /// The settings of arguments.
    ///
    /// # Errors
    ///
    /// The profile does not exist, cannot make a store, or has no notch where one is asked for; a
    /// code that no finding has.
    pub fn resolve(args: &PrepareArgs) -> Result<PrepareSettings> {
        let PrepareArgs {
            manifest,
            out,
            columns,
            path,
            ccta,
            clinical,
            followup,
            profile,
            notch,
            windows,
            window_days,
            direction,
            pairs,
            prior_revascularisation,
            exclude_findings,
            de_identify,
            reading,
        } = args;
        Ok(PrepareSettings {
            manifest: manifest.clone(),
            columns: ColumnMap::parse(columns, path.as_deref())?,
            key: de_identify.key()?,
            out: out.clone(),
            ccta: ccta.clone(),
            clinical: clinical.clone(),
            followup: followup.clone(),
            profile: resolve_profile(profile, *notch)?.with_windows(windows.rule()),
            pairing: PairingRule {
                window_days: *window_days,
                direction: match direction {
                    DirectionChoice::Either => Direction::Either,
                    DirectionChoice::Before => Direction::Before,
                    DirectionChoice::After => Direction::After,
                },
                pairs: match pairs {
                    PairsChoice::Nearest => PairsOfCcta::Nearest,
                    PairsChoice::All => PairsOfCcta::All,
                },
            },
            prior_revascularisation: *prior_revascularisation,
            exclude_findings: exclusions::parse(exclude_findings)?,
            reading: reading.options(),
        })
    }

    /// The store of a manifest by the default profile and pairing.
    ///
    /// # Errors
    ///
    /// Never in practice: the default profile exists.
    pub fn new(manifest: PathBuf, out: PathBuf) -> Result<PrepareSettings> {
        Ok(PrepareSettings {
            manifest,
            columns: ColumnMap::default(),
            key: None,
            out,
            ccta: None,
            clinical: None,
            followup: None,
            profile: Profile::named(Profile::NAMES[0])?,
            pairing: PairingRule::default(),
            prior_revascularisation: PriorRevascularisation::Exclude,
            exclude_findings: BTreeSet::new(),
            reading: ReadOptions::default(),
        })
    }
}

fn resolve_profile(name: &str, notch: Option<NotchChoice>) -> Result<Profile> {
    if name == "raw" {
        return Err(Hint::error(
            "profile raw keeps records of any length as they are, and a store holds windows of one length",
            "use --profile ecgfounder (filtered), anyecg-ccta or ecgfounder-eval (not filtered); \
             `coronet predict --profile raw` takes arrays as they are",
        ));
    }
    let profile = Profile::named(name)?;
    let Some(notch) = notch else {
        return Ok(profile);
    };
    if profile.filter.is_none() {
        return Err(Hint::error(
            format!("profile {name} has no filter, so no notch can be chosen"),
            "leave out --notch, or use --profile ecgfounder",
        ));
    }
    Ok(profile.with_notch(match notch {
        NotchChoice::Hertz50 => Notch::Hertz50,
        NotchChoice::Hertz60 => Notch::Hertz60,
        NotchChoice::None => Notch::None,
    }))
}

/// Runs `coronet prepare`.
///
/// # Errors
///
/// As [`prepare`].
pub fn run(args: &PrepareArgs, printer: &Printer) -> Result<Status> {
    let settings = PrepareSettings::resolve(args)?;
    let summary = prepare(&settings, printer)?;
    summary.print(printer);
    if !summary.is_gradeless() {
        let store = summary.store.display();
        printer.note(&format!("next: coronet train {store} --out run"));
    }
    match summary.failed {
        0 => Ok(Status::Done),
        _ => Ok(Status::DoneWithFailures),
    }
}

/// Makes the store of a manifest, continues one that was interrupted, or finds it unchanged.
///
/// Records that cannot be read or preprocessed are named through `printer`, counted in the flow and
/// left out; bytes of the store depend neither on the number of threads nor on interruptions.
///
/// # Errors
///
/// A table is refused as a whole, no record is left, the place of the store holds something else, the
/// disk refuses, or the user asked to stop (the same call then continues).
pub fn prepare(settings: &PrepareSettings, printer: &Printer) -> Result<PrepareSummary> {
    let cohort = tables::read(settings, printer)?;
    let meta = StoreMeta {
        leads: Lead::ALL.to_vec(),
        samples: (settings.profile.window_seconds * settings.profile.rate).round() as usize,
        profile_name: settings.profile.name.clone(),
        profile_hash: settings.profile.hash(),
        profile_toml: settings.profile.to_toml(),
        label_source: cohort.label_source.clone(),
        inputs: inputs::fingerprints(settings, &cohort, printer)?,
    };
    let mut summary = match unchanged(settings, &meta, printer) {
        Some(store) => PrepareSummary::of_unchanged(&store),
        None => {
            let packed = pack::pack(settings, &cohort, meta, printer)?;
            PrepareSummary::of_new(&packed.store, packed.resumed)
        }
    };
    summary.failed += cohort.problems;
    texts::write(settings, &cohort, printer)?;
    Ok(summary)
}

/// The store that is there, if it was made of equal inputs in an equal way.
fn unchanged(settings: &PrepareSettings, meta: &StoreMeta, printer: &Printer) -> Option<Store> {
    if !settings.out.join("store.json").is_file() {
        return None;
    }
    let place = settings.out.display();
    let store = match Store::open(&settings.out) {
        Ok(store) => store,
        Err(error) => {
            printer.warn(&format!("{place} is not usable and is made anew: {error}"));
            return None;
        }
    };
    let there = store.meta();
    let mut changed: BTreeSet<&str> = meta
        .inputs
        .keys()
        .chain(there.inputs.keys())
        .filter(|name| meta.inputs.get(*name) != there.inputs.get(*name))
        .map(String::as_str)
        .collect();
    if there.profile.hash != meta.profile_hash {
        changed.insert("profile");
    }
    if there.label_source != meta.label_source {
        changed.insert("source of the grades");
    }
    if changed.is_empty() {
        return Some(store);
    }
    let changed: Vec<&str> = changed.into_iter().collect();
    let changed = changed.join(", ");
    printer.note(&format!("{place} is made anew; changed: {changed}"));
    None
}
