//! A free CCTA report, English or Chinese, as a grade of each vessel.
//!
//! The report is cut into sentences. In a sentence, the places that are named (`proximal LAD`,
//! `左前降支`) divide what is said: after each place where the sentence begins with a place
//! (`LAD: severe stenosis`), before it where it begins with a finding (`severe stenosis of the
//! LAD`). What is said of a vessel is read by [`read_grade`](crate::read_grade)'s rules and the
//! worst grade counts. What is said of a branch, of calcium, or of the patient as a whole
//! (CAD-RADS) is not a statement on a vessel; that all (or all other) coronary arteries are free
//! of stenosis is one on every vessel that is not named otherwise.

mod places;

use crate::Grade;
use crate::grade_text::{self, GradeReading, Understanding};
use places::{Mention, Place};

/// What a report says of one vessel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VesselReading {
    /// The grade and how it was understood; [`Understanding::Missing`] where the report does not
    /// name the vessel or grades nothing of it.
    pub reading: GradeReading,
    /// The words it was read from, parted by ` | `.
    pub text: String,
}

/// Reads a report; vessels in the order of [`Vessel::ALL`](crate::Vessel::ALL).
pub fn read_report(report: &str) -> [VesselReading; 4] {
    let mut statements: [Vec<String>; 4] = Default::default();
    let mut of_all = Vec::new();
    for sentence in sentences(report) {
        for (place, text) in said(&sentence) {
            match place {
                Place::Vessel(vessel) => statements[vessel.index()].push(text),
                Place::All => of_all.push(text),
                Place::Other => {}
            }
        }
    }
    let all_free = of_all.iter().find(|text| grade_text::is_free(text));
    statements.map(|texts| match (texts.is_empty(), all_free) {
        (true, Some(text)) => VesselReading {
            reading: grade_text::worst([text.as_str()]),
            text: text.clone(),
        },
        _ => VesselReading {
            reading: grade_text::worst(texts.iter().map(String::as_str)),
            text: texts.join(" | "),
        },
    })
}

/// Sentences in plain form; headings such as `Impression:` begin one.
fn sentences(report: &str) -> Vec<String> {
    let mut text: String = report
        .chars()
        .map(|c| match c {
            '。' | '；' | ';' | '\n' | '\r' | '•' | '●' => '\n',
            c => c,
        })
        .collect();
    text = text.to_lowercase().replace(". ", "\n");
    for heading in places::HEADINGS {
        text = text.replace(heading, "\n");
    }
    let lines = text.split('\n').map(grade_text::normalise);
    let lines = lines.map(|line| line.trim_end_matches('.').trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

/// What a sentence says of which place.
fn said(sentence: &str) -> Vec<(Place, String)> {
    let mentions = places::find(sentence);
    let Some(first) = mentions.first() else {
        return Vec::new();
    };
    let groups = group(sentence, &mentions);
    let finding_first = grade_text::says_grade(&sentence[..first.start]);
    let mut said = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        let (start, end) = (group[0].start, group[group.len() - 1].end);
        let before = groups[..at]
            .last()
            .map_or(0, |last| last[last.len() - 1].end);
        let after = groups
            .get(at + 1)
            .map_or(sentence.len(), |next| next[0].start);
        let is_last = at + 1 == groups.len();
        let is_only = groups.len() == 1 && group[0].place == Place::All;
        let text = match (finding_first, is_last) {
            _ if is_only => sentence,
            (false, _) => &sentence[end..after],
            (true, false) => &sentence[before..start],
            // Words behind the last place may take the finding back or refine it.
            (true, true) if grade_text::says_grade(&sentence[end..]) => &sentence[before..],
            (true, true) => &sentence[before..start],
        };
        let text = relevant(text);
        said.extend(group.iter().map(|mention| (mention.place, text.to_owned())));
    }
    said
}

/// The clauses that can speak of stenosis: a severity alone, or with a word for what is severe.
///
/// `severe calcification`, `severe dyspnoea`, `normal origin` and `重度钙化` grade nothing.
fn relevant(text: &str) -> String {
    const STENOSIS: [&str; 18] = [
        "stenos",
        "narrow",
        "occlu",
        "obstruct",
        "lesion",
        "disease",
        "patent",
        "normal",
        "unremarkable",
        "%",
        "per cent",
        "cto",
        "狭窄",
        "闭塞",
        "堵塞",
        "阻塞",
        "通畅",
        "正常",
    ];
    const ANATOMY: [&str; 9] = [
        "origin", "course", "dominan", "anatomy", "起源", "走行", "走形", "开口", "优势",
    ];
    let speaks = |clause: &&str| {
        if ANATOMY.iter().any(|word| clause.contains(word)) {
            return false;
        }
        let named = STENOSIS.iter().any(|word| clause.contains(word));
        let is_short = clause.split_whitespace().count() <= 2 && clause.chars().count() <= 16;
        let is_calcium = clause.contains("calcif") || clause.contains("钙化");
        named || (is_short && !is_calcium) || !grade_text::says_severity(clause)
    };
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || ":,-的".contains(c));
    let clauses = grade_text::clauses(trimmed).filter(speaks);
    clauses.collect::<Vec<&str>>().join("; ")
}

/// Places with nothing but a conjunction between them share a statement.
fn group<'a>(sentence: &str, mentions: &'a [Mention]) -> Vec<&'a [Mention]> {
    let together = |left: &Mention, right: &Mention| {
        let between = sentence[left.end..right.start].trim();
        matches!(
            between,
            "" | "," | "/" | "and" | "&" | "+" | "及" | "和" | "与" | ";" | ", and"
        )
    };
    mentions.chunk_by(together).collect()
}

impl VesselReading {
    /// The grade, if there is one.
    pub fn grade(&self) -> Option<Grade> {
        self.reading.grade
    }

    /// Whether the report says something of the vessel that is not understood.
    pub fn is_not_understood(&self) -> bool {
        self.reading.how == Understanding::NotUnderstood
    }
}
