//! Windows to logits: one model, or the folds of a run.

use super::answer::{Answer, WindowAnswer};
use super::inputs::{Opened, Record, Source};
use crate::model_choice::{Model, unusable_ecg};
use anyhow::{Result, bail};
use coronet_ecg::{Ecg, Finding, fingerprint, quality};
use coronet_formats::ReadOptions;
use coronet_model::Inference;
use rayon::prelude::*;

/// Records that are preprocessed together, before the network sees them.
const BATCH: usize = 32;

/// What became of one record, or of an input that could not be read.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The record, or the input.
    pub(super) name: String,
    /// Its scores.
    pub(super) answer: Result<Answer>,
}

/// Everything that turns windows into answers.
#[derive(Debug)]
pub(super) struct Scorer {
    model: Model,
    networks: Vec<Inference>,
}

impl Scorer {
    /// Makes a model ready to score.
    pub(super) fn new(model: Model) -> Scorer {
        let ready = |state| Inference::new(&model.architecture, state, &model.device);
        Scorer {
            networks: model.states.iter().map(ready).collect(),
            model,
        }
    }

    /// What each output stands for.
    pub(super) fn labels(&self) -> &[String] {
        &self.model.labels
    }

    /// What the network learnt from that is not what its outputs are named after.
    pub(super) fn caveats(&self) -> Vec<&'static str> {
        self.model.caveats()
    }

    /// The network as it was found.
    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    /// Whether passes of several threads at once gain anything.
    pub(super) fn is_on_cpu(&self) -> bool {
        coronet_model::has_kernels(&self.model.device)
    }

    /// Fingerprint of the samples where the model has seen some; else empty, since it takes
    /// longer than reading the file.
    pub(super) fn fingerprint(&self, ecg: &Ecg) -> String {
        if self.model.seen.is_empty() {
            return String::new();
        }
        fingerprint(ecg).to_string()
    }

    /// Reads, preprocesses and scores on the current rayon pool: the outcome of every record, in
    /// order.
    pub(super) fn outcomes(&self, sources: &[Source], options: &ReadOptions) -> Vec<Outcome> {
        let opened: Vec<Vec<(String, Result<Opened>)>> = sources
            .par_iter()
            .map(|source| source.open(options))
            .collect();
        let mut opened = opened.into_iter().flatten();
        let mut outcomes = Vec::new();
        loop {
            let batch: Vec<(String, Result<Opened>)> = opened.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                return outcomes;
            }
            let records: Vec<(String, Result<Record>)> = batch
                .into_par_iter()
                .map(|(name, opened)| (name, opened.and_then(|opened| opened.record(self))))
                .collect();
            let readable: Vec<&Record> = records
                .iter()
                .filter_map(|(_, record)| record.as_ref().ok())
                .collect();
            let mut answers = self.answers(&readable).into_iter();
            let outcome = |(name, record): (String, Result<Record>)| match record {
                Ok(record) => Outcome {
                    name: record.record_id,
                    answer: answers.next().expect("one answer a record, this is a bug"),
                },
                Err(error) => Outcome {
                    name,
                    answer: Err(error),
                },
            };
            outcomes.extend(records.into_iter().map(outcome));
        }
    }

    /// One answer a record, in order.
    fn answers(&self, records: &[&Record]) -> Vec<Result<Answer>> {
        let mut answers: Vec<Result<Answer>> = Vec::with_capacity(records.len());
        let mut from = 0;
        while from < records.len() {
            let shape = records[from].shape;
            let same = records[from..]
                .iter()
                .take_while(|record| record.shape == shape)
                .count();
            answers.extend(self.of_one_shape(&records[from..from + same], shape));
            from += same;
        }
        answers
    }

    fn of_one_shape(
        &self,
        records: &[&Record],
        (leads, samples): (usize, usize),
    ) -> Vec<Result<Answer>> {
        if leads != self.model.architecture.in_channels || samples == 0 {
            let expected = self.model.architecture.in_channels;
            let wrong = || {
                anyhow::anyhow!("expected {expected} leads with samples, got {leads} × {samples}")
            };
            return records.iter().map(|_| Err(wrong())).collect();
        }
        let folds: Vec<Option<usize>> = records
            .iter()
            .map(|record| self.model.seen.get(&record.fingerprint).copied())
            .collect();
        let mut logits: Vec<Vec<Vec<f32>>> = vec![Vec::new(); records.len()];
        for (number, network) in self.networks.iter().enumerate() {
            let used: Vec<usize> = (0..records.len())
                .filter(|&record| folds[record].is_none_or(|fold| fold == number))
                .collect();
            let windows: Vec<&[f32]> = used
                .iter()
                .flat_map(|&record| records[record].windows.iter().map(Vec::as_slice))
                .collect();
            let mut scored = network.score(&windows, (leads, samples)).into_iter();
            for record in used {
                let count = records[record].windows.len();
                logits[record].extend(scored.by_ref().take(count));
            }
        }
        let answers = records.iter().zip(&logits).zip(folds);
        answers
            .map(|((record, logits), fold)| self.answer(record, logits, fold))
            .collect()
    }

    /// The fold of a record's patient, if the run knows one of that identifier.
    fn learnt_patient(&self, record: &Record) -> Option<usize> {
        let patient = record.patient_id.as_ref()?;
        self.model.patients.get(patient).copied()
    }

    /// The mean over models and windows, as logits.
    fn answer(&self, record: &Record, all: &[Vec<f32>], fold: Option<usize>) -> Result<Answer> {
        let logits: Vec<f32> = (0..self.model.labels.len())
            .map(|class| {
                let sum: f64 = all.iter().map(|logits| f64::from(logits[class])).sum();
                (sum / all.len() as f64) as f32
            })
            .collect();
        if logits.iter().any(|logit| !logit.is_finite()) {
            bail!("the network's answer is not finite");
        }
        let mut findings = record.findings.clone();
        let windows = self.windows(record, all);
        findings.extend(averaged(&windows));
        let unusable = quality::unusable(&findings);
        findings.extend(unusable.as_deref().map(unusable_ecg));
        if let Some(fold) = fold {
            findings.push(Finding {
                code: "in-training-data".to_owned(),
                message: format!("the run has seen this signal; scored by fold {fold} alone, which has not learnt from it"),
            });
        } else if let Some(fold) = self.learnt_patient(record) {
            findings.push(Finding {
                code: "patient-in-training-data".to_owned(),
                message: format!("the run knows a patient of this identifier, in fold {fold}; if it is the same person, the answer is too sure, and does not belong into an evaluation"),
            });
        }
        Ok(Answer {
            windows,
            patient_id: record.patient_id.clone(),
            fingerprint: record.fingerprint.clone(),
            ..Answer::new(
                record.record_id.clone(),
                logits,
                &self.model,
                unusable.as_deref(),
                findings,
            )
        })
    }

    /// The mean over models of each window, where there are several; `all` holds the windows of
    /// each model in turn.
    fn windows(&self, record: &Record, all: &[Vec<f32>]) -> Vec<WindowAnswer> {
        let count = record.windows.len();
        if count < 2 {
            return Vec::new();
        }
        let logit = |window: usize, class: usize| {
            let models = all.iter().skip(window).step_by(count);
            let sum: f64 = models.map(|logits| f64::from(logits[class])).sum();
            (sum * count as f64 / all.len() as f64) as f32
        };
        let classes = self.model.labels.len();
        let answer = |(window, start): (usize, &Option<f64>)| {
            let logits = (0..classes).map(|class| logit(window, class)).collect();
            WindowAnswer::new(*start, logits)
        };
        record.starts.iter().enumerate().map(answer).collect()
    }
}

/// The finding that an answer is the mean over windows.
fn averaged(windows: &[WindowAnswer]) -> Option<Finding> {
    let count = windows.len();
    (count > 1).then(|| Finding {
        code: "windows-averaged".to_owned(),
        message: format!("the logits are the mean over {count} windows of the recording"),
    })
}
