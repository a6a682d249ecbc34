//! No number of the page that does not stand in `evaluation.json`.
//!
//! The visible text of the page is taken apart into numbers; each must be a number of the JSON at
//! the rounding shown, or stand in one of its texts. What need not, and why: `Allowed`.

use crate::support::{evaluate_csv, full_context, scores};
use coronet_evaluate::Evaluation;
use coronet_report::{Context, render_html};
use serde_json::Value;
use std::collections::HashSet;

/// Curves for plotting alone: thousands of values that no text shows, left out so that a
/// wrong number cannot be found among them by chance.
const CURVES: [&str; 9] = [
    "roc",
    "precision_recall",
    "decision_curve_fine",
    "curve",
    "incidence_curve",
    "score_histogram",
    "band",
    "knots",
    "bins",
];

/// Numbers of the JSON as they may be shown.
struct Known {
    values: Vec<f64>,
    shown: HashSet<String>,
}

impl Known {
    fn of(evaluation: &Evaluation, context: &Context) -> Known {
        let mut known = Known {
            values: Vec::new(),
            shown: HashSet::new(),
        };
        known.collect("", &serde_json::to_value(evaluation).unwrap());
        known.collect("", &serde_json::to_value(context).unwrap());
        known
    }

    fn collect(&mut self, key: &str, value: &Value) {
        match value {
            Value::Object(fields) => {
                // Numbers at risk are read off the steps of a curve.
                let wanted = |name: &str| match CURVES.contains(&key) {
                    true => name == "at_risk",
                    false => true,
                };
                if hidden_row(fields) {
                    return;
                }
                for (name, value) in fields.iter().filter(|(name, _)| wanted(name)) {
                    self.shown.extend(numbers(name));
                    self.collect(name, value);
                }
            }
            Value::Array(items) => items
                .iter()
                .filter(|item| item.is_object() || !CURVES.contains(&key))
                .for_each(|item| self.collect(key, item)),
            Value::Number(number) => self.values.push(number.as_f64().unwrap()),
            Value::String(text) => self.shown.extend(numbers(text)),
            Value::Bool(_) | Value::Null => {}
        }
    }

    /// Is `text` one of the values, or of their percentages, at its own decimals?
    fn holds(&self, text: &str) -> bool {
        if self.shown.contains(text) {
            return true;
        }
        let plain = text.replace(',', "");
        let Ok(number) = plain.parse::<f64>() else {
            return false;
        };
        let decimals = plain.split_once('.').map_or(0, |(_, tail)| tail.len());
        let half = 0.5001 * 10f64.powi(-(decimals as i32));
        let near = |value: f64| (value.abs() - number).abs() <= half;
        self.values
            .iter()
            .any(|value| near(*value) || (decimals <= 1 && near(value * 100.0)))
    }
}

/// Rows of the threshold table that the page leaves to the CSV.
fn hidden_row(fields: &serde_json::Map<String, Value>) -> bool {
    let shown = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7];
    fields.contains_key("specificity")
        && fields.contains_key("called")
        && fields["threshold"]
            .as_f64()
            .is_some_and(|threshold| shown.iter().all(|at| (at - threshold).abs() > 1e-9))
}

/// Numbers in a text, without sign: digits with separators of thousands and decimals. Digits
/// inside a word, such as in `E50` or `SHA-256`, are part of its name.
fn numbers(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        if !characters[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < characters.len()
            && (characters[at].is_ascii_digit()
                || (matches!(characters[at], '.' | ',')
                    && characters.get(at + 1).is_some_and(char::is_ascii_digit)))
        {
            at += 1;
        }
        let word = |c: Option<&char>| c.is_some_and(|c| c.is_alphabetic() || *c == '_');
        let before = start.checked_sub(1).and_then(|place| characters.get(place));
        if !word(before) && !word(characters.get(at)) {
            found.push(characters[start..at].iter().collect());
        }
    }
    found
}

/// Visible text by where it stands: (text, is it the tick of an axis).
fn visible(html: &str) -> Vec<(String, bool)> {
    let document = crate::support::parse_html(html);
    let hidden = ["style", "title"];
    document
        .descendants()
        .filter(|node| node.is_text())
        .filter(|node| {
            !node
                .ancestors()
                .any(|up| hidden.contains(&up.tag_name().name()))
        })
        .map(|node| {
            let parent = node.parent().unwrap();
            let classes = parent.attribute("class").unwrap_or_default();
            let is_tick = classes.split(' ').any(|class| class == "tick");
            (node.text().unwrap_or_default().to_owned(), is_tick)
        })
        .collect()
}

