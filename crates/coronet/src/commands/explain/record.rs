//! One ECG, from file to shares of the beat.

use super::beat::{self, Shares};
use super::obstacle;
use super::reading::{self, Sureness};
use super::stamps::Limits;
use super::table::shares_table;
use super::way::{Answer, Way};
use crate::model_choice::{self, Model, unusable_ecg};
use anyhow::{Context, Result, bail};
use coronet_ecg::{Ecg, Finding, Resampling, Window, fingerprint, preprocess, quality};
use coronet_evidence::WaveSpan;
use coronet_explain::strengths;
use coronet_explain::trust::{Disturbance, Grid, Question, stability};
use coronet_formats::{ReadOptions, Recording};
use coronet_model::attribution::{Explainer, layer_groups, randomise};
use coronet_report::ecg_paper::{self, Wash};
use coronet_report::{Explanation, VesselExplanation};
use serde::Serialize;
use std::path::Path;

/// Seconds of one step of the wash.
const STEP: f64 = 0.02;
/// Seconds of a cell when pictures are compared.
const CELL: f64 = 0.05;

/// So many seconds as samples, at least one.
fn samples(seconds: f64, rate: f64) -> usize {
    ((seconds * rate).round() as usize).max(1)
}

/// Cells in which pictures of a window are compared.
pub(super) fn grid(window: &Window, rate: f64) -> Grid {
    Grid {
        leads: window.leads,
        samples: window.samples,
        cell: samples(CELL, rate),
    }
}

/// Networks ready to be asked.
pub(super) struct Explainers<'a> {
    model: &'a Model,
    way: Way,
    seed: u64,
    networks: Vec<Explainer>,
}

/// The networks that may be asked about a signal.
pub(super) struct Unspoilt<'a> {
    /// Those that have not learnt from it.
    pub(super) networks: Vec<&'a Explainer>,
    /// The fold that it belongs to, where the run has seen it or knows the patient.
    pub(super) fold: Option<usize>,
    /// How the fold was found.
    pub(super) by: Known,
}

/// How a run knows an ECG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// By its signal.
    Signal,
    /// By the identifier of its patient.
    Patient,
}

/// What was found for one ECG.
#[derive(Debug, Serialize)]
pub(super) struct Explained {
    pub(super) record_id: String,
    pub(super) research_use_only: bool,
    #[serde(flatten)]
    pub(super) limits: Limits,
    pub(super) method: Way,
    pub(super) seed: u64,
    pub(super) profile: String,
    /// Networks whose mean was taken.
    pub(super) networks: usize,
    pub(super) findings: Vec<Finding>,
    /// Why there is no picture.
    pub(super) obstacle: Option<String>,
    /// Why the ECG cannot carry a stratum.
    pub(super) unusable: Option<String>,
    pub(super) vessels: Vec<ExplainedVessel>,
    #[serde(skip)]
    ecg: Ecg,
}

/// What was found for one vessel.
#[derive(Debug, Serialize)]
pub(super) struct ExplainedVessel {
    pub(super) name: String,
    pub(super) logit: f32,
    pub(super) probability: f64,
    pub(super) stratum: Option<&'static str>,
    /// Why there is no stratum: an unusable ECG, or a model without thresholds.
    pub(super) stratum_reason: Option<String>,
    pub(super) reading: String,
    pub(super) sureness: Option<Sureness>,
    /// `[lead][segment]`; absent where there is an obstacle.
    pub(super) shares: Option<Shares>,
    #[serde(skip)]
    wash: Option<Wash>,
}

