//! An ECG as it is printed: pink paper, 25 mm/s, 10 mm/mV, every sample drawn.
//!
//! The drawing is in millimetres, so that it prints at true scale. The trace is one line through
//! all samples of the shown span; invalid samples and leads that were not recorded leave gaps.

mod trace;
mod wash;

use coronet_ecg::{Ecg, Lead};
use std::fmt::Write as _;
use trace::Strip;

pub use wash::Wash;

/// How the twelve leads are arranged on ten seconds of paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Three rows of four leads, 2.5 s each, above a rhythm strip of the whole span.
    ThreeByFour,
    /// Six rows of two leads, 5 s each.
    SixByTwo,
    /// Twelve rows of one lead, 10 s each.
    TwelveByOne,
}

/// What the zero line of each row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baseline {
    /// The median of the lead, so that an offset of the recorder does not push it off the paper.
    Median,
    /// Zero millivolts as recorded.
    Zero,
}

/// Paper, scale and arrangement of a drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Arrangement of the leads.
    pub layout: Layout,
    /// Lead of the rhythm strip under [`Layout::ThreeByFour`].
    pub rhythm: Lead,
    /// Paper speed in millimetres a second; 25 or 50 by custom.
    pub millimetres_per_second: f64,
    /// Gain in millimetres a millivolt; 5, 10 or 20 by custom.
    pub millimetres_per_millivolt: f64,
    /// Width of the trace in millimetres; 0.25 to 0.35 looks like paper.
    pub trace_millimetres: f64,
    /// First second of the recording that is shown.
    pub start_seconds: f64,
    /// Zero line of each row.
    pub baseline: Baseline,
    /// One line above the leads, such as the record's name; none by default.
    pub title: Option<String>,
    /// What is laid behind the traces; nothing by default.
    pub wash: Option<Wash>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            layout: Layout::ThreeByFour,
            rhythm: Lead::II,
            millimetres_per_second: 25.0,
            millimetres_per_millivolt: 10.0,
            trace_millimetres: 0.3,
            start_seconds: 0.0,
            baseline: Baseline::Median,
            title: None,
            wash: None,
        }
    }
}

/// Seconds of paper in every layout.
const SECONDS: f64 = 10.0;
/// Paper left of the first lead, for the calibration mark, in millimetres.
const LEFT: f64 = 15.0;
/// Paper right of the last lead, in millimetres.
const RIGHT: f64 = 5.0;
/// Paper above the first row, in millimetres.
const TOP: f64 = 10.0;
/// Paper under the last row, with the scale line, in millimetres.
const BOTTOM: f64 = 10.0;
/// Paper under the scale line for the scale of a wash, in millimetres.
const SCALE: f64 = 5.0;

/// Draws up to ten seconds of `ecg` on ECG paper as a standalone SVG in millimetres.
///
/// Shorter recordings leave the rest of the paper empty. Options that are not finite and positive
/// fall back to 25 mm/s, 10 mm/mV and 0.3 mm.
pub fn draw(ecg: &Ecg, options: &Options) -> String {
    let options = sane(options);
    let strips = strips(&options);
    let row_height = row_height(options.layout);
    let rows = strips.iter().map(|strip| strip.row + 1).max().unwrap_or(1);
    let width = LEFT + SECONDS * options.millimetres_per_second + RIGHT;
    let scale = options.wash.as_ref().map_or(0.0, |_| SCALE);
    let height = TOP + rows as f64 * row_height + BOTTOM + scale;

    let mut svg = open(ecg, &options, width, height);
    grid(&mut svg, width, height);
    if let Some(wash) = &options.wash {
        for strip in &strips {
            let centre = TOP + (strip.row as f64 + 0.5) * row_height;
            let speed = options.millimetres_per_second;
            wash::draw_wash(&mut svg, wash, strip, (centre, row_height), speed);
        }
        wash::draw_scale(&mut svg, wash, LEFT, height - 3.5);
    }
    for row in 0..rows {
        let centre = TOP + (row as f64 + 0.5) * row_height;
        calibration_mark(&mut svg, centre, options.millimetres_per_millivolt);
    }
    for strip in &strips {
        let centre = TOP + (strip.row as f64 + 0.5) * row_height;
        trace::draw_strip(&mut svg, ecg, strip, centre, &options);
    }
    labels(&mut svg, ecg, &options, height - scale);
    svg.push_str("</svg>\n");
    svg
}

/// A strip of paper with a sentence, in place of an ECG that shall not be drawn.
pub fn reason(text: &str) -> String {
    let (width, height) = (LEFT + SECONDS * 25.0 + RIGHT, 40.0);
    let text = crate::svg::escape(text);
    let fonts = crate::svg::font_family();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ecg-paper\" width=\"{width}mm\" height=\"{height}mm\" viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"{fonts}\">\n<title>{text}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#FFF9F8\"/>\n<text x=\"{LEFT}\" y=\"22\" font-size=\"4.5\" fill=\"#000\">{text}</text>\n</svg>\n"
    )
}

