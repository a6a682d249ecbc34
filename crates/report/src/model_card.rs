//! The model card: what the model is for, how it was judged, where it may fail.

use crate::number::{self, count, counted};
use crate::stamp::{RESEARCH_USE, main_caveat, stamps};
use crate::wording::{event_definition, level, records_of_patients, sentence, subgroup_name};
use crate::{Context, statement};
use coronet_evaluate::Evaluation;
use std::fmt::Write as _;

/// A heading of the card with its statements.
pub(crate) struct CardSection {
    pub(crate) title: &'static str,
    pub(crate) items: Vec<String>,
}

/// The model card as Markdown.
pub fn model_card(evaluation: &Evaluation, context: &Context) -> String {
    let title = if context.title.is_empty() {
        "Model card"
    } else {
        &context.title
    };
    let mut card = format!("# {}\n\n**{RESEARCH_USE}**\n", markdown(title));
    for stamp in stamps(context) {
        let _ = write!(card, "\n> **{}.** {}\n", stamp.name, stamp.text);
    }
    for section in sections(evaluation, context) {
        let _ = write!(card, "\n## {}\n\n", section.title);
        for item in section.items {
            let _ = writeln!(card, "- {}", markdown(&item));
        }
    }
    if card.contains(number::CAVEAT) {
        let _ = write!(card, "\n{}\n", number::CAVEAT_MEANS);
    }
    card
}

/// The headings of the card; those with nothing known are left out.
pub(crate) fn sections(evaluation: &Evaluation, context: &Context) -> Vec<CardSection> {
    let mut sections = vec![
        CardSection {
            title: "Intended use",
            items: intended_use(evaluation),
        },
        CardSection {
            title: "Data",
            items: data(evaluation, context),
        },
        CardSection {
            title: "Performance",
            items: performance(evaluation, context),
        },
        CardSection {
            title: "Calibration",
            items: calibration(evaluation),
        },
        CardSection {
            title: "Subgroups",
            items: subgroups(evaluation),
        },
        CardSection {
            title: "Limits",
            items: limits(evaluation, context),
        },
        CardSection {
            title: "Provenance",
            items: provenance(context),
        },
    ];
    sections.retain(|section| !section.items.is_empty());
    sections
}

fn intended_use(evaluation: &Evaluation) -> Vec<String> {
    vec![
        format!(
            "Research on whether a resting 12-lead ECG carries information on coronary arteries; an event is {}.",
            event_definition(evaluation.config.label_rule)
        ),
        RESEARCH_USE.to_owned(),
        "Not for single patients: neither to diagnose, nor to exclude disease, nor to choose a treatment.".to_owned(),
    ]
}

fn data(evaluation: &Evaluation, context: &Context) -> Vec<String> {
    let mut items = Vec::new();
    if !context.cohort.is_empty() {
        items.push(sentence(&context.cohort));
    }
    items.push(format!(
        "{}; scores of origin “{}”.",
        records_of_patients(&evaluation.baseline),
        evaluation.score_origin
    ));
    items.extend(evaluation.vessels.iter().map(|(name, vessel)| {
        let events = counted(vessel.events, "event", "events");
        format!(
            "{name}: {events} in {} records; predictive values hold for this share only.",
            count(vessel.n)
        )
    }));
    items
}

fn performance(evaluation: &Evaluation, context: &Context) -> Vec<String> {
    evaluation
        .vessels
        .iter()
        .map(|(name, vessel)| {
            let sentence = statement::discrimination(evaluation, name, vessel);
            match context.best_achievable_auc.get(name) {
                Some(best) => format!(
                    "{sentence} Best achievable in this simulation: {}.",
                    number::fixed(*best, 3)
                ),
                None => sentence,
            }
        })
        .collect()
}

fn calibration(evaluation: &Evaluation) -> Vec<String> {
    evaluation
        .vessels
        .iter()
        .map(|(name, vessel)| statement::calibration(name, vessel))
        .collect()
}

fn subgroups(evaluation: &Evaluation) -> Vec<String> {
    let mut items = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        let parts: Vec<String> = vessel
            .subgroups
            .iter()
            .map(|(key, subgroup)| {
                let auc = number::or_reason(&subgroup.auc, |auc| number::estimate(auc, 3));
                format!(
                    "{} {auc} ({} / {})",
                    subgroup_name(key),
                    count(subgroup.events),
                    count(subgroup.n)
                )
            })
            .collect();
        if !parts.is_empty() {
            items.push(format!(
                "{name}, AUC with {} interval (events / n): {}.",
                level(&evaluation.config),
                parts.join("; ")
            ));
        }
    }
    items
}

fn limits(evaluation: &Evaluation, context: &Context) -> Vec<String> {
    let mut items: Vec<String> = stamps(context)
        .iter()
        .map(|stamp| stamp.text.to_owned())
        .collect();
    items.push(main_caveat(evaluation));
    for (name, vessel) in &evaluation.vessels {
        items.extend(
            vessel
                .warnings
                .iter()
                .map(|warning| format!("{name}: {}", sentence(warning))),
        );
    }
    items.extend(evaluation.warnings.iter().map(|warning| sentence(warning)));
    items.push("Performance on other devices, populations and prevalences is unknown until it has been measured there.".to_owned());
    items
}

fn provenance(context: &Context) -> Vec<String> {
    context
        .run_facts
        .iter()
        .map(|fact| format!("{}: {}", fact.name, fact.value))
        .collect()
}

/// Text whose Markdown and HTML signs are taken literally, on one line.
fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '*' | '`' | '[' | ']' | '#' | '|' | '\\' => {
                safe.push('\\');
                safe.push(character);
            }
            '\n' | '\r' | '\t' => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}
