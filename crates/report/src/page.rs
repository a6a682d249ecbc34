//! The page: everything of an evaluation in one HTML file that needs nothing else.

mod methods;
mod section;
mod view;

use crate::stamp::{RESEARCH_USE, Stamp, main_caveat, stamps};
use crate::wording::{capitalised, event_definition, level};
use crate::{Context, number, palette, table};
use coronet_evaluate::Evaluation;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde::Serialize;
use view::{Block, Section};

const TEMPLATE: &str = include_str!("page/template.html");
const STYLE: &str = include_str!("page/style.css");

/// The evaluation as one self-contained HTML page.
///
/// Figures are inline SVG, tables carry their CSV as `data:` links; the page makes no request and
/// needs no script. All text that came from data is escaped.
pub fn render_html(evaluation: &Evaluation, context: &Context) -> String {
    let view = PageView {
        title: title(context),
        question: question(evaluation, context),
        cohort: cohort_sentence(evaluation, context),
        answer_sentence: answer_sentence(evaluation),
        caveat: caveat(evaluation, context),
        stamps: stamps(context),
        research_use: RESEARCH_USE,
        answer: Block::table(&table::answer(evaluation, context)),
        sections: section::sections(evaluation, context),
        style: style(),
    };
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_filter("thousands", number::count);
    environment
        .add_template("page", TEMPLATE)
        .expect("the embedded template is valid; this is a bug");
    environment
        .get_template("page")
        .and_then(|template| template.render(Serde(&view)))
        .expect("the embedded template renders every view; this is a bug")
}

/// The main caveat, and what marked numbers of the first screen mean.
fn caveat(evaluation: &Evaluation, context: &Context) -> String {
    let caveat = main_caveat(evaluation);
    let first_screen = answer_sentence(evaluation);
    let answer = table::answer(evaluation, context);
    let is_marked = first_screen.contains(number::CAVEAT) || !answer.caveats().is_empty();
    match is_marked {
        true => format!("{caveat} {}", number::CAVEAT_MEANS),
        false => caveat,
    }
}

/// What the template is filled with.
#[derive(Debug, Serialize)]
struct PageView {
    title: String,
    question: String,
    cohort: String,
    answer_sentence: String,
    caveat: String,
    stamps: Vec<Stamp>,
    research_use: &'static str,
    answer: Block,
    sections: Vec<Section>,
    style: String,
}

/// The style sheet, with the dark colours of the figures.
pub(crate) fn style() -> String {
    let dark = palette::dark_rules();
    format!("{STYLE}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n")
}

/// A table as templates show it.
pub(crate) fn table_view(table: &table::Table) -> impl Serialize + use<> {
    Block::table(table)
}

fn title(context: &Context) -> String {
    if context.title.is_empty() {
        "Evaluation of per-vessel scores from the 12\u{2011}lead ECG".to_owned()
    } else {
        context.title.clone()
    }
}

fn question(evaluation: &Evaluation, context: &Context) -> String {
    if !context.question.is_empty() {
        return context.question.clone();
    }
    format!(
        "How well do the scores tell, for each vessel, records with {} from the others?",
        event_definition(evaluation.config.label_rule)
    )
}

fn cohort_sentence(evaluation: &Evaluation, context: &Context) -> String {
    let baseline = &evaluation.baseline;
    let events: Vec<String> = evaluation
        .vessels
        .iter()
        .map(|(name, vessel)| {
            format!(
                "{name} {} of {}",
                number::count(vessel.events),
                number::count(vessel.n)
            )
        })
        .collect();
    let given = if context.cohort.is_empty() {
        String::new()
    } else {
        format!("{} ", crate::wording::sentence(&context.cohort))
    };
    format!(
        "{given}{}. {}: {}.",
        capitalised(&crate::wording::records_of_patients(baseline)),
        "Events by vessel",
        number::sentence_list(&events)
    )
}

/// All vessels in one sentence, after what the number means; undefined ones with their reason.
fn answer_sentence(evaluation: &Evaluation) -> String {
    let mut defined = Vec::new();
    let mut undefined = Vec::new();
    for (name, vessel) in &evaluation.vessels {
        match vessel.quoted_auc().defined() {
            Some(auc) => defined.push(format!("{} for {name}", number::estimate(auc, 3))),
            None => {
                let reason = vessel
                    .quoted_auc()
                    .reason()
                    .unwrap_or("no reason was given");
                undefined.push(format!("{name} is undefined: {reason}."));
            }
        }
    }
    let mut sentences = Vec::new();
    if !defined.is_empty() {
        sentences.push(format!(
            "The AUC – the probability that a record with the finding scores above one without it; 0.5 is chance – was {} ({} intervals).",
            number::sentence_list(&defined),
            level(&evaluation.config)
        ));
    }
    sentences.extend(undefined);
    if sentences.is_empty() {
        return "No vessel could be evaluated.".to_owned();
    }
    sentences.join(" ")
}
