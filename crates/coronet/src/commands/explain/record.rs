//! One ECG, from file to shares of the beat.

use super::beat::{self, Shares};
use super::cohort::Trusted;
use super::obstacle;
use super::reading::{self, Sureness};
use super::table::shares_table;
use crate::model_choice::{self, Model};
use anyhow::{Context, Result, bail};
use coronet_ecg::{Ecg, Finding, Window, fingerprint, preprocess, quality};
use coronet_evaluate::operating::RiskStratum;
use coronet_evidence::{RecordShares, WaveSpan, record_shares};
use coronet_explain::strengths;
use coronet_explain::trust::{Disturbance, Grid, Question, stability};
use coronet_formats::{ReadOptions, Recording};
use coronet_model::attribution::{Explainer, Method, layer_groups, randomise};
use coronet_report::ecg_paper::{self, Wash};
use coronet_report::{Explanation, VesselExplanation};
use serde::Serialize;
use std::path::Path;

/// Samples a second of every window.
pub(super) const WINDOW_RATE: f64 = 500.0;
/// Samples of one step of the wash: 20 ms.
const STEP: usize = 10;
/// Samples of a cell when pictures are compared: 50 ms.
pub(super) const CELL: usize = 25;

/// Networks ready to be asked.
pub(super) struct Explainers<'a> {
    model: &'a Model,
    method: Method,
    networks: Vec<Explainer>,
}

/// What was found for one ECG.
#[derive(Debug, Serialize)]
pub(super) struct Explained {
    pub(super) record_id: String,
    pub(super) research_use_only: bool,
    pub(super) method: Method,
    pub(super) profile: String,
    /// Networks whose mean was taken.
    pub(super) networks: usize,
    pub(super) findings: Vec<Finding>,
    /// Why there is no picture.
    pub(super) obstacle: Option<String>,
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
    pub(super) reading: String,
    pub(super) sureness: Option<Sureness>,
    /// `[lead][segment]`; absent where there is an obstacle.
    pub(super) shares: Option<Shares>,
    #[serde(skip)]
    wash: Option<Wash>,
}

