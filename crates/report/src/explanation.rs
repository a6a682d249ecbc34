//! Why a network answers so, for one ECG or over a cohort: a page of its own.
//!
//! Pictures, words and numbers come in; here they are only placed.

mod cohort;

pub use cohort::{CohortExplanation, Curve, Difference, GroupBeats, LeadWave, VesselCohort};

use crate::figure::Figure;
use crate::page::{style, table_view};
use crate::stamp::RESEARCH_USE;
use crate::table::Table;
use crate::wording::sentence;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde::Serialize;

const TEMPLATE: &str = include_str!("explanation/template.html");

/// What the page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Heading of the page.
    pub title: String,
    /// Name and text of what limits every number of the page, such as simulated data.
    pub stamps: Vec<(String, String)>,
    /// Name and value of what was done: network, method, profile.
    pub facts: Vec<(String, String)>,
    /// What was found in the recording or of the record, one sentence each.
    pub findings: Vec<String>,
    /// Figures of all vessels together.
    pub figures: Vec<Figure>,
    /// One part a vessel.
    pub vessels: Vec<VesselExplanation>,
    /// How to read it, one paragraph each.
    pub reading_aid: Vec<String>,
}

/// The part of one vessel.
#[derive(Clone, Debug, PartialEq)]
pub struct VesselExplanation {
    /// Name of the vessel.
    pub vessel: String,
    /// What moves the network, where, and how sure that is.
    pub reading: String,
    /// The ECG with the attribution behind it, an SVG of [`ecg_paper`](crate::ecg_paper); absent
    /// where there is a reason not to draw it.
    pub picture: Option<String>,
    /// Further figures.
    pub figures: Vec<Figure>,
    /// Lead × wave, and what else belongs to the vessel.
    pub tables: Vec<Table>,
}

/// The explanation as one self-contained HTML page.
pub fn explanation_page(explanation: &Explanation) -> String {
    let view = View {
        title: &explanation.title,
        stamps: &explanation.stamps,
        research_use: RESEARCH_USE,
        facts: &explanation.facts,
        findings: explanation
            .findings
            .iter()
            .map(|finding| sentence(finding))
            .collect(),
        figures: explanation.figures.iter().map(figure_view).collect(),
        vessels: explanation.vessels.iter().map(vessel_view).collect(),
        reading_aid: &explanation.reading_aid,
        style: style(),
    };
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment
        .add_template("explanation", TEMPLATE)
        .expect("the embedded template is valid; this is a bug");
    environment
        .get_template("explanation")
        .and_then(|template| template.render(Serde(&view)))
        .expect("the embedded template renders every view; this is a bug")
}

#[derive(Serialize)]
struct View<'a, T> {
    title: &'a str,
    stamps: &'a [(String, String)],
    research_use: &'static str,
    facts: &'a [(String, String)],
    findings: Vec<String>,
    figures: Vec<FigureView<'a>>,
    vessels: Vec<VesselView<'a, T>>,
    reading_aid: &'a [String],
    style: String,
}

#[derive(Serialize)]
struct VesselView<'a, T> {
    vessel: &'a str,
    reading: &'a str,
    picture: Option<&'a str>,
    figures: Vec<FigureView<'a>>,
    tables: Vec<T>,
}

#[derive(Serialize)]
struct FigureView<'a> {
    name: &'a str,
    title: &'a str,
    caption: &'a str,
    panels: &'a [String],
    columns: usize,
}

fn figure_view(figure: &Figure) -> FigureView<'_> {
    FigureView {
        name: &figure.name,
        title: &figure.title,
        caption: &figure.caption,
        panels: &figure.panels,
        columns: figure.columns,
    }
}

fn vessel_view(vessel: &VesselExplanation) -> VesselView<'_, impl Serialize + use<>> {
    VesselView {
        vessel: &vessel.vessel,
        reading: &vessel.reading,
        picture: vessel.picture.as_deref(),
        figures: vessel.figures.iter().map(figure_view).collect(),
        tables: vessel.tables.iter().map(table_view).collect(),
    }
}