/// Numbers that are no results, and why they may stand on the page.
fn is_allowed(text: &str, number: &str) -> bool {
    let constants: &[(&str, &[&str])] = &[
        // Ideals and bounds that sentences and captions name.
        ("ideal", &["0", "1"]),
        ("is chance", &["0.5"]),
        ("counts as", &["0.5"]),
        ("clipped to", &["0", "1"]),
        ("holds 0", &["0"]),
        ("above 0", &["0"]),
        ("below 0", &["0"]),
        ("nobody is 0", &["0"]),
        ("zero", &["0"]),
        ("1 is ideal", &["0", "1"]),
        // A p-value below the least that is shown.
        ("<", &["0.001"]),
        // Names of things: the lead count, a grade, a percentile, a degree, a share of LOWESS, a year.
        ("lead ECG", &["12"]),
        ("grade", &["0", "1", "2", "3", "4", "50", "70"]),
        ("percentile", &["5", "95", "90"]),
        ("degree", &["2"]),
        ("LOWESS", &["2", "3", "0"]),
        ("Riley", &["2021"]),
        ("Table 1", &["1"]),
        ("per 100", &["100", "20"]),
        ("threshold from 1% to 99%", &["1", "99"]),
        ("every threshold", &["1", "99"]),
    ];
    constants
        .iter()
        .any(|(near, allowed)| text.contains(near) && allowed.contains(&number))
}

fn strangers(html: &str, known: &Known) -> Vec<String> {
    let mut strangers = Vec::new();
    for (text, is_tick) in visible(html) {
        if is_tick {
            continue;
        }
        for number in numbers(&text) {
            if !known.holds(&number) && !is_allowed(&text, &number) {
                strangers.push(format!("{number} in “{}”", text.trim()));
            }
        }
    }
    strangers
}

/// Evaluation and context whose fractions are all 0.013 above a multiple of 0.04.
///
/// Real results are so many that a wrong number would look like one of them by chance. These lie
/// thin, and sums, differences, complements or ratios that the page might compute lie among them by rare chance alone.
fn on_a_lattice() -> (Evaluation, Context) {
    let evaluation = evaluate_csv(&scores("Süd"));
    let context = full_context(&evaluation);
    let mut numbers = serde_json::to_value(&evaluation).unwrap();
    let config = numbers["config"].clone();
    to_lattice("", &mut numbers);
    numbers["config"] = config;
    let mut beside = serde_json::to_value(&context).unwrap();
    to_lattice("", &mut beside);
    (
        serde_json::from_value(numbers).unwrap(),
        serde_json::from_value(beside).unwrap(),
    )
}

fn to_lattice(key: &str, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                to_lattice(key, value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| to_lattice(key, item)),
        // Places on an axis, not results.
        Value::Number(_) if ["threshold", "days", "target"].contains(&key) => {}
        Value::Number(number) if number.is_f64() => {
            let near = ((number.as_f64().unwrap() - 0.013) / 0.04).round() * 0.04 + 0.013;
            *value = serde_json::json!(near);
        }
        _ => {}
    }
}

#[test]
fn every_number_of_the_page_is_in_the_json() {
    let evaluation = evaluate_csv(&scores("Süd"));
    let context = full_context(&evaluation);
    for (evaluation, context) in [(evaluation, context), on_a_lattice()] {
        let html = render_html(&evaluation, &context);
        let known = Known::of(&evaluation, &context);
        let strangers = strangers(&without_checklist(&html), &known);
        assert!(strangers.is_empty(), "{}\n{strangers:#?}", strangers.len());
    }
}

/// The checklist's first column numbers the items of TRIPOD+AI; its own test reads it.
fn without_checklist(html: &str) -> String {
    let start = html.find("<section id=\"checklist\"").unwrap();
    let end = start + html[start..].find("</section>").unwrap() + "</section>".len();
    format!("{}{}", &html[..start], &html[end..])
}

#[test]
fn numbers_from_elsewhere_are_found() {
    let (evaluation, context) = on_a_lattice();
    let known = Known::of(&evaluation, &context);
    let html = without_checklist(&render_html(&evaluation, &context));
    let auc = evaluation.vessels["RCA"].auc.defined().unwrap().value;
    let shown = format!("{auc:.3}");
    assert!(html.contains(&shown));
    let forged = (1..=40).filter(|step| {
        let wrong = format!("{:.3}", auc - 0.0107 * f64::from(*step));
        let found = strangers(&html.replace(&shown, &wrong), &known);
        found.iter().any(|stranger| stranger.starts_with(&wrong))
    });
    let caught = forged.count();
    assert!(caught >= 36, "{caught} of 40 forged numbers were found");
}
