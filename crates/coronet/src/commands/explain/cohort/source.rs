//! Where the ECGs of a cohort come from: a manifest of files, or a store of windows.

use crate::commands::predict::{manifest_bytes, noted};
use crate::model_choice::Model;
use crate::output;
use crate::place::Place;
use crate::printer::Printer;
use anyhow::{Context, Result, bail};
use coronet_cohort::store::Store;
use coronet_cohort::{Facts, Manifest, parse_manifest};
use coronet_ecg::{
    Channel, Device, Ecg, Hertz, Lead, Resampling, Signal, Subject, Window, fingerprint,
    preprocess, quality,
};
use coronet_formats::ReadOptions;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// ECGs one after the other.
pub(super) enum Source {
    /// Files that a manifest names.
    Manifest {
        /// Folder that its paths start from.
        folder: PathBuf,
        /// The manifest.
        manifest: Manifest,
        /// SHA-256 of the manifest.
        sha256: String,
    },
    /// Windows of a store.
    Store(Box<Store>),
}

/// One ECG ready to be explained.
pub(super) struct Loaded {
    /// The signals in which beats are found.
    pub(super) ecg: Ecg,
    /// What the network sees.
    pub(super) window: Window,
    /// Samples a second of the window.
    pub(super) rate: f64,
    /// Fingerprint of the decoded samples.
    pub(super) fingerprint: String,
    /// Facts of the ECG and its patient.
    pub(super) facts: Facts,
    /// Factor from the signals to the unit that is reported.
    pub(super) scale: f64,
    /// Whether the ECG cannot carry a stratum.
    pub(super) unusable: bool,
}

/// Millivolts that the median lead of a stored window is taken to span when beats are looked for:
/// a store keeps normalised windows.
const SPAN: f64 = 1.5;

impl Source {
    /// Opens a manifest or a store.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or the store holds windows of another profile than the model's.
    pub(super) fn open(path: &Path, model: &Model, printer: &Printer) -> Result<Source> {
        if is_store(path) {
            let store = Store::open(path)?;
            model.check_store(path, &store)?;
            let ecgs = store.rows().iter().filter(|row| row.window == 0).count();
            if ecgs < store.len() {
                printer.warn(&format!(
                    "{}: each of the {} windows of {ecgs} ECGs is explained by itself",
                    path.display(),
                    store.len()
                ));
            }
            return Ok(Source::Store(Box::new(store)));
        }
        let bytes = manifest_bytes(path)?;
        let manifest = parse_manifest(&path.display().to_string(), &bytes)?;
        for problem in &manifest.problems {
            printer.warn(&problem.to_string());
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Source::Manifest {
            folder,
            manifest,
            sha256: output::hexadecimal(&Sha256::digest(&bytes)),
        })
    }

    /// ECGs.
    pub(super) fn len(&self) -> usize {
        match self {
            Source::Manifest { manifest, .. } => manifest.rows.len(),
            Source::Store(store) => store.len(),
        }
    }

    /// Rows that could not be used at all.
    pub(super) fn problems(&self) -> usize {
        match self {
            Source::Manifest { manifest, .. } => manifest.problems.len(),
            Source::Store(_) => 0,
        }
    }

    /// Whether the simulator made it.
    pub(super) fn simulated(&self) -> bool {
        match self {
            Source::Manifest { folder, .. } => folder.join("simulation.json").is_file(),
            Source::Store(store) => store.meta().label_source == "simulated",
        }
    }

    /// Hash of the store; empty for a manifest.
    pub(super) fn store_hash(&self) -> String {
        match self {
            Source::Manifest { .. } => String::new(),
            Source::Store(store) => store.hash().to_owned(),
        }
    }

    /// Hash of the store or of the manifest.
    pub(super) fn hash(&self) -> &str {
        match self {
            Source::Manifest { sha256, .. } => sha256,
            Source::Store(store) => store.hash(),
        }
    }

