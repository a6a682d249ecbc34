//! The page: what it must say, what it must not do.

use crate::support::{evaluate_csv, evaluation, full_context, parse_html, scores};
use coronet_report::{
    Cell, Context, Exclusion, FlowStep, FoldTraining, RunFact, figures, model_card, render_html,
    tables,
};
use std::collections::BTreeMap;

const RESEARCH_USE: &str = "Research use only – not a medical device; not for diagnosis.";

fn context() -> Context {
    Context {
        title: "A <b>title</b> & more".to_owned(),
        question: "Who asked \"this\"?".to_owned(),
        cohort: "two sites".to_owned(),
        best_achievable_auc: BTreeMap::from([("RCA".to_owned(), 0.8766)]),
        run_facts: vec![RunFact {
            name: "Seed".to_owned(),
            value: "42 <img src=x onerror=alert(1)>".to_owned(),
        }],
        flow: vec![FlowStep {
            label: "records in the manifest".to_owned(),
            n: 250,
            excluded: vec![Exclusion {
                reason: "no ECG in the window".to_owned(),
                n: 10,
            }],
        }],
        training: vec![FoldTraining {
            fold: 0,
            inner_auc: vec![Some(0.5), None, Some(0.75)],
            chosen_epoch: Some(3),
        }],
        next_commands: vec!["coronet explain --model run".to_owned()],
        ..Context::default()
    }
}

#[test]
fn the_first_screen_says_what_whom_answer_and_caveat() {
    let html = render_html(&evaluation(), &context());
    let first = &html[html.find("<header").unwrap()..html.find("</header>").unwrap()];
    for expected in [
        RESEARCH_USE,
        "A &lt;b&gt;title&lt;&#x2f;b&gt; &amp; more",
        "Asked",
        "In whom",
        "Answer",
        "Caveat",
        "Two sites.",
        "RCA",
        "0.877",
        "LM is undefined: ",
        "Fewer than 10 events in LM (0 events)",
        "thresholds were chosen on these scores, which flatters",
    ] {
        assert!(first.contains(expected), "{expected} in {first}");
    }
    let footer = &html[html.find("<footer").unwrap()..];
    assert!(footer.contains(RESEARCH_USE));
}

#[test]
fn every_section_has_its_place_in_the_contents() {
    let evaluation = evaluation();
    let context = Context {
        configuration: "seed = 0\n".to_owned(),
        comparison: full_context(&evaluation).comparison,
        ..context()
    };
    let html = render_html(&evaluation, &context);
    for (id, title) in [
        ("cohort-section", "Cohort and patient flow"),
        ("results", "Results by vessel"),
        ("normal-ecgs", "Normal ECGs"),
        ("strata-section", "Operating points and strata"),
        ("calibration-section", "Calibration"),
        ("subgroups-section", "Subgroups"),
        ("decisions", "Decision curves"),
        ("thresholds-section", "Threshold table and curves"),
        ("grades-section", "Grade of stenosis"),
        ("centres-section", "Centres and external validation"),
        ("pretest", "Pre-test probability"),
        ("comparison-section", "Two models compared"),
        ("follow-up-section", "Follow-up"),
        ("training-section", "Training course"),
        ("methods", "Methods"),
        ("configuration", "Configuration"),
        ("checklist", "Reporting checklist (TRIPOD+AI)"),
        ("warnings", "Findings and warnings"),
        ("model-card", "Model card"),
        ("next", "What to do next"),
    ] {
        assert!(
            html.contains(&format!("<a href=\"#{id}\">{title}</a>")),
            "{id}"
        );
        assert!(html.contains(&format!("<section id=\"{id}\"")), "{id}");
    }
    for text in [
        "no ECG in the window",
        "coronet explain --model run",
        "DeLong",
        "fold 0",
    ] {
        assert!(html.contains(text), "{text}");
    }
}