impl Explainers<'_> {
    /// Makes the networks of a model ready.
    pub(super) fn new(model: &Model, method: Method) -> Explainers<'_> {
        let ready = |state| Explainer::new(&model.architecture, state, &model.device);
        Explainers {
            networks: model.states.iter().map(ready).collect(),
            model,
            method,
        }
    }

    /// Explains one ECG of a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read or preprocessed, or the method does not fit the network.
    pub(super) fn explain(
        &self,
        path: &Path,
        name: Option<&str>,
        classes: &[usize],
    ) -> Result<Explained> {
        let recording = choose(path, name)?;
        let preprocessed = preprocess(&recording.ecg, &self.model.profile)
            .with_context(|| recording.record_id.clone())?;
        let window = preprocessed.windows.first().context("no window")?;
        let (used, fold) = self.unspoilt(&recording.ecg);
        let mut findings = recording.ecg.findings.clone();
        findings.extend(preprocessed.findings.clone());
        findings.extend(quality::assess(&recording.ecg).findings);
        findings.extend(fold.map(in_training_data));
        findings.sort();
        findings.dedup();
        let beats = obstacle::beats(&recording.ecg)
            .map(|found| beat::spans(&found, window.start_seconds, WINDOW_RATE));
        let vessels = classes
            .iter()
            .map(|&class| self.vessel(&used, window, class, beats.as_deref().ok()))
            .collect::<Result<_>>()?;
        Ok(Explained {
            record_id: recording.record_id,
            research_use_only: true,
            method: self.method.clone(),
            profile: self.model.profile.name.clone(),
            networks: used.len(),
            findings,
            obstacle: beats.err(),
            vessels,
            ecg: recording.ecg,
        })
    }

    /// The networks that have not learnt from a signal, and the fold that it belongs to.
    pub(super) fn unspoilt(&self, ecg: &Ecg) -> (Vec<&Explainer>, Option<usize>) {
        let fold = self.model.seen.get(&fingerprint(ecg).to_string()).copied();
        let used = self.networks.iter().enumerate();
        let used = used.filter(|(number, _)| fold.is_none_or(|fold| fold == *number));
        (used.map(|(_, network)| network).collect(), fold)
    }

    /// The first network.
    pub(super) fn first(&self) -> &Explainer {
        &self.networks[0]
    }

    /// Shares of the attribution of a network whose every weight is shuffled.
    pub(super) fn shuffled(&self, trusted: &[Trusted], class: usize) -> Result<Vec<RecordShares>> {
        let model = self.model;
        let groups = layer_groups(&model.architecture);
        let state = randomise(&model.states[0], &groups, 1);
        let network = Explainer::new(&model.architecture, &state, &model.device);
        let mut shares = Vec::with_capacity(trusted.len());
        for one in trusted {
            let (values, _) = self.mean_attribution(&[&network], &one.window, class)?;
            let found = record_shares(&values, one.window.leads, &one.spans)?;
            shares.extend(found.defined().cloned());
        }
        Ok(shares)
    }

    /// The model that is asked.
    pub(super) fn model(&self) -> &Model {
        self.model
    }

    /// Way of attribution.
    pub(super) fn method(&self) -> &Method {
        &self.method
    }

    fn vessel(
        &self,
        networks: &[&Explainer],
        window: &Window,
        class: usize,
        beats: Option<&[Vec<WaveSpan>]>,
    ) -> Result<ExplainedVessel> {
        let name = self.model.labels[class].clone();
        let logits: Vec<f32> = networks
            .iter()
            .map(|network| Ok(network.logits(&[&window.data], class)?[0]))
            .collect::<Result<_>>()?;
        let logit = logits.iter().sum::<f32>() / logits.len() as f32;
        let probability = model_choice::probability(f64::from(logit));
        let stratum = self
            .model
            .thresholds
            .get(&name)
            .map(|limits| RiskStratum::of(probability, limits.rule_out, limits.rule_in).name());
        let mut vessel = ExplainedVessel {
            name,
            logit,
            probability,
            stratum,
            reading: String::new(),
            sureness: None,
            shares: None,
            wash: None,
        };
        let Some(beats) = beats else {
            vessel.reading = reading::without_picture(&vessel);
            return Ok(vessel);
        };
        let (values, mut sureness) = self.attribution(networks, window, class)?;
        sureness.probabilities = logits
            .iter()
            .map(|&logit| model_choice::probability(f64::from(logit)))
            .collect();
        vessel.shares = Shares::of(&values, beats)?.defined().cloned();
        vessel.sureness = Some(sureness);
        vessel.wash = Some(Wash {
            strengths: strengths(&values, window.leads, STEP),
            steps_per_second: WINDOW_RATE / STEP as f64,
            start_seconds: window.start_seconds,
            vessel: vessel.name.clone(),
            meaning: format!("attribution of {} ({})", vessel.name, self.method.name()),
        });
        vessel.reading = reading::of_vessel(&vessel, &self.method);
        Ok(vessel)
    }

    /// The mean attribution of the networks, and the largest relative error of completeness.
    pub(super) fn mean_attribution(
        &self,
        networks: &[&Explainer],
        window: &Window,
        class: usize,
    ) -> Result<(Vec<f32>, Option<f32>)> {
        let mut mean = vec![0.0; window.data.len()];
        let mut completeness: Option<f32> = None;
        for network in networks {
            let found = network
                .attribute(&[&window.data], class, &self.method)?
                .remove(0);
            for (mean, value) in mean.iter_mut().zip(&found.values) {
                *mean += value / networks.len() as f32;
            }
            let error = found.completeness.and_then(|found| found.relative_error());
            completeness = [completeness, error].into_iter().flatten().reduce(f32::max);
        }
        Ok((mean, completeness))
    }

    /// The mean attribution of the networks, with what speaks for and against it.
    fn attribution(
        &self,
        networks: &[&Explainer],
        window: &Window,
        class: usize,
    ) -> Result<(Vec<f32>, Sureness)> {
        let (mean, completeness) = self.mean_attribution(networks, window, class)?;
        let first = networks.first().context("the model has no network")?;
        let windows: [&[f32]; 1] = [&window.data];
        let question = Question {
            explainer: first,
            windows: &windows,
            class,
            method: &self.method,
            grid: Grid {
                leads: window.leads,
                samples: window.samples,
                cell: CELL,
            },
        };
        let disturbances = [Disturbance::Shift(5), Disturbance::Noise(0.02)];
        let stable = stability(&question, &disturbances, 1)?;
        let least = stable
            .iter()
            .filter_map(|found| Some(found.similarity.defined()?.value))
            .reduce(f64::min);
        let sureness = Sureness {
            completeness_error: completeness,
            least_stability: least,
            probabilities: Vec::new(),
        };
        Ok((mean, sureness))
    }
}

impl Explained {
    /// The ECG of vessel `index` with its wash, or the reason in its place.
    pub(super) fn picture(&self, index: usize) -> String {
        let vessel = &self.vessels[index];
        if let Some(reason) = &self.obstacle {
            return ecg_paper::reason(&format!("{}: no picture: {reason}", self.record_id));
        }
        let options = ecg_paper::Options {
            title: Some(format!(
                "{} – {} {:.3} – research use only",
                self.record_id, vessel.name, vessel.probability
            )),
            wash: vessel.wash.clone(),
            ..ecg_paper::Options::default()
        };
        ecg_paper::draw(&self.ecg, &options)
    }

    /// What the page shows.
    pub(super) fn page(&self) -> Explanation {
        let parts = self.vessels.iter().enumerate();
        Explanation {
            title: format!("What moves the network in {}", self.record_id),
            stamps: Vec::new(),
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
            vessels: parts
                .map(|(index, vessel)| VesselExplanation {
                    vessel: vessel.name.clone(),
                    reading: vessel.reading.clone(),
                    picture: self.obstacle.is_none().then(|| self.picture(index)),
                    tables: vessel
                        .shares
                        .iter()
                        .map(|shares| shares_table(&vessel.name, shares))
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

fn in_training_data(fold: usize) -> Finding {
    Finding {
        code: "in-training-data".to_owned(),
        message: format!(
            "the run has seen this signal; explained by fold {} alone, which has not learnt from it",
            fold + 1
        ),
    }
}
