//! `scores.csv` and the model card of a run.

use super::KeptFold;
use crate::model_choice;
use crate::output;
use crate::run_directory::{RunDirectory, RunFacts};
use crate::settings::{LabelSource, RunConfig};
use anyhow::Result;
use coronet_cohort::store::{Store, StoreRow};
use coronet_cohort::{Facts, LabelRule, Vessel};
use coronet_ecg::Sex;
use coronet_evaluate::Targets;
use coronet_evaluate::operating::target_thresholds;
use coronet_model::checkpoint::Thresholds;
use coronet_train::{FoldPlan, Selection};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// A record scored by the fold that has not learnt from it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ScoredRecord {
    /// Its first window in the store.
    pub(super) first: usize,
    /// The fold that scored it.
    pub(super) fold: usize,
    /// Probability per vessel; windows of a record are averaged as logits.
    pub(super) probabilities: Vec<f64>,
}

/// Every record of a store, scored out of fold, in the store's order.
pub(super) fn scored_records(
    store: &Store,
    plans: &[FoldPlan],
    results: &[KeptFold],
) -> Vec<ScoredRecord> {
    let mut first_of: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, row) in store.rows().iter().enumerate() {
        first_of.entry(&row.record_id).or_insert(index);
    }
    let mut sums: BTreeMap<usize, (usize, usize, Vec<f64>)> = BTreeMap::new();
    for (plan, kept) in plans.iter().zip(results) {
        for (&index, logits) in plan.test.iter().zip(&kept.logits) {
            let first = first_of[&*store.rows()[index].record_id];
            let empty = || (plan.fold, 0, vec![0.0; logits.len()]);
            let (_, windows, sum) = sums.entry(first).or_insert_with(empty);
            *windows += 1;
            sum.iter_mut()
                .zip(logits)
                .for_each(|(sum, logit)| *sum += f64::from(*logit));
        }
    }
    let record = |(first, (fold, windows, sum)): (usize, (usize, usize, Vec<f64>))| {
        let probability = |sum: &f64| model_choice::probability(sum / windows as f64);
        ScoredRecord {
            first,
            fold,
            probabilities: sum.iter().map(probability).collect(),
        }
    };
    sums.into_iter().map(record).collect()
}

/// Writes `scores.csv`, one row a record.
///
/// # Errors
///
/// If the file cannot be written.
pub(super) fn write_scores(path: &Path, store: &Store, records: &[ScoredRecord]) -> Result<()> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(header())?;
    for record in records {
        let row = &store.rows()[record.first];
        table.write_record(cells(row, record.fold, &record.probabilities))?;
    }
    output::write(path, &table.into_inner()?)
}

/// Writes the fold of every signal, so that prediction knows what a model has seen.
///
/// # Errors
///
/// If the file cannot be written.
pub(super) fn write_signals(path: &Path, store: &Store, plans: &[FoldPlan]) -> Result<()> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["fingerprint", "fold"])?;
    for plan in plans {
        for &index in &plan.test {
            let fingerprint = &store.rows()[index].fingerprint;
            if !fingerprint.is_empty() {
                table.write_record([fingerprint, &plan.fold.to_string()])?;
            }
        }
    }
    output::write(path, &table.into_inner()?)
}

/// Rule-out and rule-in thresholds per vessel, chosen on out-of-fold scores for 90 %
/// sensitivity and 90 % specificity; a vessel for which they are not defined has none.
pub(super) fn thresholds(
    store: &Store,
    records: &[ScoredRecord],
    rule: LabelRule,
) -> BTreeMap<String, Thresholds> {
    let mut found = BTreeMap::new();
    for vessel in Vessel::ALL {
        let (scores, positive): (Vec<f64>, Vec<bool>) = records
            .iter()
            .filter_map(|record| {
                let label = store.rows()[record.first].facts.grades.labels(rule)[vessel.index()];
                Some((record.probabilities[vessel.index()], label?))
            })
            .unzip();
        let (rule_out, rule_in) = target_thresholds(&scores, &positive, &Targets::default());
        if let (Some(&rule_out), Some(&rule_in)) = (rule_out.defined(), rule_in.defined()) {
            found.insert(vessel.name().to_owned(), Thresholds { rule_out, rule_in });
        }
    }
    found
}

