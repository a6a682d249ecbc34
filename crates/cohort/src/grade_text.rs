//! What a CCTA table says of one vessel, as a grade: per cent, CAD-RADS, English or Chinese words.
//!
//! Reads the cell of one vessel, not a whole report. A text is cut into clauses, each clause is read
//! alone, and the worst grade counts. Anything doubtful — a severity that is denied or only suspected, a
//! range across two grades, stents and grafts, two statements that disagree — is not understood
//! rather than guessed. Free report text with several vessels is cut up by
//! [`read_report`](crate::read_report).

mod number;
mod words;

use crate::Grade;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a text was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Understanding {
    /// A diameter stenosis in per cent.
    PerCent,
    /// A range of per cent within one grade.
    Range,
    /// A CAD-RADS category.
    CadRads,
    /// English words.
    English,
    /// Chinese words.
    Chinese,
    /// The cell is empty or says that the vessel was not assessed.
    Missing,
    /// The text is not understood; counted, and never negative.
    NotUnderstood,
}

/// A text as a grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GradeReading {
    /// The grade; `None` where the text is missing or not understood.
    pub grade: Option<Grade>,
    /// How it was understood.
    pub how: Understanding,
}

impl Understanding {
    /// The name of it in tables.
    pub fn name(self) -> &'static str {
        match self {
            Understanding::PerCent => "per-cent",
            Understanding::Range => "range",
            Understanding::CadRads => "cad-rads",
            Understanding::English => "english",
            Understanding::Chinese => "chinese",
            Understanding::Missing => "missing",
            Understanding::NotUnderstood => "not-understood",
        }
    }
}

/// How the texts of a table were understood, and which were not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GradeTally {
    /// Texts by how they were understood.
    pub counts: BTreeMap<Understanding, usize>,
    /// Each text that was not understood, with how often it occurs.
    pub not_understood: BTreeMap<String, usize>,
    /// Every distinct text, with how it was read and how often it occurs.
    pub texts: BTreeMap<String, (GradeReading, usize)>,
}

impl GradeTally {
    /// Reads a text and counts it.
    pub fn read(&mut self, text: &str) -> Option<Grade> {
        self.count(text, read_grade(text))
    }

    /// Counts a text that was read as `reading`, and returns its grade.
    pub fn count(&mut self, text: &str, reading: GradeReading) -> Option<Grade> {
        *self.counts.entry(reading.how).or_insert(0) += 1;
        let text = text.trim();
        if reading.how == Understanding::NotUnderstood {
            *self.not_understood.entry(text.to_owned()).or_insert(0) += 1;
        }
        let counted = self.texts.entry(text.to_owned()).or_insert((reading, 0));
        counted.1 += 1;
        reading.grade
    }
}

/// Reads what a CCTA table says of one vessel.
///
/// Per cent: `70%`, `about 70 %`, `70-99%`, `<50%`, `≥70%`, and bare numbers of 0 and 6–100; a range must lie
/// within one grade, where a bound on the border of the next is not counted (`50-70%` is moderate).
/// CAD-RADS 0–5 per vessel: 0 none, 1 and 2 mild, 3 moderate, 4A and 4B severe, 5 occluded; N is missing.
/// Bare 1–5 could be a grade, a category or per cent and is not understood.
pub fn read_grade(text: &str) -> GradeReading {
    let text = normalise(text);
    if words::is_missing(&text) {
        return GradeReading {
            grade: None,
            how: Understanding::Missing,
        };
    }
    if let Some(reading) = number::bare(&text) {
        return reading;
    }
    graded([text.as_str()]).unwrap_or(NOT_UNDERSTOOD)
}

/// What the texts on one vessel say together; missing where none grades it.
pub(crate) fn worst<'a>(texts: impl IntoIterator<Item = &'a str>) -> GradeReading {
    let (missing, said): (Vec<&str>, Vec<&str>) =
        texts.into_iter().partition(|text| words::is_missing(text));
    if !missing.iter().all(|text| text.is_empty()) && !said.is_empty() {
        return NOT_UNDERSTOOD;
    }
    graded(said).unwrap_or(GradeReading {
        grade: None,
        how: Understanding::Missing,
    })
}

/// Whether a text says that there is no stenosis and nothing else.
pub(crate) fn is_free(text: &str) -> bool {
    graded([text]).is_some_and(|reading| reading.grade == Some(Grade::None))
}

/// Whether a text says anything on stenosis, understood or not.
pub(crate) fn says_grade(text: &str) -> bool {
    graded([text]).is_some()
}

/// Whether a clause grades something as more than none.
pub(crate) fn says_severity(clause: &str) -> bool {
    matches!(read_clause(clause), Clause::Grade(grade, _) if grade > Grade::None)
}

/// The worst grade of all clauses of all texts; `None` where none says anything on stenosis.
fn graded<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<GradeReading> {
    let mut worst: Option<(Grade, Understanding)> = None;
    for clause in texts.into_iter().flat_map(clauses) {
        match read_clause(clause) {
            Clause::Grade(grade, how) if worst.is_none_or(|(other, _)| grade > other) => {
                worst = Some((grade, how));
            }
            Clause::Grade(..) | Clause::Silent => {}
            Clause::Doubtful => return Some(NOT_UNDERSTOOD),
        }
    }
    worst.map(|(grade, how)| GradeReading {
        grade: Some(grade),
        how,
    })
}

const NOT_UNDERSTOOD: GradeReading = GradeReading {
    grade: None,
    how: Understanding::NotUnderstood,
};

/// What one clause says.
enum Clause {
    Grade(Grade, Understanding),
    /// Nothing on stenosis, such as `calcified plaque`.
    Silent,
    /// Something on stenosis that cannot be taken as a grade.
    Doubtful,
}

fn read_clause(clause: &str) -> Clause {
    if words::is_hedged(clause) {
        return Clause::Doubtful;
    }
    let readings = [
        number::cad_rads(clause),
        number::per_cent(clause),
        words::english(clause),
        words::chinese(clause),
    ];
    let mut found: Option<(Grade, Understanding)> = None;
    for reading in readings {
        match (reading, found) {
            (Clause::Doubtful, _) => return Clause::Doubtful,
            (Clause::Grade(grade, _), Some((other, _))) if grade != other => {
                return Clause::Doubtful;
            }
            (Clause::Grade(grade, how), None) => found = Some((grade, how)),
            _ => {}
        }
    }
    found.map_or(Clause::Silent, |(grade, how)| Clause::Grade(grade, how))
}

/// Lower case, half-width signs, one kind of dash, single spaces.
pub(crate) fn normalise(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| match c {
            // Full-width forms of ASCII, U+FF01–U+FF5E.
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            '﹪' => '%',
            '–' | '—' | '−' | '‐' | '‑' | '~' | '至' | '到' => '-',
            '≧' | '⩾' => '≥',
            '≦' | '⩽' => '≤',
            '。' | '、' => ';',
            c if c.is_whitespace() => ' ',
            c => c,
        })
        .flat_map(char::to_lowercase)
        .collect();
    let plain = plain.replace('~', "-");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn clauses(text: &str) -> impl Iterator<Item = &str> {
    text.split([';', ',', '\n'])
        .flat_map(|part| part.split(". "))
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(" with "))
        .map(|clause| clause.trim().trim_end_matches('.'))
        .filter(|clause| !clause.is_empty())
}
