//! What each item asks for, and what the run knows of it.

use super::{Item, State};
use crate::Context;
use crate::number::{count, counted};
use crate::wording::event_definition;
use coronet_evaluate::{Evaluation, Statistic};

/// Every item in the order of the statement.
pub(super) fn all(evaluation: &Evaluation, context: &Context) -> Vec<Item> {
    let mut items = front();
    items.extend(data(evaluation, context));
    items.extend(analysis(evaluation, context));
    items.extend(open_science());
    items.extend(results(evaluation, context));
    items.extend(discussion(context));
    items
}

fn item(number: &'static str, topic: &'static str, state: State, answer: &str) -> Item {
    Item {
        number,
        topic,
        state,
        answer: answer.to_owned(),
    }
}

fn open(number: &'static str, topic: &'static str, missing: &str) -> Item {
    item(number, topic, State::Open, missing)
}

/// Answered where `known`, else open with what is missing.
fn known(
    number: &'static str,
    topic: &'static str,
    known: bool,
    answer: &str,
    missing: &str,
) -> Item {
    match known {
        true => item(number, topic, State::Answered, answer),
        false => item(number, topic, State::Open, missing),
    }
}

fn front() -> Vec<Item> {
    vec![
        item(
            "1",
            "Title: study type, target population, outcome",
            State::Partly,
            "The title of this page; the authors name the population.",
        ),
        item(
            "2",
            "Abstract",
            State::Partly,
            "The first screen holds question, patients, answer and caveat; TRIPOD+AI for Abstracts asks for more.",
        ),
        open(
            "3a",
            "Clinical context and reason for the model",
            "To be written by the authors.",
        ),
        open(
            "3b",
            "Target population, purpose in the care pathway, intended users",
            "To be written by the authors; the model card states research use only.",
        ),
        open(
            "3c",
            "Known inequalities in health between groups",
            "To be written by the authors.",
        ),
        item(
            "4",
            "Objectives: development, evaluation, or both",
            State::Partly,
            "“Asked” on the first screen; the authors say whether the model was developed here.",
        ),
    ]
}

fn data(evaluation: &Evaluation, context: &Context) -> Vec<Item> {
    let run = !context.run_facts.is_empty();
    let outcome = format!(
        "Methods: an event is {}. How and by whom CCTA was read is for the authors.",
        event_definition(evaluation.config.label_rule)
    );
    let missing = missing_grades(evaluation);
    vec![
        item(
            "5a",
            "Sources of data, and why they represent the target population",
            State::Partly,
            "Cohort and patient flow names the source as given; representativeness is for the authors.",
        ),
        open(
            "5b",
            "Dates of accrual and of the end of follow-up",
            "The score table holds no dates.",
        ),
        open(
            "6a",
            "Setting, number and location of centres",
            "The score table names sites at most; setting and location are for the authors.",
        ),
        known(
            "6b",
            "Eligibility",
            !context.flow.is_empty(),
            "Cohort and patient flow counts every exclusion with its reason.",
            "No flow of inclusion is known for this table.",
        ),
        open(
            "6c",
            "Treatments received, and how they were handled",
            "Not in the score table (revascularisation before or after the CCTA, medication).",
        ),
        known(
            "7",
            "Data preparation and quality checks",
            run,
            "Facts of the run: preprocessing profile and hash; Findings and warnings: imperfect values.",
            "Findings and warnings lists imperfect values; how scores were prepared is not known here.",
        ),
        item(
            "8a",
            "Outcome, time horizon, how and when assessed",
            State::Partly,
            &outcome,
        ),
        open(
            "8b",
            "Qualifications of outcome assessors, where judgement is needed",
            "To be written by the authors.",
        ),
        open(
            "8c",
            "Blinding of outcome assessment",
            "To be written by the authors.",
        ),
        item(
            "9a",
            "Choice of initial predictors",
            State::Partly,
            "The 12-lead ECG alone feeds the score; why is for the authors.",
        ),
        item(
            "9b",
            "Predictors: definition, how and when measured",
            State::Partly,
            "The ECG–CCTA interval is in the baseline table; devices are for the authors.",
        ),
        open(
            "9c",
            "Assessors of predictors, where judgement is needed",
            "Where “normal ECG” was read by people, the authors say by whom.",
        ),
        item(
            "10",
            "Study size",
            State::Partly,
            "Events by vessel and warnings of few events; a sample-size calculation beforehand is for the authors.",
        ),
        item("11", "Missing data", State::Answered, &missing),
    ]
}

fn missing_grades(evaluation: &Evaluation) -> String {
    let missing: Vec<String> = evaluation
        .baseline
        .grades
        .iter()
        .map(|(name, grades)| format!("{name} {}", count(grades.missing)))
        .collect();
    if missing.is_empty() {
        return "Complete cases by vessel; a missing grade is never counted as negative."
            .to_owned();
    }
    format!(
        "Complete cases by vessel; a missing grade is never counted as negative. Missing grades: {}.",
        missing.join(", ")
    )
}

