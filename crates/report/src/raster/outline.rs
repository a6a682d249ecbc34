//! Text of an SVG as paths of DejaVu Sans Condensed, whose widths are near those of common system fonts.

use crate::svg::{escape, number};
use roxmltree::{Document, Node};
use std::fmt::Write as _;
use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// The SVG with every `<text>` replaced by a `<path>` of the same look.
///
/// Takes what the figures write: one run of text an element, with size, anchor, weight and
/// turn as attributes. Letters are set one after the other, without kerning.
pub(super) fn outlined(svg: &str) -> String {
    let document = Document::parse(svg).expect("figures are well-formed SVG; this is a bug");
    let faces = Faces::new();
    let mut out = String::with_capacity(svg.len() * 2);
    let mut copied = 0;
    for node in document.descendants().filter(|n| n.has_tag_name("text")) {
        let range = node.range();
        out.push_str(&svg[copied..range.start]);
        out.push_str(&path_element(node, &faces));
        copied = range.end;
    }
    out.push_str(&svg[copied..]);
    out
}

/// The two weights the figures use.
struct Faces {
    regular: Face<'static>,
    bold: Face<'static>,
}

impl Faces {
    fn new() -> Faces {
        let face =
            |bytes| Face::parse(bytes, 0).expect("the font carried along parses; this is a bug");
        Faces {
            regular: face(dejavu::sans_condensed::regular()),
            bold: face(dejavu::sans_condensed::bold()),
        }
    }
}

fn path_element(node: Node<'_, '_>, faces: &Faces) -> String {
    let length = |name: &str| -> f64 {
        let text = node.attribute(name).unwrap_or_default();
        text.parse().unwrap_or_default()
    };
    let size = length("font-size");
    let face = match node.attribute("font-weight") {
        Some(_) => &faces.bold,
        None => &faces.regular,
    };
    let content = node.text().unwrap_or_default();
    let scale = size / f64::from(face.units_per_em());
    let width = content.chars().map(|c| advance(face, c)).sum::<f64>() * scale;
    let start = match node.attribute("text-anchor") {
        Some("middle") => length("x") - width / 2.0,
        Some("end") => length("x") - width,
        _ => length("x"),
    };
    // `dy="0.35em"` puts the middle height of the text at y.
    let down = if node.has_attribute("dy") {
        0.35 * size
    } else {
        0.0
    };
    let data = path_data(face, content, (start, length("y") + down), scale);
    let mut element = format!("<path d=\"{data}\"");
    for name in [
        "fill",
        "stroke",
        "stroke-width",
        "stroke-linejoin",
        "paint-order",
        "transform",
    ] {
        if let Some(value) = node.attribute(name) {
            let _ = write!(element, " {name}=\"{}\"", escape(value));
        }
    }
    element.push_str("/>");
    element
}

fn glyph(face: &Face<'_>, character: char) -> GlyphId {
    face.glyph_index(character).unwrap_or(GlyphId(0))
}

/// How far the next letter stands, in units of the font.
fn advance(face: &Face<'_>, character: char) -> f64 {
    let advance = face.glyph_hor_advance(glyph(face, character));
    f64::from(advance.unwrap_or_default())
}

fn path_data(face: &Face<'_>, content: &str, start: (f64, f64), scale: f64) -> String {
    let mut path = PathData {
        data: String::new(),
        x: start.0,
        y: start.1,
        scale,
    };
    for character in content.chars() {
        let _ = face.outline_glyph(glyph(face, character), &mut path);
        path.x += advance(face, character) * scale;
    }
    path.data
}

/// Outlines as path data in the units of the drawing, y down.
struct PathData {
    data: String,
    x: f64,
    y: f64,
    scale: f64,
}

impl PathData {
    fn command(&mut self, command: char, points: &[(f32, f32)]) {
        self.data.push(command);
        for (x, y) in points {
            let x = self.x + f64::from(*x) * self.scale;
            let y = self.y - f64::from(*y) * self.scale;
            let _ = write!(self.data, "{} {} ", number(x), number(y));
        }
    }
}

impl OutlineBuilder for PathData {
    fn move_to(&mut self, x: f32, y: f32) {
        self.command('M', &[(x, y)]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.command('L', &[(x, y)]);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.command('Q', &[(x1, y1), (x, y)]);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.command('C', &[(x1, y1), (x2, y2), (x, y)]);
    }

    fn close(&mut self) {
        self.data.push('Z');
    }
}
