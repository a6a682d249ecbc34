//! What the page says first about how far its numbers may be believed.

use crate::Context;
use crate::number::{count, counted, sentence_list};
use coronet_evaluate::Evaluation;
use serde::Serialize;

/// What every page and card says of its use.
pub(crate) const RESEARCH_USE: &str =
    "Research use only – not a medical device; not for diagnosis.";

/// A banner: a short name and what it means.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Stamp {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

/// The banners the context asks for, gravest first.
pub(crate) fn stamps(context: &Context) -> Vec<Stamp> {
    let all = [
        (
            context.simulated,
            "Simulated data",
            "Patients, ECGs and outcomes were made by a program. No number on this page says anything about real patients.",
        ),
        (
            context.surrogate,
            "Surrogate labels",
            "Vessel names stand for territories read off ECG reports, not for findings on coronary CT. The numbers do not measure how well narrowed arteries are found.",
        ),
        (
            context.shuffled_labels,
            "Shuffled labels",
            "The network was trained on labels of other patients, as a control for trust checks. It has learnt nothing of the vessels, and no number on this page judges a model.",
        ),
        (
            context.apparent_performance,
            "Apparent performance",
            "The model was fitted on the records it is judged on. This is no validation.",
        ),
        (
            context.selection_on_test_data,
            "Selection on test data",
            "Training epochs were chosen on the records reported here. The numbers are too favourable.",
        ),
    ];
    all.into_iter()
        .filter(|(holds, _, _)| *holds)
        .map(|(_, name, text)| Stamp { name, text })
        .collect()
}

/// The names of the banners, for what leaves the page: nothing where nothing restrains the numbers.
pub(crate) fn names(context: &Context) -> Vec<&'static str> {
    stamps(context).iter().map(|stamp| stamp.name).collect()
}

/// The main caveat beside the stamps: few events, and one cohort and its thresholds.
pub(crate) fn main_caveat(evaluation: &Evaluation) -> String {
    let thresholds = if evaluation.config.frozen_thresholds.is_some() {
        "thresholds were fixed beforehand"
    } else {
        "thresholds were chosen on these scores, which flatters what they achieve"
    };
    let cohort = match evaluation.baseline.sites.len() {
        0 | 1 => "One cohort",
        _ => "Several centres",
    };
    format!(
        "{}{}{cohort}, scores of origin “{}”; {thresholds}. Validate in other patients before drawing conclusions.",
        few_events(evaluation),
        several_records(evaluation),
        evaluation.score_origin
    )
}

/// A sentence on what takes records of one patient as independent, where there are such.
fn several_records(evaluation: &Evaluation) -> &'static str {
    match evaluation.clustered() {
        true => {
            "Patients have several records: areas, their differences, bootstraps and follow-up take patients as units; intervals of proportions and of calibration and tests of trend take records and are too sure. "
        }
        false => "",
    }
}

/// A sentence on the vessels with few events, where there are any.
fn few_events(evaluation: &Evaluation) -> String {
    let few: Vec<String> = evaluation
        .vessels
        .iter()
        .filter_map(|(name, vessel)| {
            let few = evaluation.config.few_events;
            let without = vessel.n - vessel.events;
            match (vessel.events < few, without < few) {
                (true, _) => Some(format!(
                    "{name} ({})",
                    counted(vessel.events, "event", "events")
                )),
                (_, true) => Some(format!("{name} ({} without event)", count(without))),
                _ => None,
            }
        })
        .collect();
    if few.is_empty() {
        return String::new();
    }
    let what = match few.iter().any(|vessel| vessel.ends_with("without event)")) {
        true => "records of a class",
        false => "events",
    };
    format!(
        "Fewer than {} {what} in {}: such numbers can change much with a few patients more. ",
        count(evaluation.config.few_events),
        sentence_list(&few)
    )
}
