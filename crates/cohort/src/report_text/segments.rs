//! A sentence cut at commas and conjunctions.

use super::places::{self, Mention, Place};
use crate::grade_text;

/// A part of a sentence.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) text: String,
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
        match separator(sentence, at, before.last(), after.first()) {
            Some(length) => {
                segments.extend(segment(&sentence[start..at]));
                at += length;
                start = at;
            }
            None => at += letter.len_utf8(),
        }
    }
    segments.extend(segment(&sentence[start..]));
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
    let ends = sentence[before?.end..at].trim().is_empty();
    let between = sentence.get(at + length..after?.start)?.trim();
    (ends && matches!(between, "" | "the")).then_some(length)
}

fn segment(text: &str) -> Option<Segment> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let mentions = places::find(text);
    let bare = bare(text, &mentions);
    Some(Segment {
        grades: grade_text::says_grade(&bare),
        mentions,
        text: text.to_owned(),
    })
}

/// A text without the names in it.
pub(super) fn bare(text: &str, mentions: &[Mention]) -> String {
    let mut bare = String::new();
    let mut from = 0;
    for mention in mentions {
        bare.push_str(&text[from..mention.start]);
        bare.push(' ');
        from = mention.end;
    }
    bare.push_str(&text[from..]);
    trimmed(&bare).to_owned()
}

/// A text without the punctuation about it.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ":,、-的()（）".contains(c))
}

impl Segment {
    /// The places it names, without what stands for nothing.
    pub(super) fn places(&self) -> Vec<Place> {
        let named = self.mentions.iter().map(|mention| mention.place);
        named.filter(|place| *place != Place::Nothing).collect()
    }

    /// Whether it holds nothing but places and words that say where in them.
    pub(super) fn is_only_places(&self) -> bool {
        grade_text::is_filler(&bare(&self.text, &self.mentions))
    }

    /// Whether a sign that asks for an answer, or is one, stands behind its last place and nothing
    /// else: `lad:`, `lad (-)`.
    pub(super) fn is_answered(&self) -> bool {
        let signs = self.behind();
        !signs.is_empty() && !signs.contains(char::is_alphanumeric)
    }

    /// Whether nothing answers behind its last place.
    pub(super) fn is_empty(&self) -> bool {
        self.behind().trim_matches([':', '=', ' ']).is_empty()
    }

    fn behind(&self) -> &str {
        let end = self.mentions.last().map_or(0, |mention| mention.end);
        let text = self.text[end..].trim();
        // `(LAD)` and `the "LAD"` only surround the name.
        match text.starts_with([':', '=', '-', '+', '/', '(']) {
            true => text,
            false => "",
        }
    }

    /// Whether it names a stenosis before the first place.
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
