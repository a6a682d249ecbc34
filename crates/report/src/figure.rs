//! Figures of an evaluation: each a standalone SVG, a caption and a text alternative.
//!
//! A figure consists of panels. In the page the panels are laid out by the page, so that they
//! stack on a narrow screen; the standalone file holds them side by side on white.

mod avoided;
mod axes;
mod beats;
mod calibration;
mod centres;
mod comparison;
mod decision;
mod drivers;
mod flow;
mod forest;
mod grades;
mod incidence;
mod precision;
mod roc;
mod rows;
mod strata;
mod survival;
mod survival_decision;
mod thresholds;
mod training;

use crate::Context;
use crate::explanation::CohortExplanation;
use crate::number::count;
use crate::number::{CAVEAT, CAVEAT_MEANS};
use crate::palette::Ink;
use crate::stamp;
use crate::svg::{Canvas, TextStyle, escape, font_family, number, text_width};
use crate::wording::file_stem;
use coronet_evaluate::{Evaluation, VesselEvaluation};

use axes::wrap;
use flow::flow_figure;
use training::training_figure;

/// A figure ready to be shown or saved.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// File stem and anchor, such as `roc`.
    pub name: String,
    /// A short title.
    pub title: String,
    /// A caption that can be read without the text around it.
    pub caption: String,
    /// What the figure shows, in words, for those who cannot see it.
    pub alt: String,
    /// The whole figure as one standalone SVG document on white.
    pub svg: String,
    /// The panels as separate SVG elements for a page that recolours and stacks them.
    pub panels: Vec<String>,
    /// Panels side by side on a wide page.
    pub columns: usize,
    /// The panels as they are laid out in the standalone file.
    sheet: Sheet,
}

impl Figure {
    /// The standalone figure as PNG on white, two pixels a unit, with a font of its own.
    pub fn png(&self) -> Vec<u8> {
        crate::raster::png(&self.svg)
    }

    /// The figure whose standalone file says above its panels what they show, where they do not.
    fn headed(mut self, heading: &str) -> Figure {
        self.sheet.heading = wrap(heading, self.sheet.width - 2.0 * GAP, HEADING_SIZE);
        Figure {
            svg: standalone(&self.title, &self.alt, &self.sheet, &[]),
            ..self
        }
    }

    /// The figure whose standalone file says, where something restrains every number, what does: simulated data,
    /// surrogate labels and the like.
    pub fn stamped(self, context: &Context) -> Figure {
        let names = stamp::names(context);
        Figure {
            svg: standalone(&self.title, &self.alt, &self.sheet, &names),
            ..self
        }
    }
}

/// Every figure the evaluation and its context hold data for, in the order of the page.
///
/// A panel whose statistic is undefined shows the reason in its place; a figure of an analysis
/// that was switched off is left out.
pub fn figures(evaluation: &Evaluation, context: &Context) -> Vec<Figure> {
    let mut figures: Vec<Figure> = flow_figure(&context.flow).into_iter().collect();
    if !evaluation.vessels.is_empty() {
        figures.push(roc::figure(evaluation));
        figures.push(precision::figure(evaluation));
        figures.push(thresholds::figure(evaluation));
        figures.push(strata::figure(evaluation));
        figures.push(calibration::figure(evaluation));
        figures.push(grades::figure(evaluation));
        figures.push(forest::figure(evaluation));
        figures.push(decision::figure(evaluation));
        figures.push(avoided::figure(evaluation));
        figures.extend(centres::figures(evaluation));
    }
    if let Some(comparison) = &context.comparison {
        figures.push(comparison::figure(evaluation, comparison));
    }
    if let Some(survival) = evaluation.quoted_survival().defined() {
        figures.push(survival::figure(evaluation, survival));
        if survival.competing > 0 {
            figures.push(incidence::figure(survival));
        }
        figures.extend(survival_decision::figure(evaluation, survival));
    }
    if let Some(explanation) = &context.explanation {
        figures.extend(explanation_figures(explanation));
    }
    figures.extend(training_figure(context));
    figures
        .into_iter()
        .map(|figure| figure.stamped(context))
        .collect()
}

/// `drivers`, and `beats-VESSEL` of every vessel whose beats were compared; their standalone files know of no context,
/// see [`Figure::stamped`].
pub fn explanation_figures(explanation: &CohortExplanation) -> Vec<Figure> {
    if explanation.vessels.is_empty() {
        return Vec::new();
    }
    let mut figures = vec![drivers::figure(explanation)];
    figures.extend(explanation.vessels.iter().filter_map(beats::figure));
    figures
}

/// One panel: its size in user units, what is drawn, and what it shows in words.
struct Panel {
    width: f64,
    height: f64,
    body: String,
    alt: String,
}

/// Name, title, caption and layout of a figure in the making.
struct Outline {
    name: &'static str,
    title: String,
    caption: String,
    columns: usize,
}

/// Space between panels of the standalone file.
const GAP: f64 = 16.0;

fn assemble(outline: Outline, panels: Vec<Panel>) -> Figure {
    named(outline.name, outline, panels)
}