fn sane(options: &Options) -> Options {
    let or = |value: f64, fallback: f64| {
        if value.is_finite() && value > 0.0 {
            value
        } else {
            fallback
        }
    };
    Options {
        millimetres_per_second: or(options.millimetres_per_second, 25.0),
        millimetres_per_millivolt: or(options.millimetres_per_millivolt, 10.0),
        trace_millimetres: or(options.trace_millimetres, 0.3),
        start_seconds: or(options.start_seconds, 0.0),
        ..options.clone()
    }
}

fn row_height(layout: Layout) -> f64 {
    match layout {
        Layout::ThreeByFour => 30.0,
        Layout::SixByTwo => 25.0,
        Layout::TwelveByOne => 20.0,
    }
}

/// The leads by row and column; columns follow each other in time, as on a printed ECG.
fn strips(options: &Options) -> Vec<Strip> {
    let (rows, columns) = match options.layout {
        Layout::ThreeByFour => (3, 4),
        Layout::SixByTwo => (6, 2),
        Layout::TwelveByOne => (12, 1),
    };
    let seconds = SECONDS / columns as f64;
    let mut strips: Vec<Strip> = Lead::ALL
        .iter()
        .enumerate()
        .map(|(index, &lead)| {
            let column = index / rows;
            Strip {
                lead,
                row: index % rows,
                x: LEFT + column as f64 * seconds * options.millimetres_per_second,
                from: options.start_seconds + column as f64 * seconds,
                seconds,
            }
        })
        .collect();
    if options.layout == Layout::ThreeByFour {
        strips.push(Strip {
            lead: options.rhythm,
            row: rows,
            x: LEFT,
            from: options.start_seconds,
            seconds: SECONDS,
        });
    }
    strips
}

fn open(ecg: &Ecg, options: &Options, width: f64, height: f64) -> String {
    let title = options.title.as_deref().unwrap_or("12-lead ECG");
    let title = crate::svg::escape(title);
    let description = crate::svg::escape(&description(ecg, options));
    let fonts = crate::svg::font_family();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ecg-paper\" width=\"{width}mm\" height=\"{height}mm\" viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"{fonts}\">\n<title>{title}</title>\n<desc>{description}</desc>\n"
    )
}

fn description(ecg: &Ecg, options: &Options) -> String {
    let missing: Vec<&str> = Lead::ALL
        .iter()
        .filter(|lead| ecg.lead(**lead).is_none())
        .map(|lead| lead.name())
        .collect();
    let missing = if missing.is_empty() {
        String::new()
    } else {
        format!("; not recorded: {}", missing.join(", "))
    };
    format!("{}{missing}", scale_line(ecg, options))
}

fn scale_line(ecg: &Ecg, options: &Options) -> String {
    let shown = (ecg.seconds() - options.start_seconds).clamp(0.0, SECONDS);
    let baseline = match options.baseline {
        Baseline::Median => " · each lead centred on its median",
        Baseline::Zero => "",
    };
    format!(
        "{} mm/s · {} mm/mV · {} Hz · {} s shown of {} s{baseline}",
        crate::svg::number(options.millimetres_per_second),
        crate::svg::number(options.millimetres_per_millivolt),
        crate::svg::number(ecg.rate.get()),
        crate::svg::number(shown),
        crate::svg::number(ecg.seconds()),
    )
}

/// Paper, 1 mm lines and 5 mm lines.
fn grid(svg: &mut String, width: f64, height: f64) {
    let _ = writeln!(
        svg,
        r##"<rect width="{width}" height="{height}" fill="#FFF9F8"/>"##
    );
    for (step, colour, line) in [(1, "#F7CFCB", 0.08), (5, "#EBA39C", 0.16)] {
        let mut data = String::new();
        for x in (0..=width as usize).step_by(step) {
            let _ = write!(data, "M{x} 0V{height}");
        }
        for y in (0..=height as usize).step_by(step) {
            let _ = write!(data, "M0 {y}H{width}");
        }
        let _ = writeln!(
            svg,
            r#"<path d="{data}" fill="none" stroke="{colour}" stroke-width="{line}"/>"#
        );
    }
}

/// The one-millivolt pulse, five millimetres wide, at the start of a row.
fn calibration_mark(svg: &mut String, centre: f64, gain: f64) {
    let top = centre - gain;
    let _ = writeln!(
        svg,
        r##"<path d="M3 {centre}H5V{top}H10V{centre}H12" fill="none" stroke="#000" stroke-width="0.3"/>"##
    );
}

fn labels(svg: &mut String, ecg: &Ecg, options: &Options, height: f64) {
    if let Some(title) = &options.title {
        label(svg, LEFT, 6.0, 4.0, title);
    }
    label(svg, LEFT, height - 3.5, 3.2, &scale_line(ecg, options));
}

/// Black text on a paper-coloured edge of itself, so that grid and trace do not cut through it.
///
/// The edge is an element of its own below the text: not every program knows `paint-order`.
fn label(svg: &mut String, x: f64, y: f64, size: f64, content: &str) {
    let content = crate::svg::escape(content);
    let _ = writeln!(
        svg,
        r##"<text x="{x}" y="{y}" font-size="{size}" fill="#FFF9F8" stroke="#FFF9F8" stroke-width="0.8" stroke-linejoin="round" aria-hidden="true">{content}</text><text x="{x}" y="{y}" font-size="{size}" fill="#000">{content}</text>"##
    );
}
