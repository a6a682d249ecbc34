//! A free CCTA report, English or Chinese, as a grade of each vessel.
//!
//! The report is cut into sentences, a sentence into segments at commas and conjunctions. A segment
//! that names a place (`proximal LAD`, `左前降支`) and grades something is a statement of its own; one
//! that only names a place belongs to the statement after it (`LAD and RCA: normal`) or, where that
//! begins with its finding (`severe stenosis of the LAD and RCA`), before it; one that only grades
//! belongs to the place before it (`LAD: calcified plaque, severe stenosis`). A place that could
//! belong to two statements is not understood. What is said of a vessel is read by
//! [`read_grade`](crate::read_grade)'s rules and the worst grade counts. What is said of a branch, of
//! calcium, or of the patient as a whole (CAD-RADS) is not a statement on a vessel; that all (or all
//! other) coronary arteries are free of stenosis is one on every vessel that is not named otherwise.

mod places;
mod segments;
mod statements;

use crate::grade_text::{self, GradeReading, Understanding};
use crate::{Grade, Vessel};
use places::Place;

/// What a report says of one vessel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VesselReading {
    /// The grade and how it was understood; [`Understanding::Missing`] where the report does not
    /// name the vessel or grades nothing of it.
    pub reading: GradeReading,
    /// The sentences of the report that name it or go on about it, as they are written there, parted
    /// by ` | `; empty where none does.
    pub text: String,
}

/// What is said of one place, in plain form and as it is written.
#[derive(Clone, Default)]
struct Said {
    plain: Vec<String>,
    written: Vec<String>,
}

impl Said {
    fn add(&mut self, plain: String, written: &str) {
        self.plain.push(plain);
        if self.written.last().is_none_or(|last| last != written) {
            self.written.push(written.to_owned());
        }
    }

    fn reading(&self, vessel: Vessel) -> VesselReading {
        let reading = grade_text::together(&self.plain);
        VesselReading {
            reading: grade_text::of_vessel(vessel, reading, &self.plain.join(" ")),
            text: self.written.join(" | "),
        }
    }
}

/// What a report says so far.
#[derive(Default)]
struct Report {
    /// Of each vessel.
    of: [Said; 4],
    /// Of all coronary arteries, or all others, that they are free of stenosis.
    free: Vec<(String, String)>,
    /// The same without a word of whose vessels, which counts where no vessel is named.
    bare: Vec<(String, String)>,
    /// Whether anything else may say that some vessel is narrowed.
    is_doubtful: bool,
    names_vessel: bool,
}

/// Vessels of the left coronary artery.
const LEFT: [Vessel; 3] = [Vessel::Lm, Vessel::Lad, Vessel::Lcx];

impl Report {
    fn add(&mut self, place: Place, text: String, sentence: &Sentence) {
        let written = &sentence.written;
        self.names_vessel |= matches!(place, Place::Vessel(_) | Place::Branch | Place::Left);
        match place {
            Place::Vessel(vessel) => self.of[vessel.index()].add(text, written),
            Place::All if grade_text::is_on_anatomy(&sentence.text) => {}
            Place::All if grade_text::is_free(&text) => self.free.push((text, written.clone())),
            Place::All => self.is_doubtful |= grade_text::may_narrow(&text),
            Place::Left if grade_text::is_free(&text) => self.add_left(&text, written),
            Place::Left if grade_text::may_narrow(&text) => {
                self.add_left(statements::DOUBT, written);
            }
            Place::Left | Place::Branch | Place::Other | Place::Nothing => {}
        }
    }

    /// The same of each vessel of the left coronary artery: that it is free of stenosis, or a doubt,
    /// since which of them is narrowed is not said.
    fn add_left(&mut self, text: &str, written: &str) {
        for vessel in LEFT {
            self.of[vessel.index()].add(text.to_owned(), written);
        }
    }

    /// A sentence that names no place.
    fn add_placeless(&mut self, sentence: &Sentence) {
        match grade_text::is_bare_absence(&sentence.text) {
            true => self
                .bare
                .push((sentence.text.clone(), sentence.written.clone())),
            false => self.is_doubtful |= grade_text::may_narrow(&sentence.text),
        }
    }

