//! A sentence cut at commas and conjunctions.

use super::places::{self, Mention, Place};
use crate::grade_text;
use std::ops::Range;

/// A part of a sentence.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) text: String,
    /// Where it stands in the sentence.
    pub(super) range: Range<usize>,
    pub(super) mentions: Vec<Mention>,
    /// Whether it says anything on stenosis, understood or not.
    pub(super) grades: bool,
}

/// Conjunctions that part segments wherever they stand.
const ALWAYS: [&str; 8] = [
    ",",
    "、",
    " and ",
    " while ",
    " whereas ",
    " whilst ",
    " but ",
    " & ",
];

/// Signs that part segments where they stand between two places.
const BETWEEN_PLACES: [&str; 13] = [
    "/",
    "+",
    "&",
    " or ",
    " nor ",
    " as well as ",
    "以及",
    "及",
    "和",
    "与",
    "或",
    "而",
    " plus ",
];

/// The segments of a sentence in plain form.
pub(super) fn of(sentence: &str) -> Vec<Segment> {
    let mentions = places::find(sentence);
    let mut segments: Vec<Segment> = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut passed = 0;
    while let Some(letter) = sentence[at..].chars().next() {
        while mentions
            .get(passed)
            .is_some_and(|mention| mention.end <= at)
        {
            passed += 1;
        }
        let (before, after) = mentions.split_at(passed);
        if let Some(inside) = after.first().filter(|mention| mention.start <= at) {
            at = inside.end;
            continue;
        }
        match separator(sentence, at, before.last(), after.first()) {
            Some(length) => {
                segments.extend(segment(sentence, start..at));
                at += length;
                start = at;
            }
            None => at += letter.len_utf8(),
        }
    }
    segments.extend(segment(sentence, start..sentence.len()));
    segments
}

/// Bytes of the separator at a place of the sentence, between these names.
fn separator(
    sentence: &str,
    at: usize,
    before: Option<&Mention>,
    after: Option<&Mention>,
) -> Option<usize> {
    let rest = &sentence[at..];
    let found = |signs: &[&str]| {
        let sign = signs.iter().find(|sign| rest.starts_with(**sign));
        sign.map(|sign| sign.len())
    };
    if let Some(length) = found(&ALWAYS) {
        return Some(length);
    }
    let length = found(&BETWEEN_PLACES)?;
    let fork = before?.place != after?.place && after?.place == Place::Branch;
    if rest.starts_with('/') && fork {
        return None;
    }
    let ends = grade_text::is_filler(&sentence[before?.end..at]);
    let between = sentence.get(at + length..after?.start)?.trim();
    (ends && matches!(between, "" | "the" | "its" | "their" | "其")).then_some(length)
}

fn segment(sentence: &str, range: Range<usize>) -> Option<Segment> {
    let text = &sentence[range.clone()];
    let start = range.start + text.len() - without_number(text).len();
    let text = without_number(text).trim_end();
    if text.is_empty() {
        return None;
    }
    let mentions = places::find(text);
    let bare = bare(text, &mentions);
    Some(Segment {
        grades: grade_text::says_grade(&bare),
        mentions,
        text: text.to_owned(),
        range: start..start + text.len(),
    })
}

/// A text without the number of an item before it, such as `2)`, `(2)`, `2、` or `②`.
fn without_number(text: &str) -> &str {
    let text = text.trim_start();
    let circled = |c: char| ('\u{2460}'..='\u{2473}').contains(&c);
    let inner = text.trim_start_matches(circled).trim_start();
    let bare = inner.strip_prefix('(').unwrap_or(inner);
    let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
    let behind = &bare[digits..];
    let sign = [")", "、", ".", "．"]
        .iter()
        .find(|sign| behind.starts_with(**sign));
    match sign {
        Some(sign) if matches!(digits, 1 | 2) => {
            let rest = &behind[sign.len()..];
            let decimal = *sign == "." && rest.starts_with(|c: char| c.is_ascii_digit());
            if decimal { inner } else { rest.trim_start() }
        }
        _ => inner,
    }
}

/// A text without the names in it, what is denied as a mark.
pub(super) fn bare(text: &str, mentions: &[Mention]) -> String {
    let mut bare = String::new();
    let mut from = 0;
    for mention in mentions {
        bare.push_str(&text[from..mention.start]);
        bare.push(' ');
        from = mention.end;
    }
    bare.push_str(&text[from..]);
    trimmed(&grade_text::marked(trimmed(&bare))).to_owned()
}

/// A text without the punctuation about it.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ":,、-=的()（）".contains(c))
}

impl Segment {
    /// The places it names, without what stands for nothing.
    pub(super) fn places(&self) -> Vec<Place> {
        let named = self.mentions.iter().map(|mention| mention.place);
        named.filter(|place| *place != Place::Nothing).collect()
    }

    /// Whether it holds nothing but places and words that say where in them; not an empty field
    /// such as `LM:`, nor a sign such as `LM(-)`.
    pub(super) fn is_only_places(&self) -> bool {
        let signs = [":", "=", "-", "+", "(-)", "(+)"];
        let is_open = signs.iter().any(|sign| self.text.ends_with(sign));
        !is_open && grade_text::is_filler(&bare(&self.text, &self.mentions))
    }

    /// Whether there is nothing behind its places but a sign of which it is not known what it means,
    /// such as `LM (-)` or `LAD +++`.
    pub(super) fn is_signed(&self) -> bool {
        let last = self.mentions.last().map_or(0, |mention| mention.end);
        let behind = self.text[last..].trim_matches(|c: char| " :()".contains(c));
        !behind.is_empty() && behind.chars().all(|c| matches!(c, '+' | '-'))
    }

    /// Whether a stenosis stands before the first place, as in `calcified stenosis in the LAD`.
    pub(super) fn is_stenosis_first(&self) -> bool {
        let first = self.mentions.first().map_or(0, |mention| mention.start);
        grade_text::names_stenosis(&self.text[..first])
    }

    /// Whether it grades something before it names the first place.
    pub(super) fn is_finding_first(&self) -> bool {
        let first = self.mentions.first().map_or(0, |mention| mention.start);
        grade_text::says_grade(trimmed(&self.text[..first]))
    }
}