#[test]
fn nothing_is_requested_and_nothing_runs() {
    let html = render_html(&evaluation(), &context());
    let without_namespaces = html.replace("http://www.w3.org/2000/svg", "");
    for forbidden in [
        "http:",
        "https:",
        "<script",
        "<link",
        "<iframe",
        "<img",
        "@import",
        "url(",
        " onload",
        "javascript:",
    ] {
        assert!(!without_namespaces.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn the_page_is_well_formed_and_every_figure_and_table_is_in_it() {
    let evaluation = evaluation();
    let context = full_context(&evaluation);
    let html = render_html(&evaluation, &context);
    let document = parse_html(&html);
    let has = |id: &str| {
        document
            .descendants()
            .any(|node| node.attribute("id") == Some(id))
    };
    for figure in figures(&evaluation, &context) {
        assert!(has(&format!("figure-{}", figure.name)), "{}", figure.name);
    }
    for table in [
        "baseline",
        "discrimination",
        "operating-points",
        "thresholds",
        "threshold-targets",
        "strata",
        "calibration",
        "recalibration",
        "trend",
        "grades",
        "subgroups",
        "subgroup-comparisons",
        "centres",
        "centres-calibration",
        "centres-pooled",
        "decision-curves",
        "rule-out",
        "reclassification",
        "comparison",
        "comparison-reclassification",
        "comparison-net-benefit",
        "follow-up",
        "follow-up-tests",
        "time-dependent",
        "survival-decision",
        "tripod-ai",
    ] {
        assert!(has(&format!("table-{table}")), "{table}");
        assert!(
            tables(&evaluation, &context)
                .iter()
                .any(|found| found.name == table),
            "{table} as CSV"
        );
    }
}

#[test]
fn every_table_of_the_page_is_among_the_files() {
    let evaluation = evaluation();
    let context = full_context(&evaluation);
    let html = render_html(&evaluation, &context);
    let files: Vec<String> = tables(&evaluation, &context)
        .into_iter()
        .map(|table| table.name)
        .collect();
    let shown = attribute(&html, "<div class=\"table\" id=\"table-");
    assert!(shown.len() > 25, "{shown:?}");
    for name in shown {
        assert!(files.iter().any(|file| file == name), "{name}");
    }
}

#[test]
fn the_page_can_be_walked_without_eyes_or_mouse() {
    let evaluation = evaluation();
    let html = render_html(&evaluation, &full_context(&evaluation));
    let document = parse_html(&html);
    let all = |tag: &str| -> Vec<roxmltree::Node<'_, '_>> {
        document
            .descendants()
            .filter(|node| node.has_tag_name(tag))
            .collect()
    };
    for landmark in ["header", "nav", "main", "footer"] {
        assert_eq!(all(landmark).len(), 1, "{landmark}");
    }
    assert_eq!(all("html")[0].attribute("lang"), Some("en"));
    assert_eq!(all("h1").len(), 1);
    let skip = all("a")
        .into_iter()
        .find(|a| a.attribute("class") == Some("skip"));
    assert_eq!(skip.unwrap().attribute("href"), Some("#content"));
    for head in all("th") {
        assert!(matches!(head.attribute("scope"), Some("col" | "row")));
    }
    for svg in all("svg")
        .into_iter()
        .filter(|svg| svg.parent().unwrap().has_tag_name("div"))
    {
        assert_eq!(svg.attribute("role"), Some("img"));
        let described = svg.children().filter(|node| node.has_tag_name("desc"));
        assert!(
            described
                .filter_map(|node| node.text())
                .any(|text| text.len() > 10)
        );
    }
}

#[test]
fn the_checklist_has_every_item_and_claims_nothing_unknown() {
    let evaluation = evaluation();
    let list = |context: &Context| -> Vec<(String, String)> {
        let all = tables(&evaluation, context);
        let table = all
            .into_iter()
            .find(|table| table.name == "tripod-ai")
            .unwrap();
        let text = |cell: &Cell| match cell {
            Cell::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        };
        table
            .rows
            .iter()
            .map(|row| (text(&row[0]), text(&row[2])))
            .collect()
    };
    let bare = list(&Context::default());
    let items: std::collections::BTreeSet<u32> = bare
        .iter()
        .map(|(item, _)| item.trim_end_matches(char::is_alphabetic).parse().unwrap())
        .collect();
    assert_eq!(items, (1..=27).collect());
    let state = |list: &[(String, String)], wanted: &str| {
        let found = list.iter().find(|(item, _)| item == wanted);
        found.unwrap().1.clone()
    };
    for unknown in ["3c", "17", "18a", "19", "20a", "22"] {
        assert_eq!(state(&bare, unknown), "open", "{unknown}");
    }
    let full = list(&full_context(&evaluation));
    assert_eq!(state(&full, "20a"), "answered");
    assert_eq!(state(&full, "18a"), "open");
}

#[test]
fn optimistic_tests_of_reclassification_have_no_p_value() {
    let evaluation = evaluation();
    let html = render_html(&evaluation, &full_context(&evaluation));
    let nri = &evaluation.any_vessel.defined().unwrap().nri;
    let p = nri.defined().unwrap().p.defined();
    assert!(p.is_some());
    assert!(html.contains("No p-value is given"));
    for name in [
        "comparison-reclassification",
        "added-value-reclassification",
    ] {
        let all = tables(&evaluation, &full_context(&evaluation));
        let found = all.iter().find(|table| table.name == name).unwrap();
        assert!(
            found.columns.iter().all(|column| column.key != "p"),
            "{name}"
        );
    }
}

#[test]
fn hostile_names_stay_text() {
    let csv = scores("<script>alert(1)</script>").replace("LCX_", "<svg onload=alert(1)>_");
    let html = render_html(&evaluate_csv(&csv), &context());
    assert!(!html.contains("<script"));
    assert!(!html.contains("<svg onload"));
    assert!(html.contains("&lt;script&gt;") || html.contains("&lt;script&#62;"));
}

#[test]
fn ids_are_unique_and_labels_point_to_them() {
    let html = render_html(&evaluation(), &context());
    let mut ids: Vec<&str> = attribute(&html, " id=\"");
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
    for target in attribute(&html, "aria-labelledby=\"") {
        for id in target.split(' ') {
            assert!(ids.binary_search(&id).is_ok(), "{id}");
        }
    }
    for href in attribute(&html, "href=\"#") {
        assert!(ids.binary_search(&href).is_ok(), "#{href}");
    }
}

fn attribute<'a>(html: &'a str, start: &str) -> Vec<&'a str> {
    html.match_indices(start)
        .map(|(at, _)| {
            let rest = &html[at + start.len()..];
            &rest[..rest.find('"').unwrap()]
        })
        .collect()
}

#[test]
fn stamps_appear_exactly_when_they_hold() {
    let evaluation = evaluation();
    let stamps = [
        (
            "Simulated data",
            Context {
                simulated: true,
                ..context()
            },
        ),
        (
            "Surrogate labels",
            Context {
                surrogate: true,
                ..context()
            },
        ),
        (
            "Selection on test data",
            Context {
                selection_on_test_data: true,
                ..context()
            },
        ),
        (
            "Apparent performance",
            Context {
                apparent_performance: true,
                ..context()
            },
        ),
    ];
    let plain = render_html(&evaluation, &context());
    for (name, stamped) in &stamps {
        let stamp = format!("<strong>{name}.</strong>");
        assert!(!plain.contains(&stamp), "{name}");
        assert!(render_html(&evaluation, stamped).contains(&stamp), "{name}");
        assert!(model_card(&evaluation, stamped).contains(name), "{name}");
    }
}

#[test]
fn a_table_without_columns_says_what_was_not_done() {
    let csv = "record_id,RCA_grade,RCA_prob\na,0,0.1\nb,3,0.9\nc,1,0.4\nd,4,0.3\n";
    let evaluation = evaluate_csv(csv);
    let html = render_html(&evaluation, &Context::default());
    assert!(html.contains("Not done: "));
    for (name, reason) in &evaluation.switched_off {
        let reason = reason.replace('\'', "&#x27;");
        assert!(html.contains(&reason), "{name}: {reason}");
    }
}

#[test]
fn the_same_evaluation_gives_the_same_page() {
    let (first, second) = (evaluation(), evaluation());
    assert_eq!(
        render_html(&first, &context()),
        render_html(&second, &context())
    );
    assert_eq!(
        model_card(&first, &context()),
        model_card(&second, &context())
    );
}

#[test]
fn the_model_card_states_use_data_performance_and_limits() {
    let card = model_card(&evaluation(), &context());
    for heading in [
        "Intended use",
        "Data",
        "Performance",
        "Calibration",
        "Subgroups",
        "Limits",
        "Provenance",
    ] {
        assert!(card.contains(&format!("\n## {heading}\n")), "{heading}");
    }
    assert!(card.contains(RESEARCH_USE));
    assert!(!card.contains("<script") && !card.contains("<img"));
}