    /// Unit of the signals.
    pub(super) fn unit(&self) -> &'static str {
        match self {
            Source::Manifest { .. } => "mV",
            Source::Store(_) => "units of the stored windows",
        }
    }

    /// Name of an ECG.
    pub(super) fn name(&self, index: usize) -> &str {
        match self {
            Source::Manifest { manifest, .. } => &manifest.rows[index].record_id,
            Source::Store(store) => &store.rows()[index].record_id,
        }
    }

    /// Facts of an ECG and its patient.
    pub(super) fn facts(&self, index: usize) -> &Facts {
        match self {
            Source::Manifest { manifest, .. } => &manifest.rows[index].facts,
            Source::Store(store) => &store.rows()[index].facts,
        }
    }

    /// The file of an ECG; none for a store.
    pub(super) fn file(&self, index: usize) -> Option<PathBuf> {
        match self {
            Source::Manifest {
                folder, manifest, ..
            } => Some(Place::of(&folder.join(&manifest.rows[index].path)).file),
            Source::Store(_) => None,
        }
    }

    /// Reads an ECG.
    ///
    /// # Errors
    ///
    /// If its file cannot be read, its signals not be preprocessed, or there is no signal.
    pub(super) fn load(&self, index: usize, model: &Model) -> Result<Loaded> {
        match self {
            Source::Manifest {
                folder, manifest, ..
            } => {
                let row = &manifest.rows[index];
                let options = ReadOptions::default();
                let recordings = Place::of(&folder.join(&row.path)).read(&options)?;
                let [recording] = recordings.as_slice() else {
                    bail!("expected one ECG in the file, got {}", recordings.len());
                };
                model.accepts(recording)?;
                let preprocessed = preprocess(&recording.ecg, &model.profile)?;
                let findings = model.findings(recording, &preprocessed)?;
                let window = preprocessed.windows.into_iter().next();
                Ok(Loaded {
                    window: window.context("no window")?,
                    rate: match model.profile.resampling {
                        Resampling::None => recording.ecg.rate.get(),
                        _ => model.profile.rate,
                    },
                    fingerprint: fingerprint(&recording.ecg).to_string(),
                    ecg: recording.ecg.clone(),
                    facts: row.facts.clone(),
                    scale: 1.0,
                    unusable: quality::unusable(&findings).is_some(),
                })
            }
            Source::Store(store) => stored(store, index, model.profile.rate),
        }
    }
}

/// Whether a path is a folder written by `coronet prepare`.
pub(in super::super) fn is_store(path: &Path) -> bool {
    path.join("store.json").is_file()
}

fn stored(store: &Store, index: usize, rate: f64) -> Result<Loaded> {
    let (leads, samples) = store.shape();
    if leads != Lead::ALL.len() {
        bail!("expected windows of {} leads, got {leads}", Lead::ALL.len());
    }
    let data = store.window(index);
    let mut spans: Vec<f64> = data.chunks(samples).map(span).collect();
    spans.sort_by(f64::total_cmp);
    let middle = spans[leads / 2];
    let factor = if middle > 0.0 { SPAN / middle } else { 1.0 };
    let signal = |(lead, values): (Lead, &[f32])| Signal {
        channel: Channel::Lead(lead),
        millivolts: values.iter().map(|&v| factor * f64::from(v)).collect(),
    };
    let row = &store.rows()[index];
    Ok(Loaded {
        ecg: Ecg {
            rate: Hertz::new(rate).context("the profile's rate is not above 0")?,
            signals: Lead::ALL
                .into_iter()
                .zip(data.chunks(samples))
                .map(signal)
                .collect(),
            start: row.facts.recorded_at,
            subject: Subject::default(),
            device: Device::default(),
            findings: Vec::new(),
        },
        window: Window {
            leads,
            samples,
            data: data.to_vec(),
            start_seconds: 0.0,
        },
        rate,
        fingerprint: row.fingerprint.clone(),
        facts: row.facts.clone(),
        scale: 1.0 / factor,
        unusable: quality::unusable(&noted(&row.findings)).is_some(),
    })
}

fn span(values: &[f32]) -> f64 {
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let least = values.iter().copied().fold(f32::INFINITY, f32::min);
    f64::from(most - least)
}
