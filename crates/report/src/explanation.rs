//! Why a network answers so for one ECG: a page of its own.
//!
//! Pictures, words and numbers come in; here they are only placed.

use crate::page::{style, table_view};
use crate::stamp::RESEARCH_USE;
use crate::table::Table;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde::Serialize;

const TEMPLATE: &str = include_str!("explanation/template.html");

/// What the page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Name of the record.
    pub record: String,
    /// Name and value of what was done: network, method, profile.
    pub facts: Vec<(String, String)>,
    /// What was found in the recording or of the record, one sentence each.
    pub findings: Vec<String>,
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
    /// Lead × segment; absent where the beat could not be delineated.
    pub table: Option<Table>,
}

/// The explanation as one self-contained HTML page.
pub fn explanation_page(explanation: &Explanation) -> String {
    let view = View {
        record: &explanation.record,
        research_use: RESEARCH_USE,
        facts: &explanation.facts,
        findings: &explanation.findings,
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
    record: &'a str,
    research_use: &'static str,
    facts: &'a [(String, String)],
    findings: &'a [String],
    vessels: Vec<VesselView<'a, T>>,
    reading_aid: &'a [String],
    style: String,
}

#[derive(Serialize)]
struct VesselView<'a, T> {
    vessel: &'a str,
    reading: &'a str,
    picture: Option<&'a str>,
    table: Option<T>,
}

fn vessel_view(vessel: &VesselExplanation) -> VesselView<'_, impl Serialize + use<>> {
    VesselView {
        vessel: &vessel.vessel,
        reading: &vessel.reading,
        picture: vessel.picture.as_deref(),
        table: vessel.table.as_ref().map(table_view),
    }
}
