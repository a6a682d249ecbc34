//! Figures: present, well-formed, accessible, undefined in place.

use crate::support::{evaluate_csv, evaluation, full_context, parse, scores};
use coronet_report::{Context, figures};

#[test]
fn every_figure_of_a_full_table_is_there() {
    let evaluation = evaluation();
    let context = full_context(&evaluation);
    let all = figures(&evaluation, &context);
    let names: Vec<String> = all.into_iter().map(|f| f.name).collect();
    for name in [
        "patient-flow",
        "thresholds",
        "interventions-avoided",
        "centres",
        "centres-calibration",
        "comparison",
        "training",
        "roc",
        "precision-recall",
        "strata",
        "calibration",
        "grades",
        "subgroups",
        "decision-curves",
        "kaplan-meier",
        "cumulative-incidence",
        "survival-decision",
    ] {
        assert!(
            names.iter().any(|found| found == name),
            "{name} in {names:?}"
        );
    }
}

#[test]
fn every_svg_is_well_formed_and_speaks() {
    for figure in figures(&evaluation(), &Context::default()) {
        for svg in figure.panels.iter().chain([&figure.svg]) {
            let document = parse(svg);
            let root = document.root_element();
            assert_eq!(root.attribute("role"), Some("img"), "{}", figure.name);
            for tag in ["title", "desc"] {
                let text = root
                    .children()
                    .find(|node| node.has_tag_name(tag))
                    .and_then(|node| node.text());
                assert!(
                    text.is_some_and(|text| !text.is_empty()),
                    "{tag} of {}",
                    figure.name
                );
            }
        }
        assert!(figure.caption.len() > 60, "{}", figure.name);
        for node in parse(&figure.svg).descendants() {
            for attribute in node.attributes() {
                let value = attribute.value();
                assert!(
                    !value.contains("NaN") && !value.contains("inf"),
                    "{}: {value}",
                    figure.name
                );
            }
        }
    }
}

#[test]
fn four_vessels_make_four_panels_in_order() {
    let figures = figures(&evaluation(), &Context::default());
    let roc = figures.iter().find(|figure| figure.name == "roc").unwrap();
    assert_eq!(roc.columns, 2);
    let vessels: Vec<bool> = ["RCA", "LM", "LAD", "LCX"]
        .iter()
        .zip(&roc.panels)
        .map(|(vessel, panel)| panel.contains(&format!(">{vessel}</text>")))
        .collect();
    assert_eq!(vessels, [true; 4]);
}

#[test]
fn an_undefined_panel_shows_its_reason_in_place() {
    let evaluation = evaluation();
    let reason = evaluation.vessels["LM"].auc.reason().unwrap().to_owned();
    let figures = figures(&evaluation, &Context::default());
    for name in ["roc", "precision-recall"] {
        let panel = &figures
            .iter()
            .find(|figure| figure.name == name)
            .unwrap()
            .panels[1];
        assert!(panel.contains(">Undefined</text>"), "{name}: {panel}");
    }
    let roc = figures.iter().find(|figure| figure.name == "roc").unwrap();
    assert!(roc.alt.contains(&reason), "{}", roc.alt);
    let first_word = reason.split_whitespace().next().unwrap();
    assert!(roc.panels[1].contains(first_word));
}

/// Points of the thick lines of the first panel of a figure, line by line.
fn thick_lines(name: &str) -> Vec<Vec<(f64, f64)>> {
    let all = figures(&evaluation(), &Context::default());
    let figure = all.into_iter().find(|figure| figure.name == name).unwrap();
    let document = parse(&figure.panels[0]);
    let is_line = |node: &roxmltree::Node<'_, '_>| {
        let width = node
            .attribute("stroke-width")
            .and_then(|w| w.parse::<f64>().ok());
        node.has_tag_name("path") && width.is_some_and(|width| width >= 1.5)
    };
    let points = |data: &str| {
        let numbers: Vec<f64> = data
            .split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'))
            .filter_map(|word| word.parse().ok())
            .collect();
        numbers.chunks(2).map(|pair| (pair[0], pair[1])).collect()
    };
    let lines = document.descendants().filter(is_line);
    lines
        .filter_map(|node| node.attribute("d").map(points))
        .collect()
}

#[test]
fn precision_is_drawn_in_the_steps_that_its_average_adds_up() {
    let lines = thick_lines("precision-recall");
    let curve = lines.iter().find(|line| line.len() > 4).unwrap();
    for pair in curve.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        assert!(a.0 == b.0 || a.1 == b.1, "slanted from {a:?} to {b:?}");
    }
}

