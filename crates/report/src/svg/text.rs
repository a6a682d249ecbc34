//! Text that stays text: system sans-serif, escaped, placed by anchor.

use super::{Point, number};
use crate::palette::Ink;

/// The fonts every figure asks for; the reader's system supplies one of them.
const FONTS: &str =
    "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/// Which point of the text lies at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// Size in user units, ink, anchor and weight of a text; `turned` text reads upwards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextStyle {
    pub(crate) size: f64,
    pub(crate) ink: Ink,
    pub(crate) anchor: Anchor,
    pub(crate) bold: bool,
    pub(crate) turned: bool,
    /// An edge in the paper's colour, so that lines do not cut through the text.
    pub(crate) halo: bool,
    /// The label of an axis' tick: a mark of the scale, no result.
    pub(crate) tick: bool,
}

impl TextStyle {
    /// Plain text in the given size, anchored at its start.
    pub(crate) fn plain(size: f64) -> TextStyle {
        TextStyle {
            size,
            ink: Ink::Plain,
            anchor: Anchor::Start,
            bold: false,
            turned: false,
            halo: false,
            tick: false,
        }
    }

    pub(crate) fn ink(self, ink: Ink) -> TextStyle {
        TextStyle { ink, ..self }
    }

    pub(crate) fn anchor(self, anchor: Anchor) -> TextStyle {
        TextStyle { anchor, ..self }
    }

    pub(crate) fn bold(self) -> TextStyle {
        TextStyle { bold: true, ..self }
    }

    pub(crate) fn halo(self) -> TextStyle {
        TextStyle { halo: true, ..self }
    }

    pub(crate) fn tick(self) -> TextStyle {
        TextStyle { tick: true, ..self }
    }

    pub(crate) fn turned(self) -> TextStyle {
        TextStyle {
            turned: true,
            ..self
        }
    }
}

/// One `<text>` element whose middle height is at `at`.
pub(super) fn element(at: Point, content: &str, style: TextStyle) -> String {
    let (x, y) = (number(at.0), number(at.1));
    let anchor = match style.anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let weight = if style.bold {
        r#" font-weight="600""#
    } else {
        ""
    };
    let turn = if style.turned {
        format!(r#" transform="rotate(-90 {x} {y})""#)
    } else {
        String::new()
    };
    let (halo_class, halo) = if style.halo {
        let paper = Ink::Paper;
        let attributes = format!(
            r#" stroke="{}" stroke-width="3" stroke-linejoin="round" paint-order="stroke""#,
            paper.light()
        );
        (format!(" s-{}", paper.class()), attributes)
    } else {
        (String::new(), String::new())
    };
    let tick = if style.tick { " tick" } else { "" };
    format!(
        "<text x=\"{x}\" y=\"{y}\" dy=\"0.35em\" class=\"f-{}{halo_class}{tick}\" fill=\"{}\" font-size=\"{}\" text-anchor=\"{anchor}\"{weight}{turn}{halo}>{}</text>\n",
        style.ink.class(),
        style.ink.light(),
        number(style.size),
        escape(content)
    )
}

/// The `font-family` attribute of an outermost `<svg>`.
pub(crate) fn font_family() -> String {
    escape(FONTS)
}

/// Width of a text in user units as a common sans-serif would set it; an estimate, since the
/// reader's font is not known here.
pub(crate) fn text_width(content: &str, size: f64) -> f64 {
    let em: f64 = content.chars().map(character_width).sum();
    em * size
}

fn character_width(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '|' | '\'' | ' ' | 'I' => 0.29,
        'f' | 't' | 'r' | '(' | ')' | '-' | '/' => 0.35,
        'm' | 'w' | 'M' | 'W' | '%' => 0.86,
        'A'..='Z' => 0.69,
        _ => 0.56,
    }
}

/// Text made safe for XML content and attribute values; characters XML forbids become U+FFFD.
pub(crate) fn escape(content: &str) -> String {
    let mut safe = String::with_capacity(content.len());
    for character in content.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\t' | '\n' => safe.push(' '),
            '\u{0}'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}