    /// That all vessels are free, where nothing speaks against it: all others only beside one.
    fn all_free(&self) -> Option<&(String, String)> {
        let free = self.free.iter().find(|(text, written)| {
            let of_others = text.contains("remaining vessels") || is_of_others(written);
            !of_others || self.names_vessel
        });
        let bare = self.bare.first().filter(|_| !self.names_vessel);
        free.or(bare).filter(|_| !self.is_doubtful)
    }
}

/// Whether a sentence is on the other vessels than those named before.
fn is_of_others(written: &str) -> bool {
    const WORDS: [&str; 7] = [
        "other",
        "remaining",
        "remainder",
        "rest",
        "余",
        "其他",
        "其它",
    ];
    let written = written.to_lowercase();
    WORDS.iter().any(|word| written.contains(word))
}

/// Reads a report; vessels in the order of [`Vessel::ALL`].
pub fn read_report(report: &str) -> [VesselReading; 4] {
    let mut said = Report::default();
    let mut last = Vec::new();
    for sentence in sentences(report) {
        if sentence.text == PART {
            last.clear();
            continue;
        }
        let mut statements = statements::of(&sentence.text);
        match statements.is_empty() {
            true => statements = continued(&sentence, &last),
            false => last = distinct(&statements),
        }
        if statements.is_empty() {
            said.add_placeless(&sentence);
        }
        for (place, text) in statements {
            said.add(place, text, &sentence);
        }
    }
    let of_all = said.all_free().map(|(text, written)| {
        let mut of_all = Said::default();
        of_all.add(text.clone(), written);
        of_all
    });
    Vessel::ALL.map(|vessel| {
        let own = &said.of[vessel.index()];
        let silent = own.plain.iter().all(|text| grade_text::is_anatomy(text));
        let said = of_all.as_ref().filter(|_| silent).unwrap_or(own);
        said.reading(vessel)
    })
}

/// The places of statements, each once.
fn distinct(statements: &[statements::Statement]) -> Vec<Place> {
    let mut places = Vec::new();
    for (place, _) in statements {
        if !places.contains(place) {
            places.push(*place);
        }
    }
    places
}

/// What a sentence without a place says of the places of the one before it.
///
/// `Mid 90 %.` and `Severe stenosis.` go on about the vessel before them; what is said of the
/// patient (`severe three-vessel disease`) does not, nor does a new line unless it names a segment.
fn continued(sentence: &Sentence, last: &[Place]) -> Vec<(Place, String)> {
    const SEGMENTS: [&str; 13] = [
        "prox", "mid", "dist", "ostia", "ostium", "seg", "#", "the prox", "the mid", "the dist",
        "近", "中段", "远段",
    ];
    const OF_PATIENT: [&str; 8] = [
        "disease",
        "cad",
        "vessel",
        "overall",
        "patient",
        "病变",
        "冠心病",
        "支",
    ];
    let begins = SEGMENTS.iter().any(|word| sentence.text.starts_with(word));
    let of_patient = OF_PATIENT.iter().any(|word| sentence.text.contains(word));
    let goes_on = begins || !(sentence.begins_line || of_patient);
    if !goes_on || !grade_text::says_grade(&sentence.text) {
        return Vec::new();
    }
    let text = match last {
        [_] => sentence.text.as_str(),
        _ => statements::DOUBT,
    };
    last.iter().map(|place| (*place, text.to_owned())).collect()
}

/// Whether a clause in plain form names a branch or something else than a vessel.
pub(crate) fn names_elsewhere(clause: &str) -> bool {
    places::find(clause)
        .iter()
        .any(|mention| match mention.place {
            Place::Branch => true,
            Place::Other => !clause[mention.start..mention.end].starts_with("cad"),
            Place::Left => true,
            Place::Vessel(_) | Place::All | Place::Nothing => false,
        })
}

/// A sentence in plain form, and as it is written.
struct Sentence {
    text: String,
    written: String,
    begins_line: bool,
}

/// Stands for a heading such as `Impression:`, after which nothing goes on.
const PART: &str = "¶";

/// Stands for a heading such as `Indication:`, after which nothing is found.
const REQUEST: &str = "¿";

