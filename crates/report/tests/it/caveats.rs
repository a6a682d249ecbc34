//! Numbers with a caveat of their own are marked, and the mark is explained.

use crate::support::{evaluate_csv, evaluation, full_context, scores};
use coronet_evaluate::{EvaluationConfig, ScoreTable, compare, evaluate};
use coronet_report::{Comparison, Context, figures, model_card, render_html, tables};

const MEANS: &str = "A caveat goes with this number";

/// The table with one field of every row, numbered from 0, written anew.
fn with_field(column: usize, field: impl Fn(usize) -> &'static str) -> String {
    let csv = scores("Süd");
    let mut lines = csv.lines();
    let mut changed = format!("{}\n", lines.next().unwrap());
    for (row, line) in lines.enumerate() {
        let mut fields: Vec<&str> = line.split(',').collect();
        fields[column] = field(row);
        changed.push_str(&format!("{}\n", fields.join(",")));
    }
    changed
}

/// Sexes that both have the event.
fn followed() -> String {
    with_field(4, |row| if row % 5 < 2 { "F" } else { "M" })
}

#[test]
fn few_events_in_a_subgroup_are_marked_and_named() {
    let evaluation = evaluate_csv(&with_field(5, |row| if row % 8 == 0 { "1" } else { "0" }));
    let normal = &evaluation.vessels["LAD"].subgroups["normal_ecg"];
    let warning = normal.auc.defined().unwrap().warning.clone().unwrap();
    let context = Context::default();
    let html = render_html(&evaluation, &context);
    let first = &html[html.find("<header").unwrap()..html.find("</header>").unwrap()];
    assert!(
        first.contains('†') && first.contains(MEANS) && first.contains(&warning),
        "{first}"
    );
    let section = &html[html.find("<section id=\"normal-ecgs\"").unwrap()..];
    let section = &section[..section.find("</section>").unwrap()];
    assert!(
        section.contains('†') && section.contains(MEANS),
        "{section}"
    );
    let found = tables(&evaluation, &context);
    let subgroups = found.iter().find(|table| table.name == "answer").unwrap();
    assert!(
        subgroups
            .csv()
            .contains(&format!("auc_normal_ecg: {warning}"))
    );
    let forest = figures(&evaluation, &context);
    let forest = forest
        .iter()
        .find(|figure| figure.name == "subgroups")
        .unwrap();
    assert!(forest.svg.contains('†') && forest.caption.contains(MEANS));
    let card = model_card(&evaluation, &context);
    assert!(card.contains('†') && card.contains(MEANS));
}

#[test]
fn numbers_without_caveat_are_not_marked() {
    let config = EvaluationConfig {
        few_events: 2,
        bootstrap_replicates: 0,
        ..EvaluationConfig::default()
    };
    let csv: String = scores("Süd")
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            format!("{}\n", [&fields[..3], &fields[11..13]].concat().join(","))
        })
        .collect();
    let table = ScoreTable::from_csv(csv.as_bytes()).unwrap();
    let html = render_html(&evaluate(&table, &config).unwrap(), &Context::default());
    assert!(!html.contains(MEANS));
}

/// Two records a patient.
fn twice() -> ScoreTable {
    let csv = followed();
    let mut lines = csv.lines();
    let mut doubled = format!("{}\n", lines.next().unwrap());
    for line in lines {
        doubled.push_str(&format!("{line}\nsecond-{line}\n"));
    }
    ScoreTable::from_csv(doubled.as_bytes()).unwrap()
}

#[test]
fn patients_with_several_records_are_the_units_of_what_is_shown() {
    let config = EvaluationConfig {
        bootstrap_replicates: 20,
        ..EvaluationConfig::default()
    };
    let table = twice();
    let evaluation = evaluate(&table, &config).unwrap();
    let context = Context {
        comparison: Some(Comparison {
            first: "first".to_owned(),
            second: "second".to_owned(),
            result: compare(&table, &table, &config).unwrap(),
        }),
        ..Context::default()
    };
    let html = render_html(&evaluation, &context);
    let first = &html[html.find("<header").unwrap()..html.find("</header>").unwrap()];
    assert!(first.contains("Patients have several records") && first.contains("patients as units"));
    assert!(html.contains("follow-up is of one record a patient"));
    let found = tables(&evaluation, &context);
    let answer = found
        .iter()
        .find(|table| table.name == "answer")
        .unwrap()
        .csv();
    let by_patient = evaluation.vessels["RCA"].auc_by_patient.defined().unwrap();
    assert!(
        answer.contains(&by_patient.low.unwrap().to_string()),
        "{answer}"
    );
    let follow_up = found.iter().find(|table| table.name == "cox").unwrap();
    assert!(
        follow_up.caption.contains("240 records"),
        "{}",
        follow_up.caption
    );
}

#[test]
fn records_left_out_of_a_model_are_counted() {
    let csv = followed();
    let without_age: String = csv
        .lines()
        .enumerate()
        .map(|(index, line)| {
            let mut fields: Vec<&str> = line.split(',').collect();
            if index > 100 {
                fields[3] = "";
            }
            format!("{}\n", fields.join(","))
        })
        .collect();
    let evaluation = evaluate_csv(&without_age);
    let html = render_html(&evaluation, &Context::default());
    let cox = tables(&evaluation, &Context::default());
    let cox = cox.iter().find(|table| table.name == "cox").unwrap();
    assert!(
        cox.caption.contains("100 records")
            && cox
                .caption
                .contains("140 records without age or sex left out"),
        "{}",
        cox.caption
    );
    assert!(html.contains("140 without age or sex left out"));
}

#[test]
fn a_section_that_was_not_done_says_why() {
    let without: String = scores("Süd")
        .lines()
        .map(|line| {
            let mut fields: Vec<&str> = line.split(',').collect();
            fields.remove(5);
            format!("{}\n", fields.join(","))
        })
        .collect();
    let html = render_html(&evaluate_csv(&without), &Context::default());
    let section = &html[html.find("<section id=\"normal-ecgs\"").unwrap()..];
    assert!(
        section[..section.find("</section>").unwrap()]
            .contains("Not done: no record has normal_ecg.")
    );
}

#[test]
fn settings_keep_their_decimals() {
    let config = EvaluationConfig {
        decision_thresholds: vec![0.02, 0.025],
        confidence: 0.975,
        bootstrap_replicates: 0,
        ..EvaluationConfig::default()
    };
    let table = ScoreTable::from_csv(scores("Süd").as_bytes()).unwrap();
    let html = render_html(&evaluate(&table, &config).unwrap(), &Context::default());
    assert!(
        html.contains("At 2% and 2.5%,")
            && html.contains("97.5%")
            && !html.contains("98% interval")
    );
}

#[test]
fn epochs_chosen_on_the_test_fold_are_not_called_inner() {
    let context = |selection_on_test_data| Context {
        selection_on_test_data,
        ..full_context(&evaluation())
    };
    let figure = |context: &Context| {
        let mut found = figures(&evaluation(), context).into_iter();
        found.find(|figure| figure.name == "training").unwrap()
    };
    let (inner, test) = (figure(&context(false)), figure(&context(true)));
    assert!(
        inner.caption.contains("inner validation set") && inner.svg.contains("Inner macro-AUC")
    );
    for text in [&test.caption, &test.svg, &test.alt] {
        assert!(
            text.contains("test fold") && !text.to_lowercase().contains("inner"),
            "{text}"
        );
    }
}