/// A figure of another name than its kind's, where there are several of a kind.
///
/// The name becomes part of identifiers and of a file's name, so it is made safe for both.
fn named(name: &str, mut outline: Outline, panels: Vec<Panel>) -> Figure {
    let name = &file_stem(name);
    if panels.iter().any(|panel| panel.body.contains(CAVEAT)) {
        outline.caption = format!("{} {CAVEAT_MEANS}", outline.caption);
    }
    let columns = outline.columns.max(1);
    let alt = panels
        .iter()
        .map(|panel| panel.alt.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    let inline = panels
        .iter()
        .enumerate()
        .map(|(index, panel)| inline_panel(name, index, panel))
        .collect();
    let sheet = Sheet::of(&panels, columns);
    Figure {
        svg: standalone(&outline.title, &alt, &sheet, &[]),
        panels: inline,
        sheet,
        name: name.to_owned(),
        title: outline.title,
        caption: outline.caption,
        alt,
        columns,
    }
}

fn inline_panel(name: &str, index: usize, panel: &Panel) -> String {
    let (width, height) = (number(panel.width), number(panel.height));
    let name = escape(name);
    let (title, description) = panel.alt.split_once(": ").unwrap_or((&panel.alt, ""));
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-labelledby=\"{name}-{index}-title {name}-{index}-desc\" font-family=\"{}\">\n<title id=\"{name}-{index}-title\">{}</title>\n<desc id=\"{name}-{index}-desc\">{}</desc>\n{}</svg>",
        font_family(),
        escape(title),
        escape(description),
        panel.body
    )
}

/// Panels side by side and below each other, with a gap around.
#[derive(Clone, Debug, PartialEq)]
struct Sheet {
    /// What is shown, in lines above the panels.
    heading: Vec<String>,
    width: f64,
    height: f64,
    body: String,
}

impl Sheet {
    fn of(panels: &[Panel], columns: usize) -> Sheet {
        let mut body = String::new();
        let (mut x, mut y, mut row_height, mut width) = (GAP, GAP, 0.0f64, 0.0f64);
        for (index, panel) in panels.iter().enumerate() {
            if index > 0 && index % columns == 0 {
                x = GAP;
                y += row_height + GAP;
                row_height = 0.0;
            }
            body.push_str(&format!(
                "<svg x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\">\n{}</svg>\n",
                number(x),
                number(y),
                number(panel.width),
                number(panel.height),
                panel.body
            ));
            x += panel.width + GAP;
            width = width.max(x);
            row_height = row_height.max(panel.height);
        }
        Sheet {
            heading: Vec::new(),
            width,
            height: y + row_height + GAP,
            body,
        }
    }

    /// Height of the heading.
    fn above(&self) -> f64 {
        HEADING_LINE * self.heading.len() as f64
    }
}

/// Height of a line above the panels, and size of its text.
const HEADING_LINE: f64 = 17.0;
const HEADING_SIZE: f64 = 13.0;

/// Height of a line below the panels, and size of its text.
const NOTE_LINE: f64 = 13.0;
const NOTE_SIZE: f64 = 9.0;

/// The sheet on white, below it what restrains its numbers, and of what use it is.
fn standalone(title: &str, alt: &str, sheet: &Sheet, restraints: &[&str]) -> String {
    let mut canvas = Canvas::new();
    for (line, place) in sheet.heading.iter().zip(1..) {
        let y = HEADING_LINE * f64::from(place);
        canvas.text((GAP, y), line, TextStyle::plain(HEADING_SIZE));
    }
    let lines = note_lines(restraints, sheet.width - 2.0 * GAP);
    let under = sheet.above() + sheet.height;
    for (line, place) in lines.iter().zip(0..) {
        let y = under + NOTE_LINE * (f64::from(place) - 0.25);
        let style = TextStyle::plain(NOTE_SIZE).ink(Ink::Muted);
        canvas.text((GAP, y), line, style);
    }
    let (width, height) = (
        number(sheet.width),
        number(under + NOTE_LINE * lines.len() as f64),
    );
    let restrained: String = restraints.iter().map(|text| format!("{text}. ")).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" font-family=\"{}\">\n<title>{}</title>\n<desc>{}</desc>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#FFFFFF\"/>\n<g transform=\"translate(0 {})\">\n{}</g>\n{}</svg>\n",
        font_family(),
        escape(title),
        escape(&format!("{restrained}{alt}")),
        number(sheet.above()),
        sheet.body,
        canvas.into_body(),
    )
}

/// The restraints, then the use, in as many lines as the width asks for.
fn note_lines(restraints: &[&str], width: f64) -> Vec<String> {
    let uses = stamp::RESEARCH_USE.trim_end_matches('.').split("; ");
    let mut lines: Vec<String> = Vec::new();
    for part in restraints.iter().copied().chain(uses) {
        match lines.last_mut() {
            Some(line) if text_width(&format!("{line} · {part}"), NOTE_SIZE) <= width => {
                line.push_str(" · ");
                line.push_str(part);
            }
            _ => lines.push(part.to_owned()),
        }
    }
    lines
}

/// `n = 1,479 · 126 events`.
fn sample_line(vessel: &VesselEvaluation) -> String {
    let events = crate::number::counted(vessel.events, "event", "events");
    format!("n = {} · {events}", count(vessel.n))
}

/// A panel for every vessel in report order.
fn vessel_panels(
    evaluation: &Evaluation,
    draw: impl Fn(&str, &VesselEvaluation, &mut Canvas) -> (f64, f64, String),
) -> Vec<Panel> {
    evaluation
        .vessels
        .iter()
        .map(|(name, vessel)| {
            let mut canvas = Canvas::new();
            let (width, height, alt) = draw(name, vessel, &mut canvas);
            Panel {
                width,
                height,
                body: canvas.into_body(),
                alt,
            }
        })
        .collect()
}