impl Explainers<'_> {
    /// Makes the networks of a model ready.
    pub(super) fn new(model: &Model, way: Way, seed: u64) -> Explainers<'_> {
        let ready = |state| Explainer::new(&model.architecture, state, &model.device);
        Explainers {
            networks: model.states.iter().map(ready).collect(),
            model,
            way,
            seed,
        }
    }

    /// The same networks with every weight shuffled by the seed, each in its own way.
    pub(super) fn shuffled(&self) -> Explainers<'_> {
        let model = self.model;
        let groups = layer_groups(&model.architecture);
        let ready = |(number, state)| {
            let state = randomise(state, &groups, self.seed.wrapping_add(number as u64));
            Explainer::new(&model.architecture, &state, &model.device)
        };
        Explainers {
            networks: model.states.iter().enumerate().map(ready).collect(),
            model,
            way: self.way.clone(),
            seed: self.seed,
        }
    }

    /// Samples a second of the windows of a recording.
    pub(super) fn window_rate(&self, ecg: &Ecg) -> f64 {
        match self.model.profile.resampling {
            Resampling::None => ecg.rate.get(),
            _ => self.model.profile.rate,
        }
    }

    /// Explains one ECG of a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or the method does not fit the network.
    pub(super) fn explain(
        &self,
        path: &Path,
        name: Option<&str>,
        classes: &[usize],
    ) -> Result<Explained> {
        let recording = choose(path, name)?;
        self.model.accepts(&recording)?;
        let preprocessed = match preprocess(&recording.ecg, &self.model.profile) {
            Ok(preprocessed) => preprocessed,
            Err(reason) => return Ok(self.without_answer(recording, reason.to_string())),
        };
        let mut findings = match self.model.findings(&recording, &preprocessed) {
            Ok(findings) => findings,
            Err(no_signal) => return Ok(self.without_answer(recording, no_signal.to_string())),
        };
        let unusable = quality::unusable(&findings);
        let window = preprocessed.windows.first().context("no window")?;
        let patient = recording.ecg.subject.patient_id.as_deref();
        let signal = fingerprint(&recording.ecg).to_string();
        let Unspoilt { networks, fold, by } = self.unspoilt(&signal, patient);
        let rate = self.window_rate(&recording.ecg);
        findings.extend(unusable.as_deref().map(unusable_ecg));
        findings.extend(fold.map(|fold| in_training_data(fold, by)));
        let beats = obstacle::beats(&recording.ecg)
            .map(|found| beat::spans(&found, window.start_seconds, rate));
        let means = beats
            .as_ref()
            .ok()
            .map(|beats| self.mean(&networks, window, classes, beats))
            .transpose()?;
        let vessels = classes
            .iter()
            .enumerate()
            .map(|(index, &class)| {
                let spans = beats.as_deref().ok();
                let found = spans.zip(means.as_ref().map(|means| &means[index]));
                let asked = (window, rate, unusable.as_deref());
                self.vessel(&networks, asked, class, found)
            })
            .collect::<Result<_>>()?;
        Ok(Explained {
            record_id: recording.record_id,
            research_use_only: true,
            limits: Limits::of(self.model, false),
            method: self.way.clone(),
            seed: self.seed,
            profile: self.model.profile.name.clone(),
            networks: networks.len(),
            findings,
            obstacle: beats.err(),
            unusable,
            vessels,
            ecg: recording.ecg,
        })
    }

    /// What is said of a recording that the network cannot be asked about.
    fn without_answer(&self, recording: Recording, reason: String) -> Explained {
        Explained {
            record_id: recording.record_id,
            research_use_only: true,
            limits: Limits::of(self.model, false),
            method: self.way.clone(),
            seed: self.seed,
            profile: self.model.profile.name.clone(),
            networks: self.networks.len(),
            findings: recording.ecg.findings.clone(),
            obstacle: Some(reason),
            unusable: None,
            vessels: Vec::new(),
            ecg: recording.ecg,
        }
    }

    /// The networks that have not learnt from the signal of a fingerprint, nor from another ECG
    /// of its patient.
    pub(super) fn unspoilt(&self, fingerprint: &str, patient: Option<&str>) -> Unspoilt<'_> {
        let seen = self.model.seen.get(fingerprint).copied();
        let known = || self.model.patients.get(patient?).copied();
        let fold = seen.or_else(known);
        let used = self.networks.iter().enumerate();
        let used = used.filter(|(number, _)| fold.is_none_or(|fold| fold == *number));
        Unspoilt {
            networks: used.map(|(_, network)| network).collect(),
            fold,
            by: match seen {
                Some(_) => Known::Signal,
                None => Known::Patient,
            },
        }
    }

    /// The network of a number.
    pub(super) fn network(&self, number: usize) -> &Explainer {
        &self.networks[number]
    }

    /// The model that is asked.
    pub(super) fn model(&self) -> &Model {
        self.model
    }

    /// Way of attribution.
    pub(super) fn way(&self) -> &Way {
        &self.way
    }

    fn vessel(
        &self,
        networks: &[&Explainer],
        (window, rate, unusable): (&Window, f64, Option<&str>),
        class: usize,
        found: Option<(&[Vec<WaveSpan>], &MeanAnswer)>,
    ) -> Result<ExplainedVessel> {
        let name = self.model.labels[class].clone();
        let logits = match found {
            Some((_, mean)) => mean.logits.clone(),
            None => networks
                .iter()
                .map(|network| Ok(network.logits(&[&window.data], class)?[0]))
                .collect::<Result<_>>()?,
        };
        let logit = logits.iter().sum::<f32>() / logits.len() as f32;
        let probability = model_choice::probability(f64::from(logit));
        let stratum = self.model.stratum(&name, probability, unusable);
        let mut vessel = ExplainedVessel {
            name,
            logit,
            probability,
            stratum: stratum.as_ref().ok().copied(),
            stratum_reason: stratum.err(),
            reading: String::new(),
            sureness: None,
            shares: None,
            wash: None,
        };
        let Some((beats, mean)) = found else {
            vessel.reading = reading::without_picture(&vessel);
            return Ok(vessel);
        };
        vessel.shares = Shares::of(&mean.values, beats)?.defined().cloned();
        vessel.sureness = Some(Sureness {
            completeness_error: mean.completeness_error,
            least_stability: self.least_stability(networks, (window, rate), class)?,
            probabilities: logits
                .iter()
                .map(|&logit| model_choice::probability(f64::from(logit)))
                .collect(),
        });
        let step = samples(STEP, rate);
        vessel.wash = Some(Wash {
            strengths: strengths(&mean.values, window.leads, step),
            steps_per_second: rate / step as f64,
            start_seconds: window.start_seconds,
            vessel: vessel.name.clone(),
            meaning: format!("{}, {}", vessel.name, self.way.name().replace('-', " ")),
        });
        vessel.reading = reading::of_vessel(&vessel, &self.way);
        Ok(vessel)
    }

    /// The mean answer of the networks for each of some classes.
    pub(super) fn mean(
        &self,
        networks: &[&Explainer],
        window: &Window,
        classes: &[usize],
        spans: &[Vec<WaveSpan>],
    ) -> Result<Vec<MeanAnswer>> {
        let mut means: Vec<MeanAnswer> = classes
            .iter()
            .map(|_| MeanAnswer {
                values: vec![0.0; window.data.len()],
                logits: Vec::new(),
                completeness_error: None,
            })
            .collect();
        for network in networks {
            let answers = self.way.ask(network, window, classes, spans)?;
            for (mean, answer) in means.iter_mut().zip(&answers) {
                mean.add(answer, networks.len());
            }
        }
        Ok(means)
    }

    /// Least likeness of the first network's picture to itself when the signal hardly changes;
    /// not asked where the way is no method of the network.
    fn least_stability(
        &self,
        networks: &[&Explainer],
        (window, rate): (&Window, f64),
        class: usize,
    ) -> Result<Option<f64>> {
        let Some(method) = self.way.method() else {
            return Ok(None);
        };
        let windows: [&[f32]; 1] = [&window.data];
        let question = Question {
            explainer: networks.first().context("the model has no network")?,
            windows: &windows,
            class,
            method,
            grid: grid(window, rate),
        };
        let disturbances = [
            Disturbance::Shift(samples(0.01, rate) as i32),
            Disturbance::Noise(0.02),
        ];
        let stable = stability(&question, &question.attribute()?, &disturbances, self.seed)?;
        let values = stable
            .iter()
            .filter_map(|found| Some(found.similarity.defined()?.value));
        Ok(values.reduce(f64::min))
    }
}