fn header() -> Vec<String> {
    let before = [
        "record_id",
        "patient_id",
        "fold",
        "age",
        "sex",
        "normal_ecg",
        "interval_days",
        "site",
    ];
    let mut names: Vec<String> = before.map(str::to_owned).to_vec();
    for vessel in Vessel::ALL {
        names.push(format!("{}_grade", vessel.name()));
        names.push(format!("{}_prob", vessel.name()));
    }
    names.extend(["ptp", "follow_up_days", "event"].map(str::to_owned));
    names
}

fn cells(row: &StoreRow, fold: usize, probabilities: &[f64]) -> Vec<String> {
    let Facts {
        patient_id,
        age,
        sex,
        normal_ecg,
        site,
        interval_days,
        grades,
        ptp,
        follow_up_days,
        event,
        ..
    } = &row.facts;
    let number = |value: &Option<f64>| value.map_or(String::new(), |value| value.to_string());
    let sex = sex.map_or("", |sex| if sex == Sex::Male { "M" } else { "F" });
    let normal = normal_ecg.map_or("", |normal| if normal { "1" } else { "0" });
    let mut cells = vec![
        row.record_id.clone(),
        patient_id.clone(),
        fold.to_string(),
        number(age),
        sex.to_owned(),
        normal.to_owned(),
        number(interval_days),
        site.clone().unwrap_or_default(),
    ];
    for (vessel, probability) in Vessel::ALL.into_iter().zip(probabilities) {
        cells.push(grades[vessel].map_or(String::new(), |grade| grade.number().to_string()));
        cells.push(probability.to_string());
    }
    cells.extend([
        number(ptp),
        number(follow_up_days),
        event.map_or(String::new(), |event| event.number().to_string()),
    ]);
    cells
}

/// A model card without results: what was trained on what; `evaluate` writes the results.
///
/// # Errors
///
/// If a text cannot be put together.
pub(super) fn model_card(
    run: &RunDirectory,
    config: &RunConfig,
    facts: &RunFacts,
) -> Result<String> {
    let source = match config.label_source {
        Some(LabelSource::Ccta) => "stenosis grades of coronary CT angiography",
        Some(LabelSource::Surrogate) => "a surrogate of coronary disease, not angiography",
        Some(LabelSource::Simulated) => "a simulation",
        None => "grades of a source that is not stated",
    };
    let selection = match config.training.selection {
        Selection::Inner => "the best on an inner part of the training data",
        Selection::LastEpoch => "the last, none was chosen",
        Selection::TestFold => {
            "the best on the test fold, so that scores of these folds are too favourable"
        }
    };
    let mut card = String::new();
    writeln!(card, "# Model card\n")?;
    writeln!(
        card,
        "Research use only: not a medical device, not for diagnosis.\n"
    )?;
    if let Some(seed) = config.shuffle_labels {
        writeln!(
            card,
            "**A control, not a model: the labels were shuffled among patients (seed {seed}), so that nothing could be learnt.**\n"
        )?;
    }
    writeln!(card, "- run: `{}`", run.path.display())?;
    writeln!(
        card,
        "- labels: {source}; rule `{}`",
        super::rule_name(config)
    )?;
    writeln!(
        card,
        "- network: {} parameters, norm layers {}",
        facts.parameters,
        if facts.norm { "used" } else { "skipped" }
    )?;
    writeln!(card, "- initial weights: {}", facts.initial_weights)?;
    writeln!(card, "- epoch kept: {selection}")?;
    writeln!(card, "- device: {}", facts.device)?;
    writeln!(
        card,
        "- preprocessing: profile `{}`, hash `{}`",
        facts.profile_name, facts.profile_hash
    )?;
    writeln!(
        card,
        "- data: store `{}`, {} windows",
        facts.store_hash, facts.windows
    )?;
    writeln!(
        card,
        "- seed: {}; coronet {}",
        config.training.seed, facts.coronet_version
    )?;
    for fold in &facts.folds {
        writeln!(
            card,
            "- fold {}: {} windows learnt from, {} for choosing the epoch, {} scored; epoch {} kept",
            fold.fold,
            fold.train,
            fold.inner,
            fold.test,
            fold.best_epoch + 1
        )?;
    }
    writeln!(
        card,
        "\nResults are in the report that `coronet evaluate` writes."
    )?;
    Ok(card)
}