fn sentences(report: &str) -> Vec<Sentence> {
    let text = grade_text::unescape(report);
    let mut sentences = Vec::new();
    for line in without_requests(lines(&text)) {
        let pieces = line.split(['。', '；', ';']).flat_map(parts);
        let parts = pieces.filter(|(plain, _)| !plain.is_empty()).enumerate();
        sentences.extend(parts.map(|(at, (text, written))| Sentence {
            text: without_number(&text).to_owned(),
            written,
            begins_line: at == 0,
        }));
    }
    sentences
}

/// Lines without what is asked: up to the next heading, or the next sentence where none follows.
fn without_requests(lines: Vec<&str>) -> Vec<&str> {
    let mut kept = Vec::new();
    let mut lines = lines.into_iter().peekable();
    while let Some(line) = lines.next() {
        if line != REQUEST {
            kept.push(line);
            continue;
        }
        let rest: Vec<&str> = lines.clone().collect();
        let is_heading = |line: &&str| *line == PART || *line == REQUEST;
        match rest.iter().position(is_heading) {
            Some(next) => lines.nth(next.saturating_sub(1)).filter(|_| next > 0),
            None => lines.next().and_then(|line| {
                kept.push(behind_first_sentence(line));
                None
            }),
        };
    }
    kept
}

fn behind_first_sentence(line: &str) -> &str {
    let ends = ["。", "；", ";", ". "];
    let end = ends
        .iter()
        .filter_map(|end| Some(line.find(end)? + end.len()));
    end.min().map_or("", |at| &line[at..])
}

/// A sentence without the number of its item: `1) LM: normal`, `2. LAD`, `3、RCA`.
fn without_number(text: &str) -> &str {
    let rest = text.strip_prefix('(').unwrap_or(text);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let behind = &rest[digits..];
    let sign = behind.strip_prefix([')', '.', '、', ':']);
    match (digits, sign) {
        (1 | 2, Some(item)) if !item.starts_with(|c: char| c.is_ascii_digit() || c == '%') => {
            item.trim_start()
        }
        _ => text,
    }
}

/// The lines of a report; a heading becomes a line of its own, [`PART`] or [`REQUEST`].
fn lines(text: &str) -> Vec<&str> {
    let lower: String = text.chars().map(lower).collect();
    let longest = |at: usize, headings: &[&str], part: &'static str| {
        let found = headings
            .iter()
            .filter(|heading| lower[at..].starts_with(**heading));
        found.map(|heading| (heading.len(), part)).max()
    };
    let heading = |at: usize| {
        let found = longest(at, &places::HEADINGS, PART);
        found.max(longest(at, &places::REQUESTS, REQUEST))
    };
    let mut lines = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(letter) = text[at..].chars().next() {
        let length = letter.len_utf8();
        if let Some((length, part)) = heading(at) {
            lines.extend([&text[start..at], part]);
            at += length;
            start = at;
            continue;
        }
        if matches!(letter, '\n' | '\r' | '•' | '●') {
            lines.push(&text[start..at]);
            start = at + length;
        }
        at += length;
    }
    lines.push(&text[start..]);
    lines
}

/// Lower case of as many bytes, so that places in a text stay where they are.
fn lower(letter: char) -> char {
    let lower = letter.to_lowercase().next().unwrap_or(letter);
    match lower.len_utf8() == letter.len_utf8() {
        true => lower,
        false => letter,
    }
}

/// A piece of a line cut at full stops, each part in plain form and as it is written.
///
/// Plain form takes the full stops of abbreviations away; what is left ends sentences. Where that
/// makes fewer parts than there are full stops, the whole piece is what is written.
fn parts(piece: &str) -> Vec<(String, String)> {
    let plain = grade_text::normalise(piece);
    let plain: Vec<String> = cut(&plain).collect();
    let written: Vec<String> = cut(piece).collect();
    let agree = plain.len() == written.len();
    let written = |at: usize| match agree {
        true => written[at].clone(),
        false => piece.trim().to_owned(),
    };
    let numbered = plain.into_iter().enumerate();
    numbered.map(|(at, part)| (part, written(at))).collect()
}

/// The parts of a text between full stops.
fn cut(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(". ");
    let parts = parts.map(|part| part.trim().trim_end_matches('.').trim());
    parts.filter(|part| !part.is_empty()).map(str::to_owned)
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