/// What several networks say of one window.
pub(super) struct MeanAnswer {
    /// Mean attribution, `[leads, samples]`.
    pub(super) values: Vec<f32>,
    /// Logit of each network.
    pub(super) logits: Vec<f32>,
    /// Largest relative error of completeness.
    pub(super) completeness_error: Option<f32>,
}

impl MeanAnswer {
    /// Adds one of so many answers.
    fn add(&mut self, answer: &Answer, networks: usize) {
        for (mean, value) in self.values.iter_mut().zip(&answer.values) {
            *mean += value / networks as f32;
        }
        self.logits.push(answer.logit);
        let errors = [self.completeness_error, answer.completeness_error];
        self.completeness_error = errors.into_iter().flatten().reduce(f32::max);
    }

    /// Mean logit.
    pub(super) fn logit(&self) -> f64 {
        let sum: f64 = self.logits.iter().map(|&logit| f64::from(logit)).sum();
        sum / self.logits.len() as f64
    }
}

impl Explained {
    /// The ECG of vessel `index` with its wash, or the reason in its place.
    pub(super) fn picture(&self, index: usize) -> String {
        if let Some(reason) = &self.obstacle {
            let of_use = self.use_in_words();
            return ecg_paper::reason(&format!(
                "{}: no picture: {reason} – {of_use}",
                self.record_id
            ));
        }
        let vessel = &self.vessels[index];
        let options = ecg_paper::Options {
            title: Some(format!(
                "{} – {}: probability {:.3} – {}",
                self.record_id,
                vessel.name,
                vessel.probability,
                self.use_in_words()
            )),
            wash: vessel.wash.clone(),
            ..ecg_paper::Options::default()
        };
        ecg_paper::draw(&self.ecg, &options)
    }

