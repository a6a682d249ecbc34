//! What is said of a record, as CSV or JSON.

use super::Format;
use crate::model_choice::probability;
use crate::printer::Printer;
use anyhow::Result;
use coronet_ecg::Finding;
use coronet_evaluate::operating::RiskStratum;
use coronet_model::checkpoint::Thresholds;
use serde::Serialize;
use std::collections::BTreeMap;

/// Scores of one record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Answer {
    /// Name of the record.
    pub(super) record_id: String,
    /// What each score stands for.
    pub(super) labels: Vec<String>,
    /// Logit per label.
    pub(super) logits: Vec<f32>,
    /// Probability per label.
    pub(super) probabilities: Vec<f64>,
    /// Stratum per label; `None` where the model has no thresholds.
    pub(super) strata: Vec<Option<&'static str>>,
    /// What was found in the recording.
    pub(super) findings: Vec<Finding>,
}

impl Answer {
    /// Turns logits into probabilities and strata.
    pub(super) fn new(
        record_id: String,
        logits: Vec<f32>,
        labels: &[String],
        thresholds: &BTreeMap<String, Thresholds>,
        findings: Vec<Finding>,
    ) -> Answer {
        let probabilities: Vec<f64> = logits
            .iter()
            .map(|&logit| probability(f64::from(logit)))
            .collect();
        let strata = labels
            .iter()
            .zip(&probabilities)
            .map(|(label, &probability)| {
                let limits = thresholds.get(label)?;
                Some(RiskStratum::of(probability, limits.rule_out, limits.rule_in).name())
            })
            .collect();
        Answer {
            record_id,
            labels: labels.to_vec(),
            logits,
            probabilities,
            strata,
            findings,
        }
    }
}

/// Writes answers as they come.
#[derive(Debug)]
pub(super) struct Writer {
    format: Format,
    labels: Vec<String>,
    written: usize,
}

impl Writer {
    /// Begins a table or an array.
    pub(super) fn new(format: Format, labels: &[String]) -> Writer {
        Writer {
            format,
            labels: labels.to_vec(),
            written: 0,
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
        match self.format {
            Format::Json => {
                let before = if self.written == 0 { "[" } else { "," };
                printer.data(&format!("{before}{}", serde_json::to_string(answer)?));
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

    /// Closes the array.
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
        Ok(())
    }

    fn header(&self) -> Vec<String> {
        let mut names = vec!["record_id".to_owned()];
        for label in &self.labels {
            names.extend(["logit", "prob", "stratum"].map(|what| format!("{label}_{what}")));
        }
        names.push("findings".to_owned());
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
    let codes: Vec<&str> = answer
        .findings
        .iter()
        .map(|finding| finding.code.as_str())
        .collect();
    cells.push(codes.join(";"));
    cells
}

fn line(cells: &[String]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells)?;
    Ok(String::from_utf8(writer.into_inner()?)?
        .trim_end()
        .to_owned())
}
