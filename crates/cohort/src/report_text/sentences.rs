//! A report cut into sentences, each with the person's own words beside its plain form.

use super::words::Words;
use crate::grade_text;
use std::ops::Range;
use std::rc::Rc;

/// A sentence in plain form.
pub(super) struct Sentence {
    pub(super) text: String,
    pub(super) begins_line: bool,
    /// Whether a heading such as `Impression:` stands right before it.
    pub(super) begins_part: bool,
    part: Rc<Words>,
    /// Where it begins in the plain form of its part.
    start: usize,
}

impl Sentence {
    /// The person's own words for some bytes of the sentence, as far as a person would read them.
    pub(super) fn words(&self, range: &Range<usize>) -> String {
        const SHOWN: usize = 500;
        let words = self
            .part
            .of(&(self.start + range.start..self.start + range.end));
        match words.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", &words[..end]),
            None => words.to_owned(),
        }
    }
}

/// Words that head the findings of a report.
const FINDINGS: [&str; 22] = [
    "impression",
    "impressions",
    "conclusion",
    "conclusions",
    "findings",
    "finding",
    "result",
    "results",
    "summary",
    "opinion",
    "检查所见",
    "影像所见",
    "影像表现",
    "影像诊断",
    "影像学表现",
    "诊断意见",
    "诊断印象",
    "诊断",
    "印象",
    "结论",
    "检查结论",
    "ct所见",
];

/// Words that head what was asked, known before, or done: nothing there is a finding.
const REQUEST: [&str; 24] = [
    "indication",
    "indications",
    "clinical indication",
    "clinical history",
    "clinical information",
    "clinical details",
    "clinical question",
    "clinical data",
    "reason for exam",
    "reason for examination",
    "reason for study",
    "history",
    "technique",
    "protocol",
    "comparison",
    "临床诊断",
    "临床病史",
    "临床资料",
    "病史",
    "简要病史",
    "检查目的",
    "检查方法",
    "检查技术",
    "申请诊断",
];

/// What stands before a part of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heading {
    Findings,
    Request,
}

/// The sentences of the findings of a report, in order.
pub(super) fn of(report: &str) -> Vec<Sentence> {
    let report = grade_text::unescape(report);
    let mut sentences = Vec::new();
    for (heading, text) in found(&report) {
        let before = sentences.len();
        for line in text.split(['\n', '\r', '•', '●']) {
            add_line(line, &mut sentences);
        }
        if let Some(first) = sentences.get_mut(before) {
            first.begins_part = heading.is_some();
        }
    }
    sentences
}

fn add_line(line: &str, sentences: &mut Vec<Sentence>) {
    let mut begins_line = true;
    for own in line.split(['。', '；', ';']) {
        // Plain form takes the full stops of abbreviations away; what is left ends sentences.
        let part = Rc::new(Words::new(own));
        let mut start = 0;
        for piece in part.plain().split(". ") {
            let text = piece.trim_end_matches('.').trim();
            if !text.is_empty() {
                let lead = piece.len() - piece.trim_start().len();
                sentences.push(Sentence {
                    text: text.to_owned(),
                    begins_line,
                    begins_part: false,
                    part: Rc::clone(&part),
                    start: start + lead,
                });
                begins_line = false;
            }
            start += piece.len() + ". ".len();
        }
    }
}

/// The parts of a report that hold findings, each with the heading before it.
fn found(report: &str) -> Vec<(Option<Heading>, &str)> {
    let headings = headings(report);
    let first = headings
        .first()
        .map_or(report.len(), |(_, range)| range.start);
    let mut parts = vec![(None, &report[..first])];
    for (at, (heading, range)) in headings.iter().enumerate() {
        let next = headings.get(at + 1);
        let end = next.map_or(report.len(), |(_, next)| next.start);
        let text = &report[range.end..end];
        match (heading, next) {
            (Heading::Findings, _) => parts.push((Some(*heading), text)),
            (Heading::Request, Some(_)) => {}
            (Heading::Request, None) => parts.push((Some(*heading), behind_request(text))),
        }
    }
    parts
}

/// What follows a request that no other heading ends: the next line, or else the next sentence.
fn behind_request(text: &str) -> &str {
    let text = text.trim_start();
    let line = text.split_once(['\n', '\r']).map(|(_, behind)| behind);
    let sentence = || {
        let stops = text.char_indices().filter(|(at, c)| match c {
            '。' | '；' | ';' => true,
            '.' => text[at + 1..].starts_with(' '),
            _ => false,
        });
        let mut ends = stops.map(|(at, c)| at + c.len_utf8());
        ends.next().map(|end| &text[end..])
    };
    line.filter(|behind| !behind.trim().is_empty())
        .or_else(sentence)
        .unwrap_or_default()
}

/// Headings with their colon, in order.
fn headings(report: &str) -> Vec<(Heading, Range<usize>)> {
    let mut found = Vec::new();
    for (colon, sign) in report
        .char_indices()
        .filter(|(_, c)| matches!(c, ':' | '：'))
    {
        let before = report[..colon].trim_end();
        let length = |words: &[&str]| {
            let fits = words.iter().filter(|word| is_heading(before, word));
            fits.map(|word| word.len()).max()
        };
        let (findings, request) = (length(&FINDINGS), length(&REQUEST));
        let Some(longest) = findings.max(request) else {
            continue;
        };
        let heading = match request.is_some_and(|request| request == longest) {
            true => Heading::Request,
            false => Heading::Findings,
        };
        found.push((heading, before.len() - longest..colon + sign.len_utf8()));
    }
    found
}

/// Whether a text ends with a heading that begins a line or a sentence, or stands as a word.
fn is_heading(text: &str, word: &str) -> bool {
    let Some(start) = text.len().checked_sub(word.len()) else {
        return false;
    };
    let is_word = text
        .get(start..)
        .is_some_and(|end| end.eq_ignore_ascii_case(word));
    let before = text.get(..start).and_then(|text| text.chars().next_back());
    is_word && (!word.is_ascii() || !before.is_some_and(|c| c.is_ascii_alphanumeric()))
}