    /// What a picture that leaves its page has to say of itself.
    fn use_in_words(&self) -> String {
        match self.limits.words() {
            words if words.is_empty() => "research use only".to_owned(),
            words => format!("research use only – {words}"),
        }
    }

    /// What the page shows.
    pub(super) fn page(&self) -> Explanation {
        let context = self.limits.context();
        let parts = self.vessels.iter().enumerate();
        Explanation {
            title: format!("What moves the network in {}", self.record_id),
            stamps: self.limits.stamps(),
            facts: vec![
                ("Method".to_owned(), self.method.name().replace('-', " ")),
                ("Networks".to_owned(), reading::networks(self.networks)),
                ("Preprocessing".to_owned(), self.profile.clone()),
            ],
            findings: self
                .findings
                .iter()
                .map(|finding| finding.message.clone())
                .chain(
                    self.obstacle
                        .iter()
                        .map(|reason| format!("No picture: {reason}.")),
                )
                .collect(),
            figures: Vec::new(),
            vessels: parts
                .map(|(index, vessel)| VesselExplanation {
                    vessel: vessel.name.clone(),
                    reading: vessel.reading.clone(),
                    picture: self.obstacle.is_none().then(|| self.picture(index)),
                    figures: Vec::new(),
                    tables: vessel
                        .shares
                        .iter()
                        .map(|shares| shares_table(&vessel.name, shares).stamped(&context))
                        .collect(),
                })
                .collect(),
            reading_aid: reading::aid(&self.method),
        }
    }

    /// Everything but the picture, as JSON.
    ///
    /// # Errors
    ///
    /// If a number has no JSON form.
    pub(super) fn json(&self) -> Result<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(text)
    }
}

/// The ECG of a file; one by name where there are several.
fn choose(path: &Path, name: Option<&str>) -> Result<Recording> {
    let recordings = coronet_formats::read(path, &ReadOptions::default())?;
    let ids: Vec<String> = recordings
        .iter()
        .map(|recording| recording.record_id.clone())
        .collect();
    let count = recordings.len();
    let mut chosen = recordings
        .into_iter()
        .filter(|recording| name.is_none_or(|name| recording.record_id == name));
    match chosen.next() {
        Some(recording) if name.is_some() || count == 1 => Ok(recording),
        _ => bail!(
            "{}: expected one ECG, or --record with one of {}",
            path.display(),
            ids.join(", ")
        ),
    }
}

fn in_training_data(fold: usize, by: Known) -> Finding {
    let (code, known) = match by {
        Known::Signal => ("in-training-data", "has seen this signal"),
        Known::Patient => (
            "patient-in-training-data",
            "knows a patient of this identifier",
        ),
    };
    Finding {
        code: code.to_owned(),
        message: format!(
            "the run {known}; explained by fold {fold} alone, which has not learnt from it"
        ),
    }
}
