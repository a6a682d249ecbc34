//! What is said of a record, as CSV or JSON.

use super::Format;
use crate::model_choice::{Model, probability};
use crate::printer::{Printer, counted};
use anyhow::Result;
use coronet_ecg::Finding;
use serde::Serialize;
use std::collections::{BTreeSet, HashSet};

/// Scores of one record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Answer {
    /// Name of the record.
    pub(super) record_id: String,
    /// Whose ECG it is, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) patient_id: Option<String>,
    /// Fingerprint of the decoded samples; empty where it was not needed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) fingerprint: String,
    /// What each score stands for.
    pub(super) labels: Vec<String>,
    /// Logit per label.
    pub(super) logits: Vec<f32>,
    /// Probability per label.
    pub(super) probabilities: Vec<f64>,
    /// Stratum per label; `None` where there is a reason.
    pub(super) strata: Vec<Option<&'static str>>,
    /// Why there is no stratum: an unusable ECG, or a model without thresholds.
    pub(super) stratum_reason: Option<String>,
    /// What was found in the recording.
    pub(super) findings: Vec<Finding>,
    /// Scores of each window, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) windows: Vec<WindowAnswer>,
    /// Whether the ECG is unusable.
    #[serde(skip)]
    pub(super) unusable: bool,
}

/// Scores of one window of a record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct WindowAnswer {
    /// Where it begins in the recording, in seconds; `None` of a window of a store.
    pub(super) start_seconds: Option<f64>,
    /// Logit per label.
    pub(super) logits: Vec<f32>,
    /// Probability per label.
    pub(super) probabilities: Vec<f64>,
}

impl WindowAnswer {
    /// The scores of logits.
    pub(super) fn new(start_seconds: Option<f64>, logits: Vec<f32>) -> WindowAnswer {
        let probability = |logit: &f32| probability(f64::from(*logit));
        WindowAnswer {
            start_seconds,
            probabilities: logits.iter().map(probability).collect(),
            logits,
        }
    }
}

impl Answer {
    /// Turns logits into probabilities, and strata unless `unusable` says why the ECG can carry
    /// none.
    pub(super) fn new(
        record_id: String,
        logits: Vec<f32>,
        model: &Model,
        unusable: Option<&str>,
        findings: Vec<Finding>,
    ) -> Answer {
        let probabilities: Vec<f64> = logits
            .iter()
            .map(|&logit| probability(f64::from(logit)))
            .collect();
        let labelled = model.labels.iter().zip(&probabilities);
        let strata: Vec<Result<&'static str, String>> = labelled
            .map(|(label, &probability)| model.stratum(label, probability, unusable))
            .collect();
        let reasons: BTreeSet<&str> = strata
            .iter()
            .filter_map(|stratum| stratum.as_ref().err().map(String::as_str))
            .collect();
        let reasons: Vec<&str> = reasons.into_iter().collect();
        Answer {
            record_id,
            patient_id: None,
            fingerprint: String::new(),
            labels: model.labels.clone(),
            logits,
            probabilities,
            stratum_reason: (!reasons.is_empty()).then(|| reasons.join("; ")),
            strata: strata.into_iter().map(Result::ok).collect(),
            findings,
            windows: Vec::new(),
            unusable: unusable.is_some(),
        }
    }
}

/// An answer in JSON, where no help text is beside it.
#[derive(Serialize)]
struct JsonAnswer<'a> {
    /// Always true.
    research_use_only: bool,
    /// What the network learnt from that is not what its outputs are named after.
    model_caveats: &'a [&'static str],
    #[serde(flatten)]
    answer: &'a Answer,
}

/// Writes answers as they come.
#[derive(Debug)]
pub(super) struct Writer {
    format: Format,
    labels: Vec<String>,
    caveats: Vec<&'static str>,
    written: usize,
    names: HashSet<String>,
    /// How often a name came again, and the first such name.
    repeated: (usize, String),
}

impl Writer {
    /// Begins a table or an array.
    pub(super) fn new(format: Format, labels: &[String], caveats: Vec<&'static str>) -> Writer {
        Writer {
            format,
            labels: labels.to_vec(),
            caveats,
            written: 0,
            names: HashSet::new(),
            repeated: (0, String::new()),
        }
    }

    /// Answers written so far.
    pub(super) fn written(&self) -> usize {
        self.written
    }

    /// Writes one answer.
    ///
    /// # Errors
    ///
    /// If it cannot be put in the form asked for.
    pub(super) fn write(&mut self, answer: &Answer, printer: &Printer) -> Result<()> {
        self.note_name(&answer.record_id);
        match self.format {
            Format::Json => {
                let before = if self.written == 0 { "[" } else { "," };
                let answer = JsonAnswer {
                    research_use_only: true,
                    model_caveats: &self.caveats,
                    answer,
                };
                printer.data(&format!("{before}{}", serde_json::to_string(&answer)?));
            }
            Format::Csv => {
                if self.written == 0 {
                    printer.data(&line(&self.header())?);
                }
                printer.data(&line(&cells(answer))?);
            }
        }
        self.written += 1;
        Ok(())
    }

    fn note_name(&mut self, name: &str) {
        if !self.names.insert(name.to_owned()) {
            if self.repeated.0 == 0 {
                name.clone_into(&mut self.repeated.1);
            }
            self.repeated.0 += 1;
        }
    }

    /// Closes the array, and says which names do not tell records apart.
    ///
    /// # Errors
    ///
    /// Never today.
    pub(super) fn finish(&mut self, printer: &Printer) -> Result<()> {
        match (self.format, self.written) {
            (Format::Json, 0) => printer.data("[]"),
            (Format::Json, _) => printer.data("]"),
            (Format::Csv, _) => {}
        }
        let (count, first) = &self.repeated;
        if *count > 0 {
            printer.warn(&format!(
                "{} the record_id of one before, such as {first}; a folder or a manifest names them apart",
                counted(*count, "record has", "records have")
            ));
        }
        Ok(())
    }

    fn header(&self) -> Vec<String> {
        let mut names = vec!["record_id".to_owned()];
        for label in &self.labels {
            names.extend(["logit", "prob", "stratum"].map(|what| format!("{label}_{what}")));
        }
        let more = ["stratum_reason", "findings", "patient_id", "fingerprint"];
        names.extend(more.map(str::to_owned));
        names
    }
}

fn cells(answer: &Answer) -> Vec<String> {
    let mut cells = vec![answer.record_id.clone()];
    for class in 0..answer.labels.len() {
        cells.push(answer.logits[class].to_string());
        cells.push(answer.probabilities[class].to_string());
        cells.push(answer.strata[class].unwrap_or_default().to_owned());
    }
    cells.push(answer.stratum_reason.clone().unwrap_or_default());
    let mut seen = HashSet::new();
    let codes = answer.findings.iter().map(|finding| finding.code.as_str());
    let codes: Vec<&str> = codes.filter(|code| seen.insert(*code)).collect();
    cells.push(codes.join(";"));
    cells.push(answer.patient_id.clone().unwrap_or_default());
    cells.push(answer.fingerprint.clone());
    cells
}

fn line(cells: &[String]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells)?;
    Ok(String::from_utf8(writer.into_inner()?)?
        .trim_end()
        .to_owned())
}