fn analysis(evaluation: &Evaluation, context: &Context) -> Vec<Item> {
    let run = !context.run_facts.is_empty() && !context.training.is_empty();
    let sites = evaluation.baseline.sites.len() > 1;
    let frozen = evaluation.config.frozen_thresholds.is_some();
    vec![
        known(
            "12a",
            "How data were partitioned",
            run,
            "Facts of the run: grouped, stratified folds; leakage audit.",
            "The table states the origin of its scores only; partitions are for the authors.",
        ),
        known(
            "12b",
            "Handling of predictors",
            run,
            "Facts of the run: preprocessing profile.",
            "Not known for scores of other origin.",
        ),
        known(
            "12c",
            "Model type, building, tuning, internal validation",
            run,
            "Facts of the run: network, tuning, epochs, choice of the epoch, seeds, weights.",
            "Not known for scores of other origin.",
        ),
        known(
            "12d",
            "Heterogeneity between clusters",
            sites,
            "Subgroups by site; centre by centre at the same thresholds, and pooled.",
            "The table names fewer than two sites.",
        ),
        item(
            "12e",
            "Measures and plots of performance",
            State::Answered,
            "Methods names every measure, its variant and its interval.",
        ),
        known(
            "12f",
            "Model updating",
            is_updated(evaluation),
            "Methods: recalibration by four methods, each judged on records it was not fitted on.",
            "No updating was done for this page.",
        ),
        item(
            "12g",
            "How predictions were calculated for evaluation",
            State::Partly,
            "Scores are taken as given; their origin is stated in Methods.",
        ),
        item(
            "13",
            "Class imbalance",
            State::Partly,
            "No resampling in the evaluation; precision–recall curves show the event rate. Task weighting of a run is among its facts.",
        ),
        item(
            "14",
            "Fairness",
            State::Partly,
            "Subgroups by sex and age with intervals and interaction tests; what was done about differences is for the authors.",
        ),
        item(
            "15",
            "Model output",
            State::Answered,
            "A probability by vessel; strata by the thresholds in Operating points and strata.",
        ),
        known(
            "16",
            "Differences between development and evaluation data",
            !context.frozen_from.is_empty(),
            "Centres and external validation names where thresholds and recalibration come from, and how rates differ between centres.",
            if frozen {
                "Thresholds are frozen; data of their development are not described here."
            } else {
                "Development and evaluation are of one cohort."
            },
        ),
        open(
            "17",
            "Ethical approval and consent",
            "To be written by the authors.",
        ),
    ]
}

fn open_science() -> Vec<Item> {
    vec![
        open("18a", "Funding", "To be written by the authors."),
        open(
            "18b",
            "Conflicts of interest",
            "To be written by the authors.",
        ),
        open("18c", "Protocol", "To be written by the authors."),
        open("18d", "Registration", "To be written by the authors."),
        open(
            "18e",
            "Data sharing",
            "To be written by the authors; evaluation.json holds every number of this page.",
        ),
        item(
            "18f",
            "Code sharing",
            State::Partly,
            "The program and its version are among the facts of the run; the authors say where it can be had.",
        ),
        open(
            "19",
            "Patient and public involvement",
            "To be written by the authors.",
        ),
    ]
}

fn results(evaluation: &Evaluation, context: &Context) -> Vec<Item> {
    let sample: Vec<String> = evaluation
        .vessels
        .iter()
        .map(|(name, vessel)| {
            let events = counted(vessel.events, "event", "events");
            format!("{name} {events} in {}", count(vessel.n))
        })
        .collect();
    let subgroups = evaluation
        .vessels
        .values()
        .any(|vessel| !vessel.subgroups.is_empty());
    let sites = evaluation.baseline.sites.len() > 1;
    vec![
        known(
            "20a",
            "Flow of participants",
            !context.flow.is_empty(),
            "Cohort and patient flow.",
            "No flow of inclusion is known for this table.",
        ),
        item(
            "20b",
            "Characteristics of participants",
            State::Partly,
            "Cohort and patient flow: baseline table, grades by vessel; race, ethnicity and social position are not in the table.",
        ),
        known(
            "20c",
            "Development against evaluation data",
            !context.frozen_from.is_empty(),
            "Centres and external validation.",
            "Development and evaluation are of one cohort, or development is not described.",
        ),
        item(
            "21",
            "Participants and events in each analysis",
            State::Answered,
            &format!("{}.", sample.join("; ")),
        ),
        known(
            "22",
            "Full model specification",
            !context.run_facts.is_empty() && !context.training.is_empty(),
            "Facts of the run: architecture, fingerprints of the weights of every fold.",
            "Not known for scores of other origin.",
        ),
        known(
            "23a",
            "Performance with intervals, in subgroups too",
            subgroups,
            "Results by vessel, Calibration, Decision curves, Subgroups.",
            "Results by vessel with intervals; the table allows no subgroups.",
        ),
        known(
            "23b",
            "Heterogeneity of performance between clusters",
            sites,
            "Subgroups by site.",
            "The table names fewer than two sites.",
        ),
        known(
            "24",
            "Results of model updating",
            is_updated(evaluation),
            "Calibration: before and after recalibration.",
            "No updating was done for this page.",
        ),
    ]
}

/// Whether any vessel has a recalibrated result.
fn is_updated(evaluation: &Evaluation) -> bool {
    let maps = evaluation
        .vessels
        .values()
        .flat_map(|vessel| vessel.recalibration.cross_fitted.values());
    maps.filter_map(Statistic::defined).next().is_some()
}

fn discussion(context: &Context) -> Vec<Item> {
    let limits = match context.simulated || context.surrogate {
        true => {
            "The banners, caveats and warnings of this page: its labels are not of patients’ coronary arteries."
        }
        false => "Caveats and warnings of this page; the authors add theirs.",
    };
    vec![
        open(
            "25",
            "Interpretation, with earlier studies and fairness",
            "To be written by the authors.",
        ),
        item("26", "Limitations", State::Partly, limits),
        item(
            "27a",
            "Input of poor quality or missing",
            State::Partly,
            "Missing probabilities are left out and counted; quality rules of ECGs are in the flow where it is known.",
        ),
        open(
            "27b",
            "Interaction and expertise asked of users",
            "Not applicable to research use; to be written before any other use.",
        ),
        open(
            "27c",
            "Next steps, and where the model may hold",
            "To be written by the authors.",
        ),
    ]
}
