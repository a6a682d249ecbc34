//! What drives the predictions: figures, tables and the section of the report.

use crate::support::{evaluation, full_context};
use coronet_evaluate::{Estimate, Statistic};
use coronet_report::{
    CohortExplanation, Context, Curve, Difference, GroupBeats, LeadWave, VesselCohort,
    explanation_figures, explanation_tables, figures, render_html, tables,
};

const WAVES: [&str; 2] = ["QRS", "T"];

/// Two waves of twelve leads; T in V3 drives the answer.
fn cells() -> Vec<Vec<LeadWave>> {
    let cell = |lead: usize, wave: usize| {
        let (value, low) = match (lead, wave) {
            (8, 1) => (0.623, 0.451),
            _ => (0.004, -0.02),
        };
        LeadWave {
            share: Estimate::interval(value, (low, value + 0.1), "made", 41),
            area: 0.02,
        }
    };
    (0..12)
        .map(|lead| (0..2).map(|wave| cell(lead, wave)).collect())
        .collect()
}

fn beats() -> GroupBeats {
    let milliseconds: Vec<f64> = (0..32).map(|step| f64::from(step) * 20.0 - 230.0).collect();
    let curve = |lift: f64| Curve {
        mean: vec![lift; 32],
        low: vec![lift - 0.1; 32],
        high: vec![lift + 0.1; 32],
    };
    GroupBeats {
        unit: "mV".to_owned(),
        design: "all patients of both strata".to_owned(),
        high: vec![curve(0.5); 12],
        low: vec![curve(0.0); 12],
        n: (9, 32),
        differences: vec![Difference {
            lead: 8,
            milliseconds: (100.0, 180.0),
            p: 0.004,
        }],
        edges: (0..=32)
            .map(|step| f64::from(step) * 20.0 - 240.0)
            .collect(),
        drivers: Some(vec![vec![0.01; 32]; 12]),
        milliseconds,
    }
}

fn explanation() -> CohortExplanation {
    let trust = vec![(
        "by chance: with signs".to_owned(),
        Statistic::Defined(Estimate::interval(0.013, (-0.04, 0.07), "made", 6)),
    )];
    CohortExplanation {
        records: 41,
        weights: Vec::new(),
        profile: String::new(),
        store: String::new(),
        limit: "simulated".to_owned(),
        facts: vec![("ECGs explained".to_owned(), "41 of 60".to_owned())],
        findings: vec!["1 left out: paced rhythm.".to_owned()],
        waves: WAVES.map(str::to_owned).to_vec(),
        vessels: vec![
            VesselCohort {
                vessel: "LAD".to_owned(),
                reading: "T in V3 drives it.".to_owned(),
                drivers: Statistic::Defined(cells()),
                shuffled: Statistic::Defined(vec![vec![0.04; 2]; 12]),
                beats: Statistic::Defined(beats()),
                trust,
            },
            VesselCohort {
                vessel: "LM".to_owned(),
                reading: "Nothing is known.".to_owned(),
                drivers: Statistic::undefined("2 patients, expected at least 3"),
                shuffled: Statistic::undefined("2 patients, expected at least 3"),
                beats: Statistic::undefined("no patient in the high stratum"),
                trust: Vec::new(),
            },
        ],
    }
}

#[test]
fn figures_show_what_drives_and_why_there_is_nothing() {
    let found = explanation_figures(&explanation());
    let names: Vec<&str> = found.iter().map(|figure| figure.name.as_str()).collect();
    assert_eq!(names, ["drivers", "beats-LAD"]);
    let drivers = &found[0];
    assert!(drivers.alt.contains("T in V3 62.3%"), "{}", drivers.alt);
    assert!(
        drivers.alt.contains("LM: undefined, 2 patients"),
        "{}",
        drivers.alt
    );
    assert!(drivers.panels[0].contains("41 patients · simulated"));
    // One cell lies above its area with its interval, and it alone is framed.
    assert_eq!(drivers.panels[0].matches("stroke-width=\"1.2\"").count(), 1);
    assert!(drivers.panels[1].contains("expected at least 3"));
    let beats = &found[1];
    assert_eq!(beats.panels.len(), 12);
    assert!(
        beats
            .alt
            .contains("V3: mean beats of high and low, differences at 100 to 180 ms")
    );
    assert!(
        beats
            .alt
            .contains("V4: mean beats of high and low, no difference marked")
    );
    for figure in &found {
        assert!(figure.svg.starts_with("<svg") && !figure.svg.contains("NaN"));
        assert!(figure.png().starts_with(b"\x89PNG"));
    }
}

#[test]
fn tables_put_the_greatest_share_first() {
    let found = explanation_tables(&explanation());
    let names: Vec<&str> = found.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["drivers-LAD", "trust-LAD", "trust-LM"]);
    let csv = found[0].csv();
    let first = csv.lines().nth(1).unwrap();
    assert!(first.starts_with("V3,T,"), "{first}");
}

#[test]
fn the_report_has_the_section_only_where_it_was_asked_for() {
    let evaluation = evaluation();
    let without = full_context(&evaluation);
    let with = Context {
        explanation: Some(explanation()),
        ..without.clone()
    };
    assert!(!render_html(&evaluation, &without).contains("What drives the predictions"));
    let page = render_html(&evaluation, &with);
    for part in [
        "What drives the predictions",
        "id=\"figure-drivers\"",
        "id=\"figure-beats-LAD\"",
        "id=\"table-trust-LAD\"",
        "1 left out: paced rhythm.",
        "T in V3 drives it.",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(
        figures(&evaluation, &with).len(),
        figures(&evaluation, &without).len() + 2
    );
    assert!(tables(&evaluation, &with).len() > tables(&evaluation, &without).len());
}

#[test]
fn a_label_is_neither_markup_nor_a_path() {
    let mut hostile = explanation();
    hostile.vessels[0].vessel = "../X\"><script>alert(1)</script>".to_owned();
    let figures = explanation_figures(&hostile);
    let tables = explanation_tables(&hostile);
    let safe = |name: &str| {
        name.chars()
            .all(|of| of.is_ascii_alphanumeric() || of == '-' || of == '_')
    };
    for name in figures
        .iter()
        .map(|figure| &figure.name)
        .chain(tables.iter().map(|table| &table.name))
    {
        assert!(safe(name), "{name}");
    }
    for panel in figures.iter().flat_map(|figure| &figure.panels) {
        assert!(!panel.contains("<script"), "{panel}");
    }
    let context = Context {
        explanation: Some(hostile),
        ..Context::default()
    };
    let html = render_html(&evaluation(), &context);
    assert!(!html.contains("<script>alert"), "the label runs");
    assert!(html.contains("id=\"beats-___2fX") || html.contains("beats-_2e_2e_2fX"));
}
