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

use crate::Grade;
use crate::grade_text::{self, GradeReading, Understanding};
use places::Place;

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
    let mut said: [Vec<String>; 4] = Default::default();
    let mut of_all = Vec::new();
    let mut last = Vec::new();
    for sentence in sentences(report) {
        let mut statements = statements::of(&sentence.text);
        match statements.is_empty() {
            true => statements = continued(&sentence, &last),
            false => last = statements.iter().map(|(place, _)| *place).collect(),
        }
        if sentence.text == PART {
            last.clear();
        }
        for (place, text) in statements {
            match place {
                Place::Vessel(vessel) => said[vessel.index()].push(text),
                Place::All => of_all.push(text),
                Place::Branch | Place::Other | Place::Nothing => {}
            }
        }
    }
    let all_free = of_all.iter().find(|text| grade_text::is_free(text));
    said.map(|texts| {
        let silent = texts.iter().all(|text| grade_text::is_anatomy(text));
        match all_free.filter(|_| silent) {
            Some(text) => reading(std::slice::from_ref(text)),
            None => reading(&texts),
        }
    })
}

fn reading(texts: &[String]) -> VesselReading {
    VesselReading {
        reading: grade_text::worst(texts.iter().map(String::as_str)),
        text: grade_text::shown(&texts.join(" | ")),
    }
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
            Place::Vessel(_) | Place::All | Place::Nothing => false,
        })
}

/// A sentence in plain form.
struct Sentence {
    text: String,
    begins_line: bool,
}

/// Stands for a heading such as `Impression:`, after which nothing goes on.
const PART: &str = "¶";

fn sentences(report: &str) -> Vec<Sentence> {
    let text = grade_text::unescape(report).to_lowercase();
    let mut text: String = text
        .chars()
        .map(|c| match c {
            '。' | '；' | ';' => '\u{b7}',
            '\r' | '•' | '●' => '\n',
            c => c,
        })
        .collect();
    for heading in places::HEADINGS {
        text = text.replace(heading, &format!("\n{PART}\n"));
    }
    let mut sentences = Vec::new();
    for line in text.split('\n') {
        // Plain form takes the full stops of abbreviations away; what is left ends sentences.
        let plain: Vec<String> = line.split('\u{b7}').map(grade_text::normalise).collect();
        let parts = plain.iter().flat_map(|part| part.split(". "));
        let parts = parts.map(|part| part.trim_end_matches('.').trim());
        let parts = parts.filter(|part| !part.is_empty()).enumerate();
        sentences.extend(parts.map(|(at, part)| Sentence {
            text: part.to_owned(),
            begins_line: at == 0,
        }));
    }
    sentences
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