#[test]
fn text_of_the_data_is_escaped() {
    for figure in figures(&evaluation(), &Context::default()) {
        assert!(!figure.svg.contains("<script"), "{}", figure.name);
    }
}

#[test]
fn the_same_evaluation_gives_the_same_figures() {
    assert_eq!(
        figures(&evaluation(), &Context::default()),
        figures(&evaluation(), &Context::default())
    );
}

#[test]
fn a_single_record_is_drawn_without_numbers_that_do_not_exist() {
    let one: String = scores("Süd")
        .lines()
        .take(2)
        .map(|line| format!("{line}\n"))
        .collect();
    for figure in figures(&evaluate_csv(&one), &Context::default()) {
        parse(&figure.svg);
        assert!(!figure.svg.contains("NaN"), "{}", figure.name);
    }
}

#[test]
fn every_figure_has_the_same_pixels_each_time_and_ink_among_them() {
    let evaluation = evaluation();
    for figure in figures(&evaluation, &full_context(&evaluation)) {
        let png = figure.png();
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n", "{}", figure.name);
        let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        let svg = parse(&figure.svg);
        let width: f64 = svg
            .root_element()
            .attribute("width")
            .unwrap()
            .parse()
            .unwrap();
        assert!(
            (f64::from(side(16)) - 2.0 * width).abs() <= 1.0,
            "{}",
            figure.name
        );
        assert!(side(20) > 100, "{}", figure.name);
        assert!(
            png.len() > 4000,
            "{} has only {} bytes",
            figure.name,
            png.len()
        );
        assert_eq!(png, figure.png(), "{}", figure.name);
    }
}

#[test]
fn text_is_drawn_without_a_font_of_the_machine() {
    let evaluation = evaluation();
    let figure = &figures(&evaluation, &Context::default())[0];
    let mut silent = figure.clone();
    let (mut rest, mut without) = (figure.svg.as_str(), String::new());
    while let Some(start) = rest.find("<text ") {
        without.push_str(&rest[..start]);
        rest = &rest[start + rest[start..].find("</text>").unwrap() + 7..];
    }
    without.push_str(rest);
    silent.svg = without;
    assert_ne!(silent.png(), figure.png());
}

#[test]
fn a_figure_that_leaves_the_page_says_what_restrains_it() {
    let evaluation = evaluation();
    let context = Context {
        simulated: true,
        surrogate: true,
        ..full_context(&evaluation)
    };
    let real = Context {
        simulated: false,
        ..full_context(&evaluation)
    };
    for (stamped, plain) in figures(&evaluation, &context)
        .iter()
        .zip(figures(&evaluation, &real))
    {
        let text = |svg: &str| {
            let document = parse(svg);
            let of = |name: &str| -> String {
                let nodes = document
                    .descendants()
                    .filter(|node| node.has_tag_name(name));
                nodes
                    .filter_map(|node| node.text())
                    .collect::<Vec<_>>()
                    .join("|")
            };
            (of("desc"), of("text"))
        };
        let (description, words) = text(&stamped.svg);
        for name in ["Simulated data", "Surrogate labels"] {
            assert!(
                words.contains(name) && description.contains(name),
                "{}",
                stamped.name
            );
        }
        let (_, unrestrained) = text(&plain.svg);
        assert!(!unrestrained.contains("Simulated data"), "{}", plain.name);
        for words in [&words, &unrestrained] {
            assert!(words.contains("Research use only"), "{}", plain.name);
        }
        assert!(
            stamped.panels == plain.panels,
            "the page has its own stamps"
        );
    }
}

/// Every text of the note lies inside the picture.
#[test]
fn the_note_of_a_figure_fits_it() {
    let evaluation = evaluation();
    let context = Context {
        surrogate: true,
        shuffled_labels: true,
        apparent_performance: true,
        selection_on_test_data: true,
        ..full_context(&evaluation)
    };
    for figure in figures(&evaluation, &context) {
        let document = parse(&figure.svg);
        let size = |name| {
            document
                .root_element()
                .attribute(name)
                .unwrap()
                .parse::<f64>()
                .unwrap()
        };
        let notes: Vec<_> = document
            .root_element()
            .children()
            .filter(|node| node.has_tag_name("text"))
            .collect();
        assert!(!notes.is_empty(), "{}", figure.name);
        for note in notes {
            let y: f64 = note.attribute("y").unwrap().parse().unwrap();
            assert!(y + 5.0 < size("height"), "{}", figure.name);
            let words = note.text().unwrap().chars().count() as f64;
            assert!(
                16.0 + words * 9.0 * 0.45 < size("width"),
                "{}: {:?}",
                figure.name,
                note.text()
            );
        }
    }
}
